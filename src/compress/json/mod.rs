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
mod spell;
mod table;
mod template;
mod tree;
mod write;

pub use decode::decode;

use super::{CompressError, Compressed, Compressor, Input, Piece};
use crate::json::{self, Document};
use crate::relevance::Scorer;
use crate::tokens::Encoding;
use cut::Cuts;
use select::Eliding;
use spell::Style;

/// The compressor for JSON.
#[derive(Debug, Clone, Copy, Default)]
pub struct SmartCrusher;

impl Compressor for SmartCrusher {
    fn name(&self) -> &'static str {
        "smart-crusher"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        // What only looks like JSON is for others to read.
        let Ok(document) = Document::parse(input.text) else {
            return Ok(None);
        };
        let style = Style::of(&document);
        if let Some(elision) = input.elide {
            let scorer = Scorer::new(input.query);
            let eliding = Eliding {
                scorer: &scorer,
                elision,
            };
            let cuts = select::select(document.root(), eliding);
            let tree = tree::build(document.root(), style, &cuts, String::new());
            let pieces = write::write(&tree, style, &cuts, Some(eliding));
            let compressed = Compressed {
                pieces,
                transforms: vec!["json-outline", "json-elide"],
            };
            if !compressed.is_lossless() {
                return Ok(Some(compressed));
            }
        }
        Ok(lossless(&document, style, input))
    }
}

/// The smallest spelling that loses nothing but whitespace; `None` if that is the input.
fn lossless(document: &Document<'_>, style: Style, input: Input<'_>) -> Option<Compressed> {
    let mut compact = String::with_capacity(input.text.len());
    json::compact_into(input.text, &mut compact);
    let cuts = Cuts::none(document.root().tape_end());
    let tree = tree::build(document.root(), style, &cuts, String::new());
    let mut pieces = write::write(&tree, style, &cuts, None);
    if let (Some(Piece::Text(outline)), true) = (pieces.pop(), pieces.is_empty())
        && is_smaller(&outline, &compact, input.encoding)
        && is_proven(&outline, &compact)
    {
        return Some(Compressed {
            pieces: vec![Piece::Text(outline)],
            transforms: vec!["json-outline"],
        });
    }
    let shorter = compact.len() < input.text.len();
    shorter.then(|| Compressed {
        pieces: vec![Piece::Text(compact)],
        transforms: vec!["json-compact"],
    })
}

/// Decodes an outline and compares. A failed proof is a defect of the writer, so tests stop at it; in the
/// field it costs the outline, not the content.
fn is_proven(outline: &str, compact: &str) -> bool {
    let proven = decode(outline).is_ok_and(|decoded| decoded == compact);
    debug_assert!(proven, "not decodable: {outline}");
    proven
}

/// Bytes decide where they are clear; tokens are counted only where the two are close.
fn is_smaller(outline: &str, compact: &str, encoding: Encoding) -> bool {
    const CLEAR: f64 = 0.75;
    (outline.len() as f64) < CLEAR * compact.len() as f64
        || (outline.len() < 2 * compact.len() && encoding.count(outline) < encoding.count(compact))
}
