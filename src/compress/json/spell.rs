//! How a JSON scalar is written in an outline, and how it is read back.
//!
//! A string is written bare where nothing could mistake it for something else, else as a JSON string.
//! Escapes are the source's business: [`Style`] names the way this document escapes, so that bare text
//! still gives the same literal back; a literal that does not follow the style is copied with a `raw` in
//! front.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::json::{self, Document, Kind, Value};

/// Separates the cells of a table row.
pub(super) const CELL: char = '|';
/// A cell that repeats the one above it.
pub(super) const DITTO: &str = "^";
/// Head of the first column where rows start with their key.
pub(super) const KEY_COLUMN: &str = "(key)|";
/// Stands before a literal that is copied as it is.
pub(super) const RAW: &str = "raw";
/// Value that stands already elsewhere.
pub(super) const SAME: &str = "same as ";
/// Object that differs from an earlier one in the listed members.
pub(super) const LIKE: &str = "like ";

/// Where a scalar is written; each place has its own things to be mistaken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The rest of a line.
    Line,
    /// A table cell of any type.
    Cell,
    /// A table cell of a column that holds strings only.
    TextCell,
}

/// The escapes a document uses beyond the ones JSON requires.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent habits of JSON writers"
)]
pub(super) struct Style {
    /// Everything outside ASCII is `\uXXXX` (Python's default).
    ascii: bool,
    /// `/` is `\/` (PHP's default).
    slash: bool,
    /// `<`, `>` and `&` are `\uXXXX` (Go's default).
    html: bool,
    /// `\uXXXX` in upper case.
    upper: bool,
}

const STYLE_WORDS: [&str; 4] = ["ascii", "slash", "html", "upper"];

impl Style {
    /// The style of most escaped strings of a document; the first escape of each sort decides.
    pub(super) fn of(document: &Document<'_>) -> Self {
        let mut style = Self::default();
        let bytes = document.text().as_bytes();
        let mut cased = false;
        let mut at = 0;
        while let Some(step) = memchr::memchr(b'\\', &bytes[at..]) {
            at += step;
            match bytes.get(at + 1) {
                Some(b'/') => style.slash = true,
                Some(b'u') => {
                    let digits = bytes.get(at + 2..at + 6).unwrap_or_default();
                    let code = std::str::from_utf8(digits)
                        .ok()
                        .and_then(|d| u32::from_str_radix(d, 16).ok());
                    style.ascii |= code.is_some_and(|code| code >= 0x7f);
                    style.html |= matches!(code, Some(0x26 | 0x3c | 0x3e));
                    if !cased && digits.iter().any(u8::is_ascii_alphabetic) {
                        cased = true;
                        style.upper = digits.iter().any(u8::is_ascii_uppercase);
                    }
                }
                _ => {}
            }
            at += 2;
            if at >= bytes.len() {
                break;
            }
        }
        style
    }

    /// Words for the header, empty for the plain style.
    pub(super) fn words(self) -> String {
        let set = [self.ascii, self.slash, self.html, self.upper];
        let words: Vec<&str> = STYLE_WORDS
            .iter()
            .zip(set)
            .filter(|(_, on)| *on)
            .map(|(word, _)| *word)
            .collect();
        words.join(" ")
    }

    /// Reads [`Style::words`] back.
    pub(super) fn from_words(words: &str) -> Self {
        let on = |word: &str| words.split(' ').any(|w| w == word);
        Self {
            ascii: on("ascii"),
            slash: on("slash"),
            html: on("html"),
            upper: on("upper"),
        }
    }

    /// A text as this document would have escaped it, quotes included.
    pub(super) fn quote_into(self, text: &str, out: &mut String) {
        if self == Self::default() {
            return json::quote_into(text, out);
        }
        out.push('"');
        for c in text.chars() {
            match c {
                '/' if self.slash => out.push_str("\\/"),
                '<' | '>' | '&' if self.html => self.unit(u32::from(c) as u16, out),
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                c if c < ' ' => self.unit(u32::from(c) as u16, out),
                c if self.ascii && c >= '\u{7f}' => {
                    c.encode_utf16(&mut [0; 2])
                        .iter()
                        .for_each(|unit| self.unit(*unit, out));
                }
                c => out.push(c),
            }
        }
        out.push('"');
    }

