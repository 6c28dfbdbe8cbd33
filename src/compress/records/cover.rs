//! Which further records show most, and after how many the rest is repetition.
//!
//! Each record is a set of features, as dense numbers. What the question matches comes first; then greedy
//! cover orders the records by what they add, and the knee of that curve (Satopää et al., "Finding a Kneedle
//! in a Haystack", 2011) says where adding stops paying.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

/// More than this many records are never added by gain alone.
const MOST: usize = 24;
/// Fewest that are added where there is anything to add.
const FEWEST: usize = 2;

/// A record matches the question about as well as the best one from this share of its score on.
pub(in crate::compress) const CLOSE: f64 = 0.6;

/// Features of records: a list for every record, empty for those not looked at.
#[derive(Debug)]
pub(in crate::compress) struct Features {
    /// Numbers below `count`, for each record.
    pub(in crate::compress) of: Vec<Vec<u32>>,
    /// How many distinct features there are.
    pub(in crate::compress) count: usize,
}

/// Records not kept yet, best first.
#[derive(Debug)]
pub(in crate::compress) struct Order {
    /// Indices of records.
    pub(in crate::compress) records: Vec<usize>,
    /// How many of them pay.
    pub(in crate::compress) knee: usize,
}

/// Orders what is not kept: what the question matches by score, then by gain, then evenly spread.
pub(in crate::compress) fn order(kept: &[bool], features: &Features, scores: &[f64]) -> Order {
    let matched = by_score(kept, scores);
    let gained = by_gain(kept, features);
    let mut records = matched.clone();
    let mut seen: HashSet<usize> = records.iter().copied().collect();
    let knee = matched.len() + gained.knee;
    records.extend(gained.records.into_iter().filter(|at| seen.insert(*at)));
    let knee = knee.min(records.len());
    let rest: Vec<usize> = (0..kept.len())
        .filter(|at| !kept[*at] && !seen.contains(at))
        .collect();
    records.extend(spread(&rest));
    Order { records, knee }
}

/// Records that match the question about as well as the best one.
fn by_score(kept: &[bool], scores: &[f64]) -> Vec<usize> {
    let best = scores.iter().copied().fold(0.0, f64::max);
    let mut matched: Vec<usize> = (0..scores.len())
        .filter(|at| !kept[*at] && scores[*at] > 0.0 && scores[*at] >= CLOSE * best)
        .collect();
    matched.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    matched.truncate(MOST);
    matched
}

/// Greedy cover, lazily: what a record adds only shrinks, so a stale figure is an upper bound and most
/// records are never looked at again (Minoux, "Accelerated greedy algorithms", 1978).
fn by_gain(kept: &[bool], features: &Features) -> Order {
    let mut covered = vec![false; features.count];
    let features = &features.of;
    let cover = |covered: &mut Vec<bool>, at: usize| -> usize {
        let new = features[at]
            .iter()
            .filter(|feature| !std::mem::replace(&mut covered[**feature as usize], true));
        new.count()
    };
    let mut total: usize = (0..kept.len())
        .filter(|at| kept[*at])
        .map(|at| cover(&mut covered, at))
        .sum();
    // The first of equals wins: ties never hang on anything but the order of the source.
    let mut open: BinaryHeap<(usize, Reverse<usize>)> = (0..kept.len())
        .filter(|at| !kept[*at])
        .map(|at| (features[at].len(), Reverse(at)))
        .collect();
    let (mut records, mut curve) = (Vec::new(), vec![total as f64]);
    while let (true, Some((_, Reverse(best)))) = (records.len() < MOST, open.pop()) {
        let adds = features[best]
            .iter()
            .filter(|feature| !covered[**feature as usize])
            .count();
        if open.peek().is_some_and(|next| *next > (adds, Reverse(best))) {
            open.push((adds, Reverse(best)));
            continue;
        }
        if adds == 0 {
            break;
        }
        total += cover(&mut covered, best);
        curve.push(total as f64);
        records.push(best);
    }
    let knee = knee(&curve).max(FEWEST).min(records.len());
    Order { records, knee }
}

/// Where a rising, flattening curve is furthest above the line between its ends.
fn knee(curve: &[f64]) -> usize {
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else {
        return 0;
    };
    let (height, width) = (last - first, (curve.len() - 1) as f64);
    if height <= 0.0 {
        return 0;
    }
    let above = |at: usize| (curve[at] - first) / height - at as f64 / width;
    (0..curve.len())
        .rev()
        .max_by(|a, b| above(*a).total_cmp(&above(*b)))
        .unwrap_or(0)
}

/// The same records, so that each start of the list is spread over the whole: halves, quarters, …
fn spread(records: &[usize]) -> Vec<usize> {
    let mut out = Vec::with_capacity(records.len());
    let mut step = records.len().next_power_of_two();
    let mut taken = vec![false; records.len()];
    while step > 0 {
        for at in (step / 2..records.len()).step_by(step) {
            if !taken[at] {
                taken[at] = true;
                out.push(records[at]);
            }
        }
        step /= 2;
    }
    out.extend(
        records
            .iter()
            .zip(&taken)
            .filter(|(_, taken)| !**taken)
            .map(|(record, _)| *record),
    );
    out
}
