//! `headroom compress`.

use serde_json::Value;

use crate::console::Console;
use crate::samples::{records, reference, request, tool_text};

#[test]
fn a_request_comes_out_smaller_and_otherwise_as_it_was() {
    let request = request();
    let ran = Console::new()
        .pipe(&request)
        .run(&["compress", "--model", "gpt-4o"]);
    assert_eq!(ran.code, 0);
    let (was, is) = (tool_text(&request, 3), tool_text(ran.text(), 3));
    assert!(is.len() < was.len() / 2);
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    assert_eq!(ran.text().replacen(&quoted(&is), &quoted(&was), 1), request);
}

#[test]
fn summary_names_what_changed() {
    let mut console = Console::new();
    let ran = console.pipe(request()).run(&["compress", "--model", "gpt-4o"]);
    console.expect("compress-request", &ran.talk());
}

#[test]
fn explain_says_why_for_every_block() {
    let mut console = Console::new();
    let ran = console
        .pipe(request())
        .run(&["compress", "--model", "gpt-4o", "--explain"]);
    assert_eq!(ran.text(), console.run(&["compress", "--model", "gpt-4o"]).text());
    console.expect("compress-explain", &ran.talk());
}

#[test]
fn any_text_is_the_output_of_a_tool() {
    let mut console = Console::new();
    let ran = console
        .pipe(format!("{:#}\n", records()))
        .run(&["compress", "--model", "gpt-4o"]);
    console.expect("compress-text", &ran);
}

#[test]
fn the_name_of_the_tool_counts() {
    let mut console = Console::new();
    let ran = console
        .pipe(records().to_string())
        .run(&["compress", "--tool", "Read", "--explain", "-"]);
    assert_eq!(ran.text(), records().to_string());
    assert!(ran.stderr.contains("excluded_tool"), "{}", ran.stderr);
}

#[test]
fn a_request_may_be_treated_as_text() {
    let mut console = Console::new();
    console.pipe(request());
    for argv in [["compress", "--format", "text"], ["compress", "--tool", "fetch"]] {
        let ran = console.run(&argv);
        assert!(ran.stderr.starts_with("text: "), "{}", ran.stderr);
    }
}

#[test]
fn json_holds_result_and_report() {
    let mut console = Console::new();
    console.pipe(request());
    let plain = console.run(&["compress", "--model", "gpt-4o"]);
    let ran = console.run(&["compress", "--model", "gpt-4o", "--json", "--quiet"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let start = format!("{{\"result\":{},\"report\":{{", plain.text());
    assert!(
        ran.text().starts_with(&start),
        "the request must stand there byte for byte"
    );
    let parsed: Value = serde_json::from_str(ran.text()).unwrap();
    assert_eq!(parsed["report"]["blocks"][2]["verdict"], "lossless");

    console.pipe(records().to_string());
    let plain = console.run(&["compress"]);
    let parsed: Value = serde_json::from_str(console.run(&["compress", "--json"]).text()).unwrap();
    assert_eq!(parsed["result"], plain.text());
    assert_eq!(parsed["report"]["format"], "text");
}

#[test]
fn ccr_leaves_parts_out_and_stores_them() {
    let mut console = Console::new();
    let ran = console
        .pipe(records().to_string())
        .run(&["compress", "--model", "gpt-4o", "--ccr"]);
    console.expect("compress-ccr", &ran);
    assert!(ran.text().contains("disk full on node 7"), "errors stay inline");
    let back = console.run(&["retrieve", &reference(ran.text()), "--max-tokens", "100000"]);
    assert_eq!(back.text(), records().to_string());
}

#[test]
fn ccr_with_a_store_that_fails_leaves_nothing_out() {
    let mut console = Console::new();
    let blocked = console.file("in-the-way", "");
    let store = format!("{blocked}/store.db");
    let ran = console
        .pipe(records().to_string())
        .run(&["compress", "--ccr", "--store", &store]);
    assert_eq!(ran.code, 0);
    assert!(!ran.text().contains("left out]"), "{}", ran.text());
    assert!(ran.stderr.contains("warning: "), "{}", ran.stderr);
}

#[test]
fn the_query_decides_what_stays() {
    let mut console = Console::new();
    let ran = console
        .pipe(records().to_string())
        .run(&["compress", "--ccr", "--query", "job 31"]);
    assert!(ran.text().contains("job 31"), "{}", ran.text());
    let ran = console.run(&["compress", "--ccr", "--query", "job 32"]);
    assert!(ran.text().contains("job 32"), "{}", ran.text());
}

#[test]
fn code_loses_bodies_only_when_asked_to() {
    let body = "    total = 0\n    for item in items:\n        total += item.price * item.count * item.discount\n    return total\n";
    let functions: Vec<String> = (0..20)
        .map(|number| format!("\n\ndef total_{number}(items):\n{body}"))
        .collect();
    let source = format!("import os\n{}", functions.concat());
    let mut console = Console::new();
    let whole = console.pipe(&source).run(&["compress", "--ccr", "--explain"]);
    assert_eq!(whole.text(), source);
    assert!(
        whole.stderr.contains("stays whole without --code-aware"),
        "{}",
        whole.stderr
    );
    let outline = console.pipe(&source).run(&["compress", "--ccr", "--code-aware"]);
    assert!(
        outline
            .text()
            .contains("def total_19(items):\n    ...  # [headroom: lines "),
        "{}",
        outline.text()
    );
    assert_eq!(reference(outline.text()).len(), 32);
}

#[test]
fn what_is_not_utf_8_passes_through() {
    let mut console = Console::new();
    let bytes = b"\xff\xfe binary \0".repeat(1000);
    let ran = console.pipe(&bytes).run(&["compress"]);
    assert_eq!((ran.code, ran.stdout), (0, bytes));
    assert_eq!(
        ran.stderr,
        "note: stdin is not UTF-8 and was passed through as it is\n"
    );
    console.expect("compress-json-not-utf-8", &console.run(&["compress", "--json"]));
}

#[test]
fn odd_input_passes_through_unchanged() {
    let mut console = Console::new();
    for input in [
        "",
        "\n",
        "[]",
        "{",
        "null",
        "\"\\ud800\"",
        "\0",
        "{\"messages\":[]}",
        "\u{feff}{}",
    ] {
        let ran = console.pipe(input).run(&["compress", "--ccr", "--quiet"]);
        assert_eq!((ran.code, ran.text()), (0, input));
    }
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    assert_eq!(console.pipe(&deep).run(&["compress"]).text(), deep);
}

#[test]
fn errors_say_what_to_do() {
    let mut console = Console::new();
    let cases: [(&str, &[&str], i32); 4] = [
        ("compress-no-file", &["compress", "/nowhere/at/all.json"], 1),
        (
            "compress-bad-ratio",
            &["compress", "--ccr", "--target-ratio", "30"],
            2,
        ),
        ("compress-bad-format", &["compress", "--format", "yaml"], 2),
        ("compress-not-that-format", &["compress", "--format", "openai"], 1),
    ];
    console.pipe("just text");
    for (name, argv, code) in cases {
        let ran = console.run(argv);
        assert_eq!(ran.code, code, "{name}");
        console.expect(name, &ran);
    }
    console.terminals.stdin = true;
    console.expect("compress-no-input", &console.run(&["compress"]));
}
