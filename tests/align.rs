//! CacheAligner: what it reports, what it must not report, and that it stays linear and harmless.

use std::borrow::Cow;

use headroom::align::{Finding, MAX_FINDINGS, MAX_SAMPLE, Volatile, inspect};
use headroom::format::Format;
use headroom::json::Document;
use headroom::message::{FixedText, Step, render_path};
use proptest::prelude::*;

fn find(text: &str) -> Vec<Finding> {
    inspect(&[FixedText {
        path: vec![Step::Key("system".to_owned())],
        text: Cow::Borrowed(text),
    }])
}

/// `kind token` per finding, the token cut out of the text by its offset.
fn tokens(text: &str) -> Vec<(Volatile, String)> {
    find(text)
        .into_iter()
        .map(|finding| (finding.kind, finding.sample))
        .collect()
}

fn one(kind: Volatile, text: &str, token: &str) {
    assert_eq!(tokens(text), [(kind, token.to_owned())], "in {text:?}");
    assert_eq!(
        find(text)[0].offset,
        text.find(token).unwrap_or(usize::MAX),
        "in {text:?}"
    );
}

fn none(text: &str) {
    assert_eq!(tokens(text), [], "in {text:?}");
}

#[test]
fn uuids_are_found() {
    let uuid = "550e8400-e29b-41d4-a716-446655440000";
    for text in [
        "{}",
        "session_{}",
        "req-{}.",
        "\"{}\"",
        "urn:uuid:{}",
        "{}-suffix",
        "会话{}结束",
        "x={}&y",
    ] {
        one(Volatile::Uuid, &text.replace("{}", uuid), uuid);
    }
    one(
        Volatile::Uuid,
        "ID 550E8400-E29B-41D4-A716-446655440000",
        "550E8400-E29B-41D4-A716-446655440000",
    );
}

#[test]
fn what_is_no_uuid_is_not_found() {
    none("550e8400-e29b-41d4-a716-44665544000");
    none("550e8400-e29b-41d4-a716-4466554400000");
    none("x550e8400-e29b-41d4-a716-446655440000");
    none("550e8400-e29b-41d4-a716-44665544000g");
    none("550e8400-e29b41d4-a716-4466-55440000");
    none("00000000-0000-0000-0000-000000000000");
    none("ffffffff-ffff-ffff-ffff-ffffffffffff");
    none("xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx");
}

#[test]
fn dates_and_times_are_found_once_and_whole() {
    for date in [
        "2024-05-15",
        "2024-02-29",
        "2024-05-15T15:00:00Z",
        "2024-05-15T15:00Z",
        "2024-05-15T15:00:00.123456+02:00",
        "2024-05-15T15:00:00,5-0330",
        "2024-05-15T15:00:00+02",
        "2024-05-15t15:00:00z",
        "2024-05-15 15:00:00",
        "2024-05-15 15:00",
        "20240515T150000Z",
        "20240515T1500",
    ] {
        for text in [
            "{}",
            "Today is {}.",
            "now={},",
            "今天是{}，",
            "({})",
            "\"{}\"",
            "logs/{}/a",
        ] {
            one(Volatile::Iso8601, &text.replace("{}", date), date);
        }
    }
    // A time that is none leaves the date.
    one(Volatile::Iso8601, "2024-05-15 25:00 is odd", "2024-05-15");
    one(Volatile::Iso8601, "On 2024-05-15 we met", "2024-05-15");
    one(
        Volatile::Iso8601,
        "run-2024-05-15T15:00:00Z",
        "2024-05-15T15:00:00Z",
    );
}

#[test]
fn what_is_no_fresh_date_is_not_found() {
    for text in [
        "2024-13-01",
        "2024-00-10",
        "2024-05-32",
        "2023-02-29",
        "2024-04-31",
        "2024-05",
        "2024",
        "1969-07-20",
        "20240515",
        "12024-05-15",
        "2024-05-155",
        "2024-05-15x",
        "2024/05/15",
        "gpt-4o-2024-08-06",
        "2024-05-01-preview",
        "claude-3-5-sonnet-20241022",
        "15:00:00",
        "v1.2024-05-15",
    ] {
        none(text);
    }
}

#[test]
fn epoch_stamps_are_found() {
    for (text, token) in [
        ("ts=1715778123", "1715778123"),
        ("1715778123", "1715778123"),
        ("at 1715778123456.", "1715778123456"),
        ("t:1715778123.250 s", "1715778123.250"),
        ("ts_1715778123", "1715778123"),
        ("session-1715778123", "1715778123"),
    ] {
        one(Volatile::Epoch, text, token);
    }
    one(Volatile::Epoch, "[1715778123, 1]", "1715778123");
}

#[test]
fn other_numbers_are_no_epoch_stamps() {
    for text in [
        "4155551234",
        "2125551234",
        "+1715778123",
        "+44 1632960961",
        "(0)1632960961",
        "$1715778123",
        "1,715,778,123",
        "1000000000",
        "1500000000",
        "1700000000000",
        "171577812",
        "17157781234",
        "17157781234567",
        "1715778123ms",
        "9781234567897",
        "0.1715778123",
        "1715778123,50",
        "[1715778123,1]",
        "1715778123-12",
        "12-1715778123",
        "#1715778123",
        "10.4.1715778123",
    ] {
        none(text);
    }
}

