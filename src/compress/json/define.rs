//! What is said once at the top and referred to by number: common starts of URIs, and long texts that
//! stand in many places.
//!
//! ```text
//! ${1} = https://api.example.com/repos/acme/site
//! ${2} = Delivered to the front desk
//! ```

use std::borrow::Cow;
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::HashMap;

use super::hash::FastHasher;
use super::spell::{self, Place};
use super::table::{Row, Rule, Table};
use super::template::is_uri;
use super::tree::{Node, Tree};
use crate::json::{Kind, Value};
use crate::signal::mentions_error;

/// More definitions than this are a cipher.
const MOST: usize = 9;
/// A definition has to save this many bytes beyond its own line.
const WORTH: usize = 24;
/// Bytes of a reference `${1}`.
const REFERENCE: usize = 4;
/// Parts of a URI, and bytes, that a common start is looked for in.
const MOST_PARTS: usize = 10;
const LONGEST_START: usize = 256;
/// Shorter texts are read faster than looked up.
const LONG: usize = 24;

/// The definitions of one outline, and which were used.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    texts: Vec<Definition>,
    used: RefCell<Vec<bool>>,
}

#[derive(Debug)]
struct Definition {
    text: String,
    /// Stands for the start of longer texts too, where a new part begins.
    start: bool,
}

impl Definition {
    fn fits(&self, text: &str) -> bool {
        if self.start {
            is_start(&self.text, text)
        } else {
            self.text == text
        }
    }
}

impl Definitions {
    /// Finds what saves most over all texts the outline will show.
    pub(super) fn mine(tree: &Tree<'_, '_>) -> Self {
        let mut shown = Shown::default();
        shown.collect(tree, &tree.root);
        let mut texts: Vec<Definition> = Vec::new();
        while texts.len() < MOST {
            let Some(best) = best_start(&shown.uris) else {
                break;
            };
            shown.uris.retain(|text| !is_start(best, text));
            texts.push(Definition {
                text: best.to_owned(),
                start: true,
            });
        }
        let room = MOST - texts.len();
        let repeated = most_repeated(&shown.texts, room).into_iter();
        texts.extend(repeated.map(|text| Definition {
            text: text.to_owned(),
            start: false,
        }));
        let used = RefCell::new(vec![false; texts.len()]);
        Self { texts, used }
    }

    /// A written scalar, or its start, replaced by a reference where a definition fits.
    pub(super) fn shorten<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let fitting = self
            .texts
            .iter()
            .enumerate()
            .filter(|(_, definition)| definition.fits(text));
        let Some((at, definition)) = fitting.max_by_key(|(_, definition)| definition.text.len()) else {
            return Cow::Borrowed(text);
        };
        self.used.borrow_mut()[at] = true;
        Cow::Owned(format!("${{{}}}{}", at + 1, &text[definition.text.len()..]))
    }

    /// Number and text of every definition that was used.
    pub(super) fn used(&self) -> Vec<(usize, &str)> {
        let used = self.used.borrow();
        let numbered = self.texts.iter().enumerate().filter(|(at, _)| used[*at]);
        numbered
            .map(|(at, definition)| (at + 1, definition.text.as_str()))
            .collect()
    }
}

/// What stands in full in the outline, without quotes.
#[derive(Default)]
struct Shown<'t> {
    /// URIs, up to their first reference.
    uris: Vec<&'t str>,
    /// Other long texts.
    texts: Vec<&'t str>,
}

impl<'t> Shown<'t> {
    fn collect(&mut self, tree: &'t Tree<'_, '_>, node: &'t Node<'_, '_>) {
        match node {
            Node::Scalar(text) => self.scalar(text),
            Node::Object(id) => {
                let object = &tree.objects[*id];
                match &object.like {
                    Some((_, changed)) => {
                        for at in changed {
                            self.collect(tree, &object.members[*at].node);
                        }
                    }
                    None => object
                        .members
                        .iter()
                        .for_each(|member| self.collect(tree, &member.node)),
                }
            }
            Node::Groups(_, groups) => groups.iter().for_each(|(_, node)| self.collect(tree, node)),
            Node::Items(items) => items.iter().for_each(|item| self.collect(tree, item)),
            Node::Table(table, _) => self.table(table),
            _ => {}
        }
    }

