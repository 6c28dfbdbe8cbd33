//! What each unit is worth: how well it answers, how much it says about the whole, where it stands.
//!
//! - **Own words**: BM25 over the question's terms and over their stems.
//! - **Neighbours**: an answer often stands next to the words of its question. In paragraphs a unit is lent
//!   its paragraph's score and a little of the units beside it, and one that starts with a pronoun is worth
//!   nearly what the unit is worth that names what it speaks of. In transcripts what belongs together is a
//!   run of turns: what is said is lent on to what follows it, and a little back, fading with the distance.
//! - **The form of the answer**: a date for "when", a number for "how many", a name for "who".
//! - **Centrality**: likeness to the centroid of the text (Radev et al., "Centroid-based summarization of
//!   multiple documents", 2004), which ranks much as `LexRank` does and is linear.
//! - **Judgement**: what a model makes of each unit, where there is one. It reads the text alone, so it cannot
//!   say what answers a question; it says, as centrality does, what a text loses without the unit. So it takes
//!   half of centrality's place and no weight from the question.
//! - **Position**: what leads a section sums it up; a transcript states its topics early.
//!
//! Without a question, or where none of its words occurs, all but the first three decide.

use std::collections::HashMap;

use super::forms::Forms;
use super::layout::{Layout, name};
use crate::relevance::{Query, Reader, Scorer, bm25_of_counts};

/// Weight of stems beside exact words.
const STEMS: f64 = 1.0;
/// Share of a paragraph's score that each of its units gets.
const PARAGRAPH: f64 = 1.0;
/// Share of the score of the unit before, and of the unit after.
const BESIDE: (f64, f64) = (0.2, 0.15);
/// Share of the score of the unit before that a unit is worth at least, where it starts with a pronoun.
const POINTED_TO: f64 = 0.85;
/// What the right form of an answer adds.
const FORM: f64 = 0.4;
/// What a speaker named by the question adds.
const SPEAKER: f64 = 1.0;
/// Share of centrality's place that a model's judgement takes.
const JUDGEMENT: f64 = 0.5;
/// Bytes of a transcript after which what was said has faded to a third: a topic is brought up and then
/// talked about, so what follows is lent more than what went before.
const FADES: Fading = Fading {
    onward: 1500.0,
    back: 300.0,
};

/// Share of a turn's score that is lent to it: what is said at length about the topic stands before what only
/// stands near.
const LENT: f64 = 0.3;

/// Distances in bytes, for each direction.
struct Fading {
    onward: f64,
    back: f64,
}

/// How much centrality and position count beside relevance, whose best is 1.
struct Weights {
    centrality: f64,
    lead: f64,
}

/// One score a unit, in order, and the sketch near-duplicates are found by.
#[derive(Debug, Default)]
pub(super) struct Scores {
    pub(super) of: Vec<f64>,
    pub(super) sketches: Vec<Sketch>,
    /// True where few units hold the answer; else it is spread over the text.
    pub(super) is_pointed: bool,
}

/// The smallest hashes of a unit's word triples, a sample that near-duplicates share (Broder, "On the
/// resemblance and containment of documents", 1997). Ascending.
pub(super) type Sketch = Vec<u64>;

/// Scores every unit. `judged`: what a model makes of each, 0 to 1. Linear in the text.
pub(super) fn score(text: &str, layout: &Layout, query: &Query, judged: Option<&[f64]>) -> Scores {
    let counts = Counts::of(text, layout, query);
    let own = own(layout, &counts);
    let best = own.iter().copied().fold(0.0, f64::max);
    let asked = best > 0.0;
    let lent = if layout.is_transcript {
        own
    } else {
        paragraphs(layout, &counts, &own)
    };
    let mut scores = forms(query, &counts, lent);
    normalise(&mut scores);
    let weights = match (asked, layout.is_transcript) {
        (true, true) => Weights {
            centrality: 0.5,
            lead: 0.4,
        },
        (true, false) => Weights {
            centrality: 0.05,
            lead: 0.02,
        },
        (false, _) => Weights {
            centrality: 1.0,
            lead: 0.3,
        },
    };
    let mut central = counts.centrality();
    normalise(&mut central);
    for (central, judged) in central.iter_mut().zip(judged.unwrap_or_default()) {
        *central += JUDGEMENT * (judged - *central);
    }
    for (score, central) in scores.iter_mut().zip(central) {
        *score += weights.centrality * central;
    }
    if layout.is_transcript {
        scores = lent_along(layout, &speakers(text, layout, query, scores));
    }
    for (score, place) in scores.iter_mut().zip(places(layout)) {
        *score += weights.lead * place;
    }
    Scores {
        of: scores,
        sketches: counts.sketches,
        is_pointed: asked && !layout.is_transcript,
    }
}

fn normalise(scores: &mut [f64]) {
    let best = scores.iter().copied().fold(0.0, f64::max);
    if best > 0.0 {
        for score in scores {
            *score /= best;
        }
    }
}

