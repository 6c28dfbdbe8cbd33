//! Source code: golden files, the laws on whole, cut and mutated sources, the detector's two sides.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test code` writes the golden files anew; read what changed.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a broken test shall stop; it reads fixtures and measures time"
)]

mod golden;

use std::path::Path;

use golden::{ELIDE, check, compress, render};
use headroom::ccr::{self, Entry, MemoryStore, Selection, Store, retrieve};
use headroom::compress::code::CodeAwareCompressor;
use headroom::compress::{Compressed, Compressor, Elision, Input, Mark, Piece};
use headroom::detect::detect;
use headroom::grammar::listing;
use headroom::message::{ContentKind, ToolCall};
use headroom::pipeline::{self, Verdict};
use headroom::relevance::Query;
use headroom::tokens::Encoding;
use headroom::{Options, Policy};
use proptest::prelude::*;

/// Fixtures whose text is a source and nothing else, and their grammars.
fn languages() -> Vec<(&'static str, tree_sitter::Language)> {
    vec![
        ("asked", tree_sitter_python::LANGUAGE.into()),
        ("bash", tree_sitter_bash::LANGUAGE.into()),
        ("c", tree_sitter_c::LANGUAGE.into()),
        ("cpp", tree_sitter_cpp::LANGUAGE.into()),
        ("csharp", tree_sitter_c_sharp::LANGUAGE.into()),
        ("go", tree_sitter_go::LANGUAGE.into()),
        ("java", tree_sitter_java::LANGUAGE.into()),
        ("javascript", tree_sitter_javascript::LANGUAGE.into()),
        ("php", tree_sitter_php::LANGUAGE_PHP.into()),
        ("python", tree_sitter_python::LANGUAGE.into()),
        ("python_tabs_crlf", tree_sitter_python::LANGUAGE.into()),
        ("ruby", tree_sitter_ruby::LANGUAGE.into()),
        ("rust", tree_sitter_rust::LANGUAGE.into()),
        ("tsx", tree_sitter_typescript::LANGUAGE_TSX.into()),
        ("typescript", tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()),
    ]
}

fn fixture(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/code");
    std::fs::read_to_string(root.join(name).join("input.txt")).unwrap()
}

fn code(text: &str, question: &str, elide: Option<Elision>) -> Option<Compressed> {
    let query = Query::new(Some(question), None);
    compress(&CodeAwareCompressor, ContentKind::Code, text, &query, elide)
}

fn policy(code_aware: bool, ccr: bool) -> Policy {
    let options = Options {
        code_aware,
        ccr,
        min_tokens: Some(0),
        ..Options::default()
    };
    options.into_policy().unwrap()
}

/// A text with numbers in front of its lines, from the first on.
fn with_numbers(text: &str, first: usize, separator: &str) -> String {
    let number = |(at, line): (usize, &str)| format!("{:>6}{separator}{line}", first + at);
    let lines: Vec<String> = text.split_inclusive('\n').enumerate().map(number).collect();
    lines.concat()
}

fn is_clean(grammar: &tree_sitter::Language, source: &str) -> bool {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(grammar).unwrap();
    !parser.parse(source, None).unwrap().root_node().has_error()
}

#[test]
fn golden_files() {
    check("code", &CodeAwareCompressor, ContentKind::Code, &|_| None);
}

#[test]
fn every_fixture_is_code() {
    for (name, _) in languages() {
        assert_eq!(detect(&fixture(name), None), ContentKind::Code, "{name}");
    }
    assert_eq!(detect(&fixture("listing"), None), ContentKind::Code);
}

/// Crates are documented on top of their first file, with headings and fences.
#[test]
fn a_source_whose_comments_are_a_guide_is_code_where_the_call_names_it() {
    let told =
        "This crate walks folders and says what is in them, in the order of their names.\n\n".repeat(12);
    let text = format!(
        "/*!\n# Walk\n\n{told}# Example\n\n```no_run\nlet found = walk(root);\n```\n\n{told}*/\n\n\
         pub use crate::walk::walk;\n\nmod walk;\n\npub fn depth(path: &str) -> usize {{\n    path.len()\n}}\n"
    );
    let call = ToolCall {
        name: "Bash".into(),
        arguments: "{\"command\":\"cat src/lib.rs\"}".into(),
    };
    assert_eq!(detect(&text, Some(&call)), ContentKind::Code);
    assert_eq!(detect(&text, None), ContentKind::Prose);
}

