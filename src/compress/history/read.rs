//! A history as commits of lines.

use std::ops::Range;

use super::{AUTHOR, DATE, MERGE};
use crate::grammar::history;

/// A commit: its lines, the last empty ones with it.
#[derive(Debug, Clone)]
pub(super) struct Commit<'t> {
    /// Numbers of lines.
    pub(super) lines: Range<usize>,
    /// Bytes of the text, without the last line end.
    pub(super) range: Range<usize>,
    /// All of it.
    pub(super) text: &'t str,
    /// The line that says the author, where the date stands right below it, and what it says.
    pub(super) author: Option<(usize, &'t str)>,
    /// Branches and tags.
    pub(super) refs: &'t str,
    pub(super) is_merge: bool,
    /// Its date stands where its author should: without one it cannot be told from a commit whose author was said
    /// before.
    pub(super) is_anonymous: bool,
    /// The first line of its message.
    pub(super) subject: &'t str,
}

/// A history, read.
#[derive(Debug)]
pub(super) struct History<'t> {
    /// Every line.
    pub(super) lines: Vec<&'t str>,
    pub(super) commits: Vec<Commit<'t>>,
}

impl<'t> History<'t> {
    /// Reads a text. What stands before the first commit is none. Linear.
    pub(super) fn read(text: &'t str) -> Self {
        let lines: Vec<&str> = text.split('\n').collect();
        let has_heads = lines.iter().any(|line| history::head(line).is_some());
        let starts = |line: &str| {
            if has_heads {
                history::head(line).is_some()
            } else {
                history::one_line(line).is_some()
            }
        };
        let mut offsets = Vec::with_capacity(lines.len() + 1);
        let mut at = 0;
        for line in &lines {
            offsets.push(at);
            at += line.len() + 1;
        }
        // What follows the last line end is no line of a commit.
        let count = lines.len() - usize::from(text.ends_with('\n'));
        let heads: Vec<usize> = (0..count).filter(|at| starts(lines[*at])).collect();
        let commits = heads.iter().enumerate().map(|(nth, &head)| {
            let end = heads.get(nth + 1).copied().unwrap_or(count);
            let range = offsets[head]..offsets[end - 1] + lines[end - 1].len();
            commit(&lines, head..end, range.clone(), &text[range], has_heads)
        });
        let commits = commits.collect();
        Self { lines, commits }
    }
}

fn commit<'t>(
    lines: &[&'t str],
    within: Range<usize>,
    range: Range<usize>,
    text: &'t str,
    has_head: bool,
) -> Commit<'t> {
    let head = lines[within.start];
    let own = &lines[within.clone()];
    let merge = own.get(1).is_some_and(|line| line.starts_with(MERGE));
    let author = 1 + usize::from(merge);
    let said = own.get(author).and_then(|line| line.strip_prefix(AUTHOR));
    let dated = own.get(author + 1).is_some_and(|line| line.starts_with(DATE));
    let (refs, subject) = if has_head {
        let message = own.iter().skip_while(|line| !line.trim().is_empty());
        let subject = message.map(|line| line.trim()).find(|line| !line.is_empty());
        (
            history::head(head).unwrap_or_default(),
            subject.unwrap_or_default(),
        )
    } else {
        let rest = history::one_line(head).unwrap_or_default();
        match rest.strip_prefix('(').and_then(|refs| refs.split_once(") ")) {
            Some((refs, subject)) => (refs, subject),
            None => ("", rest),
        }
    };
    Commit {
        author: said.filter(|_| dated).map(|said| (within.start + author, said)),
        is_merge: own.iter().take(2).any(|line| line.contains(MERGE)) || subject.starts_with("Merge "),
        is_anonymous: own.get(author).is_some_and(|line| line.starts_with(DATE)),
        lines: within,
        range,
        text,
        refs,
        subject,
    }
}
