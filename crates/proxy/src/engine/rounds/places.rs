//! Numbers of blocks and items: a client counts without what is hidden, and goes on where a round before has ended.

use std::collections::HashMap;

/// Where the upstream's blocks go. What is missing in a stream moves nothing: only what is hidden does.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The client's number for the first block of this round.
    base: u64,
    /// The client's number for the first block of the next.
    next: u64,
    /// Hidden blocks of this round.
    hidden: u64,
    /// By the upstream's numbers.
    known: HashMap<u64, Place>,
}

/// Where a block goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// To the client, under this number.
    Shown(u64),
    Hidden,
}

impl Places {
    /// A block begins.
    pub(super) fn begin(&mut self, index: u64, hidden: bool) {
        if hidden {
            self.hidden += 1;
            self.known.insert(index, Place::Hidden);
            return;
        }
        let place = self.base.saturating_add(index.saturating_sub(self.hidden));
        self.next = self.next.max(place.saturating_add(1));
        self.known.insert(index, Place::Shown(place));
    }

    /// Where a block goes that has begun.
    pub(super) fn of(&self, index: u64) -> Option<Place> {
        self.known.get(&index).copied()
    }

    /// Another round begins.
    pub(super) fn next_round(&mut self) {
        self.base = self.next;
        self.hidden = 0;
        self.known.clear();
    }
}