#[test]
fn what_only_holds_code_is_not_code() {
    let call = |command: &'static str| ToolCall {
        name: "Bash".into(),
        arguments: command.into(),
    };
    let hits = "src/a.py:12:    def a(self):\nsrc/a.py:19:    def b(self):\nsrc/b.py:2:import os\n".repeat(5);
    let log = "2024-05-01 12:00:01 INFO import done\n2024-05-01 12:00:02 INFO class loaded\n".repeat(9);
    let trace =
        "Traceback (most recent call last):\n  File \"a.py\", line 3, in b\n    return c(d)\nKeyError: 'd'\n";
    let prose = "The import of goods is one thing. To return them is another, and for that there is a class of its own.\n".repeat(9);
    let yaml = "import:\n  - a\n  - b\nreturn: no\nclass: first\n".repeat(9);
    let json = "{\"import\": [\"a\", \"b\"], \"class\": {\"def\": 1}}";
    let css = ".a {\n  color: red;\n}\n.b > c {\n  margin: 0 auto;\n}\n".repeat(9);
    let page =
        "# Title\n\nSome words about it, and how it is used.\n\n```python\nimport a\n```\n\nMore words.\n"
            .repeat(4);
    for text in [
        hits,
        log,
        trace.to_owned(),
        prose,
        yaml,
        json.to_owned(),
        css,
        page,
        String::new(),
    ] {
        assert_ne!(detect(&text, None), ContentKind::Code, "{text}");
        assert_ne!(
            detect(&text, Some(&call("{\"command\":\"python a.py\"}"))),
            ContentKind::Code
        );
    }
}

#[test]
fn law_3_what_is_left_out_is_read_back_by_what_the_note_says() {
    let sources = languages().into_iter().map(|(name, _)| fixture(name));
    let numbers = "    0x00, 0x01, 0x02, 0x03,".repeat(80);
    let table = format!(
        "#include <stdint.h>\n#define A 1\nstatic const int t[] = {{\n{numbers}\n}};\nint a(void);\n"
    );
    for text in sources.chain([fixture("listing"), table]) {
        let compressed = code(&text, "", ELIDE).unwrap();
        let entry = Entry {
            text: text.clone(),
            tool: None,
        };
        let mut at = 0;
        for piece in &compressed.pieces {
            let (Piece::Keep(range) | Piece::Elide { range, .. }) = piece else {
                panic!("code has no other spelling: {piece:?}");
            };
            assert_eq!(range.start, at, "a hole or an overlap");
            at = range.end;
            let Piece::Elide { note, mark, .. } = piece else {
                continue;
            };
            assert!(matches!(mark, Mark::InCode { .. }));
            let (_, spec) = note.split_once(' ').unwrap();
            let selection = Selection {
                lines: Some(spec.split(" (").next().unwrap().to_owned()),
                max_tokens: Some(1_000_000),
                ..Selection::default()
            };
            let page = retrieve(&entry, &selection).unwrap().text;
            let missing = text[range.clone()].trim_end();
            assert!(page.contains(missing), "{note} gives\n{page}\nnot\n{missing}");
        }
        assert_eq!(at, text.len(), "the end is lost");
    }
}

#[test]
fn the_whole_answer_is_source_code_with_its_footer() {
    let store = MemoryStore::default();
    for (name, grammar) in languages() {
        let text = fixture(name);
        assert!(is_clean(&grammar, &text), "{name} has a mistake itself");
        let outcome = pipeline::compress_text(&text, None, &policy(true, true), Some(&store));
        assert_eq!(outcome.report.blocks[0].verdict, Verdict::Compressed, "{name}");
        assert!(
            is_clean(&grammar, &outcome.text),
            "{name} does not parse:\n{}",
            outcome.text
        );
        let refs = ccr::find_refs(&outcome.text);
        assert_eq!(refs.len(), 1, "{name}");
        assert_eq!(store.get(refs[0]).unwrap().unwrap().text, text);
        assert!(ccr::is_marked(&outcome.text));
    }
}

