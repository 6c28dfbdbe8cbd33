//! Where something left out stood, as the retrieval tool reads it.

use std::ops::Range;

use memchr::memchr_iter;

/// Line and character of places asked for in ascending order.
pub(super) struct Places<'t> {
    text: &'t str,
    at: usize,
    /// From 1.
    line: usize,
    /// Characters of the line before `at`.
    character: usize,
}

impl<'t> Places<'t> {
    /// At the start of a text.
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
            character: 0,
        }
    }

    fn advance(&mut self, to: usize) -> (usize, usize) {
        let passed = &self.text[self.at..to];
        let breaks = memchr_iter(b'\n', passed.as_bytes()).count();
        let rest = passed.rfind('\n').map_or(passed, |line| &passed[line + 1..]);
        self.character = rest.chars().count() + if breaks == 0 { self.character } else { 0 };
        self.line += breaks;
        self.at = to;
        (self.line, self.character)
    }

    /// A range as `lines` of the retrieval tool: `lines 12-30`, `line 5:201-480` (characters of line 5).
    pub(super) fn note(&mut self, range: Range<usize>) -> String {
        let (first, from) = self.advance(range.start);
        let (last, to) = self.advance(range.end);
        let whole_start = self.text[..range.start].ends_with('\n') || range.start == 0;
        let rest = self.text[range.end..].split('\n').next().unwrap_or_default();
        let whole_end = rest.trim().is_empty();
        if first == last {
            return match (whole_start, whole_end) {
                (true, true) => format!("line {first}"),
                _ => format!("line {first}:{}-{to}", from + 1),
            };
        }
        let mut parts = Vec::new();
        if !whole_start {
            parts.push(format!("{first}:{}-", from + 1));
        }
        let whole = (first + usize::from(!whole_start), last - usize::from(!whole_end));
        match whole.1.checked_sub(whole.0) {
            Some(0) => parts.push(whole.0.to_string()),
            Some(_) => parts.push(format!("{}-{}", whole.0, whole.1)),
            None => {}
        }
        if !whole_end {
            parts.push(format!("{last}:1-{to}"));
        }
        format!("lines {}", parts.join(","))
    }
}
