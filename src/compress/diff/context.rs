//! Context far from any change, and the heads that say so.
//!
//! Three lines on either side are what `diff -u` shows and `patch` needs. Where much more stands there, the
//! hunk becomes several with heads of their own, each of which still applies.

use std::fmt::Write as _;
use std::ops::Range;

use super::{Edit, at, read::Hunk};
use crate::relevance::Scorer;

/// Lines of context on either side of a change.
const NEAR: usize = 3;
/// Fewer lines cost about as much to leave out.
const FEWEST: usize = 12;

/// Leaves far context of a hunk out.
pub(super) fn trim(hunk: &Hunk<'_>, lines: &[&str], scorer: &Scorer, edits: &mut Vec<Edit>) {
    let body = hunk.lines.start + 1..hunk.lines.end;
    let gaps = far(&body, lines, scorer);
    let Some(first) = gaps.first() else { return };
    let (mut old, mut new) = (hunk.head.old.0, hunk.head.new.0);
    let mut part = body.start;
    let mut section = hunk.head.section;
    // A hunk that starts far from its first change starts later; then the gap stands before its head.
    if first.start == body.start {
        lead(hunk.lines.start..first.end, edits);
        // It named what stands before the lines that are gone.
        section = "";
        let len = first.len();
        (old, new, part) = (old + len, new + len, first.end);
        edits.push(Edit::Insert(part, String::new()));
    } else {
        edits.push(Edit::Head(hunk.lines.start, String::new()));
    }
    let mut open = edits.len() - 1;
    for gap in gaps.iter().skip(usize::from(first.start == body.start)) {
        let (olds, news) = close(&mut edits[open], (old, new), &lines[part..gap.start], section);
        edits.push(Edit::Out(gap.clone(), note(gap)));
        (old, new, part) = (old + olds + gap.len(), new + news + gap.len(), gap.end);
        section = "";
        if gap.end < body.end {
            edits.push(Edit::Insert(part, String::new()));
            open = edits.len() - 1;
        }
    }
    if part < body.end {
        close(&mut edits[open], (old, new), &lines[part..body.end], section);
    }
}

/// Leaves out how a hunk starts, in one gap with how the hunk before it ends.
fn lead(mut gap: Range<usize>, edits: &mut Vec<Edit>) {
    if let Some(Edit::Out(before, what)) = edits.last()
        && before.end == gap.start
        && *what == note(before)
    {
        gap.start = before.start;
        edits.pop();
    }
    let what = note(&gap);
    edits.push(Edit::Out(gap, what));
}

fn note(gap: &Range<usize>) -> String {
    format!("{} lines of context, {}", gap.len(), at(gap))
}

/// Writes the head of a part; returns its lines in the old and in the new file.
fn close(edit: &mut Edit, start: (usize, usize), part: &[&str], section: &str) -> (usize, usize) {
    let count = |not: char| part.iter().filter(|line| !line.starts_with([not, '\\'])).count();
    let (olds, news) = (count('+'), count('-'));
    if let Edit::Head(_, head) | Edit::Insert(_, head) = edit {
        head.clear();
        // Writing to a String cannot fail.
        let _ = write!(head, "@@ -{},{olds} +{},{news} @@{section}", start.0, start.1);
    }
    (olds, news)
}

/// Runs of context lines far from any change, without those the question names.
fn far(body: &Range<usize>, lines: &[&str], scorer: &Scorer) -> Vec<Range<usize>> {
    let is_context = |at: usize| !lines[at].starts_with(['+', '-', '\\']);
    let mut gaps = Vec::new();
    let mut from = body.start;
    while from < body.end {
        let to = (from..body.end).find(|at| !is_context(*at)).unwrap_or(body.end);
        let start = if from == body.start { from } else { from + NEAR };
        let end = if to == body.end {
            to
        } else {
            to.saturating_sub(NEAR)
        };
        let all = from == body.start && to == body.end;
        if !all && end >= start + FEWEST && !(start..end).any(|at| scorer.contains_anchor(lines[at])) {
            gaps.push(start..end);
        }
        from = to + 1;
    }
    gaps
}