#[test]
fn law_5_off_unless_asked_for_and_with_a_way_back() {
    let text = fixture("python");
    assert_eq!(code(&text, "", None), None);
    let store = MemoryStore::default();
    for (code_aware, ccr, verdict) in [
        (false, true, Verdict::NotAsked),
        (false, false, Verdict::NotAsked),
        (true, false, Verdict::NoRetrieval),
        (true, true, Verdict::Compressed),
    ] {
        let outcome = pipeline::compress_text(&text, None, &policy(code_aware, ccr), Some(&store));
        assert_eq!(outcome.report.blocks[0].verdict, verdict);
        assert_eq!(outcome.text == text, verdict != Verdict::Compressed);
    }
    let read = pipeline::compress_text(&text, Some(("Read", "{}")), &policy(true, true), Some(&store));
    assert_eq!(read.report.blocks[0].verdict, Verdict::ExcludedTool);
    let wanted = Policy {
        exclude_tools: vec!["!Read".to_owned()],
        ..policy(true, true)
    };
    let read = pipeline::compress_text(&text, Some(("Read", "{}")), &wanted, Some(&store));
    assert_eq!(read.report.blocks[0].verdict, Verdict::Compressed);
}

#[test]
fn law_6_what_the_question_names_stays() {
    let text = fixture("python");
    for (question, kept) in [
        ("What does House.sell do?", "if not await confirm(seat):"),
        ("how does load work?", "plan = json.load(file)"),
        (
            "where is `encoding=\"utf-8\"` set?",
            "with open(path, encoding=\"utf-8\") as file:",
        ),
        ("it fails at house.py:71", "waiting = len(self.waiting)"),
        (
            "how are seats that are left counted, total less taken and waiting?",
            "taken = len(self.sold)",
        ),
    ] {
        let out = render(&text, code(&text, question, ELIDE).as_ref());
        assert!(out.contains(kept), "{question}\n{out}");
        assert!(out.contains("[headroom: "), "{question}\n{out}");
    }
    let out = render(&text, code(&text, "", ELIDE).as_ref());
    assert!(out.contains("# BUG: the waiting list has no end"), "{out}");
}

#[test]
fn what_a_test_declares_goes_with_it_and_what_tests_share_is_cut_as_outside() {
    let rows: Vec<String> = (0..14)
        .map(|n| format!("    {{ id: {n}, name: 'row {n}' }},\n"))
        .collect();
    let rows = rows.concat();
    let one = "  it('has the type that is expected of it', () => {
    type Given = { order: { id: number; total: number }; customer: { name: string; street: string } };
    type Expected = { id: number; total: number; name: string; street: string; order: { id: number } };
    expectTypeOf<Flat<Given>>().toEqualTypeOf<Expected>();
    expectTypeOf<Given>().not.toEqualTypeOf<Expected>();
  });\n";
    let tests = one.repeat(4);
    let text = format!(
        "import {{ it }} from 'vitest';\n\ndescribe('orders', () => {{\n  const rows = [\n{rows}  ];\n\n{tests}}});\n"
    );
    let out = render(&text, code(&text, "", ELIDE).as_ref());
    assert_eq!(
        out.matches("it('has the type that is expected of it', () => {")
            .count(),
        4,
        "{out}"
    );
    assert_eq!(
        out.matches("(defining Given, Expected) left out]").count(),
        4,
        "{out}"
    );
    assert!(out.contains("'row 2'") && !out.contains("'row 9'"), "{out}");
}

#[test]
fn law_7_every_line_is_the_sources_or_bears_a_mark() {
    for (name, _) in languages() {
        let text = fixture(name);
        let out = render(&text, code(&text, "", ELIDE).as_ref());
        let mut lines = text.lines();
        for line in out.lines().filter(|line| !line.contains("[headroom: ")) {
            assert!(lines.any(|source| source == line), "{name}: {line}");
        }
    }
}

#[test]
fn a_larger_target_shows_no_less() {
    let text = fixture("rust");
    let sizes: Vec<usize> = [0.1, 0.4, 0.7, 0.9]
        .map(|target| {
            let elision = Elision {
                target_ratio: Some(target),
                bias: 1.0,
            };
            render(&text, code(&text, "", Some(elision)).as_ref()).len()
        })
        .to_vec();
    assert!(sizes.is_sorted() && sizes[0] < sizes[3], "{sizes:?}");
}

