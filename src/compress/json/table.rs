//! Records as rows: which columns there are, and what holds for a whole column.

use super::cut::{Cut, Cuts, Gap};
use super::embed::Embedding;
use super::rules;
use super::spell::{self, Style};
use crate::json::{Kind, Value};

/// Below this share of filled cells the records do not have one shape, and a table would be mostly holes.
const FILLED: f64 = 0.6;
/// Above this share of bytes inside nested containers a table would be mostly JSON in cells.
const NESTED: f64 = 0.5;
/// Objects inside records become columns down to this depth.
const DEPTH: usize = 4;
/// Cells of nested records longer than this on average are better read as lists of their own.
const READABLE: usize = 400;
/// More columns than this are not a table anyone could read.
const MOST_COLUMNS: usize = 200;

/// An array of objects, or an object of objects, as a table.
#[derive(Debug, Clone)]
pub(super) struct Table<'d, 'a> {
    /// For an object of objects its keys as written, one a row.
    pub(super) keys: Option<Vec<&'a str>>,
    /// Records in all, left out or not.
    pub(super) count: usize,
    /// Columns in source order.
    pub(super) columns: Vec<Column<'d, 'a>>,
    /// What is shown, in order.
    pub(super) rows: Vec<Row>,
}

/// One line of a table.
#[derive(Debug, Clone)]
pub(super) enum Row {
    /// Index of a record.
    Record(usize),
    /// Records left out.
    Gap(Gap),
}

/// A column: a scalar or container at one path of every record.
#[derive(Debug, Clone)]
pub(super) struct Column<'d, 'a> {
    /// Keys from the record down, as written, joined by dots.
    pub(super) name: String,
    /// What holds for all rows.
    pub(super) rule: Rule,
    /// One cell a record; `None` where the key is absent.
    pub(super) cells: Vec<Option<Value<'d, 'a>>>,
}

/// What is said once about a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
    /// Nothing: each row has its cell.
    Cells,
    /// Strings only, so that cells need no quotes to tell `"1"` from `1`.
    Text,
    /// The same value in every row, as written.
    Constant(String),
    /// Spelled after other columns of the row.
    Template(String),
    /// Strings with a common start and end; the cell holds what is between.
    Affix(String, String),
    /// Whole numbers from the first in equal steps.
    Steps(i64, i64),
    /// Objects of these keys, or null; the cell is an array of their values.
    Record(String),
    /// Arrays of objects of these keys; the cell is an array of arrays of values.
    Records(String),
}

impl Rule {
    /// True when rows have a cell for such a column.
    pub(super) fn has_cells(&self) -> bool {
        !matches!(self, Self::Constant(_) | Self::Template(_) | Self::Steps(..))
    }
}

/// The table of a container, if its records have one shape.
pub(super) fn plan<'d, 'a>(value: Value<'d, 'a>, style: Style, cuts: &Cuts) -> Option<Table<'d, 'a>> {
    let (keys, records): (Option<Vec<_>>, Vec<_>) = match value.kind() {
        Kind::Array if value.len() >= 2 => (None, value.items().map(Some).collect()),
        Kind::Object if value.len() >= 3 => {
            let (keys, members): (Vec<_>, Vec<_>) = value
                .entries()
                .map(|(key, member)| (spell::spell_key(key), Some(member)))
                .unzip();
            (Some(keys), members)
        }
        _ => return None,
    };
    of_records(keys, &records, shown(value, cuts), style, cuts)
}

/// The table of some items of an array, none of them left out.
pub(super) fn of_group<'d, 'a>(items: &[Value<'d, 'a>], style: Style, cuts: &Cuts) -> Option<Table<'d, 'a>> {
    let records: Vec<_> = items.iter().copied().map(Some).collect();
    of_records(
        None,
        &records,
        (0..items.len()).map(Row::Record).collect(),
        style,
        cuts,
    )
}

fn of_records<'d, 'a>(
    keys: Option<Vec<&'a str>>,
    records: &[Option<Value<'d, 'a>>],
    rows: Vec<Row>,
    style: Style,
    cuts: &Cuts,
) -> Option<Table<'d, 'a>> {
    if !records
        .iter()
        .flatten()
        .all(|record| record.kind() == Kind::Object && !record.is_empty())
    {
        return None;
    }
    let mut columns = Vec::new();
    if !flatten(records, "", 0, cuts, &mut columns) {
        return None;
    }
    for column in &mut columns {
        column.rule = shape_rule(&column.cells).unwrap_or(Rule::Cells);
    }
    if nested_share(&columns, records) > NESTED {
        return None;
    }
    let whole = rows.iter().all(|row| matches!(row, Row::Record(_)));
    rules::find(&mut columns, style, cuts, whole);
    if !columns.iter().any(|column| column.rule.has_cells())
        && let Some(first) = columns.first_mut()
    {
        // Rows without a cell would be empty lines.
        first.rule = Rule::Cells;
    }
    Some(Table {
        keys,
        count: records.len(),
        columns,
        rows,
    })
}

fn shown(value: Value<'_, '_>, cuts: &Cuts) -> Vec<Row> {
    let runs = match value.kind() {
        Kind::Array => cuts.runs(value.items().map(|item| (item, item))),
        _ => cuts.runs(value.entries()),
    };
    runs.into_iter()
        .map(|run| match run {
            Cut::Gap(gap) => Row::Gap(gap),
            Cut::Keep(index, ..) => Row::Record(index),
        })
        .collect()
}

