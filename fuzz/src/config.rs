//! Configuration with repeated lines folded and parts left out, and folds of whatever spelling.

use headroom::ccr;
use headroom::compress::config::{self, ConfigCompressor};
use headroom::compress::{Compressor, Elision, Input, Piece};
use headroom::message::ContentKind;
use headroom::relevance::Query;
use headroom::tokens::Encoding;

/// Laws 3, 5, 7 and 8 for configuration, and for whatever the decoder is given. The first byte chooses the
/// question, how much is wanted and what is read: the rest is compressed, or decoded as it is.
pub fn config(data: &[u8]) {
    let Some((&choice, rest)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    if choice & 1 == 0 {
        let _ = config::decode(text);
        return;
    }
    let question = (choice & 2 != 0).then_some("where is order_1009 in src/main.rs late?");
    let elide = (choice & 4 != 0).then(|| Elision {
        target_ratio: (choice & 8 != 0).then(|| f64::from(choice >> 4) / 16.0),
        bias: 1.0,
    });
    let query = Query::new(question, None);
    let input = Input {
        tool: None,
        text,
        kind: ContentKind::Config,
        query: &query,
        encoding: Encoding::Estimate,
        elide,
    };
    let Some(compressed) = ConfigCompressor
        .compress(input)
        .expect("configuration never fails")
    else {
        return;
    };
    assert!(
        elide.is_some() || compressed.is_lossless(),
        "law 5: left out without a way back"
    );
    if ccr::is_marked(text) {
        return;
    }
    if let [Piece::Text(small)] = compressed.pieces.as_slice() {
        assert_eq!(config::decode(small).as_deref(), Ok(text), "law 3\n{small}");
    }
    let (mut at, mut size) = (0, 0);
    for piece in &compressed.pieces {
        match piece {
            Piece::Keep(range) => {
                assert!(
                    range.start >= at && text.get(range.clone()).is_some(),
                    "law 7: out of order"
                );
                at = range.end;
                size += range.len();
            }
            Piece::Elide { range, note, .. } => {
                assert!(
                    range.start >= at && text.get(range.clone()).is_some(),
                    "law 7: out of order"
                );
                at = range.end;
                size += note.len();
            }
            Piece::Text(shown) => {
                size += shown.len();
                lines_of(text, shown);
            }
        }
    }
    assert!(size < text.len(), "law 8: {size} of {}", text.len());
}

/// Law 7: what is shown are lines of the source, or parts of them at a gap, some with a reference behind.
fn lines_of(text: &str, shown: &str) {
    for line in shown.split('\n').filter(|line| !line.starts_with("[headroom: ")) {
        let bare = line.rsplit_once(" [= ").map_or(line, |(bare, _)| bare);
        assert!(text.contains(line) || text.contains(bare), "law 7: {line:?}");
    }
}