#[test]
fn a_listing_keeps_its_numbers() {
    let text = fixture("listing");
    let out = render(&text, code(&text, "", ELIDE).as_ref());
    assert!(
        out.contains("\n107:    def push(self, job: str) -> bool:\n"),
        "{out}"
    );
    assert!(out.contains("(numbered 108-113) left out]"), "{out}");
    assert!(out.ends_with("(11 more lines below)\n"), "{out}");
    let plain = fixture("go");
    let numbered = with_numbers(&plain, 1, "\t");
    let out = render(&numbered, code(&numbered, "", ELIDE).as_ref());
    assert!(
        listing::read(&numbered).is_some() && !out.contains("numbered"),
        "{out}"
    );
    assert!(
        out.contains("    53\tfunc (h Harbour) String() string { return h.Name }\n"),
        "{out}"
    );
}

#[test]
fn deep_nesting_neither_overflows_nor_hangs() {
    let deep = 100_000;
    for (open, close) in [
        ("{", "}"),
        ("(", ")"),
        ("[", "]"),
        ("if (a) {", "}"),
        ("f(function() {", "})"),
        ("a = [", ""),
    ] {
        let nest = format!("{}{}", open.repeat(deep), close.repeat(deep));
        for start in [
            "function a() {\n",
            "int a(void) {\n",
            "def a():\n  ",
            "package a\nfunc a() {\n",
            "<?php function a() {\n",
        ] {
            let text = format!("{start}{nest}\n}}\nfunction b() {{\n  return 1;\n}}\n");
            let _ = code(&text, "", ELIDE);
        }
    }
}

#[test]
fn minified_and_endless_sources_are_left_alone_or_proven() {
    let minified = "function a(b){return b+1}var c=a(2);if(c){console.log(c)};".repeat(20_000);
    let unclosed = "const x = `${".repeat(20_000);
    let lines = "x = f(1)\n".repeat(200_000);
    for text in [minified, unclosed, lines] {
        let _ = code(&text, "", ELIDE);
    }
}

