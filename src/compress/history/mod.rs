//! HistoryCompressor: what `git log` prints. Authors are said where they change; with a way back, commits are left
//! out in place, whole.
//!
//! ```text
//! [headroom: git log, lossless: the author is said where it is another than before]
//! commit 5f1c…
//! Author: Ada <ada@example.com>
//! Date:   Mon Nov 23 10:00:00 2026 +0100
//!
//!     Count rows once
//!
//! commit 77ab…
//! Date:   Mon Nov 23 09:12:44 2026 +0100
//! ```
//!
//! [`decode`] gives the bytes back and runs on every such text before it leaves here.

mod decode;
mod read;
mod select;
mod write;

pub use decode::{decode, is_encoded};

use super::{CompressError, Compressed, Compressor, Elision, Input, Piece, shown};
use read::History;

/// How every such text starts, and how it goes on where nothing was left out and where something was.
const HEADER: &str = "[headroom: git log, ";
const LOSSLESS: &str = "lossless: ";
const PARTIAL: &str = "some left out: ";
const FORM: &str = "the author is said where it is another than before]";
/// How lines of a commit's head start.
const AUTHOR: &str = "Author: ";
const DATE: &str = "Date:   ";
const MERGE: &str = "Merge: ";

/// The compressor for histories.
#[derive(Debug, Clone, Copy, Default)]
pub struct HistoryCompressor;

impl Compressor for HistoryCompressor {
    fn name(&self) -> &'static str {
        "history"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let history = History::read(input.text);
        if history.commits.is_empty() {
            return Ok(None);
        }
        let elided = input.elide.and_then(|elision| elided(&history, input, elision));
        Ok(elided.or_else(|| lossless(&history, input.text)))
    }
}

/// The whole history, proven by decoding it.
fn lossless(history: &History<'_>, source: &str) -> Option<Compressed> {
    let text = write::lossless(history).filter(|text| text.len() < source.len())?;
    let proven = decode(&text).is_ok_and(|decoded| decoded == source);
    debug_assert!(proven, "not decodable: {text}");
    proven.then(|| Compressed {
        pieces: vec![Piece::Text(text)],
        transforms: vec!["history-authors"],
    })
}

/// The history with commits left out; `None` where that is hardly shorter than the whole.
fn elided(history: &History<'_>, input: Input<'_>, elision: Elision) -> Option<Compressed> {
    const WORTH: f64 = 0.8;
    let kept = select::select(history, input.query, elision)?;
    let pieces = write::with_gaps(history, &kept);
    ((shown(&pieces) as f64) < WORTH * input.text.len() as f64).then(|| Compressed {
        pieces,
        transforms: vec!["history-elide"],
    })
}
