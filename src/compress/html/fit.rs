//! A page at a wanted size: which blocks of its text stay.
//!
//! Only where a size is asked for: what a page says is content, and what is worth leaving out of it depends on
//! what for. Headings stay, as they say what stood under them, and so does what holds an identifier of the
//! question or tells of a failure. Of the rest the blocks that answer best stay, strictly by rank, so that a
//! larger size never shows less; without an answer the page is shown from its start.

use super::blocks::{Block, Kind};
use crate::relevance::{Query, Scorer};
use crate::signal;

/// Share of the score of the block before, and of the block after: an answer often stands next to the words of
/// its question.
const BESIDE: (f64, f64) = (0.2, 0.15);
/// A gap of fewer bytes costs more as a note than as text.
const MIN_GAP: usize = 56;

/// Takes flags from blocks until what is shown has about `wanted` bytes.
pub(super) fn fit(blocks: &[Block], query: &Query, wanted: f64, shown: &mut [bool]) {
    let size = |at: usize| blocks[at].text.len() + 1;
    let whole: usize = (0..blocks.len()).filter(|&at| shown[at]).map(size).sum();
    if whole as f64 <= wanted {
        return;
    }
    let scorer = Scorer::new(query);
    let texts = || blocks.iter().map(|block| block.text.as_str());
    let (anchored, own) = (scorer.anchored(texts()), scorer.bm25(texts()));
    let of = |at: Option<usize>| at.and_then(|at| own.get(at)).copied().unwrap_or(0.0);
    let score = |at: usize| own[at] + BESIDE.0 * of(at.checked_sub(1)) + BESIDE.1 * of(Some(at + 1));
    let stays = |at: &usize| {
        let block = &blocks[*at];
        let is_heading = block.kind == Kind::Apart && block.text.starts_with('#');
        let is_choice = block.region.is_none() && block.kind != Kind::Data;
        let fails = || block.text.lines().any(|line| signal::of_line(line).is_failure());
        !is_choice || is_heading || anchored[*at] || fails()
    };
    let (musts, mut ranked): (Vec<usize>, Vec<usize>) =
        (0..blocks.len()).filter(|&at| shown[at]).partition(stays);
    ranked.sort_by(|&a, &b| score(b).total_cmp(&score(a)).then(a.cmp(&b)));
    let mut kept = vec![false; blocks.len()];
    let mut used = 0;
    for at in musts {
        kept[at] = true;
        used += size(at);
    }
    for (rank, at) in ranked.into_iter().enumerate() {
        if rank > 0 && (used + size(at) / 2) as f64 > wanted {
            break;
        }
        kept[at] = true;
        used += size(at);
    }
    add_heads(blocks, &mut kept);
    fill_gaps(blocks, shown, &mut kept);
    shown.copy_from_slice(&kept);
}

/// Shows the head of every table of which a row is shown.
fn add_heads(blocks: &[Block], kept: &mut [bool]) {
    let mut from = 0;
    for run in blocks.chunk_by(|one, next| (one.kind == Kind::Row) == (next.kind == Kind::Row)) {
        let rows = from..from + run.len();
        from = rows.end;
        if run[0].kind != Kind::Row || !kept[rows.clone()].contains(&true) {
            continue;
        }
        kept[rows.start] = true;
        if run.get(1).is_some_and(|rule| rule.text.starts_with("|---|")) {
            kept[rows.start + 1] = true;
        }
    }
}

/// Shows what would be left out in gaps too small for a note.
fn fill_gaps(blocks: &[Block], shown: &[bool], kept: &mut [bool]) {
    let mut at = 0;
    while at < blocks.len() {
        let end = (at..blocks.len())
            .find(|&next| kept[next])
            .unwrap_or(blocks.len());
        let gap = at..end;
        let bytes: usize = gap.clone().map(|at| blocks[at].text.len() + 1).sum();
        if bytes < MIN_GAP {
            kept[gap.clone()].copy_from_slice(&shown[gap]);
        }
        at = end + 1;
    }
}
