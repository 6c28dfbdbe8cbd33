//! SmartCrusher with a way back: what stays, what goes, and that what stands there is so.
//!
//! Outlines are read here by a reader of this file's own, which knows the header's words and nothing of the
//! crate's decoder.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a broken test shall stop")]

use std::collections::{BTreeMap, BTreeSet};

use headroom::ccr::{self, Entry, Selection};
use headroom::compress::json::SmartCrusher;
use headroom::compress::{Compressor, Elision, Input, Mark, Piece};
use headroom::message::ContentKind;
use headroom::relevance::Query;
use headroom::tokens::Encoding;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const NEUTRAL: Elision = Elision {
    target_ratio: None,
    bias: 1.0,
};

fn biased(bias: f64) -> Elision {
    Elision {
        target_ratio: None,
        bias,
    }
}

/// The text a reader gets, without the pipeline's last line; the source where nothing was done.
fn crushed(text: &str, question: Option<&str>, elide: Elision) -> String {
    let query = Query::new(question, None);
    let input = Input {
        text,
        kind: ContentKind::Json,
        query: &query,
        tool: None,
        encoding: Encoding::O200kBase,
        elide: Some(elide),
    };
    let Some(compressed) = SmartCrusher.compress(input).unwrap() else {
        return text.to_owned();
    };
    let mut out = String::new();
    for piece in &compressed.pieces {
        match piece {
            Piece::Keep(range) => out.push_str(&text[range.clone()]),
            Piece::Text(text) => out.push_str(text),
            Piece::Elide {
                range,
                note,
                mark: Mark::Inline,
            } => {
                assert!(!text[range.clone()].is_empty());
                out.push_str(&ccr::inline_gap(note));
            }
            Piece::Elide { range, note, .. } => {
                assert!(!text[range.clone()].is_empty());
                out.push_str(&ccr::gap(note));
            }
        }
    }
    out
}

// A reader of tables.

/// What a cell says.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Absent,
    Whole(Value),
    /// The head of a text and how many characters follow.
    Cut(String, usize),
}

/// The first table of an outline.
#[derive(Debug, Default)]
struct Shown {
    /// Rows in all, as the head says.
    count: usize,
    /// Number (from 1), key in a map, and cells by column.
    rows: BTreeMap<usize, (Option<String>, BTreeMap<String, Cell>)>,
    /// From, to, and the words behind.
    gaps: Vec<(usize, usize, Option<String>)>,
}

