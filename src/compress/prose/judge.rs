//! What a model makes of a text: the seam behind which it stands, and its judgement of words and units.
//!
//! The core knows no model. It asks with words and gets numbers; whoever answers is a pure function of the
//! text (law 1), so the numbers may decide what is shown.

use std::ops::Range;

use super::layout::Layout;

/// Says how much a text loses without each of its words.
pub trait WordScorer: Send + Sync {
    /// One score a word, from 0 (nothing is lost) to 1 (must stay); `None` where this text is not judged: it is
    /// too long, or there is no model.
    ///
    /// `words` are ranges of `text`, ascending and apart; `ends` are the places where sentences end, ascending,
    /// at which a long text may be cut. The answer depends on these arguments alone.
    fn score(&self, text: &str, words: &[Range<usize>], ends: &[usize]) -> Option<Vec<f32>>;
}

/// The words of a text's units and what a scorer makes of them.
#[derive(Debug)]
pub(super) struct Judgement {
    words: Vec<Range<usize>>,
    of: Vec<f32>,
    /// Where each unit's words end in `words`.
    ends: Vec<usize>,
}

impl Judgement {
    /// Asks the scorer. An answer that is not one score from 0 to 1 for each word is none.
    pub(super) fn ask(scorer: &dyn WordScorer, text: &str, layout: &Layout) -> Option<Self> {
        let mut words = Vec::new();
        let mut ends = Vec::with_capacity(layout.units.len());
        for unit in &layout.units {
            words.extend(words_of(text, unit.range.clone()));
            ends.push(words.len());
        }
        let sentences: Vec<usize> = layout.units.iter().map(|unit| unit.range.end).collect();
        let of = scorer.score(text, &words, &sentences)?;
        let fits = of.len() == words.len() && of.iter().all(|score| (0.0..=1.0).contains(score));
        fits.then_some(Self { words, of, ends })
    }

    /// The words of a unit with their scores.
    pub(super) fn words(&self, unit: usize) -> impl Iterator<Item = (Range<usize>, f32)> {
        let from = unit.checked_sub(1).map_or(0, |before| self.ends[before]);
        let all = from..self.ends[unit];
        self.words[all.clone()]
            .iter()
            .cloned()
            .zip(self.of[all].iter().copied())
    }

    /// What each unit is worth, from 0 for the least to 1 for the most of this text: the mean of its words,
    /// which is the share of it that the model would keep. Models keep more or less of everything; how units
    /// compare is what they tell, hence the stretch.
    pub(super) fn units(&self) -> Vec<f64> {
        let mut from = 0;
        let mean = |&end: &usize| {
            let of = &self.of[from..end];
            from = end;
            of.iter().copied().map(f64::from).sum::<f64>() / of.len().max(1) as f64
        };
        let mut means: Vec<f64> = self.ends.iter().map(mean).collect();
        let (least, most) = means.iter().fold((f64::MAX, f64::MIN), |(least, most), &mean| {
            (least.min(mean), most.max(mean))
        });
        for mean in &mut means {
            *mean = if most > least {
                (*mean - least) / (most - least)
            } else {
                0.0
            };
        }
        means
    }
}

/// What stands between spaces in a part of a text.
fn words_of(text: &str, within: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let start = within.start;
    let part = &text[within];
    part.split_whitespace().map(move |word| {
        // A subslice of `part`: its place is the distance of their starts.
        let from = start + (word.as_ptr().addr() - part.as_ptr().addr());
        from..from + word.len()
    })
}
