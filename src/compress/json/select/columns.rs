//! The scalars of records, by path, whatever shape the records have.

use std::collections::HashMap;

use super::super::hash::FastHasher;
use crate::json::{Kind, Value};

/// Scalars deeper than this say little about a record.
const DEPTH: usize = 3;
/// More paths than this are no longer looked at.
const MOST: usize = 256;

/// The cells of all records.
#[derive(Debug)]
pub(super) struct Columns<'d, 'a> {
    /// Number of records.
    pub(super) records: usize,
    /// One a path, in order of first sight.
    pub(super) columns: Vec<Column<'d, 'a>>,
}

/// All cells at one path.
#[derive(Debug)]
pub(super) struct Column<'d, 'a> {
    /// The last key of the path.
    pub(super) key: &'a str,
    /// Record and value, in record order. Containers are cells too.
    pub(super) cells: Vec<(usize, Value<'d, 'a>)>,
}

/// Gathers the columns.
pub(super) fn of<'d, 'a>(records: &[Value<'d, 'a>]) -> Columns<'d, 'a> {
    let mut gather = Gather {
        columns: Vec::new(),
        paths: HashMap::default(),
    };
    for (at, record) in records.iter().enumerate() {
        gather.add(at, *record, usize::MAX, "", 0);
    }
    Columns {
        records: records.len(),
        columns: gather.columns,
    }
}

/// True when objects have most of their keys in common.
pub(super) fn share_keys(records: &[Value<'_, '_>]) -> bool {
    const SHARED: f64 = 0.6;
    let mut counts: HashMap<&str, usize, FastHasher> = HashMap::default();
    for (key, _) in records.iter().flat_map(Value::entries) {
        *counts.entry(key.raw()).or_insert(0) += 1;
    }
    let all: usize = counts.values().sum();
    all as f64 >= SHARED * (counts.len() * records.len()) as f64
}

struct Gather<'d, 'a> {
    columns: Vec<Column<'d, 'a>>,
    paths: HashMap<(usize, &'a str), usize, FastHasher>,
}

impl<'d, 'a> Gather<'d, 'a> {
    fn add(&mut self, record: usize, value: Value<'d, 'a>, parent: usize, key: &'a str, depth: usize) {
        let Some(column) = self.column(parent, key) else {
            return;
        };
        if value.kind() == Kind::Object && depth < DEPTH {
            // What an object says by being there, its key alone tells: `error: {…}`.
            if depth > 0 {
                self.columns[column].cells.push((record, value));
            }
            for (key, member) in value.entries() {
                self.add(record, member, column, key.raw(), depth + 1);
            }
        } else {
            self.columns[column].cells.push((record, value));
        }
    }

    fn column(&mut self, parent: usize, key: &'a str) -> Option<usize> {
        if let Some(&known) = self.paths.get(&(parent, key)) {
            return Some(known);
        }
        if self.columns.len() == MOST {
            return None;
        }
        self.columns.push(Column {
            key: key.trim_matches('"'),
            cells: Vec::new(),
        });
        self.paths.insert((parent, key), self.columns.len() - 1);
        Some(self.columns.len() - 1)
    }
}
