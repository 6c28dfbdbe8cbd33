//! Retrieval: every selection on texts and documents, paging to the end, and errors that say what there is.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken test shall stop")]

use headroom::ErrorCode;
use headroom::ccr::{Entry, Page, Ref, Selection, find_refs, footer, gap, is_marked, missing, retrieve};
use proptest::prelude::*;

fn entry(text: &str) -> Entry {
    Entry {
        text: text.to_owned(),
        tool: None,
    }
}

/// `rows=1-3 path=$.a tokens=50`, values up to the next `key=`.
fn selection(spec: &[(&str, &str)]) -> Selection {
    let mut selection = Selection::default();
    for &(key, value) in spec {
        let value = value.to_owned();
        match key {
            "lines" => selection.lines = Some(value),
            "rows" => selection.rows = Some(value),
            "path" => selection.path = Some(value),
            "query" => selection.query = Some(value),
            "tokens" => selection.max_tokens = Some(value.parse().unwrap()),
            other => panic!("unknown {other}"),
        }
    }
    selection
}

fn page(text: &str, spec: &[(&str, &str)]) -> Page {
    retrieve(&entry(text), &selection(spec)).unwrap()
}

fn cause(text: &str, spec: &[(&str, &str)]) -> String {
    let error = retrieve(&entry(text), &selection(spec)).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidSelection);
    error.to_string()
}

/// A log of numbered lines.
fn log(lines: usize) -> String {
    (1..=lines)
        .map(|n| format!("{n:05} worker started job {}\n", n * 7 % 1000))
        .collect::<Vec<_>>()
        .concat()
}

/// Orders under a key, pretty-printed or compact, with a smaller array and scalars beside them.
fn orders(count: usize, pretty: bool) -> String {
    let (line, gap) = if pretty { ("\n  ", " ") } else { ("", "") };
    let rows: Vec<String> = (1..=count)
        .map(|n| {
            let state = if n == 33 { "refund failed" } else { "shipped" };
            format!("{line}{{\"id\":{gap}\"ord_{n:04}\",{gap}\"state\":{gap}\"{state}\",{gap}\"tags\":{gap}[{{\"k\":{gap}{n}}}]}}")
        })
        .collect();
    format!(
        "{{\"total\":{gap}{count},{gap}\"cursor\":{gap}\"next_9f8e7d\",{gap}\"people\":{gap}[{{\"name\":{gap}\"Ada\"}}],{gap}\"orders\":{gap}[{}]}}",
        rows.join(",")
    )
}

#[test]
fn a_small_original_comes_back_byte_for_byte() {
    for text in ["", "one", "a\nb\n", "{ \"a\": 1 }\n"] {
        assert_eq!(
            page(text, &[]),
            Page {
                text: text.to_owned(),
                next: None
            }
        );
    }
}

#[test]
fn lines_are_verbatim_and_count_from_one() {
    let text = log(200);
    let got = page(&text, &[("lines", "3-4,7")]);
    let lines: Vec<&str> = text.lines().collect();
    let expected = format!(
        "[headroom: lines 3-4 of 200]\n{}\n{}\n[headroom: line 7 of 200]\n{}",
        lines[2], lines[3], lines[6]
    );
    assert_eq!(
        got,
        Page {
            text: expected,
            next: None
        }
    );
    assert!(cause(&text, &[("lines", "300-")]).contains("there are 200 lines"));
}

