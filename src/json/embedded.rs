//! JSON in a text that is not JSON itself: the body after a client's talk, records between other lines.
//!
//! Found in one pass: what fails to be JSON is not looked at again. The same text has the same parts for
//! whoever asks, so a part can be named by the line it starts in.

use std::ops::Range;

use super::Document;

/// Parts of fewer bytes are not told apart from the text around them.
pub const LEAST: usize = 256;

/// Objects and arrays in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// The line it starts in, from 1. No two parts start in one line.
    pub line: usize,
    /// Number of values: more than one stand in a row, with nothing but whitespace between them.
    pub values: usize,
}

/// The parts of a text that are JSON, in order: each starts a line or follows a label (`Response: {`), and
/// no code goes on after it.
pub fn parts(text: &str) -> Vec<Part> {
    let bytes = text.as_bytes();
    let mut parts: Vec<Part> = Vec::new();
    let (mut at, mut line, mut line_start) = (0, 1, 0);
    while let Some(step) = memchr::memchr2(b'{', b'[', &bytes[at..]) {
        let start = at + step;
        line += memchr::memchr_iter(b'\n', &bytes[at..start]).count();
        if let Some(last) = memchr::memrchr(b'\n', &bytes[at..start]) {
            line_start = at + last + 1;
        }
        if !opens(&bytes[start..]) || !is_label(&text[line_start..start]) {
            at = start + 1;
            continue;
        }
        let (end, found) = match Document::prefix_end(&text[start..]) {
            Ok(len) => (start + len, !goes_on(&bytes[start + len..])),
            Err(error) => (start + error.at.max(1), false),
        };
        if found {
            add(&mut parts, text, start..end, line);
        }
        let inside = &bytes[start..end];
        line += memchr::memchr_iter(b'\n', inside).count();
        if let Some(last) = memchr::memrchr(b'\n', inside) {
            line_start = start + last + 1;
        }
        at = text.ceil_char_boundary(end);
    }
    parts.retain(|part| part.range.len() >= LEAST);
    parts
}

fn add(parts: &mut Vec<Part>, text: &str, range: Range<usize>, line: usize) {
    if let Some(last) = parts.last_mut() {
        let between = &text[last.range.end..range.start];
        if !between.is_empty() && between.bytes().all(|byte| byte.is_ascii_whitespace()) {
            last.range.end = range.end;
            last.values += 1;
            return;
        }
        if last.line == line {
            return;
        }
    }
    parts.push(Part {
        range,
        line,
        values: 1,
    });
}

/// True where an object or array may begin: what follows its bracket can.
fn opens(bytes: &[u8]) -> bool {
    const NEAR: usize = 256;
    let mut near = bytes[1..bytes.len().min(NEAR)]
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace());
    match (bytes[0], near.next()) {
        (b'{', Some(b'"' | b'}')) => true,
        (b'[', Some(second)) => matches!(
            second,
            b'{' | b'[' | b'"' | b']' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'
        ),
        _ => false,
    }
}

/// True for what may stand before JSON in its line: nothing, or a label.
fn is_label(before: &str) -> bool {
    const LONGEST: usize = 120;
    if before.len() > LONGEST {
        return false;
    }
    let label = before.trim();
    label.is_empty() || (label.ends_with([':', '>', '|']) && !label.contains(['{', '"']))
}

/// True where code goes on after a value, as after a literal in a program.
fn goes_on(after: &[u8]) -> bool {
    matches!(after.first(), Some(b';' | b',' | b')' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, usize, usize)> {
        let of = |part: Part| (&text[part.range], part.line, part.values);
        parts(text).into_iter().map(of).collect()
    }

    #[test]
    fn bodies_records_and_labelled_values_are_found() {
        let long = format!("{{\"text\":\"{}\"}}", "é".repeat(LEAST));
        for (text, expected) in [
            (format!("> GET /\n< 200\n{long}* left intact\n"), vec![(3, 1)]),
            (format!("failed\nResponse: {long}\n\n{long}"), vec![(2, 2)]),
            (format!("{long}\nat x.js:1\n{long}\n"), vec![(1, 1), (3, 1)]),
            (
                format!("[INFO] ok\n[2/3] x {{a}} [\"open\n{long}\n"),
                vec![(3, 1)],
            ),
            (format!("{long} {long}"), vec![(1, 1)]),
        ] {
            let lines: Vec<_> = found(&text)
                .iter()
                .map(|(_, line, values)| (*line, *values))
                .collect();
            assert_eq!(lines, expected, "{text}");
        }
    }

    #[test]
    fn code_and_small_values_are_not() {
        let long = format!("{{\"text\":\"{}\"}}", "x".repeat(LEAST));
        for text in [
            format!("const body = {long};\n"),
            format!("call({long})\n"),
            format!("x: {long},\n"),
            "{\"a\":1}\nand [1, 2]\n".to_owned(),
            format!("{{\"open\": {long}\n"),
            String::new(),
        ] {
            assert_eq!(found(&text), [], "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_parts_in_order(text in "([{}\\[\\]\": \n,1é]|\\{\"a\":1\\}|x){0,40}") {
            let mut end = 0;
            for part in parts(&text) {
                proptest::prop_assert!(part.range.start >= end);
                end = part.range.end;
                proptest::prop_assert_eq!(text[..part.range.start].matches('\n').count() + 1, part.line);
            }
        }
    }
}
