//! The outline: a line an element, what is inside it one space further in, records as tables.
//!
//! ```text
//! rss version="2.0"
//!  channel
//!   title: News &amp; comment
//!   atom:link href="https://news.example.com/feed.xml" rel="self" /
//!   item: [60 rows] title|link=https://news.example.com/stories/…
//! Ferry cancelled|1037
//! ```
//!
//! What has no such line (text among elements, text of several lines, comments) stands as its XML.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::ops::Range;

use foldhash::fast::FixedState;

use super::read::{Content, Tree};
use super::select::Selector;
use super::table::{Signs, Table};
use super::{HEADER, LOSSLESS};
use crate::compress::places::{Places, widened};
use crate::compress::{Mark, Piece};

/// Texts of several lines from this many bytes on are long.
pub(super) const LONG: usize = 2048;

/// The pieces of a document; where `selector` says so, records are left out. `apart`: long texts are kept pieces.
pub(super) fn write(tree: &Tree<'_>, selector: Option<&Selector<'_>>, apart: bool) -> Vec<Piece> {
    let mut writer = Writer {
        tree,
        selector,
        apart,
        places: Places::new(tree.source),
        pieces: Vec::new(),
        text: String::with_capacity(tree.source.len() / 2),
        signs: Signs::default(),
        seen: HashSet::default(),
    };
    writer.nodes("", 0..tree.nodes.len(), 0);
    let mut header = format!(
        "{HEADER}{}. A line is an element: name, attributes, text; \" /\" is <a/>; what is inside is indented below",
        if writer.pieces.is_empty() {
            LOSSLESS
        } else {
            "parts left out"
        }
    );
    writer.signs.explain(&mut header);
    header.push_str("]\n");
    let Writer { mut pieces, text, .. } = writer;
    pieces.push(Piece::Text(text));
    if let Some(Piece::Text(first)) = pieces.first_mut() {
        first.insert_str(0, &header);
    }
    pieces
}

struct Writer<'w, 't> {
    tree: &'w Tree<'t>,
    selector: Option<&'w Selector<'w>>,
    apart: bool,
    places: Places<'t>,
    pieces: Vec<Piece>,
    text: String,
    signs: Signs,
    /// Runs that were written: names of parent and elements.
    seen: HashSet<(&'t str, &'t str), FixedState>,
}

impl<'t> Writer<'_, 't> {
    /// Writes the nodes between two places, all inside `parent`.
    fn nodes(&mut self, parent: &'t str, inside: Range<usize>, depth: usize) {
        let tree = self.tree;
        let all: Vec<usize> = tree
            .children(inside.start, inside.end)
            .filter(|at| !tree.is_layout(*at))
            .collect();
        for run in all.chunk_by(|a, b| tree.is_element(*a) && tree.name(*a) == tree.name(*b)) {
            let again = run.len() > 1 && !self.seen.insert((parent, tree.name(run[0])));
            let shown = self
                .selector
                .and_then(|selector| selector.shown(tree, run, again));
            match Table::of(tree, run) {
                Some(table) => self.table(&table, run, shown.as_deref(), depth),
                None => self.each(run, shown.as_deref(), |writer, nth| writer.node(run[nth], depth)),
            }
        }
    }

    /// Writes what is shown of a run of nodes, and gaps for the rest.
    fn each(&mut self, run: &[usize], shown: Option<&[bool]>, write: impl Fn(&mut Self, usize)) {
        let mut nth = 0;
        while nth < run.len() {
            let Some(shown) = shown.filter(|shown| !shown[nth]) else {
                write(self, nth);
                nth += 1;
                continue;
            };
            let end = (nth..run.len()).find(|next| shown[*next]).unwrap_or(run.len());
            self.gap(&run[nth..end]);
            nth = end;
        }
    }

    fn gap(&mut self, records: &[usize]) {
        let (first, last) = (records[0], records[records.len() - 1]);
        let range = self.tree.nodes[first].span.start..self.tree.nodes[last].span.end;
        let range = widened(self.tree.source, range);
        let note = format!(
            "{} {}, {}",
            records.len(),
            self.tree.name(first),
            self.places.note(range.clone())
        );
        self.pieces.push(Piece::Text(std::mem::take(&mut self.text)));
        self.pieces.push(Piece::Elide {
            range,
            note,
            mark: Mark::Whole,
        });
        self.text.push('\n');
    }

    fn table(&mut self, table: &Table<'_>, run: &[usize], shown: Option<&[bool]>, depth: usize) {
        self.signs.add(table.signs());
        self.indent(depth);
        self.text.push_str(self.tree.name(run[0]));
        // Writing to a String cannot fail.
        let _ = write!(self.text, ": [{} rows] ", run.len());
        table.head(&mut self.text);
        self.text.push('\n');
        self.each(run, shown, |writer, nth| {
            if table.row(nth, &mut writer.text) {
                writer.text.push('\n');
            } else {
                // Deeper than whatever may follow the table.
                writer.node(run[nth], depth + 1);
            }
        });
    }

    fn node(&mut self, at: usize, depth: usize) {
        let tree = self.tree;
        self.indent(depth);
        let content = tree.content(at);
        let one_line = |text: &str| !text.contains(['\n', '\r']);
        let attributes_fit = tree
            .attributes(at)
            .iter()
            .all(|attribute| one_line(tree.text(&attribute.value)));
        let fits = match content {
            Content::Mixed | Content::Data(_) => false,
            Content::Text(text) => one_line(text) && !text.starts_with('['),
            Content::Closed | Content::Empty | Content::Elements => true,
        };
        if !tree.is_element(at) || !attributes_fit || !fits {
            let is_text = matches!(content, Content::Text(_) | Content::Data(_));
            let span = &tree.nodes[at].span;
            if self.apart && is_text && span.len() >= LONG {
                self.pieces.push(Piece::Text(std::mem::take(&mut self.text)));
                self.pieces.push(Piece::Keep(span.clone()));
                self.text.push('\n');
            } else {
                self.source(span);
            }
            return;
        }
        self.text.push_str(tree.name(at));
        for attribute in tree.attributes(at) {
            self.text.push(' ');
            self.text.push_str(tree.text(&attribute.name));
            self.text.push('=');
            self.text
                .push_str(tree.text(&(attribute.value.start - 1..attribute.value.end + 1)));
        }
        match content {
            Content::Closed => self.text.push_str(" /\n"),
            Content::Empty => self.text.push_str(":\n"),
            Content::Text(text) => {
                self.text.push_str(": ");
                self.text.push_str(text);
                self.text.push('\n');
            }
            _ => {
                self.text.push('\n');
                self.nodes(tree.name(at), at + 1..tree.nodes[at].until, depth + 1);
            }
        }
    }

    fn source(&mut self, span: &Range<usize>) {
        self.text.push_str(self.tree.text(span));
        self.text.push('\n');
    }

    fn indent(&mut self, depth: usize) {
        self.text.extend(std::iter::repeat_n(' ', depth));
    }
}
