//! What one line of a log says about how things went.
//!
//! Words of failure count where they stand as words and are not taken back (`0 errors`, `failed=0`,
//! `no failures`); what runners print in their own grammar ([`super::runners`]) counts for more. A line
//! that says that something passed is no error, whatever its name is.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use super::body::{body, is_echo};
use super::named::names_failure;
use super::runners::{FAILURES, PASSES, Place, SUMMARIES};
use super::stamp::stamps;
use super::words::is_denied;

/// What a line says, from least to most telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Nothing in particular.
    None,
    /// A warning.
    Warning,
    /// How a run ended, or its totals, without a failure.
    Summary,
    /// A word of failure in running text.
    Error,
    /// A failure, in a grammar that is known or at a level that says so.
    Failure,
    /// A failure that ends something: exit codes other than 0, counts of failures. Its cause stands before it.
    Ending,
}

impl Signal {
    /// True for failures in a known grammar.
    pub fn is_failure(self) -> bool {
        self >= Self::Failure
    }
}

/// Words of failure in running text, in any case.
const ERRORS: &[&str] = &[
    "error",
    "errors",
    "exception",
    "exceptions",
    "fail",
    "fails",
    "failed",
    "failure",
    "failures",
    "failing",
    "fatal",
    "panic",
    "panicked",
    "traceback",
    "denied",
    "refused",
    "refusing",
    "rejected",
    "cannot",
    "can't",
    "couldn't",
    "could not",
    "unable to",
    "not found",
    "no such file",
    "no such",
    "not permitted",
    "no space left",
    "undefined",
    "unresolved",
    "unrecognized",
    "timeout",
    "timed out",
    "deadline exceeded",
    "exceeded",
    "killed",
    "aborted",
    "aborting",
    "crash",
    "crashed",
    "segfault",
    "segmentation fault",
    "core dumped",
    "out of memory",
    "conflict",
    "missing",
    "mismatch",
    "invalid",
    "illegal",
    "unexpected",
    "unknown",
    "corrupt",
    "corrupted",
    "dirty",
    "unhealthy",
    "unreachable",
    "unavailable",
    "deadlock",
    "leaked",
    "stack overflow",
    "forbidden",
    "unauthorized",
    "expired",
    "violation",
    "broken",
    "break-in",
    "more than",
    "regression",
    "not supported",
    "unsupported",
    "interrupted",
    "critical",
    "alert",
    "emergency",
    "severe",
    "bad request",
    "does not exist",
    "doesn't exist",
    "is not",
    "hung",
];

/// Words of warning, in any case.
const WARNINGS: &[&str] = &["warning", "warn", "deprecated"];

/// Levels that say failure when they stand as a word in capitals near the start of a line.
const LEVELS: &[&str] = &[
    "ERROR", "FATAL", "CRITICAL", "SEVERE", "EMERG", "ALERT", "CRIT", "PANIC",
];

/// How far into a line after its timestamps a level may stand, in bytes.
const LEVEL_REACH: usize = 48;

struct Grammar {
    /// Case counts: failures, passes, summaries, in this order.
    phrases: AhoCorasick,
    /// Case does not count: errors, warnings.
    words: AhoCorasick,
}

static GRAMMAR: LazyLock<Option<Grammar>> = LazyLock::new(|| {
    let phrases = FAILURES
        .iter()
        .chain(PASSES)
        .chain(SUMMARIES)
        .map(|(_, phrase)| *phrase);
    Some(Grammar {
        phrases: AhoCorasick::new(phrases).ok()?,
        words: AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(ERRORS.iter().chain(WARNINGS))
            .ok()?,
    })
});

/// What a line says. Linear in the line.
pub fn of_line(line: &str) -> Signal {
    let Some(grammar) = GRAMMAR.as_ref() else {
        return Signal::Error;
    };
    let start = body(line);
    let said = phrase(grammar, line, start);
    if said.is_some_and(Signal::is_failure) {
        return said.unwrap_or(Signal::Failure);
    }
    if let Some(signal) = exit(line) {
        return signal;
    }
    if said == Some(Signal::None) || is_echo(line, start) {
        return Signal::None;
    }
    if level(line, start) || names_failure(&line[start..]) {
        return Signal::Failure;
    }
    let found = word(grammar, line);
    match (found, said) {
        (Signal::Error, _) => Signal::Error,
        (_, Some(summary)) => summary,
        (found, None) => found,
    }
}

