//! The compressors: text in, pieces out.
//!
//! A compressor never sees the store, never writes markers and never decides whether to run; it says which
//! parts stay, which have a denser lossless spelling and which are left out. The pipeline renders the
//! pieces, counts tokens, stores the original and marks the gaps.

pub mod code;
pub mod config;
mod decode;
pub mod diff;
pub mod history;
pub mod html;
pub mod json;
pub mod log;
pub mod opaque;
pub mod paths;
mod places;
pub mod prose;
mod records;
pub mod search;
pub mod sheet;
pub mod xml;

pub use decode::{DecodeError, decode};

use std::ops::Range;

use crate::message::{ContentKind, ToolCall};
use crate::relevance::Query;
use crate::tokens::Encoding;

/// What a compressor may know about a block: its own text, and what came before it (law 1).
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The block's text.
    pub text: &'a str,
    /// What the detector found.
    pub kind: ContentKind,
    /// The user's latest question before the block and the arguments of the tool call behind it.
    pub query: &'a Query,
    /// The tool call behind the block, where known: what it asked for may say what the text is.
    pub tool: Option<&'a ToolCall<'a>>,
    /// How the caller counts; for choosing between spellings of nearly one size.
    pub encoding: Encoding,
    /// `None`: only lossless pieces may come back (law 5).
    pub elide: Option<Elision>,
}

/// How strongly to leave things out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elision {
    /// Wanted size as after ÷ before, 0 to 1; `None` lets the gain curve decide.
    pub target_ratio: Option<f64>,
    /// Multiplies how much is kept: 1 is neutral, above keeps more, below keeps less.
    pub bias: f64,
}

/// One part of the result, in the order of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Copied from the input.
    Keep(Range<usize>),
    /// A denser spelling of some input, lossless.
    Text(String),
    /// Left out. `range` is where it stood in the input, `note` says in source units what and how many
    /// (`rows 5-37`, `12 keys`); the pipeline stores the original and marks the place.
    Elide {
        /// Bytes of the input this stands for.
        range: Range<usize>,
        /// What is missing, in source units; no ref, no brackets.
        note: String,
        /// How the place is marked.
        mark: Mark,
    },
}

/// How the place of something left out is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A marker by itself.
    Whole,
    /// Inside a line, where a whole marker would cost more than it tells: the note is a size in characters and
    /// is shown as `…123`, or nothing, for words of a sentence. The text explains it at its top.
    Inline,
    /// In source code, which shall stay source code.
    InCode {
        /// What makes a comment of the marker where it stands; empty inside a comment.
        open: &'static str,
        /// What makes a comment of the line at the end of the block.
        foot: &'static str,
    },
}

/// What a compressor gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compressed {
    /// The result, in order.
    pub pieces: Vec<Piece>,
    /// Names of what was done, for `transformsApplied` (`json-outline`, `json-elide`).
    pub transforms: Vec<&'static str>,
}

impl Compressed {
    /// True when nothing was left out.
    pub fn is_lossless(&self) -> bool {
        !self
            .pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Elide { .. }))
    }
}

/// Bytes of pieces as shown, about: a whole marker takes some more than its note.
fn shown(pieces: &[Piece]) -> usize {
    const MARKER: usize = 24;
    let size = |piece: &Piece| match piece {
        Piece::Keep(range) => range.len(),
        Piece::Text(text) => text.len(),
        Piece::Elide {
            note,
            mark: Mark::Inline,
            ..
        } => note.len() + '…'.len_utf8(),
        Piece::Elide { note, .. } => note.len() + MARKER,
    };
    pieces.iter().map(size).sum()
}

/// True when pieces are clearly shorter than a text of `whole` bytes.
fn is_worth(pieces: &[Piece], whole: usize) -> bool {
    const WORTH: f64 = 0.85;
    (shown(pieces) as f64) < WORTH * whole as f64
}

/// Why a compressor gave up; the block stays as it was and the verdict says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CompressError(pub String);

/// One way to make one kind of text smaller.
pub trait Compressor: Send + Sync {
    /// Stable name, as in plans and reports.
    fn name(&self) -> &'static str;

    /// Pieces of a smaller text; `Ok(None)`: already as small as this compressor can make it.
    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError>;
}
