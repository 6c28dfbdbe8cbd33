//! `OpaqueCompressor`: data nobody reads as text, shown as its head, its tail and its size.
//!
//! Base64 and digits, bytes that are no text, programs packed into one line. Only what the grammar of such
//! stretches finds is cut, so text between them stays; there is nothing to spell shorter without loss. A
//! stretch that holds what the question names stays whole, of a packed program what stands around the name.

use std::ops::Range;

use super::places::Places;
use super::{CompressError, Compressed, Compressor, Input, Mark, Piece};
use crate::grammar::opaque::{self, Run, What};
use crate::relevance::Scorer;

/// Bytes shown at the start and at the end of a stretch.
const HEAD: usize = 64;
const FOOT: usize = 16;
/// As much of a packed program, whose start says what it is.
const PROGRAM_HEAD: usize = 300;
const PROGRAM_FOOT: usize = 100;
/// What stays around a name that is asked for, and how often at most.
const WINDOW: usize = 240;
const MOST: usize = 8;
/// A gap of fewer bytes costs about what it saves.
const MIN_GAP: usize = 160;

/// The compressor for opaque data.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpaqueCompressor;

impl Compressor for OpaqueCompressor {
    fn name(&self) -> &'static str {
        "opaque"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        if input.elide.is_none() {
            return Ok(None);
        }
        let scorer = Scorer::new(input.query);
        let mut writer = Writer {
            text: input.text,
            places: Places::new(input.text),
            pieces: Vec::new(),
            at: 0,
        };
        for (gap, what) in left_out(input.text, &scorer) {
            writer.elide(gap, &what);
        }
        Ok(writer.finish())
    }
}

/// What of a text is left out, in order, and what it is: `19920 characters of base64`.
pub(super) fn left_out(text: &str, scorer: &Scorer) -> Vec<(Range<usize>, String)> {
    let mut all = Vec::new();
    for run in opaque::runs(text) {
        for gap in gaps(text, &run, scorer) {
            let characters = text[gap.clone()].chars().count();
            all.push((gap, format!("{characters} characters of {}", name(run.what))));
        }
    }
    all
}

fn name(what: What) -> String {
    match what {
        What::Base64(None) => "base64".to_owned(),
        What::Base64(Some(of)) => format!("base64 of {of}"),
        What::Hex => "hexadecimal digits".to_owned(),
        What::Binary => "binary data".to_owned(),
        What::Minified => "minified code".to_owned(),
    }
}

/// What of a run is left out, in order.
fn gaps(text: &str, run: &Run, scorer: &Scorer) -> Vec<Range<usize>> {
    let range = run.range.clone();
    let (head, foot) = match run.what {
        What::Minified => (PROGRAM_HEAD, PROGRAM_FOOT),
        _ => (HEAD, FOOT),
    };
    let mut inner = text.ceil_char_boundary(range.start + head)..text.floor_char_boundary(range.end - foot);
    if run.what != What::Binary && text[range.clone()].contains('\n') {
        // Of what is wrapped whole lines stay.
        let first = text[range.clone()]
            .find('\n')
            .map_or(range.end, |at| range.start + at + 1);
        let last = text[range.clone()]
            .rfind('\n')
            .map_or(range.start, |at| range.start + at);
        inner = first..last;
    }
    let mut gaps = Vec::new();
    let mut from = inner.start;
    if scorer.contains_anchor(&text[range.clone()]) {
        if run.what != What::Minified {
            return gaps;
        }
        let (mut at, mut left) = (inner.start, MOST);
        while at < inner.end && left > 0 {
            let end = text.ceil_char_boundary((at + WINDOW).min(inner.end));
            // A name may stand across the border of two windows.
            let near = text.floor_char_boundary(at.saturating_sub(HEAD))
                ..text.ceil_char_boundary((end + HEAD).min(inner.end));
            if scorer.contains_anchor(&text[near.clone()]) {
                gaps.push(from..near.start.max(from));
                from = near.end;
                left -= 1;
            }
            at = end;
        }
    }
    gaps.push(from.min(inner.end)..inner.end);
    gaps.retain(|gap| gap.len() >= MIN_GAP);
    gaps
}

struct Writer<'t> {
    text: &'t str,
    places: Places<'t>,
    pieces: Vec<Piece>,
    at: usize,
}

impl Writer<'_> {
    fn elide(&mut self, gap: Range<usize>, what: &str) {
        self.keep(gap.start);
        let place = self.places.note(gap.clone());
        self.at = gap.end;
        self.pieces.push(Piece::Elide {
            range: gap,
            note: format!("{what} ({place})"),
            mark: Mark::Whole,
        });
    }

    fn keep(&mut self, end: usize) {
        if self.at < end {
            self.pieces.push(Piece::Keep(self.at..end));
        }
    }

    fn finish(mut self) -> Option<Compressed> {
        if self.pieces.is_empty() {
            return None;
        }
        self.keep(self.text.len());
        Some(Compressed {
            pieces: self.pieces,
            transforms: vec!["opaque-elide"],
        })
    }
}