/// What the known grammars say; [`Signal::None`] is a line about something that passed.
fn phrase(grammar: &Grammar, line: &str, start: usize) -> Option<Signal> {
    let mut said = None;
    for found in grammar.phrases.find_overlapping_iter(line) {
        let index = found.pattern().as_usize();
        let (signal, place) = match index.checked_sub(FAILURES.len()) {
            None => (Signal::Failure, FAILURES[index].0),
            Some(index) => match index.checked_sub(PASSES.len()) {
                None => (Signal::None, PASSES[index].0),
                Some(index) => (Signal::Summary, SUMMARIES[index].0),
            },
        };
        if !place_fits(line, start, found.start(), found.end(), place) {
            continue;
        }
        let signal = match (signal, place) {
            (Signal::Failure, Place::Counted | Place::Valued) => Signal::Ending,
            (signal, _) => signal,
        };
        if said.is_none_or(|said| rank(signal) > rank(said)) {
            said = Some(signal);
        }
    }
    said
}

/// True for a line in the grammar of a runner of tests, builds or jobs.
pub fn is_runner_line(line: &str) -> bool {
    const RULER: &[char] = &['=', '-', ' ', '\r'];
    GRAMMAR
        .as_ref()
        .is_some_and(|grammar| phrase(grammar, line, body(line)).is_some())
        && !line.trim_matches(RULER).is_empty()
}

/// True for a line that says that something passed, in a grammar that is known.
pub fn is_pass(line: &str) -> bool {
    GRAMMAR
        .as_ref()
        .is_some_and(|grammar| phrase(grammar, line, body(line)) == Some(Signal::None))
}

/// A pass takes back words of failure, a failure takes back a pass.
fn rank(signal: Signal) -> u8 {
    match signal {
        Signal::Ending => 4,
        Signal::Failure => 3,
        Signal::Summary => 2,
        _ => 1,
    }
}

fn place_fits(line: &str, start: usize, from: usize, to: usize, place: Place) -> bool {
    let bytes = line.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let opens = from == 0 || !is_word(bytes[from]) || !is_word(bytes[from - 1]);
    match place {
        Place::Start => from == start,
        Place::Any => opens,
        Place::End => opens && line[to..].trim_end().is_empty(),
        Place::Counted => {
            let before = line[..from].trim_end_matches([' ', '-']);
            let digits = before.len()
                - before
                    .trim_end_matches(|c: char| c.is_ascii_digit() || c == ',')
                    .len();
            let number = &before[before.len() - digits..];
            digits > 0 && number.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
        }
        Place::Valued => opens && number_after(&line[to..]).is_some_and(|number| number != 0),
    }
}

/// The number a text starts with, after what may stand between a name and its value.
fn number_after(text: &str) -> Option<u64> {
    let text = text.trim_start_matches([' ', ':', '=', '\t', '"', '\'', '(']);
    let text = text.strip_prefix("is ").unwrap_or(text);
    let text = text.strip_prefix("code ").unwrap_or(text);
    let text = text.strip_prefix('-').unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let ends = !text.as_bytes().get(digits).is_some_and(u8::is_ascii_alphabetic);
    (1..=18)
        .contains(&digits)
        .then(|| text[..digits].parse().ok())
        .flatten()
        .filter(|_| ends)
}

/// Exit codes: 0 is a summary, others end something.
fn exit(line: &str) -> Option<Signal> {
    static NAMES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .build([
                "exit code",
                "exit status",
                "exited with",
                "exitcode",
                "return code",
                "returned non-zero",
                "returned exit",
                "exit_code",
                "returncode",
                "returning",
                "exit with code",
                "exited (",
            ])
            .ok()
    });
    let mut said = None;
    for found in NAMES.as_ref()?.find_iter(line) {
        let rest = &line[found.end()..];
        let rest = rest
            .strip_prefix(" code")
            .or_else(|| rest.strip_prefix(" status"))
            .unwrap_or(rest);
        match number_after(rest) {
            Some(0) => said = said.or(Some(Signal::Summary)),
            Some(_) => return Some(Signal::Ending),
            None => {}
        }
    }
    said
}

/// True when a level in capitals says failure.
fn level(line: &str, start: usize) -> bool {
    let end = line.floor_char_boundary((start + LEVEL_REACH).min(line.len()));
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let head = &line[..end];
    let stands = |name: &str| {
        head.match_indices(name).any(|(at, _)| {
            let bytes = line.as_bytes();
            let before = at.checked_sub(1).and_then(|before| bytes.get(before));
            !is_word(before)
                && !is_word(bytes.get(at + name.len()))
                && !is_denied(&line[..at])
                && number_after(&line[at + name.len()..]) != Some(0)
        })
    };
    let glog = line.starts_with(['E', 'F']) && stamps(line)[0].as_ref().is_some_and(|stamp| stamp.start == 0);
    let named = head.bytes().any(|byte| byte.is_ascii_uppercase()) && LEVELS.iter().copied().any(stands);
    glog || named || KEYED.iter().any(|keyed| line.contains(keyed))
}

