//! The outline before it is written: what stands in full, what repeats something earlier.
//!
//! Built in one walk in document order, so that every reference points backwards. Objects live in an
//! arena because a later object may be spelled as "like" an earlier one.

use std::borrow::Cow;
use std::collections::HashMap;

use super::cut::{Cut, Cuts, Gap};
use super::embed::Embedding;
use super::group::{self, Group};
use super::hash::{FastHasher, Hashes, same_json};
use super::spell::{self, Place, Style};
use super::table::{self, Row, Table};
use super::template::{Siblings, is_uri};
use crate::json::{Kind, Value};

/// Containers whose source is shorter than this stay compact JSON: a reference to them, or their outline,
/// costs as much as they do.
const SMALL: usize = 40;
/// A path longer than this is harder to follow than the value is to read again.
const LONGEST_PATH: usize = 80;
/// How many earlier objects of one shape are tried as the base of a later one.
const BASES: usize = 6;

/// One value of the outline.
#[derive(Debug, Clone)]
pub(super) enum Node<'d, 'a> {
    /// A scalar, spelled for the rest of a line.
    Scalar(Cow<'a, str>),
    /// The same, not to be shortened: a reader will look for it.
    Literal(Cow<'a, str>),
    /// Written as compact JSON; the place is for what is left out of it.
    Compact(Value<'d, 'a>, PathId),
    /// An object of the arena.
    Object(usize),
    /// A list of values, one below the other.
    Items(Vec<Node<'d, 'a>>),
    /// A list of values by shape, each with its places in the list.
    Groups(usize, Vec<(Group, Node<'d, 'a>)>),
    /// Records as rows.
    Table(Box<Table<'d, 'a>>, PathId),
    /// Stands in full at that path already.
    Same(PathId),
    /// A string that holds JSON, and where it stands.
    Embedded(Value<'d, 'a>, Embedding, PathId),
    /// A long value of which only the head or the size is shown.
    Head(Value<'d, 'a>),
    /// Left out.
    Gap(Gap),
}

/// One object of the arena.
#[derive(Debug)]
pub(super) struct Object<'d, 'a> {
    /// Where it stands.
    pub(super) path: PathId,
    /// Every member, in source order.
    pub(super) members: Vec<Member<'d, 'a>>,
    /// The earlier object it is spelled after, and which members to write then.
    pub(super) like: Option<(usize, Vec<usize>)>,
}

/// A member of an object; a gap has neither key nor value.
#[derive(Debug)]
pub(super) struct Member<'d, 'a> {
    /// As written.
    pub(super) key: &'a str,
    /// The source value.
    pub(super) value: Option<Value<'d, 'a>>,
    /// How it is spelled.
    pub(super) node: Node<'d, 'a>,
}

/// Index into [`Tree::paths`].
pub(super) type PathId = usize;

/// Where a value stands, as the last step to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'a> {
    pub(super) step: PathStep<'a>,
    /// Bytes of the path as written.
    len: usize,
}

/// One step from a parent path.
#[derive(Debug, Clone, Copy)]
pub(super) enum PathStep<'a> {
    Root,
    Key(PathId, &'a str),
    Item(PathId, usize),
}

/// The whole outline.
#[derive(Debug)]
pub(super) struct Tree<'d, 'a> {
    pub(super) root: Node<'d, 'a>,
    /// Path of the string the whole outline stands in; empty outside of strings.
    pub(super) prefix: String,
    pub(super) objects: Vec<Object<'d, 'a>>,
    pub(super) paths: Vec<Path<'a>>,
}

/// Builds the outline of a value; `prefix` is the path of the string it was found in, if it was.
pub(super) fn build<'d, 'a>(root: Value<'d, 'a>, style: Style, cuts: &Cuts, prefix: String) -> Tree<'d, 'a> {
    let mut builder = Builder {
        style,
        cuts,
        hashes: Hashes::of(root),
        tree: Tree {
            root: Node::Compact(root, 0),
            prefix,
            objects: Vec::new(),
            paths: vec![Path {
                step: PathStep::Root,
                len: 0,
            }],
        },
        seen: HashMap::default(),
        shapes: HashMap::default(),
    };
    builder.tree.root = builder.node(root, 0);
    builder.tree
}

struct Builder<'c, 'd, 'a> {
    style: Style,
    cuts: &'c Cuts,
    hashes: Hashes,
    tree: Tree<'d, 'a>,
    /// Containers that stand in full, by the hash of their content.
    seen: HashMap<u64, (Value<'d, 'a>, PathId), FastHasher>,
    /// Objects of the arena by the hash of their first keys.
    shapes: HashMap<u64, Vec<usize>, FastHasher>,
}

