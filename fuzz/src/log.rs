//! What logs leave out, how they are folded, and the decoder.

use headroom::compress::log::{LogCompressor, decode};
use headroom::compress::{Compressor, Elision, Input, Mark, Piece};
use headroom::message::ContentKind;
use headroom::relevance::Query;
use headroom::tokens::Encoding;

/// Law 3: the lossless form decodes to the text. Laws 3 and 7: with parts left out, every byte is shown
/// verbatim or stands in a gap, and a gap's note names exactly the lines of its bytes. The first byte is the
/// wanted size, then the question up to a NUL, then the text.
pub fn log_round_trip(data: &[u8]) {
    let Some((&size, rest)) = data.split_first() else {
        return;
    };
    let Some((question, text)) = std::str::from_utf8(rest)
        .ok()
        .and_then(|rest| rest.split_once('\0'))
    else {
        return;
    };
    let query = Query::new(Some(question), None);
    let run = |elide| {
        let input = Input {
            text,
            kind: ContentKind::Log,
            query: &query,
            tool: None,
            encoding: Encoding::Estimate,
            elide,
        };
        LogCompressor.compress(input).expect("a log never fails")
    };
    let elision = Elision {
        target_ratio: (size > 0).then(|| f64::from(size) / 255.0),
        bias: 1.0,
    };
    for compressed in [run(None), run(Some(elision))].into_iter().flatten() {
        if let [Piece::Text(folded)] = compressed.pieces.as_slice() {
            assert_eq!(decode(folded).as_deref(), Ok(text), "\n{folded}");
        } else {
            covers(text, &compressed.pieces);
        }
    }
}

/// Every byte once and in order, gaps named by their lines.
fn covers(text: &str, pieces: &[Piece]) {
    let mut at = 0;
    for piece in pieces {
        let range = match piece {
            Piece::Text(said) => {
                assert!(
                    at == 0 && said.starts_with("[headroom: "),
                    "words of its own: {said}"
                );
                continue;
            }
            Piece::Keep(range) => range,
            Piece::Elide { range, note, mark } => {
                let left = &text[range.clone()];
                let number = |at: usize| text[..at].matches('\n').count() + 1;
                let wanted = match (*mark == Mark::Inline, number(range.start), number(range.end)) {
                    (true, ..) => left.chars().count().to_string(),
                    (false, first, last) if first == last => format!("line {first}"),
                    (false, first, last) => format!("lines {first}-{last}"),
                };
                // Failures that witnesses stand for are counted behind the place.
                let place = note.split(" (").next();
                assert_eq!(place, Some(wanted.as_str()), "{note}");
                range
            }
        };
        assert_eq!(range.start, at, "a hole or an overlap");
        at = range.end;
    }
    assert_eq!(at, text.len(), "the end is lost");
}

/// The decoder takes any text and ends.
pub fn log_decode(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = decode(text);
    }
}
