//! Histories with authors said where they change, and with gaps.

use super::read::{Commit, History};
use super::{AUTHOR, FORM, HEADER, LOSSLESS, PARTIAL};
use crate::compress::{Mark, Piece};

/// The whole history; `None` where no author is said twice.
pub(super) fn lossless(history: &History<'_>) -> Option<String> {
    if history.commits.iter().any(|commit| commit.is_anonymous) {
        return None;
    }
    let mut body = String::new();
    let mut last = None;
    let first = history.commits.first()?.lines.start;
    push(&history.lines[..first], &mut body);
    let mut omitted = 0;
    for commit in &history.commits {
        omitted += usize::from(write(history, commit, &mut last, &mut body));
    }
    let end = history.commits.last()?.lines.end;
    push(&history.lines[end..], &mut body);
    // Lines were written with their ends; the text had one fewer.
    body.pop();
    (omitted > 0).then(|| format!("{HEADER}{LOSSLESS}{FORM}\n{body}"))
}

/// The kept commits, with gaps for the others.
pub(super) fn with_gaps(history: &History<'_>, kept: &[bool]) -> Vec<Piece> {
    let commits = &history.commits;
    let mut pieces = Vec::new();
    let mut body = String::new();
    let mut last = None;
    push(&history.lines[..commits[0].lines.start], &mut body);
    let mut omitted = false;
    let mut at = 0;
    while at < commits.len() {
        if kept[at] {
            omitted |= write(history, &commits[at], &mut last, &mut body);
            at += 1;
            continue;
        }
        let to = (at..commits.len()).find(|at| kept[*at]).unwrap_or(commits.len());
        let gap = commits[at].lines.start..commits[to - 1].lines.end;
        if !body.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut body)));
        }
        let plural = if to - at == 1 { "" } else { "s" };
        pieces.push(Piece::Elide {
            range: commits[at].range.start..commits[to - 1].range.end,
            note: format!(
                "{} commit{plural} (lines {}-{} of this output)",
                to - at,
                gap.start + 1,
                gap.end
            ),
            mark: Mark::Whole,
        });
        body.push('\n');
        at = to;
    }
    push(&history.lines[commits[commits.len() - 1].lines.end..], &mut body);
    body.pop();
    if !body.is_empty() {
        pieces.push(Piece::Text(body));
    }
    if omitted {
        pieces.insert(0, Piece::Text(format!("{HEADER}{PARTIAL}{FORM}\n")));
    }
    pieces
}

/// Writes a commit, without its author where that is the last one said; returns whether it was.
fn write<'t>(
    history: &History<'t>,
    commit: &Commit<'t>,
    last: &mut Option<&'t str>,
    out: &mut String,
) -> bool {
    let Some((line, author)) = commit.author.filter(|(_, author)| *last == Some(*author)) else {
        // An author that cannot be left out is none that later commits may be without.
        *last = commit.author.map(|(_, author)| author);
        push(&history.lines[commit.lines.clone()], out);
        return false;
    };
    debug_assert!(history.lines[line].starts_with(AUTHOR) && history.lines[line].ends_with(author));
    push(&history.lines[commit.lines.start..line], out);
    push(&history.lines[line + 1..commit.lines.end], out);
    true
}

fn push(lines: &[&str], out: &mut String) {
    for line in lines {
        out.push_str(line);
        out.push('\n');
    }
}
