//! Which units stay: what must, then the best until the budget or the knee.
//!
//! What stays under a small budget stays under a larger one: units are taken strictly in order of rank, and
//! the first that does not fit ends it.

use std::collections::HashMap;

use super::layout::Layout;
use super::score::{Scores, Sketch};
use crate::compress::Elision;
use crate::relevance::Scorer;

/// One flag a unit.
pub(super) fn select(
    text: &str,
    layout: &Layout,
    scores: &Scores,
    scorer: &Scorer,
    elision: Elision,
) -> Vec<bool> {
    let part = |at: usize| &text[layout.units[at].range.clone()];
    let count = layout.units.len();
    let mut kept = scorer.anchored((0..count).map(part));
    let mut ranked: Vec<usize> = (0..count).collect();
    ranked.sort_by(|&a, &b| scores.scores[b].total_cmp(&scores.scores[a]).then(a.cmp(&b)));
    let mut seen = Seen::default();
    let limit = Limit::of(text, &scores.scores, elision);
    let (mut size, mut taken) = (0, 0);
    for at in (0..count).filter(|&at| kept[at]) {
        size += part(at).len();
        seen.add(at, &scores.sketches[at]);
    }
    for at in ranked {
        if kept[at] || scores.scores[at] <= 0.0 || seen.has(at, &scores.sketches) {
            continue;
        }
        if taken > 0 && !limit.allows(size + part(at).len(), taken + 1) {
            break;
        }
        kept[at] = true;
        seen.add(at, &scores.sketches[at]);
        size += part(at).len();
        taken += 1;
    }
    kept
}

/// Where to stop.
enum Limit {
    /// Bytes in all.
    Bytes(usize),
    /// Units beside those that must stay.
    Units(usize),
}

impl Limit {
    fn of(text: &str, scores: &[f64], elision: Elision) -> Self {
        match elision.target_ratio {
            Some(ratio) => Self::Bytes((text.len() as f64 * ratio * elision.bias) as usize),
            None => Self::Units((knee(scores) as f64 * elision.bias).ceil() as usize),
        }
    }

    fn allows(&self, bytes: usize, units: usize) -> bool {
        match self {
            Self::Bytes(most) => bytes <= *most,
            Self::Units(most) => units <= *most,
        }
    }
}

/// How many units pay. Summed up in order of rank, scores make a flattening curve, and its knee, where it is
/// furthest above the line between its ends (Satopää et al., "Finding a Kneedle in a Haystack", 2011), is
/// where scores fall below their mean.
fn knee(scores: &[f64]) -> usize {
    let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
    scores.iter().filter(|score| **score > mean).count()
}

/// The sketches of what stays.
#[derive(Default)]
struct Seen {
    holders: HashMap<u64, usize, foldhash::fast::FixedState>,
}

impl Seen {
    /// How much of a sketch two units must share to say the same.
    const SAME: f64 = 0.75;

    fn add(&mut self, at: usize, sketch: &Sketch) {
        for &hash in sketch {
            self.holders.entry(hash).or_insert(at);
        }
    }

    /// True when a unit that stays says nearly the same.
    fn has(&self, at: usize, sketches: &[Sketch]) -> bool {
        let sketch = &sketches[at];
        let mut holders: Vec<usize> = sketch
            .iter()
            .filter_map(|hash| self.holders.get(hash).copied())
            .collect();
        holders.sort_unstable();
        holders.chunk_by(|one, other| one == other).any(|same| {
            let larger = sketch.len().max(sketches[same[0]].len());
            same.len() as f64 >= Self::SAME * larger as f64
        })
    }
}
