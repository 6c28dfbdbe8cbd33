//! JSON read by spans: where every value stands in the source, its spelling untouched.
//!
//! A general parser turns numbers into floats and escapes into characters; splicing (law 2) and exact
//! round trips (law 3) need the bytes as they were. So this room keeps one flat tape of nodes over the
//! source: 16 bytes a node, one pass, no recursion, strict RFC 8259.

mod lex;
mod string;
mod tape;

pub use string::{decode, quote, quote_into};
pub use tape::{Document, Entries, Items, Value};

/// Deepest nesting that is read; deeper documents are an error and so pass through untouched. Far above
/// any real payload, and shallow enough that a recursive walk fits a worker thread's stack.
pub const MAX_DEPTH: usize = 512;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number in any spelling JSON allows.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// Where a text stops being JSON, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at byte {at}")]
pub struct JsonError {
    /// Byte offset into the text.
    pub at: usize,
    /// What is wrong there.
    pub reason: &'static str,
}
