//! Stack traces: what belongs to one, and which of its lines tell most.

use super::lines::Lines;
use crate::signal;

/// Longest trace followed, in lines.
const LONGEST: usize = 400;

/// How many lines of a trace tell, at its start and at its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    first: usize,
    last: usize,
}

impl Reach {
    /// Where it was raised: the innermost frame, which is the first or, in Python, the last one, on two lines.
    pub(super) const SITE: Self = Self { first: 2, last: 2 };
    /// And how it came to that.
    pub(super) const WHOLE: Self = Self { first: 5, last: 3 };
}

/// The telling lines of the trace or the block of details that follows a failure: its first and last
/// frames, every cause with its first frame, and the line after it, which in Python is the error itself.
pub(super) fn telling(lines: &Lines<'_>, head: usize, reach: Reach) -> Vec<usize> {
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
    let is_near = |line: usize| line <= head + reach.first || line + reach.last >= end;
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

/// The line an indented one stands under: the file of a finding, the suite of a test.
pub(super) fn heading(lines: &Lines<'_>, line: usize) -> Option<usize> {
    const REACH: usize = 40;
    let is_stamped = |line: usize| signal::stamps(lines.get(line))[0].is_some();
    let is_blank = |line: usize| lines.get(line)[signal::body(lines.get(line))..].trim().is_empty();
    let (level, stamped) = (indent(lines.get(line)), is_stamped(line));
    if level <= usize::from(stamped) {
        return None;
    }
    (line.saturating_sub(REACH)..line)
        .rev()
        .filter(|&above| !is_blank(above) && is_stamped(above) == stamped)
        .find(|&above| indent(lines.get(above)) < level)
}

/// How far the message of a line is indented; colours are as wide as nothing.
fn indent(line: &str) -> usize {
    let start = signal::body(line);
    let mut wide = 0;
    let mut in_colour = false;
    let from = signal::stamps(line)
        .into_iter()
        .flatten()
        .last()
        .map_or(0, |stamp| stamp.end);
    for byte in &line.as_bytes()[from.min(start)..start] {
        match byte {
            0x1b => in_colour = true,
            b' ' | b'\t' => wide += 1,
            _ if in_colour => in_colour = !byte.is_ascii_alphabetic(),
            _ => wide = 0,
        }
    }
    wide
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
            let number = frame.to_string();
            text += &["\tat a.b.C.m", &number, "(C.java:", &number, ")\n"].concat();
            if frame == 20 {
                text.push_str("Caused by: java.lang.Error: y\n");
            }
        }
        text.push_str("done\nmore\n");
        let lines = Lines::of(&text).unwrap();
        let found: Vec<&str> = telling(&lines, 0, Reach::WHOLE)
            .iter()
            .map(|&line| lines.get(line).trim())
            .collect();
        assert_eq!(found.len(), Reach::WHOLE.first + 2 + Reach::WHOLE.last + 1);
        assert!(
            found.contains(&"Caused by: java.lang.Error: y") && found.contains(&"at a.b.C.m21(C.java:21)")
        );
        assert_eq!(found.last(), Some(&"done"));
    }

    #[test]
    fn a_line_without_details_has_no_trace() {
        let lines = Lines::of("error: x\nnext\n").unwrap();
        assert!(telling(&lines, 0, Reach::WHOLE).is_empty());
    }
}
