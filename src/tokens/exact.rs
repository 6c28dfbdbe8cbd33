//! Exact counting: cut into pieces, look each piece up, merge what is not a token.

use std::cell::RefCell;

use super::layout::{self, MASKS, words};
use super::merge;
use super::split;
use super::vocabulary::{self, Vocabulary};

/// Tokens of `text` under `o200k_base`.
pub(super) fn o200k(text: &str) -> usize {
    thread_local!(static CACHE: RefCell<Cache> = const { RefCell::new(Cache::new()) });
    CACHE.with_borrow_mut(|cache| count(text, &vocabulary::O200K, cache, split::o200k))
}

/// Tokens of `text` under `cl100k_base`.
pub(super) fn cl100k(text: &str) -> usize {
    thread_local!(static CACHE: RefCell<Cache> = const { RefCell::new(Cache::new()) });
    CACHE.with_borrow_mut(|cache| count(text, &vocabulary::CL100K, cache, split::cl100k))
}

#[inline]
fn count(
    text: &str,
    vocabulary: &Vocabulary,
    cache: &mut Cache,
    split: impl Fn(&[u8], usize) -> usize,
) -> usize {
    let bytes = text.as_bytes();
    cache.prepare();
    let (mut tokens, mut from) = (0, 0);
    while from < bytes.len() {
        let end = split(bytes, from);
        tokens += match end - from {
            1 => 1,
            2..=LONGEST => cache.count(vocabulary, bytes, from, end),
            _ => piece(vocabulary, &bytes[from..end]),
        };
        from = end;
    }
    tokens
}

/// Tokens of one piece.
fn piece(vocabulary: &Vocabulary, piece: &[u8]) -> usize {
    if vocabulary.rank(piece).is_some() {
        1
    } else {
        merge::count(vocabulary, piece)
    }
}

/// Longest piece the cache holds, in bytes.
const LONGEST: usize = 15;
/// Entries of the cache; a power of two. Sixteen bytes each.
const ENTRIES: usize = 1 << 14;

/// Counts of recent short pieces. Real text repeats itself, and one look here is cheaper than one into the
/// vocabulary, let alone a merge. What it holds never changes a count, only how soon it is known.
struct Cache {
    /// A piece's bytes, its length in the four bits above them, its count in the four above those.
    entries: Vec<[u64; 2]>,
}

impl Cache {
    const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    fn prepare(&mut self) {
        if self.entries.is_empty() {
            self.entries = vec![[0; 2]; ENTRIES];
        }
    }

    #[inline]
    fn count(&mut self, vocabulary: &Vocabulary, bytes: &[u8], from: usize, end: usize) -> usize {
        let len = end - from;
        let (lo, hi) = match bytes.get(from..from + 16) {
            Some(window) => {
                let (lo, hi) = (layout::word64(window, 0), layout::word64(window, 8));
                (lo & MASKS[len][0], hi & MASKS[len][1])
            }
            None => words(&bytes[from..end]),
        };
        let key = hi | (len as u64) << 56;
        let hash = (lo ^ key.rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let entry = &mut self.entries[(hash >> 50) as usize & (ENTRIES - 1)];
        if entry[0] == lo && entry[1] << 4 == key << 4 {
            return (entry[1] >> 60) as usize;
        }
        let count = match vocabulary.rank_of_words(lo, hi, len) {
            Some(_) => 1,
            None => merge::count(vocabulary, &bytes[from..end]),
        };
        *entry = [lo, key | (count as u64) << 60];
        count
    }
}
