//! A list of paths as rows, in each way its folders may stand in it.

use std::borrow::Cow;
use std::ops::Range;

use super::{Folders, OTHER, tree};
use crate::grammar::paths::BRANCHES;

/// A line of the list.
#[derive(Debug, Clone)]
pub(super) struct Row<'t> {
    /// The path; of a line that is none, the line.
    pub(super) text: Cow<'t, str>,
    /// False for notes and errors of the program, and for names that cannot be told apart on one line.
    pub(super) is_path: bool,
    /// Bytes of the line without its end.
    pub(super) range: Range<usize>,
}

/// A list, read.
#[derive(Debug)]
pub(super) struct Listing<'t> {
    pub(super) rows: Vec<Row<'t>>,
    pub(super) folders: Folders,
    /// The text ends with a line end.
    pub(super) is_ended: bool,
}

impl<'t> Listing<'t> {
    /// The list in every way it can be read. Empty for a text without lines.
    pub(super) fn all(text: &'t str) -> Vec<Self> {
        let is_ended = text.ends_with('\n');
        let lines = lines(text);
        if lines.len() < 2 {
            return Vec::new();
        }
        for (nth, branches) in BRANCHES.into_iter().enumerate() {
            if let Some(rows) = tree::read(text, &lines, branches) {
                return vec![Self {
                    rows,
                    folders: Folders::Drawn(nth),
                    is_ended,
                }];
            }
        }
        let row = |range: &Range<usize>| Row {
            text: Cow::Borrowed(&text[range.clone()]),
            is_path: is_plain(&text[range.clone()]),
            range: range.clone(),
        };
        let rows: Vec<Row<'t>> = lines.iter().map(row).collect();
        // A slash at the end is a folder's in one way only; in the others such a line stands by itself.
        let slashed = rows.iter().any(|row| row.text.ends_with('/'));
        let ways: &[Folders] = if slashed {
            &[Folders::Slashed]
        } else {
            &[Folders::Unnamed, Folders::Named]
        };
        ways.iter()
            .map(|&folders| Self {
                rows: rows.clone(),
                folders,
                is_ended,
            })
            .collect()
    }
}

/// The lines of a text, without their ends; what follows the last line end is none.
pub(super) fn lines(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let start = at;
            at += line.len();
            start..start + line.strip_suffix('\n').unwrap_or(line).len()
        })
        .collect()
}

/// True for what can stand among other names on a line.
pub(super) fn is_plain(path: &str) -> bool {
    // `find: './x': Permission denied` is a note of the program.
    !path.is_empty()
        && !path.contains(": ")
        && !path.starts_with(OTHER)
        && !path.bytes().any(|byte| byte == b'"' || byte.is_ascii_control())
}
