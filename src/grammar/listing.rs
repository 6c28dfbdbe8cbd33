//! Lines with their numbers in front, as `cat -n`, `nl`, editors and file tools print them.
//!
//! ```text
//!      7    fn main() {          cat -n, nl
//!      7→fn main() {          7:fn main() {     7: fn main() {     7| fn main() {
//! ```

use std::ops::Range;

/// Most lines without a number before and behind the numbered ones: a heading, a hint that there is more.
const MAX_FRAME: usize = 6;
/// Digits of the largest line number that is believed.
const MAX_DIGITS: usize = 9;

/// A listing taken apart. All ranges are bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The numbered lines, from the first gutter to the last line's end.
    pub body: Range<usize>,
    /// Of each line of the body: where it starts, and where what stands behind its gutter starts.
    pub lines: Vec<(usize, usize)>,
    /// The number in front of each line; a blank one without a number has that of the next.
    pub numbers: Vec<usize>,
    /// Lines of the text before the body.
    pub before: usize,
}

/// Reads a listing: numbers that count up by one, in front of (nearly) every line. Blank lines may stand
/// without one, as `nl` writes them.
pub fn read(text: &str) -> Option<Listing> {
    let (start, before) = frame(text)?;
    let first = gutter(&text[start..])?;
    let (mut lines, mut numbers) = (Vec::new(), Vec::new());
    let (mut next, mut at, mut end) = (first.number, start, start);
    for line in text[start..].split_inclusive('\n') {
        let blank = line.trim().is_empty();
        match gutter(line) {
            Some(gutter) if gutter.number == next && gutter.separator == first.separator => {
                lines.push((at, at + gutter.len));
                numbers.push(next);
                next += 1;
                end = at + line.len();
            }
            _ if blank => {
                lines.push((at, at));
                numbers.push(next);
            }
            _ => break,
        }
        at += line.len();
    }
    while lines.last().is_some_and(|&(start, _)| start >= end) {
        lines.pop();
        numbers.pop();
    }
    let behind = text[end..].lines().filter(|line| !line.trim().is_empty()).count();
    if lines.len() < 2 || behind > MAX_FRAME {
        return None;
    }
    spaces(text, end, &mut lines);
    Some(Listing {
        body: start..end,
        lines,
        numbers,
        before,
    })
}

/// Where the numbered lines start, and how many lines stand before them.
fn frame(text: &str) -> Option<(usize, usize)> {
    let mut at = 0;
    for (before, line) in text.split_inclusive('\n').take(MAX_FRAME + 1).enumerate() {
        if gutter(line).is_some() {
            return Some((at, before));
        }
        at += line.len();
    }
    None
}

struct Gutter {
    number: usize,
    separator: char,
    len: usize,
}

fn gutter(line: &str) -> Option<Gutter> {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let digits = line[indent..].bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=MAX_DIGITS).contains(&digits) {
        return None;
    }
    let number = line[indent..indent + digits].parse().ok()?;
    let rest = &line[indent + digits..];
    let gap = rest.len() - rest.trim_start_matches(' ').len();
    let separator = rest[gap..]
        .chars()
        .next()
        .filter(|c| matches!(c, '\t' | ':' | '→' | '|' | '│'))?;
    // `12 : x` is no gutter; columns in front of a bar may be padded.
    (gap == 0 || matches!(separator, '|' | '│')).then(|| Gutter {
        number,
        separator,
        len: indent + digits + gap + separator.len_utf8(),
    })
}

/// A space behind every gutter belongs to the gutters.
fn spaces(text: &str, end: usize, lines: &mut [(usize, usize)]) {
    let rest = |index: usize, lines: &[(usize, usize)]| {
        let until = lines.get(index + 1).map_or(end, |&(start, _)| start);
        text[lines[index].1..until].trim_end_matches(['\n', '\r'])
    };
    let spaced = (0..lines.len()).all(|index| {
        let rest = rest(index, lines);
        rest.is_empty() || rest.starts_with(' ') || lines[index].0 == lines[index].1
    });
    let tight = (0..lines.len())
        .any(|index| rest(index, lines).starts_with(' ') && !rest(index, lines).starts_with("  "));
    if spaced && tight {
        for index in 0..lines.len() {
            if lines[index].0 < lines[index].1 && rest(index, lines).starts_with(' ') {
                lines[index].1 += 1;
            }
        }
    }
}

/// The lines without their gutters.
pub fn plain(text: &str, listing: &Listing) -> String {
    let mut out = String::with_capacity(listing.body.len());
    for (index, &(_, content)) in listing.lines.iter().enumerate() {
        let end = listing
            .lines
            .get(index + 1)
            .map_or(listing.body.end, |&(start, _)| start);
        out.push_str(&text[content..end]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_plain(text: &str) -> Option<String> {
        read(text).map(|listing| plain(text, &listing))
    }

    #[test]
    fn every_spelling_reads() {
        for text in [
            "     1\ta {\n     2\t  b\n     3\t}\n",
            "1→a {\n2→  b\n3→}\n",
            "1:a {\n2:  b\n3:}\n",
            "1: a {\n2:   b\n3: }\n",
            " 9 | a {\n10 |   b\n11 | }\n",
            "[File: x (3 lines)]\n1:a {\n2:  b\n3:}\n(more below)\n",
        ] {
            assert_eq!(read_plain(text).as_deref(), Some("a {\n  b\n}\n"), "{text}");
        }
        let blank = "     1\ta\n\n     2\tb\n";
        assert_eq!(read_plain(blank).as_deref(), Some("a\n\nb\n"));
        let listing = read("head\n  7\ta\n  8\tb\n").unwrap();
        assert_eq!(
            (listing.numbers.as_slice(), listing.before),
            ([7, 8].as_slice(), 1)
        );
    }

    #[test]
    fn other_texts_are_no_listings() {
        for text in [
            "",
            "a\nb\n",
            "1:a\n3:b\n",
            "12:30 x\n12:31 y\n",
            "1\n2\n3\n",
            "1. a\n2. b\n",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
