//! What to leave out of search output when there is a way back.
//!
//! A hit is the unit, or a hit with its context where there is any. What stays: hits that hold an
//! identifier of the question, definitions of what is asked for, errors where they are few, the best hit of
//! every file, hits that match the question about as well as the best, and those that show most of the
//! rest up to the knee of the gain curve. What every hit has in common (the pattern) weighs nothing.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;

use foldhash::fast::FixedState;

use super::read::{Output, Row, What};
use crate::compress::{Elision, records};
use crate::relevance::{Query, Scorer};
use crate::signal;

/// Fewer hits are shown whole.
const FEWEST: usize = 8;
/// Up to this many files each keep a hit.
const MANY_FILES: usize = 64;
/// Hits that tell of an error stay while at most this share does.
const TELLING: f64 = 0.05;
/// Most definitions that are kept for being one.
const MOST_DEFINITIONS: usize = 24;
/// Hits looked at for gain; more are sampled in even steps.
const SAMPLE: usize = 4096;
/// Bytes of a hit's start that make its feature.
const PREFIX: usize = 12;
/// Shorter gaps cost about as much as they save.
const MARKER: usize = 120;

/// Neighbouring rows of one file that are shown or left out together.
struct Unit<'t> {
    rows: Range<usize>,
    file: usize,
    /// Source from the first row to the last.
    text: &'t str,
    /// Where that starts.
    start: usize,
    /// Bytes without paths.
    size: usize,
}

/// Which rows are shown; `None`: all of them.
pub(super) fn select(
    output: &Output<'_>,
    source: &str,
    query: &Query,
    elision: Elision,
) -> Option<Vec<bool>> {
    let units = units(output, source);
    if units.len() < FEWEST {
        return None;
    }
    let scorer = Scorer::new(query);
    let ranks = ranks(&units, output, &scorer);
    let mut kept = signals(&units, output, &scorer);
    best_of_files(&units, output, &ranks, &mut kept);
    fill(&units, output, &ranks, elision, &mut kept);
    close_small_gaps(&units, &mut kept);
    (!kept.iter().all(|kept| *kept)).then(|| rows(output, &units, &kept))
}

fn units<'t>(output: &Output<'_>, source: &'t str) -> Vec<Unit<'t>> {
    let with_context = output
        .rows
        .iter()
        .any(|row| matches!(row.what, What::Line { is_hit: false, .. }));
    let mut units: Vec<Unit<'t>> = Vec::new();
    let mut offset = 0;
    for (at, row) in output.rows.iter().enumerate() {
        let end = offset + row.text.len();
        if let Some(file) = row.file() {
            match units.last_mut() {
                Some(unit) if with_context && unit.rows.end == at && unit.file == file => {
                    unit.rows.end = at + 1;
                    unit.text = &source[unit.start..end];
                    unit.size += row.rest.len() + 1;
                }
                _ => units.push(Unit {
                    rows: at..at + 1,
                    file,
                    text: &source[offset..end],
                    start: offset,
                    size: row.rest.len() + 1,
                }),
            }
        }
        offset = end + 1;
    }
    units
}

