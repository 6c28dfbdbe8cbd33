//! JSON read by spans: where every value stands in the source, its spelling untouched.
//!
//! A general parser turns numbers into floats and escapes into characters; splicing (law 2) and exact
//! round trips (law 3) need the bytes as they were. So this room keeps one flat tape of nodes over the
//! source: 20 bytes a node, one pass, no recursion, strict RFC 8259.

mod compact;
pub mod embedded;
mod lex;
pub mod sequence;
mod spacing;
mod string;
mod tape;

pub use compact::compact_into;
pub use spacing::Spacing;
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

/// True when the whole text is one JSON number.
pub fn is_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes.first(), Some(b'-' | b'0'..=b'9')) && lex::number_end(bytes, 0) == Ok(bytes.len())
}

/// Where the JSON string that a text starts with ends.
pub fn literal_end(text: &str) -> Option<usize> {
    text.starts_with('"')
        .then(|| lex::string_end(text.as_bytes(), 0).ok())?
        .map(|(end, _)| end)
}

/// Where the string, array or object that a text starts with ends; brackets are only counted, what is
/// between them is for [`Document::parse`] to judge.
pub fn value_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        match bytes.get(at)? {
            b'"' => at = lex::string_end(bytes, at).ok()?.0,
            b'[' | b'{' => (at, depth) = (at + 1, depth + 1),
            b']' | b'}' => (at, depth) = (at + 1, depth.checked_sub(1)?),
            _ => at += 1,
        }
        if depth == 0 {
            return Some(at);
        }
    }
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
