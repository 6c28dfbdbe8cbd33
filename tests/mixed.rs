//! Texts of several kinds and JSON lines: golden files, the laws on generated texts, and that what a note
//! says comes back.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test mixed` writes the golden files anew; read what changed.
#![expect(clippy::unwrap_used, reason = "a broken test shall stop")]

mod golden;

use golden::{ELIDE, check, compress, render};
use headroom::ccr::{Entry, MemoryStore, Selection, Store, retrieve};
use headroom::compress::{Compressed, Compressor, Elision, Piece};
use headroom::detect::detect;
use headroom::message::ContentKind;
use headroom::pipeline::{Verdict, compress_text, decode_text};
use headroom::relevance::Query;
use headroom::{Options, Policy, json, route};
use proptest::prelude::*;

fn run(text: &str, question: &str, elide: Option<Elision>) -> Option<Compressed> {
    let kind = detect(text, None);
    let with: &dyn Compressor = route::compressor(match kind {
        ContentKind::Mixed => "mixed",
        _ => "smart-crusher",
    })
    .unwrap();
    compress(with, kind, text, &Query::new(Some(question), None), elide)
}

#[test]
fn golden_files() {
    let with = |name| route::compressor(name).unwrap();
    check("mixed", with("mixed"), ContentKind::Mixed, &|text| {
        decode_text(text).ok()
    });
    // The end of the last line is whitespace that is not kept.
    let lines = |text: &str| decode_text(text).ok().map(|lines| lines + "\n");
    check(
        "json_lines",
        with("smart-crusher"),
        ContentKind::JsonLines,
        &lines,
    );
}

/// Records with an error, a rare value and an id to ask for.
fn records(count: usize, from: usize) -> Vec<String> {
    let record = |n: usize| {
        let state = ["open", "paid"][n % 2];
        let more = if n % 29 == 28 {
            ",\"error\":\"card declined\""
        } else {
            ""
        };
        format!(
            "{{\"id\":\"ord_{}\",\"state\":\"{state}\",\"total\":{}.5{more}}}",
            from + n,
            n * 37 % 90
        )
    };
    (0..count).map(record).collect()
}

/// One part of a text, by number; all JSON is compact.
fn part(kind: u8, size: usize, from: usize) -> String {
    let lines = |line: &dyn Fn(usize) -> String| (0..size).map(line).collect::<String>();
    match kind {
        0 => format!("[{}]\n", records(size, from).join(",")),
        1 => format!("Response: {{\"data\":[{}]}}\n", records(size, from).join(",")),
        2 => records(size, from).join("\n") + "\n",
        3 => format!("```json\n[{}]\n```\n", records(size, from).join(",")),
        4 => lines(&|n| {
            format!(
                "2025-03-03T08:{:02}:{:02}Z INFO worker took job {n}\n",
                n / 60 % 60,
                n % 60
            )
        }),
        5 => format!(
            "$ cat x.csv\nid,city,n\n{}",
            lines(&|n| format!("{},{},{n}\n", from + n, ["Turin", "Leeds"][n % 2]))
        ),
        6 => "Nothing else was found, é.\n\n".to_owned(),
        7 => "Traceback (most recent call last):\n  File \"x.py\", line 3\nValueError: lost\n".to_owned(),
        _ => "{ [5 bytes data]\n".to_owned(),
    }
}

fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec((0_u8..9, 3_usize..60), 1..7).prop_map(|parts| {
        let made = parts.into_iter().enumerate();
        made.map(|(at, (kind, size))| part(kind, size, 1000 * at))
            .collect()
    })
}

fn policy(ccr: bool) -> Policy {
    let options = Options {
        ccr,
        min_tokens: Some(0),
        ..Options::default()
    };
    options.into_policy().unwrap()
}

/// A report of passed tests with what they printed; one line of it tells of a failure.
fn report(lines: usize, data: bool) -> String {
    let cases: String = (0..12)
        .map(|n| format!("  <testcase classname=\"StoreTest\" name=\"writes{n}\" time=\"0.{n}\"/>\n"))
        .collect::<Vec<_>>()
        .concat();
    let line = |n: usize| {
        if n == lines / 2 {
            "2026-11-25 10:00:00 ERROR [main] Store - block 4711 has a wrong checksum\n".to_owned()
        } else {
            format!(
                "2026-11-25 10:{:02}:{:02} INFO [main] Store - wrote block {}\n",
                n / 60 % 60,
                n % 60,
                n * 7919 % 9973
            )
        }
    };
    let log = (0..lines).map(line).collect::<Vec<_>>().concat();
    let (open, close) = if data { ("<![CDATA[", "]]>") } else { ("", "") };
    format!(
        "<?xml version=\"1.0\"?>\n<testsuite name=\"store\" tests=\"12\">\n{cases}  <system-out>{open}{log}{close}</system-out>\n</testsuite>\n"
    )
}