/// How well each unit answers: its text, and its path.
fn ranks(units: &[Unit<'_>], output: &Output<'_>, scorer: &Scorer) -> Vec<f64> {
    let of_paths = scorer.bm25(output.paths.iter().copied());
    let mut ranks = scorer.bm25(units.iter().map(|unit| unit.text));
    for (rank, unit) in ranks.iter_mut().zip(units) {
        *rank += of_paths[unit.file];
    }
    ranks
}

/// Units that stay whatever the rest is like.
fn signals(units: &[Unit<'_>], output: &Output<'_>, scorer: &Scorer) -> Vec<bool> {
    let mut kept = scorer.anchored(units.iter().map(|unit| unit.text));
    let named: Vec<bool> = output
        .paths
        .iter()
        .map(|path| scorer.contains_anchor(path))
        .collect();
    let errors: Vec<bool> = units
        .iter()
        .map(|unit| signal::mentions_error(unit.text))
        .collect();
    let telling = errors.iter().filter(|error| **error).count() as f64 <= TELLING * units.len() as f64;
    let few_named = named.iter().filter(|named| **named).count() * 2 <= named.len();
    let mut definitions = 0;
    for (at, unit) in units.iter().enumerate() {
        kept[at] |= (telling && errors[at]) || (few_named && named[unit.file]);
        if !kept[at] && definitions < MOST_DEFINITIONS {
            let hits = output.rows[unit.rows.clone()].iter().filter(|row| row.is_hit());
            kept[at] = hits.into_iter().any(|row| defines(row.rest, scorer));
            definitions += usize::from(kept[at]);
        }
    }
    kept
}

/// True for a line that defines something the question or the tool call names.
fn defines(line: &str, scorer: &Scorer) -> bool {
    const WORDS: [&str; 22] = [
        "fn",
        "def",
        "class",
        "struct",
        "enum",
        "trait",
        "interface",
        "type",
        "func",
        "function",
        "fun",
        "module",
        "mod",
        "impl",
        "record",
        "object",
        "protocol",
        "macro_rules",
        "define",
        "namespace",
        "table",
        "message",
    ];
    const MOST_WORDS: usize = 12;
    let mut words = line
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS);
    while let Some(word) = words.next() {
        if WORDS.contains(&word) {
            return words.next().is_some_and(|name| scorer.names(name));
        }
    }
    false
}

/// Keeps the best unit of every file, unless there are very many files.
fn best_of_files(units: &[Unit<'_>], output: &Output<'_>, scores: &[f64], kept: &mut [bool]) {
    if output.paths.len() > MANY_FILES {
        return;
    }
    let mut best: Vec<Option<usize>> = vec![None; output.paths.len()];
    for (at, unit) in units.iter().enumerate() {
        let better = best[unit.file].is_none_or(|best| {
            (kept[at] && !kept[best]) || (kept[at] == kept[best] && scores[at] > scores[best])
        });
        if better && output.rows[unit.rows.clone()].iter().any(Row::is_hit) {
            best[unit.file] = Some(at);
        }
    }
    best.into_iter().flatten().for_each(|at| kept[at] = true);
}

/// Adds what answers best and what shows most of the rest.
fn fill(units: &[Unit<'_>], output: &Output<'_>, scores: &[f64], elision: Elision, kept: &mut [bool]) {
    let order = records::order(kept, &features(units, output), scores);
    let whole: usize = units.iter().map(|unit| unit.size).sum();
    let room = elision
        .target_ratio
        .map(|ratio| (whole as f64 * ratio * elision.bias) as usize);
    let mut size: usize = units
        .iter()
        .zip(&*kept)
        .filter(|(_, kept)| **kept)
        .map(|(unit, _)| unit.size)
        .sum();
    let wanted = (order.knee as f64 * elision.bias).ceil() as usize;
    for (rank, at) in order.records.into_iter().enumerate() {
        let fits = room.map_or(rank < wanted, |room| size + units[at].size <= room);
        if !fits {
            break;
        }
        kept[at] = true;
        size += units[at].size;
    }
}

/// What a unit shows: its folder, its file's ending, how its line starts.
fn features(units: &[Unit<'_>], output: &Output<'_>) -> records::Features {
    let step = units.len().div_ceil(SAMPLE);
    let mut numbers: HashMap<u64, u32, FixedState> = HashMap::default();
    let mut of: Vec<Vec<u32>> = vec![Vec::new(); units.len()];
    for (at, unit) in units.iter().enumerate().step_by(step) {
        let path = output.paths[unit.file];
        let folder = path.rfind(['/', '\\']).map_or("", |end| &path[..end]);
        let ending = path.rfind('.').map_or("", |dot| &path[dot..]);
        let rest = output.rows[unit.rows.start].rest;
        let line =
            rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ':' | '-' | ' ' | '\t'));
        let word = line
            .split(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or_default();
        let start = &line[..line.floor_char_boundary(PREFIX)];
        for (kind, text) in [folder, ending, word, start].into_iter().enumerate() {
            let mut hasher = FixedState::default().build_hasher();
            hasher.write_usize(kind);
            hasher.write(text.as_bytes());
            let next = numbers.len() as u32;
            of[at].push(*numbers.entry(hasher.finish()).or_insert(next));
        }
    }
    records::Features {
        of,
        count: numbers.len(),
    }
}

/// Keeps what would cost about as much to leave out.
fn close_small_gaps(units: &[Unit<'_>], kept: &mut [bool]) {
    let mut from = 0;
    while from < kept.len() {
        let to = (from..kept.len())
            .find(|at| kept[*at] != kept[from])
            .unwrap_or(kept.len());
        if !kept[from] && units[from..to].iter().map(|unit| unit.size).sum::<usize>() < MARKER {
            kept[from..to].fill(true);
        }
        from = to;
    }
}

/// Which rows are shown: those of kept units and what is no hit; separators, empty lines and headings only
/// where something is shown beside them.
fn rows(output: &Output<'_>, units: &[Unit<'_>], kept: &[bool]) -> Vec<bool> {
    let mut shown: Vec<bool> = output.rows.iter().map(|row| row.what == What::Other).collect();
    for (unit, kept) in units.iter().zip(kept) {
        shown[unit.rows.clone()].fill(*kept);
    }
    // A heading is shown with any of its lines.
    let mut below = false;
    for at in (0..shown.len()).rev() {
        match output.rows[at].what {
            What::Line { .. } => below |= shown[at],
            What::Heading(_) => shown[at] = std::mem::take(&mut below),
            _ => {}
        }
    }
    let is_between = |at: usize| matches!(output.rows[at].what, What::Separator | What::Empty);
    let mut from = 0;
    while from < shown.len() {
        if !is_between(from) {
            from += 1;
            continue;
        }
        let to = (from..shown.len())
            .find(|at| !is_between(*at))
            .unwrap_or(shown.len());
        let beside = (from == 0 || shown[from - 1]) && (to == shown.len() || shown[to]);
        // The last line end stays, so that a text never ends otherwise than it did.
        let at_end = to == shown.len();
        shown[from..to].fill(beside || at_end);
        from = to;
    }
    shown
}
