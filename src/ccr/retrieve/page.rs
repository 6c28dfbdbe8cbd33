//! Filling a page: reading on in order, or the best hits of a search.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;
use std::ops::Range;
use std::slice::from_ref;

use super::sheet::Sheet;
use super::{Page, ranges};
use crate::ccr::marker::label;
use crate::json;
use crate::relevance::{Query, Scorer};
use crate::tokens::Encoding;

/// Hits with less than this share of the best score are not worth their tokens.
const MIN_SCORE: f64 = 0.25;
/// How many further hits a page names.
const MAX_NAMED: usize = 20;
/// Tokens of a line break and of a row's number.
const UNIT_COST: usize = 3;

/// True when a text fits a page of its own.
pub(super) fn fits(text: &str, limit: usize) -> bool {
    // No tokenizer packs 32 bytes into a token on average; a long text need not be counted.
    text.len() <= limit.saturating_mul(32) && count(text) <= limit
}

/// Pages are sized without a model at hand, so by estimate.
fn count(text: &str) -> usize {
    Encoding::Estimate.count(text)
}

/// The picked units in order, as many as fit; at least a part of the first.
pub(super) fn read(sheet: &Sheet<'_>, picked: &[Range<usize>], limit: usize) -> Page {
    let mut shown: Vec<(usize, Cow<'_, str>)> = Vec::new();
    let mut spent = 0;
    for unit in picked.iter().cloned().flatten() {
        let text = sheet.text(unit);
        if shown.is_empty() && !fits(&text, limit) {
            let characters = 0..text.chars().count();
            return window(sheet, unit, characters, &after(picked, unit), limit);
        }
        spent += if spent < limit {
            count(&text) + UNIT_COST
        } else {
            1
        };
        if !shown.is_empty() && spent > limit {
            break;
        }
        shown.push((unit, text));
    }
    let rest = shown
        .last()
        .map(|&(unit, _)| after(picked, unit))
        .unwrap_or_default();
    Page {
        text: render(sheet, &shown),
        next: (!rest.is_empty()).then(|| ask(sheet, rest)),
    }
}

/// As many of one unit's characters (from 0) as fit, and how to get at the others and at `rest`.
pub(super) fn window(
    sheet: &Sheet<'_>,
    unit: usize,
    characters: Range<usize>,
    rest: &[Range<usize>],
    limit: usize,
) -> Page {
    let text = sheet.text(unit);
    let byte = |character: usize| {
        text.char_indices()
            .nth(character)
            .map_or(text.len(), |(at, _)| at)
    };
    let part = &text[byte(characters.start)..byte(characters.end)];
    let part = &part[..prefix(part, limit)];
    let (total, end) = (text.chars().count(), characters.start + part.chars().count());
    let place = place(sheet, &(unit + 1).to_string(), false);
    let heading = label(&format!(
        "{place}, characters {}-{end} of {total}",
        characters.start + 1
    ));
    let number = if sheet.unit == "row" {
        format!("{}: ", unit + 1)
    } else {
        String::new()
    };
    let same = (end < characters.end).then(|| match sheet.row(unit) {
        Some((_, path)) => format!("path {}", json::quote(&path)),
        None => ask_for(sheet, &format!("{}:{}-{}", unit + 1, end + 1, characters.end)),
    });
    let others = (!rest.is_empty()).then(|| ask(sheet, rest.to_vec()));
    Page {
        text: format!("{heading}\n{number}{part}"),
        next: then(same.into_iter().chain(others)),
    }
}

/// The picked units that answer a query best, in the order of the source; `None` when none does.
pub(super) fn search(sheet: &Sheet<'_>, picked: &[Range<usize>], query: &str, limit: usize) -> Option<Page> {
    let parsed = Query::new(Some(query), None);
    if parsed.is_empty() {
        return Some(read(sheet, picked, limit));
    }
    let chunks = sheet.chunks(picked);
    let hits = rank(sheet, &chunks, &parsed);
    let best = chunks[*hits.first()?].clone();
    let cost = |chunk: &Range<usize>| {
        chunk
            .clone()
            .map(|unit| count(&sheet.text(unit)) + UNIT_COST)
            .sum::<usize>()
    };
    if cost(&best) > limit {
        let mut page = match best.len() {
            1 => descend(sheet, best.start, query, limit),
            _ => read(sheet, from_ref(&best), limit),
        };
        page.next = then(page.next.into_iter().chain(further(sheet, &chunks, &hits[1..])));
        return Some(page);
    }
    let (mut spent, mut shown) = (0, Vec::new());
    for &hit in &hits {
        spent += cost(&chunks[hit]);
        if spent > limit {
            break;
        }
        shown.push(hit);
    }
    let next = further(sheet, &chunks, &hits[shown.len()..]);
    shown.sort_unstable();
    let shown: Vec<_> = shown
        .into_iter()
        .flat_map(|hit| chunks[hit].clone())
        .map(|unit| (unit, sheet.text(unit)))
        .collect();
    Some(Page {
        text: render(sheet, &shown),
        next,
    })
}

/// The unit that answers a query best, by itself.
pub(super) fn best(sheet: &Sheet<'_>, query: &str) -> Option<usize> {
    let query = Query::new(Some(query), None);
    let units: Vec<Range<usize>> = sheet.all().map(|unit| unit..unit + 1).collect();
    rank(sheet, &units, &query).first().copied()
}

/// How to ask for the hits that were not shown, the best of them.
fn further(sheet: &Sheet<'_>, chunks: &[Range<usize>], hits: &[usize]) -> Option<String> {
    let mut named: Vec<usize> = hits.iter().copied().take(MAX_NAMED).collect();
    named.sort_unstable();
    (!named.is_empty()).then(|| ask(sheet, named.into_iter().map(|hit| chunks[hit].clone()).collect()))
}

/// One thing to ask for after the other.
pub(super) fn then(asks: impl Iterator<Item = String>) -> Option<String> {
    let asks: Vec<String> = asks.collect();
    (!asks.is_empty()).then(|| asks.join(", then "))
}

/// The answer to a query that nothing matches.
pub(super) fn nothing(sheet: &Sheet<'_>, picked: &[Range<usize>], query: &str) -> Page {
    let place = place(sheet, &ranges::write(picked.to_vec()), true);
    Page {
        text: label(&format!("nothing in {place} matches {}", json::quote(query))),
        next: Some(ask(sheet, picked.to_vec())),
    }
}

/// Numbers of the chunks worth showing, best first: those with an anchor of the query, then by score.
fn rank(sheet: &Sheet<'_>, chunks: &[Range<usize>], query: &Query) -> Vec<usize> {
    let judge = Scorer::new(query);
    let texts: Vec<Cow<'_, str>> = chunks.iter().map(|chunk| sheet.chunk(chunk.clone())).collect();
    let anchored = judge.anchored(texts.iter().map(AsRef::as_ref));
    let scores = judge.bm25(texts.iter().map(AsRef::as_ref));
    let least = scores.iter().copied().fold(0.0, f64::max) * MIN_SCORE;
    let mut hits: Vec<usize> = (0..chunks.len())
        .filter(|&at| anchored[at] || (scores[at] > 0.0 && scores[at] >= least))
        .collect();
    hits.sort_by(|&a, &b| {
        let by_score = scores[b].partial_cmp(&scores[a]).unwrap_or(Ordering::Equal);
        anchored[b].cmp(&anchored[a]).then(by_score).then(a.cmp(&b))
    });
    hits
}

/// Searches inside a unit that is too large for a page.
fn descend(sheet: &Sheet<'_>, unit: usize, query: &str, limit: usize) -> Page {
    let Some((value, path)) = sheet.row(unit) else {
        return read(sheet, from_ref(&(unit..unit + 1)), limit);
    };
    let text = value.text();
    let inner = match &text {
        Some(text) => Sheet::lines(text, Some(path)),
        None if value.is_empty() => return read(sheet, from_ref(&(unit..unit + 1)), limit),
        None => Sheet::rows(value, path),
    };
    let all = 0..inner.len();
    // A key may have matched rather than anything below it.
    search(&inner, from_ref(&all), query, limit).unwrap_or_else(|| read(&inner, from_ref(&all), limit))
}

/// What of `picked` comes after a unit.
fn after(picked: &[Range<usize>], unit: usize) -> Vec<Range<usize>> {
    picked
        .iter()
        .map(|range| range.start.max(unit + 1)..range.end)
        .filter(|range| !range.is_empty())
        .collect()
}

/// Bytes of the longest prefix found that fits; at least one character.
fn prefix(text: &str, limit: usize) -> usize {
    let mut end = text.floor_char_boundary(limit.saturating_mul(8));
    while end > 4 && count(&text[..end]) > limit {
        end = text.floor_char_boundary(end - end / 4);
    }
    end.max(text.chars().next().map_or(0, char::len_utf8))
}

/// `rows 5-37 of 214 in $.items`.
fn place(sheet: &Sheet<'_>, numbers: &str, many: bool) -> String {
    let plural = if many { "s" } else { "" };
    let inside = sheet
        .path
        .as_ref()
        .map(|path| format!(" in {path}"))
        .unwrap_or_default();
    format!("{}{plural} {numbers} of {}{inside}", sheet.unit, sheet.len())
}

/// Units under headings that say which they are: one for numbered rows, one for each run of lines.
fn render(sheet: &Sheet<'_>, shown: &[(usize, Cow<'_, str>)]) -> String {
    let rows = sheet.unit == "row";
    let mut out = String::new();
    for run in shown.chunk_by(|before, here| rows || before.0 + 1 == here.0) {
        if !out.is_empty() {
            out.push('\n');
        }
        let numbers = ranges::write(run.iter().map(|(unit, _)| *unit..unit + 1));
        out.push_str(&label(&place(sheet, &numbers, run.len() > 1)));
        for (unit, text) in run {
            out.push('\n');
            if rows {
                // Writing to a String cannot fail.
                let _ = write!(out, "{}: ", unit + 1);
            }
            out.push_str(text);
        }
    }
    out
}

fn ask(sheet: &Sheet<'_>, units: Vec<Range<usize>>) -> String {
    ask_for(sheet, &ranges::write(units))
}

/// `path "$.items", rows "38-60"`.
pub(super) fn ask_for(sheet: &Sheet<'_>, numbers: &str) -> String {
    let path = sheet
        .path
        .as_ref()
        .map(|path| format!("path {}, ", json::quote(path)))
        .unwrap_or_default();
    format!("{path}{}s \"{numbers}\"", sheet.unit)
}