/// BM25 of documents from their hits.
fn bm25(terms: usize, counts: &Hits, lengths: &[u32]) -> Vec<f64> {
    let exact = bm25_of_counts(terms, &counts.exact, lengths);
    let stems = bm25_of_counts(terms, &counts.stems, lengths);
    exact
        .iter()
        .zip(stems)
        .map(|(exact, stem)| exact + STEMS * stem)
        .collect()
}

fn own(layout: &Layout, counts: &Counts) -> Vec<f64> {
    debug_assert_eq!(layout.units.len(), counts.lengths.len());
    bm25(counts.terms, &counts.hits, &counts.lengths)
}

/// Lends each unit of what its paragraph and its neighbours say.
fn paragraphs(layout: &Layout, counts: &Counts, own: &[f64]) -> Vec<f64> {
    let group = |unit: u32| layout.units[unit as usize].group as u32;
    let mut lengths = vec![0; layout.groups.len()];
    for (unit, length) in layout.units.iter().zip(&counts.lengths) {
        lengths[unit.group] += length;
    }
    let hits = Hits {
        exact: by_group(&counts.hits.exact, group),
        stems: by_group(&counts.hits.stems, group),
    };
    let groups = bm25(counts.terms, &hits, &lengths);
    let beside = |at: usize, other: Option<usize>| {
        let same = other.filter(|&other| {
            layout
                .units
                .get(other)
                .is_some_and(|unit| unit.group == layout.units[at].group)
        });
        same.map_or(0.0, |other| own[other])
    };
    let mut lent: Vec<f64> = Vec::with_capacity(own.len());
    for at in 0..own.len() {
        let before = at.checked_sub(1);
        let near = BESIDE.0 * beside(at, before) + BESIDE.1 * beside(at, Some(at + 1));
        let alone = own[at] + near + PARAGRAPH * groups[layout.units[at].group];
        let named = before.filter(|&before| {
            counts.forms[at].points_back && layout.units[before].group == layout.units[at].group
        });
        lent.push(named.map_or(alone, |before| alone.max(POINTED_TO * lent[before])));
    }
    lent
}

/// Hits of units as hits of their groups.
fn by_group(hits: &[(u32, u32, u32)], group: impl Fn(u32) -> u32) -> Vec<(u32, u32, u32)> {
    let mut all: Vec<(u32, u32, u32)> = hits
        .iter()
        .map(|&(unit, term, count)| (group(unit), term, count))
        .collect();
    all.sort_unstable();
    all.dedup_by(|here, before| {
        let same = (here.0, here.1) == (before.0, before.1);
        before.2 += if same { here.2 } else { 0 };
        same
    });
    all
}

/// Raises what has the form of the answer.
fn forms(query: &Query, counts: &Counts, mut scores: Vec<f64>) -> Vec<f64> {
    for (score, forms) in scores.iter_mut().zip(&counts.forms) {
        let matching = query.asks.iter().filter(|ask| forms.has(**ask)).count();
        *score *= 1.0 + FORM * matching as f64;
    }
    scores
}

/// Raises the turns of speakers whom the question names.
fn speakers(text: &str, layout: &Layout, query: &Query, mut scores: Vec<f64>) -> Vec<f64> {
    let question = Scorer::new(query);
    for (score, unit) in scores.iter_mut().zip(&layout.units) {
        let label = text[layout.groups[unit.group].head.clone()].trim_end_matches([' ', '*', ':', '：']);
        if question.names(name(label)) {
            *score *= 1.0 + SPEAKER;
        }
    }
    scores
}

/// A unit's own score and what the units around lend it, the nearer the more.
fn lent_along(layout: &Layout, scores: &[f64]) -> Vec<f64> {
    let between = |one: usize, next: usize| {
        let start = |at: usize| layout.units[at].range.start;
        (start(next) - start(one)) as f64
    };
    let mut around = scores.to_vec();
    let mut carried = 0.0;
    for at in 1..scores.len() {
        carried = (carried + scores[at - 1]) * (-between(at - 1, at) / FADES.onward).exp();
        around[at] += carried;
    }
    carried = 0.0;
    for at in (1..scores.len()).rev() {
        carried = (carried + scores[at]) * (-between(at - 1, at) / FADES.back).exp();
        around[at - 1] += carried;
    }
    normalise(&mut around);
    let both = |(own, around): (&f64, f64)| (1.0 - LENT) * own + LENT * around;
    scores.iter().zip(around).map(both).collect()
}

/// 1 for what leads: the first unit of a section, the start of a transcript.
fn places(layout: &Layout) -> impl Iterator<Item = f64> {
    let count = layout.units.len() as f64;
    layout.units.iter().enumerate().map(move |(at, unit)| {
        if layout.is_transcript {
            return 1.0 - at as f64 / count;
        }
        let first = at == 0 || layout.units[at - 1].group != unit.group;
        match (first, layout.groups[unit.group].leads) {
            (true, true) => 1.0,
            (true, false) => 0.5,
            _ => 0.0,
        }
    })
}

