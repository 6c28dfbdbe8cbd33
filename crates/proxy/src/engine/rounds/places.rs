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
    /// The client's numbers by the upstream's; `None` for what is hidden.
    places: HashMap<u64, Option<u64>>,
}

impl Places {
    /// A block begins.
    pub(super) fn begin(&mut self, index: u64, hidden: bool) {
        if hidden {
            self.hidden += 1;
            self.places.insert(index, None);
            return;
        }
        let place = self.base.saturating_add(index.saturating_sub(self.hidden));
        self.next = self.next.max(place.saturating_add(1));
        self.places.insert(index, Some(place));
    }

    /// Where a block goes that has begun: to the client under a number, or nowhere.
    pub(super) fn of(&self, index: u64) -> Option<Option<u64>> {
        self.places.get(&index).copied()
    }

    /// Another round begins.
    pub(super) fn next_round(&mut self) {
        self.base = self.next;
        self.hidden = 0;
        self.places.clear();
    }
}
