//! JSON strings to text and back.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text of a JSON string literal (quotes included); `None` if it holds a lone surrogate.
///
/// `raw` must be a literal the parser accepted.
pub fn decode(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.get(1..raw.len().checked_sub(1)?)?;
    let Some(first) = memchr::memchr(b'\\', inner.as_bytes()) else {
        return Some(Cow::Borrowed(inner));
    };
    let mut out = String::with_capacity(inner.len());
    out.push_str(&inner[..first]);
    let mut rest = &inner[first..];
    while let Some(escape) = rest.strip_prefix('\\') {
        rest = decode_escape(escape, &mut out)?;
        let plain = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        out.push_str(&rest[..plain]);
        rest = &rest[plain..];
    }
    Some(Cow::Owned(out))
}

/// Decodes what follows a backslash into `out` and returns what comes after.
fn decode_escape<'a>(escape: &'a str, out: &mut String) -> Option<&'a str> {
    let simple = match escape.as_bytes().first()? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => return decode_unicode(&escape[1..], out),
        other => char::from(*other),
    };
    out.push(simple);
    escape.get(1..)
}

fn decode_unicode<'a>(digits: &'a str, out: &mut String) -> Option<&'a str> {
    let unit = |text: &str| u32::from_str_radix(text.get(..4)?, 16).ok();
    let high = unit(digits)?;
    let rest = &digits[4..];
    if let Some(plain) = char::from_u32(high) {
        out.push(plain);
        return Some(rest);
    }
    let low = unit(rest.strip_prefix("\\u")?)?;
    if !(0xd800..0xdc00).contains(&high) || !(0xdc00..0xe000).contains(&low) {
        return None;
    }
    out.push(char::from_u32(
        0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00),
    )?);
    rest.get(6..)
}

/// A text as a JSON string literal, escaping only what JSON requires (as `JSON.stringify` does).
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote_into(text, &mut out);
    out
}

/// [`quote`], appended to `out`.
pub fn quote_into(text: &str, out: &mut String) {
    out.push('"');
    let mut copied = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[copied..at]);
        copied = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x8 => out.push_str("\\b"),
            0xc => out.push_str("\\f"),
            other => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{other:04x}");
            }
        }
    }
    out.push_str(&text[copied..]);
    out.push('"');
}
