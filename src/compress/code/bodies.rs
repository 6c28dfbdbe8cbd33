//! Which bodies are left out, and which lines of them stay.
//!
//! What a question names stays whole. Of the rest, the bodies that answer it best stay up to a share of the
//! text, and single lines that hold its identifiers, or a reminder somebody left (`BUG: …`), stay in the
//! blocks they stand in.

use std::ops::Range;

use tree_sitter::Node;

use super::fill::is_worth;
use super::outline::{Definition, Outline};
use super::place::Source;
use super::syntax::{Role, Syntax};
use crate::compress::{Elision, Input};
use crate::grammar::source::{Language, read_call};
use crate::relevance::{Query, Scorer};
use crate::signal;

/// Share of the text that the best answers to a question in words may take without a wanted size.
const SHARE: f64 = 0.1;
/// The same for the best of them alone.
const BEST_SHARE: f64 = 0.25;
/// From how many lines on a function that holds hardly anything but other functions shows these.
const LARGE: usize = 60;

/// The choice.
pub(super) struct Bodies {
    /// Numbers of the definitions whose bodies are left out, ascending.
    pub(super) hidden: Vec<usize>,
    /// Definitions that stay whole although they could be left out, ascending.
    pub(super) whole: Vec<Range<usize>>,
    /// Places whose lines stay, ascending.
    pub(super) keeps: Vec<usize>,
    /// Bodies of functions that are no wrapping around others, the outermost of each nest, ascending: what
    /// stands in one of them goes or stays with it.
    pub(super) closed: Vec<Range<usize>>,
}

/// Chooses among the outermost bodies.
pub(super) fn choose(
    source: &Source<'_>,
    syntax: &Syntax,
    outline: &Outline<'_>,
    input: &Input<'_>,
    elision: Elision,
) -> Bodies {
    let text = source.plain.as_ref();
    let definition = |index: usize| &outline.definitions[index];
    let closed = closed(source, syntax, outline);
    let body = |index: &usize| definition(*index).body.map(|body| body.byte_range());
    let can_go = |index: &&usize| body(index).is_some_and(|body| is_worth(source, &body));
    let candidates: Vec<usize> = closed.iter().filter(can_go).copied().collect();
    let scorer = Scorer::new(input.query);
    let texts = || {
        candidates
            .iter()
            .map(|&index| &text[definition(index).whole.clone()])
    };
    let anchored = scorer.anchored(texts());
    let naming = Scorer::new(&symbols(input));
    let named = |index: usize| naming.names(&text[definition(index).name.clone()]);
    let mut stays: Vec<bool> = candidates.iter().map(|&index| named(index)).collect();
    answers(texts(), input, elision, &mut stays);

    let mut bodies = Bodies {
        hidden: Vec::new(),
        whole: Vec::new(),
        keeps: signal::reminders(text),
        closed: closed.iter().filter_map(body).collect(),
    };
    for ((&index, stays), anchored) in candidates.iter().zip(stays).zip(anchored) {
        if stays {
            bodies.whole.push(definition(index).whole.clone());
            continue;
        }
        bodies.hidden.push(index);
        if anchored {
            let whole = &definition(index).whole;
            let lines = source.line(whole.start)..source.line(whole.end) + 1;
            let held = lines
                .map(|line| source.line_range(line))
                .filter(|line| scorer.contains_anchor(&text[line.clone()]));
            bodies.keeps.extend(held.map(|line| code_start(text, line)));
        }
    }
    bodies
        .keeps
        .extend(numbered(source, input.query).map(|line| code_start(text, line)));
    bodies.keeps.sort_unstable();
    bodies
}

/// Where a line starts behind its indentation, so that the place is in what stands on the line.
fn code_start(text: &str, line: Range<usize>) -> usize {
    line.start + text[line.clone()].len() - text[line].trim_start().len()
}