impl<'d, 'a> Builder<'_, 'd, 'a> {
    fn path(&mut self, step: PathStep<'a>) -> PathId {
        let len = match step {
            PathStep::Root => 0,
            PathStep::Key(parent, key) => self.tree.paths[parent].len + 1 + key.len(),
            PathStep::Item(parent, index) => {
                self.tree.paths[parent].len + 3 + index.checked_ilog10().unwrap_or(0) as usize
            }
        };
        self.tree.paths.push(Path { step, len });
        self.tree.paths.len() - 1
    }

    /// A gap that also says what it is a gap of, where that is not the whole document.
    fn located(&self, gap: Gap, path: PathId) -> Gap {
        let place = place(&self.tree, path);
        if place.is_empty() {
            return gap;
        }
        Gap {
            note: format!("{} of {place}", gap.note),
            ..gap
        }
    }

    /// True for a place that other places may name.
    fn can_be_named(&self, path: PathId) -> bool {
        self.tree.paths[path].len <= LONGEST_PATH
    }

    fn node(&mut self, value: Value<'d, 'a>, path: PathId) -> Node<'d, 'a> {
        match value.kind() {
            Kind::Array | Kind::Object => self.container(value, path),
            Kind::String if self.cuts.is_head(value) => Node::Head(value),
            Kind::String if self.cuts.is_literal(value) => {
                Node::Literal(spell::spell(value, Place::Line, self.style))
            }
            _ => {
                let text = spell::plain_text(value, self.style);
                match text.as_deref().and_then(|text| self.embedding(text)) {
                    Some(embedding) => Node::Embedded(value, embedding, path),
                    None => Node::Scalar(spell::spell(value, Place::Line, self.style)),
                }
            }
        }
    }

    /// How a string holds JSON; inside such a string the next one is only text.
    fn embedding(&self, text: &str) -> Option<Embedding> {
        if self.tree.prefix.is_empty() {
            Embedding::of(text)
        } else {
            None
        }
    }

    fn container(&mut self, value: Value<'d, 'a>, path: PathId) -> Node<'d, 'a> {
        if self.cuts.is_head(value) {
            return Node::Head(value);
        }
        let touched = self.cuts.touches(value);
        if !touched && (value.span().len() < SMALL || value.is_empty()) {
            return Node::Compact(value, path);
        }
        if !touched && self.can_be_named(path) {
            let hash = self.hashes.get(value);
            match self.seen.get(&hash) {
                Some(&(earlier, at)) if same_json(earlier, value) => return Node::Same(at),
                Some(_) => {}
                None => {
                    self.seen.insert(hash, (value, path));
                }
            }
        }
        if let Some(mut table) = table::plan(value, self.style, self.cuts) {
            for row in &mut table.rows {
                if let Row::Gap(gap) = row {
                    *gap = self.located(gap.clone(), path);
                }
            }
            return Node::Table(Box::new(table), path);
        }
        match value.kind() {
            Kind::Array => self.array(value, path, touched),
            _ if has_duplicates(value) => Node::Compact(value, path),
            _ => self.object(value, path),
        }
    }

    fn array(&mut self, value: Value<'d, 'a>, path: PathId, touched: bool) -> Node<'d, 'a> {
        let nested = value
            .items()
            .any(|item| matches!(item.kind(), Kind::Array | Kind::Object) && item.span().len() >= SMALL);
        if !nested {
            return Node::Compact(value, path);
        }
        if let Some(groups) = (!touched).then(|| self.groups(value, path)).flatten() {
            return groups;
        }
        let mut items = Vec::new();
        for cut in self.cuts.runs(value.items().map(|item| (item, item))) {
            match cut {
                Cut::Gap(gap) => items.push(Node::Gap(self.located(gap, path))),
                Cut::Keep(index, _, item) => {
                    let at = self.path(PathStep::Item(path, index));
                    items.push(self.node(item, at));
                }
            }
        }
        Node::Items(items)
    }

    fn groups(&mut self, value: Value<'d, 'a>, path: PathId) -> Option<Node<'d, 'a>> {
        let items: Vec<Value<'d, 'a>> = value.items().collect();
        let mut nodes = Vec::new();
        for group in group::of(value)? {
            let members: Vec<Value<'d, 'a>> = group.iter().map(|at| items[*at]).collect();
            match table::of_group(&members, self.style, self.cuts).filter(|_| group.len() > 1) {
                Some(table) => nodes.push((group, Node::Table(Box::new(table), path))),
                None => {
                    for at in group {
                        let item = self.path(PathStep::Item(path, at));
                        nodes.push((vec![at], self.node(items[at], item)));
                    }
                }
            }
        }
        Some(Node::Groups(items.len(), nodes))
    }

    fn object(&mut self, value: Value<'d, 'a>, path: PathId) -> Node<'d, 'a> {
        let before = self.tree.objects.len();
        let mut siblings = Siblings::default();
        let mut members = Vec::with_capacity(value.len());
        for cut in self.cuts.runs(value.entries()) {
            match cut {
                Cut::Gap(gap) => members.push(Member {
                    key: "",
                    value: None,
                    node: Node::Gap(self.located(gap, path)),
                }),
                Cut::Keep(_, key, member) => {
                    let key = spell::spell_key(key);
                    let node = self.member(key, member, path, &mut siblings);
                    members.push(Member {
                        key,
                        value: Some(member),
                        node,
                    });
                }
            }
        }
        let shape = shape(&members);
        let like = shape.and_then(|shape| self.base_of(shape, &members, before));
        let id = self.tree.objects.len();
        // Only what stands in full is a base: a chain of likes is hard to follow.
        if let (Some(shape), None, true) = (shape, &like, self.can_be_named(path)) {
            self.shapes.entry(shape).or_default().push(id);
        }
        self.tree.objects.push(Object { path, members, like });
        Node::Object(id)
    }

    fn member(
        &mut self,
        key: &'a str,
        value: Value<'d, 'a>,
        path: PathId,
        siblings: &mut Siblings<'a>,
    ) -> Node<'d, 'a> {
        if matches!(value.kind(), Kind::Array | Kind::Object) {
            let at = self.path(PathStep::Key(path, key));
            return self.node(value, at);
        }
        if value.kind() != Kind::String || self.cuts.is_head(value) {
            siblings.add(key, value, None);
            return self.node(value, path);
        }
        let text = spell::plain_text(value, self.style);
        if text.as_deref().and_then(|text| self.embedding(text)).is_some() {
            let at = self.path(PathStep::Key(path, key));
            return self.node(value, at);
        }
        let templated = text
            .as_deref()
            .filter(|text| is_uri(text) && spell::is_bare(text, Place::Line))
            .filter(|_| !self.cuts.is_literal(value))
            .and_then(|text| siblings.template(text));
        siblings.add(key, value, text.as_ref());
        match templated {
            Some(template) => Node::Scalar(Cow::Owned(template)),
            None => self.node(value, path),
        }
    }

    /// The earlier object with the same first keys from which these members differ least, if naming it
    /// saves more than it costs.
    fn base_of(&self, shape: u64, members: &[Member<'d, 'a>], before: usize) -> Option<(usize, Vec<usize>)> {
        let bases = self.shapes.get(&shape)?;
        let total: usize = members.iter().map(weight).sum();
        let mut best: Option<(usize, usize, Vec<usize>)> = None;
        // What came after `before` stands inside these members.
        for &id in bases.iter().rev().filter(|id| **id < before).take(BASES) {
            let base = &self.tree.objects[id];
            if base.members.len() > members.len() {
                continue;
            }
            let Some(changed) = self.changed(&base.members, members) else {
                continue;
            };
            let cost = changed.iter().map(|&at| weight(&members[at])).sum::<usize>();
            if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                best = Some((cost, id, changed));
            }
        }
        let (cost, id, changed) = best?;
        let reference = spell::LIKE.len() + self.tree.paths[self.tree.objects[id].path].len;
        (cost + reference + 4 < total).then_some((id, changed))
    }

    /// Which members of `ours` differ from `base`, whose keys must be the first of ours in order.
    fn changed(&self, base: &[Member<'d, 'a>], ours: &[Member<'d, 'a>]) -> Option<Vec<usize>> {
        let mut changed = Vec::new();
        for (at, member) in ours.iter().enumerate() {
            match base.get(at) {
                Some(other) if other.key != member.key => return None,
                Some(other) if self.equal(other, member) => {}
                _ => changed.push(at),
            }
        }
        Some(changed)
    }

    fn equal(&self, base: &Member<'d, 'a>, ours: &Member<'d, 'a>) -> bool {
        match (&base.node, &ours.node) {
            (Node::Scalar(base), Node::Scalar(ours)) => base == ours,
            (Node::Scalar(_) | Node::Literal(_) | Node::Gap(_) | Node::Head(_), _)
            | (_, Node::Scalar(_) | Node::Literal(_) | Node::Gap(_) | Node::Head(_)) => false,
            _ => match (base.value, ours.value) {
                (Some(base), Some(ours)) => {
                    self.hashes.get(base) == self.hashes.get(ours) && same_json(base, ours)
                }
                _ => false,
            },
        }
    }
}

