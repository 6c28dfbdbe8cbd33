//! From an outline back to JSON (without insignificant whitespace).
//!
//! The inverse of [`super::write`], kept apart from it on purpose: it reads the text as a reader would and
//! knows nothing of the tree it came from. It also meets text that was never ours, so nothing in here
//! trusts its input: depth, steps and bytes are bounded.

use super::DEEPEST;
use super::embed::Embedding;
use super::emit::Emitter;
use super::group;
use super::paths::Paths;
use super::rows;
use super::sequence;
use super::spell::{self, Style};
use super::write::{ESCAPES, HEADER, LOSSLESS, SEQUENCE_HEADER};
use crate::compress::DecodeError;
use crate::json::{self, Document};

/// References can multiply a text; no honest outline comes near this many bytes.
pub(super) const MOST_BYTES: usize = 1 << 28;

/// Members that `like` may take over in all.
const MOST_MEMBERS: usize = 1 << 22;

pub(super) type Decoded<T> = Result<T, DecodeError>;

pub(super) fn wrong<T>(reason: &str) -> Decoded<T> {
    Err(DecodeError::because(reason.to_owned()))
}

/// Gives back the JSON an outline was written from, up to insignificant whitespace; of JSON lines every value
/// on a line.
///
/// Fails on text that is no outline, and on outlines with parts left out.
pub fn decode(text: &str) -> Result<String, DecodeError> {
    let mut lines = text.split('\n').peekable();
    let header = lines.next().unwrap_or_default();
    let sequence = header.strip_prefix(SEQUENCE_HEADER);
    let Some(header) = sequence.or_else(|| header.strip_prefix(HEADER)) else {
        return wrong("not a JSON outline");
    };
    if !header.starts_with(LOSSLESS) {
        return wrong("parts were left out of this outline; retrieve the original by its ref");
    }
    let style = match header.rsplit_once(ESCAPES) {
        Some((_, words)) => Style::from_words(words.trim_end_matches(".]")),
        None => Style::default(),
    };
    let mut definitions = Vec::new();
    while let Some(definition) = lines.peek().and_then(|line| definition(line)) {
        definitions.push(definition);
        lines.next();
    }
    let mut reader = Reader {
        lines: lines.collect(),
        at: 0,
        style,
        definitions,
        nodes: Vec::new(),
        paths: Paths::default(),
        cloned: 0,
        within: false,
        bytes: text.len(),
    };
    let root = reader.root()?;
    if reader.at < reader.lines.len() {
        return wrong("lines after the end");
    }
    let json = reader.emit(root)?;
    if sequence.is_some() {
        sequence::lines(&json)
    } else {
        Ok(json)
    }
}

fn definition(line: &str) -> Option<(&str, &str)> {
    let (name, text) = line.strip_prefix("${")?.split_once("} = ")?;
    name.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some((name, text))
}

