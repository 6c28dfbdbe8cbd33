//! The JSON parser: total, strict, and its spans are the source.

use headroom::json::{Document, Kind, Value};
use serde::de::IgnoredAny;

use crate::compact;

/// Never panics; accepts what `serde_json` accepts, up to the depth it declares; the spans of what it
/// accepts put the source together again; a string means what `serde_json` says it means.
pub fn json_parse(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    // Reads grammar alone: any depth, any number, and no look at surrogates.
    let oracle = serde_json::from_str::<IgnoredAny>(text);
    match Document::parse(text) {
        Err(error) => {
            assert!(error.at <= text.len(), "the error is outside the text");
            assert!(
                oracle.is_err() || error.reason == "nested too deeply",
                "refused valid JSON: {error}"
            );
        }
        Ok(document) => {
            assert!(oracle.is_ok(), "accepted what is not JSON");
            assert_eq!(document.root().raw(), text.trim_matches([' ', '\n', '\t', '\r']));
            let mut out = String::with_capacity(text.len());
            reassemble(document.root(), &mut out);
            assert_eq!(out, compact(text), "the spans are not the source");
        }
    }
}

fn reassemble(value: Value<'_, '_>, out: &mut String) {
    let source = value.raw();
    match value.kind() {
        Kind::Array => {
            out.push('[');
            for (index, item) in value.items().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                reassemble(item, out);
            }
            out.push(']');
            assert_eq!(value.items().count(), value.len());
        }
        Kind::Object => {
            out.push('{');
            for (index, (key, member)) in value.entries().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                reassemble(key, out);
                out.push(':');
                reassemble(member, out);
            }
            out.push('}');
            assert_eq!(value.entries().count(), value.len());
        }
        Kind::String => {
            let theirs = serde_json::from_str::<String>(source).ok();
            assert_eq!(value.text().map(String::from), theirs, "{source}");
            out.push_str(source);
        }
        Kind::Null | Kind::Bool | Kind::Number => out.push_str(source),
    }
}
