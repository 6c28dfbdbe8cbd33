//! The tape: one node per value, children right after their parent.

use std::borrow::Cow;
use std::ops::Range;

use super::{JsonError, Kind, MAX_DEPTH, lex, string};

/// One value on the tape. `next` is the tape index after the whole subtree; `len` counts direct children
/// (members for objects). For strings `len` is 1 when the literal holds an escape.
#[derive(Debug, Clone, Copy)]
struct Node {
    kind: Kind,
    start: u32,
    end: u32,
    next: u32,
    len: u32,
}

/// A parsed text.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    text: &'a str,
    nodes: Vec<Node>,
    depth: usize,
}

/// One value of a [`Document`].
#[derive(Debug, Clone, Copy)]
pub struct Value<'d, 'a> {
    document: &'d Document<'a>,
    index: usize,
}

impl<'a> Document<'a> {
    /// Parses one JSON value with nothing but whitespace around it.
    pub fn parse(text: &'a str) -> Result<Self, JsonError> {
        if u32::try_from(text.len()).is_err() {
            return Err(JsonError {
                at: 0,
                reason: "text is over 4 GiB",
            });
        }
        // Pretty-printed and compact JSON alike come to about one node per 12 bytes.
        let mut parser = Parser::new(text.as_bytes(), text.len() / 12 + 1);
        parser.run()?;
        Ok(Self {
            text,
            nodes: parser.nodes,
            depth: parser.deepest,
        })
    }

    /// Where the JSON value that a text starts with ends; what follows is not looked at. An error says where
    /// the text stops being JSON.
    pub fn prefix_end(text: &'a str) -> Result<usize, JsonError> {
        let end = text.floor_char_boundary(u32::MAX as usize);
        let mut parser = Parser::new(&text.as_bytes()[..end], 0);
        parser.read()?;
        Ok(parser.at)
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_, 'a> {
        Value {
            document: self,
            index: 0,
        }
    }

    /// The source.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Containers around the innermost value that are not empty.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Number of nodes (keys count as nodes).
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }
}

impl<'d, 'a> Value<'d, 'a> {
    fn node(&self) -> Node {
        self.document.nodes[self.index]
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.node().kind
    }

    /// Position on the tape: unique per value, ascending in document order.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Tape position after the last value below this one.
    pub fn tape_end(&self) -> usize {
        self.node().next as usize
    }

    /// Byte span in the source.
    pub fn span(&self) -> Range<usize> {
        let node = self.node();
        node.start as usize..node.end as usize
    }

    /// The source bytes of this value.
    pub fn raw(&self) -> &'a str {
        &self.document.text[self.span()]
    }

    /// Members of an object, items of an array, 0 for scalars.
    pub fn len(&self) -> usize {
        let node = self.node();
        if matches!(node.kind, Kind::Array | Kind::Object) {
            node.len as usize
        } else {
            0
        }
    }

    /// True for empty containers and for scalars.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Members of an object in source order, duplicates included; nothing for other kinds.
    pub fn entries(&self) -> Entries<'d, 'a> {
        let node = self.node();
        let from = if node.kind == Kind::Object {
            self.index + 1
        } else {
            node.next as usize
        };
        Entries {
            document: self.document,
            at: from,
            end: node.next as usize,
        }
    }

    /// Items of an array; nothing for other kinds.
    pub fn items(&self) -> Items<'d, 'a> {
        let node = self.node();
        let from = if node.kind == Kind::Array {
            self.index + 1
        } else {
            node.next as usize
        };
        Items {
            document: self.document,
            at: from,
            end: node.next as usize,
        }
    }

    /// The value of a key; of duplicates the last, as `JSON.parse` has it.
    pub fn get(&self, key: &str) -> Option<Value<'d, 'a>> {
        self.entries()
            .filter(|(name, _)| name.text().is_some_and(|name| name == key))
            .last()
            .map(|(_, value)| value)
    }

    /// The item at a position.
    pub fn at(&self, index: usize) -> Option<Value<'d, 'a>> {
        self.items().nth(index)
    }

    /// The text of a string; `None` for other kinds and for lone surrogates.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        let node = self.node();
        match (node.kind, node.len) {
            (Kind::String, 0) => Some(Cow::Borrowed(
                &self.document.text[node.start as usize + 1..node.end as usize - 1],
            )),
            (Kind::String, _) => string::decode(self.raw()),
            _ => None,
        }
    }

    /// True when this is the literal `true`.
    pub fn is_true(&self) -> bool {
        self.raw() == "true"
    }
}

/// Iterator over the members of an object.
#[derive(Debug, Clone)]
pub struct Entries<'d, 'a> {
    document: &'d Document<'a>,
    at: usize,
    end: usize,
}

