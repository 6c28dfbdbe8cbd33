//! SmartCrusher's lossless spelling: golden files, and law 3 on generated documents.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test json_outline` writes the golden files anew; read what changed.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a broken test shall stop, and golden files are files"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use headroom::ccr;
use headroom::compress::json::{SmartCrusher, decode};
use headroom::compress::{Compressed, Compressor, Elision, Input, Mark, Piece};
use headroom::json::{Document, compact_into, quote};
use headroom::message::ContentKind;
use headroom::relevance::Query;
use headroom::tokens::Encoding;
use proptest::prelude::*;

fn crush(text: &str, question: Option<&str>, elide: Option<Elision>) -> Option<Compressed> {
    let query = Query::new(question, None);
    SmartCrusher
        .compress(Input {
            text,
            kind: ContentKind::Json,
            query: &query,
            tool: None,
            encoding: Encoding::O200kBase,
            elide,
        })
        .unwrap()
}

fn compact(text: &str) -> String {
    let mut out = String::new();
    compact_into(text, &mut out);
    out
}

/// The pieces as the pipeline writes them, without its last line.
fn render(text: &str, compressed: &Compressed) -> String {
    let mut out = String::new();
    for piece in &compressed.pieces {
        match piece {
            Piece::Keep(range) => out.push_str(&text[range.clone()]),
            Piece::Text(text) => out.push_str(text),
            Piece::Elide {
                note,
                mark: Mark::Inline,
                ..
            } => out.push_str(&ccr::inline_gap(note)),
            Piece::Elide { note, .. } => out.push_str(&ccr::gap(note)),
        }
    }
    out
}

// Golden files.

struct Fixture {
    folder: PathBuf,
    name: String,
    input: String,
    question: Option<String>,
}

fn fixtures() -> Vec<Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/json");
    let mut folders: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
        .into_iter()
        .map(|folder| Fixture {
            name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
            input: fs::read_to_string(folder.join("input.json")).unwrap(),
            question: fs::read_to_string(folder.join("question.txt")).ok(),
            folder,
        })
        .collect()
}

impl Fixture {
    fn crush(&self, elide: Option<Elision>) -> Option<Compressed> {
        crush(&self.input, self.question.as_deref(), elide)
    }

    /// What a reader gets, and a line of account.
    fn outcome(&self, elide: Option<Elision>) -> (String, String) {
        let (text, what) = match self.crush(elide) {
            Some(compressed) => (render(&self.input, &compressed), compressed.transforms.join(" ")),
            None => (self.input.clone(), "as it was".to_owned()),
        };
        let tokens = Encoding::O200kBase.count(&text);
        (text, format!("{tokens} {what}"))
    }
}

const NEUTRAL: Elision = Elision {
    target_ratio: None,
    bias: 1.0,
};

fn updating() -> bool {
    std::env::var_os("UPDATE_SNAPSHOTS").is_some()
}

/// Compares with a golden file, or writes it; `Err` names what differs.
fn golden(path: &Path, now: &str) -> Result<(), String> {
    if updating() {
        return fs::write(path, now).map_err(|error| error.to_string());
    }
    let before = fs::read_to_string(path).unwrap_or_default();
    if before == now {
        return Ok(());
    }
    let line = before
        .lines()
        .zip(now.lines())
        .position(|(before, now)| before != now)
        .unwrap_or(before.lines().count().min(now.lines().count()));
    let at = |text: &str| text.lines().nth(line).unwrap_or("(no such line)").to_owned();
    Err(format!(
        "{} line {}:\n  was {}\n  is  {}",
        path.display(),
        line + 1,
        at(&before),
        at(now)
    ))
}

