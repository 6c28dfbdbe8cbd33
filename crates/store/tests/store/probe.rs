//! A store in a folder of its own, with a clock that the test moves.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use headroom::ccr::Entry;
use headroom_store::{Clock, MemoryVault, SqliteStore, StoreOptions, Vault};

pub(crate) const DAY: Duration = Duration::from_hours(24);

pub(crate) struct Probe {
    _folder: tempfile::TempDir,
    pub(crate) path: PathBuf,
    pub(crate) now: Arc<AtomicI64>,
}

impl Probe {
    /// The store's folders do not exist yet.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("er").join("store.db");
        Self {
            _folder: folder,
            path,
            now: Arc::new(AtomicI64::new(1_800_000_000)),
        }
    }

    pub(crate) fn store(&self) -> SqliteStore {
        self.store_with(|_| {})
    }

    pub(crate) fn store_with(&self, change: impl FnOnce(&mut StoreOptions)) -> SqliteStore {
        let now = Arc::clone(&self.now);
        let mut options = StoreOptions {
            clock: Clock::from_fn(move || now.load(Ordering::Relaxed)),
            ..StoreOptions::default()
        };
        change(&mut options);
        SqliteStore::new(&self.path, options)
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.now
            .fetch_add(i64::try_from(time.as_secs()).unwrap(), Ordering::Relaxed);
    }

    /// Names in the store's folder, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let folder = fs::read_dir(self.path.parent().unwrap()).unwrap();
        let mut names: Vec<_> = folder
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Every byte of every file of the store.
    pub(crate) fn bytes_on_disc(&self) -> Vec<u8> {
        let folder = self.path.parent().unwrap();
        self.files()
            .iter()
            .flat_map(|name| fs::read(folder.join(name)).unwrap())
            .collect()
    }
}

/// The durable vault and the one in memory, both with the clock of the probe.
pub(crate) fn vaults(probe: &Probe, change: impl Fn(&mut StoreOptions)) -> [Arc<dyn Vault>; 2] {
    let now = Arc::clone(&probe.now);
    let mut options = StoreOptions {
        clock: Clock::from_fn(move || now.load(Ordering::Relaxed)),
        ..StoreOptions::default()
    };
    change(&mut options);
    [
        Arc::new(probe.store_with(change)),
        Arc::new(MemoryVault::new(options)),
    ]
}

pub(crate) fn entry(text: &str) -> Entry {
    Entry {
        text: text.to_owned(),
        tool: None,
    }
}

/// Printable text of `length` bytes in which nothing repeats, from an xorshift generator.
pub(crate) fn noise(seed: u64, length: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b' ' + u8::try_from((state >> 32) % 95).unwrap())
    };
    std::iter::repeat_with(next).take(length).collect()
}
