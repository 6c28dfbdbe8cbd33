//! PathsCompressor: golden files, and the laws on generated lists.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test paths` writes the golden files anew; read what changed.
#![expect(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a broken test shall stop, and its texts are small"
)]

mod golden;

use golden::{ELIDE, check, compress, render};
use headroom::ccr::{Entry, Selection, retrieve};
use headroom::compress::paths::{PathsCompressor, decode};
use headroom::compress::{Compressed, Elision, Piece};
use headroom::detect::detect;
use headroom::message::{ContentKind, ToolCall};
use headroom::relevance::Query;
use proptest::prelude::*;

fn paths(text: &str, query: &Query, elide: Option<Elision>) -> Option<Compressed> {
    compress(&PathsCompressor, ContentKind::Paths, text, query, elide)
}

#[test]
fn golden_files() {
    check("paths", &PathsCompressor, ContentKind::Paths, &|text| {
        decode(text).ok()
    });
}

/// What a drawn line says besides how it is drawn: with gaps, branches end elsewhere.
fn name(line: &str) -> &str {
    let start = line.find("── ").map(|at| at + "── ".len());
    let start = start.or_else(|| line.find("-- ").map(|at| at + 3));
    &line[start.unwrap_or(0)..]
}

/// Reads a text with gaps beside its source: what is shown are the source's lines in order, and every gap says
/// exactly which are missing.
fn walk(source: &str, out: &str) -> Result<(), String> {
    let (header, body) = out.split_once('\n').ok_or("no header")?;
    let marked = |line: &str| match line.strip_prefix("[headroom: ") {
        Some(gap) => format!("> {gap}"),
        None => line.to_owned(),
    };
    let body: Vec<String> = body.split('\n').map(marked).collect();
    let mark = "; > marks a line that is no path]";
    let header = header.replace("some left out: ", "lossless: ");
    let header = header
        .strip_suffix(mark)
        .or(header.strip_suffix(']'))
        .unwrap_or(&header);
    let decoded =
        decode(&format!("{header}{mark}\n{}", body.join("\n"))).map_err(|error| error.to_string())?;
    let lines: Vec<&str> = source.split('\n').collect();
    let mut at = 0;
    for line in decoded.split('\n') {
        if let Some((what, range)) = line
            .strip_suffix(" of this output) left out]")
            .and_then(|gap| gap.split_once(" (lines "))
        {
            let (from, to) = range.split_once('-').ok_or("no range")?;
            let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
            let count: usize = what.split(' ').next().unwrap().parse().unwrap();
            if from != at + 1 || to > lines.len() || count != to + 1 - from {
                return Err(format!("a gap at line {}: {line}", at + 1));
            }
            at = to;
        } else if lines.get(at).map(|line| name(line)) == Some(name(line)) {
            at += 1;
        } else {
            return Err(format!("{line:?} is not {:?}", lines.get(at)));
        }
    }
    if at == lines.len() {
        Ok(())
    } else {
        Err(format!("lines from {} on are missing", at + 1))
    }
}

#[test]
fn lists_are_recognised_and_other_lines_are_not() {
    let list: String = (1..20).map(|n| format!("./src/part/file{n}.rs\n")).collect();
    assert_eq!(detect(&list, None), ContentKind::Paths);
    let names: String = (1..20).map(|n| format!("file{n}.rs\n")).collect();
    let links: String = (1..20).map(|n| format!("https://example.com/a/{n}\n")).collect();
    let hits: String = (1..20).map(|n| format!("src/a.rs:{n}:use a/b;\n")).collect();
    let shares: String = (1..20)
        .map(|n| format!("Speed: {n} MB/s read, {n} MB/s written.\n"))
        .collect();
    let runs: String = (1..20)
        .map(|n| format!("PASS src/cart/total{n}.test.ts\n"))
        .collect();
    for text in [&names, &links, &hits, &shares, &runs] {
        assert_ne!(detect(text, None), ContentKind::Paths, "{text}");
    }
    let noisy: String = (1..20)
        .map(|n| {
            format!("./src/file{n}\n")
                + if n % 5 == 0 {
                    "find: 'x': Permission denied\n"
                } else {
                    ""
                }
        })
        .collect();
    let call = ToolCall {
        name: "Bash".into(),
        arguments: "{\"command\":\"find . 2>&1\"}".into(),
    };
    assert_eq!(detect(&noisy, Some(&call)), ContentKind::Paths);
}

