//! An original as numbered units: lines of a text, rows of an array, members of an object.

use std::borrow::Cow;
use std::ops::Range;

use super::path::{Place, with_index, with_key};
use crate::json::{Document, Kind, Value, compact_into};

/// Longest run of lines without a blank one that still reads as a paragraph, on average.
const PARAGRAPH_LINES: usize = 30;

/// Units in order, and how to ask for them.
pub(super) struct Sheet<'t> {
    /// `row` or `line`.
    pub(super) unit: &'static str,
    /// Where the units are, unless it is the whole original.
    pub(super) path: Option<String>,
    /// Source of each unit.
    units: Vec<&'t str>,
    /// The container whose items or members the rows are.
    container: Option<Value<'t, 't>>,
}

impl<'t> Sheet<'t> {
    /// The lines of a text. A line ends with `\n`; the last one need not.
    pub(super) fn lines(text: &'t str, path: Option<String>) -> Self {
        let units = text.strip_suffix('\n').unwrap_or(text).split('\n').collect();
        Self {
            unit: "line",
            path,
            units,
            container: None,
        }
    }

    /// The items of an array or the members of an object.
    pub(super) fn rows(value: Value<'t, 't>, path: String) -> Self {
        let items = value.items().map(|item| item.raw());
        let base = value.span().start;
        let members = value
            .entries()
            .map(|(key, member)| &value.raw()[key.span().start - base..member.span().end - base]);
        Self {
            unit: "row",
            path: Some(path).filter(|path| path != "$"),
            units: items.chain(members).collect(),
            container: Some(value),
        }
    }

    /// Every unit.
    pub(super) fn all(&self) -> Range<usize> {
        0..self.units.len()
    }

    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    /// A unit as it is shown: verbatim, rows on one line.
    pub(super) fn text(&self, unit: usize) -> Cow<'t, str> {
        let raw = self.units[unit];
        if self.container.is_none() {
            return Cow::Borrowed(raw);
        }
        let mut text = String::with_capacity(raw.len());
        compact_into(raw, &mut text);
        Cow::Owned(text)
    }

    /// The value of a row and its path; `None` for lines, and for a key that is not Unicode.
    pub(super) fn row(&self, unit: usize) -> Option<(Value<'t, 't>, String)> {
        let container = self.container?;
        let path = self.path.as_deref().unwrap_or("$");
        if container.kind() == Kind::Array {
            return Some((container.at(unit)?, with_index(path, unit)));
        }
        let (key, value) = container.entries().nth(unit)?;
        Some((value, with_key(path, &key.text()?)))
    }

    /// The source of neighbouring units.
    pub(super) fn chunk(&self, units: Range<usize>) -> Cow<'t, str> {
        match self.units.get(units) {
            Some([one]) => Cow::Borrowed(one),
            Some(units) => Cow::Owned(units.join("\n")),
            None => Cow::Borrowed(""),
        }
    }

    /// What is found and shown as one: rows; paragraphs of a text that has them; else lines.
    pub(super) fn chunks(&self, picked: &[Range<usize>]) -> Vec<Range<usize>> {
        let single = || {
            picked
                .iter()
                .cloned()
                .flatten()
                .map(|unit| unit..unit + 1)
                .collect()
        };
        if self.container.is_some() {
            return single();
        }
        let mut paragraphs: Vec<Range<usize>> = Vec::new();
        let mut open = false;
        for line in picked.iter().cloned().flatten() {
            let blank = self.units[line].trim().is_empty();
            match paragraphs.last_mut() {
                Some(last) if open && !blank && last.end == line => last.end += 1,
                _ if !blank => paragraphs.push(line..line + 1),
                _ => {}
            }
            open = !blank;
        }
        let lines: usize = paragraphs.iter().map(ExactSizeIterator::len).sum();
        if paragraphs.len() > 1 && lines > paragraphs.len() && lines <= PARAGRAPH_LINES * paragraphs.len() {
            paragraphs
        } else {
            single()
        }
    }
}

/// Where the rows of a document are when no path says so: the root array, else the largest array of
/// objects, else the members of the root.
pub(super) fn main_place<'t>(document: &'t Document<'t>) -> Place<'t, 't> {
    let root = Place {
        value: document.root(),
        path: "$".to_owned(),
        items: None,
    };
    let mut best = None;
    if root.value.kind() == Kind::Object {
        largest(root.value, "$", &mut best);
    }
    best.unwrap_or(root)
}

/// Finds the array of objects with the longest source. An array that is one is not looked into: what is
/// inside is smaller.
fn largest<'t>(value: Value<'t, 't>, path: &str, best: &mut Option<Place<'t, 't>>) {
    let size = |value: Value<'_, '_>| value.span().len();
    if best.as_ref().is_some_and(|best| size(best.value) >= size(value)) {
        return;
    }
    if value.kind() == Kind::Array
        && !value.is_empty()
        && value.items().all(|item| item.kind() == Kind::Object)
    {
        *best = Some(Place {
            value,
            path: path.to_owned(),
            items: None,
        });
        return;
    }
    for (index, item) in value.items().enumerate().filter(|(_, item)| !item.is_empty()) {
        largest(item, &with_index(path, index), best);
    }
    for (key, member) in value.entries().filter(|(_, member)| !member.is_empty()) {
        if let Some(key) = key.text() {
            largest(member, &with_key(path, &key), best);
        }
    }
}
