//! Prose: whole sentences and turns stay, whole sentences and turns go, never words.
//!
//! There is no lossless spelling of prose that a reader would not have to decode, so this runs only where
//! what is left out can be read back (law 5). What is shown is verbatim (law 7), under the headings, passage
//! titles and speakers it stood under. What holds an identifier of the question always stays (law 6).

mod layout;
mod score;
mod select;
mod sentence;
mod write;

use super::{CompressError, Compressed, Compressor, Input, Piece};
use crate::relevance::Scorer;
use layout::Layout;

/// The compressor for natural language.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProseCompressor;

impl Compressor for ProseCompressor {
    fn name(&self) -> &'static str {
        "prose"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let Some(elision) = input.elide else {
            return Ok(None);
        };
        let layout = Layout::of(input.text);
        let scores = score::score(input.text, &layout, input.query);
        let question = Scorer::new(input.query);
        let kept = select::select(input.text, &layout, &scores, &question, elision);
        let pieces = write::write(input.text, &layout, &kept);
        Ok(is_worth(&pieces, input.text.len()).then(|| Compressed {
            pieces,
            transforms: vec!["prose-elide"],
        }))
    }
}

/// True when the pieces are clearly shorter than the text.
fn is_worth(pieces: &[Piece], whole: usize) -> bool {
    const WORTH: f64 = 0.85;
    const MARKER: usize = 24;
    let size = |piece: &Piece| match piece {
        Piece::Keep(range) => range.len(),
        Piece::Text(text) => text.len(),
        Piece::Elide { note, .. } => note.len() + MARKER,
    };
    let shown: usize = pieces.iter().map(size).sum();
    (shown as f64) < WORTH * whole as f64
}