/// The union of the records' members as columns, in an order that every record agrees with. `false` when
/// there is none, a key stands twice, or too few cells are filled.
fn flatten<'d, 'a>(
    records: &[Option<Value<'d, 'a>>],
    prefix: &str,
    depth: usize,
    cuts: &Cuts,
    out: &mut Vec<Column<'d, 'a>>,
) -> bool {
    let Some((names, mut cells)) = merge(records) else {
        return false;
    };
    for (name, id) in names {
        let column = std::mem::take(&mut cells[id]);
        let name = if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}.{name}")
        };
        let objects = column
            .iter()
            .flatten()
            .all(|cell| cell.kind() == Kind::Object && !cell.is_empty() && !cuts.has_gap(*cell));
        let before = out.len();
        if objects && depth < DEPTH && flatten(&column, &name, depth + 1, cuts, out) {
            continue;
        }
        out.truncate(before);
        out.push(Column {
            name,
            rule: Rule::Cells,
            cells: column,
        });
    }
    true
}

/// Names in column order, each with the index of its cells; cells by index and record.
type Merged<'d, 'a> = (Vec<(&'a str, usize)>, Vec<Vec<Option<Value<'d, 'a>>>>);

/// One order of members that every record agrees with. Cells are laid out only once enough of them are
/// known to be filled: records of many shapes would take rows × names of memory.
fn merge<'d, 'a>(records: &[Option<Value<'d, 'a>>]) -> Option<Merged<'d, 'a>> {
    const EARLY: usize = 64;
    let mut names: Vec<(&str, usize)> = Vec::new();
    let mut entries: Vec<(usize, usize, Value<'d, 'a>)> = Vec::new();
    let mut present = 0;
    let mut last_row = Vec::new();
    for (row, record) in records.iter().enumerate() {
        let Some(record) = record else { continue };
        let mut next = 0;
        for (key, member) in record.entries() {
            let name = spell::spell_key(key);
            let at = match names[next..].iter().position(|(known, _)| *known == name) {
                Some(step) => next + step,
                None if names.len() == MOST_COLUMNS || names.iter().any(|(known, _)| *known == name) => {
                    return None;
                }
                None => {
                    names.insert(next, (name, names.len()));
                    last_row.push(usize::MAX);
                    next
                }
            };
            let id = names[at].1;
            if std::mem::replace(&mut last_row[id], row) == row {
                return None;
            }
            entries.push((id, row, member));
            next = at + 1;
        }
        present += 1;
        let filled = entries.len() as f64 / (present * names.len()) as f64;
        if present >= EARLY && present.is_power_of_two() && filled < FILLED / 2.0 {
            return None;
        }
    }
    if (entries.len() as f64) < FILLED * (present * names.len()) as f64 {
        return None;
    }
    let mut cells = vec![vec![None; records.len()]; names.len()];
    for (id, row, member) in entries {
        cells[id][row] = Some(member);
    }
    Some((names, cells))
}

fn nested_share(columns: &[Column<'_, '_>], records: &[Option<Value<'_, '_>>]) -> f64 {
    let nested: usize = columns
        .iter()
        .filter(|column| column.rule == Rule::Cells)
        .flat_map(|column| column.cells.iter().flatten())
        .filter(|cell| !cell.is_empty() || holds_json(**cell))
        .map(|cell| cell.span().len())
        .sum();
    let whole: usize = records.iter().flatten().map(|record| record.span().len()).sum();
    nested as f64 / whole as f64
}

/// True for a string that has an outline of its own.
fn holds_json(cell: Value<'_, '_>) -> bool {
    let opened = cell.raw().starts_with("\"{") || cell.raw().starts_with("\"[");
    opened && cell.text().as_deref().and_then(Embedding::of).is_some()
}

/// For cells that all hold objects of one shape, or arrays of them: the shape's keys, said once.
fn shape_rule(cells: &[Option<Value<'_, '_>>]) -> Option<Rule> {
    const FEWEST: usize = 2;
    let list = cells
        .iter()
        .flatten()
        .find(|cell| cell.kind() != Kind::Null)?
        .kind()
        == Kind::Array;
    let mut shape: Option<Value<'_, '_>> = None;
    let mut count = 0;
    for cell in cells.iter().flatten() {
        let fits = match (cell.kind(), list) {
            (Kind::Array, true) => cell.items().all(|item| fits_shape(item, &mut shape, &mut count)),
            (Kind::Object, false) => fits_shape(*cell, &mut shape, &mut count),
            (Kind::Null, false) => true,
            _ => false,
        };
        if !fits {
            return None;
        }
    }
    let bytes: usize = cells.iter().flatten().map(|cell| cell.span().len()).sum();
    if bytes > READABLE * cells.len() {
        return None;
    }
    let keys: Vec<&str> = shape?.entries().map(|(key, _)| spell::spell_key(key)).collect();
    let keys = keys.join(",");
    (count >= FEWEST).then_some(if list {
        Rule::Records(keys)
    } else {
        Rule::Record(keys)
    })
}

/// True for a non-empty object with the keys of the first one seen.
fn fits_shape<'d, 'a>(value: Value<'d, 'a>, shape: &mut Option<Value<'d, 'a>>, count: &mut usize) -> bool {
    if value.kind() != Kind::Object || value.is_empty() {
        return false;
    }
    *count += 1;
    let first = *shape.get_or_insert(value);
    first.len() == value.len()
        && first
            .entries()
            .zip(value.entries())
            .all(|((a, _), (b, _))| a.raw() == b.raw())
}
