//! Words that say something failed.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Words that name a failure when they are a whole value (`status: failed`) or part of a key.
const FAILURES: [&str; 20] = [
    "error",
    "err",
    "fatal",
    "critical",
    "crit",
    "alert",
    "emerg",
    "panic",
    "exception",
    "failed",
    "failure",
    "fail",
    "denied",
    "rejected",
    "timeout",
    "aborted",
    "crashed",
    "unhealthy",
    "warning",
    "warn",
];

/// True for short values that name a failure: `FAILED`, `timeout`, `build failed`.
pub(in crate::compress) fn is_failure(text: &str) -> bool {
    const SHORT: usize = 24;
    text.len() <= SHORT
        && text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|part| part.len() >= 3 && FAILURES.iter().any(|word| part.eq_ignore_ascii_case(word)))
}

/// True for text with an error word in it that is not a count of zero or a negation.
pub(in crate::compress) fn mentions_error(text: &str) -> bool {
    static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        AhoCorasick::new([
            "Error",
            "ERROR",
            "error:",
            "Exception",
            "Traceback",
            "FATAL",
            "FAILED",
            "failed",
            "panic",
        ])
        .ok()
    });
    let Some(words) = WORDS.as_ref() else { return true };
    words.find_iter(text).any(|found| {
        let before = text[..found.start()].trim_end_matches(|c: char| c.is_whitespace() || c == '-');
        let last = before
            .rsplit(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        !matches!(last, "0" | "no" | "No" | "without" | "zero")
    })
}
