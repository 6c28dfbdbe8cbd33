//! From blocks to pieces: text, and notes in the places of what is not shown.

use std::ops::Range;

use super::blocks::{Block, Kind, Unseen};
use crate::compress::places::{Places, widened};
use crate::compress::{Mark, Piece};

/// The pieces of a page that starts at `start`; what stands before it stays.
pub(super) fn write(
    source: &str,
    start: usize,
    blocks: &[Block],
    shown: &[bool],
    unseen: &Unseen,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if !source[..start].trim().is_empty() {
        pieces.push(Piece::Keep(0..start));
    }
    let first = blocks.first().map_or(source.len(), |block| block.range.start);
    pieces.push(Piece::Elide {
        range: start..widened(source, first..first).start.max(start),
        note: header(&source[start..], unseen),
        mark: Mark::Whole,
    });
    let mut places = Places::new(source);
    let (mut at, mut text, mut last) = (0, String::from("\n"), Kind::Line);
    while at < blocks.len() {
        let block = &blocks[at];
        if shown[at] {
            let apart =
                [block.kind, last].contains(&Kind::Apart) || (block.kind == Kind::Row) != (last == Kind::Row);
            text.push_str(if apart && !text.ends_with("\n\n") {
                "\n"
            } else {
                ""
            });
            text.push_str(&block.text);
            text.push('\n');
            last = block.kind;
            at += 1;
            continue;
        }
        let end = (at..blocks.len())
            .find(|next| shown[*next])
            .unwrap_or(blocks.len());
        let gap = &blocks[at..end];
        let range = widened(source, block.range.start..gap[gap.len() - 1].range.end);
        pieces.push(Piece::Text(std::mem::take(&mut text)));
        pieces.push(Piece::Elide {
            note: note(gap, &range, &mut places),
            range,
            mark: Mark::Whole,
        });
        text.push('\n');
        at = end;
    }
    pieces.push(Piece::Text(text));
    pieces
}

/// Says what the text is and what it is without.
fn header(source: &str, unseen: &Unseen) -> String {
    let counts = [
        (unseen.scripts, "script"),
        (unseen.styles, "style sheet"),
        (unseen.drawings, "drawing"),
    ];
    let mut parts = vec!["markup".to_owned()];
    for (count, name) in counts.into_iter().filter(|(count, _)| *count > 0) {
        parts.push(format!("{count} {name}{}", if count > 1 { "s" } else { "" }));
    }
    let lines = memchr::memchr_iter(b'\n', source.trim_end().as_bytes()).count() + 1;
    let size = if lines > 1 {
        format!("{lines} lines")
    } else {
        format!("{} characters", source.chars().count())
    };
    format!("HTML of {size} as text; {}", parts.join(", "))
}

/// What is left out together, how many links that is, and where it stands.
fn note(gap: &[Block], range: &Range<usize>, places: &mut Places<'_>) -> String {
    let mut names: Vec<String> = Vec::new();
    for block in gap {
        let name = match block.region {
            Some(region) => region.as_str().to_owned(),
            None if block.kind != Kind::Data => "text".to_owned(),
            None => format!("data ({})", block.text.split(": ").next().unwrap_or_default()),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match gap.iter().map(|block| block.links).sum() {
        0 => {}
        1 => names.push("1 link".to_owned()),
        many => names.push(format!("{many} links")),
    }
    format!("{}, {}", names.join(", "), places.around(range.clone()))
}
