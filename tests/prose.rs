//! Prose: golden files, the laws on generated texts, the detector's two sides.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test prose` writes the golden files anew; read what changed.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a broken test shall stop; it measures time"
)]

mod golden;

use std::ops::Range;
use std::time::Instant;

use golden::{ELIDE, check, compress, render};
use headroom::ccr::{Entry, Selection, retrieve};
use headroom::compress::json::SmartCrusher;
use headroom::compress::prose::ProseCompressor;
use headroom::compress::{Compressed, Elision, Mark, Piece};
use headroom::detect::detect;
use headroom::message::ContentKind;
use headroom::relevance::Query;
use proptest::prelude::*;

fn prose(text: &str, question: &str, elide: Option<Elision>) -> Option<Compressed> {
    let query = Query::new(Some(question), None);
    compress(&ProseCompressor, ContentKind::Prose, text, &query, elide)
}

#[expect(clippy::unnecessary_wraps, reason = "it is passed as an option everywhere")]
fn ratio(target_ratio: f64) -> Option<Elision> {
    Some(Elision {
        target_ratio: Some(target_ratio),
        bias: 1.0,
    })
}

fn kept(compressed: &Compressed) -> Vec<Range<usize>> {
    let keep = |piece: &Piece| match piece {
        Piece::Keep(range) => Some(range.clone()),
        _ => None,
    };
    compressed.pieces.iter().filter_map(keep).collect()
}

fn fixture(name: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/prose");
    std::fs::read_to_string(root.join(name).join("input.txt")).unwrap()
}

#[test]
fn golden_files() {
    check("prose", &ProseCompressor, ContentKind::Prose, &|_| None);
}

#[test]
fn every_fixture_is_prose() {
    for name in [
        "article",
        "passages",
        "transcript",
        "languages",
        "letter",
        "chinese",
    ] {
        assert_eq!(detect(&fixture(name), None), ContentKind::Prose, "{name}");
    }
}

#[test]
fn what_only_has_words_is_not_prose() {
    let code = "fn main() {\n    // This is the start of the program, and it does what it says.\n    let x = 1;\n}\n".repeat(9);
    let log = "2024-05-01 12:00:01 INFO worker-3 The job has been started for the user.\n\
               2024-05-01 12:00:04 WARN worker-1 The connection to the server was lost, it will be tried again.\n"
        .repeat(9);
    let hits = "src/main.rs:12: // This is the one that is used by the others.\n".repeat(9);
    let paths = "./src/the/one.rs\n./src/and/two.rs\n./a b/c.txt\n".repeat(9);
    let columns = "NAME      READY   STATUS    AGE\nthe-pod    1/1    Running    3d.\n".repeat(9);
    let words = "alpha beta gamma delta\n".repeat(40);
    let yaml = "title: The name of the thing\nis_a: \"one of them.\"\nkeys: [a, b]\n".repeat(9);
    let csv = "id,name,age\n1,\"The Smiths, and others.\",4\n2,\"A. Meier\",7\n".repeat(9);
    for text in [code, log, hits, paths, columns, words, yaml, csv, String::new()] {
        assert_ne!(detect(&text, None), ContentKind::Prose, "{text}");
    }
}

#[test]
fn law_5_without_a_way_back_nothing_happens() {
    assert_eq!(prose(&fixture("article"), "When was it built?", None), None);
}

#[test]
fn law_6_a_sentence_that_holds_an_anchor_stays() {
    // Other sentences answer more of it.
    let question = "Is the path of the neighbours open, is their dog in the stables, and what of KX-4471-B?";
    for target in [0.01, 0.1, 0.5] {
        let text = fixture("letter");
        let compressed = prose(&text, question, ratio(target));
        let out = render(&text, compressed.as_ref());
        assert!(
            out.contains("The order number of the\nsurvey is KX-4471-B,"),
            "{out}"
        );
    }
}

