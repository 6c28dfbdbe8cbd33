//! The JSON tape: strict, never panicking, and every span where the source has it.
//!
//! With `JSONTestSuite` at hand (`HEADROOM_CORPORA`, or the shared corpora beside the checkout) its cases
//! run as well; without it that test says so and passes.
#![expect(
    clippy::disallowed_methods,
    reason = "the corpora are files, found by environment or neighbourhood"
)]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::{Path, PathBuf};

use headroom::json::{Document, JsonError, Kind, MAX_DEPTH, Value, decode, quote};
use proptest::prelude::*;

fn error(text: &str) -> JsonError {
    Document::parse(text)
        .map(|document| document.node_count())
        .unwrap_err()
}

/// The document written again from its scalars' source bytes, without whitespace.
fn assemble(value: Value<'_, '_>) -> String {
    match value.kind() {
        Kind::Array => {
            let items: Vec<_> = value.items().map(assemble).collect();
            format!("[{}]", items.join(","))
        }
        Kind::Object => {
            let member =
                |(key, value): (Value<'_, '_>, Value<'_, '_>)| format!("{}:{}", key.raw(), assemble(value));
            format!(
                "{{{}}}",
                value.entries().map(member).collect::<Vec<_>>().join(",")
            )
        }
        _ => value.raw().to_owned(),
    }
}

/// What must hold at every node: children in order and inside, their number right, positions ascending.
fn check(value: Value<'_, '_>) {
    let span = value.span();
    let children: Vec<_> = match value.kind() {
        Kind::Array => value.items().collect(),
        Kind::Object => value.entries().flat_map(|(key, value)| [key, value]).collect(),
        _ => Vec::new(),
    };
    let per_child = if value.kind() == Kind::Object { 2 } else { 1 };
    assert_eq!(children.len(), value.len() * per_child);
    let (mut end, mut index) = (span.start + 1, value.index());
    for child in children {
        assert!(child.span().start >= end && child.span().end < span.end);
        assert!(child.index() > index);
        (end, index) = (child.span().end, child.index());
        check(child);
    }
}

/// The value as a general parser sees it.
fn convert(value: Value<'_, '_>) -> serde_json::Value {
    match value.kind() {
        Kind::Array => value.items().map(convert).collect(),
        Kind::Object => value
            .entries()
            .map(|(key, value)| (key.text().unwrap().into_owned(), convert(value)))
            .collect(),
        Kind::String => value.text().unwrap().into(),
        _ => serde_json::from_str(value.raw()).unwrap(),
    }
}

