//! What stays of long comments: their first sentence, as it is what tables of contents show.

use std::ops::Range;

use super::fill::{Gap, holds, is_worth};
use super::place::Source;

/// Most lines of a first sentence that are shown.
const MAX_HEAD: usize = 3;

/// Neighbouring comments that each have their lines for themselves, as one.
pub(super) fn runs(source: &Source<'_>, comments: &[Range<usize>]) -> Vec<Range<usize>> {
    let text = source.plain.as_ref();
    let mut runs: Vec<Range<usize>> = Vec::new();
    for comment in comments {
        let line = source.line_range(source.line(comment.start));
        if !text[line.start..comment.start].trim().is_empty() {
            continue;
        }
        // Some grammars count the end of the line in.
        let comment = comment.start..comment.start + text[comment.clone()].trim_end().len();
        match runs.last_mut() {
            Some(last)
                if !text[comment.clone()].starts_with("/*")
                    && !text[last.clone()].starts_with("/*")
                    && source.line(last.end) + 1 == source.line(comment.start) =>
            {
                last.end = comment.end;
            }
            _ => runs.push(comment),
        }
    }
    runs
}

/// Gaps behind the first sentence of a comment or docstring. Lines at `keeps` stay.
pub(super) fn gaps(source: &Source<'_>, comment: &Range<usize>, keeps: &[usize]) -> Vec<Gap> {
    let text = source.plain.as_ref();
    let (first, last) = (source.line(comment.start), source.line(comment.end));
    let content = |line: usize| {
        let range = source.line_range(line);
        let part = range.start.max(comment.start)..range.end.min(comment.end);
        let lead = leader(&text[part.clone()]);
        part.start + lead..part.end
    };
    let words = |line: usize| match text[content(line)].trim_end_matches(['*', '/', '"', '\'']).trim() {
        "=begin" | "=end" => "",
        words => words,
    };
    let Some(head) = (first..=last).find(|&line| !words(line).is_empty()) else {
        return Vec::new();
    };
    let rest = (head + 1..=last.min(head + MAX_HEAD))
        .find(|&line| words(line).is_empty() || is_field(words(line)) || ends_sentence(words(line - 1)))
        .unwrap_or(head + MAX_HEAD);
    let Some(end) = (rest..=last).rev().find(|&line| !words(line).is_empty()) else {
        return Vec::new();
    };
    let mut gaps = Vec::new();
    let mut from = rest;
    for line in rest..=end + 1 {
        if line <= end && !holds(keeps, &source.line_range(line)) {
            continue;
        }
        let lead = |line: usize| content(line).start - source.line_range(line).start;
        // A blank line without a sign of a comment has no place for a mark.
        while from < line && words(from).is_empty() && lead(from) == 0 {
            from += 1;
        }
        if from < line {
            let start = content(from).start;
            let line_end = content(line - 1);
            let range = start..line_end.start + words_end(&text[line_end]);
            let spaced = lead(from) == 0 || text[..start].ends_with([' ', '\t']);
            if range.start < range.end && is_worth(source, &range) {
                gaps.push(Gap {
                    range,
                    open: if spaced { "" } else { " " },
                });
            }
        }
        from = line + 1;
    }
    gaps
}

/// Bytes of what opens a line of a comment: its indentation, the signs and a space.
fn leader(line: &str) -> usize {
    let indent = line.len() - line.trim_start().len();
    let signs = line[indent..].len() - line[indent..].trim_start_matches(['/', '*', '#', '!']).len();
    let space = usize::from(line[indent + signs..].starts_with(' '));
    indent + signs + space
}

/// Where the words of a line end, before what closes the comment.
fn words_end(content: &str) -> usize {
    let closing = ["*/", "\"\"\"", "'''", "=end"];
    let words = closing
        .iter()
        .find_map(|closing| content.strip_suffix(closing))
        .unwrap_or(content);
    words.trim_end().len()
}

/// True for a line in which a sentence ends.
fn ends_sentence(words: &str) -> bool {
    words.ends_with(['.', '!', '?', ':', '。']) || words.contains(". ")
}

/// True for what documents one parameter or the like.
fn is_field(words: &str) -> bool {
    words.starts_with(['@', '\\']) || words.starts_with(":param") || words.starts_with("<param")
}
