//! From an outline back to XML: the inverse of the writer, written apart from it.
//!
//! It meets foreign text, so every cost is bounded: rows take a line each, depth and size have limits.

use super::read::{DEEPEST, Tree};
use super::record::{CLOSED, unspell};
use super::{HEADER, LOSSLESS};
use crate::compress::DecodeError;

/// Largest document that is written, in bytes.
const MOST_BYTES: usize = 1 << 28;

/// True for a text that starts like an outline of XML.
pub fn is_encoded(text: &str) -> bool {
    text.starts_with(HEADER)
}

/// Gives the document back, without white space between its tags.
pub fn decode(text: &str) -> Result<String, DecodeError> {
    let missing = DecodeError::new("there is no header");
    let (header, body) = text.split_once("]\n").ok_or(missing.clone())?;
    let rest = header.strip_prefix(HEADER).ok_or(missing)?;
    if !rest.starts_with(LOSSLESS) {
        return Err(DecodeError::new(
            "parts were left out of this outline; retrieve the original by its ref",
        ));
    }
    let mut decoder = Decoder {
        text: body,
        at: 0,
        out: String::with_capacity(body.len() * 2),
        level: 0,
    };
    decoder.nodes(0)?;
    if decoder.at < body.len() {
        return Err(DecodeError::new("a line is indented too deep"));
    }
    Ok(decoder.out)
}

struct Decoder<'t> {
    text: &'t str,
    at: usize,
    out: String,
    /// Elements around the one at hand.
    level: usize,
}

impl<'t> Decoder<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn line(&mut self) -> &'t str {
        let rest = self.rest();
        let line = rest.split('\n').next().unwrap_or_default();
        self.at = (self.at + line.len() + 1).min(self.text.len());
        line
    }

    /// How many spaces the next line starts with; `None` at the end.
    fn depth(&self) -> Option<usize> {
        let rest = self.rest();
        (!rest.is_empty()).then(|| {
            rest.bytes()
                .take(DEEPEST + 2)
                .take_while(|byte| *byte == b' ')
                .count()
        })
    }

    fn nodes(&mut self, depth: usize) -> Result<(), DecodeError> {
        while self.depth() == Some(depth) {
            self.level += 1;
            if self.level > DEEPEST + 1 {
                return Err(DecodeError::new("it is too deep"));
            }
            self.node(depth)?;
            self.level -= 1;
        }
        Ok(())
    }

    fn node(&mut self, depth: usize) -> Result<(), DecodeError> {
        self.at += depth;
        if self.out.len() > MOST_BYTES {
            return Err(DecodeError::new("it decodes to too much text"));
        }
        if self.rest().starts_with('<') {
            let end = Tree::node_end(self.text, self.at).ok_or(DecodeError::new("a tag is not closed"))?;
            self.out.push_str(&self.text[self.at..end]);
            self.at = end;
            return if self.rest().is_empty() || self.rest().starts_with('\n') {
                self.line();
                Ok(())
            } else {
                Err(DecodeError::new("something stands behind a tag"))
            };
        }
        let line = self.line();
        let (name, attributes, rest) = parse(line).ok_or(DecodeError::new("a line is no element"))?;
        if let Some(rows) = rest.strip_prefix(": [").filter(|_| attributes.is_empty()) {
            return self.table(name, rows, depth);
        }
        self.out.push('<');
        self.out.push_str(name);
        self.out.push_str(attributes);
        match rest {
            " /" => {
                self.out.push_str("/>");
                return Ok(());
            }
            "" => {
                self.out.push('>');
                let before = self.at;
                self.nodes(depth + 1)?;
                if self.at == before {
                    return Err(DecodeError::new("an element has nothing in it"));
                }
            }
            ":" => self.out.push('>'),
            text => {
                let text = text
                    .strip_prefix(": ")
                    .ok_or(DecodeError::new("a line is no element"))?;
                self.out.push('>');
                self.out.push_str(text);
            }
        }
        self.end(name);
        Ok(())
    }

    fn end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn table(&mut self, name: &'t str, head: &'t str, depth: usize) -> Result<(), DecodeError> {
        let wrong = DecodeError::new("a head is no list of columns");
        let (count, columns) = head.split_once(" rows] ").ok_or(wrong.clone())?;
        let count: usize = count.parse().map_err(|_| wrong.clone())?;
        let columns = columns_of(columns).ok_or(wrong)?;
        for _ in 0..count {
            match self.depth() {
                None => return Err(DecodeError::new("rows are missing")),
                Some(0) => {
                    let line = self.line();
                    self.row(name, line, &columns)
                        .ok_or(DecodeError::new("a row does not fit its head"))?;
                }
                Some(odd) if odd == depth + 1 => {
                    self.level += 1;
                    if self.level > DEEPEST + 1 {
                        return Err(DecodeError::new("it is too deep"));
                    }
                    self.node(odd)?;
                    self.level -= 1;
                }
                Some(_) => return Err(DecodeError::new("a row is indented")),
            }
            if self.out.len() > MOST_BYTES {
                return Err(DecodeError::new("it decodes to too much text"));
            }
        }
        Ok(())
    }

    /// Writes the element of a row.
    fn row(&mut self, name: &'t str, line: &str, columns: &[Column<'t>]) -> Option<()> {
        let mut cells = Cells { rest: Some(line) };
        let mut values: Vec<String> = Vec::with_capacity(columns.len());
        for column in columns {
            let value = match &column.rule {
                Rule::Cells => cells.next()?.to_owned(),
                Rule::Same(cell) => (*cell).to_owned(),
                Rule::Like(other) => values.get(*other)?.clone(),
                Rule::Start(start) => match cells.next()? {
                    "" => String::new(),
                    cell => super::record::spell(&format!("{start}{}", unspell(cell)?)).into_owned(),
                },
            };
            values.push(value);
        }
        if cells.rest.is_some() {
            return None;
        }
        let mut open = vec![name];
        self.out.push('<');
        self.out.push_str(name);
        let mut pending = true;
        for (column, value) in columns.iter().zip(&values).filter(|(_, value)| !value.is_empty()) {
            pending = self.cell(column, value, &mut open, pending)?;
        }
        while let Some(name) = open.pop() {
            if pending {
                return None;
            }
            self.end(name.split('#').next()?);
        }
        Some(())
    }

    /// Writes a cell. `pending`: the innermost open element has a start tag without its end; the new state.
    fn cell(
        &mut self,
        column: &Column<'t>,
        value: &str,
        open: &mut Vec<&'t str>,
        mut pending: bool,
    ) -> Option<bool> {
        let shared = open[1..]
            .iter()
            .zip(&column.path)
            .take_while(|(a, b)| a == b)
            .count();
        while open.len() - 1 > shared {
            if pending {
                return None;
            }
            self.end(open.pop()?.split('#').next()?);
        }
        for step in &column.path[shared..] {
            if pending {
                self.out.push('>');
            }
            self.out.push('<');
            self.out.push_str(step.split('#').next()?);
            open.push(step);
            pending = true;
        }
        if !pending {
            return None;
        }
        if let Some((attribute, quote)) = column.attribute {
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push('=');
            self.out.push(quote);
            self.out.push_str(&unspell(value)?);
            self.out.push(quote);
            return Some(true);
        }
        let name = open.pop()?.split('#').next()?;
        if value == CLOSED {
            self.out.push_str("/>");
        } else {
            self.out.push('>');
            let text = unspell(value)?;
            let (before, after) = if column.is_data {
                ("<![CDATA[", "]]>")
            } else {
                ("", "")
            };
            self.out.push_str(before);
            self.out.push_str(&text);
            self.out.push_str(after);
            self.end(name);
        }
        Some(false)
    }
}

