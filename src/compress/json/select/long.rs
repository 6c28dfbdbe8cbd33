//! Strings too long to show whole.
//!
//! Encoded data and markup say nothing a reader could use as text; other long texts are only cut where all
//! records are wanted and the texts are what makes them large. What tells of an error is never cut.

use crate::json::{Kind, Value};
use crate::signal::quotes_error;

/// Opaque strings from this size on are cut.
const OPAQUE: usize = 256;
/// Texts and containers from this size on are long.
const LONG: usize = 100;

/// True for a string of which the head is enough.
pub(super) fn is_cut(value: Value<'_, '_>, brief: bool) -> bool {
    let raw = value.raw();
    if raw.len() < LONG || value.text().is_none() {
        // Of a lone surrogate there is no head to show.
        return false;
    }
    if raw.len() >= OPAQUE && (is_encoded(raw) || is_markup(raw)) && !quotes_error(raw) {
        return true;
    }
    brief && is_long(value) && !quotes_error(raw)
}

/// True for long texts and containers.
pub(super) fn is_long(value: Value<'_, '_>) -> bool {
    match value.kind() {
        Kind::String => value.raw().len() >= LONG,
        _ => value.span().len() >= LONG,
    }
}

/// Base64, hex and the like: hardly any spaces or punctuation over a long stretch.
fn is_encoded(raw: &str) -> bool {
    const SHARE: usize = 97;
    let inner = raw.trim_matches('"');
    let inner = inner.split_once(";base64,").map_or(inner, |(_, data)| data);
    let alphabet =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_');
    let (mut matching, mut longest, mut run, mut digits) = (0, 0, 0, 0);
    for byte in inner.bytes() {
        matching += usize::from(alphabet(byte));
        digits += usize::from(byte.is_ascii_digit());
        run = if alphabet(byte) { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    matching * 100 >= inner.len() * SHARE && longest >= 60 && digits * 25 >= inner.len()
}

/// HTML or XML: starts like it, or a tag every hundred bytes.
fn is_markup(raw: &str) -> bool {
    let tags = memchr::memmem::find_iter(raw.as_bytes(), b"</").count();
    tags >= 3 && tags * 100 >= raw.len() / 2
}
