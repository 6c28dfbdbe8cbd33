//! An element as the cells of a row: its attributes and the texts in it, each under its path.
//!
//! ```text
//! <item id="7"><title>x</title><by href="y"/></item>      @id = 7, title = x, by@href = y, by = /
//! ```
//!
//! A path that occurs again says so: `tag`, `tag#2`. A cell is a text as it is spelled; `/` is `<a/>`, `""` is
//! `<a></a>`, nothing is an element that is not there.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::read::{Content, Tree};
use crate::json;

/// Most cells of a record that still reads as a row.
const MOST: usize = 64;
/// How deep records may nest.
const DEEPEST: usize = 4;
/// How often one name may occur beside itself.
const MOST_ALIKE: usize = 8;

/// The cell of `<a/>`.
pub(super) const CLOSED: &str = "/";
/// The cell of `<a></a>` and `a=""`.
pub(super) const EMPTY: &str = "\"\"";

/// What a path ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum End<'t> {
    /// An element that holds others; it has no cell.
    Element(&'t str, usize),
    /// Its text.
    Text,
    Data,
    /// An attribute, and its quotation mark.
    Attribute(&'t str, u8),
}

/// All paths of some records, as numbers.
#[derive(Debug, Default)]
pub(super) struct Paths<'t> {
    numbers: HashMap<(usize, End<'t>), usize, FixedState>,
    names: Vec<String>,
}

impl<'t> Paths<'t> {
    /// The path of a number, as heads of columns spell it.
    pub(super) fn name(&self, number: usize) -> &str {
        &self.names[number]
    }

    fn number(&mut self, parent: usize, end: End<'t>) -> usize {
        let Self { numbers, names } = self;
        *numbers.entry((parent, end)).or_insert_with(|| {
            let outer = names.get(parent).map_or("", String::as_str);
            let slash = if outer.is_empty() { "" } else { "/" };
            let own = |outer: &str| if outer.is_empty() { "." } else { outer }.to_owned();
            let name = match end {
                End::Element(name, 1) => format!("{outer}{slash}{name}"),
                End::Element(name, nth) => format!("{outer}{slash}{name}#{nth}"),
                End::Text => own(outer),
                End::Data => own(outer) + "(cdata)",
                End::Attribute(name, b'"') => format!("{outer}@{name}"),
                End::Attribute(name, _) => format!("{outer}@{name}'"),
            };
            names.push(name);
            names.len() - 1
        })
    }
}

/// A cell: the number of its path and how it is spelled.
pub(super) type Cell<'t> = (usize, Cow<'t, str>);

/// The cells of an element in document order; `None` when it is no record.
pub(super) fn cells<'t>(tree: &Tree<'t>, at: usize, paths: &mut Paths<'t>) -> Option<Vec<Cell<'t>>> {
    let mut cells = Vec::new();
    read(tree, at, usize::MAX, 0, paths, &mut cells)?;
    Some(cells)
}

fn read<'t>(
    tree: &Tree<'t>,
    at: usize,
    path: usize,
    depth: usize,
    paths: &mut Paths<'t>,
    cells: &mut Vec<Cell<'t>>,
) -> Option<()> {
    for attribute in tree.attributes(at) {
        let quote = tree.source.as_bytes()[attribute.value.start - 1];
        let number = paths.number(path, End::Attribute(tree.text(&attribute.name), quote));
        cells.push((number, spell(tree.text(&attribute.value))));
    }
    let (end, cell) = match tree.content(at) {
        Content::Closed => (End::Text, CLOSED.into()),
        Content::Empty => (End::Text, EMPTY.into()),
        Content::Text(text) => (End::Text, spell(text)),
        Content::Data(text) => (End::Data, spell(text)),
        Content::Mixed => return None,
        Content::Elements if depth == DEEPEST => return None,
        Content::Elements => return children(tree, at, path, depth, paths, cells),
    };
    cells.push((paths.number(path, end), cell));
    (cells.len() <= MOST).then_some(())
}

fn children<'t>(
    tree: &Tree<'t>,
    at: usize,
    path: usize,
    depth: usize,
    paths: &mut Paths<'t>,
    cells: &mut Vec<Cell<'t>>,
) -> Option<()> {
    let mut seen: Vec<(&str, usize)> = Vec::new();
    for child in tree.inside(at) {
        if tree.is_layout(child) {
            continue;
        }
        let name = tree.name(child);
        if name.is_empty() {
            return None;
        }
        let known = seen.iter().position(|(known, _)| *known == name);
        let at = known.unwrap_or_else(|| {
            seen.push((name, 0));
            seen.len() - 1
        });
        seen[at].1 += 1;
        let nth = seen[at].1;
        if nth > MOST_ALIKE || seen.len() > MOST {
            return None;
        }
        let number = paths.number(path, End::Element(name, nth));
        read(tree, child, number, depth + 1, paths, cells)?;
    }
    Some(())
}

/// A text as a cell.
pub(super) fn spell(text: &str) -> Cow<'_, str> {
    let quoted =
        text.is_empty() || text == CLOSED || text.starts_with(['"', ' ']) || text.contains(['|', '\n', '\r']);
    if quoted {
        Cow::Owned(json::quote(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text of a cell that is neither absent nor [`CLOSED`].
pub(super) fn unspell(cell: &str) -> Option<Cow<'_, str>> {
    if !cell.starts_with('"') {
        return Some(Cow::Borrowed(cell));
    }
    let document = json::Document::parse(cell).ok()?;
    document.root().text().map(|text| Cow::Owned(text.into_owned()))
}
