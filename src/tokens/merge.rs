//! Byte pair merging: how many tokens a piece becomes that is not a token itself.
//!
//! The rule is always the same: of all neighbours whose joined bytes are a token, join the pair of lowest
//! rank, leftmost first, until there is none. Short pieces do it by looking at every pair each time, longer
//! ones with a heap, and very long ones window by window, so that no piece costs more than a constant for
//! each of its bytes.
//!
//! What makes windows possible: a sequence of tokens is what merging makes of its bytes if and only if the
//! same holds for every two neighbours alone, because whether a join crosses from one token into the next
//! depends on these two only. So two results may be put together where the tokens that meet go together.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::layout::MAX_TOKEN;
use super::vocabulary::Vocabulary;

/// Longest piece merged by looking at every pair each time.
const SHORT: usize = 128;
/// Bytes a very long piece advances by.
const WINDOW: usize = 1024;
/// Tokens taken back in front of a window, at first.
const RETREAT: usize = 4;
/// Longest period looked for in a very long piece, in bytes.
const PERIOD: usize = 32;
/// No token, so no join.
const NONE: u32 = u32::MAX;

/// Tokens of a piece, which is not empty.
pub(super) fn count(vocabulary: &Vocabulary, piece: &[u8]) -> usize {
    if piece.len() <= SHORT / 8 {
        short::<{ SHORT / 8 }>(vocabulary, piece)
    } else if piece.len() <= SHORT {
        short::<SHORT>(vocabulary, piece)
    } else if piece.len() <= 2 * WINDOW {
        heap(vocabulary, piece).count()
    } else {
        periodic(vocabulary, piece).unwrap_or_else(|| windows(vocabulary, piece))
    }
}

/// Merges a piece of at most `N` bytes, which is at most [`SHORT`].
fn short<const N: usize>(vocabulary: &Vocabulary, piece: &[u8]) -> usize {
    let len = piece.len();
    debug_assert!((1..=N).contains(&len) && N <= SHORT);
    // For each byte that begins a part: where that part ends, where the one before it begins, and the rank
    // of joining it with the next one. Rank and place share a word, so that the least is the leftmost too.
    let (mut ends, mut before, mut keys) = ([0_u8; N], [0_u8; N], [NONE; N]);
    let key = |from: usize, to: usize| match vocabulary.rank(&piece[from..to]) {
        Some(rank) => rank << 8 | from as u32,
        None => NONE,
    };
    for from in 0..len {
        ends[from] = from as u8 + 1;
        before[from] = from.saturating_sub(1) as u8;
        if from + 2 <= len {
            keys[from] = key(from, from + 2);
        }
    }
    let mut count = len;
    loop {
        let least = keys[..len.next_multiple_of(16)]
            .iter()
            .copied()
            .min()
            .unwrap_or(NONE);
        if least == NONE {
            return count;
        }
        let left = least as usize & 0xFF;
        let right = usize::from(ends[left]);
        let end = usize::from(ends[right]);
        count -= 1;
        ends[left] = end as u8;
        keys[left] = NONE;
        keys[right] = NONE;
        if end < len {
            before[end] = left as u8;
            keys[left] = key(left, usize::from(ends[end]));
        }
        if left > 0 {
            let previous = usize::from(before[left]);
            keys[previous] = key(previous, end);
        }
    }
}

/// Merges a piece of any length; gives the tokens' lengths in order.
fn heap(vocabulary: &Vocabulary, piece: &[u8]) -> impl Iterator<Item = usize> + use<> {
    let len = piece.len();
    let mut ends: Vec<usize> = (1..=len).collect();
    let mut before: Vec<usize> = (0..len).map(|from| from.saturating_sub(1)).collect();
    let rank = |from: usize, to: usize| vocabulary.rank(&piece[from..to]).unwrap_or(NONE);
    let mut ranks: Vec<u32> = (1..len).map(|middle| rank(middle - 1, middle + 1)).collect();
    ranks.push(NONE);
    let known = |(from, &rank): (usize, &u32)| (rank != NONE).then_some(Reverse((rank, from)));
    let mut queue: BinaryHeap<_> = ranks.iter().enumerate().filter_map(known).collect();
    while let Some(Reverse((least, left))) = queue.pop() {
        // An entry is out of date once one of its parts was joined elsewhere.
        if ranks[left] != least {
            continue;
        }
        let right = ends[left];
        let end = ends[right];
        ends[left] = end;
        ranks[left] = NONE;
        ranks[right] = NONE;
        let mut renew = |from: usize, to: usize| {
            ranks[from] = rank(from, to);
            if ranks[from] != NONE {
                queue.push(Reverse((ranks[from], from)));
            }
        };
        if end < len {
            before[end] = left;
            renew(left, ends[end]);
        }
        if left > 0 {
            renew(before[left], end);
        }
    }
    let mut from = 0;
    std::iter::from_fn(move || {
        let token = ends.get(from)? - from;
        from += token;
        Some(token)
    })
}

