//! Long lines cut inside: their ends stay, and what stands around words of failure and names asked for.

use std::ops::Range;

use crate::relevance::Scorer;
use crate::signal::{self, Signal};

/// Lines longer than this are cut, in bytes.
pub(super) const LONGEST: usize = 1000;
/// Bytes kept at the start and at the end of a cut line.
const HEAD: usize = 400;
const FOOT: usize = 160;
/// Size of the windows looked at in between, in bytes.
const WINDOW: usize = 240;
/// Most windows kept.
const MOST: usize = 6;

/// The parts of a line longer than [`LONGEST`] that stay, in order.
pub(super) fn parts(line: &str, scorer: &Scorer) -> Vec<Range<usize>> {
    let mut at = line.floor_char_boundary(HEAD);
    let foot = line.ceil_char_boundary(line.len() - FOOT);
    let mut parts = Vec::with_capacity(MOST + 2);
    parts.push(0..at);
    let mut left = MOST;
    while at < foot && left > 0 {
        let end = line.floor_char_boundary((at + WINDOW).min(foot)).max(at + 1);
        let end = line.ceil_char_boundary(end);
        let window = &line[at..end];
        if signal::of_line(window) >= Signal::Error && tells(window) || scorer.contains_anchor(window) {
            left -= 1;
            match parts.last_mut() {
                Some(last) if last.end == at => last.end = end,
                _ => parts.push(at..end),
            }
        }
        at = end;
    }
    match parts.last_mut() {
        Some(last) if last.end == foot => last.end = line.len(),
        _ => parts.push(foot..line.len()),
    }
    parts
}

/// Names of tests and files are full of words of failure; a message has spaces.
fn tells(window: &str) -> bool {
    const WORDS: usize = 12;
    window.split(' ').count() >= WORDS
}
