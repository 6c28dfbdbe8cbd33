//! The grouped form, and gaps in it.
//!
//! ```text
//! [headroom: search hits, lossless: a path stands once, above its lines]
//! src/store.rs
//! 12:pub struct Store {
//! 13-    path: PathBuf,
//! --
//! 90:impl Store {
//! src/lib.rs:4:mod store;
//! ```

use std::ops::Range;

use super::read::{FileId, Output, Row, What};
use crate::compress::{Mark, Piece};
use crate::grammar::hits;

/// How every grouped text starts.
pub(super) const HEADER: &str = "[headroom: search hits, ";
/// How it goes on where nothing was left out, and where something was.
pub(super) const LOSSLESS: &str = "lossless: ";
const PARTIAL: &str = "some left out: ";
const GROUPED: &str = "a path stands once, above its lines";
/// Before a line that is no hit.
pub(super) const OTHER: &str = "> ";
/// Before a path that would read as something else.
pub(super) const FILE: &str = "file ";

/// Writes rows with paths said once.
pub(super) struct Writer<'o, 't> {
    output: &'o Output<'t>,
    body: String,
    /// The path that stands above the line at hand.
    path: Option<FileId>,
    /// The file of the line shown last.
    last: Option<FileId>,
    grouped: bool,
    marked_other: bool,
    pieces: Vec<Piece>,
}

/// The whole output, nothing left out; `None` where no path could be said once.
pub(super) fn lossless(output: &Output<'_>) -> Option<String> {
    let mut writer = Writer::new(output);
    writer.rows(0..output.rows.len());
    writer.end();
    writer.grouped.then(|| writer.header(LOSSLESS) + &writer.body)
}

/// The shown rows, with gaps for the others.
pub(super) fn with_gaps(output: &Output<'_>, shown: &[bool]) -> Vec<Piece> {
    let mut writer = Writer::new(output);
    let mut at = 0;
    let mut offset = 0;
    while at < shown.len() {
        let to = (at..shown.len())
            .find(|row| shown[*row] != shown[at])
            .unwrap_or(shown.len());
        let len: usize = output.rows[at..to].iter().map(|row| row.text.len() + 1).sum();
        if shown[at] {
            writer.rows(at..to);
            if to == shown.len() {
                writer.end();
            }
        } else {
            writer.gap(at..to, offset..offset + len - 1);
        }
        offset += len;
        at = to;
    }
    writer.finish()
}

impl<'o, 't> Writer<'o, 't> {
    fn new(output: &'o Output<'t>) -> Self {
        Self {
            output,
            body: String::new(),
            path: None,
            last: None,
            grouped: false,
            marked_other: false,
            pieces: Vec::new(),
        }
    }

    fn header(&self, state: &str) -> String {
        let other = if self.marked_other {
            "; > marks a line that is no hit"
        } else {
            ""
        };
        format!("{HEADER}{state}{GROUPED}{other}]\n")
    }

    fn line(&mut self, start: &str, text: &str) {
        self.body.push_str(start);
        self.body.push_str(text);
        self.body.push('\n');
    }

    /// Writes neighbouring rows.
    fn rows(&mut self, rows: Range<usize>) {
        let output = self.output;
        let rows = &output.rows[rows.clone()];
        for (at, row) in rows.iter().enumerate() {
            let next = rows[at + 1..].iter().find(|row| row.what != What::Separator);
            self.row(row, next.and_then(Row::file));
        }
    }

    /// The last line end of the text is the end of the last row, not a row.
    fn end(&mut self) {
        self.body.pop();
    }

    /// Writes a row; `next` is the file of the row after it.
    fn row(&mut self, row: &Row<'t>, next: Option<FileId>) {
        if let What::Heading(file) | What::Line { file, .. } = row.what {
            self.last = Some(file);
        }
        match row.what {
            What::Line { is_flat: false, .. } | What::Separator | What::Empty => self.line("", row.text),
            What::Heading(_) => {
                self.path = None;
                self.line("", row.text);
            }
            What::Other => {
                self.marked_other = true;
                self.line(OTHER, row.text);
            }
            What::Line { file, .. } if self.path == Some(file) => self.line("", row.rest),
            What::Line { file, is_hit, .. } => {
                if is_hit && next != Some(file) && !is_odd(row.text) && hits::hit(row.text).is_some() {
                    self.path = None;
                    return self.line("", row.text);
                }
                let path = self.output.paths[file];
                self.line(if is_odd(path) { FILE } else { "" }, path);
                self.line("", row.rest);
                self.path = Some(file);
                self.grouped = true;
            }
        }
    }

    /// Leaves rows out. What follows stands under its path again, unless the gap is of that file alone.
    fn gap(&mut self, rows: Range<usize>, range: Range<usize>) {
        let inside = &self.output.rows[rows.clone()];
        let hits = inside.iter().filter(|row| row.is_hit()).count();
        let mut files: Vec<FileId> = inside.iter().filter_map(Row::file).collect();
        files.sort_unstable();
        files.dedup();
        if self
            .path
            .is_some_and(|path| files.iter().any(|file| *file != path))
        {
            self.path = None;
        }
        let plural = if hits == 1 { "" } else { "s" };
        let what = match files.as_slice() {
            [file] if self.last == Some(*file) => format!("{hits} more hit{plural} in this file"),
            [_] => format!("{hits} hit{plural} in 1 file"),
            files => format!("{hits} hit{plural} in {} files", files.len()),
        };
        let note = format!("{what} (lines {}-{} of this output)", rows.start + 1, rows.end);
        self.flush();
        self.pieces.push(Piece::Elide {
            range,
            note,
            mark: Mark::Whole,
        });
        if rows.end < self.output.rows.len() {
            self.body.push('\n');
        }
    }

    fn flush(&mut self) {
        if !self.body.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.body)));
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        self.flush();
        if self.grouped || self.marked_other {
            let header = self.header(PARTIAL);
            self.pieces.insert(0, Piece::Text(header));
        }
        self.pieces
    }
}

/// True for a text that would be read as something else than a path or a hit.
fn is_odd(path: &str) -> bool {
    path == "--" || path.starts_with(OTHER) || path.starts_with(FILE) || hits::numbered(path).is_some()
}
