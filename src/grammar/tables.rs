//! Tables in plain text: CSV and its kin, markdown tables, columns lined up with spaces.
//!
//! Reading is by evidence: every record of a delimited text has as many cells as the first, nearly; a
//! markdown table has its rule; lined-up columns have gutters that no line writes in. Tables with something
//! between them are different tables.

use std::ops::Range;

/// Fewest rows that show that columns are no accident.
const FEWEST_ROWS: usize = 4;
/// Rows that are looked at to find the columns.
const SAMPLE: usize = 256;

/// How cells are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// By one character, with quotes around cells that hold it.
    Delimited(u8),
    /// By `|`, with a rule under the head.
    Markdown,
    /// By columns of spaces.
    Aligned,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'t> {
    /// Its bytes, without the line end. Records of delimited texts may hold line ends.
    pub range: Range<usize>,
    /// Its cells, without the spaces around them.
    pub cells: Vec<&'t str>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<'t> {
    /// How its cells are told apart.
    pub style: Style,
    /// The names of the columns, if the first line has them.
    pub head: Vec<&'t str>,
    /// The records, in order; the head is none.
    pub rows: Vec<Row<'t>>,
}

/// All tables of a text, in order.
pub fn read(text: &str) -> Vec<Table<'_>> {
    read_part(text, false)
}

/// All tables of a text that may be the start of a longer one.
pub fn read_part(text: &str, is_part: bool) -> Vec<Table<'_>> {
    if let Some(table) = DELIMITERS
        .iter()
        .find_map(|&delimiter| delimited(text, delimiter, is_part))
    {
        return vec![table];
    }
    let mut tables = Vec::new();
    let mut section: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for line in text.split('\n') {
        let len = line.trim_end_matches('\r').len();
        if line.trim().is_empty() {
            tables.extend(table_of(text, &std::mem::take(&mut section)));
        } else {
            section.push(at..at + len);
        }
        at += line.len() + 1;
    }
    tables.extend(table_of(text, &section));
    tables
}

const DELIMITERS: [u8; 4] = *b"\t,;|";

/// A text that is one delimited table and nothing else.
fn delimited(text: &str, delimiter: u8, is_part: bool) -> Option<Table<'_>> {
    /// Records that have another number of cells.
    const RAGGED: f64 = 0.02;
    /// Cells that start with a space, as clauses do.
    const SPACED: f64 = 0.2;
    let mut rows: Vec<Row<'_>> = Vec::new();
    let (mut at, mut ragged, mut spaced, mut cells) = (0, 0, 0, 0);
    while at < text.len() {
        let Some(row) = record(text, at, delimiter) else {
            if is_part {
                break;
            }
            return None;
        };
        at = row.range.end;
        at += text[at..].find('\n').map_or(text.len() - at, |end| end + 1);
        if row.cells.len() == 1 && row.cells[0].is_empty() {
            continue;
        }
        let width = rows.first().map_or(row.cells.len(), |first| first.cells.len());
        ragged += usize::from(row.cells.len() != width);
        spaced += row.cells.iter().filter(|cell| cell.starts_with(' ')).count();
        cells += row.cells.len();
        let fewest = if matches!(delimiter, b'\t') { 2 } else { 3 };
        // Wrong guesses end at the first lines.
        if width < fewest || ragged as f64 > 1.0 + RAGGED * rows.len() as f64 {
            return None;
        }
        rows.push(row);
    }
    let enough = rows.len() > FEWEST_ROWS && ragged as f64 <= RAGGED * rows.len() as f64;
    if !enough
        || (delimiter != b'\t' && spaced as f64 > SPACED * cells as f64)
        || rows[0].cells[0].is_empty() && delimiter == b'|'
    {
        return None;
    }
    let head = head_of(&mut rows);
    Some(Table {
        style: Style::Delimited(delimiter),
        head,
        rows,
    })
}

/// The record that starts at a byte. `None` when a quote is never closed.
pub fn record(text: &str, start: usize, delimiter: u8) -> Option<Row<'_>> {
    let bytes = text.as_bytes();
    let (mut cells, mut from) = (Vec::new(), start);
    loop {
        let end = if bytes.get(from) == Some(&b'"') {
            quoted_end(bytes, from)?
        } else {
            let len = memchr::memchr3(delimiter, b'\n', b'\r', &bytes[from..]);
            len.map_or(bytes.len(), |len| from + len)
        };
        // What follows a closing quote still belongs to the cell.
        let end = end + memchr::memchr2(delimiter, b'\n', &bytes[end..]).unwrap_or(bytes.len() - end);
        let cell = text[from..end].trim_end_matches('\r');
        cells.push(cell);
        if bytes.get(end) != Some(&delimiter) {
            return Some(Row {
                range: start..from + cell.len(),
                cells,
            });
        }
        from = end + 1;
    }
}

