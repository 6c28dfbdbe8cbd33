//! DiffCompressor: golden files, and what must hold for generated diffs: the result still applies.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test diff` writes the golden files anew; read what changed.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a broken test shall stop, and golden files are files"
)]

mod golden;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use golden::{ELIDE, check, compress, render};
use headroom::compress::diff::DiffCompressor;
use headroom::compress::{Compressed, Elision, Piece};
use headroom::detect::detect;
use headroom::message::ContentKind;
use headroom::relevance::Query;
use proptest::prelude::*;

fn diff(text: &str, question: &str, elide: Option<Elision>) -> Option<Compressed> {
    compress(
        &DiffCompressor,
        ContentKind::Diff,
        text,
        &Query::new(Some(question), None),
        elide,
    )
}

/// The compressed diff.
fn shown(text: &str, question: &str) -> String {
    render(text, diff(text, question, ELIDE).as_ref())
}

/// The compressed diff as a program reads it.
fn without_marks(text: &str) -> String {
    let lines = text
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("[headroom: "));
    lines.collect()
}

#[test]
fn golden_files() {
    check("diff", &DiffCompressor, ContentKind::Diff, &|_| None);
}

/// A file, before and after.
#[derive(Debug, Clone)]
struct Change {
    path: String,
    before: Vec<String>,
    after: Vec<String>,
    /// Index in `before`, the new lines, and how many old ones they replace.
    edits: Vec<(usize, usize, Vec<String>)>,
}

impl Change {
    fn new(path: &str, before: Vec<String>, picks: Vec<(usize, usize, Vec<String>)>) -> Self {
        let (mut after, mut edits, mut at) = (Vec::new(), Vec::new(), 0);
        for (skip, cut, lines) in picks {
            let start = at + 1 + skip;
            if start + cut > before.len() || (cut == 0 && lines.is_empty()) {
                break;
            }
            after.extend_from_slice(&before[at..start]);
            after.extend_from_slice(&lines);
            at = start + cut;
            edits.push((start, cut, lines));
        }
        after.extend_from_slice(&before[at..]);
        Self {
            path: path.to_owned(),
            before,
            after,
            edits,
        }
    }

    /// As `diff -u` writes it, hunks with their context joined where they touch.
    fn unified(&self, context: usize) -> String {
        let mut out = format!(
            "diff --git a/{0} b/{0}\nindex 1111111..2222222 100644\n--- a/{0}\n+++ b/{0}\n",
            self.path
        );
        let (mut shift, mut at) = (0_isize, 0);
        while at < self.edits.len() {
            let mut end = at + 1;
            while end < self.edits.len()
                && self.edits[end].0 <= self.edits[end - 1].0 + self.edits[end - 1].1 + 2 * context
            {
                end += 1;
            }
            let group = &self.edits[at..end];
            let from = group[0].0.saturating_sub(context);
            let last = &group[group.len() - 1];
            let to = (last.0 + last.1 + context).min(self.before.len());
            let (mut body, mut old, mut added, mut removed) = (String::new(), from, 0, 0);
            for (start, cut, lines) in group {
                self.before[old..*start]
                    .iter()
                    .for_each(|line| writeln!(body, " {line}").unwrap());
                self.before[*start..start + cut]
                    .iter()
                    .for_each(|line| writeln!(body, "-{line}").unwrap());
                for line in lines {
                    writeln!(body, "+{line}").unwrap();
                }
                old = start + cut;
                added += lines.len();
                removed += cut;
            }
            self.before[old..to]
                .iter()
                .for_each(|line| writeln!(body, " {line}").unwrap());
            let new = from.checked_add_signed(shift).unwrap();
            let len = to - from;
            writeln!(
                out,
                "@@ -{},{len} +{},{} @@ fn section()",
                from + 1,
                new + 1,
                len + added - removed
            )
            .unwrap();
            out += &body;
            shift += added.cast_signed() - removed.cast_signed();
            at = end;
        }
        out
    }
}

/// Applies the hunks of one file exactly where they say, on both sides.
fn apply(before: &[String], hunks: &str) -> Result<Vec<String>, String> {
    let (mut after, mut at) = (Vec::new(), 0);
    let mut lines = hunks.lines().peekable();
    while let Some(head) = lines.next() {
        let numbers: Vec<usize> = head
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|n| n.parse().ok())
            .take(4)
            .collect();
        let [old, olds, new, news] = numbers[..] else {
            return Err(format!("not a head: {head}"));
        };
        let start = old - 1;
        after.extend_from_slice(before.get(at..start).ok_or(format!("out of order: {head}"))?);
        at = start;
        if after.len() + 1 != new {
            return Err(format!("{head} is at {} in the new file", after.len() + 1));
        }
        let (from_old, from_new) = (at, after.len());
        while at - from_old < olds || after.len() - from_new < news {
            let line = lines.next().ok_or(format!("cut off: {head}"))?;
            let (sign, text) = line.split_at(1);
            if sign != "+" {
                if before.get(at).map(String::as_str) != Some(text) {
                    return Err(format!("line {} is not {text:?}", at + 1));
                }
                at += 1;
            }
            if sign != "-" {
                after.push(text.to_owned());
            }
        }
    }
    after.extend_from_slice(&before[at..]);
    Ok(after)
}

