//! The outline as text.
//!
//! ```text
//! [headroom: JSON outline, all but whitespace. …]
//! ${1} = https://api.example.com/repos/acme
//! action: opened
//! issue:
//!  url: ${1}/site/issues/7
//!  events_url: ${url}/events
//!  user:
//!   login: ada
//!  labels: [2 rows] id|name|default=false
//! 11|bug
//! 12|docs
//! sender: like issue.user
//!  login: bob
//! ```
//!
//! One space a level: the tokenizers merge `newline` and ` key` into two tokens at depth one, while wider
//! steps cost one more on every line. Rows are not indented at all; their number stands in the head.

mod table;

use std::fmt;
use std::ops::Range;

use super::cut::Cuts;
use super::define::Definitions;
use super::embed::Embedding;
use super::group::{self, Group};
use super::select::{self, Eliding};
use super::spell::{self, Place, Style};
use super::tree::{self, Node, PathId, Tree};
use crate::compress::{Mark, Piece};
use crate::json::{self, Document, Value};

/// How every outline starts.
pub(super) const HEADER: &str = "[headroom: JSON outline, ";
/// How every outline of JSON lines starts.
pub(super) const SEQUENCE_HEADER: &str = "[headroom: JSON lines as an outline, ";
/// How it goes on where nothing was left out.
pub(super) const LOSSLESS: &str = "all but whitespace.";
/// How it goes on where parts are missing.
const LOSSY: &str = "parts left out.";
/// Names the escapes of the source in the header.
pub(super) const ESCAPES: &str = " Escapes: ";
/// Characters of a long string that are shown.
const HEAD_CHARS: usize = 120;

/// A sign the header explains when the outline uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Reference,
    Like,
    Constant,
    Absent,
    Cell,
    Text,
    Ditto,
    Steps,
    Shape,
    Size,
}

/// The signs in the order they are explained.
const LEGEND: [(Sign, &str); 10] = [
    (
        Sign::Reference,
        " ${x}: the value of x in the same object or row.",
    ),
    (
        Sign::Like,
        " like p: the lines of p, with ${x} taken here, but for those below.",
    ),
    (Sign::Constant, " name=value: the same in every row."),
    (Sign::Absent, " Empty cell: no such key."),
    (Sign::Cell, " ${}: the cell."),
    (Sign::Text, " name=${}: its cells are text."),
    (Sign::Ditto, " ^: the cell above."),
    (Sign::Steps, " (a step b): counts from a."),
    (Sign::Shape, " name={a,b}: objects with these keys, values only."),
    (Sign::Size, " …n: n more characters left out."),
];

/// Writes a tree as pieces.
pub(super) fn write(
    tree: &Tree<'_, '_>,
    style: Style,
    cuts: &Cuts,
    eliding: Option<Eliding<'_>>,
) -> Vec<Piece> {
    let mut writer = Writer {
        at: Vec::new(),
        eliding,
        within: None,
        tree,
        style,
        cuts,
        definitions: Definitions::mine(tree),
        pieces: Vec::new(),
        text: String::new(),
        used: Vec::new(),
        lost: false,
    };
    writer.root();
    let header = writer.header();
    writer.flush();
    let mut pieces = writer.pieces;
    match pieces.first_mut() {
        Some(Piece::Text(first)) => first.insert_str(0, &header),
        _ => pieces.insert(0, Piece::Text(header)),
    }
    pieces
}

/// An outline without the explanations that stand in an outline of `earlier` already; `None` for other texts,
/// and where there is nothing to drop.
pub fn brief<'t>(text: &str, earlier: impl Iterator<Item = &'t str>) -> Option<String> {
    let (head, rest) = text.split_at(text.find('\n')?);
    if !head.starts_with(HEADER) {
        return None;
    }
    let explained: Vec<&str> = earlier
        .filter_map(|text| text.split('\n').next().filter(|head| head.starts_with(HEADER)))
        .collect();
    let mut brief = head.to_owned();
    for (_, words) in LEGEND {
        if explained.iter().any(|head| head.contains(words)) {
            brief = brief.replacen(words, "", 1);
        }
    }
    (brief.len() < head.len()).then(|| brief + rest)
}

