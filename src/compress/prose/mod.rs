//! Prose: whole sentences and turns stay, whole sentences and turns go.
//!
//! There is no lossless spelling of prose that a reader would not have to decode, so this runs only where
//! what is left out can be read back (law 5). What is shown is verbatim (law 7), under the headings, passage
//! titles and speakers it stood under. What holds an identifier of the question always stays (law 6).
//!
//! [`ProseCompressor`] needs no model. [`Kompress`] asks one besides, behind the trait [`WordScorer`]; only it
//! leaves out words, and only if told to. Where the model does not judge, both give the same.

mod forms;
mod judge;
mod layout;
mod score;
mod select;
mod sentence;
mod thin;
mod write;

use super::{CompressError, Compressed, Compressor, Input, Piece, is_worth};
use crate::message::ContentKind;
use crate::relevance::Scorer;
use judge::Judgement;
pub use judge::WordScorer;
use layout::Layout;

/// The compressor for natural language.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProseCompressor;

impl Compressor for ProseCompressor {
    fn name(&self) -> &'static str {
        "prose"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        Ok(elide(input, None))
    }
}

/// The compressor for natural language with a model's judgement.
#[derive(Clone, Copy)]
pub struct Kompress<'s> {
    /// The model.
    pub scorer: &'s dyn WordScorer,
    /// Leave out single words of sentences that stay, too.
    pub word_level: bool,
}

impl Compressor for Kompress<'_> {
    fn name(&self) -> &'static str {
        "kompress"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        Ok(elide(input, Some(self)))
    }
}

fn elide(input: Input<'_>, kompress: Option<&Kompress<'_>>) -> Option<Compressed> {
    let elision = input.elide?;
    let layout = Layout::of(input.text);
    let judgement = kompress.and_then(|kompress| Judgement::ask(kompress.scorer, input.text, &layout));
    let judged = judgement.as_ref().map(Judgement::units);
    let scores = score::score(input.text, &layout, input.query, judged.as_deref());
    let question = Scorer::new(input.query);
    let kept = select::select(input.text, &layout, &scores, &question, elision);
    let mut pieces = write::write(input.text, &layout, &kept);
    let mut transforms = vec!["prose-elide"];
    if let (Some(kompress), Some(judgement)) = (kompress, &judgement) {
        transforms.push("kompress");
        // A hook may send here what the detector took for something else: there, words are not ours to judge.
        if kompress.word_level && input.kind == ContentKind::Prose {
            pieces = thin::thin(&input, &layout, &kept, judgement, &question, pieces);
        }
        if matches!(pieces.first(), Some(Piece::Text(_))) {
            transforms.push("kompress-words");
        }
    }
    is_worth(&pieces, input.text.len()).then_some(Compressed { pieces, transforms })
}