/// Name, attributes as they stand, and the rest of a line.
fn parse(line: &str) -> Option<(&str, &str, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    let name_end = |text: &str| {
        let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
        text[..end].trim_end_matches(':').len()
    };
    let end = name_end(line);
    let mut at = end;
    loop {
        let rest = &line[at..];
        let Some(attribute) = rest.strip_prefix(' ').filter(|rest| !rest.starts_with('/')) else {
            return (end > 0).then(|| (&line[..end], &line[end..at], rest));
        };
        let name = name_end(attribute);
        let value = attribute[name..].strip_prefix('=')?;
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let length = value[1..].find(quote)?;
        at += 1 + name + 1 + length + 2;
    }
}

enum Rule<'t> {
    Cells,
    Same(&'t str),
    Like(usize),
    Start(&'t str),
}

struct Column<'t> {
    /// Elements inside that of the row.
    path: Vec<&'t str>,
    attribute: Option<(&'t str, char)>,
    is_data: bool,
    rule: Rule<'t>,
}

fn columns_of(mut head: &str) -> Option<Vec<Column<'_>>> {
    const WIDEST: usize = 256;
    let mut columns: Vec<Column<'_>> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    loop {
        let end = head.find(['|', '=']).unwrap_or(head.len());
        let name = &head[..end];
        let mut rest = &head[end..];
        let mut rule = Rule::Cells;
        if let Some(value) = rest.strip_prefix('=') {
            let cell = Cells { rest: Some(value) }.next()?;
            rest = &value[cell.len()..];
            rule = match cell.strip_prefix("${").and_then(|other| other.strip_suffix('}')) {
                Some(other) => Rule::Like(names.iter().position(|name| *name == other)?),
                None => match cell.strip_suffix('…') {
                    Some(start) if !cell.starts_with('"') => Rule::Start(start),
                    _ => Rule::Same(cell),
                },
            };
        }
        names.push(name);
        columns.push(column(name, rule)?);
        match rest.strip_prefix('|') {
            Some(next) if columns.len() < WIDEST => head = next,
            Some(_) => return None,
            None => return rest.is_empty().then_some(columns),
        }
    }
}

fn column<'t>(name: &'t str, rule: Rule<'t>) -> Option<Column<'t>> {
    let (path, attribute) = match name.split_once('@') {
        Some((path, attribute)) => match attribute.strip_suffix('\'') {
            Some(attribute) => (path, Some((attribute, '\''))),
            None => (path, Some((attribute, '"'))),
        },
        None => (name, None),
    };
    let (path, is_data) = path
        .strip_suffix("(cdata)")
        .map_or((path, false), |path| (path, true));
    let path: Vec<&str> = match path {
        "." => Vec::new(),
        "" if attribute.is_some() => Vec::new(),
        path => path.split('/').collect(),
    };
    let is_name = |part: &&str| !part.is_empty() && !part.contains(['<', '>', ' ']);
    path.iter().all(is_name).then_some(Column {
        path,
        attribute,
        is_data,
        rule,
    })
}

/// The cells of a row.
struct Cells<'t> {
    rest: Option<&'t str>,
}

impl<'t> Cells<'t> {
    fn next(&mut self) -> Option<&'t str> {
        let rest = self.rest?;
        let end = if rest.starts_with('"') {
            let bytes = rest.as_bytes();
            let mut at = 1;
            while *bytes.get(at)? != b'"' {
                at += 1 + usize::from(bytes[at] == b'\\');
            }
            at + 1
        } else {
            rest.find('|').unwrap_or(rest.len())
        };
        let cell = rest.get(..end)?;
        self.rest = match &rest[end..] {
            "" => None,
            more => Some(more.strip_prefix('|')?),
        };
        Some(cell)
    }
}
