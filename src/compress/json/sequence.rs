//! JSON lines: read as one array, shown as one, and given back as lines.
//!
//! Only whitespace between the values differs between the two, so places in the array are places in the
//! text, moved by its bracket.

use super::write::{HEADER, SEQUENCE_HEADER};
use crate::compress::{Compressed, DecodeError, Piece};
use crate::json::Document;

/// The outline of an array as that of the lines it was made of.
pub(super) fn of_lines(mut compressed: Compressed) -> Compressed {
    for piece in &mut compressed.pieces {
        if let Piece::Elide { range, .. } = piece {
            *range = range.start.saturating_sub(1)..range.end.saturating_sub(1);
        }
    }
    if let Some(Piece::Text(first)) = compressed.pieces.first_mut()
        && first.starts_with(HEADER)
    {
        first.replace_range(..HEADER.len(), SEQUENCE_HEADER);
    }
    compressed
}

/// The items of an array without insignificant whitespace, one a line.
pub(super) fn lines(array: &str) -> Result<String, DecodeError> {
    let document = Document::parse(array).map_err(|error| DecodeError::because(error.to_string()))?;
    let mut lines = String::with_capacity(array.len());
    for (at, item) in document.root().items().enumerate() {
        if at > 0 {
            lines.push('\n');
        }
        lines.push_str(item.raw());
    }
    Ok(lines)
}