fn quoted_end(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += memchr::memchr(b'"', &bytes[at..])? + 1;
        if bytes.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

/// Takes the first row for the head if it reads like one: names, all different, above other kinds of cells.
fn head_of<'t>(rows: &mut Vec<Row<'t>>) -> Vec<&'t str> {
    let is_name = |cell: &&str| {
        let name = cell.trim_matches('"');
        name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '%' | '#')) && name.len() <= 64
    };
    let Some(first) = rows.first() else {
        return Vec::new();
    };
    let mut names: Vec<&str> = first.cells.clone();
    names.sort_unstable();
    names.dedup();
    let like_names = first.cells.iter().filter(|cell| is_name(cell)).count();
    let unlike = rows[1..]
        .iter()
        .take(SAMPLE)
        .any(|row| row.cells.iter().any(|cell| !cell.is_empty() && !is_name(cell)));
    let shouts = first
        .cells
        .iter()
        .all(|cell| !cell.bytes().any(|byte| byte.is_ascii_lowercase()));
    let reads = names.len() == first.cells.len() && like_names * 10 >= first.cells.len() * 8;
    if reads && (unlike || shouts) {
        rows.remove(0).cells
    } else {
        Vec::new()
    }
}

/// The table in neighbouring lines.
fn table_of<'t>(text: &'t str, lines: &[Range<usize>]) -> Option<Table<'t>> {
    let rule = lines.iter().position(|line| is_rule(&text[line.clone()]));
    match rule {
        Some(rule) if rule > 0 => {
            let rows = lines[rule + 1..]
                .iter()
                .take_while(|line| text[(*line).clone()].trim_start().starts_with('|'))
                .map(|line| Row {
                    range: line.clone(),
                    cells: piped(&text[line.clone()]),
                });
            let rows: Vec<Row<'t>> = rows.collect();
            let head = piped(&text[lines[rule - 1].clone()]);
            (rows.len() >= FEWEST_ROWS).then_some(Table {
                style: Style::Markdown,
                head,
                rows,
            })
        }
        _ => aligned(text, lines),
    }
}

/// `|---|:--:|`.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('|')
        && line.contains("--")
        && line
            .bytes()
            .all(|byte| matches!(byte, b'|' | b'-' | b':' | b' ' | b'+'))
}

fn piped(line: &str) -> Vec<&str> {
    let line = line.trim().trim_start_matches('|');
    line.strip_suffix('|')
        .unwrap_or(line)
        .split('|')
        .map(str::trim)
        .collect()
}

/// Columns lined up with spaces: what every line leaves blank, from its first column to its last.
fn aligned<'t>(text: &'t str, lines: &[Range<usize>]) -> Option<Table<'t>> {
    /// Columns beyond this are one.
    const WIDEST: usize = 512;
    const FEWEST_COLUMNS: usize = 3;
    // `total 48` above the lines of `ls -l`.
    let lines = match lines {
        [first, rest @ ..] if rest.len() >= FEWEST_ROWS && text[first.clone()].starts_with("total ") => rest,
        lines => lines,
    };
    if lines.len() <= FEWEST_ROWS {
        return None;
    }
    let mut written = [0_u16; WIDEST];
    let sample = &lines[..lines.len().min(SAMPLE)];
    for line in sample {
        for (column, c) in text[line.clone()].chars().take(WIDEST).enumerate() {
            written[column] += u16::from(!c.is_whitespace());
        }
    }
    // Lines of one length line up by chance; padding is put there on purpose.
    let padded = sample
        .iter()
        .filter(|line| memchr::memmem::find(text[(*line).clone()].trim().as_bytes(), b"  ").is_some())
        .count();
    if padded == 0 {
        return None;
    }
    // A column starts where a line writes after a gutter.
    let starts: Vec<usize> = (0..WIDEST)
        .filter(|&column| written[column] > 0 && (column == 0 || written[column - 1] == 0))
        .filter(|&column| {
            written[column..]
                .iter()
                .take_while(|&&count| count > 0)
                .any(|&count| count as usize * 2 >= sample.len())
        })
        .collect();
    if starts.len() < FEWEST_COLUMNS {
        return None;
    }
    let mut rows: Vec<Row<'t>> = lines
        .iter()
        .map(|line| Row {
            range: line.clone(),
            cells: cut(&text[line.clone()], &starts),
        })
        .collect();
    let head = head_of(&mut rows);
    // Without names, indented lines are code, or a list, and a few wide gaps are nothing.
    if head.is_empty() && (padded * 2 < sample.len() || text[lines[0].clone()].starts_with(' ')) {
        return None;
    }
    Some(Table {
        style: Style::Aligned,
        head,
        rows,
    })
}