#[test]
fn mistakes_without_end_cost_little() {
    let units = [
        "/* ",
        "case 1: ",
        "def a():\n  ",
        "f(function() {\n",
        "a < b > c <",
        "x = `${",
        "<<A\n",
        "$(",
        "{{ }} ;;",
    ];
    let endings = ["py", "tsx", "java", "rs", "cpp", "go", "php", "rb", "sh", "cs"];
    let started = std::time::Instant::now();
    for (unit, ending) in units.iter().flat_map(|unit| endings.map(|ending| (unit, ending))) {
        let text = format!("{}\n", unit.repeat(300)).repeat(12);
        let tool = ToolCall {
            name: "Bash".into(),
            arguments: format!("cat a.{ending}").into(),
        };
        let input = Input {
            text: &text,
            kind: ContentKind::Code,
            query: &Query::default(),
            tool: Some(&tool),
            encoding: Encoding::Estimate,
            elide: ELIDE,
        };
        let _ = CodeAwareCompressor.compress(input).unwrap();
    }
    // Without a bound on mistakes one of these alone takes minutes or all memory.
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn a_long_word_of_a_heredoc_does_not_end_the_process() {
    for quote in ["", "\""] {
        let word = "A".repeat(300);
        let text = format!(
            "require 'a'\nclass B < C\n  def d\n    x = <<~{quote}{word}{quote}\n  text\n{word}\n  end\nend\n"
        );
        assert_eq!(code(&text, "", ELIDE), None);
    }
}

/// Sources of functions and classes in one of three languages, by nested numbers.
fn source() -> impl Strategy<Value = String> {
    let body = prop::collection::vec((0..6_usize, 0..40_usize), 1..9);
    let function = ("[a-z]{3,9}", any::<bool>(), body);
    (0..3_usize, prop::collection::vec(function, 1..8)).prop_map(|(language, functions)| {
        let functions = functions.into_iter().enumerate().map(|(index, (name, in_class, body))| {
            let name = format!("{name}_{index}");
            let statement = |(kind, number): (usize, usize)| match (language, kind) {
                (0, 0) => format!("    for item in range({number}):\n        total += item * {number}\n"),
                (0, 1) => format!("    \"text {number} that is a string of its own\"\n"),
                (0, 2) => format!("    # a remark about {number}, which is a number\n"),
                (0, _) => format!("    total = compute_something({number}, {number})\n"),
                (_, 0) => format!("    for (;;) {{\n        total += {number};\n    }}\n"),
                (_, 1) => format!("    if (a) {{ total = {number}; }}\n"),
                (_, 2) => format!("    // a remark about {number}, which is a number\n"),
                (_, _) => format!("    total = compute_something({number}, {number});\n"),
            };
            let body: String = body.into_iter().map(statement).collect();
            match (language, in_class) {
                (0, false) => format!("def {name}(total):\n{body}    return total\n\n"),
                (0, true) => format!("class C{index}:\n    \"\"\"One.\"\"\"\n\n    def {name}(self, total):\n{}        return total\n\n", body.replace("    ", "        ")),
                (1, false) => format!("function {name}(total) {{\n{body}    return total;\n}}\n\n"),
                (1, true) => format!("class C{index} {{\n  {name}(total) {{\n{body}    return total;\n  }}\n}}\n\n"),
                (_, false) => format!("static int {name}(int total) {{\n{body}    return total;\n}}\n\n"),
                (_, true) => format!("struct S{index} {{\n    int a;\n}};\n\nint {name}(int total)\n{{\n{body}    return total;\n}}\n\n"),
            }
        });
        let head = ["import os\n\n", "'use strict'\nconst os = require('os');\n\n", "#include <stdio.h>\n\n"][language];
        format!("{head}{}", functions.collect::<String>())
    })
}

/// Names of functions and classes, found without a grammar.
fn names(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let telling = |pair: &[&str]| ["def", "class", "function", "struct"].contains(&pair[0]);
    let declared = words
        .windows(2)
        .filter(|pair| telling(pair))
        .map(|pair| pair[1].to_owned());
    declared.filter(|name| !name.is_empty()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Laws 3, 7, 8: sources shrink to sources with all of their names, in order, and never grow.
    #[test]
    fn generated_sources_keep_their_names(text in source()) {
        let store = MemoryStore::default();
        let outcome = pipeline::compress_text(&text, None, &policy(true, true), Some(&store));
        let report = &outcome.report.blocks[0];
        prop_assert!(report.tokens_after <= report.tokens_before);
        prop_assert_eq!(names(&text), names(&outcome.text));
    }

    /// Law 6: the body of what is asked for stays, every line of it.
    #[test]
    fn generated_bodies_that_are_named_stay(text in source(), pick in any::<prop::sample::Index>()) {
        let all: Vec<String> = names(&text).into_iter().filter(|name| name.contains('_')).collect();
        prop_assume!(!all.is_empty());
        let name = pick.get(&all);
        let out = render(&text, code(&text, &format!("what does {name} do?"), ELIDE).as_ref());
        let of = |text: &str| {
            let from = text.find(&format!("{name}(")).unwrap();
            text[from..].split("\n\n").next().unwrap().trim_end().to_owned()
        };
        prop_assert_eq!(of(&out), of(&text));
    }

    /// Whatever is cut off or broken in a source: no panic, and every gap is a range of it.
    #[test]
    fn cut_and_mutated_sources_never_panic(
        which in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        junk in "[{}()\\[\\]\"'`#/*<>\\n\\t a-z]{0,6}",
        numbered in any::<bool>(),
    ) {
        let all = languages();
        let text = fixture(which.get(&all).0);
        let (a, b) = (from.index(text.len() + 1), to.index(text.len() + 1));
        let (a, b) = (text.floor_char_boundary(a.min(b)), text.floor_char_boundary(a.max(b)));
        let mutated = format!("{}{junk}{}", &text[..a], &text[b..]);
        let mutated = if numbered {
            with_numbers(&mutated, 7, "→")
        } else {
            mutated
        };
        if let Some(compressed) = code(&mutated, "what of sell?", ELIDE) {
            let mut at = 0;
            for piece in &compressed.pieces {
                if let Piece::Keep(range) | Piece::Elide { range, .. } = piece {
                    prop_assert_eq!(range.start, at);
                    at = range.end;
                    prop_assert!(mutated.get(range.clone()).is_some());
                }
            }
            prop_assert_eq!(at, mutated.len());
        }
    }
}
