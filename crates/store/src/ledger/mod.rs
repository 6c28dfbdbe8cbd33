//! The ledger: what each proxied request cost, and what Headroom changed about it. Never a body, never a
//! credential.
//!
//! It is append-only. A request that was counted wrongly is not corrected, and nothing is ever estimated on
//! writing: an entry holds what was counted here, and what the provider said. What follows from many entries,
//! [`Savings`], is worked out when somebody asks, by the same pure code over the rows of any vault.

mod day;
mod entry;
mod prices;
mod savings;

pub use day::day_of;
pub use entry::{Counted, Hidden, LedgerEntry, Part, Usage};
pub use prices::{PRICES_FILE, Price, Prices};
pub use savings::{Change, Money, OTHER, Savings, Sum};

use std::ops::Range;

use headroom::error::Error;

/// Where entries live.
pub trait Ledger: Send + Sync {
    /// Adds entries, one a request, in one step. Cheap rather than durable: they survive the end of this
    /// process, and a loss of power may cost the last ones. Nothing that is shown points to them. What is
    /// older than [`crate::StoreOptions::ledger_max_age`] or beyond
    /// [`crate::StoreOptions::ledger_max_bytes`] goes, oldest first.
    fn append(&self, entries: &[LedgerEntry]) -> Result<(), Error>;

    /// Hands over the entries whose time (milliseconds since 1970) is in `span`, oldest first, one by one.
    /// An entry that cannot be read, for instance one of a later version, is passed over.
    fn read(&self, span: Range<u64>, each: &mut dyn FnMut(LedgerEntry)) -> Result<(), Error>;

    /// The last `count` entries, newest first.
    fn recent(&self, count: usize) -> Result<Vec<LedgerEntry>, Error>;

    /// What the entries of a span of time (milliseconds since 1970) come to.
    fn savings(&self, span: Range<u64>, prices: &Prices) -> Result<Savings, Error> {
        let mut savings = Savings::default();
        self.read(span, &mut |entry| savings.add(&entry, prices))?;
        Ok(savings)
    }
}
