//! SearchCompressor: golden files, and the laws on generated search output.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test search` writes the golden files anew; read what changed.
#![expect(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a broken test shall stop, and its texts are small"
)]

mod golden;

use golden::{ELIDE, check, compress, render};
use headroom::compress::search::{SearchCompressor, decode};
use headroom::compress::{Compressed, Elision};
use headroom::detect::detect;
use headroom::message::{ContentKind, ToolCall};
use headroom::relevance::Query;
use proptest::prelude::*;

fn search(text: &str, query: &Query, elide: Option<Elision>) -> Option<Compressed> {
    compress(&SearchCompressor, ContentKind::Search, text, query, elide)
}

#[test]
fn golden_files() {
    check("search", &SearchCompressor, ContentKind::Search, &|text| {
        decode(text).ok()
    });
}

/// Reads a compressed text line by line beside its source: every line is the next line of the source, with
/// its own path and number, or a path, and every gap says exactly which lines are missing.
fn walk(source: &str, out: &str) -> Result<Vec<bool>, String> {
    let lines: Vec<&str> = source.split('\n').collect();
    let mut shown = vec![false; lines.len()];
    let (mut at, mut path) = (0, String::new());
    let body = out
        .strip_prefix("[headroom: search hits, ")
        .and_then(|rest| rest.split_once('\n'));
    for line in body.map_or(out, |(_, body)| body).split('\n') {
        if let Some(gap) = line.strip_prefix("[headroom: ") {
            let range = gap
                .split_once("(lines ")
                .and_then(|(_, rest)| rest.split_once(" of this output) left out]"));
            let (from, to) = range
                .and_then(|(range, _)| range.split_once('-'))
                .ok_or(format!("not a gap: {line}"))?;
            let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
            if from != at + 1 || to > lines.len() {
                return Err(format!("a gap at line {}: {line}", at + 1));
            }
            let hits = lines[at..to].iter().filter(|line| line.contains(':')).count();
            if hits < gap.split(' ').next().unwrap().parse().unwrap() {
                return Err(format!("{hits} hits in the gap: {line}"));
            }
            at = to;
            continue;
        }
        let wanted = lines.get(at).copied();
        let spelled = [
            line.to_owned(),
            format!("{path}:{line}"),
            format!("{path}-{line}"),
            line.trim_start_matches("> ").to_owned(),
        ];
        if spelled.iter().any(|line| Some(line.as_str()) == wanted) {
            shown[at] = true;
            at += 1;
        } else {
            line.strip_prefix("file ").unwrap_or(line).clone_into(&mut path);
            if !wanted.is_some_and(|line| line.starts_with(&path)) {
                return Err(format!("{line:?} is not before {wanted:?}"));
            }
        }
    }
    if at == lines.len() {
        Ok(shown)
    } else {
        Err(format!("lines from {} on are missing", at + 1))
    }
}

#[test]
fn a_time_of_day_or_a_compiler_is_no_search() {
    let times: String = (10..40)
        .map(|n| format!("12:30:{n} worker:{n}: started\n"))
        .collect();
    let messages: String = (1..40)
        .map(|n| format!("src/a.rs:{n}:5: warning: unused variable\n"))
        .collect();
    let stamps: String = (10..40)
        .map(|n| format!("2026-11-23T12:30:{n} db:5432: slow query\n"))
        .collect();
    for text in [
        &times,
        &messages,
        &stamps,
        "a:1:b\n",
        "",
        "# Title\n\nSome text: 12:30.\n",
    ] {
        assert_ne!(detect(text, None), ContentKind::Search, "{text}");
    }
}

#[test]
fn search_output_is_recognised() {
    let hits: String = (1..9).map(|n| format!("src/a.rs:{n}:let a = {n};\n")).collect();
    assert_eq!(detect(&hits, None), ContentKind::Search);
    let headed: String = (1..9).map(|n| format!("{}:let a = {n};\n", 3 * n)).collect();
    assert_eq!(
        detect(&format!("src/a.rs\n{headed}\nsrc/b.rs\n{headed}"), None),
        ContentKind::Search
    );
    assert_ne!(detect(&headed, None), ContentKind::Search);
    let tool = ToolCall {
        name: "bash".into(),
        arguments: "{\"command\":\"grep -n let src/a.rs\"}".into(),
    };
    assert_eq!(detect(&headed, Some(&tool)), ContentKind::Search);
    let context = "a-b.c-1-x\na-b.c:2:y\na-b.c-3-z\n--\na-b.c-7-x\na-b.c:8:y\na-b.c-9-z\na-b.c:10:y\n";
    assert_eq!(detect(context, None), ContentKind::Search);
}

