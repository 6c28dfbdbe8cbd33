//! Texts of several kinds, and JSON lines.

use headroom::ccr::{self, Entry, Selection};
use headroom::compress::{Compressed, Elision, Input, Piece};
use headroom::detect::detect;
use headroom::json;
use headroom::message::ContentKind;
use headroom::pipeline::decode_text;
use headroom::relevance::Query;
use headroom::route;
use headroom::tokens::Encoding;

use crate::shape;

/// Laws 3, 5 and 7 for texts made of JSON and other lines, and for whatever the decoder is given.
///
/// The first byte chooses; the rest is parts between zero bytes: text as it is, and every other one the seed
/// of a document.
pub fn mixed_round_trip(data: &[u8]) {
    let Some((&choice, rest)) = data.split_first() else {
        return;
    };
    if choice & 1 == 0 {
        if let Ok(text) = std::str::from_utf8(rest) {
            let _ = decode_text(text);
        }
        return;
    }
    let mut text = String::new();
    for (at, part) in rest.split(|byte| *byte == 0).enumerate() {
        if at % 2 == 1 {
            text.push_str(&shape::json(part));
        } else if let Ok(part) = std::str::from_utf8(part) {
            text.push_str(part);
        }
    }
    let kind = detect(&text, None);
    let name = match kind {
        ContentKind::JsonLines => "smart-crusher",
        _ => "mixed",
    };
    let question = (choice & 2 != 0).then_some("where is order_1009 in src/main.rs late?");
    let elide = (choice & 4 != 0).then_some(Elision {
        target_ratio: (choice & 8 != 0).then(|| f64::from(choice >> 4) / 16.0),
        bias: 1.0,
    });
    let query = Query::new(question, None);
    let input = Input {
        tool: None,
        text: &text,
        kind,
        query: &query,
        encoding: Encoding::Estimate,
        elide,
    };
    let compressor = route::compressor(name).expect("it is built in");
    if let Ok(Some(compressed)) = compressor.compress(input) {
        assert!(
            elide.is_some() || compressed.is_lossless(),
            "law 5: left out without a way back"
        );
        check(&text, &compressed);
    }
}

fn check(text: &str, compressed: &Compressed) {
    let (mut at, mut out) = (0, String::new());
    for piece in &compressed.pieces {
        match piece {
            Piece::Keep(range) => out.push_str(&text[range.clone()]),
            Piece::Text(text) => out.push_str(text),
            Piece::Elide { note, .. } => asked_for(text, note),
        }
        if let Piece::Keep(range) | Piece::Elide { range, .. } = piece {
            assert!(range.start >= at, "law 7: out of order");
            assert!(text.get(range.clone()).is_some(), "law 7: not in the text");
            at = range.end;
        }
    }
    // A text with marks of its own is never compressed, so it proves nothing.
    if compressed.is_lossless() && !ccr::is_marked(text) {
        let decoded = decode_text(&out).or_else(|error| {
            // Where only whitespace went, nothing is there to decode.
            if ccr::is_marked(&out) {
                Err(error)
            } else {
                Ok(out.clone())
            }
        });
        assert_eq!(
            decoded.map(|text| packed(&text)),
            Ok(packed(text)),
            "law 3\n{out}"
        );
    }
}

/// Law 3: the lines a note names, and the rows of a part it names, can be asked for.
fn asked_for(text: &str, note: &str) {
    let entry = Entry {
        text: text.to_owned(),
        tool: None,
    };
    let mut selection = Selection::default();
    let after = |word: &str| Some(note.split_once(word)?.1.trim_end_matches(')').to_owned());
    if let Some(lines) = after("(lines ").or_else(|| note.strip_prefix("lines ").map(str::to_owned)) {
        selection.lines = Some(lines);
    } else if let (Some(line), false) = (after(" in $"), note.contains(" of ")) {
        selection.path = Some(format!("${line}"));
    } else {
        return;
    }
    let answer = ccr::retrieve(&entry, &selection);
    assert!(answer.is_ok(), "law 3: {note}: {answer:?}");
}

/// A text without whitespace.
fn packed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    json::compact_into(text, &mut out);
    out.retain(|char| !char.is_ascii_whitespace());
    out
}
