//! Source code: what is declared stays, what it does is left out where it stands.
//!
//! Imports, types with their members, signatures, decorators, the first paragraph of documentation and
//! constants are shown as they are; bodies become a comment that says which lines are missing. Runs only with
//! a way back. The result is parsed again before it leaves: it must hold no mistake the source did not hold,
//! and the same declarations in the same order, else the source stays.

mod bodies;
mod fill;
mod guard;
mod heads;
mod outline;
mod place;
mod proof;
mod syntax;

use std::ops::Range;

use super::{CompressError, Compressed, Compressor, Elision, Input, Mark, Piece};
use crate::grammar::source::{Language, looks, read_call};
use fill::{Filler, Gap};
use outline::Outline;
use place::Source;
use syntax::Syntax;
use tree_sitter::Tree;

/// A text with fewer mistakes than one in so many bytes is in the language it was taken for: macros and new
/// syntax are mistakes, too.
const BYTES_PER_MISTAKE: usize = 4096;
/// Most languages that are tried.
const MAX_TRIES: usize = 3;

/// The compressor for source code.
#[derive(Debug, Clone, Copy, Default)]
pub struct CodeAwareCompressor;

impl Compressor for CodeAwareCompressor {
    fn name(&self) -> &'static str {
        "code"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let Some(elision) = input.elide else {
            return Ok(None);
        };
        let source = Source::of(input.text);
        let Some((syntax, tree)) = parse(&source, &input) else {
            return Ok(None);
        };
        let outline = Outline::of(&tree, &syntax);
        let gaps = gaps(&source, &syntax, &outline, &input, elision);
        let Some(gaps) = proven(&source, &syntax, &outline, gaps, input.text.len()) else {
            return Ok(None);
        };
        Ok(Some(Compressed {
            pieces: pieces(&source, &syntax, &outline, &gaps, input.text.len()),
            transforms: vec!["code-elide"],
        }))
    }
}

/// The gaps that leave source code behind: all of them, or at least those in code.
fn proven(
    source: &Source<'_>,
    syntax: &Syntax,
    outline: &Outline<'_>,
    all: Vec<Gap>,
    whole: usize,
) -> Option<Vec<Gap>> {
    let is_proven = |gaps: &[Gap]| {
        let saved: usize = gaps.iter().map(|gap| gap.range.len()).sum();
        is_worth(saved, gaps.len(), whole) && proof::holds(source, syntax, outline, gaps)
    };
    if is_proven(&all) {
        return Some(all);
    }
    let count = all.len();
    let in_code: Vec<Gap> = all
        .into_iter()
        .filter(|gap| !gap.open.trim().is_empty())
        .collect();
    (in_code.len() < count && is_proven(&in_code)).then_some(in_code)
}

/// True when the gaps clearly outweigh their marks and the footer.
fn is_worth(saved: usize, gaps: usize, whole: usize) -> bool {
    const MARK: usize = 40;
    const FOOTER: usize = 120;
    const WORTH: usize = 20;
    saved > gaps * MARK + FOOTER + whole / WORTH
}

/// The tree with the fewest mistakes: of the language a file's name says, in the call or above a listing, or of those the lines look
/// like, and of those they are easily taken for.
fn parse(source: &Source<'_>, input: &Input<'_>) -> Option<(Syntax, Tree)> {
    let plain = source.plain.as_ref();
    let named = input
        .tool
        .and_then(|tool| read_call(&tool.name, &tool.arguments).file)
        .or_else(|| read_call("", source.heading).file)
        .map(|(_, language)| language);
    // Looked at only where the name is no help, or wrong.
    let likely = std::iter::once_with(|| looks(plain.lines()).languages)
        .flatten()
        .take(2);
    let all = named
        .into_iter()
        .chain(likely)
        .flat_map(|language| std::iter::once(language).chain(language.kin().iter().copied()));
    let mut tried: Vec<Language> = Vec::new();
    let mut best: Option<(usize, Syntax, Tree)> = None;
    for language in all {
        if tried.contains(&language) {
            continue;
        }
        if tried.len() == MAX_TRIES {
            break;
        }
        tried.push(language);
        let syntax = Syntax::of(language);
        let Some(tree) = syntax.parse(plain) else {
            continue;
        };
        if !tree.root_node().has_error() {
            return Some((syntax, tree));
        }
        let errors = Outline::of(&tree, &syntax).errors;
        if errors * BYTES_PER_MISTAKE <= plain.len() {
            return Some((syntax, tree));
        }
        if best.as_ref().is_none_or(|(fewest, ..)| errors < *fewest) {
            best = Some((errors, syntax, tree));
        }
    }
    best.map(|(_, syntax, tree)| (syntax, tree))
}

