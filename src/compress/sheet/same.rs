//! Columns of a delimited table that are the same in every row.

use crate::compress::DecodeError;
use crate::grammar::tables::{self, Table};

const BETWEEN: &str = " between cells; the same in every row, left out: ";
const DELIMITERS: [(&str, u8); 4] = [
    ("comma", b','),
    ("tab", b'\t'),
    ("semicolon", b';'),
    ("pipe", b'|'),
];
/// Fewest rows of which it is said.
const FEWEST: usize = 4;
/// Largest text that is decoded, in bytes.
const MOST_BYTES: usize = 1 << 28;

/// What the header says of a column: `column 2 state = open`, without the name where columns have none.
struct Same<'t> {
    /// From 0.
    at: usize,
    name: &'t str,
    value: &'t str,
}

impl<'t> Same<'t> {
    fn read(text: &'t str) -> Option<Self> {
        let (column, value) = text.strip_prefix("column ")?.split_once(" = ")?;
        let (number, name) = column.split_once(' ').unwrap_or((column, ""));
        let at = number.parse::<usize>().ok()?.checked_sub(1)?;
        Some(Self { at, name, value })
    }

    fn write(&self) -> String {
        let space = if self.name.is_empty() { "" } else { " " };
        format!("column {}{space}{} = {}", self.at + 1, self.name, self.value)
    }
}

/// What the header says, and the table without those columns. Only of tables all rows of which have all
/// cells.
pub(super) fn leave_out(source: &str, table: &Table<'_>, delimiter: u8) -> Option<(String, String)> {
    let first = table.rows.first().filter(|_| table.rows.len() >= FEWEST)?;
    let width = first.cells.len();
    let is_full = |cells: &[&str]| cells.len() == width;
    if !(table.head.is_empty() || is_full(&table.head)) || !table.rows.iter().all(|row| is_full(&row.cells)) {
        return None;
    }
    let columns: Vec<Same<'_>> = (0..width)
        .map(|at| Same {
            at,
            name: table.head.get(at).copied().unwrap_or_default(),
            value: first.cells[at],
        })
        .filter(|column| {
            is_plain(column.value) && is_plain(column.name) && column.name.is_empty() == table.head.is_empty()
        })
        .filter(|column| table.rows.iter().all(|row| row.cells[column.at] == column.value))
        .collect();
    if columns.is_empty() || columns.len() + 2 > width {
        return None;
    }
    let (word, _) = DELIMITERS.iter().find(|(_, byte)| *byte == delimiter)?;
    let said: Vec<String> = columns.iter().map(Same::write).collect();
    let body = rewrite(source, delimiter, |_, cells, out| {
        let mut gone = columns.iter().map(|column| column.at).peekable();
        let kept = cells
            .iter()
            .enumerate()
            .filter(|(at, _)| gone.next_if_eq(at).is_none());
        join(kept.map(|(_, cell)| *cell), delimiter, out);
    })?;
    Some((format!("{word}{BETWEEN}{}", said.join(", ")), body))
}

/// The table with the columns its header names.
pub(super) fn put_back(what: &str, body: &str) -> Result<String, DecodeError> {
    let unknown = DecodeError::new("the header says nothing known");
    let (word, columns) = what.split_once(BETWEEN).ok_or(unknown.clone())?;
    let (_, delimiter) = DELIMITERS.iter().find(|(name, _)| *name == word).ok_or(unknown)?;
    let columns: Option<Vec<Same<'_>>> = columns.split(", ").map(Same::read).collect();
    let columns = columns.ok_or(DecodeError::new("a column is not named"))?;
    let named = columns.iter().any(|column| !column.name.is_empty());
    let text = rewrite(body, *delimiter, |record, cells, out| {
        let mut all = cells.to_vec();
        for column in &columns {
            let cell = if record == 0 && named {
                column.name
            } else {
                column.value
            };
            all.insert(column.at.min(all.len()), cell);
        }
        join(all.into_iter(), *delimiter, out);
    });
    text.ok_or(DecodeError::new("the rows are not what the header says"))
}

/// Every record written anew, with the line ends as they are. Empty lines are no records.
fn rewrite(text: &str, delimiter: u8, write: impl Fn(usize, &[&str], &mut String)) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let (mut at, mut record) = (0, 0);
    while at < text.len() {
        let row = tables::record(text, at, delimiter)?;
        let next = text[row.range.end..]
            .find('\n')
            .map_or(text.len(), |end| row.range.end + end + 1);
        if !row.range.is_empty() {
            write(record, &row.cells, &mut out);
            record += 1;
        }
        out.push_str(&text[row.range.end..next]);
        at = next;
        if out.len() > MOST_BYTES {
            return None;
        }
    }
    Some(out)
}

fn join<'t>(cells: impl Iterator<Item = &'t str>, delimiter: u8, out: &mut String) {
    for (nth, cell) in cells.enumerate() {
        if nth > 0 {
            out.push(char::from(delimiter));
        }
        out.push_str(cell);
    }
}

/// True for what can stand in the header as it is.
fn is_plain(cell: &str) -> bool {
    const LONGEST: usize = 80;
    cell.len() <= LONGEST
        && cell.trim() == cell
        && !cell.contains(['"', ',', '=', ']', '\n', '\r', '\t', ';', '|'])
}
