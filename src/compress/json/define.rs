//! Common starts of URIs, said once at the top: `${1} = https://api.example.com/repos/acme/site`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use super::hash::FastHasher;
use super::spell::{self, Place};
use super::table::Rule;
use super::template::is_uri;
use super::tree::{Node, Tree};
use crate::json::Kind;

/// More definitions than this are a cipher.
const MOST: usize = 9;
/// A definition has to save this many bytes beyond its own line.
const WORTH: usize = 24;
/// Bytes of a reference `${1}`.
const REFERENCE: usize = 4;

/// The definitions of one outline, and which were used.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    prefixes: Vec<String>,
    used: RefCell<Vec<bool>>,
}

impl Definitions {
    /// Finds the starts that save most over all URIs the outline will show.
    pub(super) fn mine(tree: &Tree<'_, '_>) -> Self {
        let mut texts = Vec::new();
        collect(tree, &tree.root, &mut texts);
        let mut prefixes: Vec<String> = Vec::new();
        while prefixes.len() < MOST {
            let Some(best) = best_prefix(&texts) else { break };
            texts.retain(|text| !is_prefix(best, text));
            prefixes.push(best.to_owned());
        }
        let used = RefCell::new(vec![false; prefixes.len()]);
        Self { prefixes, used }
    }

    /// A written scalar with its start replaced by a reference, where a definition fits.
    pub(super) fn shorten<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let fits = |(_, prefix): &(usize, &String)| is_prefix(prefix, text);
        let Some((at, prefix)) = self
            .prefixes
            .iter()
            .enumerate()
            .filter(fits)
            .max_by_key(|(_, p)| p.len())
        else {
            return Cow::Borrowed(text);
        };
        self.used.borrow_mut()[at] = true;
        Cow::Owned(format!("${{{}}}{}", at + 1, &text[prefix.len()..]))
    }

    /// Number and text of every definition that was used.
    pub(super) fn used(&self) -> Vec<(usize, &str)> {
        let used = self.used.borrow();
        let numbered = self.prefixes.iter().enumerate().filter(|(at, _)| used[*at]);
        numbered.map(|(at, prefix)| (at + 1, prefix.as_str())).collect()
    }
}

/// Collects the URIs that stand in full in the outline, up to their first reference.
fn collect<'t>(tree: &'t Tree<'_, '_>, node: &'t Node<'_, '_>, out: &mut Vec<&'t str>) {
    match node {
        Node::Scalar(text) => {
            let literal = text.split("${").next().unwrap_or_default();
            if !literal.is_empty() && is_uri(literal) {
                out.push(literal);
            }
        }
        Node::Object(id) => {
            let object = &tree.objects[*id];
            match &object.like {
                Some((_, changed)) => changed
                    .iter()
                    .for_each(|&at| collect(tree, &object.members[at].node, out)),
                None => object
                    .members
                    .iter()
                    .for_each(|member| collect(tree, &member.node, out)),
            }
        }
        Node::Groups(_, groups) => groups.iter().for_each(|(_, node)| collect(tree, node, out)),
        Node::Items(items) => items.iter().for_each(|item| collect(tree, item, out)),
        Node::Table(table) => {
            let cells = table
                .columns
                .iter()
                .filter(|column| column.rule == Rule::Cells)
                .flat_map(|column| &column.cells);
            let unescaped = cells
                .flatten()
                .filter(|cell| cell.kind() == Kind::String)
                .map(|cell| cell.raw().trim_matches('"'));
            out.extend(unescaped.filter(|text| is_uri(text) && spell::is_bare(text, Place::Cell)));
        }
        _ => {}
    }
}

/// The start, ending before a `/`, that saves most if every text that has it refers to it.
fn best_prefix<'t>(texts: &[&'t str]) -> Option<&'t str> {
    let mut counts: HashMap<&str, usize, FastHasher> = HashMap::default();
    let mut order: Vec<&str> = Vec::new();
    for text in texts {
        let start = text.find("://").map_or(0, |at| at + 3);
        for (at, _) in text[start..].match_indices('/').chain([(text.len() - start, "")]) {
            let prefix = &text[..start + at];
            let count = counts.entry(prefix).or_insert(0);
            if *count == 0 {
                order.push(prefix);
            }
            *count += 1;
        }
    }
    // First come, first served among equals, so that the choice never hangs on a map's order.
    let saves = |prefix: &str| {
        (counts[prefix] * prefix.len().saturating_sub(REFERENCE)).checked_sub(prefix.len() + WORTH)
    };
    order
        .into_iter()
        .filter_map(|prefix| Some((saves(prefix)?, prefix)))
        .rev()
        .max_by_key(|(saved, _)| *saved)
        .map(|(_, p)| p)
}

/// True when `text` starts with `prefix` and a new part begins there.
fn is_prefix(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
