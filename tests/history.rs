//! HistoryCompressor: golden files, and the laws on generated histories.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test history` writes the golden files anew; read what changed.
#![expect(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a broken test shall stop, and its texts are small"
)]

mod golden;

use golden::{ELIDE, check, compress, render};
use headroom::ccr::{Entry, Selection, retrieve};
use headroom::compress::history::{HistoryCompressor, decode};
use headroom::compress::{Compressed, Elision, Piece};
use headroom::detect::detect;
use headroom::message::ContentKind;
use headroom::relevance::Query;
use proptest::prelude::*;

fn history(text: &str, query: &Query, elide: Option<Elision>) -> Option<Compressed> {
    compress(&HistoryCompressor, ContentKind::History, text, query, elide)
}

#[test]
fn golden_files() {
    check("history", &HistoryCompressor, ContentKind::History, &|text| {
        decode(text).ok()
    });
}

/// Reads a text with gaps beside its source: shown lines are the source's in order but for authors said before,
/// and every gap says exactly which are missing.
fn walk(source: &str, out: &str) -> Result<(), String> {
    let lines: Vec<&str> = source.split('\n').collect();
    let (mut at, mut author) = (0, "");
    let body = out
        .strip_prefix("[headroom: git log, ")
        .and_then(|rest| rest.split_once('\n'));
    for line in body.map_or(out, |(_, body)| body).split('\n') {
        let gap = line
            .strip_suffix(" of this output) left out]")
            .and_then(|gap| gap.split_once(" (lines ")?.1.split_once('-'));
        if let Some((from, to)) = gap {
            if from != (at + 1).to_string() {
                return Err(format!("a gap at line {}: {line}", at + 1));
            }
            at = to.parse().unwrap();
            continue;
        }
        if lines.get(at) != Some(&line)
            && lines
                .get(at)
                .is_some_and(|line| *line == format!("Author: {author}"))
        {
            at += 1;
        }
        if lines.get(at) != Some(&line) {
            return Err(format!("{line:?} is not {:?}", lines.get(at)));
        }
        author = line.strip_prefix("Author: ").unwrap_or(author);
        at += 1;
    }
    if at == lines.len() {
        Ok(())
    } else {
        Err(format!("lines from {} on are missing", at + 1))
    }
}

#[test]
fn histories_are_recognised_and_other_lines_are_not() {
    let digests: String = (1..20).map(|n| format!("{n:040x}  file{n}.bin\n")).collect();
    let prose = "The feedback is that commit 1f3a5b7 broke it.\nSo we went back.\n".repeat(8);
    assert_ne!(detect(&prose, None), ContentKind::History);
    assert_ne!(
        detect("commit 1f3a5b7c\n\nIt is done.\n", None),
        ContentKind::History
    );
    let commit = |n: usize| {
        format!(
            "commit 1f3a5b7c{n:032x}\nAuthor: A <a@example.com>\nDate:   Mon Nov 23 10:00:00 2026 +0100\n\n    Do {n}\n\n"
        )
    };
    let log: String = (1..9).map(commit).collect();
    assert_eq!(detect(&log, None), ContentKind::History);
    let diff = "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n\n";
    let patches: String = (1..9).map(|n| commit(n) + diff).collect();
    assert_eq!(detect(&patches, None), ContentKind::Diff);
    // Sums of files are compared with others, name by name.
    let kept = history(&digests, &Query::default(), None);
    assert!(kept.is_none());
}

