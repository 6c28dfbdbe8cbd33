//! The whitespace JSON writers put between tokens, so that embedded JSON can be given back exactly.

use super::tape::{Document, Value};
use super::{Kind, compact_into};

/// A way to put whitespace into JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// None at all: `JSON.stringify(x)`.
    Compact,
    /// After each comma and colon: Python's `json.dumps(x)`.
    Spaced,
    /// One value a line, this many spaces a level: `JSON.stringify(x, null, 2)`.
    Indented(usize),
}

impl Spacing {
    /// The spacing a JSON container was written with; `None` if it is none of these throughout.
    pub fn of(document: &Document<'_>) -> Option<Self> {
        let text = document.text();
        let after = text.get(1..)?;
        let guess = if let Some(line) = after.strip_prefix('\n') {
            Self::Indented(line.len() - line.trim_start_matches(' ').len())
        } else {
            let mut compact = String::with_capacity(text.len());
            compact_into(text, &mut compact);
            if compact == text {
                return Some(Self::Compact);
            }
            Self::Spaced
        };
        let mut written = String::with_capacity(text.len());
        let fits = guess.is_usual() && guess.write(document.root(), text.len(), &mut written);
        (fits && written == text).then_some(guess)
    }

    /// True for what writers produce; an indent of a thousand is an attack, not a style.
    pub fn is_usual(self) -> bool {
        const WIDEST: usize = 16;
        !matches!(self, Self::Indented(width) if width > WIDEST)
    }

    /// Appends a value in this spacing; `false`, and the value cut short, where `out` would grow beyond `limit`
    /// bytes.
    pub fn write(self, value: Value<'_, '_>, limit: usize, out: &mut String) -> bool {
        self.write_at(value, 0, limit, out);
        out.len() <= limit
    }

    fn write_at(self, value: Value<'_, '_>, depth: usize, limit: usize, out: &mut String) {
        match value.kind() {
            Kind::Array if !value.is_empty() => {
                out.push('[');
                for (index, item) in value.items().enumerate() {
                    self.before_member(index, depth, out);
                    if out.len() > limit {
                        return;
                    }
                    self.write_at(item, depth + 1, limit, out);
                }
                self.line(depth, out);
                out.push(']');
            }
            Kind::Object if !value.is_empty() => {
                out.push('{');
                for (index, (key, member)) in value.entries().enumerate() {
                    self.before_member(index, depth, out);
                    if out.len() > limit {
                        return;
                    }
                    out.push_str(key.raw());
                    out.push_str(if self == Self::Compact { ":" } else { ": " });
                    self.write_at(member, depth + 1, limit, out);
                }
                self.line(depth, out);
                out.push('}');
            }
            _ => compact_into(value.raw(), out),
        }
    }

    fn before_member(self, index: usize, depth: usize, out: &mut String) {
        if index > 0 {
            out.push_str(if self == Self::Spaced { ", " } else { "," });
        }
        self.line(depth + 1, out);
    }

    fn line(self, depth: usize, out: &mut String) {
        if let Self::Indented(width) = self {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', width * depth));
        }
    }
}
