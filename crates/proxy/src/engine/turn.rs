//! One answer of the model: the rounds behind what the client sees as one message.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::answer::HiddenCall;

/// One part of an assistant's message, as JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// The client gets it.
    Shown(String),
    /// A call of ours.
    Hidden(String, HiddenCall),
}

/// What one request upstream was answered with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Round {
    /// The parts in their order.
    pub(crate) parts: Vec<Part>,
    /// The results of the hidden calls, in their order, as JSON texts; empty until they are answered.
    pub(crate) results: Vec<String>,
    /// The client has calls of its own to answer before the model goes on.
    pub(crate) open: bool,
    /// What the message has besides its parts, where a message is more than a list of them.
    pub(crate) fields: Map<String, Value>,
    /// The provider's id of the answer, where later requests name it.
    pub(crate) id: String,
    /// What the next request has for the round: messages, as the items of a JSON array. Empty until it is answered.
    pub(crate) sent: String,
}

impl Round {
    /// The hidden calls, in their order.
    pub(crate) fn calls(&self) -> Vec<HiddenCall> {
        let call = |part: &Part| match part {
            Part::Hidden(_, call) => Some(call.clone()),
            Part::Shown(_) => None,
        };
        self.parts.iter().filter_map(call).collect()
    }

    /// True when a call of ours is among the parts.
    pub(crate) fn hides(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Hidden(..)))
    }

    /// Forgets the calls of ours.
    pub(crate) fn drop_calls(&mut self) {
        self.parts.retain(|part| matches!(part, Part::Shown(_)));
    }

    /// The parts as the items of a JSON array; of those shown the ones that are `wanted`.
    pub(crate) fn items(&self, wanted: impl Fn(&str) -> bool) -> String {
        let raw = |part: &Part| match part {
            Part::Shown(raw) => wanted(raw).then(|| raw.clone()),
            Part::Hidden(raw, _) => Some(raw.clone()),
        };
        self.parts.iter().filter_map(raw).collect::<Vec<_>>().join(",")
    }
}

/// Hidden rounds, as kept for the requests that follow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The rounds with hidden calls, in their order.
    pub(crate) rounds: Vec<RecordedRound>,
}

/// One round: what is to be put where among the visible parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordedRound {
    /// Hidden calls with the number of visible parts before each.
    pub(crate) calls: Vec<(usize, String)>,
    /// The number of visible parts up to the end of the round.
    pub(crate) end: usize,
    /// The results, in the order of the calls.
    pub(crate) results: Vec<String>,
    /// The results go into the client's next message; else into one of their own, after this round.
    pub(crate) open: bool,
}

impl Record {
    /// The record of a turn, `None` when nothing was hidden. Parts that are not `counted` may be gone when the
    /// client sends them back.
    pub(crate) fn of(rounds: &[Round], counted: impl Fn(&str) -> bool) -> Option<Self> {
        let mut seen = 0;
        let mut record = Self::default();
        for round in rounds {
            let mut calls = Vec::new();
            for part in &round.parts {
                match part {
                    Part::Shown(raw) => seen += usize::from(counted(raw)),
                    Part::Hidden(raw, _) => calls.push((seen, raw.clone())),
                }
            }
            if !calls.is_empty() && calls.len() == round.results.len() {
                record.rounds.push(RecordedRound {
                    calls,
                    end: seen,
                    results: round.results.clone(),
                    open: round.open,
                });
            }
        }
        (!record.rounds.is_empty()).then_some(record)
    }
}

/// What the client sees of a turn, part by part.
pub(crate) fn visible(rounds: &[Round]) -> Vec<&str> {
    rounds
        .iter()
        .flat_map(|round| &round.parts)
        .filter_map(|part| match part {
            Part::Shown(raw) => Some(raw.as_str()),
            Part::Hidden(..) => None,
        })
        .collect()
}