/// Functions that stand in no other but in a wrapping. What is wrapped around other functions without being
/// one by name (`describe(…)`, a module pattern), and what is nearly made of them, is one. Types that are
/// declared in a function are part of what it does, unless they have functions of their own.
fn closed(source: &Source<'_>, syntax: &Syntax, outline: &Outline<'_>) -> Vec<usize> {
    let definitions = &outline.definitions;
    let mut inner = vec![0; definitions.len()];
    let mut holds = vec![false; definitions.len()];
    for (index, definition) in definitions.iter().enumerate().rev() {
        holds[index] |= definition.role == Role::Function;
        if let Some(within) = definition.within.filter(|_| holds[index]) {
            holds[within] = true;
            inner[within] += if definition.apart {
                definition.whole.len()
            } else {
                0
            };
        }
    }
    let mut until = 0;
    let mut found = Vec::new();
    for (index, definition) in definitions.iter().enumerate() {
        let Some(body) = definition.body.filter(|body| syntax.role(*body) == Role::Block) else {
            continue;
        };
        let range = body.byte_range();
        let lines = source.line(range.end) - source.line(range.start);
        let wraps = if definition.name.is_empty() {
            inner[index] * 2 > range.len()
        } else {
            inner[index] * 5 > range.len() * 4 && lines > LARGE
        };
        if range.start >= until && !wraps && is_closed(source, definition, body) {
            until = range.end;
            found.push(index);
        }
    }
    found
}

/// True when a body ends where it seems to: there is no mistake in it, or its last line is as far to the right
/// as its function, as people write it. A macro that hides a semicolon is a mistake to a parser.
fn is_closed(source: &Source<'_>, definition: &Definition<'_>, body: Node<'_>) -> bool {
    let text = source.plain.as_ref();
    let indent = |at: usize| {
        let line = &text[source.line_range(source.line(at))];
        &line[..line.len() - line.trim_start().len()]
    };
    let end = body.end_byte();
    !body.has_error() || (text[..end].ends_with('}') && indent(end) == indent(definition.whole.start))
}

/// What may name a function: the words of the question, and of the call those that are not the file's path.
fn symbols(input: &Input<'_>) -> Query {
    let arguments = input.tool.map_or("", |tool| tool.arguments.as_ref());
    let path = input
        .tool
        .and_then(|tool| read_call(&tool.name, arguments).file)
        .map_or("", |(path, _)| path);
    let rest = if path.is_empty() {
        arguments.into()
    } else {
        arguments.replace(path, "")
    };
    let mut terms = question(input);
    terms.extend(Query::new(None, Some(&rest)).terms);
    Query {
        terms,
        ..Query::default()
    }
}

fn question(input: &Input<'_>) -> Vec<String> {
    let terms = &input.query.terms;
    terms[..input.query.asked.min(terms.len())].to_vec()
}

/// Marks what answers best as staying: up to the wanted size, or a share of the text where there is a
/// question in words. The words of the call say what was read, not what is asked.
fn answers<'t>(
    texts: impl Iterator<Item = &'t str> + Clone,
    input: &Input<'_>,
    elision: Elision,
    stays: &mut [bool],
) {
    let asked = Query {
        terms: question(input),
        ..Query::default()
    };
    let whole = input.text.len() as f64;
    let hidden: usize = texts.clone().map(str::len).sum();
    let budget = match elision.target_ratio {
        Some(ratio) => whole * ratio * elision.bias - (whole - hidden as f64),
        None if asked.is_empty() => return,
        None => whole * SHARE * elision.bias,
    };
    let scores = Scorer::new(&asked).bm25(texts.clone());
    let lengths: Vec<usize> = texts.map(str::len).collect();
    let mut order: Vec<usize> = (0..scores.len()).filter(|&at| !stays[at]).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    let mut left = budget;
    for (rank, at) in order.into_iter().enumerate() {
        let size = lengths[at] as f64;
        left -= size;
        let answers = scores[at] > 0.0 || elision.target_ratio.is_some();
        // The best answer may be long.
        let best = rank == 0 && elision.target_ratio.is_none() && size < whole * BEST_SHARE;
        if !answers || (left < 0.0 && !best) {
            break;
        }
        stays[at] = true;
    }
}

/// Lines the question names as `file:12`.
fn numbered<'s>(source: &'s Source<'_>, query: &'s Query) -> impl Iterator<Item = Range<usize>> + 's {
    query.anchors.iter().filter_map(|anchor| {
        let (path, line) = anchor.rsplit_once(':')?;
        Language::of_path(path)?;
        let line = source.numbered(line.parse().ok()?)?;
        Some(source.line_range(line))
    })
}
