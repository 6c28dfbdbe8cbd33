//! Where a source stands in the text: behind gutters or not, and in which of its lines.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr_iter;

use crate::grammar::listing;

/// A source, with the way back to the text it stands in.
pub(super) struct Source<'t> {
    /// What stands before a listing: often the name of its file.
    pub(super) heading: &'t str,
    /// The source itself, without gutters.
    pub(super) plain: Cow<'t, str>,
    /// Where each line starts in `plain`.
    starts: Vec<usize>,
    /// Where the same lines start in the text, behind their gutters; empty when there are none.
    outside: Vec<usize>,
    /// Characters in front of each of them.
    gutters: Vec<usize>,
    /// What is printed in front of each line.
    numbers: Vec<usize>,
    /// Lines of the text before the source.
    before: usize,
}

impl<'t> Source<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let listing = listing::read(text);
        let plain = listing.as_ref().map_or(Cow::Borrowed(text), |listing| {
            Cow::Owned(listing::plain(text, listing))
        });
        let mut starts = vec![0];
        starts.extend(memchr_iter(b'\n', plain.as_bytes()).map(|at| at + 1));
        let mut heading = "";
        let (mut outside, mut gutters, mut numbers, mut before) = (Vec::new(), Vec::new(), Vec::new(), 0);
        if let Some(listing) = listing {
            let width = |&(start, content): &(usize, usize)| text[start..content].chars().count();
            gutters = listing.lines.iter().map(width).collect();
            outside = listing.lines.iter().map(|&(_, content)| content).collect();
            heading = &text[..listing.body.start];
            (numbers, before) = (listing.numbers, listing.before);
        }
        Self {
            heading,
            plain,
            starts,
            outside,
            gutters,
            numbers,
            before,
        }
    }

    /// The number of the line a byte stands in, from 0.
    pub(super) fn line(&self, at: usize) -> usize {
        self.starts
            .partition_point(|&start| start <= at)
            .saturating_sub(1)
    }

    /// Bytes of a line without its end.
    pub(super) fn line_range(&self, line: usize) -> Range<usize> {
        let start = self.starts.get(line).copied().unwrap_or(self.plain.len());
        let end = self
            .starts
            .get(line + 1)
            .map_or(self.plain.len(), |&next| next - 1);
        let end = if self.plain[start..end].ends_with('\r') {
            end - 1
        } else {
            end
        };
        start..end
    }

    /// The line with this number in front, from 0.
    pub(super) fn numbered(&self, number: usize) -> Option<usize> {
        if self.numbers.is_empty() {
            number.checked_sub(1).filter(|line| *line < self.starts.len())
        } else {
            self.numbers.binary_search(&number).ok()
        }
    }

    /// The place in the text of a byte of the source.
    pub(super) fn outside(&self, at: usize) -> usize {
        let line = self.line(at);
        match self.outside.get(line) {
            Some(&start) => start + at - self.starts[line],
            None => at,
        }
    }

    /// A range to the end of a line as the note of its gap names it: lines of the text, with characters where
    /// it starts in the middle of one (`12:201-,13-14`), and what is printed in front of them if it is something
    /// else.
    pub(super) fn note(&self, range: &Range<usize>, defining: &[&str]) -> String {
        let lines = self.line(range.start)..self.line(range.end) + 1;
        let spell = |first: usize, last: usize| match lines.len() {
            1 => first.to_string(),
            _ => format!("{first}-{last}"),
        };
        let unit = if lines.len() == 1 { "line" } else { "lines" };
        let (first, last) = (lines.start + self.before + 1, lines.end + self.before);
        let place = match self.characters(range) {
            None => spell(first, last),
            Some((from, to)) if lines.len() == 1 => format!("{first}:{from}-{to}"),
            Some((from, _)) if lines.len() == 2 => format!("{first}:{from}-,{last}"),
            Some((from, _)) => format!("{first}:{from}-,{}-{last}", first + 1),
        };
        let mut remarks = Vec::new();
        if let (Some(&from), Some(&to)) = (self.numbers.get(lines.start), self.numbers.get(lines.end - 1))
            && from != first
        {
            remarks.push(format!("numbered {}", spell(from, to)));
        }
        if !defining.is_empty() {
            remarks.push(format!("defining {}", defining.join(", ")));
        }
        let remarks = if remarks.is_empty() {
            String::new()
        } else {
            format!(" ({})", remarks.join(", "))
        };
        format!("{unit} {place}{remarks}")
    }

    /// The characters of the first line that a range starts in the middle of: where it starts in the text's
    /// line, gutter and all, and how many characters it has there.
    fn characters(&self, range: &Range<usize>) -> Option<(usize, usize)> {
        let line = self.line(range.start);
        let whole = self.line_range(line);
        let code = self.plain[whole.start..range.start].trim_start();
        if code.trim_matches(['/', '*', '#', '!', ' ', '\t']).is_empty() {
            return None;
        }
        let gutter = self.gutters.get(line).copied().unwrap_or(0);
        let before = gutter + self.plain[whole.start..range.start].chars().count();
        Some((before + 1, gutter + self.plain[whole].chars().count()))
    }
}
