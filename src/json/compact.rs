//! JSON on one line.

/// JSON, or a part of it such as one member, with the whitespace between tokens left out, appended to
/// `out`; every token as it was. `source` must be what the parser accepted.
pub fn compact_into(source: &str, out: &mut String) {
    let bytes = source.as_bytes();
    let (mut at, mut copied) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = after_string(bytes, at),
            b' ' | b'\n' | b'\t' | b'\r' => {
                out.push_str(&source[copied..at]);
                while let Some(b' ' | b'\n' | b'\t' | b'\r') = bytes.get(at) {
                    at += 1;
                }
                copied = at;
            }
            _ => at += 1,
        }
    }
    out.push_str(&source[copied..]);
}

/// Where the string that starts at `at` ends; the end of the text if it does not.
fn after_string(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(step) = bytes
        .get(at..)
        .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
    {
        at += step;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compact(source: &str) -> String {
        let mut out = String::new();
        compact_into(source, &mut out);
        out
    }

    #[test]
    fn only_the_whitespace_between_tokens_goes() {
        let source = "{ \"a b\" : [ 1.0 , { } , [ ] ,\n \"\\u0041  \\\" x\" ] , \"a b\": null }\n";
        assert_eq!(
            compact(source),
            "{\"a b\":[1.0,{},[],\"\\u0041  \\\" x\"],\"a b\":null}"
        );
        assert_eq!(compact("\"k\" : \"é  é\""), "\"k\":\"é  é\"");
        assert_eq!(compact(""), "");
        assert_eq!(compact("\"open \\"), "\"open \\");
    }
}
