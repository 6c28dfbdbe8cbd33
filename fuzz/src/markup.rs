//! Pages and documents of XML, and outlines of whatever spelling.

use headroom::ccr::{self, Entry, Selection, retrieve};
use headroom::compress::html::HtmlCompressor;
use headroom::compress::xml::{self, XmlCompressor};
use headroom::compress::{Compressed, Compressor, Elision, Input, Piece};
use headroom::message::ContentKind;
use headroom::relevance::Query;
use headroom::tokens::Encoding;

/// Laws 3 and 7 for pages: gaps are in order, and each says what gives it back.
pub fn html(data: &[u8]) {
    let Some((text, compressed, _)) = run(data, &HtmlCompressor, ContentKind::Html) else {
        return;
    };
    assert!(!compressed.is_lossless(), "a page as text is not all of it");
    gaps(text, &compressed, 1);
}

/// Law 3 for XML, and for whatever the decoder is given. The first byte says which.
pub fn xml(data: &[u8]) {
    if let (Some(1), Some(Ok(text))) = (data.first(), data.get(1..).map(std::str::from_utf8)) {
        let _ = xml::decode(text);
        return;
    }
    let Some((text, compressed, elide)) = run(data, &XmlCompressor, ContentKind::Xml) else {
        return;
    };
    assert!(
        elide || compressed.is_lossless(),
        "law 5: left out without a way back"
    );
    if let ([Piece::Text(small)], false) = (compressed.pieces.as_slice(), ccr::is_marked(text)) {
        let back = xml::decode(small).expect("law 3: an outline is decodable");
        assert!(xml::differ_in_layout_only(text, &back), "law 3\n{small}\n{back}");
    }
    gaps(text, &compressed, 0);
}

/// The first byte chooses the question, how much is wanted and whether parts may go.
pub(crate) fn run<'d>(
    data: &'d [u8],
    compressor: &dyn Compressor,
    kind: ContentKind,
) -> Option<(&'d str, Compressed, bool)> {
    let (&choice, rest) = data.split_first()?;
    let text = std::str::from_utf8(rest).ok()?;
    let question = (choice & 2 != 0).then_some("where is order_1009 in src/main.rs late?");
    let elide = (choice & 4 != 0).then(|| Elision {
        target_ratio: (choice & 8 != 0).then(|| f64::from(choice >> 4) / 16.0),
        bias: 1.0,
    });
    let query = Query::new(question, None);
    let input = Input {
        tool: None,
        text,
        kind,
        query: &query,
        encoding: Encoding::Estimate,
        elide,
    };
    let compressed = compressor
        .compress(input)
        .expect("these compressors never fail")?;
    Some((text, compressed, elide.is_some()))
}

/// Holds what gaps say against what is given back; the first `free` of them say no place.
fn gaps(text: &str, compressed: &Compressed, free: usize) {
    let entry = Entry {
        text: text.to_owned(),
        tool: None,
    };
    let (mut at, mut seen) = (0, 0);
    for piece in &compressed.pieces {
        if let Piece::Keep(range) | Piece::Elide { range, .. } = piece {
            assert!(range.start >= at, "law 7: out of order");
            assert!(text.get(range.clone()).is_some(), "law 7: not in the text");
            at = range.end;
        }
        let Piece::Elide { range, note, .. } = piece else {
            continue;
        };
        seen += 1;
        if seen <= free || ccr::is_marked(text) {
            continue;
        }
        let selection = Selection {
            lines: note.rsplit(' ').next().map(str::to_owned),
            max_tokens: Some(usize::MAX / 64),
            ..Selection::default()
        };
        let page = retrieve(&entry, &selection).expect("a note is a selection");
        let back: Vec<&str> = page
            .text
            .split('\n')
            .filter(|line| !line.starts_with("[headroom: "))
            .collect();
        assert!(
            back.join("\n").contains(text[range.clone()].trim()),
            "law 3: {note}"
        );
    }
}
