//! What the rounds of one answer cost, in the provider's own words.

use serde_json::{Map, Value};

use crate::engine::options::UsageShown;
use crate::engine::usage::{Usage, add};

/// The `usage` objects of the rounds so far, the last of them still growing.
pub(super) struct Counts {
    read: fn(&Map<String, Value>) -> Usage,
    shown: UsageShown,
    rounds: Vec<Map<String, Value>>,
}

impl Counts {
    /// Counts that `read` understands.
    pub(super) fn new(read: fn(&Map<String, Value>) -> Usage, shown: UsageShown) -> Self {
        Self {
            read,
            shown,
            rounds: vec![Map::new()],
        }
    }

    /// What the round says now; it stands in for what it said before, field by field.
    pub(super) fn take(&mut self, usage: Map<String, Value>) {
        if let Some(round) = self.rounds.last_mut() {
            round.extend(usage.into_iter().filter(|(_, value)| !value.is_null()));
        }
    }

    /// Another round begins.
    pub(super) fn next_round(&mut self) {
        self.rounds.push(Map::new());
    }

    /// What the client is told in place of the last round's words; `None` where those say it.
    pub(super) fn told(&self) -> Option<String> {
        let last = self.rounds.last().filter(|_| self.rounds.len() > 1)?;
        let mut told = Map::new();
        match self.shown {
            UsageShown::Sum => self.rounds.iter().for_each(|round| add(&mut told, round)),
            UsageShown::Last => told.clone_from(last),
        }
        (!told.is_empty()).then(|| Value::Object(told).to_string())
    }

    /// What all rounds cost, and of that the rounds after the first.
    pub(super) fn usage(&self) -> (Usage, Usage) {
        let mut rounds = self.rounds.iter().map(self.read);
        let first = rounds.next().unwrap_or_default();
        let hidden = rounds.fold(Usage::default(), |sum, round| sum.plus(&round));
        (first.plus(&hidden), hidden)
    }
}
