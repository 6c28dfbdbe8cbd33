//! `XmlCompressor`: golden files, and the laws on generated documents.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test xml` writes the golden files anew; read what changed.
#![expect(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a broken test shall stop, and its texts are small"
)]

mod golden;

use std::fmt::Write as _;

use golden::{ELIDE, check_by, compress, render};
use headroom::ccr::{Entry, Selection, retrieve};
use headroom::compress::xml::{XmlCompressor, decode, differ_in_layout_only};
use headroom::compress::{Compressed, Elision, Piece};
use headroom::message::ContentKind;
use headroom::pipeline;
use headroom::relevance::Query;
use proptest::prelude::*;

fn xml(text: &str, question: &str, elide: Option<Elision>) -> Option<Compressed> {
    let query = Query::new(Some(question), None);
    compress(&XmlCompressor, ContentKind::Xml, text, &query, elide)
}

fn shown(text: &str, question: &str) -> String {
    render(text, xml(text, question, ELIDE).as_ref())
}

#[test]
fn golden_files() {
    check_by("xml", &XmlCompressor, ContentKind::Xml, &|source, out| {
        let decoded = decode(out).unwrap();
        assert!(differ_in_layout_only(source, &decoded), "{decoded}");
        assert_eq!(pipeline::decode_text(out).unwrap(), decoded);
    });
}

#[test]
fn an_odd_record_at_the_end_of_a_table_takes_nothing_in() {
    let rows: String = (0..30)
        .map(|n| format!("<r number=\"{n}\" state=\"open\"/>"))
        .collect();
    let part = format!("<part>{rows}<r><deep><x>1</x></deep></r></part>");
    let text = format!("<a><b><c>{}<part/></c></b></a>", part.repeat(3));
    let out = render(&text, xml(&text, "", None).as_ref());
    assert_eq!(decode(&out).as_deref(), Ok(text.as_str()), "{out}");
}

#[test]
fn white_space_outside_the_root_is_layout() {
    let rows: String = (0..20)
        .map(|n| format!("<r><id>{n}</id><state>open</state></r>"))
        .collect();
    for (before, after) in [
        ("<?xml version=\"1.0\"?> <!-- a -->", ""),
        ("<?xml version=\"1.0\"?> <!DOCTYPE a [<!ENTITY b \"c\">]>\t", " "),
        (" <!-- a --> ", " <!-- b --> \n"),
    ] {
        let text = format!("{before}<a>{rows}</a>{after}");
        let out = render(&text, xml(&text, "", None).as_ref());
        assert!(out.contains("r: [20 rows] id|state=open\n"), "{out}");
        assert!(differ_in_layout_only(&text, &decode(&out).unwrap()), "{out}");
    }
}

/// A report of suites of test cases; `failing` is the number of the one that fails, three elements down.
fn report(suites: usize, cases: usize, failing: usize, open: &str) -> String {
    let mut out = String::from("<testsuites>\n");
    for suite in 0..suites {
        let _ = writeln!(out, "<testsuite name=\"s{suite}\">");
        for case in 0..cases {
            let number = suite * cases + case;
            let _ = write!(
                out,
                "<testcase classname=\"a.B\" name=\"t{number}\" time=\"0.1\">"
            );
            if number == failing {
                let _ = write!(out, "<detail><outcome>{open}</outcome></detail>");
            }
            out += "</testcase>\n";
        }
        out += "</testsuite>\n";
    }
    out + "</testsuites>"
}

#[test]
fn law_5_without_a_way_back_nothing_is_left_out() {
    let text = report(3, 40, 50, "<failure message=\"x\"/>");
    assert!(xml(&text, "", None).unwrap().is_lossless());
}

#[test]
fn law_6_failures_stay_at_any_depth() {
    for open in [
        "<failure message=\"left is 1\"/>",
        "<error>left is 1</error>",
        "<x:Fault><x:code>left is 1</x:code></x:Fault>",
        "<out>ValueError: left is 1</out>",
    ] {
        let text = report(20, 20, 237, open);
        let out = shown(&text, "");
        assert!(out.len() * 4 < text.len(), "{out}");
        assert!(out.contains("left is 1") && out.contains("t237"), "{out}");
    }
}

