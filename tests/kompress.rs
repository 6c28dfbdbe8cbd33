//! Prose with a model's judgement, of which the tests have one each: golden files, and the laws whatever it says.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test kompress` writes the golden files anew; read what changed. The real
//! models are tested in `crates/kompress`.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a broken test shall stop; it reads fixtures"
)]

mod golden;

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use golden::{compress, render};
use headroom::Options;
use headroom::ccr::{Entry, MemoryStore, Selection, retrieve};
use headroom::compress::prose::{Kompress, ProseCompressor, WordScorer};
use headroom::compress::{Compressed, Compressor, Elision, Mark, Piece};
use headroom::message::ContentKind;
use headroom::pipeline::Pipeline;
use headroom::relevance::Query;
use proptest::prelude::*;

/// Little words are worth little, as trained models say.
struct Plain;

impl WordScorer for Plain {
    fn score(&self, text: &str, words: &[Range<usize>], _ends: &[usize]) -> Option<Vec<f32>> {
        let little = |word: &str| {
            let word = word.trim_end_matches(['.', ',', ';', '!', '?']);
            word.len() <= 4 || word.ends_with("ly") || word == "which" || word == "there"
        };
        Some(
            words
                .iter()
                .map(|word| if little(&text[word.clone()]) { 0.1 } else { 0.9 })
                .collect(),
        )
    }
}

/// The same of every word.
struct All(f32);

impl WordScorer for All {
    fn score(&self, _text: &str, words: &[Range<usize>], _ends: &[usize]) -> Option<Vec<f32>> {
        Some(vec![self.0; words.len()])
    }
}

/// Anything, by a seed; also answers that are none.
struct Any(u64);

impl WordScorer for Any {
    fn score(&self, text: &str, words: &[Range<usize>], ends: &[usize]) -> Option<Vec<f32>> {
        assert!(
            words.windows(2).all(|pair| pair[0].end <= pair[1].start),
            "apart and in order"
        );
        assert!(ends.is_sorted());
        assert!(
            words
                .iter()
                .all(|word| !text[word.clone()].contains(char::is_whitespace))
        );
        let count = match self.0 % 7 {
            0 => words.len() + 1,
            1 => return None,
            _ => words.len(),
        };
        let score = |at: usize| ((self.0.wrapping_mul(at as u64 + 7) >> 11) % 101) as f32 / 100.0;
        let mut scores: Vec<f32> = (0..count).map(score).collect();
        if self.0 % 7 == 2
            && let Some(first) = scores.first_mut()
        {
            *first = f32::NAN;
        }
        Some(scores)
    }
}

fn kompress(
    scorer: &dyn WordScorer,
    text: &str,
    question: &str,
    elide: Option<Elision>,
) -> Option<Compressed> {
    let query = Query::new(Some(question), None);
    compress(
        &Kompress {
            scorer,
            word_level: true,
        },
        ContentKind::Prose,
        text,
        &query,
        elide,
    )
}

#[expect(clippy::unnecessary_wraps, reason = "it is passed as an option everywhere")]
fn ratio(target_ratio: f64) -> Option<Elision> {
    Some(Elision {
        target_ratio: Some(target_ratio),
        bias: 1.0,
    })
}

fn fixture(name: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/prose");
    std::fs::read_to_string(root.join(name).join("input.txt")).unwrap()
}

#[test]
fn golden_files() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kompress");
    for (name, question, target) in [
        ("article", "Who was the last keeper?", 0.6),
        ("transcript", "How much for servers?", 0.6),
        ("letter", "What of the path?", 0.9),
    ] {
        let text = fixture(name);
        let out = render(&text, kompress(&Plain, &text, question, ratio(target)).as_ref());
        let path = root.join(format!("{name}.txt"));
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&path, &out).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), out, "{name}");
    }
}

#[test]
fn without_a_judgement_it_is_the_extractive_compressor() {
    let text = fixture("article");
    let query = Query::new(Some("Who was the last keeper?"), None);
    for scorer in [
        &Any(0) as &dyn WordScorer,
        &Any(1),
        &Any(2),
        &All(1.5),
        &All(f32::NAN),
    ] {
        let kompress = Kompress {
            scorer,
            word_level: true,
        };
        let with = compress(&kompress, ContentKind::Prose, &text, &query, ratio(0.3));
        assert_eq!(
            with,
            compress(&ProseCompressor, ContentKind::Prose, &text, &query, ratio(0.3))
        );
    }
}