#[test]
fn lines_and_parts_of_lines_come_together_as_a_note_writes_them() {
    let text = format!("{}\nsecond line\nthird\n{}", "a".repeat(30), "b".repeat(9_000));
    let both = page(&text, &[("lines", "1:28-,2-3,4:1-5")]);
    assert_eq!(
        both.text,
        "[headroom: line 1 of 4, characters 28-30 of 30]\naaa\n[headroom: lines 2-3 of 4]\nsecond line\nthird\n\
         [headroom: line 4 of 4, characters 1-5 of 9000]\nbbbbb"
    );
    assert_eq!(both.next, None);
    let first = page(&text, &[("lines", "1:28-,4:1-9000,2"), ("tokens", "60")]);
    assert_eq!(first.text, "[headroom: line 1 of 4, characters 28-30 of 30]\naaa");
    assert_eq!(first.next.as_deref(), Some("lines \"4:1-9000,2\""));
    let second = page(&text, &[("lines", "4:1-9000,2"), ("tokens", "60")]);
    assert!(second.next.unwrap().ends_with(", then lines \"2\""));
    assert!(cause(&text, &[("lines", "1:2-3,x")]).contains("not a number"));
    assert!(cause(&text, &[("lines", "1:2-3,9")]).contains("there are 4 lines"));
}

#[test]
fn windows_line_ends_stay() {
    assert_eq!(
        page("a\r\nb\r\n", &[("lines", "1")]).text,
        "[headroom: line 1 of 2]\na\r"
    );
}

#[test]
fn a_long_text_is_paged_to_its_end() {
    let text = log(500);
    let mut seen = String::new();
    let mut ask = selection(&[("tokens", "300")]);
    for _ in 0..500 {
        let page = retrieve(&entry(&text), &ask).unwrap();
        seen.extend(
            page.text
                .lines()
                .filter(|line| !is_marked(line))
                .map(|line| format!("{line}\n")),
        );
        let Some(next) = page.next else { break };
        let spec = next
            .strip_prefix("lines \"")
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap();
        ask = selection(&[("lines", spec), ("tokens", "300")]);
    }
    assert_eq!(seen, text);
}

#[test]
fn rows_are_those_of_the_largest_array_of_objects() {
    for pretty in [false, true] {
        let got = page(&orders(80, pretty), &[("rows", "2,33")]);
        assert_eq!(
            got.text,
            "[headroom: rows 2,33 of 80 in $.orders]\n\
             2: {\"id\":\"ord_0002\",\"state\":\"shipped\",\"tags\":[{\"k\":2}]}\n\
             33: {\"id\":\"ord_0033\",\"state\":\"refund failed\",\"tags\":[{\"k\":33}]}"
        );
    }
}

#[test]
fn pages_of_rows_say_what_comes_next() {
    let text = orders(80, false);
    let first = page(&text, &[("rows", "5-60"), ("tokens", "200")]);
    assert!(first.text.starts_with("[headroom: rows 5-"), "{}", first.text);
    let next = first.next.unwrap();
    let shown = first.text.lines().count() - 1;
    assert_eq!(next, format!("path \"$.orders\", rows \"{}-60\"", 5 + shown));
    let second = page(
        &text,
        &[
            ("path", "$.orders"),
            ("rows", &format!("{}-60", 5 + shown)),
            ("tokens", "100000"),
        ],
    );
    assert_eq!(second.next, None);
    assert_eq!(second.text.lines().count() - 1 + shown, 56);
}

#[test]
fn a_root_array_and_an_object_have_rows() {
    assert_eq!(
        page("[10, [2], {\"a\": 1}]", &[("rows", "2-")]).text,
        "[headroom: rows 2-3 of 3]\n2: [2]\n3: {\"a\":1}"
    );
    let members = page("{\"a\": 1, \"b c\":\n[1,\n2]}", &[("rows", "1-")]);
    assert_eq!(
        members.text,
        "[headroom: rows 1-2 of 2]\n1: \"a\":1\n2: \"b c\":[1,2]"
    );
}

