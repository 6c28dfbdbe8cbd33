//! From bodies to gaps: runs of statements that go, between statements that stay.
//!
//! A gap covers whole lines and whole statements, so that what is left is source code still. A long statement
//! that holds a line to be kept is opened: its head stays and the blocks in it are treated alike.

use std::ops::Range;

use tree_sitter::Node;

use super::place::Source;
use super::syntax::{Role, Syntax};

/// A gap of fewer bytes or lines costs more to read as a note than as code.
const MIN_BYTES: usize = 80;
const MIN_LINES: usize = 2;
/// From how many bytes on a line is long enough to be left out by itself, or from its middle on.
const LONG_LINE: usize = 400;
/// Longest statement, in lines, that stays whole around a line to be kept.
const MAX_WHOLE: usize = 12;
/// How deep statements are opened.
const MAX_DEPTH: usize = 12;

/// What is left out in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    /// Bytes of the source, from where the mark stands to the end of a line.
    pub(super) range: Range<usize>,
    /// What makes a comment of the mark there.
    pub(super) open: &'static str,
}

/// True for what is worth a gap.
pub(super) fn is_worth(source: &Source<'_>, range: &Range<usize>) -> bool {
    let lines = source.line(range.end) - source.line(range.start) + 1;
    let text = &source.plain[range.clone()];
    let bytes = text.lines().map(|line| line.trim().len()).sum::<usize>();
    bytes >= if lines >= MIN_LINES { MIN_BYTES } else { LONG_LINE }
}

/// Leaves statements and elements out.
pub(super) struct Filler<'f, 't> {
    pub(super) source: &'f Source<'t>,
    pub(super) syntax: &'f Syntax,
    /// Places whose lines stay, ascending.
    pub(super) keeps: &'f [usize],
    pub(super) gaps: Vec<Gap>,
}

impl Filler<'_, '_> {
    /// Leaves out what need not stay of a body; its documentation stays.
    pub(super) fn body(&mut self, body: Node<'_>, docstring: Option<&Range<usize>>) {
        let children: Vec<Node<'_>> = parts(body)
            .into_iter()
            .filter(|child| docstring.is_none_or(|doc| child.end_byte() > doc.end))
            .collect();
        self.block(&children, docstring.is_some(), 0);
    }

    /// Leaves out the elements of a literal behind the first few.
    pub(super) fn data(&mut self, data: Node<'_>, shown: usize) {
        let children = parts(data);
        let mut elements = 0;
        let from = children.iter().position(|child| {
            elements += usize::from(child.is_named() && self.syntax.role(*child) != Role::Comment);
            elements > shown
        });
        if let Some(from) = from {
            self.runs(&children[from..], self.syntax.language.line_comment(), MAX_DEPTH);
        }
    }

    fn block(&mut self, children: &[Node<'_>], documented: bool, depth: usize) {
        let stays = |child: &Node<'_>| self.syntax.role(*child) != Role::Comment && self.is_kept(child);
        let language = self.syntax.language;
        let open = if documented || children.iter().any(stays) {
            language.line_comment()
        } else {
            language.body_comment()
        };
        self.runs(children, open, depth);
    }

    /// Gaps for the runs of children that go.
    fn runs(&mut self, children: &[Node<'_>], open: &'static str, depth: usize) {
        let mut rest = children;
        while let Some(at) = rest.iter().position(|child| !self.is_kept(child)) {
            rest[..at].iter().for_each(|child| self.opened(*child, depth));
            let run = rest[at..].iter().take_while(|child| !self.is_kept(child)).count();
            self.gap(&rest[at..at + run], open);
            rest = &rest[at + run..];
        }
        for child in rest {
            self.opened(*child, depth);
        }
    }

    /// The gap for neighbours, less those that share a line with something else at either end.
    fn gap(&mut self, run: &[Node<'_>], open: &'static str) {
        let text = self.source.plain.as_ref();
        let line_of = |at: usize| self.source.line_range(self.source.line(at));
        let starts = |child: &&Node<'_>| {
            let at = child.start_byte();
            let line = line_of(at);
            line.len() >= LONG_LINE || text[line.start..at].trim().is_empty()
        };
        let end_of = |child: &Node<'_>| text[..child.end_byte()].trim_end().len();
        let ends = |child: &&Node<'_>| {
            let at = end_of(child);
            text[at..line_of(at).end]
                .trim_matches([' ', '\t', ';', ','])
                .is_empty()
        };
        let (Some(first), Some(last)) = (run.iter().find(starts), run.iter().rev().find(ends)) else {
            return;
        };
        let range = first.start_byte()..line_of(end_of(last)).end;
        if range.start < range.end && is_worth(self.source, &range) {
            self.gaps.push(Gap { range, open });
        }
    }

    /// Leaves out what is in the blocks of a long statement that stays.
    fn opened(&mut self, statement: Node<'_>, depth: usize) {
        let lines = self.source.line(statement.end_byte()) - self.source.line(statement.start_byte());
        if lines < MAX_WHOLE || depth >= MAX_DEPTH {
            return;
        }
        for block in self.blocks(statement) {
            let children = parts(block);
            self.block(&children, false, depth + 1);
        }
    }

    /// The outermost blocks in a statement.
    fn blocks<'t>(&self, statement: Node<'t>) -> Vec<Node<'t>> {
        let mut found = Vec::new();
        let mut cursor = statement.walk();
        let mut deeper = cursor.goto_first_child();
        while deeper {
            let node = cursor.node();
            let is_block = self.syntax.role(node) == Role::Block;
            if is_block {
                found.push(node);
            }
            deeper = !is_block && cursor.goto_first_child();
            while !deeper && cursor.depth() > 0 {
                deeper = cursor.goto_next_sibling();
                if !deeper && !cursor.goto_parent() {
                    break;
                }
            }
        }
        found
    }

    fn is_kept(&self, node: &Node<'_>) -> bool {
        holds(self.keeps, &node.byte_range())
    }
}

/// True when one of some ascending places is in a range.
pub(super) fn holds(places: &[usize], range: &Range<usize>) -> bool {
    places
        .get(places.partition_point(|&place| place < range.start))
        .is_some_and(|&place| place < range.end)
}

/// The children of a block without its brackets.
fn parts(block: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = block.walk();
    let children: Vec<Node<'_>> = block.children(&mut cursor).collect();
    let is_part = |child: &Node<'_>| child.is_named();
    let first = children.iter().position(is_part).unwrap_or(children.len());
    let last = children.iter().rposition(is_part).map_or(first, |last| last + 1);
    children[first..last].to_vec()
}