#[test]
fn a_judgement_that_is_the_same_everywhere_changes_nothing_but_the_weight_of_centrality() {
    let text = fixture("article");
    let (one, other) = (
        kompress(&All(0.6), &text, "oil", ratio(0.3)),
        kompress(&All(0.9), &text, "oil", ratio(0.3)),
    );
    assert_eq!(one, other);
    let transforms = one.unwrap().transforms;
    assert_eq!(transforms, ["prose-elide", "kompress"]);
}

#[test]
fn what_the_model_would_keep_is_shown_before_what_it_would_not() {
    let sentence = |word: &str| format!("The {word} stood near the harbour wall for years. ");
    let words = [
        "tower", "barrel", "anchor", "basket", "lantern", "wagon", "crane", "bucket",
    ];
    let text = words.map(sentence).concat();
    for wanted in words {
        struct Likes<'w>(&'w str);
        impl WordScorer for Likes<'_> {
            fn score(&self, text: &str, words: &[Range<usize>], ends: &[usize]) -> Option<Vec<f32>> {
                let liked = text.find(self.0)?;
                let from = ends
                    .iter()
                    .copied()
                    .filter(|&end| end <= liked)
                    .max()
                    .unwrap_or(0);
                let to = ends.iter().copied().find(|&end| end > liked)?;
                let within = |word: &Range<usize>| from <= word.start && word.end <= to;
                Some(
                    words
                        .iter()
                        .map(|word| if within(word) { 0.9 } else { 0.6 })
                        .collect(),
                )
            }
        }
        let out = render(&text, kompress(&Likes(wanted), &text, "", ratio(0.2)).as_ref());
        assert!(out.contains(&format!("The {wanted} stood")), "{wanted}: {out}");
    }
}

#[test]
fn words_go_only_where_asked_for_and_only_from_prose() {
    let text = fixture("letter");
    let query = Query::new(Some("What of the bank?"), None);
    let with = |word_level, kind| {
        let kompress = Kompress {
            scorer: &Plain,
            word_level,
        };
        compress(&kompress, kind, &text, &query, ratio(0.5)).map(|compressed| compressed.transforms)
    };
    let sentences = Some(vec!["prose-elide", "kompress"]);
    assert_eq!(
        with(true, ContentKind::Prose),
        Some(vec!["prose-elide", "kompress", "kompress-words"])
    );
    assert_eq!(with(false, ContentKind::Prose), sentences);
    for kind in [
        ContentKind::Log,
        ContentKind::Search,
        ContentKind::Diff,
        ContentKind::Table,
        ContentKind::Text,
    ] {
        assert!(
            with(true, kind).is_none_or(|transforms| !transforms.contains(&"kompress-words")),
            "{kind:?}"
        );
    }
}

#[test]
fn law_7_no_word_goes_from_code_tables_columns_or_failures_in_prose() {
    let sentence = |number: u32| {
        format!(
            "Then {number} walked along by the old mill and on to the sea, and by {number}0 they all went home. "
        )
    };
    let prose: Vec<String> = (1..8).map(sentence).collect();
    let prose = prose.concat();
    let whole = [
        "```\nso it is of the kind that is in the set of all\n```",
        "~~~\nso it is of the kind that is in the set of all\n~~~",
        "| so | it is of the | kind that is in the set |",
        "    so it is of the kind that is in the set of all",
        "The call is so = it.is(of the kind) that is in the set.",
        "Say `so it is of the kind` and it is in the set.",
        "The build failed as it is of the kind that is in the set.",
        "name      so it is of the      kind that is in",
        "It is not as if it is of no use to me at all.",
    ];
    for part in whole {
        let text = format!("{prose}\n\n{part}\n\n");
        let out = render(&text, kompress(&All(0.0), &text, "", ratio(1.0)).as_ref());
        assert!(out.contains('…'), "{out}");
        if part.contains("not") {
            let (line, kept) = (
                out.lines().find(|line| line.contains("not")),
                ["not", "if", "no", "at", "all"],
            );
            let line = line.unwrap_or_else(|| panic!("{out}"));
            assert!(
                kept[..3]
                    .iter()
                    .all(|word| line.split(' ').any(|shown| shown == *word)),
                "{line}"
            );
        } else {
            assert!(out.contains(part), "{part}\n{out}");
        }
    }
    let dotted = format!("{prose} And then… {prose}");
    let out = render(&dotted, kompress(&All(0.0), &dotted, "", ratio(1.0)).as_ref());
    assert!(!out.contains("[headroom: each …"), "{out}");
}

