//! Arrays whose objects come in several shapes: one table a shape, with the places of its rows.
//!
//! ```text
//! events: [5 items in groups]
//!  - 1-2,4: [3 rows] type=push|branch
//! main
//! dev
//! main
//!  - 3: like repository
//!   id: 7
//! ```

use std::collections::HashMap;

use super::hash::{self, FastHasher};
use crate::json::{Kind, Value};

/// A shape needs this many objects to be a table.
const FEWEST: usize = 3;
/// Tables have to take in this share of the items.
const SHARE: f64 = 0.6;

/// Items of one shape, or one item of a shape of its own; places count from 0.
pub(super) type Group = Vec<usize>;

/// The groups of an array in order of their first items; `None` where shapes do not explain it.
pub(super) fn of(array: Value<'_, '_>) -> Option<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: HashMap<u64, usize, FastHasher> = HashMap::default();
    for (at, item) in array.items().enumerate() {
        if item.kind() != Kind::Object || item.is_empty() {
            groups.push(vec![at]);
            continue;
        }
        let keys: Vec<&str> = item.entries().map(|(key, _)| key.raw()).collect();
        let group = *known.entry(hash::of_strs(&keys)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(at);
    }
    let tabled: usize = groups
        .iter()
        .filter(|group| group.len() >= FEWEST)
        .map(Vec::len)
        .sum();
    let wide = groups.len() > 1 && tabled as f64 >= SHARE * array.len() as f64;
    wide.then_some(groups)
}

/// Words at the head of the groups.
const TAIL: &str = " items in groups]";

/// The head of the groups of an array.
pub(super) fn head(count: usize) -> String {
    format!("[{count}{TAIL}")
}

/// Reads [`head`] back.
pub(super) fn read_count(text: &str) -> Option<usize> {
    text.strip_prefix('[')?.strip_suffix(TAIL)?.parse().ok()
}

/// Places as written, counted from 1: `1-3,7`.
pub(super) fn places_text(group: &[usize]) -> String {
    let mut text = String::new();
    let mut from = 0;
    while from < group.len() {
        let mut to = from;
        while to + 1 < group.len() && group[to + 1] == group[to] + 1 {
            to += 1;
        }
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&(group[from] + 1).to_string());
        if to > from {
            text.push('-');
            text.push_str(&(group[to] + 1).to_string());
        }
        from = to + 1;
    }
    text
}

/// Reads [`places_text`] back; `None` if malformed or beyond `count` items.
pub(super) fn read_places(text: &str, count: usize) -> Option<Group> {
    let mut group = Vec::new();
    for part in text.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to): (usize, usize) = (from.parse().ok()?, to.parse().ok()?);
        if from == 0 || from > to || to > count || group.len() > count {
            return None;
        }
        group.extend(from - 1..to);
    }
    Some(group)
}