#[test]
fn fixtures_read_as_they_did() {
    let mut wrong = Vec::new();
    let mut account = String::from("fixture: tokens as it was; lossless; with parts left out\n");
    for fixture in fixtures() {
        let (lossless, one) = fixture.outcome(None);
        let (elided, two) = fixture.outcome(Some(NEUTRAL));
        let tokens = Encoding::O200kBase.count(&fixture.input);
        writeln!(account, "{}: {tokens}; {one}; {two}", fixture.name).unwrap();
        wrong.extend(golden(&fixture.folder.join("lossless.txt"), &lossless).err());
        wrong.extend(golden(&fixture.folder.join("elided.txt"), &elided).err());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/json/account.txt");
    wrong.extend(golden(&root, &account).err());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_lossless_fixture_decodes_to_its_input() {
    if updating() {
        return;
    }
    let mut outlines = 0;
    for fixture in fixtures() {
        let text = fs::read_to_string(fixture.folder.join("lossless.txt")).unwrap();
        if text.starts_with("[headroom: ") {
            outlines += 1;
            assert_eq!(
                decode(&text).unwrap(),
                compact(&fixture.input),
                "{}",
                fixture.name
            );
        } else {
            assert_eq!(compact(&text), compact(&fixture.input), "{}", fixture.name);
        }
    }
    assert!(outlines >= 15, "only {outlines} fixtures are outlines");
}

#[test]
fn fixtures_are_never_spelled_with_more_tokens() {
    for fixture in fixtures() {
        let tokens = |elide| Encoding::O200kBase.count(&fixture.outcome(elide).0);
        let (before, lossless, elided) = (
            Encoding::O200kBase.count(&fixture.input),
            tokens(None),
            tokens(Some(NEUTRAL)),
        );
        assert!(lossless <= before, "{}: {before} to {lossless}", fixture.name);
        assert!(
            elided <= lossless,
            "{}: elided {elided}, lossless {lossless}",
            fixture.name
        );
    }
}

/// A text with parts left out is no outline of the whole: to decode it is to invent the rest.
#[test]
fn what_is_left_out_is_not_decoded() {
    let mut checked = 0;
    for fixture in fixtures() {
        let Some(compressed) = fixture.crush(Some(NEUTRAL)).filter(|one| !one.is_lossless()) else {
            continue;
        };
        checked += 1;
        let text = render(&fixture.input, &compressed);
        assert!(decode(&text).is_err(), "{}", fixture.name);
    }
    assert!(checked >= 6, "only {checked} fixtures leave something out");
}

#[test]
fn inline_gaps_are_not_decoded_as_text() {
    let rows: Vec<String> = (0..4)
        .map(|n| {
            format!(
                r#"{{"name":"f{n}","data":"{}"}}"#,
                format!("Zm9v{n}A1b2C3d4").repeat(30)
            )
        })
        .collect();
    let text = format!("[{}]", rows.join(","));
    let compressed = crush(&text, None, Some(NEUTRAL)).unwrap();
    let inline = |piece: &Piece| {
        matches!(
            piece,
            Piece::Elide {
                mark: Mark::Inline,
                ..
            }
        )
    };
    assert!(compressed.pieces.iter().any(inline));
    assert!(decode(&render(&text, &compressed)).is_err());
}

// Law 3 on generated documents.

/// A document as it is spelled.
#[derive(Debug, Clone)]
enum Json {
    /// A scalar as written.
    Raw(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
    /// JSON in a string, with this much indent; 9 is Python's spacing.
    Text(Box<Json>, usize),
}

impl Json {
    fn write(&self, out: &mut String) {
        match self {
            Self::Raw(raw) => out.push_str(raw),
            Self::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (at, (key, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    out.push_str(key);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
            Self::Text(inner, indent) => out.push_str(&quote(&inner.spaced(*indent))),
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// As other writers space it.
    fn spaced(&self, indent: usize) -> String {
        let compact = self.text();
        let (mut out, mut depth, mut quoted, mut escaped) = (String::new(), 0_usize, false, false);
        let line = |out: &mut String, depth: usize| {
            if (1..9).contains(&indent) {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent * depth));
            }
        };
        let mut before = ' ';
        for c in compact.chars() {
            if quoted {
                out.push(c);
                quoted = escaped || c != '"';
                escaped = !escaped && c == '\\';
                before = c;
                continue;
            }
            if matches!(before, '{' | '[') && !matches!(c, '}' | ']') {
                depth += 1;
                line(&mut out, depth);
            }
            if matches!(c, '}' | ']') && !matches!(before, '{' | '[') {
                depth -= 1;
                line(&mut out, depth);
            }
            out.push(c);
            match c {
                '"' => quoted = true,
                ',' if indent == 9 => out.push(' '),
                ',' => line(&mut out, depth),
                ':' if indent > 0 => out.push(' '),
                _ => {}
            }
            before = c;
        }
        out
    }
}

/// Texts that look like what the outline writes itself, and others that are hard to write.
const NASTY: [&str; 60] = [
    "",
    " ",
    "^",
    "|",
    "a|b",
    "null",
    "true",
    "0",
    "-0",
    "1.0",
    "1e5",
    "01",
    "-",
    "- x",
    "like x",
    "like ",
    "same as a",
    "same as ",
    "[list]",
    "[3 rows] a|b",
    "[2 keys] a",
    "[2 items in groups]",
    "[json text, compact] []",
    "[headroom: x]",
    "…12",
    "…",
    "raw\"x\"",
    "raw",
    "${x}",
    "${1}",
    "${}",
    "$",
    "{}",
    "[]",
    "{",
    "(1 step 2)",
    "\t",
    "a\nb",
    "é",
    "😀",
    "a  ",
    "  a",
    "\u{7f}",
    "\u{1}",
    "a/b",
    "<b>&amp;",
    "https://api.example.com/users/ada",
    "https://api.example.com/users/ada/repos",
    "https://api.example.com",
    "git@example.com:ada/site.git",
    "key: value",
    "\"",
    "\\",
    "None",
    "ada",
    "2024-01-01T00:00:00Z",
    "https://x.example/a|b",
    "https://x.example/${id}",
    "x=y",
    "\u{2028}",
];

const KEYS: [&str; 34] = [
    "id", "name", "url", "html_url", "user", "login", "a", "b", "1", "2", "", "a.b", "a b", "a:b", "\"", "|",
    "é", "-x", "$ref", "@type", "#text", "/", "*", "a=b", "[0]", "[list]", "like", "same as", "${x}", "\n",
    "items", "raw\"", "…", "type",
];

/// Bits: `\/`, `\u003c`, `\u00e9`, upper case.
fn literal(text: &str, escapes: u8) -> String {
    let mut out = String::new();
    for c in quote(text).chars() {
        let escape = match c {
            '/' if escapes & 1 > 0 => {
                out.push('\\');
                false
            }
            '<' | '>' | '&' => escapes & 2 > 0,
            c => escapes & 4 > 0 && c >= '\u{7f}',
        };
        if !escape {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let digits = format!("{unit:04x}");
            out.push_str("\\u");
            out.push_str(&if escapes & 8 > 0 {
                digits.to_uppercase()
            } else {
                digits
            });
        }
    }
    out
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => proptest::sample::select(&NASTY[..]).prop_map(str::to_owned),
        2 => (0..5_u8, 0..4_u8).prop_map(|(a, b)| format!("https://api.example.com/repos/r{a}/issues/{b}")),
        2 => (0..4_u8).prop_map(|n| format!("a value that comes back {n}")),
        2 => "[ -~]{0,12}",
        1 => "\\PC{0,6}",
    ]
}

fn scalars() -> impl Strategy<Value = Json> {
    let numbers = [
        "0",
        "-0",
        "1.0",
        "1",
        "1E+5",
        "1e400",
        "123456789012345678901234567890",
        "-9223372036854775808",
    ];
    // Documents escape in one way; a few strings in them do not.
    let escapes = prop_oneof![9 => Just(0_u8), 1 => 0..16_u8];
    prop_oneof![
        1 => proptest::sample::select(vec!["null", "true", "false"]).prop_map(|raw| Json::Raw(raw.to_owned())),
        1 => proptest::sample::select(numbers.to_vec()).prop_map(|raw| Json::Raw(raw.to_owned())),
        1 => (-3..3000_i32).prop_map(|number| Json::Raw(number.to_string())),
        6 => (texts(), escapes).prop_map(|(text, escapes)| Json::Raw(literal(&text, escapes))),
        1 => proptest::sample::select(vec!["\"\\ud83d x\"", "\"\\u0041\"", "\"\\u00E9\\u00e9\""])
            .prop_map(|raw| Json::Raw(raw.to_owned())),
    ]
}

/// Distinct keys, as the outline may assume of honest JSON; duplicates have a test of their own.
fn keys(most: usize) -> impl Strategy<Value = Vec<String>> {
    proptest::sample::subsequence(KEYS.map(quote).to_vec(), 1..=most).prop_shuffle()
}

/// A column's number after `row` steps, of a size that depends on the column.
fn step(row: usize, column: usize) -> i32 {
    i32::try_from(row).unwrap() * (i32::try_from(column).unwrap() - 2)
}

/// Records of one shape: optional keys, steps, links spelled after other columns, repeated values.
fn records(value: impl Strategy<Value = Json> + Clone) -> impl Strategy<Value = Json> {
    (keys(7), 2..10_usize, -3..3_i32).prop_flat_map(move |(keys, rows, seed)| {
        let cells = proptest::collection::vec(proptest::collection::vec(value.clone(), keys.len()), rows);
        let kinds = proptest::collection::vec(0..7_u8, keys.len());
        (Just(keys), cells, kinds, any::<bool>(), Just(seed)).prop_map(|(keys, cells, kinds, keyed, seed)| {
            let first = cells[0].clone();
            let record = |row: usize, cells: Vec<Json>| {
                let member = |(at, cell): (usize, Json)| {
                    let base = format!("https://api.example.com/items/{row}{}", "/x".repeat(at % 3));
                    let cell = match kinds[at] {
                        0 => first[at].clone(),
                        1 => Json::Raw((seed + step(row, at)).to_string()),
                        2 => Json::Raw(quote(&base)),
                        3 if (row + at) % 4 == 3 => return None,
                        _ => cell,
                    };
                    Some((keys[at].clone(), cell))
                };
                Json::Object(cells.into_iter().enumerate().filter_map(member).collect())
            };
            let records: Vec<Json> = cells
                .into_iter()
                .enumerate()
                .map(|(row, cells)| record(row, cells))
                .collect();
            if keyed {
                Json::Object(
                    records
                        .into_iter()
                        .enumerate()
                        .map(|(n, one)| (quote(&format!("k {n}")), one))
                        .collect(),
                )
            } else {
                Json::Array(records)
            }
        })
    })
}

/// One object several times, with changes: what `like` and `same as` are for.
fn variants(value: impl Strategy<Value = Json> + Clone) -> impl Strategy<Value = Json> {
    let base = keys(8).prop_flat_map(move |keys| {
        let values = proptest::collection::vec(value.clone(), keys.len());
        let changes = proptest::collection::vec((0..keys.len(), value.clone(), any::<bool>()), 0..5);
        (Just(keys), values, changes)
    });
    (base, 0..3_u8).prop_map(|((keys, values, changes), form)| {
        let base: Vec<(String, Json)> = keys.into_iter().zip(values).collect();
        let mut all = vec![Json::Object(base.clone())];
        let mut last = base;
        for (at, value, more) in changes {
            last[at].1 = value.clone();
            if more {
                last.push((quote(&format!("more {}", last.len())), value));
            }
            all.push(Json::Object(last.clone()));
        }
        match form {
            0 => Json::Object(
                all.into_iter()
                    .enumerate()
                    .map(|(n, one)| (quote(&format!("v{n}")), one))
                    .collect(),
            ),
            1 => Json::Array(all),
            _ => {
                all.insert(1, Json::Raw(quote("https://api.example.com/items/0")));
                Json::Array(all)
            }
        }
    })
}

fn documents() -> impl Strategy<Value = Json> {
    scalars().prop_recursive(4, 160, 8, |inner| {
        let object = (keys(8), proptest::collection::vec(inner.clone(), 8))
            .prop_map(|(keys, values)| Json::Object(keys.into_iter().zip(values).collect()));
        prop_oneof![
            2 => object,
            2 => proptest::collection::vec(inner.clone(), 0..6).prop_map(Json::Array),
            3 => records(inner.clone()),
            3 => variants(inner.clone()),
            1 => (inner, prop_oneof![Just(0_usize), Just(2), Just(4), Just(9)])
                .prop_map(|(inner, indent)| Json::Text(Box::new(inner), indent)),
        ]
    })
}

/// Records that are worth an outline whatever stands beside them, so that an outline which does not decode
/// shows: the compressor then falls back to compact JSON.
fn padded(document: &Json) -> String {
    let text = document.text();
    let rows = 40 + text.len() / 20;
    let padding: Vec<String> = (0..rows)
        .map(|n| format!(r#"{{"padding_identifier":"p{n}x","padding_description":"the same for all","padding_flag":true}}"#))
        .collect();
    format!("{{\"document\":{text},\"padding\":[{}]}}", padding.join(","))
}

fn assert_proven(text: &str) -> Result<(), TestCaseError> {
    let compressed = crush(text, None, None).unwrap();
    prop_assert_eq!(&compressed.transforms, &["json-outline"], "not proven: {}", text);
    let outline = render(text, &compressed);
    prop_assert_eq!(decode(&outline).unwrap(), compact(text));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn law_3_lossless_is_proven(document in documents()) {
        assert_proven(&padded(&document))?;
    }

    /// Escapes are part of the text: PHP's, Go's, Python's, in either case.
    #[test]
    fn law_3_lossless_is_proven_in_every_style(rows in proptest::collection::vec((texts(), texts()), 1..12), escapes in 0..16_u8) {
        let rows = rows.iter().map(|(a, b)| {
            let pair = [("a", a), ("b", b)].map(|(key, text)| (quote(key), Json::Raw(literal(text, escapes))));
            Json::Object(pair.to_vec())
        });
        assert_proven(&padded(&Json::Array(rows.collect())))?;
    }

    #[test]
    fn whitespace_is_all_that_goes(document in documents(), indent in 0..10_usize) {
        let text = document.spaced(indent);
        if let Some(compressed) = crush(&text, None, None) {
            let now = render(&text, &compressed);
            let back = if now.starts_with("[headroom: ") { decode(&now).unwrap() } else { compact(&now) };
            prop_assert_eq!(back, compact(&text));
        }
    }

    #[test]
    fn decoding_what_is_not_ours_ends_well(lines in proptest::collection::vec((0..4_usize, texts(), texts()), 0..12)) {
        let mut text = String::from("[headroom: JSON outline, all but whitespace.]");
        for (depth, key, value) in lines {
            write!(text, "\n{}{key}: {value}", " ".repeat(depth)).unwrap();
        }
        if let Ok(json) = decode(&text) {
            prop_assert!(Document::parse(&json).is_ok(), "{text}\n{json}");
        }
    }
}

// What once took the process down. A test thread has the two megabytes of stack a worker has.

/// Whitespace inside a string is not written out a thousandfold before it is compared.
#[test]
fn json_in_a_string_with_a_huge_indent_is_a_string() {
    let deep = format!(
        "[\n{}{}1{}]",
        " ".repeat(100_000),
        "[".repeat(300),
        "]".repeat(300)
    );
    let wide = format!("[\n{}1{}]", " ".repeat(20_000), ",\n1".repeat(50_000));
    for text in [deep, wide] {
        let document = format!("{{\"padded\":{}}}", quote(&text));
        assert_eq!(crush(&document, None, None), None);
        assert_eq!(crush(&document, None, Some(NEUTRAL)), None);
    }
}

/// Depths add up where a string holds JSON whose strings hold JSON.
#[test]
fn nested_json_texts_fit_the_stack() {
    for depth in [20, 200, 480] {
        let mut text = String::from("[1,2]");
        for _ in 0..7 {
            text = format!("{}{}{}", "{\"a\":".repeat(depth), quote(&text), "}".repeat(depth));
        }
        let compressed = crush(&text, None, None);
        let back = compressed.map(|compressed| render(&text, &compressed));
        if let Some(outline) = back.filter(|back| back.starts_with("[headroom: ")) {
            assert_eq!(decode(&outline).unwrap(), compact(&text));
        }
    }
}

#[test]
fn documents_as_deep_as_is_read_fit_the_stack() {
    let levels = 500;
    let row = r#"{"name":"a","value":"https://api.example.com/x"}"#;
    for (open, close) in [
        ("[", "]"),
        ("{\"k\":", "}"),
        ("[{\"k\":1},", "]"),
        ("{\"a\":[],\"k\":", "}"),
    ] {
        let text = format!(
            "{}[{row},{row},{row}]{}",
            open.repeat(levels),
            close.repeat(levels)
        );
        for elide in [None, Some(NEUTRAL)] {
            crush(&text, Some("which name has api.example.com/x?"), elide);
        }
    }
}

/// A reference to a reference to a reference: hostile outlines fail in good time and memory.
#[test]
fn hostile_outlines_are_refused() {
    let outline = |body: &str| format!("[headroom: JSON outline, all but whitespace.]\n{body}");
    let chain = |first: &str, link: &dyn Fn(usize) -> String, links: usize| {
        let links: Vec<String> = (1..links).map(link).collect();
        outline(&format!("{first}\n{}", links.join("\n")))
    };
    let wide: Vec<String> = (0..5_000).map(|n| format!("\n a{n}: 1")).collect();
    let wide = wide.concat();
    for text in [
        chain(
            "x0:\n a: 1",
            &|n| format!("x{n}:\n y: same as x{}", n - 1),
            50_000,
        ),
        chain(
            "k0: [list]\n - [list]",
            &|n| format!("k{n}: [list]\n - same as k{0}\n - same as k{0}", n - 1),
            60,
        ),
        chain(&format!("k0:{wide}"), &|n| format!("k{n}: like k0"), 5_000),
        outline(&format!(
            "r: [9000 rows] a=\"{}\"|b{}",
            "x".repeat(60_000),
            "\n1".repeat(9_000)
        )),
    ] {
        assert!(decode(&text).is_err(), "{}", &text[..200]);
    }
}

/// Honest JSON has no duplicate keys; where there are some, nothing is lost either.
#[test]
fn duplicate_keys_are_all_there() {
    for document in [
        r#"{"state":1,"state":{"a":"long enough to be named","b":2},"k":{"a":"long enough to be named","b":2}}"#,
        r#"{"like":{"user":"somebody","k":1},"like":"https://api.example.com/x","link":"https://api.example.com/x/y"}"#,
        r#"[{"x":1,"x":2,"name":"first"},{"x":3,"x":4,"name":"second"},{"x":5,"name":"third"}]"#,
    ] {
        let text = padded(&Json::Raw(document.to_owned()));
        assert_proven(&text).unwrap();
    }
}

#[test]
fn the_same_text_gives_the_same_outline() {
    for fixture in fixtures() {
        let once = (fixture.crush(None), fixture.crush(Some(NEUTRAL)));
        let again = std::thread::scope(|scope| {
            scope
                .spawn(|| (fixture.crush(None), fixture.crush(Some(NEUTRAL))))
                .join()
                .unwrap()
        });
        assert_eq!(once, again, "{}", fixture.name);
    }
}

/// An empty container written over two lines once ended its table row in the middle.
#[test]
fn empty_containers_with_whitespace_stay_on_their_line() {
    let rows: Vec<String> = (0..30)
        .map(|id| {
            format!(
                "{{\"id\":{id},\"name\":\"row {id}\",\"tags\":[\n ],\"meta\":{}}}",
                if id % 3 == 0 { "{\n  }" } else { "{\"a\":1}" }
            )
        })
        .collect();
    let text = format!("[{}]", rows.join(","));
    let compressed = crush(&text, None, None).unwrap();
    assert_eq!(compressed.transforms, ["json-outline"]);
    let mut compact = String::new();
    headroom::json::compact_into(&text, &mut compact);
    let [Piece::Text(outline)] = compressed.pieces.as_slice() else {
        panic!("one piece")
    };
    assert_eq!(decode(outline).unwrap(), compact);
}
