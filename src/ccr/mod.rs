//! CCR: compress, cache, retrieve. What is left out of a block stays retrievable by its [`Ref`].
//!
//! The trait [`Store`] is the whole contract with storage: an original is durable when `put` returns
//! (law 4). The core ships [`MemoryStore`]; the durable stores live in `crates/store`.

mod marker;
mod memory;
mod retrieve;
mod tool;

pub use marker::{
    Pointer, find_marker, find_refs, footer, gap, in_comment, inline_gap, is_marked, like_above, pointer,
    read_like_above, read_pointer,
};
pub use memory::MemoryStore;
pub use retrieve::{DEFAULT_PAGE_TOKENS, Page, Selection, missing, retrieve};
pub use tool::{TOOL_DESCRIPTION, TOOL_NAME, tool_definition, tool_parameters};

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorCode};

/// Content address of an original: the first 128 bits of its BLAKE3 hash, as 32 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ref([u8; 16]);

impl Ref {
    /// The ref of a text. A pure function of its bytes.
    pub fn of(text: &str) -> Self {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
        Self(bytes)
    }

    /// The 128 bits.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Ref {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::new(ErrorCode::InvalidRef, "not a ref")
                .because(format!(
                    "a ref is 32 hexadecimal digits, got {:?}",
                    text.chars().take(48).collect::<String>()
                ))
                .hint("copy it from the `[headroom: …]` line of the compressed text")
        };
        let mut bytes = [0; 16];
        if text.len() != 32 || !text.is_ascii() {
            return Err(wrong());
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

/// What is stored for a ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The original text, byte for byte.
    pub text: String,
    /// Name of the tool that produced it, where known.
    pub tool: Option<String>,
}

/// Where originals live.
pub trait Store: Send + Sync {
    /// Makes the entries durable; when this returns, each can be got back, also by another process.
    /// Storing what is there already refreshes its age. All or nothing.
    fn put(&self, entries: &[Entry]) -> Result<Vec<Ref>, Error>;

    /// The entry, or `None` when it was never here or is gone. Refreshes its age.
    fn get(&self, reference: Ref) -> Result<Option<Entry>, Error>;
}