/// Merges a very long piece window by window.
fn windows(vocabulary: &Vocabulary, piece: &[u8]) -> usize {
    // Lengths of the tokens so far; a token's length fits a byte.
    let mut tokens: Vec<u8> = Vec::new();
    let mut done = 0;
    while done < piece.len() {
        let until = piece.len().min(done + WINDOW);
        let mut retreat = RETREAT;
        loop {
            let kept = tokens.len().saturating_sub(retreat);
            let from = done - tokens[kept..].iter().map(|&len| usize::from(len)).sum::<usize>();
            let mut fresh = heap(vocabulary, &piece[from..until]).peekable();
            let right = fresh.peek().copied().unwrap_or_default();
            if kept == 0 || go_together(vocabulary, piece, from, usize::from(tokens[kept - 1]), right) {
                tokens.truncate(kept);
                tokens.extend(fresh.map(|len| len as u8));
                break;
            }
            retreat *= 2;
        }
        done = until;
    }
    tokens.len()
}

/// True when merging the bytes of two neighbouring tokens, the second of which begins at `at`, gives
/// these two tokens.
fn go_together(vocabulary: &Vocabulary, piece: &[u8], at: usize, left: usize, right: usize) -> bool {
    debug_assert!(left <= MAX_TOKEN && right <= MAX_TOKEN);
    heap(vocabulary, &piece[at - left..at + right]).eq([left, right])
}

/// Counts a very long piece that repeats a few bytes over and over, by pumping: where the same token comes
/// again in the same phase, what stands between the two may be repeated any number of times, since every
/// neighbourhood this makes is one that was there already.
fn periodic(vocabulary: &Vocabulary, piece: &[u8]) -> Option<usize> {
    let len = piece.len();
    let period = (1..=PERIOD).find(|&period| piece[period..] == piece[..len - period])?;
    let (_, cycle) = repetition(heap(vocabulary, &piece[..WINDOW]), |distance| {
        distance % period == 0
    })?;
    let sample = len - (len - WINDOW) / cycle * cycle;
    let (mut count, mut repeated) = (0, None);
    let tokens = heap(vocabulary, &piece[..sample]).inspect(|_| count += 1);
    if let Some((tokens, _)) = repetition(tokens, |distance| distance == cycle) {
        repeated = Some(tokens);
    }
    Some(count + (len - sample) / cycle * repeated?)
}

/// The first token that was there before at a `wanted` distance in bytes: how many tokens and how many
/// bytes ago. Reads all tokens.
fn repetition(tokens: impl Iterator<Item = usize>, wanted: impl Fn(usize) -> bool) -> Option<(usize, usize)> {
    let mut known: Vec<(usize, usize)> = Vec::new();
    let (mut from, mut found) = (0, None);
    for token in tokens {
        if found.is_none() {
            let same = |&(at, len): &(usize, usize)| len == token && wanted(from - at);
            let ago = known.iter().rev().position(same);
            found = ago.map(|ago| (ago + 1, from - known[known.len() - 1 - ago].0));
            known.push((from, token));
        }
        from += token;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::{CL100K, O200K};
    use super::*;

    /// Every way of merging gives what the plain rule gives.
    fn agree(piece: &[u8]) {
        for vocabulary in [&O200K, &CL100K] {
            let expected = heap(vocabulary, piece).count();
            let shown = String::from_utf8_lossy(&piece[..piece.len().min(60)]);
            assert_eq!(
                windows(vocabulary, piece),
                expected,
                "windows of {shown:?}, {}",
                piece.len()
            );
            if piece.len() <= SHORT {
                assert_eq!(
                    short::<SHORT>(vocabulary, piece),
                    expected,
                    "all pairs of {shown:?}"
                );
            }
            assert_eq!(count(vocabulary, piece), expected, "{shown:?}, {}", piece.len());
        }
    }

    #[test]
    fn one_thing_over_and_over() {
        let things = [
            "a", "A", " ", "=", "-=", "aab", "😀", "あ", "\t \n", "abcabd", "e\u{301}", "0x", "=-=-=-=*",
        ];
        for thing in things {
            for len in [1, 2, 7, 127, 128, 129, 2047, 2049, 2050, 3000, 5003, 9999] {
                agree(&thing.as_bytes().repeat(len / thing.len() + 1)[..len]);
            }
        }
    }

    #[test]
    fn long_runs_are_pumped() {
        for thing in [&b"a"[..], b" ", b"=-", b"\xF0\x9F\x98\x80"] {
            assert!(periodic(&O200K, &thing.repeat(3000)).is_some(), "{thing:?}");
        }
    }

    #[test]
    fn few_letters_at_random() {
        let mut seed = 0x2545_F491_4F6C_DD1D_u64;
        let mut next = move || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed as usize
        };
        let alphabets: [&[u8]; 6] = [
            b"ab",
            b"the ",
            b" \n\t",
            b"=-",
            b"etaoinshrdlu",
            b"\xF0\x9F\x98\x80",
        ];
        for round in 0..120 {
            let letters = alphabets[round % alphabets.len()];
            let len = if round % 3 == 0 {
                next() % 128 + 1
            } else {
                next() % 6000 + 129
            };
            let mut piece: Vec<u8> = Vec::new();
            while piece.len() < len {
                let letter = letters[next() % letters.len()];
                let times = if next() % 5 == 0 { next() % 300 } else { 1 };
                piece.extend(std::iter::repeat_n(letter, times));
            }
            piece.truncate(len);
            agree(&piece);
        }
    }
}
