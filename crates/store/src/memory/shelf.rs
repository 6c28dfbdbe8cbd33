//! Values in order of their last use, with their sizes: what both memory stores are made of.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Values by key. A use is a number that only grows, and a time.
#[derive(Debug)]
pub(super) struct Shelf<K, V> {
    places: HashMap<K, Place<V>>,
    /// Keys by the number of their last use.
    by_use: BTreeMap<u64, K>,
    uses: u64,
    bytes: u64,
}

#[derive(Debug)]
struct Place<V> {
    value: V,
    bytes: u64,
    used: u64,
    /// Seconds since 1970.
    at: i64,
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self {
            places: HashMap::new(),
            by_use: BTreeMap::new(),
            uses: 0,
            bytes: 0,
        }
    }
}

impl<K: Copy + Eq + Hash, V: Clone> Shelf<K, V> {
    /// Puts a value in, or in the place of the one that is there.
    pub(super) fn put(&mut self, key: K, value: V, bytes: usize, at: i64) {
        self.remove(key);
        self.uses += 1;
        self.bytes += bytes as u64;
        self.by_use.insert(self.uses, key);
        let place = Place {
            value,
            bytes: bytes as u64,
            used: self.uses,
            at,
        };
        self.places.insert(key, place);
    }

    /// The value; from now on it is the last used one.
    pub(super) fn get(&mut self, key: K, at: i64) -> Option<V> {
        let place = self.places.get_mut(&key)?;
        self.by_use.remove(&place.used);
        self.uses += 1;
        (place.used, place.at) = (self.uses, at);
        self.by_use.insert(self.uses, key);
        Some(place.value.clone())
    }

    /// The value, which is not used by that.
    pub(super) fn peek(&self, key: K) -> Option<&V> {
        self.places.get(&key).map(|place| &place.value)
    }

    /// Takes out the longest unused until at most `capacity` bytes are left; what was used after `mark`
    /// stays.
    pub(super) fn shrink(&mut self, capacity: u64, mark: u64) {
        while self.bytes > capacity
            && let Some((&used, &key)) = self.by_use.first_key_value()
            && used <= mark
        {
            self.remove(key);
        }
    }

    /// Takes out what was last used before `time`, up to the last use numbered `mark`, and hands it over.
    pub(super) fn expire(&mut self, time: i64, mark: u64, mut taken: impl FnMut(K, u64)) {
        while let Some((&used, &key)) = self.by_use.first_key_value()
            && used <= mark
            && self.places.get(&key).is_none_or(|place| place.at < time)
        {
            taken(key, self.remove(key));
        }
    }

    /// The number of the last use so far.
    pub(super) fn mark(&self) -> u64 {
        self.uses
    }

    /// Keys with the bytes of their values, in no order, and the time of their last use.
    pub(super) fn sizes(&self) -> impl Iterator<Item = (K, u64, i64)> {
        self.places
            .iter()
            .map(|(key, place)| (*key, place.bytes, place.at))
    }

    /// Takes a value out; returns its bytes.
    pub(super) fn remove(&mut self, key: K) -> u64 {
        let Some(place) = self.places.remove(&key) else {
            return 0;
        };
        self.by_use.remove(&place.used);
        self.bytes -= place.bytes;
        place.bytes
    }
}
