//! One entry: a request as it was counted here and billed there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Longest name that is kept, in characters: models and tools are named by foreign requests.
const MAX_NAME: usize = 96;

/// Most parts and verdicts of one entry; what is beyond stands together under [`super::OTHER`].
const MAX_PARTS: usize = 48;

/// One request. Tokens are whole numbers of them; fields that are empty or zero are not written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LedgerEntry {
    /// When it arrived, in milliseconds since 1970.
    pub at: u64,
    /// The id the answer and the log carry.
    pub request: String,
    /// Who answered: `anthropic`, `openai`, …
    pub provider: String,
    /// The model, as the request names it.
    pub model: String,
    /// The wire format.
    pub format: String,
    /// Family of the client, from its `user-agent`: `claude-cli`, `openai-python`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// HTTP status of the answer; 0 when there was none.
    pub status: u16,
    /// Whether the answer was streamed.
    #[serde(skip_serializing_if = "is_default")]
    pub stream: bool,
    /// Tokens of what may be compressed, counted here. After: as sent, what was put back from hidden rounds
    /// of earlier requests included.
    pub tokens: Counted,
    /// What the provider billed for the request, hidden rounds included; `None` when it did not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Rounds the client never saw.
    #[serde(skip_serializing_if = "is_default")]
    pub hidden: Hidden,
    /// Tokens of the retrieval tool's definition in the first round, if it was offered. In hidden rounds it is
    /// part of their input.
    #[serde(skip_serializing_if = "is_default")]
    pub tool_tokens: u64,
    /// How many blocks got which verdict.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub verdicts: BTreeMap<String, u64>,
    /// Tokens before and after by tool and kind.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// From the request sent upstream to the end of its answer, in milliseconds.
    pub upstream_ms: u64,
    /// What Headroom added to that, in microseconds.
    pub added_us: u64,
    /// From the request's arrival to the first byte of the answer sent on, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<u64>,
}

/// Tokens before and after, and how they were counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counted {
    /// As the client sent it.
    pub before: u64,
    /// As it was sent on.
    pub after: u64,
    /// Name of the counter: `o200k_base`, `estimate`, …
    pub counter: String,
    /// True when the model really counts with that vocabulary.
    pub exact: bool,
}

/// What a provider says it billed, in tokens. The parts are disjoint: where a provider counts cached tokens
/// among the input, they are taken out of it. `None`: it said nothing of that kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Prompt at full price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<u64>,
    /// Prompt read from the cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<u64>,
    /// Prompt written to the cache for 5 minutes, or for as long as the provider chooses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write_5m: Option<u64>,
    /// Prompt written to the cache for an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write_1h: Option<u64>,
    /// Output, reasoning included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<u64>,
}

impl Usage {
    /// Tokens of the prompt, at whatever price.
    pub fn prompt(&self) -> u64 {
        let parts = [
            self.input,
            self.cache_read,
            self.cache_write_5m,
            self.cache_write_1h,
        ];
        parts.into_iter().flatten().fold(0, u64::saturating_add)
    }

    /// Both together, part by part.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.with(other, u64::saturating_add)
    }

    /// This without `part`, part by part.
    #[must_use]
    pub fn without(&self, part: &Self) -> Self {
        self.with(part, u64::saturating_sub)
    }

    fn with(&self, other: &Self, sum: impl Fn(u64, u64) -> u64) -> Self {
        let part = |own: Option<u64>, other: Option<u64>| match (own, other) {
            (None, None) => None,
            (own, other) => Some(sum(own.unwrap_or_default(), other.unwrap_or_default())),
        };
        Self {
            input: part(self.input, other.input),
            cache_read: part(self.cache_read, other.cache_read),
            cache_write_5m: part(self.cache_write_5m, other.cache_write_5m),
            cache_write_1h: part(self.cache_write_1h, other.cache_write_1h),
            output: part(self.output, other.output),
        }
    }
}

/// Hidden retrieval rounds of one request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hidden {
    /// How many.
    pub rounds: u64,
    /// What the provider billed for them alone.
    pub usage: Usage,
}