/// Everything that is left out, in the order of the source.
fn gaps(
    source: &Source<'_>,
    syntax: &Syntax,
    outline: &Outline<'_>,
    input: &Input<'_>,
    elision: Elision,
) -> Vec<Gap> {
    const DATA_SHOWN: usize = 3;
    const DATA_LINES: usize = 10;
    const DATA_BYTES: usize = 1200;
    let bodies = bodies::choose(source, syntax, outline, input, elision);
    let mut filler = Filler {
        source,
        syntax,
        keeps: &bodies.keeps,
        gaps: Vec::new(),
    };
    let docstring = |body: Range<usize>| {
        let at = outline
            .docstrings
            .binary_search_by_key(&body.start, |doc| doc.start);
        at.ok().map(|at| &outline.docstrings[at])
    };
    for &index in &bodies.hidden {
        if let Some(body) = outline.definitions[index].body {
            filler.body(body, docstring(body.byte_range()));
        }
    }
    let functions = &bodies.closed;
    let mut until = 0;
    for &data in &outline.data {
        let range = data.byte_range();
        let lines = source.line(range.end) - source.line(range.start);
        let definitions = &outline.definitions;
        let next = definitions.partition_point(|definition| definition.whole.start < range.start);
        let defines = definitions
            .get(next)
            .is_some_and(|definition| definition.whole.start < range.end);
        if range.start < until
            || (lines < DATA_LINES && range.len() < DATA_BYTES)
            || defines
            || covers(functions, range.start)
        {
            continue;
        }
        until = range.end;
        filler.data(data, DATA_SHOWN);
    }
    let mut gaps = filler.gaps;
    let free = |range: &Range<usize>| !covers(functions, range.start);
    let comments = outline
        .comments
        .iter()
        .filter(|comment| free(comment))
        .cloned()
        .collect::<Vec<_>>();
    for run in heads::runs(source, &comments) {
        gaps.extend(heads::gaps(source, &run, &bodies.keeps));
    }
    gaps.sort_by_key(|gap| gap.range.start);
    let hidden: Vec<Range<usize>> = gaps.iter().map(|gap| gap.range.clone()).collect();
    for doc in &outline.docstrings {
        if !covers(&hidden, doc.start) && !covers(&bodies.whole, doc.start) {
            gaps.extend(heads::gaps(source, doc, &bodies.keeps));
        }
    }
    gaps.sort_by_key(|gap| gap.range.start);
    gaps
}

/// True when one of some ascending ranges that do not overlap holds a place.
fn covers(ranges: &[Range<usize>], place: usize) -> bool {
    let next = ranges.partition_point(|range| range.start <= place);
    next > 0 && place < ranges[next - 1].end
}

/// What stays and the marks of what goes.
fn pieces(
    source: &Source<'_>,
    syntax: &Syntax,
    outline: &Outline<'_>,
    gaps: &[Gap],
    len: usize,
) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(2 * gaps.len() + 1);
    let mut at = 0;
    for gap in gaps {
        let range = source.outside(gap.range.start)..source.outside(gap.range.end);
        pieces.push(Piece::Keep(at..range.start));
        at = range.end;
        pieces.push(Piece::Elide {
            range,
            note: proof::note(source, outline, gap),
            mark: Mark::InCode {
                open: gap.open,
                foot: syntax.language.line_comment(),
            },
        });
    }
    pieces.push(Piece::Keep(at..len));
    pieces
}
