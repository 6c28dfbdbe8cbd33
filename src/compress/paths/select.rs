//! What to leave out of a list of paths when there is a way back.
//!
//! Folders are what a list is read for, so they stay; what fills a large one with files of one kind goes by count.
//! Always shown: paths the question or the call names, files of a kind or a pattern that is rare where they
//! stand, the ends of what is left out. Installed packages and caches are no part of what is worked on, unless
//! the list is of them.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use super::read::{Listing, Row};
use super::write::{ending, folder};
use crate::compress::Elision;
use crate::relevance::{Query, Scorer};

/// Fewer files of one kind in a folder are all shown: names that repeat a pattern, and names that do not.
const MANY_ALIKE: usize = 12;
const MANY: usize = 40;
/// What is shown of more.
const WITNESSES: usize = 4;
/// A list in no order has no folders to count in: its start stands for all.
const UNSORTED: usize = 24;
/// Names that repeat a pattern have at most one pattern in so many.
const PATTERN: usize = 4;
/// Kinds of at most this share of a folder are rare there; patterns at most one file in so many has, while they are
/// few together.
const RARE: f64 = 0.05;
const RARE_PATTERN: usize = 200;
const FEW_RARE: usize = 16;
/// Shorter gaps cost about as much as they save, in bytes.
const MARKER: usize = 120;

/// Folders that hold what was installed, cached or recorded.
const FOREIGN: &[&str] = &[
    ".cache",
    ".git",
    ".gradle",
    ".hg",
    ".mypy_cache",
    ".next",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".terraform",
    ".tox",
    ".venv",
    "__pycache__",
    "bower_components",
    "node_modules",
    "site-packages",
    "venv",
];

type Map<K, V> = HashMap<K, V, FixedState>;

/// Which rows are shown; `None`: all of them.
pub(super) fn select(listing: &Listing<'_>, query: &Query, elision: Elision) -> Option<Vec<bool>> {
    let rows = &listing.rows;
    let mut kept = vec![true; rows.len()];
    for group in groups(rows) {
        thin(rows, &group, elision, &mut kept);
    }
    if kept.iter().all(|kept| *kept) {
        return None;
    }
    keep_named(rows, &Scorer::new(query), &mut kept);
    close_small_gaps(rows, &mut kept);
    (!kept.iter().all(|kept| *kept)).then_some(kept)
}

/// Rows that are judged together: one kind in one folder, or what stands in a folder of foreign things.
fn groups(rows: &[Row<'_>]) -> Vec<Group> {
    const MOSTLY: usize = 10;
    let foreign: Vec<Option<&str>> = rows.iter().map(|row| foreign(&row.text)).collect();
    // A list mostly of such folders was made to see them.
    let others = foreign.iter().filter(|foreign| foreign.is_none()).count();
    let is_asked = others * MOSTLY < rows.len();
    let is_unsorted = is_unsorted(rows);
    let mut numbers: Map<(&str, &str), usize> = Map::default();
    let mut groups: Vec<Group> = Vec::new();
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.is_path) {
        let foreign = foreign[at].filter(|_| !is_asked);
        let key = match foreign {
            Some(folder) => (folder, ""),
            None if is_unsorted => ("", ""),
            None => (folder(&row.text), ending(&row.text)),
        };
        let next = groups.len();
        let number = *numbers.entry(key).or_insert(next);
        if number == next {
            groups.push(Group {
                rows: Vec::new(),
                is_foreign: foreign.is_some(),
                is_unsorted,
            });
        }
        groups[number].rows.push(at);
    }
    groups
}

#[derive(Debug)]
struct Group {
    rows: Vec<usize>,
    is_foreign: bool,
    is_unsorted: bool,
}

/// The part of a path up to the first folder of foreign things, where something stands in it.
fn foreign(path: &str) -> Option<&str> {
    let mut at = 0;
    for part in path.split('/') {
        let end = at + part.len();
        if end + 1 < path.len() && FOREIGN.contains(&part) {
            return Some(&path[..end]);
        }
        at = end + 1;
    }
    None
}

