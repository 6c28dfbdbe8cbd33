//! Tables: what the grammar of tables finds in the first part of a text covers nearly all of it.

use crate::grammar::tables::{self, Style};

/// Bytes looked at.
const SAMPLE: usize = 64 * 1024;
/// Share of the bytes that are in tables.
const ENOUGH: f64 = 0.8;

/// How sure it is that a text is made of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// It is not.
    None,
    /// Columns line up, as they also do in logs.
    Columns,
    /// Delimiters, rules or a line of names say so.
    Structure,
}

/// Looks at a text.
pub(super) fn evidence(text: &str) -> Evidence {
    let end = text.floor_char_boundary(SAMPLE);
    let cut = if end < text.len() {
        text[..end].rfind('\n')
    } else {
        None
    };
    let part = &text[..cut.map_or(end, |at| at + 1)];
    let tables = tables::read_part(part, part.len() < text.len());
    let within: usize = tables
        .iter()
        .flat_map(|table| &table.rows)
        .map(|row| row.range.len() + 1)
        .sum();
    if tables.is_empty() || (within as f64) < ENOUGH * part.trim_end().len() as f64 {
        return Evidence::None;
    }
    let is_structured = |table: &tables::Table<'_>| {
        table.style != Style::Aligned
            || table
                .head
                .iter()
                .any(|name| name.bytes().any(|byte| byte.is_ascii_uppercase()))
                && !table
                    .head
                    .iter()
                    .any(|name| name.bytes().any(|byte| byte.is_ascii_lowercase()))
    };
    if tables.iter().all(is_structured) {
        Evidence::Structure
    } else {
        Evidence::Columns
    }
}
