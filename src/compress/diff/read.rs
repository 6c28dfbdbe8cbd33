//! A unified diff as files and hunks, by lines.

use std::ops::Range;

use crate::grammar::hunks::{self, Head};

/// The part of one file.
#[derive(Debug, Default)]
pub(super) struct FileDiff<'t> {
    /// The file's new name, or its old one when it is deleted.
    pub(super) path: &'t str,
    /// Its hunks.
    pub(super) hunks: Vec<Hunk<'t>>,
    /// The data of a binary patch.
    pub(super) binary: Option<Range<usize>>,
}

/// A hunk.
#[derive(Debug)]
pub(super) struct Hunk<'t> {
    /// Its head.
    pub(super) head: Head<'t>,
    /// Its lines, the head first.
    pub(super) lines: Range<usize>,
    /// Lines that start with `+`.
    pub(super) added: usize,
    /// Lines that start with `-`.
    pub(super) removed: usize,
}

/// Gathers files and hunks; what is neither (messages of commits, combined diffs, damaged hunks) belongs to
/// nobody and stays. Linear.
pub(super) fn read<'t>(lines: &[&'t str]) -> Vec<FileDiff<'t>> {
    let mut files: Vec<FileDiff<'t>> = Vec::new();
    // Inside the head of a file: `diff --git` and `---` are of the same file.
    let mut in_head = false;
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        let next = lines.get(at + 1).copied();
        if hunks::is_file(line) {
            files.push(FileDiff {
                path: path_of_start(line),
                ..FileDiff::default()
            });
            in_head = true;
        } else if hunks::is_names(line, next) {
            if !in_head {
                files.push(FileDiff::default());
            }
            if let (Some(file), Some(next)) = (files.last_mut(), next) {
                file.path = path_of_names(line, next);
            }
            in_head = false;
            at += 1;
        } else if let (Some(head), Some(file)) = (hunks::head(line), files.last_mut()) {
            in_head = false;
            if let Some(len) = hunks::body(&head, lines[at + 1..].iter().copied()) {
                let body = &lines[at + 1..=at + len];
                let count = |sign| {
                    body.iter()
                        .filter(|line| line.as_bytes().first() == Some(&sign))
                        .count()
                };
                let (added, removed) = (count(b'+'), count(b'-'));
                file.hunks.push(Hunk {
                    head,
                    lines: at..at + 1 + len,
                    added,
                    removed,
                });
                at += len;
            }
        } else if let (true, Some(file)) = (line.trim_end() == "GIT binary patch", files.last_mut()) {
            let len = lines[at + 1..].iter().take_while(|line| is_binary(line)).count();
            let data = lines[at + 1..=at + len].iter().rposition(|line| !line.is_empty());
            file.binary = data.map(|last| at + 1..at + 2 + last);
            at += len;
        }
        at += 1;
    }
    files
}

/// `diff --git a/x b/x`, `Index: x`, `diff -r 0123 x`.
fn path_of_start(line: &str) -> &str {
    let line = line.trim_end();
    line.rsplit_once(" b/")
        .or_else(|| line.rsplit_once(' '))
        .map_or("", |(_, path)| path.trim_matches('"'))
}

fn path_of_names<'t>(old: &'t str, new: &'t str) -> &'t str {
    let name = |line: &'t str| {
        let name = line[4..]
            .split('\t')
            .next()
            .unwrap_or_default()
            .trim_end()
            .trim_matches('"');
        name.strip_prefix("a/")
            .or_else(|| name.strip_prefix("b/"))
            .unwrap_or(name)
    };
    match name(new) {
        "/dev/null" => name(old),
        path => path,
    }
}

/// A line of a binary patch: its size, base 85 data, or an empty line.
fn is_binary(line: &str) -> bool {
    let line = line.trim_end();
    line.is_empty()
        || line.starts_with("literal ")
        || line.starts_with("delta ")
        || (line.len() > 5 && line.len() <= 66 && !line.contains(' '))
}
