//! `LogCompressor`: logs of applications, systems and CI runs.
//!
//! The lossless form names the shapes of lines once and writes the lines as rows of what differs
//! ([`fold`] shows one); [`decode`] gives the log back byte for byte and runs on every such form before it
//! leaves here. With a way back, lines that say nothing new are left out in place, by line numbers.

mod cut;
mod decode;
mod fold;
mod lines;
mod partial;
mod select;
mod shape;
mod template;
mod trace;

pub use decode::{decode, is_encoded};

use super::{CompressError, Compressed, Compressor, Elision, Input, Mark, Piece, shown};
use crate::relevance::Scorer;
use lines::Lines;
use select::Selection;
use shape::Kinds;

/// The compressor for logs.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogCompressor;

impl Compressor for LogCompressor {
    fn name(&self) -> &'static str {
        "log-compressor"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let Some(lines) = Lines::of(input.text) else {
            return Ok(None);
        };
        let kinds = Kinds::of(&lines);
        let elided = input
            .elide
            .and_then(|elision| elided(&lines, &kinds, input, elision));
        Ok(elided.or_else(|| lossless(&lines, &kinds)))
    }
}

/// The log with lines left out; `None` where that is hardly shorter than the whole in its lossless form.
fn elided(lines: &Lines<'_>, kinds: &Kinds, input: Input<'_>, elision: Elision) -> Option<Compressed> {
    const WORTH: f64 = 0.85;
    const FAR: f64 = 0.1;
    let selection = select::select(lines, kinds, input.query, elision);
    let pieces = pieces(lines, &selection, &Scorer::new(input.query));
    let compressed = Compressed {
        pieces,
        transforms: vec!["log-elide"],
    };
    let shown = shown(&compressed.pieces) as f64;
    if compressed.is_lossless() || shown >= WORTH * lines.text.len() as f64 {
        return None;
    }
    // Folding costs time; it is only tried where it could come close.
    let close = shown >= FAR * lines.text.len() as f64;
    let folded = close.then(|| fold::fold(lines, kinds)).flatten();
    let worth = folded.is_none_or(|folded| shown < WORTH * folded.len() as f64);
    worth.then_some(compressed)
}

/// What a number after `…` means, for texts in which long lines are cut.
const CUT_LINES: &str = "[headroom: …123 stands for 123 characters of a long line]\n";

/// Kept lines and, between them, what is left out.
fn pieces(lines: &Lines<'_>, Selection { kept, fails }: &Selection, scorer: &Scorer) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut cuts = false;
    let mut line = 0;
    // Kept bytes run from here; line feeds before a kept line or a mark belong to it.
    let mut from = 0;
    while line < lines.len() {
        let start = line;
        while line < lines.len() && !kept[line] {
            line += 1;
        }
        if line > start {
            let range = lines.span(start).start..lines.span(line - 1).end;
            keep(&mut pieces, from..range.start);
            from = range.end;
            let note = note(start, line, fails);
            pieces.push(Piece::Elide {
                range,
                note,
                mark: Mark::Whole,
            });
            continue;
        }
        let span = lines.span(line);
        let is_long = span.len() > cut::LONGEST;
        let parts = if is_long {
            cut::parts(lines.get(line), scorer)
        } else {
            Vec::new()
        };
        for pair in parts.windows(2) {
            let range = span.start + pair[0].end..span.start + pair[1].start;
            keep(&mut pieces, from..range.start);
            from = range.end;
            cuts = true;
            pieces.push(Piece::Elide {
                note: lines.text[range.clone()].chars().count().to_string(),
                range,
                mark: Mark::Inline,
            });
        }
        line += 1;
    }
    keep(&mut pieces, from..lines.text.len());
    if cuts {
        pieces.insert(0, Piece::Text(CUT_LINES.to_owned()));
    }
    pieces
}

/// The lines of a gap, and how many of them are failures: only such as are shown elsewhere are ever left out.
fn note(start: usize, end: usize, fails: &[bool]) -> String {
    let lines = if end == start + 1 {
        format!("line {end}")
    } else {
        format!("lines {}-{end}", start + 1)
    };
    match fails[start..end].iter().filter(|fails| **fails).count() {
        0 => lines,
        1 => format!("{lines} (1 failure like those shown)"),
        count => format!("{lines} ({count} failures like those shown)"),
    }
}

fn keep(pieces: &mut Vec<Piece>, range: std::ops::Range<usize>) {
    if !range.is_empty() {
        pieces.push(Piece::Keep(range));
    }
}

/// The lossless form, if it is shorter and proven.
fn lossless(lines: &Lines<'_>, kinds: &Kinds) -> Option<Compressed> {
    let folded = fold::fold(lines, kinds)?;
    (folded.len() < lines.text.len() && is_proven(&folded, lines.text)).then(|| Compressed {
        pieces: vec![Piece::Text(folded)],
        transforms: vec!["log-fold"],
    })
}

/// Decodes the form and compares. A failed proof is a defect of the writer, so tests stop at it; in the
/// field it costs the form, not the content.
fn is_proven(folded: &str, text: &str) -> bool {
    let proven = decode(folded).is_ok_and(|decoded| decoded == text);
    debug_assert!(proven, "not decodable: {folded}");
    proven
}
