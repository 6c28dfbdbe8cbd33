//! Output of programs over time: lines with timestamps or levels, or what test and build runners print.

use super::reports::Reports;
use super::runs;
use crate::message::ToolCall;
use crate::signal;

/// Lines looked at: the beginning, and for runners the end, where totals stand.
const FIRST: usize = 200;
const LAST: usize = 40;
/// Share of the lines that must be a log's when nothing else says so, and when the tool call does.
const SHARE: f64 = 0.5;
const TOLD_SHARE: f64 = 0.1;
/// Share and number of runners' lines without a tool call that names the runner.
const RUNNER_SHARE: f64 = 0.25;
const RUNNER_LINES: usize = 3;

/// Programs and words that print logs.
const LOGGERS: &[&str] = &[
    "log",
    "logs",
    "journalctl",
    "dmesg",
    "syslog",
    "ci",
    "build",
    "pytest",
    "jest",
    "vitest",
    "mocha",
    "cargo",
    "npm",
    "pnpm",
    "yarn",
    "npx",
    "tsc",
    "eslint",
    "go",
    "mvn",
    "mvnw",
    "gradle",
    "gradlew",
    "dotnet",
    "rspec",
    "phpunit",
    "ctest",
    "bazel",
    "docker",
    "terraform",
    "kubectl",
    "make",
    "cmake",
    "ninja",
    "tox",
    "nox",
    "unittest",
    "pip",
    "uv",
    "test",
    "tests",
    "job",
    "bundle",
    "rake",
    "composer",
    "helm",
    "podman",
    "python",
    "python3",
    "node",
    "ruff",
    "mypy",
];

/// True for the output of a program over time.
pub(super) fn is_log(text: &str, tool: Option<&ToolCall<'_>>) -> bool {
    let told = runs(tool, LOGGERS) && !runs(tool, &["git"]);
    let (mut lines, mut logged, mut ran, mut listed) = (0_usize, 0, 0, 0);
    let mut reports = Reports::default();
    for line in text
        .split('\n')
        .filter(|line| !line.trim().is_empty())
        .take(FIRST)
    {
        lines += 1;
        match time_of_day(line) {
            Some(b',' | b';' | b'\t') => listed += 1,
            Some(_) => logged += 1,
            None if has_level(line) => logged += 1,
            None => {}
        }
        ran += usize::from(signal::is_runner_line(line));
        reports.read(line);
    }
    if lines < 2 || listed * 2 > lines {
        return false;
    }
    let share = |part: usize, of: f64| part as f64 >= of * lines as f64;
    if share(logged, SHARE)
        || (told && share(logged, TOLD_SHARE))
        || (reports.are_many() && share(reports.lines(), SHARE))
    {
        return true;
    }
    if told && ran == 0 {
        let tail = text.trim_end().rsplit('\n').take(LAST);
        ran = tail.filter(|line| signal::is_runner_line(line)).count();
    }
    (told && ran > 0) || (ran >= RUNNER_LINES && share(ran, RUNNER_SHARE))
}

/// What follows the time of day near the start of a line; `None` where there is none.
fn time_of_day(line: &str) -> Option<u8> {
    const NEAR: usize = 24;
    const DIGITS: usize = 6;
    let stamp = signal::stamps(line)[0]
        .clone()
        .filter(|stamp| stamp.start <= NEAR)?;
    let text = &line[stamp.clone()];
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_date = !text.contains([':', ' ']) && digits == 8;
    (digits >= DIGITS && !is_date && !text.starts_with(char::is_alphabetic) || text.contains(':'))
        .then(|| line.as_bytes().get(stamp.end).copied().unwrap_or(b' '))
}

/// True for a line that starts with a level: `INFO …`, `[WARN] …`, `level=error …`.
fn has_level(line: &str) -> bool {
    const LEVELS: &[&str] = &[
        "TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL", "level=",
        "time=",
    ];
    let text = line.trim_start_matches(['[', ' ', '<']);
    LEVELS.iter().any(|level| {
        text.strip_prefix(level)
            .is_some_and(|rest| level.ends_with('=') || rest.starts_with([' ', ']', ':', '\t', '>', '|']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(command: &str) -> ToolCall<'_> {
        ToolCall {
            name: "Bash".into(),
            arguments: command.into(),
        }
    }

    #[test]
    fn logs_by_themselves() {
        for text in [
            "2015-07-29 17:41:44,747 - INFO x\n2015-07-29 17:41:45,747 - WARN y\n\tat a.b.C\n",
            "Dec 10 06:55:46 LabSZ sshd[1]: x\nDec 10 06:55:47 LabSZ sshd[1]: y\n",
            "081109 203615 148 INFO dfs.A: x\n081109 203807 222 INFO dfs.B: y\n",
            "[INFO] Scanning\n[INFO] Building\n[ERROR] no\n",
            "running 2 tests\ntest a::b ... ok\ntest a::c ... FAILED\n\ntest result: FAILED. 1 passed; 1 failed\n",
            "warning: unused `a`\n --> src/a.rs:1:5\n  |\n1 | let a = 1;\n  |     ^\n\nerror[E0308]: no\n --> src/b.rs:2:1\n  |\n2 | x\n  | ^\n",
            "Traceback (most recent call last):\n  File \"a.py\", line 3, in <module>\n    main()\nValueError: no\n",
            "java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: x\n\tat a.D.e(D.java:2)\n",
            "src/a.c:3:5: warning: unused\n    3 |   int a;\n      |       ^\nsrc/a.c:9:1: error: no\n    9 | }\n",
            "npm error code ERESOLVE\nnpm error a\nnpm error b\nnpm error c\nnpm error d\n",
            "=== RUN   TestA\n--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.00s)\n    a_test.go:3: no\nFAIL\n",
        ] {
            assert!(is_log(text, None), "{text}");
        }
    }

    #[test]
    fn logs_by_the_call_that_printed_them() {
        let text = "a\nb\nc\nd\n\nTests:       1 failed, 2 passed, 3 total\n";
        assert!(!is_log(text, None));
        assert!(is_log(text, Some(&call("{\"command\":\"npx jest\"}"))));
        assert!(!is_log("a\nb\n", Some(&call("{\"command\":\"npx jest\"}"))));
    }

    #[test]
    fn other_texts_are_no_logs() {
        for text in [
            "",
            "The error rate was 3 %. It failed on Monday.\n\nA second paragraph follows here.\n",
            "fn main() {\n    // error: none\n    panic!(\"x\");\n}\n",
            "drwxr-xr-x 2 a b 40 Nov 23 15:44 src\n-rw-r--r-- 1 a b 40 Nov 23 15:44 x\n",
            "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
            "Errors are values.\n\nerror: a word\n\nwarning: another\n\nAll of this is prose about them.\nIt goes on.\n",
            "2024-01-01 10:00:00,12,ok\n2024-01-01 10:00:01,13,ok\n",
            "2024-01-01\tReleased\n2024-02-01\tAgain\n",
            "Title\n=====\n\nText of a page.\n\nMore\n----\n\nMore text of it.\n",
            "src/a.rs:12:    let error = 1;\nsrc/b.rs:9:    fail();\n",
        ] {
            assert!(!is_log(text, None), "{text}");
        }
        let text = "commit 1\nAuthor: a\nDate:   Thu Jun 09 06:07:04 2005\n\n    fix\n";
        assert!(!is_log(text, Some(&call("{\"command\":\"git log\"}"))));
    }
}