#[test]
fn a_path_gives_the_value_as_it_is_spelled() {
    let text = "{\"a\": {\"b\": [1.50, {\"c\": \"x\\u0041\"}]}}";
    for (path, expected) in [
        ("$.a.b[0]", "1.50"),
        ("a.b[1].c", "\"x\\u0041\""),
        ("$.a", "{\"b\": [1.50, {\"c\": \"x\\u0041\"}]}"),
    ] {
        assert_eq!(
            page(text, &[("path", path)]),
            Page {
                text: expected.to_owned(),
                next: None
            }
        );
    }
    assert!(cause(text, &[("path", "$.a.z")]).contains("$.a has no key \"z\", its keys are \"b\""));
    assert!(cause(text, &[("path", "$.a.b[2]")]).contains("$.a.b has 2 items"));
    assert!(cause("plain text, no JSON", &[("path", "$.a")]).contains("it is not JSON"));
    assert!(cause("plain text, no JSON", &[("rows", "1")]).contains("it is not JSON"));
    assert!(cause(text, &[("path", "$.a.b[0]"), ("rows", "1")]).contains("$.a.b[0] has no rows"));
    assert!(cause(text, &[("lines", "1"), ("rows", "1")]).contains("cannot both"));
}

#[test]
fn slices_keep_the_numbers_of_their_rows() {
    let got = page(&orders(80, false), &[("path", "$.orders[30:33]")]);
    assert!(
        got.text
            .starts_with("[headroom: rows 31-33 of 80 in $.orders]\n31: {\"id\":\"ord_0031\""),
        "{}",
        got.text
    );
    assert!(got.text.lines().last().unwrap().starts_with("33: "));
}

#[test]
fn lines_of_a_string_inside_json_are_those_of_its_text() {
    let text = "{\"log\":\"one\\ntwo \\\"2\\\"\\nthree\"}";
    assert_eq!(
        page(text, &[("path", "$.log"), ("lines", "2")]).text,
        "[headroom: line 2 of 3 in $.log]\ntwo \"2\""
    );
}

#[test]
fn a_row_larger_than_a_page_is_continued_by_its_path_and_then_by_characters() {
    let long = "é".repeat(9_000);
    let text = format!("[{{\"id\":1}},{{\"id\":2,\"body\":\"{long}\"}},{{\"id\":3}}]");
    let first = page(&text, &[("rows", "2-3"), ("tokens", "200")]);
    assert!(
        first.text.starts_with("[headroom: row 2 of 3, characters 1-"),
        "{}",
        first.text
    );
    assert_eq!(first.next.as_deref(), Some("path \"$[1]\", then rows \"3\""));
    let members = page(&text, &[("path", "$[1]"), ("tokens", "200")]);
    assert_eq!(members.next.as_deref(), Some("path \"$[1]\", rows \"2\""));
    let body = page(&text, &[("path", "$[1]"), ("rows", "2"), ("tokens", "200")]);
    assert_eq!(body.next.as_deref(), Some("path \"$[1].body\""));
    let mut ask = selection(&[("path", "$[1].body"), ("tokens", "200")]);
    let mut seen = String::new();
    for _ in 0..200 {
        let page = retrieve(&entry(&text), &ask).unwrap();
        seen.push_str(page.text.split_once('\n').unwrap().1);
        let Some(next) = page.next else { break };
        let lines = next
            .strip_prefix("path \"$[1].body\", lines \"")
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap();
        ask = selection(&[("path", "$[1].body"), ("lines", lines), ("tokens", "200")]);
    }
    assert_eq!(seen, long);
}

#[test]
fn a_query_finds_rows_and_shows_them_in_order() {
    let text = orders(200, false);
    let got = page(&text, &[("query", "which refund failed?")]);
    assert!(
        got.text
            .starts_with("[headroom: row 33 of 200 in $.orders]\n33: "),
        "{}",
        got.text
    );
    let got = page(&text, &[("query", "ord_0150 and ord_0007")]);
    assert!(
        got.text
            .starts_with("[headroom: rows 7,150 of 200 in $.orders]\n7: "),
        "{}",
        got.text
    );
    // The id is the better hit, and still stands after the row that comes first.
    let got = page(&text, &[("query", "refund or ord_0150")]);
    assert!(
        got.text
            .starts_with("[headroom: rows 33,150 of 200 in $.orders]\n33: "),
        "{}",
        got.text
    );
    let got = page(&text, &[("query", "refund"), ("rows", "40-60")]);
    assert_eq!(
        got.text,
        "[headroom: nothing in rows 40-60 of 200 in $.orders matches \"refund\"]"
    );
    assert_eq!(got.next.as_deref(), Some("path \"$.orders\", rows \"40-60\""));
}

