//! Everything a proxy keeps, behind one door; and what there is to say of it.

use std::time::Duration;

use headroom::ccr::Store;
use headroom::error::Error;
use serde::Serialize;

use crate::ledger::Ledger;
use crate::{Boards, Records};

/// Originals, re-expansion records, the ledger and boards, in one place. Held as `Arc<dyn Vault>`, which is an
/// `Arc<dyn Store>` where only that is asked for.
pub trait Vault: Store + Records + Ledger + Boards {
    /// Where it is, for people: a path, or an address without credentials.
    fn place(&self) -> String;

    /// What a person should know and no result can say (a damaged file was moved aside, an original was
    /// damaged), oldest first, each once.
    fn take_notices(&self) -> Vec<String>;

    /// What it holds; all zero when there is nothing yet.
    fn stats(&self) -> Result<Stats, Error>;

    /// Forgets for good.
    fn purge(&self, what: Purge) -> Result<Purged, Error>;
}

/// What to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purge {
    /// Originals, records and values on boards that were not used for this long.
    OlderThan(Duration),
    /// Everything: originals, records, boards, the ledger, and damaged files that were moved aside.
    All,
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Originals.
    pub entries: u64,
    /// Their bytes as text; as stored they took less.
    pub bytes: u64,
    /// Records.
    pub records: u64,
    /// Values on boards.
    pub pinned: u64,
    /// Entries of the ledger.
    pub requests: u64,
    /// Damaged files that had been moved aside.
    pub set_aside: usize,
}

/// How much there is of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Held {
    /// How many.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Their bytes as stored.
    pub stored_bytes: u64,
}

/// What a vault holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Originals. What these, the records and the values on boards take as stored is limited by
    /// [`crate::StoreOptions::max_bytes`].
    pub originals: Held,
    /// Records.
    pub records: Held,
    /// Values on boards.
    pub pinned: Held,
    /// Entries of the ledger: one a request.
    pub ledger: Held,
    /// Bytes of the file and the log beside it; 0 where there is none.
    pub file_bytes: u64,
    /// Last use of the longest unused original, in seconds since 1970, where it is known.
    pub oldest_use: Option<i64>,
}