#[test]
fn a_log_in_an_element_of_a_report_is_a_log() {
    for data in [true, false] {
        let text = report(200, data);
        let with = route::compressor("xml").unwrap();
        let query = Query::default();
        let compressed = compress(with, ContentKind::Xml, &text, &query, ELIDE).unwrap();
        let out = render(&text, Some(&compressed));
        assert!(out.len() * 4 < text.len(), "{out}");
        assert!(
            out.contains("ERROR [main] Store - block 4711") && out.contains("</system-out>"),
            "{out}"
        );
        let mut at = 0;
        for piece in &compressed.pieces {
            if let Piece::Keep(range) | Piece::Elide { range, .. } = piece {
                assert!(range.start >= at, "law 7: {out}");
                at = range.end;
            }
            if let Piece::Elide { range, note, .. } = piece {
                let line = |at: usize| text[..at].matches('\n').count() + 1;
                let last = line(range.start + text[range.clone()].trim_end().len());
                let said = [
                    format!("lines {}-{last}", line(range.start)),
                    format!("line {last}"),
                ];
                assert!(
                    said.iter().any(|said| note.contains(said)),
                    "law 3: {note} is {said:?}"
                );
            }
        }
        // Without a way back nothing is left out.
        let whole = compress(with, ContentKind::Xml, &text, &query, None);
        assert!(whole.is_none_or(|whole| whole.is_lossless()), "law 5");
        // What is small is shown.
        let small = report(9, data);
        let shown = render(
            &small,
            compress(with, ContentKind::Xml, &small, &query, ELIDE).as_ref(),
        );
        assert_eq!(shown.matches("wrote block").count(), 8, "{shown}");
    }
}

/// The text a note and its path lead to.
fn read_back(entry: &Entry, note: &str) -> String {
    let mut selection = Selection {
        max_tokens: Some(usize::MAX),
        ..Selection::default()
    };
    let (what, path) = note
        .split_once(" in $")
        .map_or((note, None), |(what, line)| (what, Some(format!("${line}"))));
    let (what, inner) = what
        .split_once(" of ")
        .map_or((what, ""), |(what, inner)| (what, inner));
    let places = ["lines ", "line "].iter().find_map(|word| what.split_once(word));
    if let Some((_, lines)) = places {
        let end = lines.find([' ', ')']).unwrap_or(lines.len());
        selection.lines = Some(lines[..end].to_owned());
    } else {
        selection.rows = Some(what.rsplit_once(' ').unwrap().1.to_owned());
        selection.path = match (path, inner) {
            (None, "") => None,
            (path, "") => path,
            (path, inner) => {
                let dot = if inner.starts_with('[') { "" } else { "." };
                Some(format!("{}{dot}{inner}", path.unwrap_or_else(|| "$".to_owned())))
            }
        };
    }
    retrieve(entry, &selection).unwrap().text
}

