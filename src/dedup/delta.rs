//! JSON that is an earlier JSON but for a few values.
//!
//! ```text
//! [headroom: this JSON is that of tool output 7 above (get_order), but for:]
//! flights[0].price: 166
//! payment_history: [{"payment_id":"card_24","amount":296}]
//! status: "cancelled"
//! ```
//!
//! A line names a place and its JSON. Keys and items that are new stand at the end of their container, in
//! order; a container that lost something, or has its keys in another order, is given whole. So the reader,
//! and [`apply`], need nothing but the earlier JSON.

use std::collections::HashSet;

use super::not_decodable;
use crate::ccr;
use crate::error::Error;
use crate::json::{self, Document, Kind, Value};

/// Earlier JSON outputs that are compared with, latest first.
pub(super) const MOST_BASES: usize = 8;
/// More changes than this are another document.
const MOST_CHANGES: usize = 64;
/// Deeper documents stay as they are: this recurses.
const DEEPEST: usize = 128;

/// One place that differs, and what stands there now as compact JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    path: String,
    json: String,
}

/// True when it is worth looking for differences: two JSON containers of like size.
pub(super) fn could_be(base: &str, now: &str) -> bool {
    const FACTOR: usize = 4;
    let open = |text: &str| text.trim_start().bytes().next();
    matches!(open(now), Some(b'{' | b'['))
        && open(base) == open(now)
        && base.len() <= FACTOR * now.len()
        && now.len() <= FACTOR * base.len()
}

/// Rows that are left out of what was sent for the earlier JSON.
#[derive(Debug, Default)]
pub(super) struct Hidden<'g> {
    /// Container, first and last row, counted from 1.
    rows: Vec<(&'g str, usize, usize)>,
}

impl<'g> Hidden<'g> {
    /// Reads the notes of what was left out: `rows 5-9 of spec.env`, `row 3`.
    pub(super) fn read(gaps: &'g [String]) -> Self {
        let row = |note: &'g String| {
            let rest = note.strip_prefix("rows ").or_else(|| note.strip_prefix("row "))?;
            let (range, container) = rest.split_once(" of ").unwrap_or((rest, ""));
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            Some((container, first.parse().ok()?, last.parse().ok()?))
        };
        Self {
            rows: gaps.iter().filter_map(row).collect(),
        }
    }

    fn has(&self, container: &str, at: usize) -> bool {
        let within = |(of, first, last): &(&str, usize, usize)| {
            *of == container && (*first..=*last).contains(&(at + 1))
        };
        self.rows.iter().any(within)
    }
}

/// What of `now` is not as in `base`; `None` when that is nearly everything. A row that a reader does not see is
/// given whole: a field of it alone would not say whose it is.
pub(super) fn changes(base: Value<'_, '_>, now: Value<'_, '_>, hidden: &Hidden<'_>) -> Option<Vec<Change>> {
    const WORTH: usize = 2;
    let mut found = Vec::new();
    differ(base, now, "", 0, hidden, &mut found)?;
    let size: usize = found
        .iter()
        .map(|change| change.path.len() + change.json.len())
        .sum();
    let whole = found.iter().any(|change| change.path.is_empty());
    (!whole && WORTH * size <= now.raw().len()).then_some(found)
}

/// Appends the differences below a place; `None` when there are too many.
fn differ(
    base: Value<'_, '_>,
    now: Value<'_, '_>,
    path: &str,
    depth: usize,
    hidden: &Hidden<'_>,
    found: &mut Vec<Change>,
) -> Option<()> {
    let before = found.len();
    let comparable = depth < DEEPEST && base.kind() == now.kind();
    let extended = match now.kind() {
        Kind::Object if comparable => members(base, now, path, depth, hidden, found)?,
        Kind::Array if comparable => items(base, now, path, depth, hidden, found)?,
        _ => comparable && base.raw() == now.raw(),
    };
    let size = |changes: &[Change]| -> usize {
        changes
            .iter()
            .map(|change| change.path.len() + change.json.len() + 3)
            .sum()
    };
    let is_hidden = || {
        let (container, at) = path.strip_suffix(']')?.rsplit_once('[')?;
        Some(hidden.has(container, at.parse().ok()?))
    };
    let unseen = found.len() > before && is_hidden() == Some(true);
    if !extended
        || unseen
        || (found.len() > before + 1 && size(&found[before..]) > path.len() + now.raw().len())
    {
        found.truncate(before);
        found.push(Change {
            path: path.to_owned(),
            json: super::compact(now.raw()),
        });
    }
    (found.len() <= MOST_CHANGES).then_some(())
}

