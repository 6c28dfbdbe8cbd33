//! A kind of lines as one template: what all of them share, and the fields in which they differ.

use super::lines::{Lines, Token};

/// What stands in a template for a field.
pub(super) const FIELD: &str = "<*>";
/// What stands in a template for a timestamp.
pub(super) const TIME: &str = "<time>";
/// A constant this short between two fields does not part them: `10.0.0.1:80` is one value.
const JOINT: usize = 1;

/// How one token of the lines becomes template text and fields.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cut {
    /// The same in all lines.
    Same,
    /// A timestamp, a field of its own.
    Time,
    /// A field between a common start and a common end, of these lengths.
    Affix(usize, usize),
    /// Fields made of these segments, the others being the same in all lines.
    Segments(Vec<(usize, usize)>),
}

/// The template of a kind.
#[derive(Debug)]
pub(super) struct Template {
    cuts: Vec<Cut>,
    /// The rest of the line after the cut tokens is one last field.
    tail: bool,
    /// The text with [`FIELD`] and [`TIME`] in it.
    pub(super) text: String,
    /// Which fields are timestamps, in order.
    pub(super) times: Vec<bool>,
}

impl Template {
    /// The template of lines with equally many tokens; with `depth` of their first tokens only, the rest of
    /// each being one field. `None` if it could be mistaken.
    pub(super) fn of(lines: &Lines<'_>, members: &[u32], depth: Option<usize>) -> Option<Self> {
        let first = lines.tokens(*members.first()? as usize);
        let count = depth.unwrap_or(first.len());
        let mut template = Self {
            cuts: Vec::with_capacity(count),
            tail: depth.is_some(),
            text: String::new(),
            times: Vec::new(),
        };
        for place in 0..count {
            template.add(lines, members, place, *first.get(place)?)?;
        }
        if template.tail {
            template.field(FIELD);
        }
        Some(template)
    }

    fn field(&mut self, mark: &str) {
        self.text.push_str(mark);
        self.times.push(mark == TIME);
    }

    /// A constant; `None` if it looks like a field.
    fn constant(&mut self, text: &str) -> Option<()> {
        self.text.push_str(text);
        (!text.contains('<') || !(text.contains(FIELD) || text.contains(TIME))).then_some(())
    }

    fn add(&mut self, lines: &Lines<'_>, members: &[u32], place: usize, first: Token) -> Option<()> {
        let text = lines.token(first);
        let tokens = || members.iter().map(|&line| lines.tokens(line as usize)[place]);
        let cut = if first.is_time {
            self.field(TIME);
            Cut::Time
        } else if tokens().all(|token| lines.token(token) == text) {
            self.constant(text)?;
            Cut::Same
        } else {
            let cut = differing(tokens().map(|token| lines.token(token)));
            self.describe(text, &cut)?;
            cut
        };
        self.cuts.push(cut);
        Some(())
    }

    /// Writes a differing token, of which `text` is one example.
    fn describe(&mut self, text: &str, cut: &Cut) -> Option<()> {
        match cut {
            Cut::Affix(start, end) => {
                self.constant(&text[..*start])?;
                self.field(FIELD);
                self.constant(&text[text.len() - end..])?;
            }
            Cut::Segments(fields) => {
                let parts: Vec<(usize, usize)> = segments(text).collect();
                let mut at = 0;
                for &(from, to) in fields {
                    self.constant(&text[at..parts[from].0])?;
                    self.field(FIELD);
                    at = parts[to - 1].1;
                }
                self.constant(&text[at..])?;
            }
            Cut::Same | Cut::Time => {}
        }
        Some(())
    }

    /// The values of a line's fields, in order.
    pub(super) fn values<'t>(&self, lines: &Lines<'t>, line: usize, values: &mut Vec<&'t str>) {
        values.clear();
        let tokens = lines.tokens(line);
        for (cut, &token) in self.cuts.iter().zip(tokens) {
            let text = lines.token(token);
            match cut {
                Cut::Same => {}
                Cut::Time => values.push(text),
                Cut::Affix(start, end) => values.push(&text[*start..text.len() - end]),
                Cut::Segments(fields) => {
                    let mut fields = fields.iter().peekable();
                    let mut from = 0;
                    for (index, (start, end)) in segments(text).enumerate() {
                        let Some(&&(first, after)) = fields.peek() else {
                            break;
                        };
                        if index == first {
                            from = start;
                        }
                        if index + 1 == after {
                            values.push(&text[from..end]);
                            fields.next();
                        }
                    }
                }
            }
        }
        if self.tail {
            let span = lines.span(line);
            let from = tokens
                .get(self.cuts.len())
                .map_or(span.end, |token| token.start as usize);
            values.push(&lines.text[from..span.end]);
        }
    }
}