#[test]
fn every_file_keeps_a_hit() {
    let hits: String = (0..40)
        .flat_map(|file| (1..9).map(move |n| format!("src/file{file}.rs:{n}:    let value = compute();\n")))
        .collect();
    let out = render(&hits, search(&hits, &Query::default(), ELIDE).as_ref());
    for file in 0..40 {
        assert!(out.contains(&format!("src/file{file}.rs")), "{out}");
    }
    assert!(out.len() * 2 < hits.len());
}

#[test]
fn of_very_many_files_whole_ones_are_left_out_with_their_number() {
    let hits: String = (0..400)
        .map(|file| format!("src/file{file}.rs:7:    let value = compute();\n"))
        .collect();
    let out = render(&hits, search(&hits, &Query::default(), ELIDE).as_ref());
    assert!(
        out.contains("files (lines ") && out.len() * 4 < hits.len(),
        "{out}"
    );
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["src/a.rs", "src/b.rs", "lib/a-1-b.py", "C:\\x\\y.cs", "my docs/read me.txt", "2024-a.md", "12", "file x", "Makefile", "é/ü.rs"]).prop_map(str::to_owned),
        1 => "[ -~é]{0,12}",
    ]
}

fn line() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "[ -~é\t]{0,30}",
        Just("see order_4711 now".to_owned()),
        Just("a:12:b-13-c".to_owned())
    ];
    prop_oneof![
        8 => (path(), 1..200_u32, any::<bool>(), text).prop_map(|(path, line, hit, text)| { let s = if hit { ':' } else { '-' }; format!("{path}{s}{line}{s}{text}") }),
        2 => path(),
        2 => (1..99_u32, "[ -~]{0,20}").prop_map(|(line, text)| format!("{line}:{text}")),
        1 => Just("--".to_owned()),
        1 => Just(String::new()),
        1 => "[ -~\r]{0,30}",
    ]
}

/// Runs of lines of the same file now and then, as searches print them.
fn output() -> impl Strategy<Value = String> {
    let run = (
        path(),
        prop::collection::vec((1..500_u32, 0..4_u8, "[ -~]{0,24}"), 1..12),
    )
        .prop_map(|(path, lines)| {
            let line = |(line, kind, text): (u32, u8, String)| {
                let s = if kind == 0 { '-' } else { ':' };
                format!("{path}{s}{line}{s}{text}")
            };
            lines.into_iter().map(line).collect::<Vec<_>>().join("\n")
        });
    let part = prop_oneof![3 => run, 2 => line()];
    (prop::collection::vec(part, 0..40), any::<bool>())
        .prop_map(|(parts, end)| parts.join("\n") + if end { "\n" } else { "" })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn law_3_lossless_is_proven(text in output()) {
        prop_assume!(!text.contains("[headroom: "));
        if let Some(compressed) = search(&text, &Query::default(), None) {
            prop_assert!(compressed.is_lossless(), "law 5");
            prop_assert_eq!(decode(&render(&text, Some(&compressed))).unwrap(), text);
        }
    }

    #[test]
    fn law_6_what_the_question_names_stays(text in output()) {
        let query = Query::new(Some("Who handles order_4711?"), None);
        let Some(compressed) = search(&text, &query, ELIDE) else { return Ok(()) };
        let out = render(&text, Some(&compressed));
        let count = |text: &str| text.matches("order_4711").count();
        prop_assert!(count(&text) > 3 || count(&out) == count(&text), "{}", out);
    }

    #[test]
    fn law_7_every_line_shown_is_its_source_line(text in output(), ratio in prop::option::of(0.05..0.9_f64)) {
        prop_assume!(!text.contains("[headroom: "));
        let query = Query::new(Some("Who handles order_4711?"), None);
        let elide = Some(Elision { target_ratio: ratio, bias: 1.0 });
        if let Some(compressed) = search(&text, &query, elide) {
            let out = render(&text, Some(&compressed));
            let walked = walk(&text, &out);
            prop_assert!(walked.is_ok(), "{}\n{}", walked.unwrap_err(), out);
        }
    }

    #[test]
    fn any_text_is_decoded_or_refused(body in output(), lossless in any::<bool>()) {
        let state = if lossless { "lossless: " } else { "" };
        let _ = decode(&format!("[headroom: search hits, {state}]\n{body}"));
    }
}
