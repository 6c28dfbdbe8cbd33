//! The one marker grammar. Everything Headroom writes into a text for a reader starts with `[headroom: `.
//!
//! ```text
//! [headroom: rows 5-37 left out]                            in place, in source units
//! …1234                                                     inside a line, in characters
//! [headroom: what is left out above … ref 0123…cdef]        once, at the end of a block
//! [headroom: rows 5-9 of 37 in $.items]                     over a part that was read back
//! ```

use super::{Ref, tool::TOOL_NAME};

/// How every marker starts; reserved, greppable.
pub(super) const OPEN: &str = "[headroom: ";

/// A line about the text around it.
pub(super) fn label(text: &str) -> String {
    format!("{OPEN}{text}]")
}

/// The marker in the place of something left out.
pub fn gap(note: &str) -> String {
    label(&format!("{note} left out"))
}

/// What stands inside a line for the rest of a long value: its size. The text says at its top what `…` is.
pub fn inline_gap(size: &str) -> String {
    format!("…{size}")
}

/// The line at the end of a block that says how to get back what was left out.
pub fn footer(reference: Ref) -> String {
    label(&format!(
        "what is left out above can be read with {TOOL_NAME}, ref {reference}"
    ))
}

/// True when a text carries markers already; such a text is left alone.
pub fn is_marked(text: &str) -> bool {
    find_marker(text).is_some()
}

/// Where the first marker in a text starts, in bytes.
pub fn find_marker(text: &str) -> Option<usize> {
    memchr::memmem::find(text.as_bytes(), OPEN.as_bytes())
}

/// The refs named by footers in a text, in order.
pub fn find_refs(text: &str) -> Vec<Ref> {
    text.match_indices(OPEN)
        .filter_map(|(at, _)| {
            let marker = text[at..].split(']').next()?;
            marker.rsplit_once("ref ")?.1.parse().ok()
        })
        .collect()
}
