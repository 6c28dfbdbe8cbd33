//! A store in this process' memory, for tests and for callers whose refs need not outlive them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::{Entry, Ref, Store};
use crate::error::Error;

/// Bytes of originals that are kept when nothing else is said: far more than a session shows.
const DEFAULT_CAPACITY: usize = 256 * 1024 * 1024;

/// Originals in a map; gone when dropped. Over its capacity it forgets what was put longest ago, but never
/// what one call puts.
#[derive(Debug)]
pub struct MemoryStore {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<Ref, Entry>,
    /// Oldest first; a ref that was put again stands here more than once, its last place counts.
    order: VecDeque<(Ref, u64)>,
    last_put: HashMap<Ref, u64>,
    puts: u64,
    bytes: usize,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_capacity(DEFAULT_CAPACITY)
    }
}

impl MemoryStore {
    /// A store for about this many bytes of originals.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            capacity: bytes,
            state: Mutex::default(),
        }
    }
}

impl Store for MemoryStore {
    fn put(&self, entries: &[Entry]) -> Result<Vec<Ref>, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = state.puts;
        let refs: Vec<Ref> = entries.iter().map(|entry| state.add(entry)).collect();
        state.shrink(self.capacity, oldest);
        Ok(refs)
    }

    fn get(&self, reference: Ref) -> Result<Option<Entry>, Error> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(state.entries.get(&reference).cloned())
    }
}

impl State {
    fn add(&mut self, entry: &Entry) -> Ref {
        let reference = Ref::of(&entry.text);
        if self.entries.insert(reference, entry.clone()).is_none() {
            self.bytes += entry.text.len();
        }
        self.puts += 1;
        self.order.push_back((reference, self.puts));
        self.last_put.insert(reference, self.puts);
        reference
    }

    /// Forgets from the front until the rest fits; what was put after `oldest` stays.
    fn shrink(&mut self, capacity: usize, oldest: u64) {
        while let Some(&(reference, put)) = self.order.front() {
            let stale = self.last_put.get(&reference) != Some(&put);
            if !stale && (self.bytes <= capacity || put > oldest) {
                break;
            }
            self.order.pop_front();
            if !stale {
                self.last_put.remove(&reference);
                self.bytes -= self
                    .entries
                    .remove(&reference)
                    .map_or(0, |entry| entry.text.len());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Entry {
        Entry {
            text: text.to_owned(),
            tool: None,
        }
    }

    #[test]
    fn what_was_put_longest_ago_goes_first() {
        let store = MemoryStore::with_capacity(8);
        let first = store.put(&[entry("aaaa")]).unwrap()[0];
        let second = store.put(&[entry("bbbb")]).unwrap()[0];
        store.put(&[entry("aaaa")]).unwrap();
        store.put(&[entry("cccc")]).unwrap();
        assert_eq!(store.get(second).unwrap(), None);
        assert_eq!(store.get(first).unwrap(), Some(entry("aaaa")));
    }

    #[test]
    fn one_call_never_forgets_its_own() {
        let store = MemoryStore::with_capacity(1);
        let refs = store.put(&[entry("first"), entry("second")]).unwrap();
        assert!(
            refs.iter()
                .all(|reference| store.get(*reference).unwrap().is_some())
        );
    }
}