/// A line cut where columns start.
fn cut<'t>(line: &'t str, starts: &[usize]) -> Vec<&'t str> {
    let mut cells = Vec::with_capacity(starts.len());
    let mut ends = starts.iter().skip(1).peekable();
    let mut from = 0;
    if line.is_ascii() {
        for &start in ends {
            let end = start.min(line.len());
            cells.push(line[from..end].trim());
            from = end;
        }
    } else {
        for (column, (at, _)) in line.char_indices().enumerate() {
            if ends.next_if_eq(&&column).is_some() {
                cells.push(line[from..at].trim());
                from = at;
            }
        }
    }
    cells.push(line[from..].trim());
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Table<'_> {
        let mut tables = read(text);
        assert_eq!(tables.len(), 1, "{tables:?}");
        tables.remove(0)
    }

    #[test]
    fn quoted_cells_keep_delimiters_and_line_ends() {
        let text = "id,name,note\r\n1,\"a, b\",\"x\r\ny \"\"z\"\"\"\r\n2,c,\r\n3,d,\r\n4,e,f\r\n";
        let table = one(text);
        assert_eq!(table.style, Style::Delimited(b','));
        assert_eq!(table.head, ["id", "name", "note"]);
        assert_eq!(table.rows[0].cells, ["1", "\"a, b\"", "\"x\r\ny \"\"z\"\"\""]);
        assert_eq!(&text[table.rows[1].range.clone()], "2,c,");
        assert_eq!(table.rows.len(), 4);
    }

    #[test]
    fn lined_up_columns_are_found() {
        let text = "NAME      READY  STATUS\napi-1     1/1    Running\napi-22    0/1    Pending\nweb é     1/1    Running\nweb-long  1/1    Running\n";
        let table = one(text);
        assert_eq!(
            (table.style, table.head),
            (Style::Aligned, vec!["NAME", "READY", "STATUS"])
        );
        assert_eq!(table.rows[2].cells, ["web é", "1/1", "Running"]);
        let list = "total 8\n-rw-r--r--  1 root root  409 Nov  3 16:01 a b\n-rw-r--r-- 12 root root 4096 Nov 23 16:01 c\n-rw-r--r--  1 root root    6 Nov 23 16:01 d\n-rw-r--r--  1 root root    6 Nov 23 16:01 e\n-rw-r--r--  1 root root    6 Nov 23 16:01 f\n";
        assert_eq!(
            one(list).rows[0].cells,
            [
                "-rw-r--r--",
                "1",
                "root",
                "root",
                "409",
                "Nov",
                "3",
                "16:01",
                "a b"
            ]
        );
    }

    #[test]
    fn tables_never_merge() {
        let part =
            |name: &str| format!("| {name} | n |\n|---|--:|\n| a | 1 |\n| b | 2 |\n| c | 3 |\n| d | 4 |\n");
        let text = format!("{}\nand\n\n{}", part("x"), part("y"));
        let tables = read(&text);
        assert_eq!(
            tables.iter().map(|table| table.head[0]).collect::<Vec<_>>(),
            ["x", "y"]
        );
        assert_eq!(tables[1].rows[3].cells, ["d", "4"]);
    }

    #[test]
    fn other_texts_have_no_tables() {
        let prose = "First, we did this, and that.\nThen, later, more came.\nAnd so, at last, it went.\nOne, two, three.\nFour, five, six, seven.\nEight.\n";
        let code = "fn main() {\n    let a = f(1, 2, 3);\n    let b = g(4, 5);\n    if a > b {\n        h(a, b, 1);\n    }\n}\n";
        for text in [prose, code, "", "a,b,c\n", "\"never, closed, \n"] {
            assert!(read(text).is_empty(), "{text}");
        }
    }
}
