//! The lossless form of JSON and its decoder.

use headroom::compress::json::{SmartCrusher, decode};
use headroom::compress::{Compressor, Input, Piece};
use headroom::json::Document;
use headroom::message::ContentKind;
use headroom::relevance::Query;
use headroom::tokens::Encoding;

use crate::{compact, document};

/// Law 3: what the compressor calls lossless is, down to every byte that is not whitespace between tokens.
pub fn outline_round_trip(data: &[u8]) {
    let Some(text) = document(data) else {
        return;
    };
    let input = Input {
        text: &text,
        kind: ContentKind::Json,
        query: &Query::default(),
        tool: None,
        encoding: Encoding::Estimate,
        elide: None,
    };
    let parsed = Document::parse(&text).is_ok();
    let compressed = match SmartCrusher.compress(input) {
        Err(_) => return assert!(!parsed, "failed on valid JSON"),
        Ok(None) => return,
        Ok(Some(compressed)) => compressed,
    };
    assert!(parsed, "compressed what is not JSON");
    let [Piece::Text(small)] = compressed.pieces.as_slice() else {
        panic!("the lossless form is not one text: {:?}", compressed.pieces);
    };
    if compressed.transforms == ["json-compact"] {
        assert_eq!(*small, compact(&text));
    } else {
        assert_eq!(decode(small).as_ref(), Ok(&compact(&text)), "\n{small}");
    }
}

/// Any text is decoded or refused, without a panic and without growing past all bounds (the run sets limits
/// to memory and time). What is decoded is JSON.
pub fn outline_decode(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(json) = decode(text) {
        assert!(
            Document::parse(&json).is_ok(),
            "decoded to something else than JSON:\n{json}"
        );
    }
}
