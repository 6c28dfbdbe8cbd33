//! The paths of an outline that is being read: what `same as a.b[2]` stands for.
//!
//! A trie of steps, so that a line costs its own key and not the whole way down to it.

use std::collections::HashMap;

use super::decode::key_end;
use super::hash::FastHasher;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step<'t> {
    Key(&'t str),
    Item(usize),
}

/// Places by the steps to them; a place may stand for a node.
#[derive(Debug)]
pub(super) struct Paths<'t> {
    steps: HashMap<(usize, Step<'t>), usize, FastHasher>,
    nodes: Vec<Option<usize>>,
}

impl Default for Paths<'_> {
    fn default() -> Self {
        Self {
            steps: HashMap::default(),
            nodes: vec![None],
        }
    }
}

impl<'t> Paths<'t> {
    /// The outermost place.
    pub(super) const ROOT: usize = 0;

    /// The place of a member.
    pub(super) fn key(&mut self, parent: usize, key: &'t str) -> usize {
        self.step(parent, Step::Key(key))
    }

    /// The place of an item, counted from 0.
    pub(super) fn item(&mut self, parent: usize, index: usize) -> usize {
        self.step(parent, Step::Item(index))
    }

    fn step(&mut self, parent: usize, step: Step<'t>) -> usize {
        let next = self.nodes.len();
        let place = *self.steps.entry((parent, step)).or_insert(next);
        if place == next {
            self.nodes.push(None);
        }
        place
    }

    /// Says what stands at a place; the first word counts.
    pub(super) fn set(&mut self, place: usize, node: usize) {
        self.nodes[place].get_or_insert(node);
    }

    /// The node at a path as written.
    pub(super) fn find(&self, path: &str) -> Option<usize> {
        let (mut place, mut rest) = (Self::ROOT, path);
        while !rest.is_empty() {
            let step = if let Some(index) = rest.strip_prefix('[') {
                let (index, after) = index.split_once(']')?;
                rest = after;
                Step::Item(index.parse().ok()?)
            } else {
                let key = rest.strip_prefix('.').unwrap_or(rest);
                let end = key_end(key).ok()?;
                rest = &key[end..];
                Step::Key(&key[..end])
            };
            place = *self.steps.get(&(place, step))?;
        }
        self.nodes[place]
    }
}
