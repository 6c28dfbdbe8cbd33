//! From what is known of a request to an entry of the ledger.

use std::collections::BTreeMap;
use std::time::Duration;

use headroom_store::ledger::{Counted, Hidden, LedgerEntry, Part, Usage};

use crate::observe::Observation;

/// Stands for the model of a request that names none, or was not read as its client wished so.
const UNKNOWN: &str = "(unknown)";

/// The entry of a request that took `elapsed`.
pub(super) fn of(observation: &Observation, elapsed: Duration) -> LedgerEntry {
    let account = &observation.account;
    let (before, after) = observation.tokens();
    let counter = observation.report.as_ref().map(|report| report.tokenizer);
    let upstream = observation
        .ready
        .unwrap_or(observation.begun)
        .saturating_duration_since(observation.begun);
    let answered = observation.head.is_some();
    LedgerEntry {
        at: observation.at,
        request: observation.id.clone(),
        provider: observation.provider.to_owned(),
        model: observation.model.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
        format: observation
            .call
            .map(|(format, _)| format.name().to_owned())
            .unwrap_or_default(),
        agent: observation.agent.clone(),
        status: observation.status,
        stream: observation.stream,
        tokens: Counted {
            before,
            after,
            counter: counter.unwrap_or_default().to_owned(),
            exact: counter.is_some_and(|counter| counter != "estimate"),
        },
        // A provider that said nothing is no provider that billed nothing.
        usage: (account.usage != Usage::default()).then_some(account.usage),
        hidden: Hidden {
            rounds: u64::from(account.hidden_rounds),
            usage: account.hidden_usage,
        },
        tool_tokens: observation.facts.tool_tokens as u64,
        verdicts: observation
            .verdicts()
            .into_iter()
            .map(|(verdict, count)| (verdict.to_owned(), count))
            .collect(),
        parts: parts(observation),
        upstream_ms: if answered {
            millis(elapsed.saturating_sub(upstream))
        } else {
            0
        },
        added_us: u64::try_from(observation.added.as_micros()).unwrap_or(u64::MAX),
        first_byte_ms: observation.first.map(millis),
    }
}

/// Tokens by tool and kind, in the order of their names.
fn parts(observation: &Observation) -> Vec<Part> {
    let mut parts: BTreeMap<(Option<&str>, &str), (u64, u64)> = BTreeMap::new();
    for block in observation.report.iter().flat_map(|report| &report.blocks) {
        let part = parts
            .entry((block.tool.as_deref(), block.kind.as_str()))
            .or_default();
        part.0 += block.tokens_before as u64;
        part.1 += block.tokens_after as u64;
    }
    parts
        .into_iter()
        .map(|((tool, kind), (before, after))| Part {
            tool: tool.map(str::to_owned),
            kind: kind.to_owned(),
            before,
            after,
        })
        .collect()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
