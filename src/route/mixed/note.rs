//! Notes of a part in the units of the whole text.

use std::fmt::Write as _;

use crate::compress::{Mark, Piece};

/// Where a part stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    /// Lines before it.
    pub(super) line: usize,
    /// Characters before it in its first line.
    pub(super) character: usize,
    /// The line by which rows are told from those of other JSON in the text, where there is other.
    pub(super) rows: Option<usize>,
}

/// Line ends in a text.
pub(super) fn lines(text: &str) -> usize {
    memchr::memchr_iter(b'\n', text.as_bytes()).count()
}

impl Origin {
    /// Of a part that starts at a byte of a text, with so many lines before it.
    pub(super) fn at(text: &str, start: usize, line: usize) -> Self {
        let line_start = memchr::memrchr(b'\n', &text.as_bytes()[..start]).map_or(0, |at| at + 1);
        Self {
            line,
            character: text[line_start..start].chars().count(),
            rows: None,
        }
    }

    /// A piece of a part as one of the whole text, in which the part starts at a byte.
    pub(super) fn piece(&self, piece: Piece, start: usize) -> Piece {
        match piece {
            Piece::Keep(range) => Piece::Keep(start + range.start..start + range.end),
            Piece::Text(text) => Piece::Text(text),
            Piece::Elide { range, note, mark } => Piece::Elide {
                range: start + range.start..start + range.end,
                note: if mark == Mark::Inline {
                    note
                } else {
                    self.note(&note)
                },
                mark,
            },
        }
    }

    /// A note with its line numbers moved, and with the name of the JSON its rows and keys are of.
    pub(super) fn note(&self, note: &str) -> String {
        let mut out = String::with_capacity(note.len() + 8);
        let mut rest = note;
        while let Some(at) = rest.find("line") {
            let word = rest[at..]
                .strip_prefix("lines ")
                .or_else(|| rest[at..].strip_prefix("line "));
            let is_word = !rest[..at].ends_with(|before: char| before.is_alphanumeric());
            let Some(spec) = word.filter(|_| is_word) else {
                out.push_str(&rest[..at + 4]);
                rest = &rest[at + 4..];
                continue;
            };
            out.push_str(&rest[..rest.len() - spec.len()]);
            let len = spec
                .bytes()
                .take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b','))
                .count();
            self.spec(&spec[..len], &mut out);
            rest = &spec[len..];
        }
        out.push_str(rest);
        if let Some(line) = self
            .rows
            .filter(|_| note.starts_with("row") || note.starts_with("key"))
        {
            // `rows 3-9 of issue.labels` names a place in that JSON already.
            // Writing to a String cannot fail.
            let _ = write!(out, " in ${line}");
        }
        out
    }

    /// `12-30`, `5:201-480`, `5:201-,6-7`.
    fn spec(&self, spec: &str, out: &mut String) {
        for (nth, part) in spec.split(',').enumerate() {
            if nth > 0 {
                out.push(',');
            }
            match part.split_once(':') {
                Some((line, characters)) => {
                    range(line, self.line, out);
                    out.push(':');
                    let before = if line == "1" { self.character } else { 0 };
                    range(characters, before, out);
                }
                None => range(part, self.line, out),
            }
        }
    }
}

/// A number, or two with a dash between, each moved.
fn range(range: &str, by: usize, out: &mut String) {
    for (nth, number) in range.split('-').enumerate() {
        if nth > 0 {
            out.push('-');
        }
        match number.parse::<usize>() {
            Ok(number) => out.push_str(&(number + by).to_string()),
            Err(_) => out.push_str(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_whole_text() {
        let origin = Origin {
            line: 10,
            character: 4,
            rows: Some(11),
        };
        for (note, expected) in [
            ("lines 2-30", "lines 12-40"),
            ("line 1", "line 11"),
            ("rows 3-9 (lines 5-11)", "rows 3-9 (lines 15-21) in $11"),
            ("lines 1:201-480", "lines 11:205-484"),
            ("lines 5:201-,6-7,8:1-99", "lines 15:201-,16-17,18:1-99"),
            (
                "3 hunks of outline.rs (lines 4-5 of this output)",
                "3 hunks of outline.rs (lines 14-15 of this output)",
            ),
            ("rows 5-37", "rows 5-37 in $11"),
            ("keys 2-3 of a.b", "keys 2-3 of a.b in $11"),
            ("120 more characters", "120 more characters"),
        ] {
            assert_eq!(origin.note(note), expected);
        }
        let alone = Origin { rows: None, ..origin };
        assert_eq!(alone.note("rows 5-37"), "rows 5-37");
    }
}
