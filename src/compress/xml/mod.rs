//! XML: an outline with records as tables, without loss but for white space that only lays it out; and records
//! left out in place where there is a way back.
//!
//! [`decode`] gives the document back without that white space; it runs on every outline before it leaves here.
//! Names, attributes, references and text stand as they are spelled in the source. Which records stay is decided
//! as in JSON; failures stay at any depth.

mod decode;
mod plain;
mod read;
mod record;
mod select;
mod table;
mod write;

pub use decode::{decode, is_encoded};

use super::{CompressError, Compressed, Compressor, Input, Piece};
use read::Tree;
use select::Selector;

/// How every outline starts, and how it goes on where nothing was left out.
const HEADER: &str = "[headroom: XML as an outline, ";
const LOSSLESS: &str = "lossless but for white space between tags";

/// The compressor for XML.
#[derive(Debug, Clone, Copy, Default)]
pub struct XmlCompressor;

impl Compressor for XmlCompressor {
    fn name(&self) -> &'static str {
        "xml"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let Some(tree) = Tree::read(input.text) else {
            return Ok(None);
        };
        let elided = input
            .elide
            .and_then(|elision| elided(&tree, &Selector::new(input.query, elision)));
        Ok(elided.or_else(|| lossless(&tree)))
    }
}

/// The outline without some records; `None` where that is hardly shorter than the whole.
fn elided(tree: &Tree<'_>, selector: &Selector<'_>) -> Option<Compressed> {
    const WORTH: f64 = 0.85;
    const MARKER: usize = 40;
    // No whole outline is that short, in percent of the source: there is nothing to compare.
    const CLEAR: usize = 15;
    let pieces = write::write(tree, Some(selector), false);
    let size = |piece: &Piece| match piece {
        Piece::Text(text) => text.len(),
        Piece::Elide { note, .. } => note.len() + MARKER,
        Piece::Keep(range) => range.len(),
    };
    let shown: usize = pieces.iter().map(size).sum();
    let compressed = Compressed {
        pieces,
        transforms: vec!["xml-outline", "xml-elide"],
    };
    let worth = !compressed.is_lossless()
        && (shown < CLEAR * tree.source.len() / 100 || (shown as f64) < WORTH * outline(tree).len() as f64);
    worth.then_some(compressed)
}

/// The outline with records left out, as where that is worth it or not, and long texts of several lines kept apart, for
/// who knows what they are; `None` without any such text.
pub fn with_long_texts(input: Input<'_>) -> Option<Vec<Piece>> {
    let elision = input.elide?;
    // Between two tags there are no others: nearly every other document is told apart here.
    let mut last = 0;
    let is_long = |at: usize| at - std::mem::replace(&mut last, at) >= write::LONG;
    memchr::memchr_iter(b'<', input.text.as_bytes())
        .any(is_long)
        .then_some(())?;
    let tree = Tree::read(input.text)?;
    Some(write::write(
        &tree,
        Some(&Selector::new(input.query, elision)),
        true,
    ))
}

/// The outline of the whole document, not proven.
fn outline(tree: &Tree<'_>) -> String {
    match write::write(tree, None, false).pop() {
        Some(Piece::Text(text)) => text,
        _ => String::new(),
    }
}

/// The outline of the whole document, proven; `None` where it is no shorter.
fn lossless(tree: &Tree<'_>) -> Option<Compressed> {
    let text = outline(tree);
    if text.len() >= tree.source.len() {
        return None;
    }
    let proven = is_proven(tree, &text);
    debug_assert!(proven, "not decodable: {text}");
    proven.then(|| Compressed {
        pieces: vec![Piece::Text(text)],
        transforms: vec!["xml-outline"],
    })
}

/// Decodes an outline and compares, layout apart.
fn is_proven(tree: &Tree<'_>, outline: &str) -> bool {
    decode(outline).is_ok_and(|decoded| is_same(tree, &decoded))
}

fn is_same(tree: &Tree<'_>, other: &str) -> bool {
    Tree::read(other).is_some_and(|other| plain::document(tree) == plain::document(&other))
}

/// True when two documents differ in nothing but white space that lays them out: what [`decode`] may change.
pub fn differ_in_layout_only(one: &str, other: &str) -> bool {
    Tree::read(one).is_some_and(|one| is_same(&one, other))
}
