//! A store in this process' memory, for tests and for callers whose refs need not outlive them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Entry, Ref, Store};
use crate::error::Error;

/// Originals in a map; gone when dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    entries: Mutex<HashMap<Ref, Entry>>,
}

impl Store for MemoryStore {
    fn put(&self, entries: &[Entry]) -> Result<Vec<Ref>, Error> {
        let mut map = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(entries
            .iter()
            .map(|entry| {
                let reference = Ref::of(&entry.text);
                map.entry(reference).or_insert_with(|| entry.clone());
                reference
            })
            .collect())
    }

    fn get(&self, reference: Ref) -> Result<Option<Entry>, Error> {
        let map = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(map.get(&reference).cloned())
    }
}