impl<'d, 'a> Iterator for Entries<'d, 'a> {
    type Item = (Value<'d, 'a>, Value<'d, 'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let key = Value {
            document: self.document,
            index: self.at,
        };
        let value = Value {
            document: self.document,
            index: self.at + 1,
        };
        self.at = value.node().next as usize;
        Some((key, value))
    }
}

/// Iterator over the items of an array.
#[derive(Debug, Clone)]
pub struct Items<'d, 'a> {
    document: &'d Document<'a>,
    at: usize,
    end: usize,
}

impl<'d, 'a> Iterator for Items<'d, 'a> {
    type Item = Value<'d, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let item = Value {
            document: self.document,
            index: self.at,
        };
        self.at = item.node().next as usize;
        Some(item)
    }
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    open: Vec<u32>,
    deepest: usize,
}

impl<'a> Parser<'a> {
    fn new(bytes: &'a [u8], nodes: usize) -> Self {
        Self {
            bytes,
            at: 0,
            nodes: Vec::with_capacity(nodes),
            open: Vec::new(),
            deepest: 0,
        }
    }

    fn run(&mut self) -> Result<(), JsonError> {
        self.read()?;
        self.skip_space();
        if self.at < self.bytes.len() {
            return Err(self.wrong("text after the value"));
        }
        Ok(())
    }

    /// One value and the whitespace before it.
    fn read(&mut self) -> Result<(), JsonError> {
        self.skip_space();
        loop {
            let opened = self.value()?;
            if !opened && !self.after_value()? {
                return Ok(());
            }
        }
    }

    fn wrong(&self, reason: &'static str) -> JsonError {
        JsonError { at: self.at, reason }
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    /// Reads one value at the cursor. `true`: a non-empty container was opened and its first value is next.
    fn value(&mut self) -> Result<bool, JsonError> {
        let start = self.at;
        let end = match self.bytes.get(start) {
            Some(b'{') => return self.open(Kind::Object),
            Some(b'[') => return self.open(Kind::Array),
            Some(b'"') => {
                self.string()?;
                return Ok(false);
            }
            Some(b't') => self.scalar(Kind::Bool, lex::literal_end(self.bytes, start, "true")?),
            Some(b'f') => self.scalar(Kind::Bool, lex::literal_end(self.bytes, start, "false")?),
            Some(b'n') => self.scalar(Kind::Null, lex::literal_end(self.bytes, start, "null")?),
            Some(b'-' | b'0'..=b'9') => self.scalar(Kind::Number, lex::number_end(self.bytes, start)?),
            Some(_) => return Err(self.wrong("unexpected character")),
            None => return Err(self.wrong("unexpected end")),
        };
        self.at = end;
        Ok(false)
    }

    fn scalar(&mut self, kind: Kind, end: usize) -> usize {
        self.push(kind, self.at, end, 0);
        end
    }

    fn string(&mut self) -> Result<(), JsonError> {
        let (end, escaped) = lex::string_end(self.bytes, self.at)?;
        self.push(Kind::String, self.at, end, u32::from(escaped));
        self.at = end;
        Ok(())
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize, len: u32) {
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node {
            kind,
            start: start as u32,
            end: end as u32,
            next,
            len,
        });
    }

    fn open(&mut self, kind: Kind) -> Result<bool, JsonError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.wrong("nested too deeply"));
        }
        let index = self.nodes.len() as u32;
        self.push(kind, self.at, self.at, 0);
        self.at += 1;
        self.skip_space();
        let close = if kind == Kind::Object { b'}' } else { b']' };
        if self.bytes.get(self.at) == Some(&close) {
            self.at += 1;
            self.nodes[index as usize].end = self.at as u32;
            return Ok(false);
        }
        self.open.push(index);
        self.deepest = self.deepest.max(self.open.len());
        if kind == Kind::Object {
            self.key()?;
        }
        Ok(true)
    }

    fn key(&mut self) -> Result<(), JsonError> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(self.wrong("expected a key"));
        }
        self.string()?;
        self.skip_space();
        if self.bytes.get(self.at) != Some(&b':') {
            return Err(self.wrong("expected a colon"));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    /// After a value: `true` when another value is next, `false` at the end of the document.
    fn after_value(&mut self) -> Result<bool, JsonError> {
        loop {
            let Some(&parent) = self.open.last() else {
                return Ok(false);
            };
            self.skip_space();
            let tape = self.nodes.len() as u32;
            let node = &mut self.nodes[parent as usize];
            node.len += 1;
            match (self.bytes.get(self.at), node.kind) {
                (Some(b','), kind) => {
                    self.at += 1;
                    self.skip_space();
                    if kind == Kind::Object {
                        self.key()?;
                    }
                    return Ok(true);
                }
                (Some(b'}'), Kind::Object) | (Some(b']'), Kind::Array) => {
                    self.at += 1;
                    node.end = self.at as u32;
                    node.next = tape;
                    self.open.pop();
                }
                _ => return Err(self.wrong("expected a comma or the end of the container")),
            }
        }
    }
}