#[test]
fn law_6_the_odd_one_and_the_named_one_stay() {
    let mut list: Vec<String> = (0..300).map(|n| format!("data/shard-{n:04}.bin")).collect();
    list[120] = "data/shard-0120.bin.partial".to_owned();
    list[180] = "data/restored-backup.bin".to_owned();
    let text = list.join("\n");
    let query = Query::new(Some("check shard-0222.bin"), Some("{\"path\":\"data\"}"));
    let out = render(&text, paths(&text, &query, ELIDE).as_ref());
    for wanted in [
        "shard-0120.bin.partial",
        "restored-backup.bin",
        "shard-0222.bin",
        "shard-0000.bin",
        "shard-0299.bin",
    ] {
        assert!(out.contains(wanted), "{wanted} in\n{out}");
    }
    assert!(out.len() * 6 < text.len(), "{out}");
}

/// What stands behind a gap is in the folder above it only if all that is left out is.
#[test]
fn a_folder_a_gap_leads_out_of_is_named_again() {
    let list: Vec<String> = (0..300)
        .map(|n| match n {
            100 => "./src/index/first.toml".to_owned(),
            200 => "./src/index/second.lock".to_owned(),
            _ => format!("./src/{}/part_{n}.ts", ["graph", "frame", "token"][n % 3]),
        })
        .collect();
    let text = list.join("\n");
    let query = Query::new(Some("compare first.toml with second.lock"), None);
    let out = render(&text, paths(&text, &query, ELIDE).as_ref());
    assert!(
        out.contains("\n index/first.toml\n[") && out.contains("\n index/second.lock\n["),
        "{out}"
    );
    assert_eq!(walk(&text, &out), Ok(()), "{out}");
}

#[test]
fn law_6_folders_of_different_files_stay_whole() {
    let words = [
        "button", "dialog", "menu", "table", "toast", "tooltip", "avatar", "badge", "card", "chart",
    ];
    let list: String = words
        .iter()
        .flat_map(|folder| words.iter().map(move |file| format!("src/{folder}/{file}.tsx\n")))
        .collect();
    let compressed = paths(&list, &Query::default(), ELIDE).unwrap();
    assert!(compressed.is_lossless());
}

#[test]
fn deep_and_large_lists_come_to_an_end() {
    let deep = (1..400)
        .map(|depth| {
            "a/".repeat(depth)
                + "b
"
        })
        .collect::<String>();
    let wide = (0..60_000)
        .map(|n| {
            format!(
                "x/{n}/y
"
            )
        })
        .collect::<String>();
    for text in [deep, wide] {
        assert!(paths(&text, &Query::default(), ELIDE).is_some());
    }
}

fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec!["src", "a", "b", "lib.rs", "case_1", "case_22.json", "my docs", "é", "..", ">", ".git"]).prop_map(str::to_owned),
        1 => "[ -~é]{1,8}",
    ]
}

/// Paths with the folders above them now and then, as `find` and `tar` print them, and lines that are none.
fn list() -> impl Strategy<Value = String> {
    let path = || prop::collection::vec(part(), 1..5).prop_map(|parts| parts.join("/"));
    let run = (path(), 0..3_u8, prop::collection::vec(part(), 1..24), 0..40_usize).prop_map(
        |(folder, way, names, count)| {
            let head = match way {
                0 => String::new(),
                1 => format!("{folder}\n"),
                _ => format!("{folder}/\n"),
            };
            let many = (0..count)
                .map(|n| format!("\n{folder}/file{n}.txt"))
                .collect::<String>();
            head + &names
                .iter()
                .map(|name| format!("{folder}/{name}"))
                .collect::<Vec<_>>()
                .join("\n")
                + &many
        },
    );
    let other = prop_oneof![
        Just(String::new()),
        "[ -~\r]{0,20}",
        Just("> x".to_owned()),
        Just("find: x: denied".to_owned())
    ];
    let line = prop_oneof![6 => run, 4 => path(), 1 => other];
    (prop::collection::vec(line, 0..12), any::<bool>())
        .prop_map(|(lines, end)| lines.join("\n") + if end { "\n" } else { "" })
}