/// Objects that could be like each other have the same first keys; `None` where a gap hides what the
/// members are.
fn shape(members: &[Member<'_, '_>]) -> Option<u64> {
    const FIRST: usize = 3;
    if members.len() < FIRST || members.iter().any(|member| member.value.is_none()) {
        return None;
    }
    let mut first = [""; FIRST];
    first
        .iter_mut()
        .zip(members)
        .for_each(|(key, member)| *key = member.key);
    Some(super::hash::of_strs(&first))
}

/// True when a key stands twice: then no path names a member, and nothing may refer to one.
fn has_duplicates(object: Value<'_, '_>) -> bool {
    let mut keys: Vec<u64> = object
        .entries()
        .map(|(key, _)| super::hash::of_strs(&[key.raw()]))
        .collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

/// About how many bytes a member takes in the outline.
fn weight(member: &Member<'_, '_>) -> usize {
    let value = match &member.node {
        Node::Scalar(text) | Node::Literal(text) => text.len(),
        Node::Same(_) | Node::Gap(_) => 24,
        _ => member.value.map_or(0, |value| value.span().len()),
    };
    member.key.len() + 3 + value
}

/// A path as written: keys joined by dots, items in brackets.
pub(super) fn path_text(paths: &[Path<'_>], path: PathId) -> String {
    match paths[path].step {
        PathStep::Root => String::new(),
        PathStep::Item(parent, index) => format!("{}[{index}]", path_text(paths, parent)),
        PathStep::Key(parent, key) => {
            let mut text = path_text(paths, parent);
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(key);
            text
        }
    }
}

/// Where a path leads from the outermost document, through the string the outline stands in.
pub(super) fn place(tree: &Tree<'_, '_>, path: PathId) -> String {
    let inner = path_text(&tree.paths, path);
    let dot = !tree.prefix.is_empty() && !inner.is_empty() && !inner.starts_with('[');
    format!("{}{}{inner}", tree.prefix, if dot { "." } else { "" })
}
