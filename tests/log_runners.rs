//! Runners of tests, builds and jobs, each failing and passing: what tells of the failure stays inline, and a
//! run that passed is not reported as failed.
//!
//! A fixture's line starts with `! ` (tells of the failure), `= ` (says how the run ended), two spaces
//! (neither), or `~N ` (N lines, with `{n}` counting them).
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a broken test shall stop, and fixtures are files"
)]

mod golden;

use std::fs;
use std::path::Path;

use golden::{ELIDE, compress, render};
use headroom::compress::log::LogCompressor;
use headroom::detect::detect;
use headroom::message::{ContentKind, ToolCall};
use headroom::relevance::Query;
use headroom::signal;

/// How much longer than written the runs are, so that nothing stays only because there is room.
const MANY: usize = 5;

/// One fixture, written out.
struct Run {
    name: String,
    text: String,
    failures: Vec<String>,
    totals: Vec<String>,
}

fn runs(ending: &str) -> Vec<Run> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/runners");
    let mut runs = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if name.ends_with(ending) {
            runs.push(run(name, &fs::read_to_string(path).unwrap()));
        }
    }
    runs.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(runs.len() >= 23, "{} fixtures", runs.len());
    runs
}

fn run(name: String, fixture: &str) -> Run {
    let mut run = Run {
        name,
        text: String::new(),
        failures: Vec::new(),
        totals: Vec::new(),
    };
    for line in fixture.split('\n').filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix('~') {
            let (count, line) = rest.split_once(' ').unwrap();
            let count: usize = count.parse().unwrap();
            for number in 0..count * MANY {
                run.text.push_str(&line.replace("{n}", &format!("{number:02}")));
                run.text.push('\n');
            }
            continue;
        }
        let (mark, line) = line.split_at(2);
        match mark {
            "! " => run.failures.push(line.to_owned()),
            "= " => run.totals.push(line.to_owned()),
            _ => assert_eq!(mark, "  ", "{}: a line without a mark: {line}", run.name),
        }
        run.text.push_str(line);
        run.text.push('\n');
    }
    run
}

fn elided(run: &Run) -> String {
    let compressed = compress(
        &LogCompressor,
        ContentKind::Log,
        &run.text,
        &Query::new(Some("What happened?"), None),
        ELIDE,
    );
    render(&run.text, compressed.as_ref())
}

/// True when a line stands in the text, as it is or as a row of the lossless form.
fn holds(text: &str, line: &str) -> bool {
    text.split('\n').any(|shown| shown == line)
}

#[test]
fn failing_runs_show_what_failed() {
    let mut missing = Vec::new();
    for run in runs("_fail") {
        let out = elided(&run);
        for line in run
            .failures
            .iter()
            .chain(&run.totals)
            .filter(|line| !holds(&out, line))
        {
            missing.push(format!("{}: {line}", run.name));
        }
        assert!(
            out.len() < run.text.len() * 3 / 4,
            "{}: nothing left out\n{out}",
            run.name
        );
        assert!(
            run.text
                .split('\n')
                .any(|line| signal::of_line(line).is_failure()),
            "{}: no failure seen",
            run.name
        );
    }
    assert!(missing.is_empty(), "not inline:\n{}", missing.join("\n"));
}

#[test]
fn passing_runs_are_not_reported_as_failing_and_keep_their_totals() {
    let mut wrong = Vec::new();
    for run in runs("_pass") {
        let out = elided(&run);
        wrong.extend(
            run.totals
                .iter()
                .filter(|line| !holds(&out, line))
                .map(|line| format!("{}: not inline: {line}", run.name)),
        );
        let failed = run
            .text
            .split('\n')
            .filter(|line| signal::of_line(line).is_failure());
        wrong.extend(failed.map(|line| format!("{}: taken for a failure: {line}", run.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn runs_are_logs_when_the_command_is_known() {
    let mut wrong = Vec::new();
    for run in runs("_fail").into_iter().chain(runs("_pass")) {
        let command = run.name.replace('_', " ").replace("node test", "npm test");
        let tool = ToolCall {
            name: "Bash".into(),
            arguments: format!("{{\"command\":\"{command}\"}}").into(),
        };
        if detect(&run.text, Some(&tool)) != ContentKind::Log {
            wrong.push(run.name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