#[test]
fn headings_titles_and_speakers_stay_with_what_is_shown() {
    let article = fixture("article");
    let out = render(
        &article,
        prose(&article, "What oil did the lamp burn?", ratio(0.1)).as_ref(),
    );
    for heading in article.lines().filter(|line| line.starts_with('#')) {
        assert!(out.contains(heading), "{heading}\n{out}");
    }
    let passages = fixture("passages");
    let out = render(
        &passages,
        prose(&passages, "Can gift cards be returned?", ratio(0.1)).as_ref(),
    );
    assert!(
        out.contains("[1] Refund policy\nSource: handbook/refunds.md\n"),
        "{out}"
    );
    assert!(
        out.contains("Gift cards and downloads cannot be returned."),
        "{out}"
    );
    assert!(!out.contains("[2] Warranty"), "{out}");
    let transcript = fixture("transcript");
    let out = render(
        &transcript,
        prose(&transcript, "How much for servers?", ratio(0.2)).as_ref(),
    );
    for line in out.lines() {
        assert!(
            line.starts_with("[headroom: ") || transcript.lines().any(|turn| turn == line),
            "{line}"
        );
    }
    assert!(
        out.contains("Anna: Probably. I would set aside another ten thousand"),
        "{out}"
    );
}

#[test]
fn passages_in_json_that_answer_are_whole_and_the_others_are_heads() {
    let texts = fixture("passages");
    let rows: Vec<String> = texts
        .split("\n\n")
        .zip(0..)
        .map(|(text, id)| {
            let text = text.lines().last().unwrap().repeat(2);
            format!(r#"{{"id":{id},"title":"Chapter {id}","text":"{text}"}}"#)
        })
        .collect();
    let json = format!("[{}]", rows.join(","));
    let query = Query::new(Some("What is the deposit for a replacement machine?"), None);
    let compressed = compress(&SmartCrusher, ContentKind::Json, &json, &query, ELIDE).unwrap();
    let out = render(&json, Some(&compressed));
    assert!(
        out.contains("a deposit of 80 euros") && out.contains("Chapter 1"),
        "{out}"
    );
    assert!(!out.contains("responsible until it is settled"), "{out}");
    assert!(out.len() * 2 < json.len(), "{out}");
}

#[test]
fn what_says_the_same_again_is_shown_once() {
    let again = "The committee has decided to move the annual fair to the second weekend of September. ";
    let other = "Rain is expected over the hills. The shops close early. Nobody was hurt in the yard. ";
    let text = format!("{again}{other}{again}{other}{again}").repeat(3);
    let out = render(
        &text,
        prose(&text, "When is the annual fair?", ratio(0.5)).as_ref(),
    );
    assert_eq!(out.matches("second weekend of September").count(), 1, "{out}");
}

/// Every gap is read back with the selection it names, and gives exactly the bytes that are missing.
fn assert_gaps_read_back(text: &str, compressed: &Compressed) {
    let entry = Entry {
        text: text.to_owned(),
        tool: None,
    };
    for piece in &compressed.pieces {
        let Piece::Elide { range, note, .. } = piece else {
            continue;
        };
        let spec = note.split_once(' ').unwrap().1.to_owned();
        let selection = Selection {
            lines: Some(spec),
            max_tokens: Some(1_000_000),
            ..Selection::default()
        };
        let page = retrieve(&entry, &selection).unwrap();
        let label = |line: &&str| !line.starts_with("[headroom: ");
        let back = page.text.split('\n').filter(label).collect::<Vec<_>>().join("\n");
        assert_eq!(back.trim_end(), text[range.clone()].trim_end(), "{note}");
    }
}

#[test]
fn notes_are_what_the_retrieval_tool_reads() {
    for (name, question) in [
        ("article", "Who was the last keeper?"),
        ("passages", "gift cards"),
        ("transcript", "party"),
        ("languages", "pont"),
        ("chinese", "月亮桥"),
        ("letter", "bank"),
    ] {
        let text = fixture(name);
        for target in [0.1, 0.3, 0.5] {
            assert_gaps_read_back(&text, &prose(&text, question, ratio(target)).unwrap());
        }
    }
}

#[test]
fn prose_is_read_at_20_megabytes_a_second() {
    let mut text = String::new();
    for round in 0.. {
        text.push_str(&fixture("article").replace("Norwick", &format!("Norwick{round}")));
        if text.len() > 1_000_000 {
            break;
        }
    }
    let start = Instant::now();
    prose(&text, "Who was the last keeper of the tower?", ratio(0.1)).unwrap();
    // A debug build on a busy machine is some forty times slower.
    let limit = if cfg!(debug_assertions) { 4.0 } else { 0.1 };
    assert!(start.elapsed().as_secs_f64() < limit, "{:?}", start.elapsed());
}

/// Texts of made-up sentences: paragraphs, headings, turns, odd ends.
fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[a-z]{1,9}",
        "[A-Z][a-z]{2,7}",
        "[0-9]{1,4}",
        "é[a-z]{2}",
        "東京",
        "Dr\\."
    ];
    let sentence = (
        prop::collection::vec(word, 3..12),
        prop::sample::select(vec![". ", "! ", "? ", ".\n", " ", "。"]),
    )
        .prop_map(|(words, end)| words.join(" ") + end);
    let paragraph = (
        prop_oneof![
            Just(String::new()),
            "# [A-Z][a-z]{3,9}\n",
            "\\[[0-9]\\] ",
            "(Ann|Bob): ",
            "- "
        ],
        prop::collection::vec(sentence, 1..8),
    )
        .prop_map(|(head, sentences)| head + &sentences.concat());
    prop::collection::vec(
        (
            paragraph,
            prop::sample::select(vec!["\n\n", "\n", "\r\n", "\n \n"]),
        ),
        1..12,
    )
    .prop_map(|all| all.into_iter().map(|(paragraph, end)| paragraph + end).collect())
}

