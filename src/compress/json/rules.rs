//! What holds for a whole column: a constant, steps, a template over other columns, a common start or end.

use std::borrow::Cow;

use super::cut::Cuts;
use super::hash::same_json;
use super::spell::{self, Place, Style};
use super::table::{Column, Rule};
use super::template::{Siblings, is_uri};
use crate::json::{self, Kind, Value};

/// A common start or end of a URI column shorter than this is not worth a place in the header.
const AFFIX: usize = 16;

/// The plain texts of a column, row by row; `None` where a cell is absent or no string of the style.
type Texts<'a> = Vec<Option<Cow<'a, str>>>;

/// Finds the rule of every column that has none yet; `whole`: no record is left out.
pub(super) fn find(columns: &mut [Column<'_, '_>], style: Style, cuts: &Cuts, whole: bool) {
    Rules { style, cuts, whole }.find(columns);
}

struct Rules<'c> {
    style: Style,
    cuts: &'c Cuts,
    /// No record is left out.
    whole: bool,
}

impl Rules<'_> {
    fn find<'a>(&self, columns: &mut [Column<'_, 'a>]) {
        let mut known: Vec<(String, Texts<'a>)> = Vec::new();
        let mut siblings = Siblings::default();
        for column in columns.iter_mut() {
            if let Some(rule) = self.constant(column).or_else(|| self.steps(column)) {
                column.rule = rule;
            }
            let texts = self.texts(column);
            let literal = column
                .cells
                .iter()
                .flatten()
                .any(|cell| self.cuts.is_literal(*cell));
            if column.rule == Rule::Cells && !literal && texts.iter().all(Option::is_some) {
                column.rule = Self::text_rule(&texts, &siblings, &known);
            }
            let numbers = column
                .cells
                .iter()
                .all(|cell| cell.is_some_and(|cell| cell.kind() == Kind::Number));
            let texts: Texts<'a> = if numbers {
                column
                    .cells
                    .iter()
                    .map(|cell| cell.map(|cell| Cow::Borrowed(cell.raw())))
                    .collect()
            } else {
                texts
            };
            if let Some(Some(first)) = texts.first()
                && texts.iter().all(Option::is_some)
                && !column.name.contains('"')
            {
                siblings.add_text(Cow::Owned(column.name.clone()), first.clone());
                known.push((column.name.clone(), texts));
            }
        }
    }

    fn texts<'a>(&self, column: &Column<'_, 'a>) -> Texts<'a> {
        let mut texts = Vec::with_capacity(column.cells.len());
        for cell in &column.cells {
            let text = cell
                .filter(|cell| !self.cuts.is_head(*cell))
                .and_then(|cell| spell::plain_text(cell, self.style));
            let stop = text.is_none();
            texts.push(text);
            if stop {
                break;
            }
        }
        texts
    }

    fn constant(&self, column: &Column<'_, '_>) -> Option<Rule> {
        let first = (*column.cells.first()?)?;
        let same = column
            .cells
            .iter()
            .all(|cell| cell.is_some_and(|cell| same_json(first, cell)));
        if !same || self.cuts.is_head(first) {
            return None;
        }
        if !first.is_empty() {
            let mut json = String::new();
            json::compact_into(first.raw(), &mut json);
            return Some(Rule::Constant(json));
        }
        Some(Rule::Constant(
            spell::spell(first, Place::Cell, self.style).into_owned(),
        ))
    }

    fn steps(&self, column: &Column<'_, '_>) -> Option<Rule> {
        const FEWEST: usize = 4;
        // To find a row by its number one has to count lines: fine for a few.
        const COUNTABLE: usize = 20;
        if column.cells.len() < FEWEST || !self.whole || column.cells.len() > COUNTABLE {
            return None;
        }
        let whole = |cell: &Option<Value<'_, '_>>| {
            let raw = cell.filter(|cell| cell.kind() == Kind::Number)?.raw();
            raw.parse::<i64>().ok().filter(|number| number.to_string() == raw)
        };
        let first = whole(&column.cells[0])?;
        let step = whole(&column.cells[1])?.checked_sub(first)?;
        let mut expected = first;
        for cell in &column.cells {
            if whole(cell)? != expected {
                return None;
            }
            expected = expected.checked_add(step)?;
        }
        Some(Rule::Steps(first, step))
    }

    fn text_rule<'a>(texts: &Texts<'a>, siblings: &Siblings<'a>, known: &[(String, Texts<'a>)]) -> Rule {
        let all: Vec<&str> = texts.iter().flatten().map(AsRef::as_ref).collect();
        if all
            .iter()
            .all(|text| is_uri(text) && spell::is_bare(text, Place::Cell))
        {
            if let Some(template) = siblings.template(all[0])
                && all
                    .iter()
                    .enumerate()
                    .all(|(row, text)| expands_to(&template, known, row, text))
            {
                return Rule::Template(template);
            }
            if let Some((prefix, suffix)) = affix(&all) {
                return Rule::Affix(prefix.to_owned(), suffix.to_owned());
            }
        }
        if all.iter().any(|text| spell::is_literal(text)) {
            Rule::Text
        } else {
            Rule::Cells
        }
    }
}

/// True when the template, with the columns' texts of `row` put in, is `text`.
fn expands_to(template: &str, known: &[(String, Texts<'_>)], row: usize, text: &str) -> bool {
    let mut rest = text;
    for (index, part) in template.split("${").enumerate() {
        let literal = if index == 0 {
            part
        } else {
            let Some((name, literal)) = part.split_once('}') else {
                return false;
            };
            let value = known
                .iter()
                .find(|(known, _)| known == name)
                .and_then(|(_, texts)| texts[row].as_deref());
            let Some(after) = value.and_then(|value| rest.strip_prefix(value)) else {
                return false;
            };
            rest = after;
            literal
        };
        let Some(after) = rest.strip_prefix(literal) else {
            return false;
        };
        rest = after;
    }
    rest.is_empty()
}

/// The common start and end of all texts, cut at borders between words, if long enough.
fn affix<'t>(texts: &[&'t str]) -> Option<(&'t str, &'t str)> {
    const FEWEST: usize = 3;
    let (&first, rest) = texts.split_first()?;
    if texts.len() < FEWEST {
        return None;
    }
    let border = |byte: u8| !byte.is_ascii_alphanumeric() && byte < 0x80;
    let mut start = first.len();
    for text in rest {
        start = first
            .bytes()
            .zip(text.bytes())
            .take(start)
            .take_while(|(a, b)| a == b)
            .count();
    }
    while start > 0 && !border(first.as_bytes()[start - 1]) {
        start -= 1;
    }
    let shortest = texts.iter().map(|text| text.len()).min()? - start;
    let mut end = shortest;
    for text in rest {
        end = first
            .bytes()
            .rev()
            .zip(text.bytes().rev())
            .take(end)
            .take_while(|(a, b)| a == b)
            .count();
    }
    while end > 0 && !border(first.as_bytes()[first.len() - end]) {
        end -= 1;
    }
    let (prefix, suffix) = (&first[..start], &first[first.len() - end..]);
    (prefix.len() + suffix.len() >= AFFIX).then_some((prefix, suffix))
}
