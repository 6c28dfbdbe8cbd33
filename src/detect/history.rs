//! Histories: what `git log` prints, without diffs.

use crate::grammar::history;

/// Lines looked at.
const SAMPLE: usize = 400;
/// Fewest commits that count as evidence, of several lines and of one.
const FEWEST: usize = 2;
const FEWEST_LINES: usize = 8;

/// True for commits one after the other.
pub(super) fn is_history(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty());
    let Some(first) = first else { return false };
    if history::head(first).is_some() {
        // Each head is followed by who wrote it.
        let mut lines = text.lines().take(SAMPLE).peekable();
        let mut count = 0;
        while let Some(line) = lines.next() {
            let told = |next: &&str| {
                ["Author:", "Merge:", "tree "]
                    .iter()
                    .any(|word| next.contains(word))
            };
            count += usize::from(history::head(line).is_some() && lines.peek().is_some_and(told));
        }
        return count >= FEWEST;
    }
    let (mut all, mut commits) = (0, 0);
    for line in text.lines().take(SAMPLE).filter(|line| !history::is_graph(line)) {
        all += 1;
        commits += usize::from(history::one_line(line).is_some());
    }
    commits >= FEWEST_LINES && commits * 10 >= all * 9
}
