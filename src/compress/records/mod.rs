//! What the compressors of records share, whatever the records are: items of an array, rows of a table,
//! elements, hits of a search: which further ones are worth showing, and how values are shown to JSON's selection.

mod cover;

pub(super) use cover::{CLOSE, Features, order};

use crate::json;

/// Appends a value as JSON: numbers as numbers, the rest as text.
pub(super) fn push_value(text: &str, out: &mut String) {
    if is_number(text) {
        out.push_str(text);
    } else {
        json::quote_into(text, out);
    }
}

/// True for what is a number in JSON too; codes with leading zeros are none.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits =
        |text: &str| !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(part) && (whole == "0" || !whole.starts_with('0'))
}