/// What a line stands for.
#[derive(Debug, Clone)]
pub(super) enum Node<'t> {
    /// JSON as it will be.
    Json(String),
    /// Bare text with references to other members of its object, or to definitions.
    Template(&'t str),
    /// Members: key as written, node.
    Object(Vec<(&'t str, usize)>),
    Array(Vec<usize>),
}

pub(super) struct Reader<'t> {
    pub(super) lines: Vec<&'t str>,
    pub(super) at: usize,
    pub(super) style: Style,
    pub(super) definitions: Vec<(&'t str, &'t str)>,
    nodes: Vec<Node<'t>>,
    paths: Paths<'t>,
    /// Members taken over by `like` so far.
    cloned: usize,
    /// This is JSON inside a string already.
    within: bool,
    /// Length of the whole outline.
    bytes: usize,
}

impl<'t> Reader<'t> {
    fn root(&mut self) -> Decoded<usize> {
        match self.lines.first() {
            Some(line) if line.starts_with('[') => {
                self.at = 1;
                self.rest(line, 0, Paths::ROOT)
            }
            Some(_) => {
                let members = self.members(0, Paths::ROOT)?;
                Ok(self.add(Node::Object(members)))
            }
            None => wrong("nothing after the header"),
        }
    }

    fn add(&mut self, node: Node<'t>) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn emit(&self, root: usize) -> Decoded<String> {
        Emitter::new(&self.nodes, &self.definitions, self.style, self.bytes).run(root)
    }

    /// The lines of an object's members at one depth.
    fn members(&mut self, depth: usize, path: usize) -> Decoded<Vec<(&'t str, usize)>> {
        let mut members = Vec::new();
        while let Some(line) = self.line_at(depth) {
            let (key, rest) = split_key(line)?;
            self.at += 1;
            let path = self.paths.key(path, key);
            let node = self.rest(rest, depth, path)?;
            members.push((key, node));
        }
        Ok(members)
    }

    /// The next line without its indent, if it stands at exactly this depth and is no list item.
    fn line_at(&self, depth: usize) -> Option<&'t str> {
        let line = *self.lines.get(self.at)?;
        let text = line.trim_start_matches(' ');
        (line.len() - text.len() == depth && !text.is_empty() && !text.starts_with('-')).then_some(text)
    }

    fn rest(&mut self, rest: &'t str, depth: usize, path: usize) -> Decoded<usize> {
        if depth > 2 * DEEPEST {
            return wrong("nested too deeply");
        }
        if let Some(path) = rest.strip_prefix(spell::SAME) {
            return self.paths.find(path).map_or_else(|| wrong("no such path"), Ok);
        }
        if let Some((embedding, rest)) = Embedding::read(rest).filter(|_| !self.within) {
            let json = self.embedded(embedding, rest, depth)?;
            return Ok(self.add(Node::Json(json)));
        }
        let node = if rest.is_empty() {
            Node::Object(self.members(depth + 1, path)?)
        } else if let Some(base) = rest.strip_prefix(spell::LIKE) {
            self.like(base, depth, path)?
        } else if rest == "[list]" {
            self.items(depth + 1, path)?
        } else if let Some(count) = group::read_count(rest) {
            self.groups(count, depth + 1, path)?
        } else if let Some((count, keyed, columns)) = rows::head(rest) {
            Node::Json(rows::read(self, count, keyed, columns)?)
        } else if is_template(rest) {
            return Ok(self.add(Node::Template(rest)));
        } else {
            Node::Json(self.literal(rest)?)
        };
        let id = self.add(node);
        self.paths.set(path, id);
        Ok(id)
    }

    /// The string literal of embedded JSON, whose outline has paths and escapes of its own.
    fn embedded(&mut self, embedding: Embedding, rest: &'t str, depth: usize) -> Decoded<String> {
        let mut inner = Reader {
            lines: std::mem::take(&mut self.lines),
            at: self.at,
            style: embedding.style,
            definitions: Vec::new(),
            nodes: Vec::new(),
            paths: Paths::default(),
            cloned: self.cloned,
            within: true,
            bytes: self.bytes,
        };
        let read = inner
            .rest(rest, depth, Paths::ROOT)
            .and_then(|root| inner.emit(root));
        (self.lines, self.at) = (inner.lines, inner.at);
        let compact = read?;
        let document = Document::parse(&compact).map_err(|error| DecodeError::because(error.to_string()))?;
        let (mut text, mut out) = (String::new(), String::new());
        if !embedding.spacing.write(document.root(), MOST_BYTES, &mut text) {
            return wrong("too large");
        }
        self.style.quote_into(&text, &mut out);
        Ok(out)
    }

    /// The JSON of a written scalar or compact container without references.
    pub(super) fn literal(&self, written: &str) -> Decoded<String> {
        let mut out = String::new();
        match written.as_bytes().first() {
            Some(b'[' | b'{') => {
                Document::parse(written).map_err(|error| DecodeError::because(error.to_string()))?;
                json::compact_into(written, &mut out);
            }
            Some(b'"') => {
                let whole = json::literal_end(written).is_some_and(|end| end == written.len());
                let Some(text) = whole.then(|| json::decode(written)).flatten() else {
                    return wrong("malformed string");
                };
                self.style.quote_into(&text, &mut out);
            }
            _ => match written
                .strip_prefix(spell::RAW)
                .filter(|raw| raw.starts_with('"'))
            {
                Some(raw) if json::literal_end(raw) == Some(raw.len()) => out.push_str(raw),
                Some(_) => return wrong("malformed string"),
                None if spell::is_literal(written) => out.push_str(written),
                None => self.style.quote_into(written, &mut out),
            },
        }
        Ok(out)
    }

    fn like(&mut self, base: &str, depth: usize, path: usize) -> Decoded<Node<'t>> {
        let Some(Node::Object(members)) = self.paths.find(base).map(|id| &self.nodes[id]) else {
            return wrong("no such object");
        };
        self.cloned += members.len();
        if self.cloned > MOST_MEMBERS {
            return wrong("references multiply without end");
        }
        let mut members = members.clone();
        // What differs comes in the base's order, new members last: one walk over both.
        let mut next = 0;
        for (key, node) in self.members(depth + 1, path)? {
            match members[next..].iter().position(|(known, _)| *known == key) {
                Some(step) => {
                    next += step;
                    members[next].1 = node;
                }
                None => members.push((key, node)),
            }
            next += 1;
        }
        Ok(Node::Object(members))
    }

    fn items(&mut self, depth: usize, path: usize) -> Decoded<Node<'t>> {
        let mut items = Vec::new();
        while let Some(rest) = self.item_at(depth) {
            let path = self.paths.item(path, items.len());
            let item = self.rest(rest, depth, path)?;
            items.push(item);
        }
        Ok(Node::Array(items))
    }

    /// Takes the next line if it is a list item at this depth, and gives what follows the dash.
    fn item_at(&mut self, depth: usize) -> Option<&'t str> {
        let line = *self.lines.get(self.at)?;
        let text = line.trim_start_matches(' ');
        let rest = text
            .strip_prefix('-')
            .filter(|_| line.len() - text.len() == depth)?;
        self.at += 1;
        Some(rest.strip_prefix(' ').unwrap_or(rest))
    }

    fn groups(&mut self, count: usize, depth: usize, path: usize) -> Decoded<Node<'t>> {
        // Every item has a line of its own or of a table.
        if count > self.lines.len() {
            return wrong("items are missing");
        }
        let mut items: Vec<Option<usize>> = vec![None; count];
        while let Some(line) = self.item_at(depth) {
            let Some((places, rest)) = line.split_once(':') else {
                return wrong("expected places");
            };
            let Some(places) = group::read_places(places, count) else {
                return wrong("malformed places");
            };
            let path = self.paths.item(path, places[0]);
            let node = self.rest(rest.strip_prefix(' ').unwrap_or(rest), depth, path)?;
            let nodes = if places.len() == 1 {
                vec![node]
            } else {
                self.split(node)?
            };
            if nodes.len() != places.len() {
                return wrong("places do not fit the rows");
            }
            places
                .into_iter()
                .zip(nodes)
                .for_each(|(at, node)| items[at] = Some(node));
        }
        let items: Option<Vec<usize>> = items.into_iter().collect();
        items.map_or_else(|| wrong("items are missing"), |items| Ok(Node::Array(items)))
    }

    /// The rows of a table as nodes of their own.
    fn split(&mut self, table: usize) -> Decoded<Vec<usize>> {
        let Node::Json(json) = &self.nodes[table] else {
            return wrong("expected rows");
        };
        let Ok(document) = Document::parse(json) else {
            return wrong("malformed rows");
        };
        let rows: Vec<String> = document.root().items().map(|row| row.raw().to_owned()).collect();
        Ok(rows.into_iter().map(|row| self.add(Node::Json(row))).collect())
    }
}

/// True when a written scalar has references to fill in.
pub(super) fn is_template(written: &str) -> bool {
    !matches!(written.as_bytes().first(), Some(b'"' | b'[' | b'{'))
        && !written.starts_with("raw\"")
        && written.contains("${")
}

/// Splits `key: rest`.
fn split_key(line: &str) -> Decoded<(&str, &str)> {
    let end = key_end(line)?;
    let rest = &line[end..];
    match rest.strip_prefix(": ").or_else(|| rest.strip_prefix(':')) {
        Some(value) => Ok((&line[..end], value)),
        None => wrong("expected a key"),
    }
}

/// Where a written key ends.
pub(super) fn key_end(text: &str) -> Decoded<usize> {
    if text.starts_with('"') {
        return json::literal_end(text).map_or_else(|| wrong("malformed key"), Ok);
    }
    let end = text
        .bytes()
        .position(|byte| !spell::is_bare_key_byte(byte))
        .unwrap_or(text.len());
    if end == 0 {
        wrong("expected a key")
    } else {
        Ok(end)
    }
}
