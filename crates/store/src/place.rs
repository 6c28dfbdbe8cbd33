//! From what a person writes to the vault that is meant.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use headroom::error::Error;

use crate::{MemoryVault, SqliteStore, StoreOptions, Vault, default_path};

/// The word for this process' memory.
const MEMORY: &str = "memory";

/// The vault a place names: `memory`, or the path of a file; the default file without one. Opens nothing yet.
///
/// `lookup` gives the value of an environment variable, as for [`default_path`], whose errors this has.
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
        _ => Ok(Arc::new(SqliteStore::new(place, options))),
    }
}
