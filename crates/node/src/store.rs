//! Stores as JavaScript holds them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use headroom::ccr::{Entry, Ref, Store};
use headroom::{Error, ErrorCode};
use headroom_store::{
    MemoryVault, StoreOptions, Vault, default_path, is_server, open_vault, process_environment,
};
use napi_derive::napi;

/// The memory of this process, one however often the addon is required, from any of its threads.
static MEMORY: LazyLock<Arc<MemoryVault>> = LazyLock::new(Arc::default);

/// Files and servers opened for the free functions; each once for the life of the process.
static SHARED: Mutex<BTreeMap<PathBuf, Arc<dyn Vault>>> = Mutex::new(BTreeMap::new());

/// Another version of this addon that came first in this process, if there is one.
static FIRST: OnceLock<String> = OnceLock::new();

/// Tells the addon that another version came first; the loader does so. From then on it opens no files: each has
/// a SQLite of its own, and closing a file in one lets go of the locks of the other.
#[napi]
pub fn runs_beside(first: String) {
    FIRST.get_or_init(|| first);
}

/// Where originals go, in the ways JavaScript can name it.
#[derive(Clone)]
pub(crate) enum Place {
    /// In this process.
    Memory(Arc<MemoryVault>),
    /// In a file or on a server, opened when first written or read.
    Durable(Arc<dyn Vault>),
    /// Nowhere, and why: every use fails with this, so that a call can go on without leaving anything out.
    Nowhere(Error),
}

impl Place {
    /// All of it: what a proxy keeps besides originals, too. Errors: there is no place.
    pub(crate) fn vault(&self) -> Result<Arc<dyn Vault>, Error> {
        match self {
            Self::Memory(vault) => Ok(Arc::clone(vault) as Arc<dyn Vault>),
            Self::Durable(vault) => Ok(Arc::clone(vault)),
            Self::Nowhere(error) => Err(error.clone()),
        }
    }

    /// What the store has to say to a person since it was last asked.
    pub(crate) fn notices(&self) -> Vec<String> {
        match self {
            Self::Durable(store) => store.take_notices(),
            Self::Memory(_) | Self::Nowhere(_) => Vec::new(),
        }
    }
}

impl Store for Place {
    fn put(&self, entries: &[Entry]) -> Result<Vec<Ref>, Error> {
        match self {
            Self::Memory(store) => store.put(entries),
            Self::Durable(store) => store.put(entries),
            Self::Nowhere(error) => Err(error.clone()),
        }
    }

    fn get(&self, reference: Ref) -> Result<Option<Entry>, Error> {
        match self {
            Self::Memory(store) => store.get(reference),
            Self::Durable(store) => store.get(reference),
            Self::Nowhere(error) => Err(error.clone()),
        }
    }
}

/// Forgets what it is given: for simulations, which show refs to nobody.
pub(crate) struct Discard;

impl Store for Discard {
    fn put(&self, entries: &[Entry]) -> Result<Vec<Ref>, Error> {
        Ok(entries.iter().map(|entry| Ref::of(&entry.text)).collect())
    }

    fn get(&self, _reference: Ref) -> Result<Option<Entry>, Error> {
        Ok(None)
    }
}

/// A store in JavaScript's hands.
#[napi]
pub struct NativeStore {
    place: Place,
}

#[napi]
impl NativeStore {
    /// A memory of its own.
    #[napi(factory)]
    pub fn memory() -> Self {
        Self {
            place: Place::Memory(Arc::default()),
        }
    }

    /// The memory all free functions of this process share.
    #[napi(factory)]
    pub fn shared_memory() -> Self {
        Self {
            place: Place::Memory(Arc::clone(&MEMORY)),
        }
    }

    /// A file, or a server by its address, with connections of its own; the default file without a path.
    #[napi(factory)]
    pub fn open(path: Option<String>) -> Self {
        let opened = place(path).and_then(|place| durable(&place));
        Self {
            place: opened.map_or_else(Place::Nowhere, Place::Durable),
        }
    }

    /// A file, or a server by its address, with the connections all free functions of this process share; the
    /// default file without a path.
    #[napi(factory)]
    pub fn shared(path: Option<String>) -> Self {
        let shared = |place: PathBuf| {
            let mut stores = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(store) = stores.get(&place) {
                return Ok(Arc::clone(store));
            }
            let store = durable(&place)?;
            stores.insert(place, Arc::clone(&store));
            Ok(store)
        };
        Self {
            place: place(path)
                .and_then(shared)
                .map_or_else(Place::Nowhere, Place::Durable),
        }
    }

    /// Lets go of the store. Calls under way finish; later ones fail.
    #[napi]
    pub fn close(&mut self) {
        self.place = Place::Nowhere(Error::new(ErrorCode::Store, "the store is closed"));
    }
}

impl NativeStore {
    /// The place, for a job that outlives this call.
    pub(crate) fn place(&self) -> Place {
        self.place.clone()
    }
}

/// The address of a server as it is, or a file wherever this process goes later.
fn place(path: Option<String>) -> Result<PathBuf, Error> {
    let path = match path {
        Some(address) if is_server(&address) => return Ok(PathBuf::from(address)),
        Some(path) => PathBuf::from(path),
        None => default_path(process_environment)?,
    };
    std::path::absolute(&path).map_err(|error| {
        Error::new(ErrorCode::Store, "cannot tell where the store is")
            .because(format!("{}: {error}", path.display()))
    })
}

fn durable(place: &Path) -> Result<Arc<dyn Vault>, Error> {
    if let Some(first) = FIRST.get().filter(|_| !place.to_str().is_some_and(is_server)) {
        return Err(
            Error::new(ErrorCode::Store, "the store cannot be opened by a second version")
                .because(format!(
                    "{first} came first in this process; what two of them write to a file is lost"
                ))
                .hint("install one version (`npm ls headroom`), or use a server (`redis://…`) or 'memory'"),
        );
    }
    open_vault(Some(place), StoreOptions::default(), process_environment)
}
