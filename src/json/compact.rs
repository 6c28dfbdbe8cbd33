//! JSON on one line.

use super::{Kind, Value};

/// A value's JSON with the whitespace between tokens left out, appended to `out`; every token as it was.
pub fn compact_into(value: Value<'_, '_>, out: &mut String) {
    let comma = |index: usize, out: &mut String| {
        if index > 0 {
            out.push(',');
        }
    };
    match value.kind() {
        Kind::Array => {
            out.push('[');
            for (index, item) in value.items().enumerate() {
                comma(index, out);
                compact_into(item, out);
            }
            out.push(']');
        }
        Kind::Object => {
            out.push('{');
            for (index, (key, member)) in value.entries().enumerate() {
                comma(index, out);
                out.push_str(key.raw());
                out.push(':');
                compact_into(member, out);
            }
            out.push('}');
        }
        _ => out.push_str(value.raw()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Document;

    #[test]
    fn only_the_whitespace_between_tokens_goes() {
        let document = Document::parse("{ \"a b\" : [ 1.0 , { } , [ ] ,\n \"\\u0041  x\" ] , \"a b\": null }").unwrap();
        let mut out = String::new();
        compact_into(document.root(), &mut out);
        assert_eq!(out, "{\"a b\":[1.0,{},[],\"\\u0041  x\"],\"a b\":null}");
    }
}