/// A tree as drawn, from depths.
fn drawn() -> impl Strategy<Value = String> {
    let node = (0..4_usize, "[a-z]{1,6}[.a-z ]{0,3}[a-z]");
    (prop::collection::vec(node, 3..60), 0..3_usize).prop_map(|(nodes, way)| {
        let (bar, fork, last) = [
            ("│\u{a0}\u{a0} ", "├── ", "└── "),
            ("│   ", "├── ", "└── "),
            ("|   ", "|-- ", "`-- "),
        ][way];
        let mut depths: Vec<usize> = Vec::new();
        for (wanted, _) in &nodes {
            let most = depths.last().map_or(1, |depth| depth + 1);
            depths.push((wanted + 1).min(most));
        }
        let more = |at: usize, depth: usize| {
            depths[at + 1..]
                .iter()
                .find(|next| **next <= depth)
                .is_some_and(|next| *next == depth)
        };
        let mut out = ".".to_owned();
        for (at, (_, name)) in nodes.iter().enumerate() {
            out.push('\n');
            for depth in 1..depths[at] {
                out.push_str(if more(at, depth) { bar } else { "    " });
            }
            out.push_str(if more(at, depths[at]) { fork } else { last });
            out.push_str(name);
        }
        out + "\n\n3 directories, 9 files\n"
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn law_3_lossless_is_proven(text in prop_oneof![list(), drawn()]) {
        prop_assume!(!text.contains("[headroom: "));
        if let Some(compressed) = paths(&text, &Query::default(), None) {
            prop_assert!(compressed.is_lossless(), "law 5");
            prop_assert_eq!(decode(&render(&text, Some(&compressed))).unwrap(), text);
        }
    }

    #[test]
    fn law_6_what_the_question_names_stays(text in list()) {
        let query = Query::new(Some("Open case_22.json"), None);
        let Some(compressed) = paths(&text, &query, ELIDE) else { return Ok(()) };
        let out = render(&text, Some(&compressed));
        let count = |text: &str| text.matches("case_22.json").count();
        prop_assert!(count(&text) > 3 || out.contains("case_22.json") == text.contains("case_22.json"), "{}", out);
    }

    #[test]
    fn law_7_every_path_shown_is_its_source_line(text in prop_oneof![list(), drawn()], ratio in prop::option::of(0.05..0.9_f64)) {
        prop_assume!(!text.contains("[headroom: "));
        let elide = Some(Elision { target_ratio: ratio, bias: 1.0 });
        if let Some(compressed) = paths(&text, &Query::default(), elide) {
            let out = render(&text, Some(&compressed));
            if !compressed.is_lossless() {
                let walked = walk(&text, &out);
                prop_assert!(walked.is_ok(), "{}\n{}", walked.unwrap_err(), out);
            }
        }
    }

    #[test]
    fn law_3_gaps_give_back_exactly_what_is_missing(text in list()) {
        let Some(compressed) = paths(&text, &Query::default(), ELIDE) else { return Ok(()) };
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
    fn any_text_is_decoded_or_refused(body in list(), form in 0..6_usize) {
        let told = ["", "; each folder is a path, too", "; each folder is a path, too, with its slash", "; drawn by tree", "; drawn by tree with plain spaces", "; x"][form];
        let _ = decode(&format!("[headroom: paths, lossless: a folder stands once, before what is in it; what is below is indented{told}]\n{body}"));
    }
}
