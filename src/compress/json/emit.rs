//! The JSON of an outline that has been read, references filled in.

use std::cell::Cell;
use std::collections::HashMap;

use super::DEEPEST;
use super::decode::{Decoded, MOST_BYTES, Node, wrong};
use super::hash::FastHasher;
use super::spell::{self, Style};
use crate::json;

/// Values and references that may be filled in: so many at least, and so many a byte of the outline. A line
/// may stand for a large object; lines that double each other are not honest.
const STEPS: usize = 1 << 20;
const STEPS_A_BYTE: usize = 64;
/// Objects with more members than this are looked up by a map.
const MANY: usize = 16;

pub(super) struct Emitter<'n, 't> {
    nodes: &'n [Node<'t>],
    definitions: &'n [(&'t str, &'t str)],
    style: Style,
    steps: Cell<usize>,
    most_steps: usize,
}

/// The members of one object, and where each key stands first if there are many.
struct Members<'n, 't> {
    members: &'n [(&'t str, usize)],
    first: HashMap<&'t str, usize, FastHasher>,
}

impl<'n, 't> Members<'n, 't> {
    fn of(members: &'n [(&'t str, usize)]) -> Self {
        let mut first = HashMap::default();
        if members.len() > MANY {
            for (at, (key, _)) in members.iter().enumerate() {
                first.entry(*key).or_insert(at);
            }
        }
        Self { members, first }
    }

    /// Where a key stands, if that is before `end`.
    fn before(&self, end: usize, key: &str) -> Option<usize> {
        let at = if self.members.len() > MANY {
            *self.first.get(key)?
        } else {
            self.members.iter().position(|(known, _)| *known == key)?
        };
        (at < end).then_some(at)
    }
}

impl<'n, 't> Emitter<'n, 't> {
    /// For an outline of so many bytes.
    pub(super) fn new(
        nodes: &'n [Node<'t>],
        definitions: &'n [(&'t str, &'t str)],
        style: Style,
        bytes: usize,
    ) -> Self {
        Self {
            nodes,
            definitions,
            style,
            steps: Cell::new(0),
            most_steps: STEPS.saturating_add(bytes.saturating_mul(STEPS_A_BYTE)),
        }
    }

    /// The JSON of a node and everything below it.
    pub(super) fn run(&self, root: usize) -> Decoded<String> {
        let mut out = String::new();
        self.emit(root, 0, &mut out)?;
        Ok(out)
    }

    fn emit(&self, id: usize, depth: usize, out: &mut String) -> Decoded<()> {
        self.step(depth, out.len())?;
        match &self.nodes[id] {
            Node::Json(json) => out.push_str(json),
            Node::Template(template) => self.style.quote_into(&self.fill(template)?, out),
            Node::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    self.emit(*item, depth + 1, out)?;
                }
                out.push(']');
            }
            Node::Object(members) => self.object(members, depth, out)?,
        }
        Ok(())
    }

    fn object(&self, members: &'n [(&'t str, usize)], depth: usize, out: &mut String) -> Decoded<()> {
        let known = Members::of(members);
        out.push('{');
        for (index, (key, node)) in members.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            spell::unspell_key(key, out);
            out.push(':');
            if let Node::Template(template) = self.nodes[*node] {
                let text = self.expand(template, &known, index, 0)?;
                self.style.quote_into(&text, out);
            } else {
                self.emit(*node, depth + 1, out)?;
            }
        }
        out.push('}');
        Ok(())
    }

    fn step(&self, depth: usize, bytes: usize) -> Decoded<()> {
        self.steps.set(self.steps.get() + 1);
        if depth > 4 * DEEPEST || self.steps.get() > self.most_steps || bytes > MOST_BYTES {
            return wrong("references multiply without end");
        }
        Ok(())
    }

    /// A template outside of objects: it can only refer to definitions.
    fn fill(&self, template: &str) -> Decoded<String> {
        expand(template, self.definitions, |_| {
            wrong("a reference outside an object")
        })
    }

    /// A template with its references, all to members before `end`, replaced by their texts.
    fn expand(&self, template: &str, members: &Members<'n, 't>, end: usize, depth: usize) -> Decoded<String> {
        self.step(depth, 0)?;
        expand(template, self.definitions, |name| {
            let Some(at) = members.before(end, name) else {
                return wrong("reference to nothing");
            };
            match &self.nodes[members.members[at].1] {
                Node::Template(inner) => self.expand(inner, members, at, depth + 1),
                Node::Json(json) => json_text(json),
                _ => wrong("reference to a container"),
            }
        })
    }
}

/// Fills in the references of a template.
pub(super) fn expand(
    template: &str,
    definitions: &[(&str, &str)],
    mut value: impl FnMut(&str) -> Decoded<String>,
) -> Decoded<String> {
    let mut parts = template.split("${");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((name, literal)) = part.split_once('}') else {
            return wrong("reference is not closed");
        };
        match definitions.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => out.push_str(text),
            None => out.push_str(&value(name)?),
        }
        out.push_str(literal);
        if out.len() > MOST_BYTES {
            return wrong("too large");
        }
    }
    Ok(out)
}

/// The text a reference to a JSON scalar stands for.
pub(super) fn json_text(json: &str) -> Decoded<String> {
    if !json.starts_with('"') {
        return Ok(json.to_owned());
    }
    json::decode(json).map_or_else(
        || wrong("reference to a broken string"),
        |text| Ok(text.into_owned()),
    )
}