#[test]
fn what_is_taken_literally_stays_at_word_level() {
    let words = "run it with --force or -v on /etc/hosts and src/main.rs at 0x7ffe of deadbeef99 in v1.2.3 by HTTP as \
                 GetUser and user_id in a.b.c for 17 of three or not at all without KX-4471-B";
    let text = format!("{}\n\n", words.to_owned() + ".").repeat(5);
    let out = render(&text, kompress(&All(0.0), &text, "", ratio(1.0)).as_ref());
    for word in [
        "--force",
        "-v",
        "/etc/hosts",
        "src/main.rs",
        "0x7ffe",
        "deadbeef99",
        "v1.2.3",
        "HTTP",
        "GetUser",
        "user_id",
        "a.b.c",
        "17",
        "three",
        "not",
        "without",
        "KX-4471-B",
    ] {
        assert!(
            out.split_whitespace()
                .any(|shown| shown.trim_end_matches('.') == word),
            "{word}: {out}"
        );
    }
}

#[test]
fn law_6_words_of_the_question_stay() {
    let text = fixture("article");
    let question = "Which channel did fishermen find at night, and what trick were visitors shown?";
    let out = render(&text, kompress(&All(0.0), &text, question, ratio(1.0)).as_ref());
    for word in ["channel", "fishermen", "night", "trick", "shown"] {
        assert!(out.contains(word), "{word}: {out}");
    }
}

/// The source with every gap as wide as it is, and the source's own bytes everywhere else.
fn assert_tiles(text: &str, compressed: &Compressed) {
    let mut at = 0;
    for (number, piece) in compressed.pieces.iter().enumerate() {
        let range = match piece {
            Piece::Text(head) => {
                assert!(
                    number == 0 && head.starts_with("[headroom: each … in line") && head.ends_with("]\n"),
                    "{head}"
                );
                continue;
            }
            Piece::Keep(range) | Piece::Elide { range, .. } => range.clone(),
        };
        assert_eq!(range.start, at, "{:?}", compressed.pieces);
        at = range.end;
        if let Piece::Elide {
            mark: Mark::Inline,
            note,
            ..
        } = piece
        {
            let words = &text[range];
            assert!(
                note.is_empty() && !words.is_empty() && words.trim() == words,
                "{words:?}"
            );
            assert!(
                words.chars().all(|sign| sign == ' ' || sign.is_lowercase()),
                "{words:?}"
            );
        }
    }
    assert_eq!(text[at..].trim(), "");
}

/// Law 3: the lines the head names hold every word that went, and it counts them rightly.
fn assert_head_is_true(text: &str, compressed: &Compressed) {
    let Some(Piece::Text(head)) = compressed.pieces.first() else {
        return;
    };
    let gone = compressed.pieces.iter().filter_map(|piece| match piece {
        Piece::Elide {
            range,
            mark: Mark::Inline,
            ..
        } => Some(&text[range.clone()]),
        _ => None,
    });
    let gone: Vec<&str> = gone.collect();
    let words: usize = gone
        .iter()
        .map(|run| run.split(' ').filter(|word| !word.is_empty()).count())
        .sum();
    assert!(
        head.contains(&format!("left out, {words} in all")),
        "{head} {words}"
    );
    let (_, rest) = head.split_once(" in line").unwrap();
    let lines = rest
        .trim_start_matches('s')
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned();
    let entry = Entry {
        text: text.to_owned(),
        tool: None,
    };
    let selection = Selection {
        lines: Some(lines),
        max_tokens: Some(1_000_000),
        ..Selection::default()
    };
    let page = retrieve(&entry, &selection).unwrap().text;
    let mut from = 0;
    for run in gone {
        let found = page[from..].find(run);
        assert!(found.is_some(), "{run:?} is not in {head}");
        from += found.unwrap_or_default();
    }
}

/// Paragraphs of plain words, with what must stay among them.
fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        6 => "[a-z]{1,9}",
        1 => "[A-Z][a-z]{2,7}",
        1 => "[0-9]{1,4}|--[a-z]{3}|/[a-z]{2}/[a-z]{2}|not|no|never|é[a-z]{2}|東京",
    ];
    let space = prop::sample::select(vec![" ", " ", " ", " ", "\n", "  "]);
    let sentence = (
        prop::collection::vec((word, space), 3..14),
        prop::sample::select(vec![". ", "! ", ".\n", ", ", ": "]),
    )
        .prop_map(|(words, end)| {
            let all: String = words.into_iter().map(|(word, space)| word + space).collect();
            all.trim_end().to_owned() + end
        });
    let paragraph = (
        prop_oneof![4 => Just(String::new()), 1 => "# [A-Z][a-z]{3,9}\n|- |    |(Ann|Bob): |```\n"],
        prop::collection::vec(sentence, 1..9),
    )
        .prop_map(|(head, sentences)| head + &sentences.concat());
    prop::collection::vec(
        (paragraph, prop::sample::select(vec!["\n\n", "\n", "\r\n"])),
        1..10,
    )
    .prop_map(|all| all.into_iter().map(|(paragraph, end)| paragraph + end).collect())
}

