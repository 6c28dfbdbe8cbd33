//! Elements of one name and shape as a table: what is the same in all said once, links from where they differ.
//!
//! ```text
//! item: [60 rows] title|link=https://news.example.com/stories/…|guid=${link}|guid@isPermaLink=false
//! Ferry cancelled|1037
//! ```

use std::borrow::Cow;
use std::collections::HashSet;

use foldhash::fast::FixedState;

use super::read::Tree;
use super::record::{self, Cell, Paths};
use crate::json;

/// Fewest rows that are worth a head.
const FEWEST: usize = 3;
/// Share of the records that must fit.
const FIT: f64 = 0.6;
/// A path that fewer records have is no column: who has it stands in full among the rows.
const COMMON: f64 = 0.2;
/// Most columns.
const WIDEST: usize = 64;
/// Shortest start that is worth saying once, in bytes.
const LONG_START: usize = 12;

/// What a column holds.
#[derive(Debug, PartialEq, Eq)]
enum Rule {
    /// A cell in each row.
    Cells,
    /// The same in each row.
    Same(String),
    /// The same as an earlier column.
    Like(usize),
    /// Starts alike in each row: links on one server.
    Start(String),
}

/// What heads and rows are explained by, each if it is used.
const EXPLAINED: [&str; 6] = [
    ". Rows: elements with child a, attribute @b, attribute c@d of child c",
    ", text \".\"",
    "; a=x: x in each row",
    "; a=x…: x starts each",
    "; ${a}: same as a",
    "; indented among rows: others",
];

/// Which signs a text uses.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Signs([bool; EXPLAINED.len()]);

impl Signs {
    pub(super) fn add(&mut self, other: Self) {
        self.0
            .iter_mut()
            .zip(other.0)
            .for_each(|(used, other)| *used |= other);
    }

    /// An explanation of those that are used.
    pub(super) fn explain(self, out: &mut String) {
        let used = EXPLAINED.iter().zip(self.0).filter(|(_, used)| *used);
        used.for_each(|(part, _)| out.push_str(part));
    }
}

/// Records as rows.
pub(super) struct Table<'t> {
    columns: Vec<(String, Rule)>,
    /// One a record; `None` for those that do not fit.
    rows: Vec<Option<Vec<Cow<'t, str>>>>,
}

impl<'t> Table<'t> {
    /// Reads elements as a table; `None` where that reads no better.
    pub(super) fn of(tree: &Tree<'t>, records: &[usize]) -> Option<Self> {
        if records.len() < FEWEST {
            return None;
        }
        let mut paths = Paths::default();
        let cells: Vec<Option<Vec<Cell<'t>>>> = records
            .iter()
            .map(|at| record::cells(tree, *at, &mut paths))
            .collect();
        let columns = columns(&cells);
        let rows: Vec<Option<Vec<Cow<'t, str>>>> =
            cells.into_iter().map(|cells| row(cells?, &columns)).collect();
        let fit = rows.iter().flatten().count();
        if fit < FEWEST || (fit as f64) < FIT * rows.len() as f64 {
            return None;
        }
        let names: Vec<String> = columns.iter().map(|path| paths.name(*path).to_owned()).collect();
        let rules = rules(&names, &rows);
        // A text on its own reads as well on a line.
        let text_alone = rules == [Rule::Cells] && names[0] == ".";
        let cells = rules
            .iter()
            .any(|rule| matches!(rule, Rule::Cells | Rule::Start(_)));
        (cells && !text_alone && is_contiguous(&names)).then(|| Self {
            columns: names.into_iter().zip(rules).collect(),
            rows,
        })
    }

    /// The heads of the columns.
    pub(super) fn head(&self, out: &mut String) {
        for (at, (name, rule)) in self.columns.iter().enumerate() {
            out.push_str(if at > 0 { "|" } else { "" });
            out.push_str(name);
            match rule {
                Rule::Cells => {}
                Rule::Same(cell) if cell.ends_with('…') || cell.starts_with("${") => {
                    out.push('=');
                    out.push_str(&json::quote(cell));
                }
                Rule::Same(cell) => {
                    out.push('=');
                    out.push_str(cell);
                }
                Rule::Like(other) => {
                    out.push_str("=${");
                    out.push_str(&self.columns[*other].0);
                    out.push('}');
                }
                Rule::Start(start) => {
                    out.push('=');
                    out.push_str(start);
                    out.push('…');
                }
            }
        }
    }

    /// What a reader must be told of its heads.
    pub(super) fn signs(&self) -> Signs {
        let any = |wanted: &dyn Fn(&Rule) -> bool| self.columns.iter().any(|(_, rule)| wanted(rule));
        Signs([
            true,
            self.columns.iter().any(|(name, _)| name.starts_with('.')),
            any(&|rule| matches!(rule, Rule::Same(_))),
            any(&|rule| matches!(rule, Rule::Start(_))),
            any(&|rule| matches!(rule, Rule::Like(_))),
            self.rows.iter().any(Option::is_none),
        ])
    }

