//! Test reports and the like: XML in which elements hold what programs printed, as `system-out` does.
//!
//! The document is for one compressor, what was printed for others, so this stands where the table is. Lines in notes
//! are those of the whole document.

use std::ops::Range;

use super::note::{self, Origin};
use super::{compressor, size};
use crate::ccr;
use crate::compress::xml::{self, XmlCompressor};
use crate::compress::{CompressError, Compressed, Compressor, Input, Piece};
use crate::detect::detect;
use crate::message::ContentKind;

/// Less than this share of what the document alone becomes is worth it.
const WORTH: f64 = 0.85;

/// The compressor for XML, whatever it holds.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::route) struct ReportCompressor;

impl Compressor for ReportCompressor {
    fn name(&self) -> &'static str {
        XmlCompressor.name()
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let plain = XmlCompressor.compress(input)?;
        let whole = plain.as_ref().map_or(input.text.len(), size);
        let opened = opened(input).filter(|opened| (size(opened) as f64) < WORTH * whole as f64);
        Ok(opened.or(plain))
    }
}

/// The outline with logs in it made smaller; `None` where there are none.
fn opened(input: Input<'_>) -> Option<Compressed> {
    let mut pieces = Vec::new();
    let (mut at, mut line) = (0, 0);
    let mut transforms = vec!["xml-outline", "xml-elide"];
    for piece in xml::with_long_texts(input)? {
        let Piece::Keep(range) = piece else {
            pieces.push(piece);
            continue;
        };
        let within = inner(&input.text[range.clone()]);
        let within = range.start + within.start..range.start + within.end;
        let Some(log) = log(input, within.clone()) else {
            pieces.push(Piece::Keep(range));
            continue;
        };
        pieces.push(Piece::Keep(range.start..within.start));
        line += note::lines(&input.text[at..within.start]);
        at = within.start;
        let origin = Origin::at(input.text, at, line);
        pieces.extend(log.pieces.into_iter().map(|piece| origin.piece(piece, at)));
        pieces.push(Piece::Keep(within.end..range.end));
        for transform in log.transforms {
            if !transforms.contains(&transform) {
                transforms.push(transform);
            }
        }
    }
    let compressed = Compressed { pieces, transforms };
    (!compressed.is_lossless()).then_some(compressed)
}

/// What stands between the tags of an element, without the marks of `CDATA`.
fn inner(element: &str) -> Range<usize> {
    const OPEN: &str = "<![CDATA[";
    const CLOSE: &str = "]]>";
    let start = element.find('>').map_or(0, |at| at + 1);
    let end = element.rfind("</").filter(|end| *end >= start);
    let end = end.unwrap_or(element.len());
    let part = &element[start..end];
    let data = part
        .trim()
        .strip_prefix(OPEN)
        .and_then(|data| data.strip_suffix(CLOSE));
    match data {
        Some(data) => {
            let start = start + part.find(OPEN).unwrap_or_default() + OPEN.len();
            start..start + data.len()
        }
        None => start..end,
    }
}

/// What the compressor of logs makes of a part, if it is a log. Lines spelled anew would not say where they end.
fn log(input: Input<'_>, range: Range<usize>) -> Option<Compressed> {
    let part = Input {
        text: &input.text[range],
        ..input
    };
    if detect(part.text, part.tool) != ContentKind::Log {
        return None;
    }
    let part = Input {
        kind: ContentKind::Log,
        ..part
    };
    let log = compressor(ContentKind::Log)?.compress(part).ok()??;
    let is_anew = |piece: &Piece| matches!(piece, Piece::Text(text) if ccr::is_marked(text));
    (!log.pieces.iter().any(is_anew)).then_some(log)
}
