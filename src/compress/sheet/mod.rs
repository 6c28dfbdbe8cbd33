//! SheetCompressor: tables in plain text, rows left out in place where there is a way back.
//!
//! Which rows stay is decided as for records in JSON: errors, rare values, outliers, changes, what the
//! question names, and a few that show the rest. Every row shown is a line of the source, byte for byte;
//! heads stay, and tables with something between them never share a gap.

mod align;
mod fold;
mod same;

pub use fold::{decode, is_encoded};

use std::ops::Range;

use super::records::push_value;
use super::{CompressError, Compressed, Compressor, Elision, Input, Mark, Piece, json as records};
use crate::grammar::tables::{self, Table};
use crate::json;
use crate::relevance::Scorer;

/// Leaving rows out pays where it makes a text shorter than this share of the lossless form.
const WORTH: f64 = 0.85;

/// The compressor for tables.
#[derive(Debug, Clone, Copy, Default)]
pub struct SheetCompressor;

impl Compressor for SheetCompressor {
    fn name(&self) -> &'static str {
        "sheet"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let tables = tables::read(input.text);
        let elided = input.elide.and_then(|elision| elided(&tables, input, elision));
        // No lossless form comes near that.
        if let Some((elided, size)) = &elided
            && *size * 3 < weight(input.text)
        {
            return Ok(Some(elided.clone()));
        }
        let whole = fold::lossless(input.text, &tables);
        let least = match whole.as_ref().map(|whole| whole.pieces.as_slice()) {
            Some([Piece::Text(text)]) => weight(text),
            _ => weight(input.text),
        };
        let elided = elided.filter(|(_, size)| (*size as f64) < WORTH * least as f64);
        Ok(elided.map(|(elided, _)| elided).or(whole))
    }
}

/// What a text costs about, in bytes: a run of spaces is one token, however long.
fn weight(text: &str) -> usize {
    let bytes = text.as_bytes();
    bytes.len() - bytes.windows(2).filter(|pair| pair == b"  ").count()
}

/// Rows of a table that are left out, as bytes and as numbers from 0.
struct Gap {
    range: Range<usize>,
    rows: Range<usize>,
}

/// The text with rows left out, and its weight; `None` where nothing is left out.
fn elided(tables: &[Table<'_>], input: Input<'_>, elision: Elision) -> Option<(Compressed, usize)> {
    const MARKER: usize = 40;
    let scorer = Scorer::new(input.query);
    let gaps: Vec<Gap> = tables
        .iter()
        .flat_map(|table| gaps(table, &scorer, elision))
        .collect();
    let out: usize = gaps
        .iter()
        .map(|gap| weight(&input.text[gap.range.clone()]).saturating_sub(MARKER))
        .sum();
    let size = weight(input.text).saturating_sub(out);
    if gaps.is_empty() {
        return None;
    }
    let (mut pieces, mut from, mut line) = (Vec::new(), 0, 1);
    let lines = |range: Range<usize>| memchr::memchr_iter(b'\n', &input.text.as_bytes()[range]).count();
    for gap in gaps {
        pieces.push(Piece::Keep(from..gap.range.start));
        let first = line + lines(from..gap.range.start);
        line = first + lines(gap.range.clone());
        // Lines, as a text may hold several tables, and JSON with rows of its own.
        let rows = match gap.rows.len() {
            1 => "1 row".to_owned(),
            count => format!("{count} rows"),
        };
        let note = if first == line {
            format!("{rows}, line {first}")
        } else {
            format!("{rows}, lines {first}-{line}")
        };
        from = gap.range.end;
        pieces.push(Piece::Elide {
            range: gap.range,
            note,
            mark: Mark::Whole,
        });
    }
    pieces.push(Piece::Keep(from..input.text.len()));
    let compressed = Compressed {
        pieces,
        transforms: vec!["sheet-elide"],
    };
    Some((compressed, size))
}

/// Runs of rows that are left out of a table.
fn gaps(table: &Table<'_>, scorer: &Scorer, elision: Elision) -> Vec<Gap> {
    let Some(shown) = records::shown_records(&as_json(table), scorer, elision) else {
        return Vec::new();
    };
    let mut gaps = Vec::new();
    let mut from = 0;
    while from < shown.len() {
        let to = (from..shown.len())
            .find(|row| shown[*row] != shown[from])
            .unwrap_or(shown.len());
        if !shown[from] {
            let range = table.rows[from].range.start..table.rows[to - 1].range.end;
            gaps.push(Gap {
                range,
                rows: from..to,
            });
        }
        from = to;
    }
    gaps
}

/// The rows as JSON records, for those who choose among records: numbers as numbers, the rest as text.
fn as_json(table: &Table<'_>) -> String {
    let keys: Vec<String> = keys(table);
    let mut out = String::with_capacity(table.rows.iter().map(|row| 2 * row.range.len() + 40).sum());
    out.push('[');
    for (at, row) in table.rows.iter().enumerate() {
        out.push_str(if at > 0 { ",{" } else { "{" });
        for (at, cell) in row.cells.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            // Cells beyond the head share a name, and so are an odd shape.
            out.push_str(keys.get(at).map_or("\"more\":", String::as_str));
            let cell = unquoted(cell.trim());
            push_value(&cell, &mut out);
        }
        out.push('}');
    }
    out.push(']');
    out
}

/// Quoted names with a colon; numbers where there are no names or two are the same.
fn keys(table: &Table<'_>) -> Vec<String> {
    let width = table.rows.first().map_or(0, |row| row.cells.len());
    let name = |at: usize| {
        let own = table.head.get(at).map(|name| unquoted(name));
        own.filter(|own| !own.is_empty() && !table.head[..at].iter().any(|name| unquoted(name) == *own))
            .map_or_else(|| format!("c{}", at + 1), String::from)
    };
    (0..width.max(table.head.len()))
        .map(|at| json::quote(&name(at)) + ":")
        .collect()
}

/// The text of a quoted cell.
fn unquoted(cell: &str) -> std::borrow::Cow<'_, str> {
    match cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')) {
        Some(inner) if inner.contains("\"\"") => inner.replace("\"\"", "\"").into(),
        Some(inner) => inner.into(),
        None => cell.into(),
    }
}
