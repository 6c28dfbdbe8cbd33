//! Which units stay: what must, then the best until the budget or the knee.
//!
//! What stays under a small budget stays under a larger one: units are taken strictly in order of rank, and
//! the first of which more than half does not fit ends it. So the size shown is the one nearest to that wanted,
//! now above it, now below.

use std::collections::HashMap;

use super::layout::Layout;
use super::score::{Scores, Sketch};
use crate::compress::Elision;
use crate::relevance::Scorer;

/// Share of a text that is shown where the answer is spread over it, if no size is asked for: of prose, and of a
/// guide, whose steps and code are all there to be followed.
const SPREAD: f64 = 0.25;
const SPREAD_GUIDE: f64 = 0.5;

/// One flag a unit.
pub(super) fn select(
    text: &str,
    layout: &Layout,
    scores: &Scores,
    question: &Scorer,
    elision: Elision,
) -> Vec<bool> {
    let cost = |at: usize| {
        let unit = &layout.units[at];
        let first = at == 0 || layout.units[at - 1].group != unit.group;
        let head = if first {
            layout.groups[unit.group].head.len()
        } else {
            0
        };
        unit.range.len() + head
    };
    let count = layout.units.len();
    let mut kept = question.anchored((0..count).map(|at| &text[layout.introduced(at)]));
    let mut ranked: Vec<usize> = (0..count).collect();
    ranked.sort_by(|&a, &b| scores.of[b].total_cmp(&scores.of[a]).then(a.cmp(&b)));
    let whole = text.len() as f64;
    let wanted = elision.target_ratio.map_or_else(
        || {
            let spread = if layout.code.is_empty() {
                SPREAD
            } else {
                SPREAD_GUIDE
            };
            let least = if scores.is_pointed { 0.0 } else { spread * whole };
            knee(&ranked, scores, layout).max(least)
        },
        |ratio| ratio * whole,
    );
    let room = (wanted * elision.bias) as usize;
    let mut seen = Seen::default();
    let (mut size, mut taken) = (0, 0);
    for at in (0..count).filter(|&at| kept[at]) {
        size += cost(at);
        seen.add(at, &scores.sketches[at]);
    }
    for at in ranked {
        if kept[at] || scores.of[at] <= 0.0 || seen.has(at, &scores.sketches) {
            continue;
        }
        if taken > 0 && size + cost(at) / 2 > room {
            break;
        }
        kept[at] = true;
        seen.add(at, &scores.sketches[at]);
        size += cost(at);
        taken += 1;
    }
    kept
}

/// How many bytes pay. In order of rank, scores fall steeply and then level off; the knee is where the curve
/// over the bytes is furthest below the line between its ends (Satopää et al., "Finding a Kneedle in a
/// Haystack", 2011).
fn knee(ranked: &[usize], scores: &Scores, layout: &Layout) -> f64 {
    let (Some(&first), Some(&last)) = (ranked.first(), ranked.last()) else {
        return 0.0;
    };
    let top = scores.of[first];
    let height = top - scores.of[last];
    let size = |at: usize| layout.units[at].range.len() as f64;
    let width: f64 = ranked.iter().map(|&at| size(at)).sum();
    let (mut bytes, mut best, mut knee) = (0.0, 0.0, 0.0);
    for &at in ranked {
        let below = (top - scores.of[at]) * width - bytes * height;
        if below > best {
            (best, knee) = (below, bytes);
        }
        bytes += size(at);
    }
    knee
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
