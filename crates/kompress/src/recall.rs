//! Scores of texts seen before. A conversation sends its tool outputs anew with every turn; scoring them anew
//! would take seconds each time. Scores are a function of the text, so what is remembered changes no result.

use std::collections::HashMap;
use std::mem;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

/// Scores of one generation, 4 bytes each: 2 MiB, some 3 MB of text.
const GENERATION: usize = 1 << 19;

/// What was asked, as a hash.
type Key = [u8; 32];

/// Two generations: what was not asked for while the younger one filled up is forgotten with the older.
#[derive(Debug, Default)]
pub(crate) struct Recall {
    generations: Mutex<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Key, Arc<[f32]>>,
    old: HashMap<Key, Arc<[f32]>>,
    /// Scores in `young`.
    size: usize,
}

/// The key of a question.
pub(crate) fn key(text: &str, words: &[Range<usize>], ends: &[usize]) -> Key {
    let mut hash = Sha256::new();
    let places = words.iter().flat_map(|word| [word.start, word.end]);
    for number in [text.len(), words.len()]
        .into_iter()
        .chain(places)
        .chain(ends.iter().copied())
    {
        hash.update((number as u64).to_le_bytes());
    }
    hash.update(text);
    hash.finalize().into()
}

impl Recall {
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<[f32]>> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scores) = generations.young.get(key) {
            return Some(Arc::clone(scores));
        }
        let scores = generations.old.remove(key)?;
        generations.put(*key, Arc::clone(&scores));
        Some(scores)
    }

    pub(crate) fn put(&self, key: Key, scores: &[f32]) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.put(key, scores.into());
    }
}

impl Generations {
    fn put(&mut self, key: Key, scores: Arc<[f32]>) {
        self.size += scores.len();
        if self.size > GENERATION {
            self.old = mem::take(&mut self.young);
            self.size = scores.len();
        }
        self.young.insert(key, scores);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_what_is_not_goes() {
        let recall = Recall::default();
        let (kept, lost) = ([1; 32], [2; 32]);
        recall.put(kept, &[0.5]);
        recall.put(lost, &[0.25]);
        for round in 0..4_u8 {
            recall.put([10 + round; 32], &vec![0.0; GENERATION]);
            assert_eq!(recall.get(&kept).as_deref(), Some(&[0.5_f32][..]), "{round}");
        }
        assert!(recall.get(&lost).is_none());
        let generations = recall.generations.into_inner().unwrap();
        assert!(generations.young.len() + generations.old.len() <= 4);
    }

    #[test]
    fn other_words_or_sentences_are_another_question() {
        let word = 0..1;
        let keys = [
            key("a b", &[0..1, 2..3], &[3]),
            key("a b", &[0..1, 2..3], &[]),
            key("a b", std::slice::from_ref(&word), &[2, 3]),
            key("a c", &[0..1, 2..3], &[3]),
        ];
        for (at, one) in keys.iter().enumerate() {
            assert!(keys[..at].iter().all(|other| other != one));
        }
    }
}
