//! Tables, and values written inside a line.

use super::{Sign, Writer, put};
use crate::compress::Mark;
use crate::compress::json::cut::{Cut, Gap};
use crate::compress::json::spell::{self, CELL, DITTO, KEY_COLUMN, Place};
use crate::compress::json::table::{Column, Row, Rule, Table};
use crate::compress::json::tree::{self, PathId};
use crate::json::{self, Kind, Value};

/// A repeated cell shorter than this is as cheap as the sign for it.
const DITTO_FROM: usize = 8;
/// Characters of a long string that tell what it is.
const HEAD_CHARS: usize = 32;

impl<'d, 'a> Writer<'_, 'd, 'a> {
    pub(super) fn table(&mut self, table: &Table<'d, 'a>, path: PathId) {
        let unit = if table.keys.is_some() { "keys" } else { "rows" };
        let first = if table.keys.is_some() { KEY_COLUMN } else { "" };
        put(&mut self.text, format_args!("[{} {unit}] {first}", table.count));
        for (index, column) in table.columns.iter().enumerate() {
            if index > 0 {
                self.text.push(CELL);
            }
            self.column(column);
        }
        let mut above: Vec<String> = vec![String::new(); table.columns.len()];
        for row in &table.rows {
            self.text.push('\n');
            match row {
                Row::Gap(gap) => {
                    // What stands between two gaps reads on its own.
                    above.iter_mut().for_each(String::clear);
                    self.gap(gap.range.clone(), gap.note.clone());
                }
                Row::Record(at) => self.row(table, path, *at, &mut above),
            }
        }
    }

    fn column(&mut self, column: &Column<'_, '_>) {
        self.text.push_str(&column.name);
        match &column.rule {
            Rule::Cells => {}
            Rule::Text => {
                self.uses(Sign::Text);
                self.text.push_str("=${}");
            }
            Rule::Constant(value) => {
                self.uses(Sign::Constant);
                self.text.push('=');
                self.text.push_str(value);
            }
            Rule::Template(template) => {
                self.uses(Sign::Reference);
                self.text.push('=');
                self.text.push_str(template);
            }
            Rule::Affix(prefix, suffix) => {
                self.uses(Sign::Cell);
                put(&mut self.text, format_args!("={prefix}${{}}{suffix}"));
            }
            Rule::Record(keys) => {
                self.uses(Sign::Shape);
                put(&mut self.text, format_args!("={{{keys}}}"));
            }
            Rule::Records(keys) => {
                self.uses(Sign::Shape);
                put(&mut self.text, format_args!("=[{{{keys}}}]"));
            }
            Rule::Steps(first, step) => {
                self.uses(Sign::Steps);
                put(&mut self.text, format_args!("=({first} step {step})"));
            }
        }
    }

    fn row(&mut self, table: &Table<'d, 'a>, path: PathId, at: usize, above: &mut [String]) {
        let mut first = true;
        if let Some(keys) = &table.keys {
            self.text.push_str(keys[at]);
            first = false;
        }
        for (column, above) in table.columns.iter().zip(above) {
            if !column.rule.has_cells() {
                continue;
            }
            if !first {
                self.text.push(CELL);
            }
            first = false;
            let cut =
                column.cells[at].is_some_and(|value| self.cuts.touches(value) && !self.cuts.is_head(value));
            if cut {
                let record = table
                    .keys
                    .as_ref()
                    .map_or_else(|| format!("[{at}]"), |keys| format!(".{}", keys[at]));
                self.at = vec![tree::place(self.tree, path), record, format!(".{}", column.name)];
            }
            self.cell(column, at, above);
            self.at.clear();
        }
    }

    fn cell(&mut self, column: &Column<'d, 'a>, at: usize, above: &mut String) {
        let from = self.text.len();
        let Some(value) = column.cells[at] else {
            self.uses(Sign::Absent);
            above.clear();
            return;
        };
        if self.cuts.is_head(value) {
            above.clear();
            return self.size(value);
        }
        if self.cuts.touches(value) {
            above.clear();
            return self.container_cell(&column.rule, value);
        }
        match &column.rule {
            rule if !value.is_empty() => self.container_cell(rule, value),
            Rule::Text | Rule::Affix(..) => {
                let text = spell::plain_text(value, self.style).unwrap_or_default();
                let inner = match &column.rule {
                    Rule::Affix(prefix, suffix) => {
                        text[prefix.len()..text.len() - suffix.len()].to_owned().into()
                    }
                    _ => text,
                };
                self.text.push_str(&spell::spell_text(inner, Place::TextCell));
            }
            _ => {
                let text = spell::spell(value, Place::Cell, self.style);
                if self.cuts.is_literal(value) {
                    self.text.push_str(&text);
                } else {
                    self.text.push_str(&self.definitions.shorten(&text));
                }
            }
        }
        if self.text.len() - from >= DITTO_FROM && self.text[from..] == **above {
            self.text.truncate(from);
            self.text.push_str(DITTO);
            self.uses(Sign::Ditto);
        } else {
            above.clear();
            above.push_str(&self.text[from..]);
        }
    }

    fn container_cell(&mut self, rule: &Rule, value: Value<'d, 'a>) {
        match rule {
            Rule::Record(_) if value.kind() == Kind::Object => self.values(value),
            Rule::Records(_) => self.list_of_values(value),
            _ => self.compact(value),
        }
    }

    /// Compact JSON, with marks where parts are left out.
    pub(super) fn compact(&mut self, value: Value<'d, 'a>) {
        if self.cuts.is_head(value) {
            return self.size(value);
        }
        if !self.cuts.touches(value) {
            return json::compact_into(value.raw(), &mut self.text);
        }
        let object = value.kind() == Kind::Object;
        let runs = if object {
            self.cuts.runs(value.entries())
        } else {
            self.cuts.runs(value.items().map(|item| (item, item)))
        };
        self.text.push(if object { '{' } else { '[' });
        for (index, run) in runs.into_iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            match run {
                Cut::Gap(gap) => self.gap_inside(gap),
                Cut::Keep(at, key, member) => {
                    if object {
                        self.text.push_str(key.raw());
                        self.text.push(':');
                        self.at.push(format!(".{}", spell::spell_key(key)));
                    } else {
                        self.at.push(format!("[{at}]"));
                    }
                    self.compact(member);
                    self.at.pop();
                }
            }
        }
        self.text.push(if object { '}' } else { ']' });
    }

    /// A gap inside a line, with the place it is a gap of.
    fn gap_inside(&mut self, gap: Gap) {
        let place = self.at.concat();
        let place = place.trim_start_matches('.');
        let note = if place.is_empty() {
            gap.note
        } else {
            format!("{} of {place}", gap.note)
        };
        self.gap(gap.range, note);
    }

    /// The values of an object without its keys.
    fn values(&mut self, object: Value<'d, 'a>) {
        self.text.push('[');
        for (index, (key, member)) in object.entries().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            if self.cuts.touches(member) {
                self.at.push(format!(".{}", spell::spell_key(key)));
                self.compact(member);
                self.at.pop();
            } else {
                self.compact(member);
            }
        }
        self.text.push(']');
    }

    fn list_of_values(&mut self, list: Value<'d, 'a>) {
        self.text.push('[');
        for (index, run) in self
            .cuts
            .runs(list.items().map(|item| (item, item)))
            .into_iter()
            .enumerate()
        {
            if index > 0 {
                self.text.push(',');
            }
            match run {
                Cut::Gap(gap) => self.gap_inside(gap),
                Cut::Keep(at, _, object) if self.cuts.touches(object) => {
                    self.at.push(format!("[{at}]"));
                    self.values(object);
                    self.at.pop();
                }
                Cut::Keep(_, _, object) => self.values(object),
            }
        }
        self.text.push(']');
    }

    /// A value that is left out inside a line: of a string its head, and the size of the rest.
    pub(super) fn size(&mut self, value: Value<'d, 'a>) {
        let Some(text) = value.text() else {
            self.uses(Sign::Size);
            return self.elide(
                value.span(),
                value.raw().chars().count().to_string(),
                Mark::Inline,
            );
        };
        let end = text
            .char_indices()
            .nth(HEAD_CHARS)
            .map_or(text.len(), |(at, _)| at);
        let left = text[end..].chars().count();
        if left < HEAD_CHARS {
            return self.text.push_str(&spell::spell(value, Place::Cell, self.style));
        }
        self.uses(Sign::Size);
        json::quote_into(&text[..end], &mut self.text);
        self.elide(value.span(), left.to_string(), Mark::Inline);
    }
}