struct Writer<'t, 'd, 'a> {
    /// Where the value at hand stands, step by step, while inside a line parts of it are left out.
    at: Vec<String>,
    /// Set when parts may be left out of embedded JSON too.
    eliding: Option<Eliding<'t>>,
    /// For embedded JSON the string it stands in: its own spans mean nothing outside.
    within: Option<Range<usize>>,
    tree: &'t Tree<'d, 'a>,
    style: Style,
    cuts: &'t Cuts,
    definitions: Definitions,
    pieces: Vec<Piece>,
    text: String,
    used: Vec<Sign>,
    /// Something was left out.
    lost: bool,
}

impl<'d, 'a> Writer<'_, 'd, 'a> {
    fn header(&self) -> String {
        let mut header = String::from(HEADER);
        header.push_str(if self.lost { LOSSY } else { LOSSLESS });
        for (_, words) in LEGEND.iter().filter(|(sign, _)| self.used.contains(sign)) {
            header.push_str(words);
        }
        let escapes = self.style.words();
        if !escapes.is_empty() && !self.lost {
            header.push_str(ESCAPES);
            header.push_str(&escapes);
            header.push('.');
        }
        header.push(']');
        for (number, prefix) in self.definitions.used() {
            put(&mut header, format_args!("\n${{{number}}} = {prefix}"));
        }
        header
    }

    fn uses(&mut self, sign: Sign) {
        if !self.used.contains(&sign) {
            self.used.push(sign);
        }
    }

    fn root(&mut self) {
        if let Node::Object(id) = self.tree.root {
            self.members(id, 0);
        } else {
            self.text.push('\n');
            self.rest(&self.tree.root, 0);
        }
    }

    fn members(&mut self, id: usize, depth: usize) {
        let object = &self.tree.objects[id];
        match &object.like {
            Some((_, changed)) => changed.iter().for_each(|&at| self.member(id, at, depth)),
            None => (0..object.members.len()).for_each(|at| self.member(id, at, depth)),
        }
    }

    fn member(&mut self, id: usize, at: usize, depth: usize) {
        let member = &self.tree.objects[id].members[at];
        self.line(depth);
        if member.value.is_some() {
            self.text.push_str(member.key);
            self.text.push_str(": ");
        }
        self.rest(&member.node, depth);
    }

    fn line(&mut self, depth: usize) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n(' ', depth));
    }

    /// What stands after `key: ` or `- `.
    fn rest(&mut self, node: &Node<'d, 'a>, depth: usize) {
        match node {
            Node::Literal(text) => self.text.push_str(text),
            Node::Scalar(text) => {
                let text = self.definitions.shorten(text);
                if names_a_member(&text) {
                    self.uses(Sign::Reference);
                }
                self.text.push_str(&text);
            }
            Node::Compact(value, path) => {
                if self.cuts.touches(*value) {
                    self.at = vec![tree::place(self.tree, *path)];
                }
                self.compact(*value);
                self.at.clear();
            }
            Node::Same(path) => {
                self.text.push_str(spell::SAME);
                self.path(*path);
            }
            Node::Object(id) => {
                if let Some((base, _)) = self.tree.objects[*id].like {
                    self.uses(Sign::Like);
                    self.text.push_str(spell::LIKE);
                    self.path(self.tree.objects[base].path);
                } else {
                    self.trim();
                }
                self.members(*id, depth + 1);
            }
            Node::Items(items) => self.items(items, depth),
            Node::Groups(count, groups) => self.groups(*count, groups, depth),
            Node::Table(table, path) => self.table(table, *path),
            Node::Embedded(value, embedding, path) => self.embedded(*value, *embedding, *path, depth),
            Node::Head(value) => self.head(*value),
            Node::Gap(gap) => self.gap(gap.range.clone(), gap.note.clone()),
        }
    }

    /// Takes back the space after a colon that nothing follows on the line.
    fn trim(&mut self) {
        if self.text.ends_with(' ') {
            self.text.pop();
        }
    }

    fn items(&mut self, items: &[Node<'d, 'a>], depth: usize) {
        self.text.push_str("[list]");
        for item in items {
            self.line(depth + 1);
            if !matches!(item, Node::Gap(_)) {
                self.text.push_str("- ");
            }
            self.rest(item, depth + 1);
        }
    }

    fn groups(&mut self, count: usize, groups: &[(Group, Node<'d, 'a>)], depth: usize) {
        self.text.push_str(&group::head(count));
        for (places, node) in groups {
            self.line(depth + 1);
            put(&mut self.text, format_args!("- {}: ", group::places_text(places)));
            self.rest(node, depth + 1);
        }
    }

    /// The outline of the JSON a string holds; it has its own paths and no definitions.
    fn embedded(&mut self, value: Value<'d, 'a>, embedding: Embedding, path: PathId, depth: usize) {
        let text = value.text().unwrap_or_default();
        let Ok(document) = Document::parse(&text) else {
            return;
        };
        self.text.push_str(&embedding.tag());
        let cuts = match self.eliding {
            Some(eliding) => select::select(document.root(), eliding),
            None => Cuts::none(document.root().tape_end()),
        };
        let place = tree::place(self.tree, path);
        let tree = tree::build(document.root(), embedding.style, &cuts, place);
        let mut inner = Writer {
            at: Vec::new(),
            tree: &tree,
            style: embedding.style,
            cuts: &cuts,
            eliding: self.eliding,
            within: Some(self.within.clone().unwrap_or_else(|| value.span())),
            definitions: Definitions::default(),
            pieces: std::mem::take(&mut self.pieces),
            text: std::mem::take(&mut self.text),
            used: std::mem::take(&mut self.used),
            lost: self.lost,
        };
        inner.rest(&tree.root, depth);
        (self.pieces, self.text, self.used, self.lost) = (inner.pieces, inner.text, inner.used, inner.lost);
    }

    /// The start of a long text and how much is missing; of a container the size alone.
    fn head(&mut self, value: Value<'d, 'a>) {
        let Some(text) = value.text() else {
            return self.size(value);
        };
        let end = text
            .char_indices()
            .nth(HEAD_CHARS)
            .map_or(text.len(), |(at, _)| at);
        let left = text[end..].chars().count();
        if left < HEAD_CHARS / 2 {
            return self.text.push_str(&spell::spell(value, Place::Line, self.style));
        }
        json::quote_into(&text[..end], &mut self.text);
        self.text.push(' ');
        self.gap(value.span(), format!("{left} more characters"));
    }

    fn gap(&mut self, range: Range<usize>, note: String) {
        self.elide(range, note, Mark::Whole);
    }

    fn elide(&mut self, range: Range<usize>, note: String, mark: Mark) {
        self.lost = true;
        self.flush();
        self.pieces.push(Piece::Elide {
            range: self.within.clone().unwrap_or(range),
            note,
            mark,
        });
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            self.pieces.push(Piece::Text(text));
        }
    }

    fn path(&mut self, path: PathId) {
        self.text.push_str(&tree::path_text(&self.tree.paths, path));
    }
}

/// True for written text that refers to a member, not only to definitions.
fn names_a_member(text: &str) -> bool {
    !text.starts_with('"')
        && text
            .split("${")
            .skip(1)
            .any(|part| !part.starts_with(|c: char| c.is_ascii_digit()))
}

/// Appends formatted text; writing to a `String` cannot fail.
fn put(out: &mut String, text: fmt::Arguments<'_>) {
    let _ = fmt::Write::write_fmt(out, text);
}
