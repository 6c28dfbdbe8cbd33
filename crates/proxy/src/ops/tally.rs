//! Counters since the proxy was started. They hold numbers and names, of a bounded number of models.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use headroom_store::ledger::{OTHER, Usage};

use super::histogram::{Histogram, LATENCY, OVERHEAD};
use crate::engine::CallKind;
use crate::observe::Observation;

/// Models that are told apart; what is beyond stands under [`OTHER`], as clients name models as they like.
const MAX_MODELS: usize = 64;

/// Longest name of a model, in characters.
const MAX_NAME: usize = 96;

/// What requests are told apart by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    pub(super) provider: &'static str,
    /// Empty where the request was not read.
    pub(super) model: String,
    pub(super) status: u16,
}

/// The counters. Tokens before, after and billed are those of requests that were answered; those of requests that
/// only ask for a count are never spent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tally {
    pub(super) requests: BTreeMap<Kind, u64>,
    pub(super) failed: u64,
    pub(super) rate_limited: u64,
    /// Requests whose client left before the answer began; in no other figure.
    pub(super) abandoned: u64,
    pub(super) before: u64,
    pub(super) after: u64,
    pub(super) tool_tokens: u64,
    pub(super) usage: Usage,
    pub(super) hidden_rounds: u64,
    pub(super) hidden: Usage,
    pub(super) verdicts: BTreeMap<&'static str, u64>,
    /// By their codes; also of requests that were not answered.
    pub(super) warnings: BTreeMap<String, u64>,
    pub(super) latency: Histogram,
    pub(super) overhead: Histogram,
    pub(super) first_byte: Histogram,
    /// Requests to the proxy's own `/v1/compress`, and their tokens.
    pub(super) compressed: u64,
    pub(super) compressed_before: u64,
    pub(super) compressed_after: u64,
    pub(super) ledger_lost: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            requests: BTreeMap::new(),
            failed: 0,
            rate_limited: 0,
            abandoned: 0,
            before: 0,
            after: 0,
            tool_tokens: 0,
            usage: Usage::default(),
            hidden_rounds: 0,
            hidden: Usage::default(),
            verdicts: BTreeMap::new(),
            warnings: BTreeMap::new(),
            latency: Histogram::new(LATENCY),
            overhead: Histogram::new(OVERHEAD),
            first_byte: Histogram::new(LATENCY),
            compressed: 0,
            compressed_before: 0,
            compressed_after: 0,
            ledger_lost: 0,
        }
    }
}

impl Tally {
    /// Requests, by a part of what they are told apart by.
    pub(super) fn requests_by<K: Ord>(&self, part: impl Fn(&Kind) -> K) -> BTreeMap<K, u64> {
        let mut sums = BTreeMap::new();
        for (kind, count) in &self.requests {
            *sums.entry(part(kind)).or_default() += count;
        }
        sums
    }

    /// Requests for a provider, answered or not.
    pub(super) fn total(&self) -> u64 {
        self.requests.values().sum()
    }

    /// Before minus after: negative where what was put back is more than what was saved.
    pub(super) fn saved(&self) -> i64 {
        difference(self.before, self.after)
    }

    fn add(&mut self, observation: &Observation, elapsed: Duration) {
        let model = self.name_of(observation.model.as_deref().unwrap_or_default());
        let kind = Kind {
            provider: observation.provider,
            model,
            status: observation.status,
        };
        *self.requests.entry(kind).or_default() += 1;
        self.failed += u64::from(observation.failed || observation.status >= 500);
        // The answer to a message over an open connection is not looked for.
        if !matches!(observation.call, Some((_, CallKind::Live))) {
            self.latency.add(millis(elapsed));
            if let Some(first) = observation.first.or(observation.head) {
                self.first_byte.add(millis(first));
            }
        }
        if observation.report.is_some() {
            self.overhead.add(millis(observation.added));
        }
        for (code, count) in observation.warnings() {
            *self.warnings.entry(code.to_owned()).or_default() += count;
        }
        let answered = (200..300).contains(&observation.status) || observation.status == 101;
        if !answered || !observation.is_billed() {
            return;
        }
        let (before, after) = observation.tokens();
        self.before += before;
        self.after += after;
        self.tool_tokens += observation.facts.tool_tokens as u64;
        for (verdict, count) in observation.verdicts() {
            *self.verdicts.entry(verdict).or_default() += count;
        }
        let account = &observation.account;
        self.hidden_rounds += u64::from(account.hidden_rounds);
        self.usage = self.usage.plus(&account.usage);
        self.hidden = self.hidden.plus(&account.hidden_usage);
    }

    fn name_of(&self, model: &str) -> String {
        let shown = |char: char| if char.is_control() { '·' } else { char };
        let name: String = model.chars().take(MAX_NAME).map(shown).collect();
        let known = self.requests.keys().any(|kind| kind.model == name);
        if known || self.requests_by(|kind| kind.model.clone()).len() < MAX_MODELS {
            name
        } else {
            OTHER.to_owned()
        }
    }
}

/// The counters behind a lock that is held for an addition, or a copy.
#[derive(Default)]
pub(super) struct Counters(Mutex<Tally>);

impl Counters {
    /// A request is over, after `elapsed`.
    pub(super) fn observe(&self, observation: &Observation, elapsed: Duration) {
        self.open().add(observation, elapsed);
    }

    /// A request was refused by a limit of ours.
    pub(super) fn limited(&self) {
        self.open().rate_limited += 1;
    }

    /// A client left before its answer began.
    pub(super) fn abandoned(&self) {
        self.open().abandoned += 1;
    }

    /// Messages were compressed for a client that sends them itself.
    pub(super) fn compressed(&self, before: usize, after: usize) {
        let mut tally = self.open();
        tally.compressed += 1;
        tally.compressed_before += before as u64;
        tally.compressed_after += after as u64;
    }

    /// The counters as they are now.
    pub(super) fn read(&self) -> Tally {
        self.open().clone()
    }

    fn open(&self) -> MutexGuard<'_, Tally> {
        // Counters are right whatever stopped while they were open.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was saved, or lost.
pub(super) fn difference(before: u64, after: u64) -> i64 {
    before.cast_signed().wrapping_sub(after.cast_signed())
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