/// Parts of a line between bars, bars inside JSON not counted.
fn cells(line: &str) -> Vec<&str> {
    let (mut parts, mut from, mut depth, mut quoted, mut escaped) = (Vec::new(), 0, 0_usize, false, false);
    let json = |at: usize, from: usize| {
        at == from || line[from..].starts_with(['[', '{', '"']) || line[from..].contains('=')
    };
    for (at, c) in line.char_indices() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '"' if at == from
                || depth > 0
                || line[..at].ends_with(['=', '.', ','])
                || line[from..at] == *"raw" =>
            {
                quoted = true;
            }
            '[' | '{' if depth > 0 || at == from || line[..at].ends_with('=') => depth += 1,
            ']' | '}' if depth > 0 && json(at, from) => depth -= 1,
            '|' if depth == 0 => {
                parts.push(&line[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&line[from..]);
    parts
}

struct Reader {
    definitions: Vec<(String, String)>,
}

impl Reader {
    fn defined(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (name, value) in &self.definitions {
            out = out.replace(&format!("${{{name}}}"), value);
        }
        out
    }

    fn cell(&self, text: &str) -> Cell {
        if text.is_empty() {
            return Cell::Absent;
        }
        let cut = text.rsplit_once('…').and_then(|(head, left)| {
            let head = if head.is_empty() {
                Ok(String::new())
            } else {
                serde_json::from_str(head)
            };
            Some(Cell::Cut(head.ok()?, left.parse().ok()?))
        });
        if let Some(cut) = cut {
            return cut;
        }
        let text = text
            .strip_prefix("raw")
            .filter(|rest| rest.starts_with('"'))
            .unwrap_or(text);
        Cell::Whole(serde_json::from_str(text).unwrap_or_else(|_| Value::String(self.defined(text))))
    }
}

impl Reader {
    /// One row's cells by column; constants and the like filled in.
    fn row<'t>(
        &self,
        number: usize,
        columns: &[Column<'_>],
        parts: &[&'t str],
        above: &mut [&'t str],
    ) -> BTreeMap<String, Cell> {
        let mut row: BTreeMap<String, Cell> = BTreeMap::new();
        let mut parts = parts.iter();
        for ((name, rule), above) in columns.iter().zip(above) {
            let mut next = || {
                let part = *parts
                    .next()
                    .unwrap_or_else(|| panic!("row {number} has no {name}"));
                *above = if part == "^" { *above } else { part };
                *above
            };
            let cell = match rule {
                None => self.cell(next()),
                Some(rule) if rule.contains("${}") => {
                    let inner = next();
                    let inner = serde_json::from_str(inner)
                        .ok()
                        .filter(|_| inner.starts_with('"'))
                        .unwrap_or_else(|| inner.to_owned());
                    Cell::Whole(Value::String(rule.replace("${}", &inner)))
                }
                Some(rule) if rule.starts_with('(') => {
                    let (first, step) = rule[1..rule.len() - 1].split_once(" step ").unwrap();
                    let (first, step): (i64, i64) = (first.parse().unwrap(), step.parse().unwrap());
                    Cell::Whole(json!(first + step * i64::try_from(number - 1).unwrap()))
                }
                Some(rule) if rule.contains("${") => Cell::Whole(Value::String(filled(rule, &row))),
                Some(rule) => self.cell(rule),
            };
            row.insert((*name).to_owned(), cell);
        }
        assert!(
            parts.next().is_none_or(|part| part.is_empty()),
            "row {number} has too many cells"
        );
        row
    }
}

/// A template with the row's other columns put in.
fn filled(template: &str, row: &BTreeMap<String, Cell>) -> String {
    row.iter()
        .fold(template.to_owned(), |text, (name, cell)| match cell {
            Cell::Whole(Value::String(value)) => text.replace(&format!("${{{name}}}"), value),
            Cell::Whole(value) => text.replace(&format!("${{{name}}}"), &value.to_string()),
            _ => text,
        })
}

/// `rows 3-9 of a.b left out` in a marker.
fn gap_of(line: &str) -> Option<(usize, usize, Option<String>)> {
    let note = line
        .trim()
        .strip_prefix("[headroom: ")?
        .strip_suffix(" left out]")?;
    let (unit, rest) = note.split_once(' ')?;
    assert!(matches!(unit, "row" | "rows" | "key" | "keys"), "{line}");
    let (numbers, place) = match rest.split_once(" of ") {
        Some((numbers, place)) => (numbers, Some(place.to_owned())),
        None => (rest, None),
    };
    let (from, to) = numbers.split_once('-').unwrap_or((numbers, numbers));
    Some((from.parse().unwrap(), to.parse().unwrap(), place))
}

/// A column's name and what the head says of its cells.
type Column<'t> = (&'t str, Option<&'t str>);

/// Where the first table is: its line, rows in all, whether rows start with a key, columns.
fn head<'t>(lines: &[&'t str]) -> Option<(usize, usize, bool, Vec<Column<'t>>)> {
    lines.iter().enumerate().find_map(|(at, line)| {
        let heads = line.match_indices('[').map(|(start, _)| &line[start + 1..]);
        let (size, columns) = heads.filter_map(|head| head.split_once("] ")).find(|(size, _)| {
            let (count, unit) = size.split_once(' ').unwrap_or_default();
            count.parse::<usize>().is_ok() && matches!(unit, "rows" | "keys")
        })?;
        let (count, unit) = size.split_once(' ')?;
        let split = |column: &'t str| {
            column
                .split_once('=')
                .map_or((column, None), |(name, rule)| (name, Some(rule)))
        };
        let mut columns: Vec<Column<'t>> = cells(columns).into_iter().map(split).collect();
        let keyed = unit == "keys";
        if keyed {
            assert_eq!(columns.remove(0).0, "(key)", "{line}");
        }
        Some((at, count.parse().ok()?, keyed, columns))
    })
}

/// Reads the first table; `None` where there is none.
fn shown(outline: &str) -> Option<Shown> {
    let lines: Vec<&str> = outline.lines().collect();
    let definitions = lines
        .iter()
        .skip(1)
        .map_while(|line| line.strip_prefix("${")?.split_once("} = "))
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect();
    let reader = Reader { definitions };
    let (at, count, keyed, columns) = head(&lines)?;
    let mut table = Shown {
        count,
        ..Shown::default()
    };
    let mut above: Vec<&str> = vec![""; columns.len()];
    let mut number = 0;
    for line in &lines[at + 1..] {
        if number == table.count {
            break;
        }
        if let Some((from, to, place)) = gap_of(line) {
            assert_eq!(from, number + 1, "{line}");
            number = to;
            table.gaps.push((from, to, place));
            above.fill("");
            continue;
        }
        number += 1;
        let mut parts = cells(line);
        let key = keyed.then(|| parts.remove(0));
        let key = key.map(|key| serde_json::from_str(key).unwrap_or_else(|_| key.to_owned()));
        table
            .rows
            .insert(number, (key, reader.row(number, &columns, &parts, &mut above)));
    }
    assert_eq!(number, table.count, "rows and gaps do not add up:\n{outline}");
    Some(table)
}

/// Numbers of the rows that are shown; all of them where the outline is no table or nothing was done.
fn shown_rows(outline: &str, count: usize) -> BTreeSet<usize> {
    match shown(outline).filter(|_| outline.starts_with("[headroom: ")) {
        Some(table) => table.rows.keys().copied().collect(),
        None => (1..=count).collect(),
    }
}

/// A record as columns: dotted names down to scalars, arrays and empty objects.
fn flat(record: &Value, prefix: &str, out: &mut BTreeMap<String, Value>) {
    match record {
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                let name = if prefix.is_empty() {
                    key.clone()
                } else {
                    format!("{prefix}.{key}")
                };
                flat(value, &name, out);
            }
        }
        value => {
            out.insert(prefix.to_owned(), value.clone());
        }
    }
}

