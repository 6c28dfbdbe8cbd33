//! Records alone, in memory.

use std::sync::{Mutex, PoisonError};

use headroom::error::Error;

use super::shelf::Shelf;
use crate::Records;

/// Bytes of records that are kept when nothing else is said: those of some 10,000 hidden rounds.
const DEFAULT_CAPACITY: u64 = 64 << 20;

/// Records in a map; gone when dropped. Over its capacity it forgets what was used longest ago, but never
/// what was put last.
#[derive(Debug)]
pub struct MemoryRecords {
    capacity: u64,
    shelf: Mutex<Shelf<[u8; 16], Vec<u8>>>,
}

impl Default for MemoryRecords {
    fn default() -> Self {
        Self::with_capacity(DEFAULT_CAPACITY)
    }
}

impl MemoryRecords {
    /// Room for about this many bytes of values.
    pub fn with_capacity(bytes: u64) -> Self {
        Self {
            capacity: bytes,
            shelf: Mutex::default(),
        }
    }
}

impl Records for MemoryRecords {
    fn put_record(&self, key: [u8; 16], value: &[u8]) -> Result<(), Error> {
        let mut locked = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let mark = locked.mark();
        locked.put(key, value.to_vec(), value.len(), 0);
        locked.shrink(self.capacity, mark);
        Ok(())
    }

    fn get_record(&self, key: [u8; 16]) -> Result<Option<Vec<u8>>, Error> {
        let mut locked = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(locked.get(key, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let records = MemoryRecords::with_capacity(8);
        records.put_record([1; 16], b"aaaa").unwrap();
        records.put_record([2; 16], b"bbbb").unwrap();
        records.get_record([1; 16]).unwrap();
        records.put_record([3; 16], b"cccc").unwrap();
        assert_eq!(records.get_record([2; 16]).unwrap(), None);
        assert_eq!(records.get_record([1; 16]).unwrap(), Some(b"aaaa".to_vec()));
        assert_eq!(records.get_record([3; 16]).unwrap(), Some(b"cccc".to_vec()));
    }

    #[test]
    fn the_last_one_stays_whatever_its_size() {
        let records = MemoryRecords::with_capacity(1);
        records.put_record([1; 16], b"first").unwrap();
        records.put_record([1; 16], b"another").unwrap();
        assert_eq!(records.get_record([1; 16]).unwrap(), Some(b"another".to_vec()));
        records.put_record([2; 16], b"second").unwrap();
        assert_eq!(records.get_record([1; 16]).unwrap(), None);
        assert_eq!(records.get_record([2; 16]).unwrap(), Some(b"second".to_vec()));
    }
}