#[test]
fn a_query_looks_beside_the_main_array_too() {
    let got = page(&orders(200, false), &[("query", "cursor")]);
    assert!(got.text.contains("\"cursor\":\"next_9f8e7d\""), "{}", got.text);
}

#[test]
fn a_query_finds_lines_and_names_further_hits() {
    let mut text = log(3000);
    text.push_str("03001 ERROR disk full on /dev/sda1\n");
    let got = page(&text, &[("query", "disk full")]);
    assert_eq!(
        got.text,
        "[headroom: line 3001 of 3001]\n03001 ERROR disk full on /dev/sda1"
    );
    assert_eq!(got.next, None);
    let got = page(&text, &[("query", "job 700"), ("tokens", "20")]);
    assert!(got.next.unwrap().starts_with("lines \""));
}

#[test]
fn a_query_descends_into_what_is_too_large() {
    let inner = (0..2000)
        .map(|n| format!("line {n} {}\\n", if n == 1234 { "needle" } else { "hay" }))
        .collect::<Vec<_>>()
        .concat();
    let text = format!("[{{\"id\":1}},{{\"id\":2,\"log\":\"{inner}\"}}]");
    let got = page(&text, &[("query", "needle"), ("tokens", "200")]);
    assert_eq!(
        got.text,
        "[headroom: line 1235 of 2000 in $[1].log]\nline 1234 needle"
    );
}

#[test]
fn paragraphs_are_found_whole() {
    let text = (0..60)
        .map(|n| {
            format!(
                "Paragraph {n} begins here\nand {} ends here.\n\n",
                if n == 40 { "quokka" } else { "there" }
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let got = page(&text, &[("query", "quokka")]);
    assert_eq!(
        got.text,
        "[headroom: lines 121-122 of 180]\nParagraph 40 begins here\nand quokka ends here."
    );
}

#[test]
fn a_miss_is_terminal() {
    let reference = Ref::of("x");
    let text = missing(reference);
    assert!(text.contains(&reference.to_string()) && text.contains("Do not ask for this ref again"));
    assert!(text.contains("run the tool"));
}

#[test]
fn markers_are_found_again() {
    let reference = Ref::of("x");
    let text = format!("a\n{}\nb\n{}", gap("rows 5-37 ref 12"), footer(reference));
    assert!(is_marked(&text) && !is_marked("headroom: no"));
    assert_eq!(find_refs(&text), [reference]);
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<i32>().prop_map(Into::into),
        "[a-z é\"\\\\\n]{0,40}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            prop::collection::vec(("[a-c é\"]{0,3}", inner), 0..8)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_selection_of_any_text_is_answered(
        text in prop_oneof![json_value().prop_map(|value| value.to_string()), "\\PC{0,300}(\n\\PC{0,40}){0,5}"],
        lines in prop::option::of("[0-9:,-]{0,6}"),
        rows in prop::option::of("[0-9,-]{0,6}"),
        path in prop::option::of("[$.a-c0-3\\[\\]:\"]{0,8}"),
        query in prop::option::of("[a-z é]{0,10}"),
        tokens in prop::option::of(0_usize..40),
    ) {
        let ask = Selection { lines, rows, path, query, max_tokens: tokens };
        if let Err(error) = retrieve(&entry(&text), &ask) {
            prop_assert_eq!(error.code, ErrorCode::InvalidSelection);
        }
    }

    #[test]
    fn rows_are_slices_of_the_source(value in json_value(), tokens in 1_usize..60) {
        let source = serde_json::to_string(&value).unwrap();
        let page = retrieve(&entry(&source), &selection(&[("tokens", &tokens.to_string())])).unwrap();
        for line in page.text.split('\n').filter(|line| !is_marked(line)) {
            let text = line.split_once(": ").map_or(line, |(_, text)| text);
            prop_assert!(source.contains(text) || !value.is_object() && !value.is_array(), "{} not in {}", text, source);
        }
    }
}
