//! Records that always stay: errors, rare values, outliers, change points, odd shapes.

use std::collections::HashMap;

use super::super::hash::{self, FastHasher};
use super::columns::{Column, Columns};

use crate::json::{Kind, Value};
use crate::signal::{is_failure, mentions_error};

/// A value or shape is rare when at most this share of the records has it …
const RARE: f64 = 0.02;
/// … or no more than two of at least twenty: a share of a small collection says little, and a pair (an error and
/// its retry) is no habit yet.
const PAIR: f64 = 0.1;
/// A column is categorical when this many values cover this share of its cells …
const TOP: usize = 5;
const COVERED: f64 = 0.8;
/// … and it has at most this many values.
const MOST_VALUES: usize = 50;
/// Tukey's "far out" fence: this many interquartile ranges outside the quartiles.
const FENCE: f64 = 3.0;
/// Words in free text point to errors only while few records have them: a manual is no log.
const TELLING: f64 = 0.3;
/// A series that changes its level more often than this is just uneven.
const MOST_CHANGES: usize = 8;
/// Records on each side that are compared for a change of level.
const WINDOW: usize = 5;

/// Which records carry signal.
pub(super) fn find(records: &[Value<'_, '_>], columns: &Columns<'_, '_>) -> Vec<bool> {
    let mut kept = vec![false; records.len()];
    errors(columns, &mut kept);
    odd_shapes(records, &mut kept);
    for column in &columns.columns {
        odd_kinds(column, &mut kept);
        if !rare_values(column, columns.records, &mut kept) {
            numbers(column, &mut kept);
        }
    }
    kept
}

fn errors(columns: &Columns<'_, '_>, kept: &mut [bool]) {
    let mut mentioned = vec![false; kept.len()];
    for column in &columns.columns {
        let field = Field::of(column.key);
        for &(record, value) in &column.cells {
            if field.states_error(value) {
                kept[record] = true;
            } else if value.kind() == Kind::String && mentions_error(value.raw()) {
                mentioned[record] = true;
            }
        }
    }
    let count = mentioned.iter().filter(|mentioned| **mentioned).count();
    if (count as f64) <= TELLING * kept.len() as f64 {
        kept.iter_mut()
            .zip(mentioned)
            .for_each(|(kept, mentioned)| *kept |= mentioned);
    }
}

/// What a key says about its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    /// `error`, `errors`, `error_message`, `lastException`, `failed`: filled means failed.
    Error,
    /// `success`, `ok`, `passed`, `valid`, `healthy`: false means failed.
    Success,
    /// `exit_code`, `returncode`: anything but 0 means failed.
    Exit,
    /// `status`, `statusCode`, `http_code`: 400 to 599 means failed.
    Status,
    /// Any other key.
    Other,
}

impl Field {
    fn of(key: &str) -> Self {
        const ERRORS: [&str; 8] = [
            "error",
            "exception",
            "failure",
            "failed",
            "traceback",
            "stacktrace",
            "stack_trace",
            "crash",
        ];
        const SUCCESSES: [&str; 6] = ["success", "succeeded", "passed", "valid", "healthy", "alive"];
        const EXITS: [&str; 5] = ["exitcode", "exit_code", "exitstatus", "returncode", "return_code"];
        let key = key.to_ascii_lowercase();
        let holds = |names: &[&str]| names.iter().any(|name| key.contains(name));
        match key.as_str() {
            "ok" => Self::Success,
            "code" => Self::Status,
            "rc" => Self::Exit,
            _ if holds(&EXITS) => Self::Exit,
            _ if holds(&ERRORS) => Self::Error,
            _ if key.contains("invalid") || key.contains("unhealthy") => Self::Error,
            _ if holds(&SUCCESSES) => Self::Success,
            _ if key.contains("status") || key.contains("http_code") || key.contains("response_code") => {
                Self::Status
            }
            _ => Self::Other,
        }
    }

    /// True when a value of this field says that something failed.
    fn states_error(self, value: Value<'_, '_>) -> bool {
        let text = value.raw().trim_matches('"');
        let no = ["", "0", "none", "null", "ok", "no", "false", "[]", "{}"];
        let is_no = no.iter().any(|word| text.eq_ignore_ascii_case(word));
        let number = text.parse::<f64>().ok();
        let said = value.kind() == Kind::String && is_failure(text);
        said || match self {
            Self::Error => !is_no && number != Some(0.0) && !(is_container(value) && value.is_empty()),
            Self::Success => {
                text.eq_ignore_ascii_case("false") || text.eq_ignore_ascii_case("no") || number == Some(0.0)
            }
            Self::Exit => number.is_some_and(|code| code != 0.0),
            Self::Status => number.is_some_and(|code| (400.0..600.0).contains(&code)),
            Self::Other => false,
        }
    }
}

fn is_container(value: Value<'_, '_>) -> bool {
    matches!(value.kind(), Kind::Array | Kind::Object)
}

fn odd_shapes(records: &[Value<'_, '_>], kept: &mut [bool]) {
    let shapes: Vec<u64> = records
        .iter()
        .map(|record| {
            let keys: Vec<&str> = record.entries().map(|(key, _)| key.raw()).collect();
            hash::of_strs(&keys) ^ (record.kind() as u64)
        })
        .collect();
    let mut counts: HashMap<u64, usize, FastHasher> = HashMap::default();
    for shape in &shapes {
        *counts.entry(*shape).or_insert(0) += 1;
    }
    // Where every record has its own shape, none is odd.
    if counts.len() <= 1 || counts.len() * 2 > records.len() {
        return;
    }
    for (kept, shape) in kept.iter_mut().zip(&shapes) {
        *kept |= is_rare(counts[shape], records.len());
    }
}

