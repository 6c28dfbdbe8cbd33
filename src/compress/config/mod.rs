//! `ConfigCompressor`: YAML, TOML, INI, `.env`, properties and lockfiles, line by line.
//!
//! Without loss, lines that stand earlier already are named by their numbers ([`fold`] shows how); [`decode`]
//! gives the bytes back and runs on every such text before it leaves here. With a way back, what says little
//! is left out in place by lines: records among many alike, comments, what machines keep for themselves,
//! data nobody reads. What stays keeps its indentation, so it still reads as what it is.

mod fold;
mod select;

pub use fold::{decode, is_encoded};

use std::ops::Range;

use super::places::Places;
use super::{CompressError, Compressed, Compressor, Input, Mark, Piece};
use crate::grammar::config;
use crate::relevance::Scorer;
use select::Gap;

/// Leaving parts out pays where it makes a text shorter than this share of the lossless form.
const WORTH: f64 = 0.85;
/// What a mark costs, in bytes.
const MARK: usize = 40;

/// The compressor for configuration.
#[derive(Debug, Clone, Copy, Default)]
pub struct ConfigCompressor;

impl Compressor for ConfigCompressor {
    fn name(&self) -> &'static str {
        "config"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let whole = fold::lossless(input.text);
        let Some(elision) = input.elide else {
            return Ok(whole);
        };
        let style = config::style_of(input.text).unwrap_or(config::Style::Yaml);
        let lines = config::lines(input.text, style);
        let gaps = select::gaps(input.text, &lines, &Scorer::new(input.query), elision);
        if gaps.is_empty() {
            return Ok(whole);
        }
        let ranges: Vec<Range<usize>> = gaps.iter().map(|gap| gap.range.clone()).collect();
        let folded = fold::between(input.text, &ranges);
        let kept = match &folded {
            Some(parts) => parts.iter().map(String::len).sum(),
            None => input.text.len() - ranges.iter().map(Range::len).sum::<usize>(),
        };
        let least = match whole.as_ref().map(|whole| whole.pieces.as_slice()) {
            Some([Piece::Text(text)]) => text.len(),
            _ => input.text.len(),
        };
        if (kept + MARK * gaps.len()) as f64 >= WORTH * least as f64 {
            return Ok(whole);
        }
        let transforms = if folded.is_some() {
            vec!["config-elide", "config-fold"]
        } else {
            vec!["config-elide"]
        };
        Ok(Some(Compressed {
            pieces: pieces(input.text, gaps, folded),
            transforms,
        }))
    }
}

/// Gaps, and between them the text or what it is folded to.
fn pieces(text: &str, gaps: Vec<Gap>, folded: Option<Vec<String>>) -> Vec<Piece> {
    let mut places = Places::new(text);
    let (mut pieces, mut at) = (Vec::with_capacity(2 * gaps.len() + 1), 0);
    let mut folded = folded.map(Vec::into_iter);
    let mut shown = |range: Range<usize>| match &mut folded {
        Some(parts) => parts.next().filter(|part| !part.is_empty()).map(Piece::Text),
        None => (!range.is_empty()).then_some(Piece::Keep(range)),
    };
    for Gap { range, what } in gaps {
        pieces.extend(shown(at..range.start));
        at = range.end;
        let place = places.note(range.clone());
        let note = if what.is_empty() {
            place
        } else {
            format!("{what} ({place})")
        };
        pieces.push(Piece::Elide {
            range,
            note,
            mark: Mark::Whole,
        });
    }
    pieces.extend(shown(at..text.len()));
    pieces
}