    fn scalar(&mut self, text: &'t str) {
        let literal = text.split("${").next().unwrap_or_default();
        if is_uri(literal) {
            self.uris.push(literal);
        } else if literal.len() == text.len() && is_long(text) && spell::is_bare(text, Place::Line) {
            self.texts.push(text);
        }
    }

    fn table(&mut self, table: &'t Table<'_, '_>) {
        for column in table.columns.iter().filter(|column| column.rule == Rule::Cells) {
            let mut above = "";
            for row in &table.rows {
                let Row::Record(at) = row else { continue };
                let text = column.cells[*at].map_or("", bare_cell);
                // A repeated cell is a ditto and costs nothing.
                if text != above && is_uri(text) {
                    self.uris.push(text);
                } else if text != above && is_long(text) {
                    self.texts.push(text);
                }
                above = text;
            }
        }
    }
}

/// True for texts worth saying once. What tells of a failure is said where it happened (law 6).
fn is_long(text: &str) -> bool {
    text.len() >= LONG && !mentions_error(text)
}

/// A string cell that is written as it stands in the source; empty for others.
fn bare_cell<'a>(cell: Value<'_, 'a>) -> &'a str {
    let inner = cell.raw().trim_matches('"');
    let plain = cell.kind() == Kind::String && inner.len() + 2 == cell.raw().len() && !inner.contains('\\');
    if plain && spell::is_bare(inner, Place::Cell) {
        inner
    } else {
        ""
    }
}

/// The start, ending before a `/`, that saves most if every text that has it refers to it.
fn best_start<'t>(texts: &[&'t str]) -> Option<&'t str> {
    let mut counts: HashMap<&str, usize, FastHasher> = HashMap::default();
    let mut order: Vec<&str> = Vec::new();
    for text in texts {
        let from = text.find("://").map_or(0, |at| at + 3);
        let slashes = text[from..].match_indices('/').chain([(text.len() - from, "")]);
        for (at, _) in slashes
            .take(MOST_PARTS)
            .take_while(|(at, _)| from + at <= LONGEST_START)
        {
            let start = &text[..from + at];
            let count = counts.entry(start).or_insert(0);
            if *count == 0 {
                order.push(start);
            }
            *count += 1;
        }
    }
    // First come, first served among equals, so that the choice never hangs on a map's order.
    let worth = order
        .into_iter()
        .filter_map(|start| Some((saved(start, counts[start])?, start)));
    worth
        .rev()
        .max_by_key(|(saved, _)| *saved)
        .map(|(_, start)| start)
}

/// The texts that save most when said once, best first, at most `room`.
fn most_repeated<'t>(texts: &[&'t str], room: usize) -> Vec<&'t str> {
    let mut counts: HashMap<&str, usize, FastHasher> = HashMap::default();
    let mut order: Vec<&str> = Vec::new();
    for text in texts {
        let count = counts.entry(text).or_insert(0);
        if *count == 0 {
            order.push(text);
        }
        *count += 1;
    }
    let mut worth: Vec<(usize, &str)> = order
        .into_iter()
        .filter_map(|text| Some((saved(text, counts[text])?, text)))
        .collect();
    worth.sort_by_key(|(saved, _)| Reverse(*saved));
    worth.truncate(room);
    worth.into_iter().map(|(_, text)| text).collect()
}

/// Bytes saved by `count` references to a text, its definition paid; `None` if that is not enough.
fn saved(text: &str, count: usize) -> Option<usize> {
    (count * text.len().saturating_sub(REFERENCE)).checked_sub(text.len() + WORTH)
}

/// True when `text` starts with `start` and a new part begins there.
fn is_start(start: &str, text: &str) -> bool {
    text.strip_prefix(start)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
