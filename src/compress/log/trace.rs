//! Stack traces: what belongs to one, and which of its lines tell most.

use super::lines::Lines;
use crate::signal;

/// Longest trace followed, in lines.
const LONGEST: usize = 400;
/// Frames kept at the start and at the end.
const FIRST: usize = 5;
const LAST: usize = 3;

/// The telling lines of the trace or the block of details that follows a failure: its first and last
/// frames, every cause with its first frame, and the line after it, which in Python is the error itself.
pub(super) fn telling(lines: &Lines<'_>, head: usize) -> Vec<usize> {
    let level = indent(lines.get(head));
    let belongs = |&line: &usize| {
        let text = lines.get(line);
        indent(text) > level || is_frame(&text[signal::body(text)..])
    };
    let end = (head + 1..lines.len().min(head + LONGEST))
        .take_while(belongs)
        .last()
        .map_or(head + 1, |last| last + 1);
    let size = end - head - 1;
    if size == 0 {
        return Vec::new();
    }
    let is_near = |line: usize| line <= head + FIRST || line + LAST >= end;
    let is_cause = |line: usize| {
        let text = lines.get(line);
        let body = &text[signal::body(text)..];
        body.starts_with("Caused by") || body.starts_with("caused by") || body.starts_with("Suppressed")
    };
    let mut found: Vec<usize> = (head + 1..end)
        .filter(|&line| is_near(line) || is_cause(line) || is_cause(line - 1))
        .collect();
    if end < lines.len() {
        found.push(end);
    }
    found
}

/// How far the message of a line is indented.
fn indent(line: &str) -> usize {
    let start = signal::body(line);
    start - line[..start].trim_end_matches([' ', '\t']).len()
}

/// True for lines that go on with a trace though they are not indented.
fn is_frame(body: &str) -> bool {
    [
        "at ",
        "File \"",
        "Caused by",
        "caused by",
        "... ",
        "#0 ",
        "#1 ",
        "#2 ",
        "#3 ",
        "stack backtrace",
        "goroutine ",
    ]
    .iter()
    .any(|start| body.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_trace_keeps_its_ends_and_its_causes() {
        let mut text = String::from("java.io.IOException: x\n");
        for frame in 0..40 {
            text.push_str(&format!("\tat a.b.C.m{frame}(C.java:{frame})\n"));
            if frame == 20 {
                text.push_str("Caused by: java.lang.Error: y\n");
            }
        }
        text.push_str("done\nmore\n");
        let lines = Lines::of(&text).unwrap();
        let found: Vec<&str> = telling(&lines, 0)
            .iter()
            .map(|&line| lines.get(line).trim())
            .collect();
        assert_eq!(found.len(), FIRST + 2 + LAST + 1);
        assert!(
            found.contains(&"Caused by: java.lang.Error: y") && found.contains(&"at a.b.C.m21(C.java:21)")
        );
        assert_eq!(found.last(), Some(&"done"));
    }

    #[test]
    fn a_line_without_details_has_no_trace() {
        let lines = Lines::of("error: x\nnext\n").unwrap();
        assert!(telling(&lines, 0).is_empty());
    }
}
