//! Configuration with repeated lines folded and parts left out, and folds of whatever spelling.

use headroom::ccr;
use headroom::compress::Piece;
use headroom::compress::config::{self, ConfigCompressor};
use headroom::message::ContentKind;

use crate::markup::run;

/// Laws 3, 5, 7 and 8 for configuration, and for whatever the decoder is given. The first byte chooses the
/// question, how much is wanted and what is read: the rest is compressed, or decoded as it is.
pub fn config(data: &[u8]) {
    if let Some((choice, rest)) = data.split_first()
        && choice & 1 == 0
    {
        if let Ok(text) = std::str::from_utf8(rest) {
            let _ = config::decode(text);
        }
        return;
    }
    let Some((text, compressed, elide)) = run(data, &ConfigCompressor, ContentKind::Config) else {
        return;
    };
    assert!(
        elide || compressed.is_lossless(),
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
