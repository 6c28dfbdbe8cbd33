//! BM25 over short documents: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and
//! Beyond" (2009), with the idf that stays positive, `ln(1 + (N − n + ½) ÷ (n + ½))`.
//!
//! One pass: each word is folded, hashed and looked up among the question's few terms; nothing is kept of
//! the rest but its number. Most words are dismissed by length and first letter before they are hashed.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::words::{fold, plural, scan};

/// How soon more of the same term stops counting.
const K1: f64 = 1.2;
/// How much long documents are marked down.
const B: f64 = 0.75;

/// Term hashes to term numbers, with the two cheap tests that come first.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms {
    by_hash: HashMap<u64, u32, BuildHasherDefault<Identity>>,
    count: usize,
    lengths: u64,
    first_bytes: [u64; 4],
}

impl Terms {
    pub(super) fn new(terms: &[String]) -> Self {
        let mut all = Self {
            count: terms.len(),
            ..Self::default()
        };
        for (number, term) in terms.iter().enumerate() {
            all.by_hash.insert(hash(term.bytes()), number as u32);
            all.lengths |= length_bit(term.len());
            if let Some(&first) = term.as_bytes().first() {
                all.first_bytes[usize::from(first >> 6)] |= 1 << (first & 63);
            }
        }
        all
    }

    /// The number of the term a word folds to.
    pub(super) fn find(&self, word: &str) -> Option<u32> {
        if !word.is_ascii() {
            return self.by_hash.get(&hash(fold(word).bytes())).copied();
        }
        let bytes = word.as_bytes();
        let first = bytes.first()?.to_ascii_lowercase();
        // Folding takes at most two bytes off.
        let near =
            length_bit(bytes.len()) | length_bit(bytes.len() - 1) | length_bit(bytes.len().saturating_sub(2));
        if self.first_bytes[usize::from(first >> 6)] & (1 << (first & 63)) == 0 || self.lengths & near == 0 {
            return None;
        }
        let (keep, ending) = plural(bytes).unwrap_or((bytes.len(), None));
        let lower = bytes[..keep].iter().map(u8::to_ascii_lowercase);
        self.by_hash.get(&hash(lower.chain(ending))).copied()
    }
}

/// One bit a length; everything from 63 on shares the last.
fn length_bit(len: usize) -> u64 {
    1 << len.min(63)
}

/// FNV-1a, 64 bits. Good enough to tell words apart; a collision would cost a little order, nothing else.
pub(super) fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Hands hashes through: the keys are hashes already.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(bytes.iter().copied());
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// One score a document, in order; 0 where no term occurs. Documents are JSON source or plain text.
pub(super) fn scores<'t>(terms: &Terms, documents: impl Iterator<Item = &'t str>) -> Vec<f64> {
    if terms.by_hash.is_empty() {
        return documents.map(|_| 0.0).collect();
    }
    // (document, term, how often), grouped by document; documents without a hit leave nothing.
    let mut hits: Vec<(u32, u32, u32)> = Vec::new();
    let mut lengths: Vec<u32> = Vec::new();
    for document in documents {
        let number = lengths.len() as u32;
        let (from, mut length) = (hits.len(), 0);
        scan(document, true, |word, part| {
            length += u32::from(part);
            if let Some(term) = terms.find(word) {
                match hits[from..].iter_mut().find(|hit| hit.1 == term) {
                    Some(hit) => hit.2 += 1,
                    None => hits.push((number, term, 1)),
                }
            }
        });
        lengths.push(length);
    }
    weigh(terms.count, &hits, &lengths)
}

/// See [`super::bm25_of_counts`].
pub(super) fn weigh(terms: usize, hits: &[(u32, u32, u32)], lengths: &[u32]) -> Vec<f64> {
    let total = lengths.len() as f64;
    let average = (lengths.iter().map(|&length| f64::from(length)).sum::<f64>() / total).max(1.0);
    let mut holders = vec![0_u32; terms];
    for hit in hits {
        holders[hit.1 as usize] += 1;
    }
    let idf = |term: u32| {
        let holders = f64::from(holders[term as usize]);
        (1.0 + (total - holders + 0.5) / (holders + 0.5)).ln()
    };
    let mut scores = vec![0.0; lengths.len()];
    for &(document, term, count) in hits {
        let count = f64::from(count);
        let longness = f64::from(lengths[document as usize]) / average;
        scores[document as usize] += idf(term) * count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * longness));
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(question: &[&str], documents: &[&str]) -> Vec<f64> {
        let terms: Vec<String> = question.iter().map(ToString::to_string).collect();
        scores(&Terms::new(&terms), documents.iter().copied())
    }

    #[test]
    fn agrees_with_the_formula() {
        let scores = score(&["cat"], &["cat dog", "dog dog dog dog", "bird cat cat"]);
        // N 3, n 2, average length 3.
        let idf = (1.0_f64 + 1.5 / 2.5).ln();
        let first = idf * 2.2 / (1.0 + 1.2 * (0.25 + 0.75 * 2.0 / 3.0));
        let third = idf * 2.0 * 2.2 / (2.0 + 1.2);
        assert!((scores[0] - first).abs() < 1e-12 && scores[1] == 0.0 && (scores[2] - third).abs() < 1e-12);
    }

    #[test]
    fn a_word_in_every_document_weighs_next_to_nothing() {
        let documents: Vec<String> = (0..100)
            .map(|n| format!("{{\"status\":\"{}\"}}", if n == 7 { "late" } else { "ok" }))
            .collect();
        let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
        let scores = score(&["statu", "status", "late"], &documents);
        assert!(scores[7] > 100.0 * scores[8], "{} {}", scores[7], scores[8]);
    }

    #[test]
    fn case_plurals_and_spelling_of_identifiers_do_not_matter() {
        let scores = score(
            &["flight", "city", "user_id", "größe"],
            &["FLIGHTS", "cities", "\"USER_ID\"", "Größe", "other"],
        );
        assert!(scores[..4].iter().all(|&score| score > 0.0), "{scores:?}");
        assert!(scores[4] == 0.0);
    }

    #[test]
    fn no_question_scores_nothing_and_no_documents_are_fine() {
        assert_eq!(score(&[], &["a", "b"]), [0.0, 0.0]);
        assert!(score(&["a"], &[]).is_empty());
        assert!(score(&["a"], &["", ""]).iter().all(|&score| score == 0.0));
    }
}
