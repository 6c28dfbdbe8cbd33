//! Texts of several kinds: every part goes to the compressor that is for its kind, the rest stays verbatim.
//!
//! This is a compressor like the others, but it stands here because it needs the table: compressors do not
//! know each other. A part that a compressor spelled anew ends with a marker line, so that a reader sees
//! where it ends, and [`decode`] too. Lines and rows in notes are those of the whole text.

mod decode;
mod note;
mod report;

pub use decode::{decode, is_encoded};

use super::TABLE;
use crate::ccr;
use crate::compress::{CompressError, Compressed, Compressor, Input, Piece};
use crate::detect::{Section, sections};
use crate::json::embedded;
use crate::message::ContentKind;
use note::Origin;
pub(super) use report::ReportCompressor;

/// A part stays as it is unless it becomes shorter than this share of itself.
const WORTH: f64 = 0.95;

/// The compressor for texts of several kinds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct MixedCompressor;

impl Compressor for MixedCompressor {
    fn name(&self) -> &'static str {
        "mixed"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        // The text's own markers could not be told from ours.
        if ccr::is_marked(input.text) {
            return Ok(None);
        }
        let sections = sections(input.text);
        // Retrieval knows every JSON in the text, also what is too small to be compressed.
        let json = sections.iter().filter(|section| is_json(section.kind)).count();
        let named = json > 1 || (json == 1 && embedded::parts(input.text).len() > 1);
        let mut parts = Parts {
            text: input.text,
            pieces: Vec::new(),
            transforms: Vec::new(),
            at: 0,
            line: 0,
        };
        for section in &sections {
            let part = Input {
                text: &input.text[section.range.clone()],
                kind: section.kind,
                ..input
            };
            // One part that cannot be compressed is no reason to leave the others.
            if let Some(compressed) =
                compressor(section.kind).and_then(|one| one.compress(part).ok().flatten())
                && size(&compressed) as f64 <= WORTH * part.text.len() as f64
            {
                parts.add(section, compressed, named);
            }
        }
        Ok(parts.finish())
    }
}

/// Parts are not divided again, and code is only made smaller where the caller asks for it.
fn compressor(kind: ContentKind) -> Option<&'static dyn Compressor> {
    let row = TABLE.iter().find(|(for_kind, _)| *for_kind == kind)?;
    (!matches!(kind, ContentKind::Mixed | ContentKind::Code)).then_some(row.1)
}

fn is_json(kind: ContentKind) -> bool {
    matches!(kind, ContentKind::Json | ContentKind::JsonLines)
}

/// Bytes of a part as shown, about.
fn size(compressed: &Compressed) -> usize {
    const MARK: usize = 24;
    let size = |piece: &Piece| match piece {
        Piece::Keep(range) => range.len(),
        Piece::Text(text) => text.len() + MARK,
        Piece::Elide { note, .. } => note.len() + MARK,
    };
    compressed.pieces.iter().map(size).sum()
}

/// The whole text, put together part by part.
struct Parts<'t> {
    text: &'t str,
    pieces: Vec<Piece>,
    transforms: Vec<&'static str>,
    /// End of what is in `pieces`, in bytes and in lines before it.
    at: usize,
    line: usize,
}

impl Parts<'_> {
    /// Adds a part and the text before it. `named`: rows need to say which JSON they are of.
    fn add(&mut self, section: &Section, compressed: Compressed, named: bool) {
        let range = section.range.clone();
        self.line += note::lines(&self.text[self.at..range.start]);
        let mut origin = Origin::at(self.text, range.start, self.line);
        origin.rows = (named && is_json(section.kind)).then_some(self.line + 1);
        self.keep(range.start);
        let is_spelled_anew =
            matches!(compressed.pieces.first(), Some(Piece::Text(text)) if ccr::is_marked(text));
        let end = match origin.rows.filter(|_| !compressed.is_lossless()) {
            Some(line) => format!("\n[headroom: end of ${line}, the JSON that starts in line {line}]"),
            None => decode::END.to_owned(),
        };
        let moved = compressed.pieces.into_iter();
        self.pieces
            .extend(moved.map(|piece| origin.piece(piece, range.start)));
        if is_spelled_anew && range.end < self.text.len() {
            self.pieces.push(Piece::Text(end));
        }
        for transform in compressed.transforms {
            if !self.transforms.contains(&transform) {
                self.transforms.push(transform);
            }
        }
        self.line += note::lines(&self.text[range.clone()]);
        self.at = range.end;
    }

    fn keep(&mut self, end: usize) {
        if self.at < end {
            self.pieces.push(Piece::Keep(self.at..end));
        }
    }

    fn finish(mut self) -> Option<Compressed> {
        self.keep(self.text.len());
        (!self.transforms.is_empty()).then_some(Compressed {
            pieces: self.pieces,
            transforms: self.transforms,
        })
    }
}