/// The blocks of one tool and kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Part {
    /// The tool, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The content kind.
    pub kind: String,
    /// Tokens as the client sent them.
    pub before: u64,
    /// Tokens as they were sent on.
    pub after: u64,
}

impl LedgerEntry {
    /// True when the request was answered: what was refused is not billed and saved nothing.
    pub fn is_answered(&self) -> bool {
        (200..300).contains(&self.status) || self.status == 101
    }

    /// The entry as it is kept: names cut to a bounded length and without control characters, a bounded
    /// number of parts and verdicts, none of their tokens lost.
    #[must_use]
    pub fn bounded(&self) -> Self {
        let mut bounded = Self {
            request: name(&self.request),
            provider: name(&self.provider),
            model: name(&self.model),
            format: name(&self.format),
            agent: self.agent.as_deref().map(name),
            tokens: Counted {
                counter: name(&self.tokens.counter),
                ..self.tokens.clone()
            },
            verdicts: BTreeMap::new(),
            parts: Vec::new(),
            ..*self
        };
        for (verdict, count) in &self.verdicts {
            let verdict = name(verdict);
            let known = bounded.verdicts.len() < MAX_PARTS || bounded.verdicts.contains_key(&verdict);
            let verdict = if known { verdict } else { super::OTHER.to_owned() };
            let sum = bounded.verdicts.entry(verdict).or_default();
            *sum = sum.saturating_add(*count);
        }
        let (kept, rest) = self.parts.split_at(self.parts.len().min(MAX_PARTS));
        bounded.parts.extend(kept.iter().map(|part| Part {
            tool: part.tool.as_deref().map(name),
            kind: name(&part.kind),
            ..*part
        }));
        if !rest.is_empty() {
            let sum = |of: fn(&Part) -> u64| rest.iter().map(of).fold(0, u64::saturating_add);
            bounded.parts.push(Part {
                tool: Some(super::OTHER.to_owned()),
                kind: super::OTHER.to_owned(),
                before: sum(|part| part.before),
                after: sum(|part| part.after),
            });
        }
        bounded
    }
}

/// At most [`MAX_NAME`] characters, none of which controls a terminal.
fn name(text: &str) -> String {
    let shown = |char: char| if char.is_control() { '·' } else { char };
    text.chars().take(MAX_NAME).map(shown).collect()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_bounded_and_loses_no_token() {
        let part = |n: usize| Part {
            tool: Some(format!("tool {n}\x1b[2J {}", "x".repeat(1000))),
            kind: "log".to_owned(),
            before: 10,
            after: 3,
        };
        let entry = LedgerEntry {
            model: "m\n".repeat(100_000),
            verdicts: (0..1000).map(|n| (format!("verdict {n:03}"), 1)).collect(),
            parts: (0..1000).map(part).collect(),
            ..LedgerEntry::default()
        };
        let bounded = entry.bounded();
        assert_eq!(bounded.model.chars().count(), MAX_NAME);
        assert_eq!(bounded.verdicts.values().sum::<u64>(), 1000);
        assert_eq!(bounded.parts.iter().map(|part| part.before).sum::<u64>(), 10_000);
        let json = serde_json::to_string(&bounded).unwrap();
        assert!(json.len() < 20_000 && !json.contains("u001b"), "{}", json.len());
    }

    #[test]
    fn an_entry_is_read_as_it_was_written_and_so_is_one_with_other_fields() {
        let entry = LedgerEntry {
            at: 1_795_597_200_000,
            request: "req_1".to_owned(),
            agent: Some("claude-cli".to_owned()),
            stream: true,
            usage: Some(Usage {
                cache_read: Some(0),
                ..Usage::default()
            }),
            first_byte_ms: Some(3),
            ..LedgerEntry::default()
        };
        let json = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<LedgerEntry>(&json).unwrap(), entry);
        let other: LedgerEntry = serde_json::from_str(r#"{"at": 5, "of a later version": [1]}"#).unwrap();
        assert_eq!(other.at, 5);
    }
}