proptest! {
    #[test]
    fn law_7_what_is_shown_is_verbatim_and_in_order(
        text in prop_oneof![texts(), "\\PC{0,300}"],
        question in "[a-z]{1,9} [A-Z][a-z]{2,7}",
        target in prop_oneof![Just(None), (0.01..0.9_f64).prop_map(Some)],
    ) {
        let elide = Some(Elision { target_ratio: target, bias: 1.0 });
        if let Some(compressed) = prose(&text, &question, elide) {
            let mut at = 0;
            for piece in &compressed.pieces {
                let range = match piece {
                    Piece::Keep(range) | Piece::Elide { range, mark: Mark::Whole, .. } => range.clone(),
                    other => panic!("{other:?}"),
                };
                // Nothing is lost between the pieces: every byte is shown or stands in a gap.
                prop_assert!(range.start == at && text.get(range.clone()).is_some(), "{:?}", compressed.pieces);
                at = range.end;
            }
            prop_assert_eq!(text[at..].trim(), "");
        }
    }

    #[test]
    fn gaps_give_back_exactly_what_is_missing(text in texts(), target in 0.01..0.6_f64) {
        if let Some(compressed) = prose(&text, "Ann", ratio(target)) {
            assert_gaps_read_back(&text, &compressed);
        }
    }

    #[test]
    fn a_larger_budget_shows_no_less(text in texts(), small in 0.05..0.5_f64, more in 0.0..0.4_f64) {
        let (Some(less), Some(more)) = (prose(&text, "Ann", ratio(small)), prose(&text, "Ann", ratio(small + more)))
        else {
            return Ok(());
        };
        let larger = kept(&more);
        for range in kept(&less) {
            let mut bytes = text[range.clone()].char_indices().filter(|(_, sign)| !sign.is_whitespace());
            let shown = |at: usize| larger.iter().any(|range| range.contains(&at));
            prop_assert!(bytes.all(|(at, _)| shown(range.start + at)), "{}", &text[range]);
        }
    }

    #[test]
    fn law_6_anchors_stay_anywhere(text in texts(), at in 0.0..1.0_f64) {
        let at = text.ceil_char_boundary((text.len() as f64 * at) as usize);
        let text = format!("{} order_7741_x {}", &text[..at], &text[at..]);
        let words: Vec<&str> = text.split_whitespace().take(6).collect();
        let question = format!("{} and order_7741_x?", words.join(" "));
        if let Some(compressed) = prose(&text, &question, ratio(0.01)) {
            prop_assert!(render(&text, Some(&compressed)).contains("order_7741_x"));
        }
    }
}
