//! What of the parts that are no content stays all the same.
//!
//! What the question or the tool's arguments name stays wherever it stands: identifiers, names, what answers
//! about as well as the best of the page, and words of the question that the content does not have. So do
//! failures, and the few words of a footer that are no links.

use std::collections::HashSet;

use super::blocks::{Block, Kind};
use super::region::Region;
use crate::compress::records::CLOSE;
use crate::relevance::{Query, Reader, Scorer};
use crate::signal;

/// Blocks that match by score, or by a word of their own, at most.
const MOST: usize = 24;
/// Data for programs are searched up to this many bytes.
const MOST_DATA: usize = 1 << 20;

/// Words that are in every address, and so say nothing when they stand in an argument.
const ADDRESSES: &str = "http https www com org net html htm php";

/// One flag a block: true for what is shown.
pub(super) fn shown(blocks: &[Block], query: &Query) -> Vec<bool> {
    let content = |block: &Block| block.region.is_none() && block.kind != Kind::Data;
    let closed = |block: &Block| block.region == Some(Region::Fallback);
    let mut shown: Vec<bool> = blocks.iter().map(content).collect();
    let is_bare = !shown.contains(&true);
    if is_bare {
        // A shell that scripts fill: its data are its content.
        return vec![true; blocks.len()];
    }
    let scorer = Scorer::new(query);
    let texts = || {
        blocks
            .iter()
            .map(|block| &block.text[..block.text.floor_char_boundary(MOST_DATA)])
    };
    let anchored = scorer.anchored(texts());
    let matches = scorer.bm25(texts());
    let best = matches.iter().copied().fold(0.0, f64::max);
    let mut close: Vec<usize> = Vec::new();
    for (at, block) in blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| !content(block) && !closed(block))
    {
        let fails = block.linked == 0
            && block.kind != Kind::Data
            && block.text.lines().any(|line| signal::of_line(line).is_failure());
        shown[at] = anchored[at] || fails || is_imprint(block) || scorer.names(words(&block.text));
        if !shown[at] && best > 0.0 && matches[at] >= CLOSE * best {
            close.push(at);
        }
    }
    close.sort_by(|a, b| matches[*b].total_cmp(&matches[*a]).then(a.cmp(b)));
    for at in close.into_iter().take(MOST) {
        shown[at] = true;
    }
    add_missing(blocks, query, &mut shown);
    shown
}

/// Shows what holds words of the question that stand nowhere in what is shown.
fn add_missing(blocks: &[Block], query: &Query, shown: &mut [bool]) {
    let reader = Reader::default();
    let mut missing: HashSet<u64> = Reader::terms(query).into_iter().map(|(term, _)| term).collect();
    reader.words(ADDRESSES, |word| {
        missing.remove(&word.term);
    });
    for (block, _) in blocks.iter().zip(shown.iter()).filter(|(_, shown)| **shown) {
        if missing.is_empty() {
            return;
        }
        reader.words(&block.text, |word| {
            missing.remove(&word.term);
        });
    }
    let mut room = MOST;
    for (block, shown) in blocks.iter().zip(shown).filter(|(_, shown)| !**shown) {
        let text = &block.text[..block.text.floor_char_boundary(MOST_DATA)];
        let mut has = false;
        if room > 0 && block.kind != Kind::Data && block.region != Some(Region::Fallback) {
            reader.words(text, |word| has |= missing.contains(&word.term));
        }
        *shown = has;
        room -= usize::from(has);
    }
}

/// True for a short line of a footer that is no link: who, when, which version, how to reach them.
fn is_imprint(block: &Block) -> bool {
    const SHORT: usize = 120;
    block.region == Some(Region::Footer)
        && block.links == 0
        && block.text.len() <= SHORT
        && !block.text.starts_with(['#', '['])
}

/// A block without its signs and addresses.
fn words(text: &str) -> &str {
    let text = text.trim_start_matches(['-', ' ', '[', '#']);
    text.split("](").next().unwrap_or_default()
}