/// What tells whether bytes came back: the ids in them, or their lines.
fn told(source: &str) -> Vec<&str> {
    let ids: Vec<&str> = source
        .match_indices("\"ord_")
        .map(|(at, _)| source[at..].split(',').next().unwrap())
        .collect();
    if ids.is_empty() {
        source.lines().collect()
    } else {
        ids
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn law_3_a_lossless_text_decodes_to_the_bytes(text in texts()) {
        let outcome = compress_text(&text, None, &policy(false), None);
        if outcome.report.blocks[0].verdict == Verdict::Lossless {
            let decoded = decode_text(&outcome.text).unwrap();
            // Between JSON lines, and after JSON alone, only whitespace may differ.
            prop_assert_eq!(decoded.trim_end(), text.trim_end());
        }
    }

    #[test]
    fn law_3_what_a_note_says_comes_back(text in texts(), asked in any::<bool>()) {
        let question = if asked { "what about ord_1007?" } else { "" };
        let Some(compressed) = run(&text, question, ELIDE) else { return Ok(()) };
        let entry = Entry { text: text.clone(), tool: None };
        for piece in &compressed.pieces {
            if let Piece::Elide { range, note, .. } = piece {
                let back = read_back(&entry, note);
                for told in told(&text[range.clone()]) {
                    prop_assert!(back.contains(told), "{note}: {told} is not in\n{back}");
                }
            }
        }
    }

    #[test]
    fn law_6_errors_and_what_is_asked_for_stay(text in texts()) {
        let compressed = run(&text, "what about ord_1007?", ELIDE);
        let out = render(&text, compressed.as_ref());
        let failed = text.match_indices(",\"error\"").filter_map(|(at, _)| {
            let id = text[..at].rfind("ord_")?;
            text[id..].split('"').next()
        });
        for word in ["ord_1007", "ValueError: lost"].into_iter().chain(failed) {
            prop_assert_eq!(text.contains(word), out.contains(word), "{} is not in\n{}", word, out);
        }
    }

    #[test]
    fn law_7_pieces_are_in_order_and_text_between_is_verbatim(text in texts()) {
        let Some(compressed) = run(&text, "", ELIDE) else { return Ok(()) };
        let mut at = 0;
        for piece in &compressed.pieces {
            if let Piece::Keep(range) | Piece::Elide { range, .. } = piece {
                prop_assert!(range.start >= at && text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
                at = range.end;
            }
        }
        let out = render(&text, Some(&compressed));
        for line in text.lines().filter(|line| line.starts_with("Nothing") || line.starts_with("```")) {
            prop_assert!(out.contains(line), "{line} is not in\n{out}");
        }
    }

    #[test]
    fn law_8_never_larger(text in texts()) {
        let store = MemoryStore::default();
        for (ccr, store) in [(false, None), (true, Some(&store as &dyn Store))] {
            let policy = policy(ccr);
            let outcome = compress_text(&text, None, &policy, store);
            prop_assert!(policy.encoding.count(&outcome.text) <= policy.encoding.count(&text));
        }
    }
}

#[test]
fn json_lines_are_recognised() {
    let lines = records(30, 0);
    for text in [
        lines.join("\n"),
        lines.join("\r\n") + "\r\n",
        lines.join("\n\n"),
        lines.join("\n "),
    ] {
        assert_eq!(detect(&text, None), ContentKind::JsonLines, "{text}");
    }
    let array = format!("[{}]", lines.join(",\n"));
    assert_eq!(detect(&array, None), ContentKind::Json);
    let broken = format!("{}\n{{\"id\":", lines.join("\n"));
    assert_eq!(detect(&broken, None), ContentKind::Mixed);
}

#[test]
fn pretty_values_in_a_row_come_back_without_their_whitespace() {
    let text: String = records(30, 0)
        .iter()
        .map(|record| {
            record
                .replace(',', ",\n  ")
                .replace('{', "{\n  ")
                .replace('}', "\n}\n")
        })
        .collect();
    assert_eq!(detect(&text, None), ContentKind::JsonLines, "{text}");
    let out = render(&text, run(&text, "", None).as_ref());
    assert!(out.len() * 2 < text.len(), "{out}");
    assert_eq!(decode_text(&out).unwrap(), records(30, 0).join("\n"));
}

#[test]
fn one_bad_part_leaves_the_others() {
    let deep = "[".repeat(200) + &"]".repeat(200);
    let text = format!(
        "First: {{\"deep\":{deep}}}\nSecond: [{}]\n",
        records(40, 0).join(",")
    );
    let out = render(&text, run(&text, "", None).as_ref());
    assert!(out.contains(&deep) && out.contains("[40 rows] id|state"), "{out}");
    assert_eq!(decode_text(&out).unwrap(), text);
}

#[test]
fn a_text_with_marks_of_its_own_stays() {
    let text = format!("[headroom: hello]\nResponse: [{}]\n", records(40, 0).join(","));
    assert_eq!(run(&text, "", None), None);
}

/// Anything but linear time would not end.
#[test]
fn hostile_texts_take_linear_time() {
    for text in [
        "[".repeat(1 << 21),
        "{\"a\":".repeat(1 << 19),
        "[\"".repeat(1 << 20),
        "[1] ".repeat(1 << 19),
        "```\n".repeat(1 << 19),
        "$ a\n".repeat(1 << 19),
        "x: [1,".repeat(1 << 19),
        "{}\n".repeat(1 << 19) + "x",
    ] {
        json::embedded::parts(&text);
        detect(&text, None);
    }
}
