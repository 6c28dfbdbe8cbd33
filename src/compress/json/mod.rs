//! SmartCrusher: JSON re-spelled without loss, and then elided by rows, keys and long strings.
//!
//! The lossless form is an outline a reader needs no manual for ([`write`] shows one): `key: value` lines,
//! records as table rows, repeated values named instead of repeated, links spelled after other fields.
//! [`decode`] gives the JSON back; it runs on every outline before it leaves here, so what is called
//! lossless has been proven so on this very text.

mod cut;
mod decode;
mod define;
mod embed;
mod emit;
mod group;
mod hash;
mod paths;
mod rows;
mod rules;
mod select;
mod sequence;
mod spell;
mod table;
mod template;
mod tree;
mod write;

pub use decode::decode;
pub use write::brief;

use super::{CompressError, Compressed, Compressor, Elision, Input, Mark, Piece};
use crate::json::{self, Document, Kind};
use crate::relevance::Scorer;
use crate::tokens::Encoding;
use cut::Cuts;
use select::Eliding;
use spell::Style;

/// Deeper documents, and deeper JSON inside their strings, stay as they are: writer and decoder recurse, and a
/// worker thread's stack is small.
const DEEPEST: usize = 128;

/// The compressor for JSON.
#[derive(Debug, Clone, Copy, Default)]
pub struct SmartCrusher;

impl Compressor for SmartCrusher {
    fn name(&self) -> &'static str {
        "smart-crusher"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        if let Ok(document) = Document::parse(input.text) {
            return Ok(compressed(&document, false, input));
        }
        // What only looks like JSON is for others to read.
        let Some(array) = json::sequence::as_array(input.text) else {
            return Ok(None);
        };
        let document = Document::parse(&array).ok();
        let compressed = document.and_then(|document| compressed(&document, true, input));
        Ok(compressed.map(sequence::of_lines))
    }
}

/// A document, or the array that stands for JSON lines, in its smallest form.
fn compressed(document: &Document<'_>, lines: bool, input: Input<'_>) -> Option<Compressed> {
    let container = matches!(document.root().kind(), Kind::Array | Kind::Object);
    if !container || document.depth() > DEEPEST {
        return None;
    }
    let style = Style::of(document);
    let elided = input
        .elide
        .and_then(|elision| elided(document, style, input, elision));
    elided.or_else(|| lossless(document, style, lines, input))
}

/// Which items of an array of records are shown, for tables that are no JSON themselves. `None`: all.
pub(in crate::compress) fn shown_records(
    array: &str,
    scorer: &Scorer,
    elision: Elision,
) -> Option<Vec<bool>> {
    let document = Document::parse(array).ok()?;
    select::shown(document.root(), Eliding { scorer, elision })
}

/// The outline with parts left out; `None` where that is hardly shorter than the whole.
fn elided(document: &Document<'_>, style: Style, input: Input<'_>, elision: Elision) -> Option<Compressed> {
    const WORTH: f64 = 0.85;
    const MARKER: usize = 40;
    // No whole outline is that short, in percent of the source: there is nothing to compare.
    const CLEAR: usize = 15;
    let scorer = Scorer::new(input.query);
    let eliding = Eliding {
        scorer: &scorer,
        elision,
    };
    let cuts = select::select(document.root(), eliding);
    let tree = tree::build(document.root(), style, &cuts, String::new());
    let pieces = write::write(&tree, style, &cuts, Some(eliding));
    let size = |piece: &Piece| match piece {
        Piece::Text(text) => text.len(),
        Piece::Elide {
            mark: Mark::Whole,
            note,
            ..
        } => note.len() + MARKER,
        _ => 0,
    };
    let shown: usize = pieces.iter().map(size).sum();
    let compressed = Compressed {
        pieces,
        transforms: vec!["json-outline", "json-elide"],
    };
    let worth = !compressed.is_lossless()
        && (shown < CLEAR * input.text.len() / 100
            || (shown as f64) < WORTH * outline(document, style).len() as f64);
    worth.then_some(compressed)
}

/// The outline of the whole document, not proven.
fn outline(document: &Document<'_>, style: Style) -> String {
    let cuts = Cuts::none(document.root().tape_end());
    let tree = tree::build(document.root(), style, &cuts, String::new());
    match write::write(&tree, style, &cuts, None).pop() {
        Some(Piece::Text(text)) => text,
        _ => String::new(),
    }
}

/// The smallest spelling that loses nothing but whitespace; `None` if that is the input.
fn lossless(document: &Document<'_>, style: Style, lines: bool, input: Input<'_>) -> Option<Compressed> {
    let mut compact = String::with_capacity(input.text.len());
    json::compact_into(document.text(), &mut compact);
    let outline = outline(document, style);
    if is_smaller(&outline, &compact, input.encoding) && is_proven(&outline, &compact) {
        return Some(Compressed {
            pieces: vec![Piece::Text(outline)],
            transforms: vec!["json-outline"],
        });
    }
    if lines {
        compact = sequence::lines(&compact).ok()?;
    }
    let shorter = compact.len() < input.text.len();
    shorter.then(|| Compressed {
        pieces: vec![Piece::Text(compact)],
        transforms: vec!["json-compact"],
    })
}

/// Tokens decide; they are not counted where bytes leave no doubt, as an outline has at most a fifth more
/// tokens a byte than JSON.
fn is_smaller(outline: &str, compact: &str, encoding: Encoding) -> bool {
    const CLEAR: usize = 70;
    outline.len() * 100 < compact.len() * CLEAR || encoding.count(outline) < encoding.count(compact)
}

/// Decodes an outline and compares. A failed proof is a defect of the writer, so tests stop at it; in the
/// field it costs the outline, not the content.
fn is_proven(outline: &str, compact: &str) -> bool {
    let proven = decode(outline).is_ok_and(|decoded| decoded == compact);
    debug_assert!(proven, "not decodable: {outline}");
    proven
}
