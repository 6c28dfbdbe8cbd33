//! Strings spelled after other values: `${url}/forks`.
//!
//! Only URIs are spelled this way. Links repeat what stands in other fields by nature; a name, a path or
//! an id is what a reader looks for and stays as it is (law 6).

use std::borrow::Cow;

use crate::json::{Kind, Value};

use super::spell;

/// Shortest value worth naming in a template.
const SHORTEST: usize = 5;
/// A reference costs `${` and `}` beside the name.
const BRACES: usize = 3;
/// More values than this in one object are not looked through.
const MOST: usize = 64;

/// The members of an object, or the columns of a table, that later ones can be spelled after.
#[derive(Debug, Default)]
pub(super) struct Siblings<'a> {
    known: Vec<(u32, Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Siblings<'a> {
    /// Makes a member known; `text` is its plain text if it is a string that follows the style.
    pub(super) fn add(&mut self, key: &'a str, value: Value<'_, 'a>, text: Option<&Cow<'a, str>>) {
        let text = match value.kind() {
            Kind::Number => Some(Cow::Borrowed(value.raw())),
            _ => text.cloned(),
        };
        if let Some(text) = text
            && spell::is_bare_key(key)
        {
            self.add_text(Cow::Borrowed(key), text);
        }
    }

    /// Makes a text known under a name.
    pub(super) fn add_text(&mut self, name: Cow<'a, str>, text: Cow<'a, str>) {
        // A number is the name of a definition.
        let numeric = name.bytes().all(|byte| byte.is_ascii_digit());
        if !numeric
            && text.len() >= SHORTEST.max(name.len() + BRACES)
            && self.known.len() < MOST
            && self
                .known
                .iter()
                .all(|(_, known, value)| *known != name && *value != text)
        {
            self.known.push((head(text.as_bytes()), name, text));
        }
    }

    /// `text` with every known value in it, longest first, replaced by a reference; `None` without any.
    pub(super) fn template(&self, text: &str) -> Option<String> {
        let bytes = text.as_bytes();
        let mut out = String::new();
        let (mut at, mut copied) = (0, 0);
        while at + SHORTEST <= bytes.len() {
            let starts = at == 0 || !is_word(bytes[at - 1]) || !is_word(bytes[at]);
            let found = if starts { self.longest_at(text, at) } else { None };
            if let Some((name, len)) = found {
                out.push_str(&text[copied..at]);
                out.push_str("${");
                out.push_str(name);
                out.push('}');
                at += len;
                copied = at;
            } else {
                at += 1;
            }
        }
        if copied == 0 {
            return None;
        }
        out.push_str(&text[copied..]);
        Some(out)
    }

    fn longest_at(&self, text: &str, at: usize) -> Option<(&str, usize)> {
        let bytes = text.as_bytes();
        let head = head(&bytes[at..]);
        self.known
            .iter()
            .filter(|(first, _, value)| {
                *first == head
                    && bytes[at..].starts_with(value.as_bytes())
                    && ends_at_border(bytes, at + value.len())
            })
            .max_by_key(|(_, _, value)| value.len())
            .map(|(_, name, value)| (name.as_ref(), value.len()))
    }
}

/// The first four bytes as a number, to rule out most candidates at once.
fn head(bytes: &[u8]) -> u32 {
    bytes
        .get(..4)
        .map_or(0, |four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

fn ends_at_border(bytes: &[u8], end: usize) -> bool {
    bytes
        .get(end)
        .is_none_or(|next| !is_word(*next) || !is_word(bytes[end - 1]))
}

/// True for `scheme://…` and `user@host:…` without whitespace.
pub(super) fn is_uri(text: &str) -> bool {
    const SHORTEST_URI: usize = 12;
    if text.len() < SHORTEST_URI || text.bytes().any(|byte| byte <= b' ') {
        return false;
    }
    let Some(colon) = memchr::memchr(b':', text.as_bytes()) else {
        return false;
    };
    let (scheme, rest) = text.split_at(colon);
    let named = |part: &str| {
        part.bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_'))
    };
    (rest.starts_with("://") && !scheme.is_empty() && named(scheme))
        || scheme
            .split_once('@')
            .is_some_and(|(user, host)| named(user) && named(host) && !host.is_empty())
}
