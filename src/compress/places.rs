//! Where a gap is, as `headroom_retrieve` reads `lines`.
//!
//! `12-30` are lines, `5:201-480` are characters of line 5, and a gap over several lines joins both
//! (`5:201-,6-7,8:1-99`).

use std::ops::Range;

use memchr::memchr_iter;

/// The range with the space around it that fills its first and its last line.
pub(super) fn widened(text: &str, range: Range<usize>) -> Range<usize> {
    let space = [' ', '\t', '\r'];
    let lead = text[..range.start].trim_end_matches(space);
    let start = if lead.is_empty() || lead.ends_with('\n') {
        lead.len()
    } else {
        range.start
    };
    let tail = text[range.end..].trim_start_matches(space);
    let end = if tail.is_empty() || tail.starts_with('\n') {
        text.len() - tail.len()
    } else {
        range.end
    };
    start..end
}

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

    /// The lines a range is in, whole where they are short enough to be read.
    pub(super) fn around(&mut self, range: Range<usize>) -> String {
        const SHORT: usize = 400;
        // A line break belongs to the line it ends.
        let end = range.start + self.text[range.clone()].trim_end_matches(['\n', '\r']).len();
        let range = range.start..end;
        let before = &self.text.as_bytes()[range.start.saturating_sub(SHORT)..range.start];
        let after = &self.text.as_bytes()[range.end..self.text.len().min(range.end + SHORT)];
        let ends = |part: &[u8]| part.len() < SHORT || part.contains(&b'\n');
        // Nothing has no characters.
        if !range.is_empty() && (!ends(before) || !ends(after)) {
            return self.note(range);
        }
        let (first, _) = self.advance(range.start);
        let (last, _) = self.advance(range.end);
        if first == last {
            format!("line {first}")
        } else {
            format!("lines {first}-{last}")
        }
    }

    /// A range as `lines` of the retrieval tool.
    pub(super) fn note(&mut self, range: Range<usize>) -> String {
        let (first, from) = self.advance(range.start);
        let (last, to) = self.advance(range.end);
        let whole_start = self.text[..range.start].ends_with('\n') || range.start == 0;
        let rest = self.text[range.end..].trim_start_matches([' ', '\t', '\r']);
        let whole_end = rest.is_empty() || rest.starts_with('\n');
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
