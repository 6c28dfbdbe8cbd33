//! SearchCompressor: hits of `rg`, `grep`, `ag`, each path said once; with a way back, less telling hits
//! left out in place.
//!
//! The lossless form is the one `rg --heading` prints, for neighbouring lines of one file; [`decode`] gives
//! the bytes back and runs on every grouped text before it leaves here. Hits are never joined or moved: each
//! stands under (or behind) its own path, with its own number.

mod decode;
mod read;
mod select;
mod write;

pub use decode::{decode, is_encoded};

use super::{CompressError, Compressed, Compressor, Elision, Input, Piece};
use read::{Output, What};

/// The compressor for search output.
#[derive(Debug, Clone, Copy, Default)]
pub struct SearchCompressor;

impl Compressor for SearchCompressor {
    fn name(&self) -> &'static str {
        "search"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let output = read::read(input.text);
        if !output.rows.iter().any(read::Row::is_hit) {
            return Ok(None);
        }
        let whole = lossless(&output, input.text);
        let size = whole.as_ref().map_or(input.text.len(), String::len);
        let elided = input
            .elide
            .and_then(|elision| elided(&output, input, elision, size));
        Ok(elided.or_else(|| {
            whole.map(|text| Compressed {
                pieces: vec![Piece::Text(text)],
                transforms: vec!["search-group"],
            })
        }))
    }
}

/// The grouped form, proven by decoding it. Output with paths on lines of their own is grouped already.
fn lossless(output: &Output<'_>, source: &str) -> Option<String> {
    let flat = |what| !matches!(what, What::Heading(_) | What::Line { is_flat: false, .. });
    if !output.rows.iter().all(|row| flat(row.what)) {
        return None;
    }
    let text = write::lossless(output).filter(|text| text.len() < source.len())?;
    let proven = decode(&text).is_ok_and(|decoded| decoded == source);
    debug_assert!(proven, "not decodable: {text}");
    proven.then_some(text)
}

/// The output with hits left out; `None` where that is hardly shorter than `size`, the lossless form's.
fn elided(output: &Output<'_>, input: Input<'_>, elision: Elision, size: usize) -> Option<Compressed> {
    const WORTH: f64 = 0.85;
    const MARKER: usize = 30;
    let shown = select::select(output, input.text, input.query, elision)?;
    let pieces = write::with_gaps(output, &shown);
    let left: usize = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Elide { note, .. } => note.len() + MARKER,
            Piece::Keep(range) => range.len(),
        })
        .sum();
    ((left as f64) < WORTH * size as f64).then(|| Compressed {
        pieces,
        transforms: vec!["search-group", "search-elide"],
    })
}