#[test]
fn law_6_what_the_question_names_stays() {
    let rows: String = (0..300)
        .map(|n| format!("<order id=\"ord_{}\"><state>open</state></order>", 1000 + n * 7))
        .collect();
    let text = format!("<orders>{rows}</orders>");
    let out = shown(&text, "what about ord_1770?");
    assert!(out.contains("ord_1770") && !out.contains("ord_1763"), "{out}");
}

#[test]
fn an_address_every_element_has_asks_for_none_of_them() {
    let rows: String = (0..300)
        .map(|n| format!("<url><loc>https://shop.example/p/{n}</loc><n>{}</n></url>", n % 7))
        .collect();
    let text = format!("<urlset>{rows}</urlset>");
    let query = Query::new(None, Some("{\"url\":\"https://shop.example/sitemap.xml\"}"));
    let out = render(
        &text,
        compress(&XmlCompressor, ContentKind::Xml, &text, &query, ELIDE).as_ref(),
    );
    assert!(out.len() * 8 < text.len(), "{out}");
}

#[test]
fn what_is_not_well_formed_stays_as_it_is() {
    for text in [
        "<a><b></a></b>".to_owned(),
        "<a>".repeat(100_000),
        format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000)),
        "<a b=\"".to_owned() + &"x".repeat(100_000),
        "<!DOCTYPE a [".to_owned() + &"<!ENTITY b \"c\">".repeat(10_000),
        "<a><!-- ".to_owned() + &"- ".repeat(100_000),
        "<?".repeat(50_000),
        "<a/>".repeat(50_000),
    ] {
        assert_eq!(xml(&text, "", ELIDE), None);
    }
}

#[test]
fn entities_are_never_replaced() {
    let bomb: String = (1..20)
        .map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10)))
        .collect();
    let rows: String = (0..20)
        .map(|n| format!("<r><a>&e19;</a><b>&lt;{n}</b></r>\n"))
        .collect();
    let text = format!("<!DOCTYPE a [<!ENTITY e0 \"x\">{bomb}]><a>{rows}</a>");
    let out = render(&text, xml(&text, "", None).as_ref());
    assert!(out.len() < text.len() && out.contains("&e19;"), "{out}");
}

#[test]
fn foreign_outlines_are_refused_at_bounded_cost() {
    let header = "[headroom: XML as an outline, lossless but for white space between tags]\n";
    for body in [
        "a: [1000000000 rows] b\n1\n".to_owned(),
        format!("a: [2 rows] b={}|c\n1\n", "x".repeat(100)),
        "a: [1 rows] b\n x\n".to_owned() + &" x: [1 rows] b\n".repeat(100_000),
        " too deep\n".to_owned(),
        "a b=\n".to_owned(),
        "<a>\n".to_owned(),
        "<a/> x\n".to_owned(),
        "a: [1 rows] b=${c}|d\n1\n".to_owned(),
        "a: [1 rows] b/c@d\n1\n".to_owned(),
        "a: [1 rows] b|\n\"\n".to_owned(),
        "a\n".to_owned(),
        (0..10_000).map(|depth| " ".repeat(depth) + "a\n").collect(),
    ] {
        assert!(decode(&format!("{header}{body}")).is_err(), "{body:.80}");
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "item", "x:c", "error"]).prop_map(str::to_owned),
        1 => "[a-z_][a-z0-9.-]{0,4}",
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9]{0,6}",
        1 => prop::sample::select(vec![
            "/", "", " ", "\"", "|", "…", "x…", "${b}", "[3 rows] a", "a: b", "&amp;&#10;", " /", "-", ":", "#2", "\\",
            "https://www.example.com/a/b/", "https://www.example.com/a/c", "1\n2", "\r\n", "\t",
        ]).prop_map(str::to_owned),
        1 => "[ -;=-~é]{0,10}",
    ]
}

