//! A vault in this process' memory, for tests and for proxies whose refs need not outlive them.

mod ledger;
mod names;
mod records;
mod shelf;

pub use records::MemoryRecords;

use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use headroom::ccr::{Entry, Ref, Store};
use headroom::error::Error;

use crate::boards::{Boards, Spot, dated, last_second, undated};
use crate::ledger::{Ledger, LedgerEntry};
use crate::vault::{Held, Purge, Purged, Stats, Vault};
use crate::{Records, StoreOptions, seconds};
use names::Names;
use shelf::Shelf;

/// Bytes of originals and records that are kept when nothing else is said.
const DEFAULT_CAPACITY: u64 = 256 << 20;

/// Originals, records, a ledger and boards; gone when dropped. Limits and ages are those of [`StoreOptions`], with
/// nothing compressed.
#[derive(Debug)]
pub struct MemoryVault {
    options: StoreOptions,
    shelf: Mutex<Shelf<Key, Value>>,
    /// Locked before the shelf where both are.
    names: Mutex<Names>,
    ledger: ledger::Entries,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Original(Ref),
    Record([u8; 16]),
    Pinned([u8; 16]),
}

#[derive(Debug, Clone)]
enum Value {
    Original(Entry),
    Record(Vec<u8>),
    /// Behind its last second.
    Pinned(Vec<u8>),
}

impl Default for MemoryVault {
    /// Up to 256 MiB.
    fn default() -> Self {
        Self::new(StoreOptions {
            max_bytes: DEFAULT_CAPACITY,
            ..StoreOptions::default()
        })
    }
}

