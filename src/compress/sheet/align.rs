//! Spaces that only line columns up.
//!
//! A line is fields between spaces, as many as the first line has, and the last goes on to the end. Each
//! column starts at one place, ends at one place, or follows the one before it after one space. Lines that
//! are not so stand as they are, behind `> `.

use std::collections::HashMap;
use std::fmt::Write as _;

use foldhash::fast::FixedState;

use crate::compress::DecodeError;
use crate::grammar::tables::Table;

const AS_IS: &str = "> ";
/// Largest place of a column.
const WIDEST: usize = 4096;
/// Largest text that is decoded, in bytes.
const MOST_BYTES: usize = 1 << 28;
/// At most this share of the lines stands as it is.
const ODD: f64 = 0.2;

/// Where the fields of a column stand, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Mark {
    /// They start here.
    Start(usize),
    /// They end here.
    End(usize),
    /// One space after the field before.
    Next,
}

impl Mark {
    fn read(text: &str) -> Option<Self> {
        let place = |digits: &str| digits.parse().ok().filter(|place| *place <= WIDEST);
        match text.split_at_checked(1)? {
            ("<", digits) => place(digits).map(Self::Start),
            (">", digits) => place(digits).map(Self::End),
            ("-", "") => Some(Self::Next),
            _ => None,
        }
    }

    fn write(self, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Start(place) => write!(out, "<{place}"),
            Self::End(place) => write!(out, ">{place}"),
            Self::Next => write!(out, "-"),
        };
    }
}

/// The columns' places, and the lines without the spaces that follow from them.
pub(super) fn leave_out(source: &str, table: &Table<'_>) -> Option<(String, String)> {
    let lines: Vec<&str> = source.split('\n').collect();
    let first = table.rows.first()?;
    let head = source[..first.range.start]
        .trim_end_matches(['\n', '\r'])
        .rsplit('\n')
        .next();
    let model = if table.head.is_empty() {
        &source[first.range.clone()]
    } else {
        head?
    };
    let count = model.split_whitespace().count();
    if count < 3 {
        return None;
    }
    let split: Vec<Option<Vec<Field<'_>>>> = lines.iter().map(|line| fields(line, count)).collect();
    let marks: Vec<Mark> = (0..count).map(|column| mark_of(column, &split)).collect();
    let mut body = String::with_capacity(source.len());
    let (mut line_again, mut odd) = (String::new(), 0_usize);
    for (at, (line, fields)) in lines.iter().zip(&split).enumerate() {
        if at > 0 {
            body.push('\n');
        }
        let joined = fields.as_ref().map(|fields| {
            fields
                .iter()
                .map(|field| field.text)
                .collect::<Vec<_>>()
                .join(" ")
        });
        match joined {
            _ if line.is_empty() => {}
            Some(joined)
                if !joined.starts_with(AS_IS) && {
                    line_again.clear();
                    place(&joined, &marks, &mut line_again).is_some() && line_again == *line
                } =>
            {
                body.push_str(&joined);
            }
            _ => {
                odd += 1;
                body.push_str(AS_IS);
                body.push_str(line);
            }
        }
    }
    if odd as f64 > ODD * lines.len() as f64 {
        return None;
    }
    let mut said = String::new();
    for (nth, mark) in marks.into_iter().enumerate() {
        said.push_str(if nth > 0 { " " } else { "" });
        mark.write(&mut said);
    }
    Some((said, body))
}

/// The lines with their columns lined up.
pub(super) fn put_back(marks: &str, body: &str) -> Result<String, DecodeError> {
    let marks: Option<Vec<Mark>> = marks.split(' ').map(Mark::read).collect();
    let marks = marks.ok_or(DecodeError::new("a column is not a place"))?;
    let mut out = String::with_capacity(body.len() * 2);
    for (at, line) in body.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        if let Some(line) = line.strip_prefix(AS_IS) {
            out.push_str(line);
        } else if !line.is_empty() {
            place(line, &marks, &mut out).ok_or(DecodeError::new("a line has too few fields"))?;
        }
        if out.len() > MOST_BYTES {
            return Err(DecodeError::new("it decodes to too much text"));
        }
    }
    Ok(out)
}

/// A field of a line and where it stands, in characters.
struct Field<'t> {
    text: &'t str,
    start: usize,
    end: usize,
    /// Where the field before it ends.
    after: Option<usize>,
}

/// The fields of a line, the last to the end of the line; `None` when there are fewer.
fn fields(line: &str, count: usize) -> Option<Vec<Field<'_>>> {
    let mut fields: Vec<Field<'_>> = Vec::with_capacity(count);
    let (mut rest, mut column) = (line, 0);
    while fields.len() < count {
        let spaces = rest.bytes().take_while(|byte| *byte == b' ').count();
        rest = &rest[spaces..];
        column += spaces;
        let len = if fields.len() + 1 == count {
            rest.len()
        } else {
            rest.find(' ').unwrap_or(rest.len())
        };
        if len == 0 {
            return None;
        }
        let text = &rest[..len];
        let end = column + text.chars().count();
        let after = fields.last().map(|field| field.end);
        fields.push(Field {
            text,
            start: column,
            end,
            after,
        });
        rest = &rest[len..];
        column = end;
    }
    Some(fields)
}

/// The place most fields of a column share.
fn mark_of(column: usize, lines: &[Option<Vec<Field<'_>>>]) -> Mark {
    let mut counts: HashMap<Mark, usize, FixedState> = HashMap::default();
    let mut marks = vec![Mark::Next];
    for field in lines.iter().flatten().map(|fields| &fields[column]) {
        for mark in [Mark::Start(field.start), Mark::End(field.end)] {
            if field.end <= WIDEST {
                let count = counts.entry(mark).or_insert(0);
                *count += 1;
                if *count == 1 {
                    marks.push(mark);
                }
            }
        }
        if field.after.is_some_and(|after| after + 1 == field.start) {
            *counts.entry(Mark::Next).or_insert(0) += 1;
        }
    }
    // The first of equals, so that it hangs on nothing but the order of the lines.
    let count = |mark: &Mark| counts.get(mark).copied().unwrap_or(0);
    let best = marks.iter().map(count).max().unwrap_or(0);
    marks
        .iter()
        .copied()
        .find(|mark| count(mark) == best)
        .unwrap_or(Mark::Next)
}

/// Writes a line with its fields in their places; `None` when it has too few.
fn place(line: &str, marks: &[Mark], out: &mut String) -> Option<()> {
    let (mut column, mut rest) = (0, line);
    for (at, mark) in marks.iter().enumerate() {
        let text = if at + 1 == marks.len() {
            rest
        } else {
            rest.split(' ').next()?
        };
        let len = text.chars().count();
        let start = match mark {
            Mark::Start(place) => *place,
            Mark::End(place) => place.saturating_sub(len),
            Mark::Next => column + usize::from(at > 0),
        };
        let spaces = start.saturating_sub(column).max(usize::from(at > 0));
        out.extend(std::iter::repeat_n(' ', spaces));
        out.push_str(text);
        column += spaces + len;
        if at + 1 < marks.len() {
            rest = rest.get(text.len()..)?.strip_prefix(' ')?;
        }
    }
    Some(())
}
