//! What prose leaves out, and what it says about that.

use std::ops::Range;

use headroom::ccr::{Entry, Selection, retrieve};
use headroom::compress::prose::{Kompress, ProseCompressor, WordScorer};
use headroom::compress::{Compressor, Elision, Input, Mark, Piece};
use headroom::message::ContentKind;
use headroom::relevance::{Query, Scorer};
use headroom::tokens::Encoding;

/// Laws 3 and 7: every byte is shown verbatim or stands in a gap, and reading a gap back gives it exactly.
/// Law 6: what holds an anchor of the question is shown. The first byte is the wanted size, then the
/// question up to a NUL, then the text.
pub fn prose(data: &[u8]) {
    check(data, &ProseCompressor);
}

/// The same with a model that says anything, of words as well: the second byte is what. What goes at word level is
/// words in small letters, and nothing else.
pub fn kompress(data: &[u8]) {
    let Some((&size, rest)) = data.split_first() else {
        return;
    };
    let Some((&seed, rest)) = rest.split_first() else {
        return;
    };
    let kompress = Kompress {
        scorer: &Anything(seed),
        word_level: true,
    };
    check(&[&[size], rest].concat(), &kompress);
}

/// Scores by a seed.
struct Anything(u8);

impl WordScorer for Anything {
    fn score(&self, text: &str, words: &[Range<usize>], ends: &[usize]) -> Option<Vec<f32>> {
        assert!(ends.is_sorted() && words.windows(2).all(|pair| pair[0].end <= pair[1].start));
        let score = |word: &Range<usize>| {
            let mixed = text[word.clone()].len() * usize::from(self.0) + word.start;
            (mixed % 256) as f32 / 255.0
        };
        (self.0 > 0).then(|| words.iter().map(score).collect())
    }
}

fn check(data: &[u8], compressor: &dyn Compressor) {
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
    let Some(compressed) = compressor.compress(input).expect("prose never fails") else {
        return;
    };
    let entry = Entry {
        text: text.to_owned(),
        tool: None,
    };
    let (mut at, mut shown) = (0, String::new());
    for (number, piece) in compressed.pieces.iter().enumerate() {
        if let (0, Piece::Text(head)) = (number, piece) {
            assert!(head.starts_with("[headroom: each … in line"), "{head}");
            continue;
        }
        let (Piece::Keep(range) | Piece::Elide { range, .. }) = piece else {
            panic!("prose has no other spelling: {piece:?}");
        };
        assert_eq!(range.start, at, "a hole or an overlap");
        at = range.end;
        match piece {
            Piece::Elide {
                mark: Mark::Inline, ..
            } => {
                let words = &text[range.clone()];
                assert!(
                    words.chars().all(|sign| sign == ' ' || sign.is_lowercase()),
                    "{words}"
                );
                shown.push('…');
            }
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