fn change(path: &'static str, lines: std::ops::Range<usize>) -> impl Strategy<Value = Change> {
    let line = prop_oneof![3 => "[a-z ]{0,12}", 1 => prop::sample::select(vec!["-- a", "++ b", "@@ -1 +1 @@", "", "é", "diff --git a/x b/x"]).prop_map(str::to_owned)];
    let edit = (0..60_usize, 0..4_usize, prop::collection::vec(line.clone(), 0..4));
    (
        prop::collection::vec(line, lines),
        prop::collection::vec(edit, 1..6),
    )
        .prop_map(move |(before, edits)| Change::new(path, before, edits))
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    (
        change("src/a.py", 20..200),
        change("package-lock.json", 40..200),
        change("lib/b.txt", 20..120),
    )
        .prop_map(|(a, b, c)| {
            [a, b, c]
                .into_iter()
                .filter(|change| !change.edits.is_empty())
                .collect()
        })
}

fn whole(changes: &[Change], context: usize) -> String {
    changes.iter().map(|change| change.unified(context)).collect()
}

/// The hunks of a file in a diff without marks.
fn hunks_of<'t>(diff: &'t str, path: &str) -> &'t str {
    let start = format!("+++ b/{path}\n");
    let Some(at) = diff.find(&start) else { return "" };
    let rest = &diff[at + start.len()..];
    rest.find("\ndiff --git a/")
        .filter(|end| {
            rest[end + 1..]
                .lines()
                .nth(1)
                .is_some_and(|line| line.starts_with("index "))
        })
        .map_or(rest, |end| &rest[..=end])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every file shown still applies, at the very lines the heads name, and gives the new file: so every
    /// changed line is there (law 6) and stands at its place (law 7).
    #[test]
    fn law_7_what_is_shown_applies(changes in changes(), context in prop::sample::select(vec![0_usize, 1, 3, 10, 25, 60])) {
        let context = context.max(1);
        let text = whole(&changes, context);
        let out = without_marks(&shown(&text, "nothing in particular"));
        for change in &changes {
            let hunks = hunks_of(&out, &change.path);
            let after = apply(&change.before, hunks);
            if change.path != "package-lock.json" || out == text {
                prop_assert_eq!(after, Ok(change.after.clone()), "{}", out);
            }
        }
    }

    /// Kept, left out and re-headed parts are the whole text, in order.
    #[test]
    fn law_3_gaps_are_in_place_and_in_lines_of_the_original(changes in changes(), context in 1..40_usize) {
        let text = whole(&changes, context);
        prop_assert_eq!(diff(&text, "", None), None, "law 5");
        let Some(compressed) = diff(&text, "", ELIDE) else { return Ok(()) };
        let mut at = 0;
        for piece in &compressed.pieces {
            match piece {
                Piece::Keep(range) => { prop_assert!(range.start >= at); at = range.end; }
                Piece::Text(head) => prop_assert!(head.starts_with("@@ -"), "{}", head),
                Piece::Elide { range, note, .. } => {
                    prop_assert!(range.start >= at);
                    at = range.end;
                    let (first, last) = (text[..range.start].matches('\n').count() + 1, text[..range.end].matches('\n').count() + 1);
                    let lines = if first == last { format!("line {first}") } else { format!("lines {first}-{last}") };
                    prop_assert!(note.ends_with(&lines), "{} is {}", note, lines);
                }
            }
        }
        prop_assert_eq!(at, text.len());
    }
}

/// `count` lines of which every `step`th changes.
fn sample(path: &str, count: usize, step: usize) -> Change {
    let before: Vec<String> = (0..count).map(|n| format!("line {n} of {path}")).collect();
    let picks = (0..count / step)
        .map(|n| (step - 2, 1, vec![format!("changed {n}")]))
        .collect();
    Change::new(path, before, picks)
}

#[test]
fn a_lockfile_that_is_asked_for_stays() {
    let text = whole(
        &[sample("package-lock.json", 400, 9), sample("src/a.rs", 50, 20)],
        3,
    );
    assert!(
        shown(&text, "").contains("+44 -44) of package-lock.json, a lockfile"),
        "{}",
        shown(&text, "")
    );
    assert_eq!(shown(&text, "why did package-lock.json change?"), text);
    let mut named = sample("package-lock.json", 400, 9);
    named.edits[20].2 = vec!["left-pad_0042".to_owned()];
    let out = shown(&named.unified(3), "is left-pad_0042 in use?");
    assert!(
        out.contains("+left-pad_0042") && out.matches("[headroom: ").count() == 2,
        "{out}"
    );
}