/// Marks cells of another kind than nearly all of their column: a text among numbers, a null among texts.
fn odd_kinds(column: &Column<'_, '_>, kept: &mut [bool]) {
    let mut counts: HashMap<Kind, usize, FastHasher> = HashMap::default();
    for (_, value) in &column.cells {
        *counts.entry(value.kind()).or_insert(0) += 1;
    }
    for (record, value) in column.cells.iter().filter(|_| counts.len() > 1) {
        kept[*record] |= is_rare(counts[&value.kind()], column.cells.len());
    }
}

fn is_rare(count: usize, records: usize) -> bool {
    let pair = ((records as f64 * PAIR) as usize).clamp(1, 2);
    count <= ((records as f64 * RARE) as usize).max(pair)
}

/// Marks rare values of a categorical column, and where its value changes if it does so seldom. `false`
/// when the column is not categorical.
fn rare_values(column: &Column<'_, '_>, records: usize, kept: &mut [bool]) -> bool {
    let mut counts: HashMap<&str, usize, FastHasher> = HashMap::default();
    for (_, value) in &column.cells {
        *counts.entry(value.raw()).or_insert(0) += 1;
        if counts.len() > MOST_VALUES {
            return false;
        }
    }
    let mut sizes: Vec<usize> = counts.values().copied().collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let top: usize = sizes.iter().take(TOP).sum();
    if counts.len() < 2 || (top as f64) < COVERED * column.cells.len() as f64 {
        return counts.len() < 2;
    }
    for (record, value) in &column.cells {
        kept[*record] |= is_rare(counts[value.raw()], records);
    }
    let changes: Vec<usize> = column
        .cells
        .windows(2)
        .filter(|pair| pair[0].1.raw() != pair[1].1.raw())
        .map(|pair| pair[1].0)
        .collect();
    if changes.len() <= counts.len() {
        for record in changes {
            kept[record] = true;
        }
    }
    true
}

/// Marks far-out numbers and changes of level.
fn numbers(column: &Column<'_, '_>, kept: &mut [bool]) {
    let cells: Vec<(usize, f64)> = column
        .cells
        .iter()
        .filter(|(_, value)| value.kind() == Kind::Number)
        .filter_map(|(record, value)| Some((*record, value.raw().parse::<f64>().ok()?)))
        .filter(|(_, number)| number.is_finite())
        .collect();
    if cells.len() < 2 * WINDOW || cells.len() * 2 < column.cells.len() {
        return;
    }
    let mut sorted: Vec<f64> = cells.iter().map(|(_, number)| *number).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (low, high) = (sorted[sorted.len() / 4], sorted[sorted.len() * 3 / 4]);
    let range = high - low;
    if range <= 0.0 {
        // Most are equal: whatever differs is told by rarity, if it is rare.
        let odd: Vec<usize> = cells
            .iter()
            .filter(|(_, number)| number.total_cmp(&low).is_ne())
            .map(|(record, _)| *record)
            .collect();
        if is_rare(odd.len(), cells.len()) {
            for record in odd {
                kept[record] = true;
            }
        }
        return;
    }
    let mut far: Vec<(f64, usize)> = cells
        .iter()
        .map(|(record, number)| (((low - number).max(number - high)) / range, *record))
        .filter(|(distance, _)| *distance > FENCE)
        .collect();
    // A heavy tail is a shape, not a set of outliers: its ends stand for it.
    far.sort_by(|a, b| b.0.total_cmp(&a.0));
    let most = ((cells.len() as f64 * RARE) as usize).max(2);
    far.iter().take(most).for_each(|(_, record)| kept[*record] = true);
    level_changes(&cells, kept);
}

/// Marks where the level of a series changes: the means of the windows on both sides differ by far more than
/// neighbours do. The spread of neighbours is the noise here, as a change of level widens every other measure.
fn level_changes(cells: &[(usize, f64)], kept: &mut [bool]) {
    let rises = cells.windows(2).all(|pair| pair[0].1 <= pair[1].1);
    let falls = cells.windows(2).all(|pair| pair[0].1 >= pair[1].1);
    if rises || falls {
        return;
    }
    let mut steps: Vec<f64> = cells
        .windows(2)
        .map(|pair| (pair[1].1 - pair[0].1).abs())
        .collect();
    steps.sort_unstable_by(f64::total_cmp);
    let noise = steps[steps.len() / 2];
    let mean = |part: &[(usize, f64)]| part.iter().map(|(_, number)| number).sum::<f64>() / part.len() as f64;
    let jump = |at: usize| (mean(&cells[at..at + WINDOW]) - mean(&cells[at - WINDOW..at])).abs();
    let jumps: Vec<f64> = (WINDOW..=cells.len() - WINDOW).map(jump).collect();
    let mut found = 0;
    for at in 0..jumps.len() {
        let near = &jumps[at.saturating_sub(WINDOW)..(at + WINDOW + 1).min(jumps.len())];
        let highest = near.iter().all(|other| *other <= jumps[at]) && (at == 0 || jumps[at - 1] < jumps[at]);
        if noise > 0.0 && jumps[at] > FENCE * noise && highest && found < MOST_CHANGES {
            kept[cells[at + WINDOW].0] = true;
            found += 1;
        }
    }
}
