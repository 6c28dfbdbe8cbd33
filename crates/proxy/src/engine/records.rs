//! Where hidden rounds are kept until the client comes back.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use headroom::Error;

/// Small values under a content address.
pub trait Records: Send + Sync {
    /// Makes a record durable; when this returns, another process can read it. Doing it again changes nothing.
    fn put_record(&self, key: [u8; 16], value: &[u8]) -> Result<(), Error>;

    /// The record, or `None` when it was never here or is gone.
    fn get_record(&self, key: [u8; 16]) -> Result<Option<Vec<u8>>, Error>;
}

/// Records of this process.
#[derive(Debug, Default)]
pub struct MemoryRecords {
    records: Mutex<HashMap<[u8; 16], Vec<u8>>>,
}

impl Records for MemoryRecords {
    fn put_record(&self, key: [u8; 16], value: &[u8]) -> Result<(), Error> {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.insert(key, value.to_vec());
        Ok(())
    }

    fn get_record(&self, key: [u8; 16]) -> Result<Option<Vec<u8>>, Error> {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(records.get(&key).cloned())
    }
}
