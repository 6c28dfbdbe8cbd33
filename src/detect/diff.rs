//! Unified diffs: hunks whose lines are as many as their heads say make up most of the text.

use crate::grammar::hunks;

/// Lines looked at.
const SAMPLE: usize = 2000;

/// True for the output of `git diff`, `git show`, `git log -p`, `diff -u`, `svn diff`, `hg diff`.
pub(super) fn is_diff(text: &str) -> bool {
    const ENOUGH: f64 = 0.5;
    // Nearly every other text is told apart here.
    if memchr::memmem::find(text.as_bytes(), b"@@ -").is_none() {
        return false;
    }
    let lines: Vec<&str> = text.split('\n').take(SAMPLE).collect();
    let (mut at, mut within, mut count, mut files) = (0, 0, 0, 0);
    while at < lines.len() {
        let next = lines.get(at + 1).copied();
        if let Some(head) = hunks::head(lines[at]) {
            // The last hunk of the sample may be cut off.
            let left = lines.len() - at - 1;
            let len = hunks::body(&head, lines[at + 1..].iter().copied()).unwrap_or(
                if left < head.old.1 + head.new.1 && lines.len() == SAMPLE {
                    left
                } else {
                    0
                },
            );
            count += usize::from(len > 0);
            within += 1 + len;
            at += len;
        } else if hunks::is_file(lines[at]) || hunks::is_names(lines[at], next) {
            files += 1;
            within += 1;
        }
        at += 1;
    }
    let all = lines.iter().filter(|line| !line.is_empty()).count();
    count > 0 && files > 0 && within as f64 >= ENOUGH * all as f64
}
