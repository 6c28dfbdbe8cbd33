//! The dense form, and gaps in it.

use std::collections::BTreeMap;
use std::ops::Range;

use super::read::{Listing, Row};
use super::{FOLDERS, FORM, Folders, HEADER, LOSSLESS, OTHER, PARTIAL};
use crate::compress::{Mark, Piece};

/// Deeper folders are written as parts of the names in them.
const DEEPEST: usize = 48;

/// The whole list.
pub(super) fn lossless(listing: &Listing<'_>) -> String {
    let rows: Vec<usize> = (0..listing.rows.len()).collect();
    let mut writer = Writer::new(listing, &rows, 0);
    writer.inside(0..rows.len(), 0, 0);
    let header = header(listing.folders, LOSSLESS, writer.marked_other);
    let end = if listing.is_ended { "\n" } else { "" };
    format!("{header}\n{}{end}", writer.body)
}

/// The kept rows, with gaps for the others; `len` is the source's.
pub(super) fn with_gaps(listing: &Listing<'_>, kept: &[bool], len: usize) -> Vec<Piece> {
    let rows: Vec<usize> = (0..kept.len()).filter(|row| kept[*row]).collect();
    let mut writer = Writer::new(listing, &rows, len);
    writer.gap_before(0);
    writer.inside(0..rows.len(), 0, 0);
    if listing.is_ended {
        writer.body.push('\n');
    }
    writer.flush();
    let header = header(listing.folders, PARTIAL, writer.marked_other);
    let mut pieces = vec![Piece::Text(format!("{header}\n"))];
    pieces.append(&mut writer.pieces);
    pieces
}

fn header(folders: Folders, state: &str, marked_other: bool) -> String {
    let told = FOLDERS.iter().find(|(way, _)| *way == folders);
    let told = told.map_or("", |(_, told)| told);
    let other = if marked_other {
        "; > marks a line that is no path"
    } else {
        ""
    };
    format!("{HEADER}{state}{FORM}{told}{other}]")
}

/// Writes rows.
struct Writer<'l, 't> {
    listing: &'l Listing<'t>,
    /// Numbers of the rows that are written.
    rows: &'l [usize],
    /// Bytes of the source.
    len: usize,
    body: String,
    /// The depth of the names that the line at hand can take; `None`: a new line is needed.
    open: Option<usize>,
    marked_other: bool,
    pieces: Vec<Piece>,
}

impl<'l, 't> Writer<'l, 't> {
    fn new(listing: &'l Listing<'t>, rows: &'l [usize], len: usize) -> Self {
        Self {
            listing,
            rows,
            len,
            body: String::new(),
            open: None,
            marked_other: false,
            pieces: Vec::new(),
        }
    }

    fn row(&self, at: usize) -> &'l Row<'t> {
        &self.listing.rows[self.rows[at]]
    }

    /// Writes rows that share the first `prefix` bytes, which stand in folders above, `depth` of them.
    fn inside(&mut self, rows: Range<usize>, prefix: usize, depth: usize) {
        let mut at = rows.start;
        while at < rows.end {
            let row = self.row(at);
            if !row.is_path {
                self.marked_other = true;
                self.line(0);
                self.body.push_str(OTHER);
                self.body.push_str(&row.text);
                self.open = None;
                self.gap_behind(at);
                at += 1;
                continue;
            }
            let Some((until, folder)) = self.folder(at, rows.end, prefix).filter(|_| depth < DEEPEST) else {
                self.name(&row.text[prefix..], depth);
                self.gap_behind(at);
                at += 1;
                continue;
            };
            self.line(depth);
            let is_named = self.listing.folders != Folders::Unnamed;
            let slash = if row.text.len() < folder { "/" } else { "" };
            self.push(&format!("{}{slash}", &row.text[prefix..folder - slash.len()]));
            self.open = Some(depth + 1);
            if is_named {
                self.gap_behind(at);
                at += 1;
            }
            self.inside(at..until, folder, depth + 1);
            at = until;
        }
    }