fn attributes() -> impl Strategy<Value = String> {
    prop::collection::vec((name(), value(), any::<bool>()), 0..3).prop_map(|all| {
        all.iter()
            .map(|(name, value, single)| {
                let quote = if *single { '\'' } else { '"' };
                format!(" {name}={quote}{}{quote}", value.replace(quote, ""))
            })
            .collect()
    })
}

/// An element with whatever may stand in it; `between` is what lays it out.
fn element() -> impl Strategy<Value = String> {
    let leaf =
        (name(), attributes(), value(), 0..6_u8).prop_map(|(name, attributes, text, form)| match form {
            0 => format!("<{name}{attributes}/>"),
            1 => format!("<{name}{attributes}></{name} >"),
            2 => format!("<{name}{attributes}><![CDATA[{text}<&]]></{name}>"),
            3 => "<!-- - -->".to_owned(),
            _ => format!("<{name}{attributes}>{text}</{name}>"),
        });
    leaf.prop_recursive(4, 60, 8, |inner| {
        let between = prop::sample::select(vec!["", "\n", "\n  ", " ", "text"]);
        (
            name(),
            attributes(),
            prop::collection::vec(inner, 1..8),
            between,
            1..5_usize,
        )
            .prop_map(|(name, attributes, inside, between, times)| {
                let inside = inside.join(between);
                // Records repeat.
                let one = format!("<{name}{attributes}>{between}{inside}{between}</{name}>");
                vec![one; times].join(if between == "text" { "" } else { between })
            })
    })
}

fn document() -> impl Strategy<Value = String> {
    let outside = prop::sample::select(vec!["\n", "", " ", "\t\n", " <!-- a --> "]);
    (
        prop::collection::vec(element(), 1..6),
        any::<bool>(),
        outside.clone(),
        outside,
    )
        .prop_map(|(inside, pretty, before, after)| {
            let between = if pretty { "\n" } else { "" };
            format!(
                "<?xml version=\"1.0\"?>{before}<doc>{between}{}{between}</doc>{after}",
                inside.join(between)
            )
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn law_3_lossless_is_proven(text in document()) {
        prop_assume!(!text.contains("[headroom: "));
        if let Some(compressed) = xml(&text, "", None) {
            prop_assert!(compressed.is_lossless(), "law 5");
            let out = render(&text, Some(&compressed));
            prop_assert!(out.len() < text.len(), "law 8");
            let decoded = decode(&out);
            prop_assert!(decoded.as_ref().is_ok_and(|decoded| differ_in_layout_only(&text, decoded)), "{}\n{:?}", out, decoded);
        }
    }

    /// Gaps are in order and say what gives them back, byte for byte.
    #[test]
    fn law_3_loss_is_declared(text in document(), pretty in any::<bool>()) {
        let between = if pretty { "\n " } else { "" };
        let rows: Vec<String> = (0..40).map(|n| format!("<r><n>{}</n><m>é</m></r>", n % 3)).collect();
        let text = text.replace("<doc>", &format!("<doc>{}", rows.join(between)));
        let Some(compressed) = xml(&text, "", ELIDE) else { return Ok(()) };
        let entry = Entry { text: text.clone(), tool: None };
        let mut at = 0;
        for piece in &compressed.pieces {
            let Piece::Elide { range, note, .. } = piece else { continue };
            prop_assert!(range.start >= at, "law 7");
            at = range.end;
            let lines = note.rsplit(' ').next().unwrap().to_owned();
            let selection = Selection { lines: Some(lines), max_tokens: Some(1 << 30), ..Selection::default() };
            let page = retrieve(&entry, &selection).unwrap();
            let back: Vec<&str> = page.text.lines().filter(|line| !line.starts_with("[headroom: ")).collect();
            prop_assert_eq!(back.join("\n"), text[range.clone()].lines().collect::<Vec<_>>().join("\n"), "{}", note);
        }
    }

    #[test]
    fn decoding_never_panics(body in "[ a-c:@=\"'|/<>\\[\\]0-9 rows#${}…\n.]{0,80}") {
        let header = "[headroom: XML as an outline, lossless but for white space between tags]\n";
        let _ = decode(&format!("{header}{body}"));
    }
}
