//! The inverse of the lossless form, written apart from its writer.

use std::collections::HashMap;

use super::fold::{EMPTY, HEADER, RULE, SEPARATOR, TIMES};
use super::partial;
use super::template::{FIELD, TIME};
use crate::compress::DecodeError;

/// Most text a form may stand for, in bytes, and for each byte of it: a few lines can claim to be any number.
const MAX_BYTES: usize = 64 << 20;
const MAX_GROWTH: usize = 1024;

/// A template as read: constants, and between them the fields, of which some are times.
struct Shape<'t> {
    constants: Vec<&'t str>,
    times: Vec<bool>,
}

/// True for a text that starts as the lossless form does.
pub fn is_encoded(text: &str) -> bool {
    text.starts_with(HEADER)
}

/// The log behind its lossless form, byte for byte.
///
/// Errors: this is not the form, or it is damaged.
pub fn decode(text: &str) -> Result<String, DecodeError> {
    let wrong = |what: &str| DecodeError::because(format!("not a log in lossless form: {what}"));
    let rest = text
        .strip_prefix(HEADER)
        .ok_or_else(|| wrong("its first line is another"))?;
    let mut lines = rest
        .strip_prefix('\n')
        .ok_or_else(|| wrong("it ends with its first line"))?
        .split('\n');
    let mut shapes: HashMap<&str, Shape<'_>> = HashMap::new();
    loop {
        let line = lines.next().ok_or_else(|| wrong("it ends in its legend"))?;
        if line == RULE {
            break;
        }
        let (key, template) = line
            .split_once(": ")
            .ok_or_else(|| wrong("a shape without a name"))?;
        shapes.insert(key, Shape::read(template));
    }
    let limit = text.len().saturating_mul(MAX_GROWTH).saturating_add(MAX_BYTES);
    let mut out = String::with_capacity(text.len() * 2);
    let mut above: Vec<String> = Vec::new();
    let (mut is_first, mut last) = (true, 0..0);
    for line in lines {
        if let Some(count) = line
            .strip_prefix(TIMES)
            .and_then(|count| count.parse::<usize>().ok())
        {
            let again = out[last.clone()].to_owned();
            if count.saturating_mul(again.len() + 1).saturating_add(out.len()) > limit {
                return Err(wrong("too many repeats"));
            }
            (0..count).for_each(|_| {
                out.push('\n');
                out.push_str(&again);
            });
            continue;
        }
        if !is_first {
            out.push('\n');
        }
        is_first = false;
        let start = out.len();
        let (key, cells) = line.split_once(' ').unwrap_or((line, ""));
        match shapes.get(key) {
            Some(shape) => shape
                .fill(cells, &mut above, &mut out)
                .ok_or_else(|| wrong("a row without values"))?,
            None => out.push_str(line),
        }
        last = start..out.len();
        if out.len() > limit {
            return Err(wrong("it is too long"));
        }
    }
    Ok(out)
}

impl<'t> Shape<'t> {
    fn read(mut template: &'t str) -> Self {
        let mut shape = Self {
            constants: Vec::new(),
            times: Vec::new(),
        };
        loop {
            let field = template.find(FIELD);
            let time = template.find(TIME);
            let (at, mark) = match (field, time) {
                (Some(field), Some(time)) if time < field => (time, TIME),
                (Some(field), _) => (field, FIELD),
                (None, Some(time)) => (time, TIME),
                (None, None) => break,
            };
            shape.constants.push(&template[..at]);
            shape.times.push(mark == TIME);
            template = &template[at + mark.len()..];
        }
        shape.constants.push(template);
        shape
    }

    /// Writes a line; `None` if a cell repeats nothing.
    fn fill(&self, cells: &str, above: &mut Vec<String>, out: &mut String) -> Option<()> {
        let mut cells = cells.splitn(self.times.len().max(1), SEPARATOR);
        for (index, (constant, &time)) in self.constants.iter().zip(&self.times).enumerate() {
            out.push_str(constant);
            let cell = cells.next().unwrap_or_default();
            let value = match cell {
                "" => above.get(index)?.clone(),
                EMPTY => String::new(),
                part if time && !partial::is_whole(part) => partial::complete(above.get(index)?, part)?,
                whole => whole.to_owned(),
            };
            out.push_str(&value);
            match above.get_mut(index) {
                Some(above) => *above = value,
                None => above.push(value),
            }
        }
        out.push_str(self.constants.last()?);
        Some(())
    }
}
