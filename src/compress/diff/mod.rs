//! DiffCompressor: with a way back, what nobody reads in a diff is left out in place.
//!
//! Left out are the hunks of lockfiles, generated, minified and vendored files, the data of binary patches,
//! hunks that only move whitespace, and context far from any change. Heads of files stay, with renames, modes
//! and binary notes, and so does every changed line of every other file: without its markers the result still
//! applies to the files it shows. Nothing is re-spelled, so without a way back a diff stays as it is.

mod class;
mod context;
mod read;

use std::ops::Range;

use super::{CompressError, Compressed, Compressor, Input, Mark, Piece};
use crate::relevance::Scorer;
use read::{FileDiff, Hunk};

/// The compressor for unified diffs.
#[derive(Debug, Clone, Copy, Default)]
pub struct DiffCompressor;

impl Compressor for DiffCompressor {
    fn name(&self) -> &'static str {
        "diff"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        if input.elide.is_none() {
            return Ok(None);
        }
        let lines: Vec<&str> = input.text.split('\n').collect();
        let scorer = Scorer::new(input.query);
        let mut edits = Vec::new();
        for file in read::read(&lines) {
            edit(&file, &lines, &scorer, &mut edits);
        }
        edits.sort_by_key(Edit::at);
        Ok(pieces(input.text, &lines, &edits))
    }
}

/// A change of the diff's lines.
#[derive(Debug)]
enum Edit {
    /// Lines left out, and what they are.
    Out(Range<usize>, String),
    /// The head of a hunk that shows fewer lines now.
    Head(usize, String),
    /// The head of a hunk that starts before this line, where lines in between were left out.
    Insert(usize, String),
}

impl Edit {
    fn at(&self) -> usize {
        match self {
            Self::Out(lines, _) => lines.start,
            Self::Head(at, _) | Self::Insert(at, _) => *at,
        }
    }
}

/// What becomes of a file. One that the question or the tool call names stays whole.
fn edit(file: &FileDiff<'_>, lines: &[&str], scorer: &Scorer, edits: &mut Vec<Edit>) {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if scorer.contains_anchor(file.path) || scorer.names(name) {
        return;
    }
    if let Some(data) = &file.binary {
        edits.push(Edit::Out(
            data.clone(),
            format!("binary patch of {}, {}", file.path, at(data)),
        ));
    }
    if let Some(class) = class::class(file, lines) {
        let kept = matched(file, lines, scorer);
        let mut from = 0;
        while from < kept.len() {
            // What stands between hunks and is none of them stays.
            let ends = |at: &usize| {
                kept[*at] != kept[from] || file.hunks[*at].lines.start != file.hunks[at - 1].lines.end
            };
            let to = (from + 1..kept.len()).find(ends).unwrap_or(kept.len());
            if !kept[from] {
                hunks_out(file, from..to, class, edits);
            }
            from = to;
        }
        return;
    }
    for (index, hunk) in file.hunks.iter().enumerate() {
        let named = || scorer.contains_anchor(&lines[hunk.lines.clone()].join("\n"));
        if class::is_whitespace_only(file, hunk, lines) && !named() {
            hunks_out(file, index..index + 1, "whitespace only", edits);
        } else {
            context::trim(hunk, lines, scorer, edits);
        }
    }
}

/// Leaves neighbouring hunks out.
fn hunks_out(file: &FileDiff<'_>, which: Range<usize>, why: &str, edits: &mut Vec<Edit>) {
    let hunks = &file.hunks[which.clone()];
    let (Some(first), Some(last)) = (hunks.first(), hunks.last()) else {
        return;
    };
    let range = first.lines.start..last.lines.end;
    let sum = |count: fn(&Hunk<'_>) -> usize| hunks.iter().map(count).sum::<usize>();
    let (added, removed) = (sum(|hunk| hunk.added), sum(|hunk| hunk.removed));
    let numbers = match hunks.len() {
        1 => format!("hunk {}", which.end),
        _ => format!("hunks {}-{}", which.start + 1, which.end),
    };
    let note = format!(
        "{numbers} (+{added} -{removed}) of {}, {why}, {}",
        file.path,
        at(&range)
    );
    edits.push(Edit::Out(range, note));
}

/// Which hunks of a file for machines answer the question: those that hold an identifier of it, and the few
/// that match its words.
fn matched(file: &FileDiff<'_>, lines: &[&str], scorer: &Scorer) -> Vec<bool> {
    const FEW: usize = 3;
    let texts: Vec<String> = file
        .hunks
        .iter()
        .map(|hunk| lines[hunk.lines.clone()].join("\n"))
        .collect();
    let ranks = scorer.bm25(texts.iter().map(String::as_str));
    let matching = ranks.iter().filter(|rank| **rank > 0.0).count();
    let few = matching <= FEW && matching * 4 <= texts.len();
    let held = |(text, rank): (&String, &f64)| scorer.contains_anchor(text) || (few && *rank > 0.0);
    texts.iter().zip(&ranks).map(held).collect()
}

/// Lines as they are counted in the original.
fn at(lines: &Range<usize>) -> String {
    match lines.len() {
        1 => format!("line {}", lines.end),
        _ => format!("lines {}-{}", lines.start + 1, lines.end),
    }
}

/// The text with its edits; `None` where that is hardly shorter.
fn pieces(text: &str, lines: &[&str], edits: &[Edit]) -> Option<Compressed> {
    const WORTH: f64 = 0.9;
    const MARKER: usize = 30;
    let mut starts = Vec::with_capacity(lines.len() + 1);
    let mut offset = 0;
    for line in lines {
        starts.push(offset);
        offset += line.len() + 1;
    }
    starts.push(offset);
    let (mut pieces, mut from, mut left) = (Vec::new(), 0, 0);
    let keep = |pieces: &mut Vec<Piece>, left: &mut usize, range: Range<usize>| {
        if !range.is_empty() {
            *left += range.len();
            pieces.push(Piece::Keep(range));
        }
    };
    for edit in edits {
        keep(&mut pieces, &mut left, from..starts[edit.at()]);
        match edit {
            Edit::Out(range, note) => {
                from = starts[range.end] - 1;
                left += note.len() + MARKER;
                pieces.push(Piece::Elide {
                    range: starts[range.start]..from,
                    note: note.clone(),
                    mark: Mark::Whole,
                });
            }
            Edit::Head(at, head) => {
                from = starts[at + 1] - 1;
                left += head.len();
                pieces.push(Piece::Text(head.clone()));
            }
            Edit::Insert(at, head) => {
                from = starts[*at];
                left += head.len() + 1;
                pieces.push(Piece::Text(format!("{head}\n")));
            }
        }
    }
    keep(&mut pieces, &mut left, from..text.len());
    let worth = !edits.is_empty() && (left as f64) < WORTH * text.len() as f64;
    worth.then(|| Compressed {
        pieces,
        transforms: vec!["diff-elide"],
    })
}