/// True when folders are come back to again and again, as where many threads print what they find.
fn is_unsorted(rows: &[Row<'_>]) -> bool {
    const MOST: usize = 5;
    let mut seen: HashSet<&str, FixedState> = HashSet::default();
    let (mut last, mut runs) = (None, 0);
    for row in rows.iter().filter(|row| row.is_path) {
        let folder = folder(&row.text);
        if last != Some(folder) {
            runs += 1;
            seen.insert(folder);
        }
        last = Some(folder);
    }
    // Most folders that are come back to by `find` are come back to once, after what is below them.
    runs * 2 > rows.len() && runs * (MOST - 1) > seen.len() * MOST
}

/// Leaves out what repeats in a group.
fn thin(rows: &[Row<'_>], group: &Group, elision: Elision, kept: &mut [bool]) {
    let count = group.rows.len();
    let shapes: Vec<String> = group.rows.iter().map(|at| shape(&rows[*at].text)).collect();
    let mut patterns: Map<&str, usize> = Map::default();
    for shape in &shapes {
        *patterns.entry(shape).or_default() += 1;
    }
    let are_alike = patterns.len() * PATTERN <= count;
    let least = if are_alike || group.is_foreign {
        MANY_ALIKE
    } else {
        MANY
    };
    if count < least {
        return;
    }
    let first = match (elision.target_ratio, group) {
        (Some(ratio), _) => (ratio * count as f64).ceil(),
        (
            None,
            Group {
                is_unsorted: true, ..
            },
        ) => UNSORTED as f64,
        (None, _) if are_alike || group.is_foreign => WITNESSES as f64,
        (None, _) => (count as f64).sqrt().max(2.0 * WITNESSES as f64),
    };
    let first = ((first * elision.bias) as usize).max(1);
    let mut kinds: Map<&str, usize> = Map::default();
    for at in &group.rows {
        *kinds.entry(ending(&rows[*at].text)).or_default() += 1;
    }
    let is_rare = |count_of: usize| count_of as f64 <= RARE * count as f64;
    let is_single = |count_of: usize| count_of <= 1 + count / RARE_PATTERN;
    let singles: usize = patterns.values().filter(|count| is_single(**count)).sum();
    let tell = are_alike && singles * FEW_RARE <= count;
    for (nth, (&at, shape)) in group.rows.iter().zip(&shapes).enumerate() {
        let is_odd = !group.is_foreign
            && ((tell && is_single(patterns[shape.as_str()])) || is_rare(kinds[ending(&rows[at].text)]));
        kept[at] = nth < first || nth + 1 == count || is_odd;
    }
}

/// The name of a file up to numbers and digests.
fn shape(path: &str) -> String {
    let name = &path[folder(path).len()..];
    let mut out = String::new();
    for (nth, part) in name.split(|c: char| !c.is_ascii_alphanumeric()).enumerate() {
        if nth > 0 {
            out.push('-');
        }
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        let is_digest = part.len() >= 7 && digits > 0 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_digest || (digits > 0 && digits == part.len()) {
            out.push('0');
            continue;
        }
        let mut before = ' ';
        for sign in part.chars() {
            let masked = if sign.is_ascii_digit() { '0' } else { sign };
            if masked != '0' || before != '0' {
                out.push(masked);
            }
            before = masked;
        }
    }
    out
}

/// Shows what the question or the call names.
fn keep_named(rows: &[Row<'_>], scorer: &Scorer, kept: &mut [bool]) {
    /// Words that are in more of the paths tell none apart.
    const TELLING: f64 = 0.25;
    let paths = || rows.iter().map(|row| &*row.text);
    let anchored = scorer.anchored(paths());
    let answers = scorer.bm25(paths());
    let matched = answers.iter().filter(|score| **score > 0.0).count();
    let best = answers.iter().copied().fold(0.0, f64::max);
    let enough = if matched as f64 <= TELLING * rows.len() as f64 {
        0.0
    } else {
        crate::compress::records::CLOSE * best
    };
    for (at, kept) in kept.iter_mut().enumerate() {
        let names = anchored[at] || (answers[at] > 0.0 && answers[at] >= enough && enough < best);
        *kept |= names || !rows[at].is_path;
    }
}

/// Keeps what would cost about as much to leave out.
fn close_small_gaps(rows: &[Row<'_>], kept: &mut [bool]) {
    let mut from = 0;
    while from < kept.len() {
        let to = (from..kept.len())
            .find(|at| kept[*at] != kept[from])
            .unwrap_or(kept.len());
        // Below its folder a path costs little more than its name.
        let size: usize = rows[from..to]
            .iter()
            .map(|row| row.text.len() - folder(&row.text).len() + 1)
            .sum();
        if !kept[from] && size < MARKER {
            kept[from..to].fill(true);
        }
        from = to;
    }
}
