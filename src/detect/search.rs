//! Hits of `rg`, `grep`, `ag`: most lines carry a path and a line number, or stand under a path.

use super::runs;
use crate::grammar::hits;
use crate::message::ToolCall;

/// Programs that print hits.
const PROGRAMS: &[&str] = &[
    "rg", "ripgrep", "grep", "egrep", "fgrep", "zgrep", "ag", "ack", "pt",
];
/// Lines looked at.
const SAMPLE: usize = 400;
/// Fewest hits that count as evidence.
const FEWEST: usize = 3;

/// True for search output. Compilers and linters print `path:line:` too; their lines say what kind of
/// message they are behind it.
pub(super) fn is_search(text: &str, tool: Option<&ToolCall<'_>>) -> bool {
    let called = runs(tool, PROGRAMS);
    let mut seen = Seen::default();
    for line in text.split('\n').take(SAMPLE) {
        seen.look(line);
    }
    let share = |part: usize| part as f64 / seen.lines.max(1) as f64;
    let lines = seen.context
        + if seen.headed > seen.flat {
            seen.headed + seen.headings
        } else {
            seen.flat
        };
    let hits = seen.flat.max(seen.headed);
    let enough = if called { 0.5 } else { 0.9 };
    // Numbers alone are lines of one file, if a search printed them; else they may be anything.
    let placed = seen.flat >= seen.headed || seen.headings > 0 || called;
    // Lines numbered one after the other are a file that was read, whatever printed them: its code is no hit.
    let listing = seen.headed > seen.flat && seen.following * 2 > seen.headed;
    hits >= FEWEST
        && !listing
        && placed
        && share(lines) >= enough
        && (called || seen.messages * 5 <= hits)
        && (called || seen.headed == 0 || seen.flat > seen.headed || seen.rising * 10 >= seen.headed * 9)
}

/// What was seen so far.
#[derive(Default)]
struct Seen<'t> {
    /// Lines that are not empty.
    lines: usize,
    /// `path:12:text`.
    flat: usize,
    /// `path-12-text` of the path before, and `--`.
    context: usize,
    /// `12:text`.
    headed: usize,
    /// Paths above such lines.
    headings: usize,
    /// Hits that read like a message of a compiler.
    messages: usize,
    /// Numbers larger than the one before, in the same file.
    rising: usize,
    /// Hits right behind the hit on the line before.
    following: usize,
    path: &'t str,
    number: u64,
    /// The line before, if it may be a path above lines.
    before: Option<&'t str>,
}

impl Seen<'_> {
    /// True for context of the hit before.
    fn is_context(&self, line: &str) -> bool {
        !self.path.is_empty() && hits::of_path(self.path, line).is_some_and(|rest| !is_hit(rest))
    }
}

impl<'t> Seen<'t> {
    fn look(&mut self, line: &'t str) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            self.before = None;
            return;
        }
        self.lines += 1;
        if let Some(numbered) = hits::numbered(line) {
            if self.before.take().is_some() {
                self.headings += 1;
                self.number = 0;
            }
            self.headed += 1;
            self.rising += usize::from(numbered.line > self.number);
            self.following += usize::from(numbered.is_hit && numbered.line == self.number + 1);
            self.number = numbered.line;
        } else if line == "--" || self.is_context(line) {
            self.context += 1;
        } else if let Some(hit) = hits::hit(line) {
            self.flat += 1;
            self.path = hit.path;
            self.messages += usize::from(is_message(hit.rest));
        } else {
            // Context may stand before the first hit of its file.
            self.context += usize::from(hits::has_number_between_dashes(line));
            self.before = Some(line);
        }
    }
}

fn is_hit(rest: &str) -> bool {
    hits::numbered(rest).is_some_and(|numbered| numbered.is_hit)
}

/// True for `12:5: error: …`, as compilers and linters write.
fn is_message(rest: &str) -> bool {
    const WORDS: [&str; 6] = ["error", "warning", "note", "fatal", "info", "hint"];
    let text = rest
        .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ':' | ' '))
        .as_bytes();
    WORDS.iter().any(|word| {
        text.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
            && text
                .get(word.len())
                .is_none_or(|next| matches!(next, b':' | b' ' | b'[' | b'('))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_read_is_no_search() {
        let lines: Vec<String> = (1374..1420)
            .map(|line| format!("{line}:    value = {line}"))
            .collect();
        let lines = lines.join("\n");
        let text = format!("[File: /src/fields.py (1997 lines total)]\n{lines}");
        assert!(!is_search(&text, None));
        let call = ToolCall {
            name: "bash".into(),
            arguments: "{\"command\":\"grep -n '' src/fields.py\"}".into(),
        };
        assert!(!is_search(&text, Some(&call)));
    }

    #[test]
    fn hits_under_their_paths_are_a_search() {
        let text = "src/a.py\n3:import os\n17:os.path\n40:os.remove\n\nsrc/b.py\n5:import os\n9:os.walk\n";
        assert!(is_search(text, None));
    }
}