/// An independent strict parser that does not look at numbers' size or at surrogates.
fn accepted_elsewhere(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn corpora() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora");
    let folder = std::env::var_os("HEADROOM_CORPORA").map_or(beside, PathBuf::from);
    Some(folder.join("jsontestsuite/test_parsing")).filter(|folder| folder.is_dir())
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn json_test_suite() {
    let Some(folder) = corpora() else {
        eprintln!("skipped: JSONTestSuite is not here");
        return;
    };
    let (mut must, mut must_not, mut wrong) = (0, 0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let text = std::str::from_utf8(&bytes);
        let parsed = text.ok().map(Document::parse);
        let is_read = matches!(parsed, Some(Ok(_)));
        if let Some(Ok(document)) = &parsed {
            check(document.root());
        }
        match name.as_bytes().first() {
            Some(b'y') => {
                must += 1;
                let Some(Ok(document)) = parsed else {
                    wrong.push(name);
                    continue;
                };
                let same = serde_json::from_str::<serde_json::Value>(document.text()).unwrap();
                assert_eq!(convert(document.root()), same, "{name}");
            }
            Some(b'n') => {
                must_not += 1;
                if is_read {
                    wrong.push(name);
                }
            }
            _ => {}
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(
        must > 90 && must_not > 180,
        "the suite is not whole: {must} and {must_not} cases"
    );
}

#[test]
fn scalars_keep_their_spelling() {
    for number in [
        "0",
        "-0",
        "0.10",
        "1e400",
        "-1E+400",
        "1e-9999",
        "123456789012345678901234567890",
        "2.50",
        "0e0",
    ] {
        let source = format!(" [ {number} ] ");
        let document = Document::parse(&source).unwrap();
        assert_eq!(document.root().at(0).unwrap().raw(), number);
        assert_eq!(document.root().at(0).unwrap().kind(), Kind::Number);
    }
    for (text, kind) in [
        ("true", Kind::Bool),
        ("false", Kind::Bool),
        ("null", Kind::Null),
        ("\"\"", Kind::String),
    ] {
        let document = Document::parse(text).unwrap();
        assert_eq!((document.root().kind(), document.root().raw()), (kind, text));
        assert_eq!(document.root().is_true(), text == "true");
    }
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    for (text, at) in [
        ("", 0),
        ("  ", 2),
        ("\u{feff}[]", 0),
        ("[1] x", 4),
        ("[1]]", 3),
        ("{}{}", 2),
        ("[1,]", 3),
        ("[,1]", 1),
        ("[1 2]", 3),
        ("{\"a\"}", 4),
        ("{\"a\":1,}", 7),
        ("{a:1}", 1),
        ("{\"a\":}", 5),
        ("{1:2}", 1),
        ("[1}", 2),
        ("{\"a\":1]", 6),
        ("01", 1),
        ("+1", 0),
        (".5", 0),
        ("-", 1),
        ("1.", 2),
        ("1.e1", 2),
        ("1e", 2),
        ("1e+", 3),
        ("0x1", 1),
        ("NaN", 0),
        ("-Infinity", 1),
        ("tru", 0),
        ("nulls", 4),
        ("'a'", 0),
        ("\"a", 0),
        ("\"a\\", 2),
        ("\"\\x\"", 1),
        ("\"\\u12\"", 1),
        ("\"\\u12g4\"", 1),
        ("\"a\nb\"", 2),
        ("\"a\u{0}b\"", 2),
        ("\"12345678\u{1f}\"", 9),
        ("\u{0}", 0),
        ("[1]\u{0}", 3),
        ("[1]\u{a0}", 3),
        ("[\u{2028}1]", 1),
        ("// c\n1", 0),
    ] {
        assert_eq!(error(text).at, at, "{text:?}: {}", error(text));
    }
}

#[test]
fn nesting_has_a_limit_that_is_an_error_not_a_crash() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Document::parse(&deep(MAX_DEPTH)).is_ok());
    assert_eq!(
        error(&deep(MAX_DEPTH + 1)),
        JsonError {
            at: MAX_DEPTH,
            reason: "nested too deeply"
        }
    );
    assert_eq!(error(&deep(100_000)).reason, "nested too deeply");
    assert_eq!(error(&"{\"a\":".repeat(100_000)).reason, "nested too deeply");
    assert_eq!(error(&"[{\"\":".repeat(100_000)).reason, "nested too deeply");
    // Wide is not deep.
    let wide = format!("[{}[]]", "[],".repeat(100_000));
    assert_eq!(Document::parse(&wide).unwrap().root().len(), 100_001);
}

#[test]
fn lone_surrogates_are_read_but_have_no_text() {
    for (literal, text) in [
        (r#""\ud83d\ude00""#, Some("😀")),
        (r#""\uD83D\uDE00x""#, Some("😀x")),
        (r#""\ud83d""#, None),
        (r#""\ude00""#, None),
        (r#""\ude00\ud83d""#, None),
        (r#""\ud83d\ud83d\ude00""#, None),
        (r#""\ud83dx""#, None),
        (r#""\ud83d\n""#, None),
        (r#""\ud83d\u0041""#, None),
        (r#""\udbff\udfff\ud800\udc00""#, Some("\u{10ffff}\u{10000}")),
        (r#""\u0000\uFFFF""#, Some("\u{0}\u{ffff}")),
        (r#""\"\\\/\b\f\n\r\t""#, Some("\"\\/\u{8}\u{c}\n\r\t")),
    ] {
        let document = Document::parse(literal).unwrap();
        assert_eq!(document.root().text().as_deref(), text, "{literal}");
        assert_eq!(document.root().raw(), literal);
    }
    // As a key it is no other key.
    let document = Document::parse(r#"{"\ud800":1,"a":2}"#).unwrap();
    assert_eq!(document.root().get("a").unwrap().raw(), "2");
    assert_eq!(document.root().len(), 2);
}

#[test]
fn of_duplicate_keys_all_are_seen_and_the_last_counts() {
    let document = Document::parse(r#"{"a":1,"b":2,"\u0061":3,"":4}"#).unwrap();
    let root = document.root();
    assert_eq!(root.len(), 4);
    assert_eq!(root.get("a").unwrap().raw(), "3");
    assert_eq!(root.get("").unwrap().raw(), "4");
    assert!(root.get("c").is_none());
    let keys: Vec<_> = root.entries().map(|(key, _)| key.raw()).collect();
    assert_eq!(keys, ["\"a\"", "\"b\"", "\"\\u0061\"", "\"\""]);
}

#[test]
fn asking_a_value_for_what_it_is_not_gives_nothing() {
    let document = Document::parse(r#"[{"a":1},"{}",[2],3]"#).unwrap();
    for value in document.root().items() {
        if value.kind() != Kind::Object {
            assert!(value.entries().next().is_none() && value.get("a").is_none());
        }
        if value.kind() != Kind::Array {
            assert!(value.items().next().is_none() && value.at(0).is_none());
        }
        if value.kind() != Kind::String {
            assert_eq!(value.text(), None);
        }
    }
    assert!(document.root().at(4).is_none());
}

const EVERYTHING: &str = "{\"a\" : [ true,false , null, -12.50e+3,\"x\\u00e9\\n\\ud83d\\ude00 é😀\" ],\"\":{ },\
                          \"b\":[[],{\"c\":\"long enough for whole words\"}]}";

#[test]
fn a_text_cut_anywhere_is_refused() {
    assert!(Document::parse(EVERYTHING).is_ok());
    for end in (0..EVERYTHING.len()).filter(|end| EVERYTHING.is_char_boundary(*end)) {
        assert!(error(&EVERYTHING[..end]).at <= end, "cut at {end}");
    }
}

#[test]
fn any_changed_byte_is_judged_as_elsewhere() {
    for at in (0..EVERYTHING.len()).filter(|at| EVERYTHING.is_char_boundary(*at)) {
        for byte in 0..128_u8 {
            let rest = EVERYTHING[at..].chars().next().map_or(0, char::len_utf8);
            let text = format!(
                "{}{}{}",
                &EVERYTHING[..at],
                char::from(byte),
                &EVERYTHING[at + rest..]
            );
            let parsed = Document::parse(&text);
            assert_eq!(parsed.is_ok(), accepted_elsewhere(&text), "{text:?}");
            if let Ok(document) = parsed {
                check(document.root());
            }
        }
    }
}

#[test]
fn special_bytes_are_found_at_every_offset() {
    // The search for the end of a string goes eight bytes at a time; every offset, with every neighbour.
    for before in 0..20 {
        for after in 0..20 {
            for (special, is_valid) in [
                ("\\\"", true),
                ("\\\\", true),
                ("\u{1f}", false),
                ("é", true),
                ("\u{7f}", true),
            ] {
                let inner = format!("{}{special}{}", "!".repeat(before), "\u{80}#".repeat(after));
                let text = format!("[\"{inner}\",\"{inner}\"]");
                assert_eq!(Document::parse(&text).is_ok(), is_valid, "{text:?}");
            }
        }
    }
}

#[test]
fn large_texts_take_linear_time() {
    let size = 20_000_000;
    for (text, is_valid) in [
        (format!("\"{}\"", "a".repeat(size)), true),
        (format!("\"{}\"", "\\n".repeat(size / 2)), true),
        (format!("[{}0]", "0,".repeat(size / 2)), true),
        (" ".repeat(size), false),
        ("\"".repeat(size), false),
        (format!("\"{}", "\\\"".repeat(size / 2)), false),
    ] {
        assert_eq!(Document::parse(&text).is_ok(), is_valid);
    }
}

fn space() -> impl Strategy<Value = String> {
    "[ \t\r\n]{0,3}"
}

/// JSON of any shape in two spellings: with whitespace, and without.
fn spaced() -> impl Strategy<Value = (String, String)> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?([eE][-+]?[0-9]{1,3})?",
        string(),
    ];
    let leaf =
        (scalar, space(), space()).prop_map(|(text, left, right)| (format!("{left}{text}{right}"), text));
    leaf.prop_recursive(5, 60, 6, |inner| {
        let array = (prop::collection::vec(inner.clone(), 0..6), space(), space()).prop_map(
            |(items, left, right)| {
                let (loose, tight): (Vec<_>, Vec<_>) = items.into_iter().unzip();
                // An empty container has room for whitespace too.
                let body = if loose.is_empty() {
                    left.clone()
                } else {
                    loose.join(",")
                };
                (format!("{left}[{body}]{right}"), format!("[{}]", tight.join(",")))
            },
        );
        let member = (string(), inner, space(), space()).prop_map(|(key, (loose, tight), left, right)| {
            (format!("{left}{key}{right}:{loose}"), format!("{key}:{tight}"))
        });
        let object =
            (prop::collection::vec(member, 0..6), space(), space()).prop_map(|(members, left, right)| {
                let (loose, tight): (Vec<_>, Vec<_>) = members.into_iter().unzip();
                let body = if loose.is_empty() {
                    right.clone()
                } else {
                    loose.join(",")
                };
                (
                    format!("{left}{{{body}}}{right}"),
                    format!("{{{}}}", tight.join(",")),
                )
            });
        prop_oneof![array, object]
    })
}

/// A string literal, with escapes of every kind, lone surrogates included.
fn string() -> impl Strategy<Value = String> {
    "\"([ -!#-\\[\\]-~é😀\u{7f}\u{2028}]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4}|\\\\ud83d\\\\ude00){0,12}\""
}

proptest! {
    #[test]
    fn spans_reassemble_to_the_source((loose, tight) in spaced()) {
        let document = Document::parse(&loose).unwrap();
        prop_assert_eq!(assemble(document.root()), tight);
        prop_assert_eq!(document.root().raw(), loose.trim());
        check(document.root());
    }

    #[test]
    fn any_text_is_judged_as_elsewhere(text in "[\\[\\]{},:\"\\\\ untrefalse0-9.eE+-]{0,24}") {
        prop_assert_eq!(Document::parse(&text).is_ok(), accepted_elsewhere(&text), "{:?}", text);
    }

    #[test]
    fn a_quoted_text_is_what_others_write_and_comes_back(text in "(\\PC|[\u{0}-\u{20}\"\\\\\u{7f}\u{2028}]){0,40}") {
        let quoted = quote(&text);
        prop_assert_eq!(&quoted, &serde_json::to_string(&text).unwrap());
        prop_assert_eq!(decode(&quoted).unwrap(), text.as_str());
        prop_assert!(Document::parse(&quoted).is_ok());
    }

    #[test]
    fn a_string_decodes_as_elsewhere_or_has_a_lone_surrogate(literal in string()) {
        let document = Document::parse(&literal).unwrap();
        match (document.root().text(), serde_json::from_str::<String>(&literal)) {
            (Some(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
            (None, Err(_)) => {}
            (ours, theirs) => prop_assert!(false, "{literal}: {ours:?} and {theirs:?}"),
        }
    }
}