    /// The rows from `at` on that stand in one folder, and the length of its path with its slash; `None` where
    /// the folder would stand for one path only.
    fn folder(&self, at: usize, end: usize, prefix: usize) -> Option<(usize, usize)> {
        let path = &*self.row(at).text;
        let within = |folder: &str, from: usize| {
            let is_below = |row: &Row<'_>| {
                let rest = row.text.strip_prefix(folder);
                row.is_path && rest.is_some_and(|rest| !rest.is_empty())
            };
            // A gap that leads out of the folder ends it, too: it is come back to behind.
            let stays = |at: usize| {
                self.listing.rows[self.rows[at - 1] + 1..=self.rows[at]]
                    .iter()
                    .all(is_below)
            };
            (from..end).find(|at| !stays(*at)).unwrap_or(end)
        };
        match self.listing.folders {
            Folders::Unnamed => {
                let first = prefix + path[prefix..].find('/')? + 1;
                if first == path.len() {
                    return None;
                }
                let until = within(&path[..first], at + 1);
                if until < at + 2 {
                    return None;
                }
                // All that these paths have in common.
                let rest = (at + 1..until).fold(path, |common, at| {
                    let same = common.bytes().zip(self.row(at).text.bytes());
                    &common[..common.floor_char_boundary(same.take_while(|(a, b)| a == b).count())]
                });
                Some((until, rest.rfind('/')? + 1))
            }
            Folders::Slashed => path.ends_with('/').then(|| (within(path, at + 1), path.len())),
            Folders::Named | Folders::Drawn(_) => {
                let folder = format!("{path}/");
                let until = within(&folder, at + 1);
                (until > at + 1).then_some((until, folder.len()))
            }
        }
    }

    /// Starts a line.
    fn line(&mut self, depth: usize) {
        if !self.body.is_empty() || !self.pieces.is_empty() {
            self.body.push('\n');
        }
        self.body.extend(std::iter::repeat_n(' ', depth));
    }

    /// Writes a name on the line of its folder, or on a new one.
    fn name(&mut self, name: &str, depth: usize) {
        if self.open == Some(depth) {
            self.body.push(' ');
        } else {
            self.line(depth);
            self.open = Some(depth);
        }
        self.push(name);
    }

    fn push(&mut self, name: &str) {
        let quote = if name.contains(' ') || name.starts_with('>') {
            "\""
        } else {
            ""
        };
        self.body.push_str(quote);
        self.body.push_str(name);
        self.body.push_str(quote);
    }

    /// The gap between a written row and the next one.
    fn gap_behind(&mut self, at: usize) {
        self.gap_before(at + 1);
    }

    /// The gap before the written row of this number, if rows are left out there.
    fn gap_before(&mut self, at: usize) {
        let from = at.checked_sub(1).map_or(0, |before| self.rows[before] + 1);
        let to = self.rows.get(at).copied().unwrap_or(self.listing.rows.len());
        let Some(last) = to.checked_sub(1).filter(|_| from < to) else {
            return;
        };
        let rows = &self.listing.rows[from..to];
        if !self.body.is_empty() || !self.pieces.is_empty() {
            self.body.push('\n');
        }
        self.flush();
        self.pieces.push(Piece::Elide {
            range: rows[0].range.start..self.listing.rows[last].range.end.min(self.len),
            note: format!("{} (lines {}-{to} of this output)", told(rows), from + 1),
            mark: Mark::Whole,
        });
        self.open = None;
    }

    fn flush(&mut self) {
        if !self.body.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.body)));
        }
    }
}

/// What rows are: how many, of what kinds, in what folder.
fn told(rows: &[Row<'_>]) -> String {
    const MOST_KINDS: usize = 3;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *kinds.entry(ending(&row.text)).or_default() += 1;
    }
    let mut kinds: Vec<(&str, usize)> = kinds.into_iter().collect();
    kinds.sort_by_key(|(ending, count)| (std::cmp::Reverse(*count), *ending));
    let count = rows.len();
    let plural = if count == 1 { "" } else { "s" };
    let what = match kinds.as_slice() {
        [(ending, _)] if !ending.is_empty() => format!("{count} {ending} path{plural}"),
        kinds if kinds.len() <= MOST_KINDS && kinds.iter().all(|(ending, _)| !ending.is_empty()) => {
            let each: Vec<String> = kinds
                .iter()
                .map(|(ending, count)| format!("{count} {ending}"))
                .collect();
            format!("{count} paths ({})", each.join(", "))
        }
        _ => format!("{count} path{plural}"),
    };
    let mut folders: Vec<&str> = rows.iter().map(|row| folder(&row.text)).collect();
    folders.dedup();
    let common = folders.iter().fold(folders[0], |common, folder| {
        let same = common.bytes().zip(folder.bytes());
        let same = same.take_while(|(a, b)| a == b).count();
        if same == common.len() && (folder.len() == same || common.ends_with('/')) {
            return common;
        }
        let end = common.as_bytes()[..same].iter().rposition(|byte| *byte == b'/');
        &common[..end.map_or(0, |end| end + 1)]
    });
    match common {
        "" => what,
        common if folders.len() > 1 => format!("{what} below {common}"),
        common => format!("{what} in {common}"),
    }
}

/// The ending of a file's name, with its dot; empty for a name without one.
pub(super) fn ending(path: &str) -> &str {
    let name = &path[folder(path).len()..];
    match name.rfind('.') {
        Some(dot) if dot > 0 && dot + 1 < name.len() => &name[dot..],
        _ => "",
    }
}

/// The folder of a path, with its slash.
pub(super) fn folder(path: &str) -> &str {
    let inner = path.strip_suffix('/').unwrap_or(path);
    inner.rfind('/').map_or("", |slash| &path[..=slash])
}