proptest! {
    // A case is a whole compression, tokens counted.
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn law_3_words_left_out_are_counted_and_their_lines_named(text in texts(), seed in 0..10_000_u64, target in 0.2..1.0_f64) {
        if let Some(compressed) = kompress(&Any(seed), &text, "Ann", ratio(target)) {
            assert_head_is_true(&text, &compressed);
        }
        if let Some(compressed) = kompress(&All(0.0), &text, "Ann", ratio(target)) {
            assert_head_is_true(&text, &compressed);
        }
    }

    #[test]
    fn law_5_without_a_way_back_nothing_happens(text in texts(), seed in 0..100_u64) {
        prop_assert_eq!(kompress(&Any(seed), &text, "Ann", None), None);
    }

    #[test]
    fn law_7_what_is_shown_is_the_sources_spaces_and_line_breaks_included(
        text in prop_oneof![texts(), "\\PC{0,300}"],
        seed in 0..10_000_u64,
        target in 0.05..1.0_f64,
    ) {
        for scorer in [&Any(seed) as &dyn WordScorer, &All(0.0), &Plain] {
            if let Some(compressed) = kompress(scorer, &text, "Ann", ratio(target)) {
                assert_tiles(&text, &compressed);
            }
        }
    }

    #[test]
    fn law_8_what_is_sent_is_never_larger(text in texts(), seed in 0..10_000_u64, target in 0.1..1.0_f64) {
        let any = Any(seed);
        let kompress = Kompress { scorer: &any, word_level: true };
        let rows: [(ContentKind, &dyn Compressor); 1] = [(ContentKind::Prose, &kompress)];
        let options = Options { ccr: true, target_ratio: Some(target), min_tokens: Some(1), ..Options::default() };
        let policy = options.into_policy().unwrap();
        let store = MemoryStore::default();
        let text = format!("It is the one that was of the house and so on. {text}").repeat(3);
        let outcome = Pipeline::with(&rows).compress_text(&text, None, &policy, Some(&store));
        prop_assert!(outcome.report.tokens_after <= outcome.report.tokens_before);
        let verdict = outcome.report.blocks[0].verdict;
        prop_assert!(policy.encoding.count(&outcome.text) == outcome.report.tokens_after, "{verdict:?}");
    }
}

#[test]
fn law_1_the_plan_names_kompress_and_asks_it_nothing() {
    struct Counted(AtomicUsize);
    impl WordScorer for Counted {
        fn score(&self, _text: &str, words: &[Range<usize>], _ends: &[usize]) -> Option<Vec<f32>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Some(vec![0.5; words.len()])
        }
    }
    let scorer = Counted(AtomicUsize::new(0));
    let kompress = Kompress {
        scorer: &scorer,
        word_level: false,
    };
    let rows: [(ContentKind, &dyn Compressor); 1] = [(ContentKind::Prose, &kompress)];
    let pipeline = Pipeline::with(&rows);
    let text = serde_json::to_string(&fixture("article").repeat(2)).unwrap();
    let request = format!(r#"[{{"role":"tool","tool_call_id":"a","content":{text}}}]"#);
    let policy = Options {
        ccr: true,
        ..Options::default()
    }
    .into_policy()
    .unwrap();
    let plan = pipeline.plan(&request, &policy).unwrap();
    assert!(
        serde_json::to_string(&plan)
            .unwrap()
            .contains(r#""with":"kompress""#),
        "{plan:?}"
    );
    assert_eq!(scorer.0.load(Ordering::Relaxed), 0);
    let store = MemoryStore::default();
    let outcome = pipeline
        .apply(&request, &policy, &plan, Some(&store), &|| false)
        .unwrap();
    assert_eq!(scorer.0.load(Ordering::Relaxed), 1);
    assert!(
        outcome.report.transforms_applied.contains(&"kompress".to_owned()),
        "{:?}",
        outcome.report
    );
}
