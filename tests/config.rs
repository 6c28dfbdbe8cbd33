//! `ConfigCompressor`: what it folds comes back byte for byte, what it leaves out says so, what matters stays.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test config` writes the golden files anew; read what changed.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a broken test shall stop; it reads fixtures"
)]

mod golden;

use std::fs;
use std::ops::Range;
use std::path::Path;

use golden::{ELIDE, check};
use headroom::ccr::{self, Entry, Selection};
use headroom::compress::config::{ConfigCompressor, decode, is_encoded};
use headroom::compress::{Compressed, Compressor, Input, Piece};
use headroom::detect::detect;
use headroom::message::ContentKind;
use headroom::relevance::Query;
use headroom::tokens::Encoding;
use proptest::prelude::*;

fn compressed(text: &str, elide: bool, question: &str) -> Option<Compressed> {
    let input = Input {
        text,
        kind: ContentKind::Config,
        tool: None,
        query: &Query::new(Some(question), None),
        encoding: Encoding::for_model("gpt-4o"),
        elide: ELIDE.filter(|_| elide),
    };
    ConfigCompressor.compress(input).unwrap()
}

/// What is left out, and the text as shown without marks.
fn gaps(text: &str, compressed: &Compressed) -> (Vec<(Range<usize>, String)>, String) {
    let (mut gaps, mut shown) = (Vec::new(), String::new());
    for piece in &compressed.pieces {
        match piece {
            Piece::Keep(range) => shown.push_str(&text[range.clone()]),
            Piece::Text(text) => shown.push_str(text),
            Piece::Elide { range, note, .. } => gaps.push((range.clone(), note.clone())),
        }
    }
    (gaps, shown)
}

fn deployment(name: &str, reason: &str) -> String {
    format!(
        "- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    managedFields:\n    - apiVersion: apps/v1\n      fieldsType: FieldsV1\n      \
         fieldsV1:\n        f:spec:\n          f:replicas: {{}}\n          f:{name}: {{}}\n          f:template:\n            f:spec: {{}}\n      \
         manager: {name}-controller\n      operation: Update\n    name: {name}\n  spec:\n    replicas: 2\n    template:\n      spec:\n        containers:\n        - \
         image: registry.example.com/{name}:1.2\n          name: {name}\n  status:\n    conditions:\n    - reason: {reason}\n      \
         status: \"{}\"\n      type: Available\n",
        if reason == "MinimumReplicasAvailable" {
            "True"
        } else {
            "False"
        }
    )
}

fn deployments() -> String {
    let items: String = (0..20)
        .map(|n| {
            let reason = if n == 13 {
                "ProgressDeadlineExceeded"
            } else {
                "MinimumReplicasAvailable"
            };
            let note = if n == 9 {
                "  # WARNING: rotate the key\n"
            } else {
                ""
            };
            deployment(&format!("shop-{n}"), reason) + note
        })
        .collect::<Vec<_>>()
        .concat();
    format!("apiVersion: v1\nkind: List\nitems:\n{items}")
}

/// Without loss the source comes back; with a way back what stands is what a reader needs.
#[test]
fn golden_files() {
    check("config", &ConfigCompressor, ContentKind::Config, &|text| {
        decode(text).ok()
    });
}

#[test]
fn every_fixture_is_configuration() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/config");
    for case in fs::read_dir(root).unwrap() {
        let case = case.unwrap().path();
        let text = fs::read_to_string(case.join("input.txt")).unwrap();
        assert_eq!(detect(&text, None), ContentKind::Config, "{}", case.display());
    }
}

#[test]
fn configuration_is_recognised_and_other_texts_are_not() {
    let toml = "[package]\nname = \"shop\"\nversion = \"1.0\"\n\n[dependencies]\nserde = \"1\"\nclap = { version = \"4\" }\nlog = \"0.4\"\n";
    let env = "# service\nDATABASE_URL=postgres://db/shop\nPORT=8080\nLOG_LEVEL=info\nCACHE_TTL=300\nREGION=eu-north-1\nWORKERS=4\nMAIL_HOST=mail\nMAIL_PORT=25\nQUEUE=shop\nRETRIES=3\nTIMEOUT=30\n";
    for text in [deployments().as_str(), toml, env] {
        assert_eq!(detect(text, None), ContentKind::Config, "{text:.200}");
    }
    let log = "2026-01-02 10:00:00 INFO start: a=1\n2026-01-02 10:00:01 ERROR stop: b=2\n".repeat(10);
    let python = "import os\n\ndef load(path: str) -> dict:\n    value = 3\n    return {\n        'a': value,\n        'b': 4,\n    }\n\nclass Shop:\n    size: int = 3\n\n    def run(self):\n        self.size = 4\n";
    let headers = "HTTP/1.1 200 OK\ncontent-type: text/plain\ndate: Fri, 02 Jan 2026 10:00:00 GMT\nserver: x\n\nhello\n";
    let prose = "Note: the ferry leaves at noon.\nIt does so every day, and in winter, too.\nWarning: there is no bridge.\n".repeat(6);
    let git = "commit 0123456789012345678901234567890123456789\nAuthor: Ada <ada@example.com>\nDate:   Fri Jan 2 10:00:00 2026\n\n    Fix the lamp\n".repeat(5);
    for text in [log.as_str(), python, headers, &prose, &git] {
        assert_ne!(detect(text, None), ContentKind::Config, "{text}");
    }
}