impl MemoryVault {
    /// An empty one.
    pub fn new(options: StoreOptions) -> Self {
        Self {
            options,
            shelf: Mutex::default(),
            names: Mutex::default(),
            ledger: ledger::Entries::default(),
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<Key, Value>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entered(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a value is on the shelf and its time is not over.
    fn holds(&self, spot: Spot<'_>) -> bool {
        let now = self.options.clock.now();
        match self.shelf().peek(Key::Pinned(spot.key())) {
            Some(Value::Pinned(dated)) => undated(dated, now).is_some(),
            _ => false,
        }
    }

    /// Puts values in, none of which makes another go.
    fn put_all(&self, values: impl Iterator<Item = (Key, Value, usize)>) {
        let now = self.options.clock.now();
        let mut locked = self.shelf();
        let mark = locked.mark();
        for (key, value, bytes) in values {
            locked.put(key, value, bytes, now);
        }
        locked.expire(now.saturating_sub(seconds(self.options.max_age)), mark, |_, _| {});
        locked.shrink(self.options.max_bytes, mark);
    }
}

impl Store for MemoryVault {
    fn put(&self, entries: &[Entry]) -> Result<Vec<Ref>, Error> {
        let refs: Vec<Ref> = entries.iter().map(|entry| Ref::of(&entry.text)).collect();
        let values = refs.iter().zip(entries).map(|(reference, entry)| {
            let bytes = entry.text.len();
            (Key::Original(*reference), Value::Original(entry.clone()), bytes)
        });
        self.put_all(values);
        Ok(refs)
    }

    fn get(&self, reference: Ref) -> Result<Option<Entry>, Error> {
        match self
            .shelf()
            .get(Key::Original(reference), self.options.clock.now())
        {
            Some(Value::Original(entry)) => Ok(Some(entry)),
            _ => Ok(None),
        }
    }
}

impl Records for MemoryVault {
    fn put_record(&self, key: [u8; 16], value: &[u8]) -> Result<(), Error> {
        let record = (Key::Record(key), Value::Record(value.to_vec()), value.len());
        self.put_all(std::iter::once(record));
        Ok(())
    }

    fn get_record(&self, key: [u8; 16]) -> Result<Option<Vec<u8>>, Error> {
        match self.shelf().get(Key::Record(key), self.options.clock.now()) {
            Some(Value::Record(value)) => Ok(Some(value)),
            _ => Ok(None),
        }
    }
}

impl Boards for MemoryVault {
    fn pin(&self, spot: Spot<'_>, value: &[u8], lifetime: Option<Duration>) -> Result<(), Error> {
        let last = last_second(self.options.clock.now(), lifetime);
        let pinned = Value::Pinned(dated(last, value));
        let mut names = self.entered();
        if let Some(name) = names.enter(spot.board, spot.name) {
            let gone = Spot { name: &name, ..spot };
            self.shelf().remove(Key::Pinned(gone.key()));
        }
        self.put_all(std::iter::once((Key::Pinned(spot.key()), pinned, value.len())));
        Ok(())
    }

    fn pinned(&self, spot: Spot<'_>) -> Result<Option<Vec<u8>>, Error> {
        let (key, now) = (Key::Pinned(spot.key()), self.options.clock.now());
        let mut locked = self.shelf();
        let Some(Value::Pinned(dated)) = locked.get(key, now) else {
            return Ok(None);
        };
        let value = undated(&dated, now).map(|(_, value)| value.to_vec());
        if value.is_none() {
            locked.remove(key);
        }
        Ok(value)
    }

    fn unpin(&self, spot: Spot<'_>) -> Result<bool, Error> {
        let mut names = self.entered();
        let was_there = self.holds(spot);
        names.strike(spot.board, spot.name);
        self.shelf().remove(Key::Pinned(spot.key()));
        Ok(was_there)
    }

    fn names(&self, board: &str) -> Result<Vec<String>, Error> {
        let mut names = self.entered();
        Ok(names.keep(board, |name| self.holds(Spot { board, name })))
    }

    fn clear(&self, board: &str) -> Result<u64, Error> {
        let mut names = self.entered();
        let mut cleared = 0;
        for name in names.take(board) {
            let spot = Spot { board, name: &name };
            cleared += u64::from(self.holds(spot));
            self.shelf().remove(Key::Pinned(spot.key()));
        }
        Ok(cleared)
    }
}

impl Ledger for MemoryVault {
    fn append(&self, entries: &[LedgerEntry]) -> Result<(), Error> {
        let now = self.options.clock.now();
        let oldest = now.saturating_sub(seconds(self.options.ledger_max_age));
        let oldest = u64::try_from(oldest).unwrap_or_default().saturating_mul(1_000);
        self.ledger.append(entries, oldest, self.options.ledger_max_bytes);
        Ok(())
    }

    fn read(&self, span: Range<u64>, each: &mut dyn FnMut(LedgerEntry)) -> Result<(), Error> {
        // A copy, so that nobody waits for what is done with them.
        self.ledger.of(&span).into_iter().for_each(each);
        Ok(())
    }

    fn recent(&self, count: usize) -> Result<Vec<LedgerEntry>, Error> {
        let all = self.ledger.of(&(0..u64::MAX));
        Ok(all.into_iter().rev().take(count).collect())
    }
}

impl Vault for MemoryVault {
    fn place(&self) -> String {
        "memory".to_owned()
    }

    fn take_notices(&self) -> Vec<String> {
        Vec::new()
    }

    fn stats(&self) -> Result<Stats, Error> {
        let mut stats = Stats {
            ledger: self.ledger.held(),
            ..Stats::default()
        };
        for (key, bytes, at) in self.shelf().sizes() {
            let held = match key {
                Key::Original(_) => {
                    stats.oldest_use = Some(stats.oldest_use.map_or(at, |oldest| oldest.min(at)));
                    &mut stats.originals
                }
                Key::Record(_) => &mut stats.records,
                Key::Pinned(_) => &mut stats.pinned,
            };
            *held = Held {
                count: held.count + 1,
                bytes: held.bytes + bytes,
                stored_bytes: held.stored_bytes + bytes,
            };
        }
        Ok(stats)
    }

    fn purge(&self, what: Purge) -> Result<Purged, Error> {
        let before = match what {
            Purge::OlderThan(age) => self.options.clock.now().saturating_sub(seconds(age)),
            Purge::All => i64::MAX,
        };
        let mut purged = Purged::default();
        self.shelf().expire(before, u64::MAX, |key, bytes| match key {
            Key::Original(_) => {
                purged.entries += 1;
                purged.bytes += bytes;
            }
            Key::Record(_) => purged.records += 1,
            Key::Pinned(_) => purged.pinned += 1,
        });
        if what == Purge::All {
            purged.requests = self.ledger.clear();
        }
        Ok(purged)
    }
}