/// `Some(false)`: the object is no extension of its base.
fn members(
    base: Value<'_, '_>,
    now: Value<'_, '_>,
    path: &str,
    depth: usize,
    hidden: &Hidden<'_>,
    found: &mut Vec<Change>,
) -> Option<bool> {
    let mut seen = HashSet::new();
    let fresh = now.entries().all(|(key, _)| seen.insert(key.raw()));
    let mut pairs = base.entries().zip(now.entries());
    if !fresh || !pairs.all(|((old, _), (key, _))| old.raw() == key.raw()) {
        return Some(false);
    }
    let olds = base.entries().map(|(_, old)| old);
    let news = now.entries().map(|(key, new)| (below(path, key.raw()), new));
    extend(olds, news, depth, hidden, found)
}

fn items(
    base: Value<'_, '_>,
    now: Value<'_, '_>,
    path: &str,
    depth: usize,
    hidden: &Hidden<'_>,
    found: &mut Vec<Change>,
) -> Option<bool> {
    let news = now
        .items()
        .enumerate()
        .map(|(at, new)| (format!("{path}[{at}]"), new));
    extend(base.items(), news, depth, hidden, found)
}

/// Differences child by child, and what is new at the end; `Some(false)`: there are fewer than before.
fn extend<'a>(
    mut olds: impl Iterator<Item = Value<'a, 'a>>,
    news: impl Iterator<Item = (String, Value<'a, 'a>)>,
    depth: usize,
    hidden: &Hidden<'_>,
    found: &mut Vec<Change>,
) -> Option<bool> {
    for (path, new) in news {
        match olds.next() {
            Some(old) => differ(old, new, &path, depth + 1, hidden, found)?,
            None => found.push(Change {
                path,
                json: super::compact(new.raw()),
            }),
        }
        if found.len() > MOST_CHANGES {
            return None;
        }
    }
    Some(olds.next().is_none())
}

/// The place of a member; `key` is a JSON string as written.
fn below(path: &str, key: &str) -> String {
    let name = inner(key);
    let plain = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$' | b'@'));
    match (plain, path.is_empty()) {
        (true, true) => name.to_owned(),
        (true, false) => format!("{path}.{name}"),
        (false, _) => format!("{path}[{key}]"),
    }
}

/// A JSON string as written, without its quotes.
fn inner(literal: &str) -> &str {
    literal
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(literal)
}

/// The changes as a text.
pub(super) fn write(output: usize, tool: Option<&str>, gapped: bool, changes: &[Change]) -> String {
    let mut text = ccr::like_above(output, tool, gapped, !changes.is_empty());
    for change in changes {
        text.push('\n');
        text.push_str(&change.path);
        text.push_str(": ");
        text.push_str(&change.json);
    }
    text
}

/// The number, from 0, of the output a text is told against.
pub(super) fn base_of(text: &str) -> Option<usize> {
    let head = text.split('\n').next()?;
    ccr::read_like_above(head)?.checked_sub(1)
}

/// The compact JSON a text stands for.
pub(super) fn apply(text: &str, base: &str) -> Result<String, Error> {
    base_of(text).ok_or_else(|| not_decodable("it names no output"))?;
    let mut root = Node::default();
    let mut changes = 0;
    for line in text.split('\n').skip(1) {
        let (path, json) = place(line).ok_or_else(|| not_decodable("a line names no place"))?;
        root.put(&path, json);
        changes += 1;
        if changes > MOST_CHANGES {
            return Err(not_decodable("it names too many places"));
        }
    }
    let document = Document::parse(base).map_err(|_| not_decodable("the output it names is not JSON"))?;
    if document.depth() > DEEPEST {
        return Err(not_decodable("the output it names is too deep"));
    }
    let mut writer = Writer {
        out: String::with_capacity(base.len()),
        applied: 0,
    };
    writer.value(document.root(), Some(&root));
    if writer.applied == changes {
        Ok(writer.out)
    } else {
        Err(not_decodable("it names places that are not there"))
    }
}

