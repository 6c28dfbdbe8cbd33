//! From units that stay to pieces: what names them stays with them, the rest is noted as lines.
//!
//! A note is written as `headroom_retrieve` reads `lines`.

use std::ops::Range;

use super::layout::Layout;
use crate::compress::places::Places;
use crate::compress::{Mark, Piece};

/// A gap of fewer bytes costs more tokens as a note than as text.
const MIN_GAP: usize = 56;

/// The pieces of a text of which the units marked `kept` stay.
pub(super) fn write(text: &str, layout: &Layout, kept: &[bool]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut places = Places::new(text);
    let mut at = 0;
    for shown in shown(text, layout, kept) {
        gap(text, at..shown.start, layout, &mut places, &mut pieces);
        keep(shown.clone(), &mut pieces);
        at = shown.end;
    }
    gap(text, at..text.len(), layout, &mut places, &mut pieces);
    pieces
}

/// What is shown, ascending: headings, units that stay, and what names them.
fn shown(text: &str, layout: &Layout, kept: &[bool]) -> Vec<Range<usize>> {
    let mut shown = layout.headings.clone();
    for (unit, _) in layout.units.iter().zip(kept).filter(|(_, kept)| **kept) {
        let group = &layout.groups[unit.group];
        shown.extend(group.passage.map(|passage| layout.passages[passage].clone()));
        shown.push(group.head.clone());
        shown.push(unit.range.clone());
    }
    shown.retain(|range| !range.is_empty());
    shown.sort_unstable_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(shown.len());
    for range in shown {
        match merged.last_mut() {
            Some(last) if text[last.end.min(range.start)..range.start].trim().is_empty() => {
                last.end = last.end.max(range.end);
            }
            _ => merged.push(range),
        }
    }
    merged
}

fn keep(range: Range<usize>, pieces: &mut Vec<Piece>) {
    if let Some(Piece::Keep(last)) = pieces.last_mut()
        && last.end == range.start
    {
        last.end = range.end;
    } else if !range.is_empty() {
        pieces.push(Piece::Keep(range));
    }
}

/// What stands between two parts that are shown. The line break after the one and the space before the
/// other stay, so that a note stands between them as a line or as a word of its own.
fn gap(text: &str, between: Range<usize>, layout: &Layout, places: &mut Places<'_>, pieces: &mut Vec<Piece>) {
    let part = &text[between.clone()];
    let trimmed = part.trim();
    if trimmed.len() < MIN_GAP {
        return keep(between, pieces);
    }
    let lead = &part[..part.len() - part.trim_start().len()];
    let tail = &part[part.trim_end().len()..];
    let start = between.start
        + if between.start == 0 {
            0
        } else {
            lead.find('\n').map_or(lead.len(), |line| line + 1)
        };
    let end = match tail.rfind('\n') {
        Some(line) if between.end < text.len() => between.end - tail.len() + line,
        _ => between.end - tail.len(),
    };
    keep(between.start..start, pieces);
    pieces.push(Piece::Elide {
        range: start..end,
        note: places.note(start..end) + &code(text, start..end, layout),
        mark: Mark::Whole,
    });
    keep(end..between.end, pieces);
}

/// What fenced code is in a gap: how many lines of it, in which languages.
fn code(text: &str, gap: Range<usize>, layout: &Layout) -> String {
    let first = layout.code.partition_point(|code| code.start < gap.start);
    let blocks = layout.code[first..].iter().take_while(|code| code.end <= gap.end);
    let (mut lines, mut languages) = (0, Vec::new());
    for block in blocks {
        let block = &text[block.clone()];
        lines += block.matches('\n').count().saturating_sub(1);
        let fence = block.lines().next().unwrap_or_default().trim();
        let language = fence.trim_start_matches(['`', '~']).trim();
        let is_plain = language
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+#-".contains(&byte));
        if is_plain && !language.is_empty() && !languages.contains(&language) {
            languages.push(language);
        }
    }
    let plural = if lines == 1 { "" } else { "s" };
    match (lines, languages.as_slice()) {
        (0, _) => String::new(),
        (_, []) => format!(", {lines} line{plural} of code among them,"),
        (_, languages) => format!(
            ", {lines} line{plural} of {} among them,",
            languages.join(" and ")
        ),
    }
}