#[test]
fn law_5_without_a_way_back_only_repeats_are_folded() {
    let text = deployments();
    let whole = compressed(&text, false, "").unwrap();
    assert!(whole.is_lossless());
    let (_, shown) = gaps(&text, &whole);
    assert!(is_encoded(&shown) && shown.len() < text.len() * 2 / 3, "{shown}");
    assert_eq!(decode(&shown).unwrap(), text);
}

/// A reference once ran on over the start of the next record, which then seemed to be part of the one before.
#[test]
fn every_record_is_seen_to_begin() {
    for elide in [false, true] {
        let text = deployments();
        let whole = compressed(&text, elide, "").unwrap();
        let (gaps, shown) = gaps(&text, &whole);
        let begun = |text: &str| {
            text.lines()
                .filter(|line| line.starts_with("- apiVersion"))
                .count()
        };
        let left_out: usize = gaps.iter().map(|(range, _)| begun(&text[range.clone()])).sum();
        assert_eq!(begun(&shown) + left_out, 20, "{shown}");
    }
}

/// "Do not use" without what not to use.
#[test]
fn law_6_a_warning_is_read_to_its_end() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/config/helm/input.txt");
    let text = fs::read_to_string(root).unwrap();
    let (_, shown) = gaps(&text, &compressed(&text, true, "").unwrap());
    assert!(shown.contains("Do not use\n  # `latest`: nodes"), "{shown}");
}

/// What follows a reference and is deeper belongs to the line that has it.
#[test]
fn no_reference_ends_inside_something_else() {
    let path = |name: &str| {
        let shared =
            "    parameters:\n      limit: an integer, at most one hundred\n      cursor: a string\n";
        format!("  /{name}:\n{shared}    responses:\n      ok:\n        schema: {name}\n")
    };
    let text = format!(
        "openapi: 3.1.0\npaths:\n{}",
        ["a", "b", "c", "d", "e"].map(path).concat()
    );
    let (_, shown) = gaps(&text, &compressed(&text, false, "").unwrap());
    assert!(shown.contains("    parameters: [= "), "{shown}");
    assert_eq!(shown.matches("    responses:\n      ok:\n").count(), 5, "{shown}");
}

/// What is left out is no place to send a reader to.
#[test]
fn references_name_only_lines_that_are_shown() {
    let text = deployments();
    let elided = compressed(&text, true, "What about shop-7?").unwrap();
    let (gaps, shown) = gaps(&text, &elided);
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    let mut references = 0;
    for named in shown.lines().skip(1).filter_map(|line| line.split_once(" [= ")) {
        let (first, last) = named.1.trim_end_matches(']').split_once('-').unwrap();
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        for (range, note) in &gaps {
            let is_apart = last < line(range.start) || line(range.end) < first;
            assert!(is_apart, "{named:?} and {note}");
        }
        references += 1;
    }
    assert!(references > 3, "{shown}");
}

#[test]
fn law_6_what_fails_and_what_is_asked_for_stays() {
    let text = deployments();
    let elided = compressed(&text, true, "What about shop-7?").unwrap();
    let (gaps, shown) = gaps(&text, &elided);
    for needed in [
        "ProgressDeadlineExceeded",
        "name: shop-13",
        "name: shop-7\n",
        "# WARNING: rotate",
    ] {
        assert!(shown.contains(needed), "{needed} is not in\n{shown}");
    }
    // The books of the one that was asked for name it, so they stay.
    assert!(
        shown.matches("managedFields:\n    - apiVersion").count() <= 1,
        "{shown}"
    );
    assert!(!gaps.is_empty() && shown.len() < text.len() / 2, "{shown}");
}

/// A gap's note, taken at its word, gives back what is missing.
#[test]
fn law_3_gaps_name_what_is_missing() {
    let text = deployments();
    let (gaps, _) = gaps(&text, &compressed(&text, true, "What about shop-7?").unwrap());
    let entry = Entry {
        text: text.clone(),
        tool: None,
    };
    for (range, note) in gaps {
        let place = note
            .rsplit_once('(')
            .map_or(note.as_str(), |(_, place)| place.trim_end_matches(')'));
        let lines = place
            .trim_start_matches("lines ")
            .trim_start_matches("line ")
            .to_owned();
        let selection = Selection {
            lines: Some(lines),
            max_tokens: Some(1_000_000),
            ..Selection::default()
        };
        let page = ccr::retrieve(&entry, &selection).unwrap();
        for line in text[range].lines() {
            assert!(page.text.contains(line.trim()), "{note}: {line}\n{}", page.text);
        }
    }
}