#[test]
fn whitespace_means_something_where_files_are_indented() {
    let change = |path: &str| {
        let before: Vec<String> = (0..40).map(|n| format!("item {n}")).collect();
        let lines = (5..25).map(|n| format!("    item {n}")).collect();
        Change::new(path, before, vec![(4, 20, lines)]).unified(3)
    };
    assert!(shown(&change("a.css"), "").contains("hunk 1 (+20 -20) of a.css, whitespace only"));
    for path in ["a.py", "values.yaml", "Makefile", "sub/Makefile"] {
        assert_eq!(shown(&change(path), ""), change(path), "{path}");
    }
}

#[test]
fn diffs_are_recognised() {
    let text = whole(&[sample("src/a.rs", 50, 20)], 3);
    assert_eq!(detect(&text, None), ContentKind::Diff);
    let log = format!("commit 1234\nAuthor: A\n\n    Change it\n\n{text}");
    assert_eq!(detect(&log, None), ContentKind::Diff);
    let plain: String = text.split_inclusive('\n').skip(2).collect();
    assert_eq!(detect(&plain, None), ContentKind::Diff);
    let prose = "A hunk starts with `@@ -1,2 +1,2 @@`.\n@@ -1,2 +1,2 @@\nand so on\n".repeat(5);
    assert_ne!(detect(&prose, None), ContentKind::Diff);
}

#[test]
fn combined_and_damaged_diffs_stay() {
    let combined = format!(
        "diff --cc a.css\nindex 1,2..3\n--- a/a.css\n+++ b/a.css\n@@@ -1,2 -1,2 +1,2 @@@\n{}",
        "++ x\n".repeat(90)
    );
    let damaged = whole(&[sample("package-lock.json", 90, 9)], 3)
        .replacen("@@ -", "@@ -9", 1)
        .replace("\n line", "\nline");
    for text in [combined, damaged] {
        assert_eq!(diff(&text, "", ELIDE), None, "{text}");
    }
}

#[test]
fn what_stands_between_hunks_stays() {
    let hunk = |n: usize| {
        format!(
            "@@ -{n},1 +{n},1 @@\n-{}\n+{}\n",
            "a".repeat(200),
            "b".repeat(200)
        )
    };
    let between = "GIT binary patch\nliteral 3\nzcmV;R4`1+x97xEJjbMPTd\n\n";
    let text = format!(
        "diff --git a/go.sum b/go.sum\n--- a/go.sum\n+++ b/go.sum\n{}{between}{}",
        hunk(1),
        hunk(9)
    );
    let out = shown(&text, "");
    assert_eq!(out.matches("[headroom: hunk ").count(), 2, "{out}");
    assert!(
        out.contains("GIT binary patch\n[headroom: binary patch of go.sum, lines 8-9 left out]"),
        "{out}"
    );
}

/// The same with the programs people use, where they are installed.
#[test]
fn git_and_patch_agree() {
    if Command::new("git").arg("--version").output().is_err() {
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("diff-applies");
    fs::create_dir_all(&folder).unwrap();
    let run = |program: &str, args: &[&str]| {
        let output = Command::new(program)
            .args(args)
            .current_dir(&folder)
            .env("GIT_CEILING_DIRECTORIES", env!("CARGO_TARGET_TMPDIR"))
            .output();
        output.map(|output| {
            (
                output.status.success(),
                String::from_utf8_lossy(&output.stdout).into_owned()
                    + &String::from_utf8_lossy(&output.stderr),
            )
        })
    };
    let changes = [
        sample("a.rs", 300, 45),
        sample("package-lock.json", 300, 20),
        sample("b.rs", 90, 88),
    ];
    for change in &changes {
        fs::write(folder.join(&change.path), change.before.join("\n") + "\n").unwrap();
    }
    for context in [3, 20, 100] {
        let text = whole(&changes, context);
        let marked = shown(&text, "");
        assert!(marked.len() < text.len());
        // A file without its hunks is no patch for git.
        let kept: String = without_marks(&marked)
            .split_inclusive("diff --git ")
            .filter(|part| !part.starts_with("a/package-lock"))
            .collect();
        let kept = kept.trim_end_matches("diff --git ").to_owned();
        fs::write(folder.join("kept.diff"), kept).unwrap();
        let (applies, said) = run("git", &["apply", "--check", "kept.diff"]).unwrap();
        assert!(applies, "{context}: {said}");
        if let Ok((applies, said)) = run("patch", &["--dry-run", "-p1", "-F0", "-i", "kept.diff"]) {
            assert!(applies && !said.contains("offset"), "{context}: {said}");
        }
    }
}