    fn unit(self, unit: u16, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = if self.upper {
            write!(out, "\\u{unit:04X}")
        } else {
            write!(out, "\\u{unit:04x}")
        };
    }

    /// True when quoting `text` in this style gives `raw`.
    fn fits(self, raw: &str, text: &str) -> bool {
        let escaped = text.len() + 2 != raw.len();
        if !escaped && self == Self::default() {
            return true;
        }
        if !escaped && !self.touches(text) {
            return true;
        }
        let mut quoted = String::with_capacity(raw.len());
        self.quote_into(text, &mut quoted);
        quoted == raw
    }

    fn touches(self, text: &str) -> bool {
        text.bytes().any(|byte| match byte {
            b'/' => self.slash,
            b'<' | b'>' | b'&' => self.html,
            b'"' | b'\\' => true,
            byte => self.ascii && byte >= 0x7f,
        })
    }
}

/// The text of a string that follows the style; `None` for other kinds and for strings to be copied raw.
pub(super) fn plain_text<'a>(value: Value<'_, 'a>, style: Style) -> Option<Cow<'a, str>> {
    value.text().filter(|text| style.fits(value.raw(), text))
}

/// A scalar, or an empty container, as it is written at a place.
pub(super) fn spell<'a>(value: Value<'_, 'a>, place: Place, style: Style) -> Cow<'a, str> {
    match value.kind() {
        Kind::String => {}
        // An empty container may hold whitespace, line ends too.
        Kind::Array => return Cow::Borrowed("[]"),
        Kind::Object => return Cow::Borrowed("{}"),
        _ => return Cow::Borrowed(value.raw()),
    }
    match plain_text(value, style) {
        Some(text) => spell_text(text, place),
        None => Cow::Owned(format!("{RAW}{}", value.raw())),
    }
}

/// A text as it is written at a place.
pub(super) fn spell_text(text: Cow<'_, str>, place: Place) -> Cow<'_, str> {
    if is_bare(&text, place) {
        text
    } else {
        Cow::Owned(json::quote(&text))
    }
}

/// True when a text can stand at a place without quotes.
pub(super) fn is_bare(text: &str, place: Place) -> bool {
    let (Some(&first), Some(&last)) = (text.as_bytes().first(), text.as_bytes().last()) else {
        return false;
    };
    if matches!(first, b'"' | b'[' | b'{' | b'(' | b' ') || last == b' ' {
        return false;
    }
    if text.starts_with('…') || text.starts_with("raw\"") || text.starts_with(SAME) || text.starts_with(LIKE)
    {
        return false;
    }
    if place != Place::Line && text.starts_with(DITTO) {
        return false;
    }
    if place != Place::TextCell && (is_literal(text) || looks_literal(text)) {
        return false;
    }
    let cell = place != Place::Line;
    let mut before = 0;
    for byte in text.bytes() {
        let clash = match byte {
            b'{' => before == b'$',
            b'|' => cell,
            b'h' => before == b'[',
            _ => byte < 0x20,
        };
        if clash {
            return false;
        }
        before = byte;
    }
    true
}

/// True for `null`, `true`, `false` and everything that is a JSON number.
pub(super) fn is_literal(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b'n' | b't' | b'f') => matches!(text, "null" | "true" | "false"),
        Some(b'-' | b'0'..=b'9') => json::is_number(text),
        _ => false,
    }
}

/// True for words that other languages spell their literals with: `None` beside `null` would read as one.
fn looks_literal(text: &str) -> bool {
    const WORDS: [&str; 7] = ["null", "true", "false", "none", "nil", "nan", "undefined"];
    text.len() <= 9 && WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// True when a key can be written without quotes.
pub(super) fn is_bare_key(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && text.bytes().all(is_bare_key_byte)
}

/// True for the bytes a key without quotes is made of.
pub(super) fn is_bare_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$' | b'@' | b'/' | b'#' | b'*' | b'+')
}

/// A key as it is written: its text where that is plain, else the source's own literal.
pub(super) fn spell_key<'a>(key: Value<'_, 'a>) -> &'a str {
    let raw = key.raw();
    let inner = &raw[1..raw.len() - 1];
    if is_bare_key(inner) { inner } else { raw }
}

/// The JSON literal of a written key.
pub(super) fn unspell_key(key: &str, out: &mut String) {
    if key.starts_with('"') {
        out.push_str(key);
    } else {
        out.push('"');
        out.push_str(key);
        out.push('"');
    }
}
