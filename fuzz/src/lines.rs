//! The compressors of lines: search hits, diffs, tables, lists of paths, histories.

use headroom::ccr;
use headroom::compress::diff::DiffCompressor;
use headroom::compress::history::{self, HistoryCompressor};
use headroom::compress::paths::{self, PathsCompressor};
use headroom::compress::search::{self, SearchCompressor};
use headroom::compress::sheet::{self, SheetCompressor};
use headroom::compress::{Compressed, Compressor, Elision, Input, Piece};
use headroom::message::ContentKind;
use headroom::relevance::Query;
use headroom::tokens::Encoding;

/// Law 3 for search output, and for whatever the decoder is given.
pub fn search_round_trip(data: &[u8]) {
    round_trip(data, &SearchCompressor, ContentKind::Search, |text| {
        search::decode(text).ok()
    });
}

/// Law 3 for lists of paths, and for whatever the decoder is given.
pub fn paths_round_trip(data: &[u8]) {
    round_trip(data, &PathsCompressor, ContentKind::Paths, |text| {
        paths::decode(text).ok()
    });
}

/// Law 3 for histories, and for whatever the decoder is given.
pub fn history_round_trip(data: &[u8]) {
    round_trip(data, &HistoryCompressor, ContentKind::History, |text| {
        history::decode(text).ok()
    });
}

/// Law 3 for tables, and for whatever the decoder is given.
pub fn sheet_round_trip(data: &[u8]) {
    round_trip(data, &SheetCompressor, ContentKind::Table, |text| {
        sheet::decode(text).ok()
    });
}

/// Laws 3, 5 and 7 for diffs: gaps and kept parts are the whole text, in order; only heads of hunks are new.
pub fn diff_pieces(data: &[u8]) {
    round_trip(data, &DiffCompressor, ContentKind::Diff, |_| None);
}

/// The first byte chooses the question, how much is wanted and what is read: the rest is compressed, or
/// decoded as it is.
fn round_trip(
    data: &[u8],
    compressor: &dyn Compressor,
    kind: ContentKind,
    decode: impl Fn(&str) -> Option<String>,
) {
    let Some((&choice, rest)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    if choice & 1 == 0 {
        decode(text);
        return;
    }
    let question = (choice & 2 != 0).then_some("where is order_1009 in src/main.rs late?");
    let ratio = (choice & 4 != 0).then(|| f64::from(choice >> 4) / 16.0);
    let elide = (choice & 8 != 0).then_some(Elision {
        target_ratio: ratio,
        bias: 1.0,
    });
    let query = Query::new(question, None);
    let input = Input {
        text,
        kind,
        query: &query,
        tool: None,
        encoding: Encoding::Estimate,
        elide,
    };
    let compressed = match compressor.compress(input) {
        Ok(Some(compressed)) => compressed,
        // Nothing to gain. Failing on text that is not of the kind is allowed, as it stays as it was.
        Ok(None) | Err(_) => return,
    };
    assert!(
        elide.is_some() || compressed.is_lossless(),
        "law 5: left out without a way back"
    );
    check(text, &compressed, decode);
}

fn check(text: &str, compressed: &Compressed, decode: impl Fn(&str) -> Option<String>) {
    let mut at = 0;
    for piece in &compressed.pieces {
        if let Piece::Keep(range) | Piece::Elide { range, .. } = piece {
            assert!(range.start >= at, "law 7: out of order");
            assert!(text.get(range.clone()).is_some(), "law 7: not in the text");
            at = range.end;
        }
        if let Piece::Elide { range, note, .. } = piece {
            let line = |at: usize| text[..at].matches('\n').count() + 1;
            let (first, last) = (line(range.start), line(range.end));
            let said = if first == last {
                format!("line {first}")
            } else {
                format!("lines {first}-{last}")
            };
            let other = format!("lines {first}-{last}");
            assert!(
                note.contains(&said) || note.contains(&other),
                "law 3: {note} is {said}"
            );
        }
    }
    // A text with marks of its own is never compressed, so it proves nothing.
    if let ([Piece::Text(small)], false) = (compressed.pieces.as_slice(), ccr::is_marked(text)) {
        assert_eq!(decode(small).as_deref(), Some(text), "law 3\n{small}");
    }
}