/// How tokens that are not all equal are best cut.
fn differing<'t>(tokens: impl Iterator<Item = &'t str> + Clone) -> Cut {
    let Some(first) = tokens.clone().next() else {
        return Cut::Same;
    };
    let parts: Vec<&str> = segments(first).map(|(start, end)| &first[start..end]).collect();
    let mut same = vec![true; parts.len()];
    let (mut head, mut foot, mut aligned) = (parts.len(), parts.len(), true);
    for token in tokens.skip(1) {
        let own: Vec<&str> = segments(token).map(|(start, end)| &token[start..end]).collect();
        if own.len() == parts.len() {
            same.iter_mut()
                .zip(own.iter().zip(&parts))
                .for_each(|(same, (a, b))| *same &= a == b);
        } else {
            aligned = false;
        }
        head = head.min(own.iter().zip(&parts).take_while(|(a, b)| a == b).count());
        let rest = own.len().min(parts.len()) - head;
        let equal = own.iter().rev().zip(parts.iter().rev()).take(rest);
        foot = foot.min(equal.take_while(|(a, b)| a == b).count());
    }
    if aligned {
        return Cut::Segments(fields(&same, &parts));
    }
    let length = |parts: &[&str]| parts.iter().map(|part| part.len()).sum();
    let foot = foot.min(parts.len() - head);
    Cut::Affix(length(&parts[..head]), length(&parts[parts.len() - foot..]))
}

/// Ranges of segments that differ, joined over joints.
fn fields(same: &[bool], parts: &[&str]) -> Vec<(usize, usize)> {
    let mut fields: Vec<(usize, usize)> = Vec::new();
    for (index, _) in same.iter().enumerate().filter(|(_, same)| !**same) {
        match fields.last_mut() {
            Some((_, end)) if parts[*end..index].iter().map(|part| part.len()).sum::<usize>() <= JOINT => {
                *end = index + 1;
            }
            _ => fields.push((index, index + 1)),
        }
    }
    fields
}

/// Byte ranges of a token's segments: names and numbers whole, each other character by itself.
fn segments(token: &str) -> impl Iterator<Item = (usize, usize)> {
    let bytes = token.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at;
        while bytes.get(at).is_some_and(|&byte| is_joiner(byte)) {
            at += 1;
        }
        at += usize::from(at == start);
        (start < bytes.len()).then_some((start, at))
    })
}

/// Bytes of names, versions, addresses and numbers; all bytes of other scripts.
fn is_joiner(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str, depth: Option<usize>) -> (String, Vec<Vec<String>>) {
        let lines = Lines::of(text).unwrap();
        let members: Vec<u32> = (0..lines.len() as u32).collect();
        let template = Template::of(&lines, &members, depth).unwrap();
        let mut values = Vec::new();
        let of = |line| {
            template.values(&lines, line, &mut values);
            values.iter().map(ToString::to_string).collect()
        };
        let rows = (0..lines.len()).map(of).collect();
        (template.text, rows)
    }

    #[test]
    fn names_and_addresses_stay_whole() {
        let (text, rows) = template(
            "12:00:01 blk_1 from /10.0.0.1:80 (sshd[7]) size 9\n12:00:02 blk_-2 from /10.0.9.1:80 (sshd[8]) size 9",
            None,
        );
        assert_eq!(text, "<time> <*> from /<*>:80 (sshd[<*>]) size 9");
        assert_eq!(rows[1], ["12:00:02", "blk_-2", "10.0.9.1", "8"]);
    }

    #[test]
    fn values_of_different_make_keep_what_is_common_around_them() {
        let (text, rows) = template("at /srv/a/b.txt,\nat /srv/c.txt,", None);
        assert_eq!(text, "at /srv/<*>,");
        assert_eq!(rows, [["a/b.txt"], ["c.txt"]]);
    }

    #[test]
    fn a_start_in_common_leaves_the_rest_as_one_field() {
        let (text, rows) = template("12:00:01 INFO a b\n12:00:02 INFO c", Some(2));
        assert_eq!(text, "<time> INFO<*>");
        assert_eq!(rows, [["12:00:01", " a b"], ["12:00:02", " c"]]);
    }

    #[test]
    fn constants_that_look_like_fields_are_refused() {
        let lines = Lines::of("a <*> 1\na <*> 2").unwrap();
        assert!(Template::of(&lines, &[0, 1], None).is_none());
    }
}