fn commit() -> impl Strategy<Value = String> {
    let author = prop::sample::select(vec!["Ada <a@example.com>", "Ben <b@example.com>", ""]);
    let subject = prop_oneof![
        3 => "[ -~]{0,30}",
        1 => Just("Revert \"x\"".to_owned()),
        1 => Just("order_4711 is late".to_owned()),
        1 => Just("commit 1f3a5b7c9d".to_owned()),
    ];
    let stray = prop_oneof![8 => Just(String::new()), 1 => "[ -~]{0,20}\n", 1 => Just("Merge: 1a 2b\n".to_owned()), 1 => Just("Date:   now\n".to_owned())];
    (any::<u64>(), 0..4_u8, author, stray, subject, 0..4_usize).prop_map(|(name, way, author, stray, subject, body)| {
        let merge = if way == 1 { "Merge: 1a2b3c4 5d6e7f8\n" } else { "" };
        let refs = if way == 2 { " (tag: v1)" } else { "" };
        let body = format!("    {subject}\n").repeat(body);
        format!("commit 1{name:016x}{refs}\n{merge}{stray}Author: {author}\nDate:   Mon Nov 23 10:00:00 2026 +0100\n\n    {subject}\n{body}\n")
    })
}

fn log() -> impl Strategy<Value = String> {
    let line = (any::<u32>(), "[ -~]{0,40}").prop_map(|(name, text)| format!("* 1{name:08x} {text}\n"));
    prop_oneof![
        4 => prop::collection::vec(commit(), 1..40).prop_map(|commits| commits.concat()),
        1 => prop::collection::vec(line, 1..60).prop_map(|lines| lines.concat()),
        1 => prop::collection::vec(commit(), 1..9).prop_map(|commits| commits.concat().trim_end().to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn law_3_lossless_is_proven(text in log()) {
        prop_assume!(!text.contains("[headroom: "));
        if let Some(compressed) = history(&text, &Query::default(), None) {
            prop_assert!(compressed.is_lossless(), "law 5");
            prop_assert_eq!(decode(&render(&text, Some(&compressed))).unwrap(), text);
        }
    }

    #[test]
    fn law_6_what_the_question_names_and_reverts_stay(text in log()) {
        let query = Query::new(Some("Who changed order_4711?"), None);
        let Some(compressed) = history(&text, &query, ELIDE) else { return Ok(()) };
        let out = render(&text, Some(&compressed));
        let commits = text.split("\ncommit 1").count();
        for word in ["order_4711", "Revert "] {
            let holders = text.split("\ncommit 1").filter(|commit| commit.contains(word)).count();
            prop_assert!(holders * 10 > commits || out.matches(word).count() == text.matches(word).count(), "{}", out);
        }
    }

    #[test]
    fn law_7_every_line_shown_is_its_source_line(text in log(), ratio in prop::option::of(0.05..0.9_f64)) {
        prop_assume!(!text.contains("[headroom: "));
        let elide = Some(Elision { target_ratio: ratio, bias: 1.0 });
        if let Some(compressed) = history(&text, &Query::default(), elide) {
            let out = render(&text, Some(&compressed));
            let walked = walk(&text, &out);
            prop_assert!(walked.is_ok(), "{}\n{}", walked.unwrap_err(), out);
        }
    }

    #[test]
    fn law_3_gaps_give_back_exactly_what_is_missing(text in log()) {
        let Some(compressed) = history(&text, &Query::default(), ELIDE) else { return Ok(()) };
        let entry = Entry { text: text.clone(), tool: None };
        for piece in &compressed.pieces {
            let Piece::Elide { range, note, .. } = piece else { continue };
            let lines = note.split_once("(lines ").and_then(|(_, rest)| rest.split_once(' ')).unwrap().0;
            let selection = Selection { lines: Some(lines.to_owned()), max_tokens: Some(usize::MAX), ..Selection::default() };
            let back = retrieve(&entry, &selection).unwrap().text;
            prop_assert!(back.trim_end_matches('\n').ends_with(text[range.clone()].trim_end_matches('\n')), "{}\n{}", note, back);
        }
    }

    #[test]
    fn any_text_is_decoded_or_refused(body in log()) {
        let _ = decode(&format!("[headroom: git log, lossless: the author is said where it is another than before]\n{body}"));
    }
}
