//! Durable originals: what stands behind a ref outlives the process that made it. And what else a proxy
//! keeps.
//!
//! [`SqliteStore`] keeps the contract of [`headroom::ccr::Store`] in one SQLite file that any number of
//! processes share: an SDK call writes it, the command line or a retrieval tool in another process reads it.
//! [`default_path`] says where that file is when nobody names one.
//!
//! A [`Vault`] is all there is to keep, in one place: originals, [`Records`], a [`ledger`] and [`Boards`].
//! [`SqliteStore`] is one, [`MemoryVault`], and [`RedisVault`] for several machines. [`open_vault`] finds the
//! one a place names.
//!
//! ```
//! use headroom::ccr::{Entry, Store};
//! use headroom_store::{SqliteStore, StoreOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("store.db");
//! let store = SqliteStore::new(path, StoreOptions::default());
//! let refs = store.put(&[Entry { text: "the whole original".into(), tool: Some("fetch".into()) }])?;
//! assert_eq!(store.get(refs[0])?.map(|entry| entry.text), Some("the whole original".into()));
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod boards;
mod body;
pub mod ledger;
mod location;
mod memory;
mod notices;
mod options;
mod place;
mod records;
mod sealed;
mod server;
mod shared;
mod sqlite;
mod vault;

pub use boards::{Boards, MAX_PINNED, Spot};
pub use location::{HEADROOM_HOME, HEADROOM_WORKSPACE_DIR, default_path, home, process_environment};
pub use memory::{MemoryRecords, MemoryVault};
pub use options::{Clock, StoreOptions};
pub use place::open_vault;
pub use records::Records;
pub use server::{RedisVault, is_server};
pub use shared::{SharedStats, SharedValue, share, shared, shared_stats};
pub use sqlite::SqliteStore;
pub use vault::{Held, Purge, Purged, Stats, Vault};

/// Whole seconds of a duration.
fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
