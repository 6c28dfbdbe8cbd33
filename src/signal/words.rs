//! Words in values and in running text that name a failure.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

/// Words that name a failure when they are a whole value (`status: failed`) or part of a key.
const FAILURES: &[&str] = &[
    "error",
    "errors",
    "errored",
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
    "fails",
    "denied",
    "rejected",
    "refused",
    "timeout",
    "timed out",
    "aborted",
    "crashed",
    "unhealthy",
    "warning",
    "warn",
];

/// Words that name a failure in running text. Narrower: text may warn or reject and mean nothing by it.
const MENTIONS: &[&str] = &[
    "error",
    "errors",
    "exception",
    "exceptions",
    "traceback",
    "fatal",
    "failed",
    "failure",
    "failures",
    "fails",
    "panic",
    "panicked",
    "crashed",
    "timed out",
    "timeout",
    "refused",
    "denied",
    "aborted",
];

/// What only stands in the output of something that failed, not in text about failing.
const QUOTES: &[&str] = &[
    "Error:",
    "ERROR",
    "Exception",
    "Traceback",
    "FATAL",
    "FAILED",
    "panicked at",
    "Caused by",
    "Failed to",
];

/// True for short values that name a failure: `FAILED`, `timeout`, `build failed`; not for `0 errors`.
pub fn is_failure(text: &str) -> bool {
    const SHORT: usize = 24;
    static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| automaton(FAILURES, true));
    text.len() <= SHORT && names(text, &WORDS)
}

/// True for text with a word of failure in it that is not taken back by a zero or a negation.
pub fn mentions_error(text: &str) -> bool {
    static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| automaton(MENTIONS, true));
    names(text, &WORDS)
}

/// True for text that looks like what a failing program prints, rather than text about errors.
pub fn quotes_error(text: &str) -> bool {
    static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| automaton(QUOTES, false));
    WORDS.as_ref().is_none_or(|words| {
        words
            .find_iter(text)
            .any(|found| !is_denied(&text[..found.start()]))
    })
}

fn automaton(words: &[&str], any_case: bool) -> Option<AhoCorasick> {
    AhoCorasickBuilder::new()
        .ascii_case_insensitive(any_case)
        .match_kind(MatchKind::LeftmostLongest)
        .build(words)
        .ok()
}

/// True when one of the words stands in the text as a word of its own, or as the last part of a name like
/// `TypeError`, and is not taken back.
fn names(text: &str, words: &LazyLock<Option<AhoCorasick>>) -> bool {
    // Without an automaton everything might be a failure: nothing is left out.
    let Some(words) = words.as_ref() else { return true };
    words.find_iter(text).any(|found| {
        let (before, after) = (&text[..found.start()], &text[found.end()..]);
        let first = text.as_bytes()[found.start()];
        let starts = !before.ends_with(|c: char| c.is_alphanumeric()) || first.is_ascii_uppercase();
        let ends = !after.starts_with(|c: char| c.is_lowercase());
        starts && ends && !is_denied(before) && !counts_zero(after)
    })
}

/// True when what stands before a failure word takes it back: `0 errors`, `no failures`, `without error`.
pub(super) fn is_denied(before: &str) -> bool {
    let before = before.trim_end_matches(|c: char| c.is_whitespace() || c == '-');
    let last = before
        .rsplit(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    ["0", "no", "without", "zero", "not", "non"]
        .iter()
        .any(|word| last.eq_ignore_ascii_case(word))
}

/// True when what stands behind a failure word is a count of zero: `failed: 0`, `errors=0`.
fn counts_zero(after: &str) -> bool {
    let count = after.trim_start_matches([':', '=', ' ', '"', '(', 's']);
    count.len() < after.len()
        && count.starts_with('0')
        && !count[1..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_values_that_name_a_failure() {
        for text in [
            "FAILED",
            "timeout",
            "build failed",
            "err",
            "access-denied",
            "timed out",
        ] {
            assert!(is_failure(text), "{text}");
        }
        for text in [
            "ok",
            "merry",
            "terraform",
            "no failed steps",
            "passed: 12, failed: 0",
            "ended without Error",
        ] {
            assert!(!is_failure(text), "{text}");
        }
    }

    #[test]
    fn a_count_of_zero_is_no_error() {
        for text in [
            "0 Errors",
            "no ERRORs",
            "without Exceptions",
            "fine",
            "errors=0, done",
            "terrors",
            "mirrored",
        ] {
            assert!(!mentions_error(text), "{text}");
        }
        for text in [
            "10 Errors",
            "TypeError: x",
            "it failed",
            "no way: it failed",
            "Failed to reach it",
            "errors=01",
        ] {
            assert!(mentions_error(text), "{text}");
        }
    }

    #[test]
    fn text_about_errors_quotes_none() {
        assert!(!quotes_error(
            "Returns an error when the id is unknown; a failed request can be sent again."
        ));
        assert!(quotes_error("java.io.IOException: broken\nCaused by: x"));
    }
}
