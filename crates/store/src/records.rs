//! Re-expansion records: what a proxy took out of an answer and has to put back into later requests.
//!
//! A hidden retrieval round is never seen by the client, but the provider's cache and the signatures of the
//! next turns depend on it. So it is kept under a key the proxy derives from what the client does see.

use headroom::error::Error;

/// Where records live: a few hundred bytes to some 10 kB each.
pub trait Records: Send + Sync {
    /// Makes the record durable; when this returns it can be got back, also by another process. The same
    /// record again only refreshes its age; another value under the key takes the place of the first.
    fn put_record(&self, key: [u8; 16], value: &[u8]) -> Result<(), Error>;

    /// The record, byte for byte, or `None` when it was never here or is gone. Refreshes its age.
    fn get_record(&self, key: [u8; 16]) -> Result<Option<Vec<u8>>, Error>;
}