#[test]
fn damaged_folds_are_errors() {
    let whole = compressed(&deployments(), false, "").unwrap();
    let (_, shown) = gaps("", &whole);
    let head = shown.lines().next().unwrap();
    for body in [
        " [= 1-9]",
        "a\nb [= 0-1]",
        "a\nb [= 2-1]",
        "a\nb [= 2-2]",
        "a\nb [= -]",
        "a\nb [= 1-99999999999999999999]",
    ] {
        assert!(decode(&format!("{head}\n{body}")).is_err(), "{body}");
    }
}

/// Repeats of repeats of nothing: 2^40 empty lines.
#[test]
fn a_fold_does_not_blow_up() {
    let whole = compressed(&deployments(), false, "").unwrap();
    let head = gaps("", &whole).1.lines().next().unwrap().to_owned();
    let doubling = (0..40)
        .map(|n| format!(" [= 1-{}]", (1_u64 << n) - 1))
        .skip(1)
        .collect::<Vec<_>>()
        .join("\n");
    assert!(decode(&format!("{head}\n\n{doubling}")).is_err());
    assert!(decode(&format!("{head}\n\n [= 1-1]\n [= 1-3]")).is_ok());
}

/// What was asked for stands far down in its record, behind what machines keep for themselves.
#[test]
fn law_6_long_records_are_read_to_their_end() {
    let record = |n: usize| {
        let kept = (0..80)
            .map(|k| format!("      f:field{k}: {{}}\n"))
            .collect::<Vec<_>>()
            .concat();
        format!(
            "- kind: Pod\n  metadata:\n    managedFields:\n    - fieldsV1:\n{kept}    name: pod-{n}\n  uid: uid-{n:05}\n"
        )
    };
    let text = format!(
        "kind: List\nitems:\n{}",
        (0..20).map(record).collect::<Vec<_>>().concat()
    );
    let elided = compressed(&text, true, "What is uid-00011?").unwrap();
    let (_, shown) = gaps(&text, &elided);
    assert!(
        shown.contains("uid: uid-00011") && shown.contains("name: pod-11\n"),
        "{shown}"
    );
    assert!(shown.len() < text.len() / 4, "{shown}");
}

/// What a fold starts with.
fn head() -> String {
    let whole = compressed(&deployments(), false, "").unwrap();
    gaps("", &whole).1.lines().next().unwrap().to_owned() + "\n"
}

const PARTLY: &str =
    "[headroom: \"[= 3-9]\" at the end of a line: lines 3-9 of the original follow here once more]\n";

fn line() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "a: 1",
        "- name: web",
        "  image: x",
        "  ports:",
        "  - 80",
        "# why",
        "[table]",
        "key = \"v\"",
        "A=b",
        "",
        "  text: |",
        "    more",
        "---",
        "&x",
        "*x",
        "\tb: 2",
        "c: 3\r",
        "x [= 1-2]",
        "[headroom: x]",
        "error: broken",
    ]);
    prop_oneof![6 => fixed.prop_map(str::to_owned), 1 => "[ -~é]{0,40}"]
}

/// Blocks of lines, some of them again.
fn document() -> impl Strategy<Value = String> {
    let block = prop::collection::vec(line(), 1..12);
    let blocks = prop::collection::vec(block, 1..6);
    (blocks, prop::collection::vec(any::<prop::sample::Index>(), 0..24)).prop_map(|(blocks, order)| {
        let all = order.iter().map(|which| which.get(&blocks).join("\n"));
        all.collect::<Vec<_>>().join("\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn law_3_what_is_folded_comes_back(text in document()) {
        if let Some(whole) = compressed(&text, false, "") {
            let (gaps, shown) = gaps(&text, &whole);
            prop_assert!(gaps.is_empty() && shown.len() < text.len());
            prop_assert_eq!(decode(&shown).unwrap(), text);
        }
    }

    /// Law 7: shown and left out, in order, are the text.
    #[test]
    fn law_7_nothing_is_invented(text in document(), question in "(|web|broken)") {
        let Some(elided) = compressed(&text, true, &question) else { return Ok(()) };
        if elided.is_lossless() {
            return Ok(());
        }
        // What is folded between the gaps unfolds to what stands between them.
        let (mut at, mut whole) = (0, head());
        for piece in &elided.pieces {
            match piece {
                Piece::Keep(range) | Piece::Elide { range, .. } => {
                    prop_assert!(range.start >= at);
                    at = range.end;
                    whole.push_str(&text[range.clone()]);
                }
                Piece::Text(part) => whole.push_str(part.strip_prefix(PARTLY).unwrap_or(part)),
            }
        }
        if elided.transforms.contains(&"config-fold") {
            prop_assert_eq!(decode(&whole).unwrap(), text);
        } else {
            // The source may hold what looks like a reference.
            prop_assert_eq!(whole.strip_prefix(head().as_str()), Some(text.as_str()));
        }
    }
}