/// Levels as fields of structured lines.
const KEYED: &[&str] = &[
    "\"level\":\"error\"",
    "\"level\":\"fatal\"",
    "\"level\": \"error\"",
    "\"level\": \"fatal\"",
    "level=error",
    "level=fatal",
    "level=panic",
    "lvl=eror",
    "\"severity\":\"ERROR\"",
    "\"severity\":\"CRITICAL\"",
    "\"level\":50",
    "\"level\":60",
];

/// The first word of failure that stands; else of warning.
fn word(grammar: &Grammar, line: &str) -> Signal {
    let bytes = line.as_bytes();
    let mut said = Signal::None;
    for found in grammar.words.find_iter(line) {
        let (from, to) = (found.start(), found.end());
        let before = from.checked_sub(1).map_or(b' ', |at| bytes[at]);
        let after = bytes.get(to).copied().unwrap_or(b' ');
        let camel = bytes[from].is_ascii_uppercase() && before.is_ascii_lowercase();
        let opens =
            !(before.is_ascii_alphanumeric() || matches!(before, b'_' | b'-' | b'/' | b'.' | b'$')) || camel;
        let next = bytes.get(to + 1).is_some_and(u8::is_ascii_alphanumeric);
        let closes = !(after.is_ascii_alphanumeric()
            || matches!(after, b'_' | b'/' | b'-')
            || (after == b'.' && next));
        if !opens || !closes || is_denied(&line[..from]) || is_nil(&line[to..]) {
            continue;
        }
        if found.pattern().as_usize() < ERRORS.len() {
            return Signal::Error;
        }
        said = Signal::Warning;
    }
    said
}

/// True when a value after a failure word takes it back: `errors: 0`, `error=null`, `failures   0`.
fn is_nil(after: &str) -> bool {
    let text = after.strip_prefix('"').unwrap_or(after);
    let value = text.trim_start_matches([' ', ':', '=', '\t']);
    if value.len() == text.len() {
        return false;
    }
    let length = value
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'.')
        .count();
    let word = &value[..length];
    let spaced = text.len() - value.len() > 1 || text.starts_with(['=', ':']);
    matches!(word, "0" | "0.00" | "none" | "None" | "null" | "false" | "nil")
        && (spaced || length == value.trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lines_say() {
        for (line, wanted) in [
            (
                "[task 2026-01-02T10:02:01.000Z] 10:02:01     INFO - TEST-UNEXPECTED-FAIL | a.js | x",
                Signal::Failure,
            ),
            ("[taskcluster:error] Aborting task...", Signal::Failure),
            (
                "2026-01-02T10:01:01.1Z ##[error]Process completed with exit code 1.",
                Signal::Failure,
            ),
            ("Process completed with exit code 137", Signal::Ending),
            ("Command returned non-zero exit status 2", Signal::Ending),
            ("Return code: 0", Signal::Summary),
            ("=== 3 failed, 120 passed in 4.2s ===", Signal::Ending),
            ("=== 120 passed in 4.2s ===", Signal::Summary),
            (
                "Tests run: 91, Failures: 0, Errors: 0, Skipped: 0",
                Signal::Summary,
            ),
            (
                "Tests run: 91, Failures: 2, Errors: 0, Skipped: 0",
                Signal::Ending,
            ),
            ("KeyError: 'x'", Signal::Failure),
            ("java.io.IOException: Broken pipe", Signal::Failure),
            ("2026-01-02 03:04:05,678 ERROR [w] shop: x", Signal::Failure),
            ("E0102 03:04:05.678901 7 a.go:12] x", Signal::Failure),
            ("level=error msg=x", Signal::Failure),
            ("manifest for x not found: manifest unknown", Signal::Failure),
            ("could not find remote ref refs/tags/x", Signal::Error),
            ("connect: connection refused", Signal::Error),
            (
                "2026-01-02 03:04:05 WARN shop.Pool: 19 of 20 in use",
                Signal::Warning,
            ),
            ("Compilation failures                   0", Signal::None),
            ("Cache errors 0", Signal::None),
            ("finished, no errors, error=null, failed: 0", Signal::None),
            (
                "[1] ProgressListener Stop: has error=false url=about:blank",
                Signal::None,
            ),
            (
                "10:00:00     INFO - TEST-PASS | test_error.js | getError was expected value: NO_ERROR",
                Signal::None,
            ),
            ("test errors::panics_on_failure ... ok", Signal::None),
            (
                "tests/test_errors.py::test_failed_payment PASSED [ 3%]",
                Signal::None,
            ),
            ("+ echo 'error: failed'", Signal::None),
            ("\u{1b}[36;1m  exit 1 || echo error: x\u{1b}[0m", Signal::None),
            ("Downloading https://pkg.example/error-stack-1.0", Signal::None),
            ("served /errors/error.log in 3 ms", Signal::None),
            ("", Signal::None),
        ] {
            assert_eq!(of_line(line), wanted, "{line}");
        }
    }
}
