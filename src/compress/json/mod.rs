//! SmartCrusher: JSON re-spelled without loss, and then elided by rows, keys and long strings.
//!
//! The lossless form is an outline a reader needs no manual for ([`write`] shows one): `key: value` lines,
//! records as table rows, repeated values named instead of repeated, links spelled after other fields.
//! [`decode`] gives the JSON back; it runs on every outline before it leaves here, so what is called
//! lossless has been proven so on this very text.

mod cut;
mod decode;
mod define;
mod hash;
mod rows;
mod spell;
mod table;
mod template;
mod tree;
mod write;

pub use decode::decode;

use super::{CompressError, Compressed, Compressor, Input, Piece};
use crate::json::Document;
use cut::Cuts;
use spell::Style;

/// The compressor for JSON.
#[derive(Debug, Clone, Copy, Default)]
pub struct SmartCrusher;

impl Compressor for SmartCrusher {
    fn name(&self) -> &'static str {
        "smart-crusher"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let document = Document::parse(input.text).map_err(|error| CompressError(error.to_string()))?;
        let mut compact = String::with_capacity(input.text.len());
        spell::compact_into(document.root(), &mut compact);
        let style = Style::of(&document);
        let cuts = Cuts::none(document.root().tape_end());
        let tree = tree::build(document.root(), style, &cuts);
        let pieces = write::write(&tree, style, true);
        let outline = match pieces.as_slice() {
            [Piece::Text(text)] => text,
            _ => return Err(CompressError("a lossless outline has one piece".into())),
        };
        let proven = decode(outline).is_ok_and(|decoded| decoded == compact);
        if proven && outline.len() < compact.len() {
            return Ok(Some(Compressed { pieces, transforms: vec!["json-outline"] }));
        }
        if compact.len() < input.text.len() {
            return Ok(Some(Compressed { pieces: vec![Piece::Text(compact)], transforms: vec!["json-compact"] }));
        }
        Ok(None)
    }
}