/// Occurrences of the question's terms: (document, term, how often), grouped by document.
#[derive(Debug, Default)]
struct Hits {
    exact: Vec<(u32, u32, u32)>,
    stems: Vec<(u32, u32, u32)>,
}

/// What one pass over the words finds.
#[derive(Debug, Default)]
struct Counts {
    /// Terms of the question.
    terms: usize,
    hits: Hits,
    /// Words of each unit.
    lengths: Vec<u32>,
    forms: Vec<Forms>,
    sketches: Vec<Sketch>,
    /// Distinct telling words of all units, one unit after the other, and where each unit's end.
    words: Vec<u32>,
    ends: Vec<usize>,
    /// How often each word occurs, and in how many units.
    often: Vec<(u32, u32)>,
}

impl Counts {
    fn of(text: &str, layout: &Layout, query: &Query) -> Self {
        let terms = Reader::terms(query);
        let reader = Reader::default();
        let mut counts = Self {
            terms: terms.len(),
            ..Self::default()
        };
        let exact: HashMap<u64, u32, foldhash::fast::FixedState> = numbered(terms.iter().map(|term| term.0));
        let stems: HashMap<u64, u32, foldhash::fast::FixedState> = numbered(terms.iter().map(|term| term.1));
        let mut numbers: HashMap<u64, u32, foldhash::fast::FixedState> = HashMap::default();
        let mut told: Vec<u64> = Vec::new();
        for (number, unit) in (0..).zip(&layout.units) {
            let (from_exact, from_stems) = (counts.hits.exact.len(), counts.hits.stems.len());
            let (mut length, mut forms) = (0, Forms::default());
            told.clear();
            reader.words(&text[unit.range.clone()], |word| {
                let hit = exact.get(&word.term);
                if let Some(&term) = hit {
                    count(&mut counts.hits.exact, from_exact, number, term);
                }
                if let Some(&term) = stems.get(&word.stem) {
                    count(&mut counts.hits.stems, from_stems, number, term);
                }
                forms.see(word, length, hit.is_some());
                length += 1;
                if word.telling {
                    told.push(word.term);
                }
            });
            counts.lengths.push(length);
            counts.forms.push(forms);
            counts.sketches.push(sketch(&told));
            counts.tell(&mut told, &mut numbers);
        }
        counts
    }

    /// Takes down the telling words of one unit.
    fn tell(&mut self, told: &mut [u64], numbers: &mut HashMap<u64, u32, foldhash::fast::FixedState>) {
        told.sort_unstable();
        for same in told.chunk_by(|one, other| one == other) {
            let next = self.often.len() as u32;
            let number = *numbers.entry(same[0]).or_insert(next);
            if number == next {
                self.often.push((0, 0));
            }
            let often = &mut self.often[number as usize];
            *often = (often.0 + same.len() as u32, often.1 + 1);
            self.words.push(number);
        }
        self.ends.push(self.words.len());
    }

    /// How much of what the whole text speaks of each unit holds. A word of one unit alone is no topic.
    fn centrality(&self) -> Vec<f64> {
        let units = self.ends.len() as f64;
        let weight = |&(often, holders): &(u32, u32)| match holders {
            0 | 1 => 0.0,
            _ => f64::from(1 + often).ln() * (1.0 + units / f64::from(holders)).ln(),
        };
        let weights: Vec<f64> = self.often.iter().map(weight).collect();
        let mut from = 0;
        let unit = |(&end, &length): (&usize, &u32)| {
            let words = &self.words[from..end];
            from = end;
            let sum: f64 = words.iter().map(|&word| weights[word as usize]).sum();
            sum / (1.0 + f64::from(length).sqrt())
        };
        self.ends.iter().zip(&self.lengths).map(unit).collect()
    }
}

fn numbered(hashes: impl Iterator<Item = u64>) -> HashMap<u64, u32, foldhash::fast::FixedState> {
    hashes.zip(0..).collect()
}

fn count(hits: &mut Vec<(u32, u32, u32)>, from: usize, unit: u32, term: u32) {
    match hits[from..].iter_mut().find(|hit| hit.1 == term) {
        Some(hit) => hit.2 += 1,
        None => hits.push((unit, term, 1)),
    }
}

fn sketch(words: &[u64]) -> Sketch {
    const SIZE: usize = 8;
    let mix = |three: &[u64]| {
        three.iter().fold(0_u64, |hash, word| {
            (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        })
    };
    let mut all: Vec<u64> = match words.len() {
        0..3 => vec![mix(words)],
        _ => words.windows(3).map(mix).collect(),
    };
    all.sort_unstable();
    all.dedup();
    all.truncate(SIZE);
    all
}
