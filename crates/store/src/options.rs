//! What a store may take and how long it keeps it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Limits and timing of a store. Every process may bring its own; the tightest one in use wins, since
/// each put trims to the limits of the process that makes it.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Bytes of compressed originals and records to keep, together; 1 GiB by default. Beyond it the least
    /// recently used go. One put that is larger than this alone is kept nevertheless: what is shown must be
    /// there (law 4).
    pub max_bytes: u64,
    /// How long an original or a record stays after its last use, 30 days by default.
    pub max_age: Duration,
    /// A use is written down when the last one written is at least this old, 10 minutes by default. So
    /// the order of eviction is right to within this time, and reading hardly ever writes.
    pub refresh_after: Duration,
    /// How long an entry of the ledger stays, 400 days by default: a year can be compared with the last.
    pub ledger_max_age: Duration,
    /// Bytes of the ledger's entries to keep, 256 MiB by default: some 400,000 requests.
    pub ledger_max_bytes: u64,
    /// How long to wait for another process that is writing, 5 seconds by default.
    pub patience: Duration,
    /// What time it is.
    pub clock: Clock,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            max_bytes: 1 << 30,
            max_age: Duration::from_hours(30 * 24),
            refresh_after: Duration::from_mins(10),
            ledger_max_age: Duration::from_hours(400 * 24),
            ledger_max_bytes: 256 << 20,
            patience: Duration::from_secs(5),
            clock: Clock::system(),
        }
    }
}

/// Seconds since 1970; a parameter, so that ageing can be tested without waiting.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::from_fn(|| {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
        })
    }

    /// A clock of one's own, in seconds since 1970.
    pub fn from_fn(now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// What time it is, in seconds since 1970.
    pub fn now(&self) -> i64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