/// Every shown row is the source's row of that number, cell by cell.
fn assert_nothing_invented(table: &Shown, records: &[Value]) {
    assert_eq!(table.count, records.len());
    for (number, (_, row)) in &table.rows {
        let mut source = BTreeMap::new();
        flat(&records[number - 1], "", &mut source);
        for (name, cell) in row {
            match (cell, source.remove(name)) {
                (Cell::Absent, None) => {}
                (Cell::Whole(now), Some(was)) => assert_eq!(*now, was, "row {number}, {name}"),
                (Cell::Cut(head, left), Some(Value::String(was))) => {
                    assert!(was.starts_with(head), "row {number}, {name}");
                    assert_eq!(
                        was.chars().count(),
                        head.chars().count() + left,
                        "row {number}, {name}"
                    );
                }
                (cell, was) => panic!("row {number}, {name}: {cell:?} of {was:?}"),
            }
        }
        assert!(source.is_empty(), "row {number} lacks {source:?}");
    }
}

// Collections to crush.

/// Where the records stand.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Root,
    Nested,
    Map,
    OddKey,
    InString,
}

const PLACES: [Place; 5] = [
    Place::Root,
    Place::Nested,
    Place::Map,
    Place::OddKey,
    Place::InString,
];

impl Place {
    fn put(self, records: &[Value]) -> String {
        match self {
            Self::Root => json!(records),
            Self::Nested => json!({"data": {"items": records, "next": null}, "total": records.len()}),
            Self::Map => Value::Object(
                records
                    .iter()
                    .enumerate()
                    .map(|(at, record)| (format!("rec_{at:05}"), record.clone()))
                    .collect::<Map<_, _>>(),
            ),
            Self::OddKey => json!({"search results": {"by.page": records}, "ok": true}),
            Self::InString => json!({"content": serde_json::to_string(records).unwrap(), "isError": false}),
        }
        .to_string()
    }
}

