//! What prose leaves out, and what it says about that.

use headroom::ccr::{Entry, Selection, retrieve};
use headroom::compress::prose::ProseCompressor;
use headroom::compress::{Compressor, Elision, Input, Piece};
use headroom::message::ContentKind;
use headroom::relevance::{Query, Scorer};
use headroom::tokens::Encoding;

/// Laws 3 and 7: every byte is shown verbatim or stands in a gap, and reading a gap back gives it exactly.
/// Law 6: what holds an anchor of the question is shown. The first byte is the wanted size, then the
/// question up to a NUL, then the text.
pub fn prose(data: &[u8]) {
    let Some((&size, rest)) = data.split_first() else {
        return;
    };
    let Ok(rest) = std::str::from_utf8(rest) else {
        return;
    };
    let Some((question, text)) = rest.split_once('\0') else {
        return;
    };
    let query = Query::new(Some(question), None);
    let input = Input {
        text,
        kind: ContentKind::Prose,
        query: &query,
        tool: None,
        encoding: Encoding::Estimate,
        elide: Some(Elision {
            target_ratio: (size > 0).then(|| f64::from(size) / 255.0),
            bias: 1.0,
        }),
    };
    let Some(compressed) = ProseCompressor.compress(input).expect("prose never fails") else {
        return;
    };
    let entry = Entry {
        text: text.to_owned(),
        tool: None,
    };
    let (mut at, mut shown) = (0, String::new());
    for piece in &compressed.pieces {
        let (Piece::Keep(range) | Piece::Elide { range, .. }) = piece else {
            panic!("prose has no other spelling: {piece:?}");
        };
        assert_eq!(range.start, at, "a hole or an overlap");
        at = range.end;
        match piece {
            Piece::Elide { note, .. } => {
                shown.push('\n');
                read_back(&entry, note, &text[range.clone()]);
            }
            _ => shown.push_str(&text[range.clone()]),
        }
    }
    assert!(text[at..].trim().is_empty(), "the end is lost");
    let all = Scorer::new(&query);
    // An anchor that stands everywhere tells nothing apart and may go.
    if query.anchors.len() == 1
        && text
            .to_lowercase()
            .matches(&query.anchors[0].to_lowercase())
            .count()
            == 1
    {
        assert_eq!(
            all.contains_anchor(text),
            all.contains_anchor(&shown),
            "an anchor is gone:\n{shown}"
        );
    }
}

fn read_back(entry: &Entry, note: &str, missing: &str) {
    let (_, lines) = note.split_once(' ').expect("a unit and numbers");
    let selection = Selection {
        lines: Some(lines.to_owned()),
        max_tokens: Some(usize::MAX / 64),
        ..Selection::default()
    };
    let page = retrieve(entry, &selection).expect("a note is a selection");
    if missing.contains("[headroom: ") {
        return;
    }
    let back: Vec<&str> = page
        .text
        .split('\n')
        .filter(|line| !line.starts_with("[headroom: "))
        .collect();
    assert_eq!(back.join("\n").trim_end(), missing.trim_end(), "{note}");
}