#[test]
fn web_tokens_are_found_and_hardly_shown() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLWJ5dGVzLWhlcmU";
    let encrypted = format!("{jwt}.c2lnbmF0dXJl.dGFnLWJ5dGVz");
    for token in [jwt, &encrypted] {
        let found = find(&format!("Authorization: Bearer {token}, please"));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].kind, found[0].offset), (Volatile::Jwt, 22));
        assert_eq!(found[0].sample, "eyJhbGciOiJ…");
    }
    none("eyJhbGciOiJIUzI1NiJ9");
    none("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9");
    none("eyJhbGciOiJIUzI1NiJ9.e30.c2ln");
    none("eyJ.index.documents.something");
    none("keyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLWJ5dGVzLWhlcmU");
}

#[test]
fn hex_hashes_are_found() {
    let md5 = "9e107d9d372bb6826bd81d3542a419d6";
    let sha256 = "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592";
    one(Volatile::HexHash, &format!("etag {md5}."), md5);
    one(
        Volatile::HexHash,
        &format!("md5:{}", md5.to_uppercase()),
        &md5.to_uppercase(),
    );
    one(Volatile::HexHash, &format!("at 0x{md5}"), &format!("0x{md5}"));
    let found = find(&format!("sha256-{sha256}"));
    assert_eq!((found[0].kind, found[0].offset), (Volatile::HexHash, 7));
    assert_eq!(found[0].sample, format!("{}…", &sha256[..MAX_SAMPLE - 1]));
    none(&md5[..31]);
    none("deadbeefdeadbeefdeadbeefdeadbeef");
    none("12345678901234567890123456789012");
    none(&format!("{md5}xyz"));
    none("#ff8800 #1a2b3c4d rgba(12, 34, 56)");
}

#[test]
fn everyday_numbers_and_names_are_left_alone() {
    none(
        "Use version 1.24.2024 or v20.11.1 of Node, TLS 1.3, HTTP/2, model claude-sonnet-4-5-20250929. Since 1999, \
         call 555-867-5309 or +1 (212) 555-0100; prices are $1,299.00, EUR 1715.77 and 1999. Colours: #fff, \
         #c0ffee. Port 8787, 250 tokens, 2^31 = 2147483648, ISBN 978-3-16-148410-0, RFC 8259, 127.0.0.1:8787, \
         RGBA 0xdeadbeef, 4 of 10, step 3/5, year 2024, week 2024-W20, 1/2/2024.",
    );
}

#[test]
fn findings_do_not_overlap_and_come_in_order() {
    let text = "id 550e8400-e29b-41d4-a716-446655440000 at 2024-05-15T15:00:00Z (1715778123) \
                9e107d9d372bb6826bd81d3542a419d6";
    let kinds: Vec<&str> = find(text).iter().map(|finding| finding.kind.as_str()).collect();
    assert_eq!(kinds, ["uuid", "iso8601", "epoch", "hex_hash"]);
}

#[test]
fn findings_are_capped_per_text() {
    let many = "2024-05-15 ".repeat(1000);
    let texts = [many.as_str(), many.as_str()].map(|text| FixedText {
        path: Vec::new(),
        text: Cow::Borrowed(text),
    });
    assert_eq!(inspect(&texts).len(), 2 * MAX_FINDINGS);
}

#[test]
fn a_request_is_inspected_in_system_and_tools_alone() {
    let request = r#"{"tools":[{"name":"a","description":"fine"},{"name":"b","description":"As of:\n2024-05-15"}],
        "system":[{"type":"text","text":"ok"},{"type":"text","text":"Now: 2024-05-15 15:00:00"}],
        "messages":[{"role":"user","content":"It is 2024-05-16"},
        {"role":"system","content":"Reminder of 2024-05-17"}]}"#;
    let document = Document::parse(request).unwrap();
    let format = Format::sniff(&document).unwrap();
    let found: Vec<String> = inspect(&format.fixed_texts(&document))
        .iter()
        .map(|finding| {
            format!(
                "{} +{} {}",
                render_path(&finding.path),
                finding.offset,
                finding.sample
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "tools[1] +35 2024-05-15",
            "system[1].text +5 2024-05-15 15:00:00",
            "messages[1].content +12 2024-05-17",
        ]
    );
}

#[test]
fn hostile_texts_take_linear_time() {
    // Quadratic searching would take hours here.
    for part in [
        "eyJ-",
        "eyJ_eyJhbGciOiJIUzI1.",
        "eyJaaaaaaaaaaaaaaaaa.bbbbbbbb-",
        "a",
        "1",
        "0x",
        "2024-",
        "-",
        "1.1",
    ] {
        let text = part.repeat(4_000_000 / part.len());
        assert!(find(&text).len() <= MAX_FINDINGS);
    }
}

proptest! {
    #[test]
    fn any_text_is_inspected_without_panic_and_within_bounds(text in "(eyJ|[0-9a-f]{4,40}|[-T:. _é日Z+]|2024-05-1){0,40}") {
        let mut end = 0;
        for finding in find(&text) {
            prop_assert!(finding.sample.chars().count() <= MAX_SAMPLE);
            prop_assert!(finding.offset >= end, "overlap in {text:?}");
            let shown = finding.sample.trim_end_matches('…');
            prop_assert!(text[finding.offset..].starts_with(shown));
            end = finding.offset + shown.len();
        }
    }
}