/// Quiet records: nothing rare, nothing far out, nothing that tells of an error.
fn quiet(count: usize) -> Vec<Value> {
    (0..count)
        .map(|n| {
            json!({
                "id": format!("ord_{:05}", n * 7919 % 99_991),
                "state": (["open", "shipped", "billed"][n % 3]),
                "amount": 100 + n * 37 % 101,
                "customer": {"name": format!("customer {}", n * 31 % 17), "tier": (["a", "b"][n % 2])},
                "link": format!("https://shop.example.com/orders/{n}"),
                "note": format!("left at door {}", n * 13 % 7),
            })
        })
        .collect()
}

// Law 6.

/// A way to stand out: its name, the column (dotted) and the JSON that goes there.
type Signal = (&'static str, &'static str, &'static str);

/// Signals that count however many records have them.
const ERRORS: [Signal; 18] = [
    ("state failed", "state", "\"failed\""),
    ("state error", "state", "\"ERROR\""),
    ("level warn", "level", "\"warn\""),
    ("error text", "error", "\"card declined\""),
    ("error object", "error", "{\"code\":7}"),
    ("errors list", "errors", "[\"bad zip\"]"),
    ("success false", "success", "false"),
    ("ok false", "ok", "false"),
    ("failed true", "failed", "true"),
    ("failed count", "failed", "3"),
    ("exit code", "exit_code", "137"),
    ("http status", "http_status", "503"),
    ("http status as text", "status", "\"500\""),
    ("exception in text", "note", "\"NullPointerException at door 4\""),
    ("failed in text", "note", "\"Failed to reach the depot\""),
    ("timed out in text", "note", "\"the scan at door 4 timed out\""),
    ("nested error", "customer.tier", "\"error\""),
    ("nested error object", "customer.error", "{\"reason\":\"gone\"}"),
];

/// Looks like an error and is none.
const NO_ERRORS: [Signal; 14] = [
    ("error null", "error", "null"),
    ("error empty", "error", "\"\""),
    ("error false", "error", "false"),
    ("errors none", "errors", "[]"),
    ("errors 0", "errors", "0"),
    ("failed 0", "failed", "0"),
    ("failed false", "failed", "false"),
    ("success true", "success", "true"),
    ("exit code 0", "exit_code", "0"),
    ("http status 200", "http_status", "200"),
    ("0 errors", "note", "\"done with 0 errors\""),
    ("no failures", "note", "\"no failed steps\""),
    ("without errors", "note", "\"ended without Error\""),
    ("failed: 0", "note", "\"passed: 12, failed: 0\""),
];

/// Signals as long as they are rare.
const ODDITIES: [Signal; 4] = [
    ("rare value", "state", "\"quarantined\""),
    ("far out", "amount", "98000"),
    ("odd shape", "escalated_to", "\"desk 4\""),
    ("another kind", "amount", "\"n/a\""),
];

fn with(records: &mut [Value], (_, column, json): Signal, at: impl IntoIterator<Item = usize>) {
    for at in at {
        let (outer, key) = column.rsplit_once('.').unwrap_or(("", column));
        let record = if outer.is_empty() {
            &mut records[at]
        } else {
            &mut records[at][outer]
        };
        record[key] = serde_json::from_str(json).unwrap();
    }
}

#[test]
fn law_6_every_error_stays_however_many_there_are() {
    let mut lost = Vec::new();
    for signal in ERRORS {
        for place in [Place::Root, Place::Nested, Place::Map] {
            let mut records = quiet(96);
            let failing: Vec<usize> = (5..96).step_by(4).collect();
            with(&mut records, signal, failing.iter().copied());
            let text = place.put(&records);
            let rows = shown_rows(&crushed(&text, None, NEUTRAL), 96);
            let missing = failing.iter().filter(|at| !rows.contains(&(*at + 1))).count();
            if missing > 0 {
                lost.push(format!(
                    "{}, {place:?}: {missing} of {} rows",
                    signal.0,
                    failing.len()
                ));
            }
        }
    }
    assert!(lost.is_empty(), "left out:\n{}", lost.join("\n"));
}

/// Of twenty records two once were a tenth, and so no longer rare.
#[test]
fn a_pair_in_a_small_collection_is_rare() {
    for oddity in [ODDITIES[0], ODDITIES[2], ODDITIES[3]] {
        let mut records = quiet(20);
        with(&mut records, oddity, [7, 9]);
        let rows = shown_rows(&crushed(&Place::Root.put(&records), None, biased(0.1)), 20);
        assert!(rows.contains(&8) && rows.contains(&10), "{}: {rows:?}", oddity.0);
    }
}

#[test]
fn law_6_no_errors_are_no_reason_to_stay() {
    let mut kept = Vec::new();
    for signal in NO_ERRORS {
        let mut records = quiet(96);
        let calm: Vec<usize> = (5..96).step_by(4).collect();
        with(&mut records, signal, calm.iter().copied());
        let rows = shown_rows(&crushed(&Place::Root.put(&records), None, NEUTRAL), 96);
        if calm.iter().all(|at| rows.contains(&(at + 1))) {
            kept.push(signal.0);
        }
    }
    assert!(kept.is_empty(), "kept as errors: {kept:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// One to three records with a signal, anywhere in a collection of any size.
    #[test]
    fn law_6_signal_stays(
        count in prop_oneof![8 => 20..200_usize, 1 => 200..2000_usize],
        picks in proptest::collection::vec((any::<proptest::sample::Index>(), 0..ERRORS.len() + ODDITIES.len()), 1..3),
        place in proptest::sample::select(&PLACES[..]),
        bias in 0.1..2.0_f64,
    ) {
        let mut records = quiet(count);
        let mut expected = BTreeMap::new();
        for (index, signal) in picks {
            let at = index.index(count);
            let signal = ERRORS.iter().chain(&ODDITIES).nth(signal).unwrap();
            with(&mut records, *signal, [at]);
            expected.insert(at + 1, signal.0);
        }
        let text = place.put(&records);
        let outline = crushed(&text, None, biased(bias));
        let rows = shown_rows(&outline, count);
        for (number, signal) in expected {
            prop_assert!(rows.contains(&number), "row {number} of {count} with {signal} is left out:\n{outline}");
        }
    }

    /// Records the question names by an identifier stay, and the identifier can be read there.
    #[test]
    fn law_6_what_the_question_names_stays(
        count in prop_oneof![8 => 20..200_usize, 1 => 200..2000_usize],
        index in any::<proptest::sample::Index>(),
        place in proptest::sample::select(&PLACES[..]),
        by_link in any::<bool>(),
    ) {
        let records = quiet(count);
        let at = index.index(count);
        let name = records[at][if by_link { "link" } else { "id" }].as_str().unwrap();
        let question = format!("When was {name} sent, and by whom?");
        let outline = crushed(&place.put(&records), Some(&question), biased(0.3));
        prop_assert!(shown_rows(&outline, count).contains(&(at + 1)), "{name}:\n{outline}");
        let whole = !outline.contains("with parts left out");
        prop_assert!(whole || outline.contains(name), "{name} is not spelled out:\n{outline}");
    }

    // Law 7.

    /// Whatever is shown is the source's, under its own number.
    #[test]
    fn law_7_nothing_is_invented(
        records in generated_records(),
        place in proptest::sample::select(&PLACES[..]),
        question in proptest::sample::select(vec![None, Some("which rows are open?"), Some("what about ord_00007 and x1?")]),
        bias in 0.1..3.0_f64,
    ) {
        let outline = crushed(&place.put(&records), question, biased(bias));
        if let Some(table) = shown(&outline).filter(|_| outline.starts_with("[headroom: ")) {
            assert_nothing_invented(&table, &records);
        }
    }

    /// Keeping more never drops what was kept with less.
    #[test]
    fn more_bias_keeps_more(records in generated_records(), low in 0.05..3.0_f64, factor in 1.0..5.0_f64) {
        let text = Place::Root.put(&records);
        let few = shown_rows(&crushed(&text, None, biased(low)), records.len());
        let many = shown_rows(&crushed(&text, None, biased(low * factor)), records.len());
        // Where gaps would cost more than they save, all is shown whatever the bias.
        prop_assert!(few.is_subset(&many) || few.len() == records.len(), "{few:?} {many:?}");
    }

    #[test]
    fn a_larger_target_keeps_more(records in generated_records(), low in 0.02..1.0_f64, factor in 1.0..8.0_f64) {
        let target = |ratio: f64| Elision { target_ratio: Some(ratio.min(1.0)), bias: 1.0 };
        let text = Place::Root.put(&records);
        let few = shown_rows(&crushed(&text, None, target(low)), records.len());
        let many = shown_rows(&crushed(&text, None, target(low * factor)), records.len());
        prop_assert!(few.is_subset(&many) || few.len() == records.len(), "{few:?} {many:?}");
    }

    /// A gap note, taken at its word, gives back exactly the rows that are not shown.
    #[test]
    fn law_3_gaps_name_what_is_missing(
        count in 20..300_usize,
        place in proptest::sample::select(&PLACES[..]),
        bias in 0.1..2.0_f64,
    ) {
        let records = quiet(count);
        let text = place.put(&records);
        let outline = crushed(&text, None, biased(bias));
        let table = shown(&outline).unwrap();
        for (from, to, path) in &table.gaps {
            let rows = retrieved(&text, *from, *to, path.clone());
            prop_assert_eq!(rows.len(), to - from + 1);
            for (number, row) in rows {
                let record = if place == Place::Map {
                    serde_json::from_str::<Value>(&format!("{{{row}}}")).unwrap().as_object().unwrap().values().next().unwrap().clone()
                } else {
                    serde_json::from_str(&row).unwrap()
                };
                prop_assert_eq!(&record, &records[number - 1]);
                prop_assert!(!table.rows.contains_key(&number));
            }
        }
        prop_assert_eq!(table.rows.len() + table.gaps.iter().map(|(from, to, _)| to - from + 1).sum::<usize>(), count);
    }
}

/// Numbers and text of the rows a gap note names.
fn retrieved(text: &str, from: usize, to: usize, path: Option<String>) -> Vec<(usize, String)> {
    let entry = Entry {
        text: text.to_owned(),
        tool: None,
    };
    let selection = Selection {
        rows: Some(format!("{from}-{to}")),
        path,
        max_tokens: Some(1_000_000),
        ..Selection::default()
    };
    let page = ccr::retrieve(&entry, &selection).unwrap_or_else(|error| panic!("{selection:?}: {error}"));
    assert_eq!(page.next, None);
    let lines = page.text.lines().filter(|line| !line.starts_with("[headroom: "));
    lines
        .map(|line| {
            let (number, row) = line.split_once(": ").unwrap();
            (number.parse().unwrap(), row.to_owned())
        })
        .collect()
}

/// Records of one shape with all the rules a column can follow, optional keys and odd cells.
fn generated_records() -> impl Strategy<Value = Vec<Value>> {
    let cells = (any::<u16>(), 0..40_usize, any::<bool>());
    let kinds = proptest::collection::vec(0..9_u8, 2..7);
    (kinds, proptest::collection::vec(cells, 8..90)).prop_map(|(kinds, rows)| {
        const ODD: [&str; 12] = [
            "",
            "^",
            "a|b",
            "null",
            "12",
            "…3",
            "raw\"x\"",
            "[list]",
            " x",
            "${1}",
            "line\nbreak",
            "like x",
        ];
        let record = |(row, (seed, pick, present)): (usize, (u16, usize, bool))| {
            let mut record = Map::new();
            record.insert("id".to_owned(), json!(format!("ord_{:05}", row * 7919 % 99_991)));
            for (at, kind) in kinds.iter().enumerate() {
                let value = match kind {
                    0 => json!("the same in all"),
                    1 => json!(row * 5 + 2),
                    2 => json!(format!("https://api.example.com/v1/items/{row}/x{at}")),
                    3 => json!(ODD[pick % ODD.len()]),
                    4 => json!(seed),
                    5 if !present => continue,
                    5 => json!(["open", "closed", "a state that is rather long"][pick % 3]),
                    6 => json!({"deep": {"n": seed % 7, "s": ODD[pick % ODD.len()]}, "t": "x1"}),
                    7 => json!([seed % 3, "y"]),
                    _ => json!("Lorem ipsum dolor. ".repeat(usize::from(seed % 23))),
                };
                record.insert(format!("col{at}"), value);
            }
            Value::Object(record)
        };
        rows.into_iter().enumerate().map(record).collect()
    })
}

// What a question does.

#[test]
fn rows_whose_value_the_question_names_stay() {
    let mut records = quiet(120);
    let returned: Vec<usize> = (3..120).step_by(10).collect();
    for at in &returned {
        records[*at]["state"] = json!("returned");
    }
    let text = Place::Nested.put(&records);
    let rows = shown_rows(
        &crushed(&text, Some("Which orders were returned?"), biased(0.5)),
        120,
    );
    assert!(returned.iter().all(|at| rows.contains(&(at + 1))), "{rows:?}");
    assert!(rows.len() < 80, "{}", rows.len());
}

#[test]
fn all_rows_stay_when_the_question_names_them_all_and_long_texts_are_cut() {
    let mut records = quiet(40);
    for (at, record) in records.iter_mut().enumerate() {
        record["customer"]["name"] = json!("Ada Lovelace");
        record["body"] = json!(format!(
            "{at} {}",
            "A quiet day at the depot with little to tell. ".repeat(20)
        ));
    }
    records[17]["body"] = json!(format!(
        "{}LiftException: stuck at floor 4",
        "Long before. ".repeat(40)
    ));
    let text = Place::Nested.put(&records);
    let outline = crushed(&text, Some("What did Ada Lovelace order?"), NEUTRAL);
    let table = shown(&outline).unwrap();
    assert_eq!(table.rows.len(), 40, "{outline}");
    assert_nothing_invented(&table, &records);
    let cut = table
        .rows
        .values()
        .filter(|(_, row)| matches!(row["body"], Cell::Cut(..)))
        .count();
    assert_eq!(cut, 39, "{outline}");
    assert!(outline.contains("LiftException: stuck at floor 4"));
}

#[test]
fn a_change_of_level_stays() {
    let records: Vec<Value> = (0..120)
        .map(|n| json!({"t": 1_750_000_000 + n * 61 + n % 7, "p99": if n < 70 { 100 } else { 300 } + n * 37 % 11}))
        .collect();
    let rows = shown_rows(&crushed(&Place::Root.put(&records), None, biased(0.2)), 120);
    assert!(rows.iter().any(|row| (68..=74).contains(row)), "{rows:?}");
    assert!(rows.len() < 60, "{}", rows.len());
}

/// The record has nothing else to show: only its number makes it stay.
#[test]
fn a_number_far_out_stays() {
    let texts = |n: usize| {
        let column = |at: usize| {
            (
                format!("t{at}"),
                json!(format!(
                    "{:08x} of {at}",
                    (n * 8 + at) * 0x9E37_79B1 % 0xFFFF_FFFF
                )),
            )
        };
        (0..6).map(column).collect::<Map<_, _>>()
    };
    let mut records: Vec<Value> = (0..120)
        .map(|n| {
            let mut record = texts(n);
            record.insert("ms".to_owned(), json!(40 + n * 37 % 31));
            Value::Object(record)
        })
        .collect();
    records[77] = records[76].clone();
    records[77]["ms"] = json!(9_000);
    let rows = shown_rows(&crushed(&Place::Root.put(&records), None, biased(0.05)), 120);
    assert!(rows.contains(&78) && rows.len() < 20, "{rows:?}");
}

#[test]
fn opaque_strings_show_their_head_and_size() {
    let blob = |seed: usize| -> String {
        (0..700)
            .map(|n| {
                char::from(
                    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                        [(n * n * 31 + n * seed + seed) % 64],
                )
            })
            .collect()
    };
    let html = "<div class=\"x\"><p>Some <b>text</b></p><ul><li>one</li><li>two</li></ul></div>".repeat(9);
    let records: Vec<Value> = (0..6)
        .map(|n| json!({"name": format!("file {n}"), "data": if n == 2 { html.clone() } else { blob(n * 7 + 3) }}))
        .collect();
    let outline = crushed(&Place::Root.put(&records), None, NEUTRAL);
    let table = shown(&outline).unwrap();
    assert_nothing_invented(&table, &records);
    for (_, row) in table.rows.values() {
        let Cell::Cut(head, left) = &row["data"] else {
            panic!("not cut: {outline}")
        };
        assert!(head.chars().count() >= 16 && *left > 300, "{outline}");
    }
}

#[test]
fn a_cut_text_says_how_much_is_missing() {
    let long = format!("Grüße {}", "dXJzcHJ1bmc4NzY1NDMyMQ".repeat(40));
    let source = json!({"signature": long, "id": 7}).to_string();
    let outline = crushed(&source, None, NEUTRAL);
    let line = outline
        .lines()
        .find_map(|line| line.strip_prefix("signature: "))
        .unwrap();
    let (head, note) = line.split_once(" [headroom: ").unwrap();
    let head: String = serde_json::from_str(head).unwrap();
    let left: usize = note
        .strip_suffix(" more characters left out]")
        .unwrap()
        .parse()
        .unwrap();
    assert!(long.starts_with(&head) && head.len() > 60, "{line}");
    assert_eq!(head.chars().count() + left, long.chars().count());
}

#[test]
fn arrays_inside_kept_records_are_cut_in_place() {
    let parcel = |n: usize| {
        let mut scans = quiet(50 + n);
        for scan in &mut scans {
            scan["id"] = json!(format!("{}_{n}", scan["id"].as_str().unwrap()));
        }
        json!({"id": n, "title": format!("parcel {n}"), "scans": scans})
    };
    let text = json!({"parcels": [parcel(0), parcel(1), parcel(2)]}).to_string();
    let outline = crushed(&text, None, NEUTRAL);
    let marks = outline.match_indices("[headroom: ").skip(1);
    let note = |at: usize| Some(&outline[at..at + outline[at..].find(" left out]")? + " left out]".len()]);
    let gaps: Vec<_> = marks.filter_map(|(at, _)| gap_of(note(at)?)).collect();
    assert!(!gaps.is_empty(), "{outline}");
    for (from, to, path) in gaps {
        assert!(
            path.is_some(),
            "a gap in one of three arrays has to say in which: {outline}"
        );
        let rows = retrieved(&text, from, to, path);
        assert_eq!(rows.len(), to - from + 1);
        for (_, row) in rows {
            let row: Value = serde_json::from_str(&row).unwrap();
            assert!(!outline.contains(row["id"].as_str().unwrap()), "{row}");
        }
    }
}

#[test]
fn few_records_are_shown_whole() {
    let records = quiet(7);
    let outline = crushed(&Place::Nested.put(&records), None, biased(0.05));
    assert!(!outline.contains("left out"), "{outline}");
}

#[test]
fn a_text_that_says_parts_are_missing_has_gaps() {
    for place in PLACES {
        for count in [7, 8, 9, 12, 40] {
            for question in [
                None,
                Some("all the customer 3 orders that are open, shipped or billed"),
            ] {
                let outline = crushed(&place.put(&quiet(count)), question, NEUTRAL);
                let header = outline.lines().next().unwrap();
                let gaps = outline.matches(" left out]").count() + outline.matches('…').count();
                assert_eq!(
                    header.contains("parts left out"),
                    gaps > usize::from(header.contains('…')),
                    "{outline}"
                );
            }
        }
    }
}
