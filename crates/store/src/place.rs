//! From what a person writes to the vault that is meant.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use headroom::error::Error;

use crate::{MemoryVault, RedisVault, SqliteStore, StoreOptions, Vault, default_path, is_server};

/// The word for this process' memory.
const MEMORY: &str = "memory";

/// The vault a place names: `memory`, the address of a server (`redis://…`, see [`RedisVault::new`]), or the
/// path of a file; the default file without one. Opens nothing yet.
///
/// `lookup` gives the value of an environment variable, as for [`default_path`] and [`RedisVault::new`], whose
/// errors this has.
pub fn open_vault(
    place: Option<&Path>,
    options: StoreOptions,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<Arc<dyn Vault>, Error> {
    let Some(place) = place else {
        return Ok(Arc::new(SqliteStore::new(default_path(lookup)?, options)));
    };
    match place.to_str() {
        Some(MEMORY) => Ok(Arc::new(MemoryVault::new(options))),
        Some(address) if is_server(address) => Ok(Arc::new(RedisVault::new(address, options, lookup)?)),
        _ => Ok(Arc::new(SqliteStore::new(place, options))),
    }
}
