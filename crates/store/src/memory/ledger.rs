//! A ledger in memory.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use crate::ledger::LedgerEntry;
use crate::vault::Held;

/// Entries with their bytes as JSON, in the order they were appended in.
#[derive(Debug, Default)]
pub(super) struct Entries {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: VecDeque<(LedgerEntry, u64)>,
    bytes: u64,
}

impl Entries {
    /// Adds entries; what is older than `oldest` (milliseconds since 1970), or first of more than
    /// `max_bytes`, goes.
    pub(super) fn append(&self, entries: &[LedgerEntry], oldest: u64, max_bytes: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            let entry = entry.bounded();
            let bytes = serde_json::to_string(&entry).map_or(0, |json| json.len() as u64);
            state.bytes += bytes;
            state.entries.push_back((entry, bytes));
        }
        while let Some((entry, _)) = state.entries.front()
            && (entry.at < oldest || state.bytes > max_bytes)
        {
            let gone = state.entries.pop_front();
            state.bytes -= gone.map_or(0, |(_, bytes)| bytes);
        }
    }

    /// Those of a span of time, oldest first.
    pub(super) fn of(&self, span: &Range<u64>) -> Vec<LedgerEntry> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let inside = state.entries.iter().filter(|(entry, _)| span.contains(&entry.at));
        let mut found: Vec<LedgerEntry> = inside.map(|(entry, _)| entry.clone()).collect();
        found.sort_by_key(|entry| entry.at);
        found
    }

    pub(super) fn held(&self) -> Held {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Held {
            count: state.entries.len() as u64,
            bytes: state.bytes,
            stored_bytes: state.bytes,
        }
    }

    /// Forgets all; returns how many there were.
    pub(super) fn clear(&self) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *state).entries.len() as u64
    }
}