    /// The row of a record, without a line end; `false` when it does not fit.
    pub(super) fn row(&self, nth: usize, out: &mut String) -> bool {
        let Some(cells) = &self.rows[nth] else {
            return false;
        };
        let mut first = true;
        for (cell, (_, rule)) in cells.iter().zip(&self.columns) {
            let start = match rule {
                Rule::Cells => "",
                Rule::Start(start) => start,
                Rule::Same(_) | Rule::Like(_) => continue,
            };
            out.push_str(if first { "" } else { "|" });
            first = false;
            match cell.strip_prefix(start) {
                Some("") if !start.is_empty() => out.push_str(record::EMPTY),
                Some(rest) if start.is_empty() => out.push_str(rest),
                // What is left of a link may need quotes of its own.
                Some(rest) => out.push_str(&record::spell(rest)),
                None => {}
            }
        }
        true
    }
}

/// The paths most records have, in an order that suits them.
fn columns(cells: &[Option<Vec<Cell<'_>>>]) -> Vec<usize> {
    let paths = cells
        .iter()
        .flatten()
        .flatten()
        .map(|(path, _)| *path + 1)
        .max()
        .unwrap_or(0);
    let mut counts = vec![0_usize; paths];
    for (path, _) in cells.iter().flatten().flatten() {
        counts[*path] += 1;
    }
    let records = cells.len() as f64;
    let mut shapes: HashSet<Vec<usize>, FixedState> = HashSet::default();
    let mut order: Vec<usize> = Vec::new();
    for cells in cells.iter().flatten() {
        let shape: Vec<usize> = cells.iter().map(|(path, _)| *path).collect();
        if shapes.contains(&shape) {
            continue;
        }
        let mut next = 0;
        for path in &shape {
            if let Some(at) = order.iter().position(|known| known == path) {
                next = at + 1;
            } else if counts[*path] > 1 && counts[*path] as f64 >= COMMON * records && order.len() < WIDEST {
                order.insert(next, *path);
                next += 1;
            }
        }
        shapes.insert(shape);
    }
    order
}

/// The cells of a record in the order of the columns, empty where it has none; `None` when it has others or
/// another order.
fn row<'t>(cells: Vec<Cell<'t>>, columns: &[usize]) -> Option<Vec<Cow<'t, str>>> {
    let mut row = vec![Cow::Borrowed(""); columns.len()];
    let mut next = 0;
    for (path, cell) in cells {
        let at = next + columns[next..].iter().position(|column| *column == path)?;
        row[at] = cell;
        next = at + 1;
    }
    Some(row)
}

fn rules(names: &[String], rows: &[Option<Vec<Cow<'_, str>>>]) -> Vec<Rule> {
    let rows: Vec<&Vec<Cow<'_, str>>> = rows.iter().flatten().collect();
    let mut rules: Vec<Rule> = Vec::with_capacity(names.len());
    for column in 0..names.len() {
        let first = &rows[0][column];
        let same = !first.is_empty() && rows.iter().all(|row| row[column] == *first);
        let like = |other: &usize| {
            rules[*other] != Rule::Cells && !matches!(rules[*other], Rule::Start(_))
                || rows.iter().any(|row| row[*other] != row[column])
        };
        let rule = if same {
            Rule::Same(first.to_string())
        } else if let Some(other) = (0..column).find(|other| !like(other)) {
            Rule::Like(other)
        } else {
            start(&rows, column).map_or(Rule::Cells, Rule::Start)
        };
        rules.push(rule);
    }
    rules
}

/// The start all links of a column share, up to a slash.
fn start(rows: &[&Vec<Cow<'_, str>>], column: usize) -> Option<String> {
    let mut cells = rows
        .iter()
        .map(|row| row[column].as_ref())
        .filter(|cell| !cell.is_empty());
    let first = cells.next()?;
    let mut length = first.len();
    first.contains("://").then_some(())?;
    for cell in cells {
        length = first
            .bytes()
            .zip(cell.bytes())
            .take(length)
            .take_while(|(a, b)| a == b)
            .count();
        if length < LONG_START {
            return None;
        }
    }
    let end = first.as_bytes()[..length]
        .iter()
        .rposition(|byte| *byte == b'/')?
        + 1;
    let start = &first[..end];
    (end >= LONG_START && !start.contains(['|', '"', '…'])).then(|| start.to_owned())
}

/// True when what stands in one element stands together: a row must not open it twice.
fn is_contiguous(names: &[String]) -> bool {
    let elements = |name: &str| -> Vec<String> {
        let path = name.split(['@', '(']).next().unwrap_or_default();
        path.match_indices('/')
            .map(|(at, _)| path[..at].to_owned())
            .chain([path.to_owned()])
            .filter(|element| !element.is_empty() && element != ".")
            .collect()
    };
    let mut done: HashSet<String, FixedState> = HashSet::default();
    let mut open: Vec<String> = Vec::new();
    for name in names {
        let here = elements(name);
        for closed in open.into_iter().filter(|element| !here.contains(element)) {
            done.insert(closed);
        }
        if here.iter().any(|element| done.contains(element)) {
            return false;
        }
        open = here;
    }
    true
}