/// What a line says: steps (keys as written, or numbers) and the JSON after the colon.
fn place(line: &str) -> Option<(Vec<&str>, &str)> {
    let mut steps = Vec::new();
    let mut rest = line;
    loop {
        if let Some(json) = rest.strip_prefix(": ") {
            let whole = match json.bytes().next() {
                Some(b'"' | b'[' | b'{') => json::value_end(json) == Some(json.len()),
                _ => Document::parse(json).is_ok(),
            };
            return (whole && !steps.is_empty()).then_some((steps, json));
        }
        if let Some(step) = rest.strip_prefix('[') {
            let end = if step.starts_with('"') {
                json::literal_end(step)?
            } else {
                step.find(']')?
            };
            steps.push(inner(&step[..end]));
            rest = step[end..].strip_prefix(']')?;
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let end = name.find(['.', '[', ':'])?;
            if end == 0 {
                return None;
            }
            steps.push(&name[..end]);
            rest = &name[end..];
        }
    }
}

/// Changes by place.
#[derive(Debug, Default)]
struct Node<'t> {
    json: Option<&'t str>,
    below: Vec<(&'t str, Node<'t>)>,
}

impl<'t> Node<'t> {
    fn put(&mut self, path: &[&'t str], json: &'t str) {
        let Some((step, rest)) = path.split_first() else {
            self.json = Some(json);
            return;
        };
        let at = self.below.iter().position(|(name, _)| name == step);
        let at = at.unwrap_or_else(|| {
            self.below.push((step, Node::default()));
            self.below.len() - 1
        });
        self.below[at].1.put(rest, json);
    }

    fn get(&self, step: &str) -> Option<&Node<'t>> {
        let found = self.below.iter().find(|(name, _)| *name == step);
        found.map(|(_, node)| node)
    }
}

/// Writes a value with the changes below it.
struct Writer {
    out: String,
    applied: usize,
}

impl Writer {
    fn value(&mut self, value: Value<'_, '_>, node: Option<&Node<'_>>) {
        match node {
            None => json::compact_into(value.raw(), &mut self.out),
            Some(Node { json: Some(json), .. }) => self.put(json),
            Some(node) if value.kind() == Kind::Object => self.object(value, node),
            Some(node) if value.kind() == Kind::Array => self.array(value, node),
            Some(_) => self.out.push_str(value.raw()),
        }
    }

    fn object(&mut self, value: Value<'_, '_>, node: &Node<'_>) {
        self.out.push('{');
        for (at, (key, member)) in value.entries().enumerate() {
            self.separate(at);
            self.out.push_str(key.raw());
            self.out.push(':');
            self.value(member, node.get(inner(key.raw())));
        }
        let is_old = |name: &str| value.entries().any(|(key, _)| inner(key.raw()) == name);
        let new = node.below.iter().filter(|(name, _)| !is_old(name));
        for (at, (name, node)) in new.enumerate() {
            self.separate(value.len() + at);
            self.out.push('"');
            self.out.push_str(name);
            self.out.push_str("\":");
            self.put(node.json.unwrap_or_default());
        }
        self.out.push('}');
    }

    fn array(&mut self, value: Value<'_, '_>, node: &Node<'_>) {
        self.out.push('[');
        for (at, item) in value.items().enumerate() {
            self.separate(at);
            self.value(item, node.get(&at.to_string()));
        }
        let is_new = |step: &str| step.parse::<usize>().is_ok_and(|at| at >= value.len());
        let new = node.below.iter().filter(|(step, _)| is_new(step));
        for (at, (_, node)) in new.enumerate() {
            self.separate(value.len() + at);
            self.put(node.json.unwrap_or_default());
        }
        self.out.push(']');
    }

    fn put(&mut self, json: &str) {
        self.out.push_str(json);
        self.applied += usize::from(!json.is_empty());
    }

    fn separate(&mut self, at: usize) {
        if at > 0 {
            self.out.push(',');
        }
    }
}
