//! What compilers, package managers and runtimes report without times or levels: a head that names a warning or a
//! failure, and lines that belong to it (quoted source, places, frames of a trace).

use crate::signal;

/// Counts reports, line by line.
#[derive(Debug, Default)]
pub(super) struct Reports {
    heads: usize,
    /// Heads and what belongs to them.
    lines: usize,
    within: bool,
}

impl Reports {
    /// Takes note of the next line; blank ones need not be told.
    pub(super) fn read(&mut self, line: &str) {
        let opens = is_head(line);
        // Quoted source and notes are indented, or stand behind a rule or a line number.
        let belongs =
            line.starts_with(|c: char| matches!(c, ' ' | '\t' | '|' | '=' | '^') || c.is_ascii_digit());
        self.within = opens || (self.within && belongs);
        self.heads += usize::from(opens);
        self.lines += usize::from(self.within);
    }

    /// Lines of reports so far.
    pub(super) fn lines(&self) -> usize {
        self.lines
    }

    /// True when this is no accident: several heads, with lines of their own or many of them.
    pub(super) fn are_many(&self) -> bool {
        const FEWEST: usize = 2;
        const BARE: usize = 5;
        (self.heads >= FEWEST && self.lines > self.heads) || self.heads >= BARE
    }
}

/// True for a line that opens a report.
fn is_head(line: &str) -> bool {
    const WORDS: [&str; 4] = ["error", "warning", "fatal error", "warn"];
    const OPENERS: [&str; 5] = [
        "Traceback (most recent call last)",
        "Caused by: ",
        "npm error",
        "npm warn",
        "npm ERR!",
    ];
    let says = |text: &str| {
        WORDS.iter().any(|word| {
            let rest = text.strip_prefix(word);
            rest.is_some_and(|rest| {
                rest.starts_with(": ") || rest.starts_with('[') || rest.starts_with(" TS")
            })
        })
    };
    // `src/a.c:3:5: warning: …`, `src/a.ts(3,5): error TS2304: …`
    let behind_place = || {
        let (place, rest) = line.split_once(": ")?;
        let numbered = place.ends_with(|c: char| c.is_ascii_digit() || c == ')');
        Some(numbered && !place.contains(' ') && says(rest))
    };
    says(line)
        || OPENERS.iter().any(|opener| line.starts_with(opener))
        || signal::is_exception(line)
        || behind_place().unwrap_or(false)
}
