//! The pre-tokenizers: where a text is cut into pieces before byte pair merging.
//!
//! Each is the regular expression of its encoding, followed by hand. For reference, alternatives in order:
//!
//! | | `o200k_base` | `cl100k_base` |
//! |---|---|---|
//! | contraction | at the end of a word | `'(?i:[sdmt]\|ll\|ve\|re)` |
//! | word | `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(contraction)?` | `[^\r\n\p{L}\p{N}]?\p{L}+` |
//! | capitals | the same with `+` and `*` exchanged | |
//! | number | `\p{N}{1,3}` | the same |
//! | symbols | ` ?[^\s\p{L}\p{N}]+[\r\n/]*` | ` ?[^\s\p{L}\p{N}]+[\r\n]*` |
//! | blanks at the end | | `\s+$` |
//! | line ends | `\s*[\r\n]+` | the same |
//! | blanks | `\s+(?!\S)\|\s+` | the same |

use super::classes::{self, BLANK, LETTER, at, run};
use super::layout::{CASELESS, LOWER, MARK, NEWLINE, NUMBER, OTHER, UPPER};

/// What the first half of an `o200k_base` word may hold.
const HEAD: u8 = UPPER | CASELESS | MARK;
/// What the second half of an `o200k_base` word may hold.
const TAIL: u8 = LOWER | CASELESS | MARK;
/// What can't stand in front of a word as part of it.
const NO_PREFIX: u8 = NEWLINE | NUMBER | LETTER;

/// End of the `o200k_base` piece that begins at `from`, which is inside the text.
#[inline]
pub(super) fn o200k(bytes: &[u8], from: usize) -> usize {
    let (class, len) = at(bytes, from);
    let word = if class & LETTER != 0 {
        word(bytes, from)
    } else if class & NO_PREFIX == 0 {
        match word(bytes, from + len) {
            // A mark is also a word by itself, and that alternative is tried before a word of capitals.
            Word::None | Word::Capitals(_) if class == MARK => Word::Some(from + len),
            word => word,
        }
    } else {
        Word::None
    };
    match word {
        Word::Some(end) | Word::Capitals(end) => end + contraction(bytes, end),
        Word::None if class == NUMBER => number(bytes, from),
        Word::None => symbols(bytes, from, class, b'/').unwrap_or_else(|| blanks(bytes, from)),
    }
}

/// End of the `cl100k_base` piece that begins at `from`, which is inside the text.
#[inline]
pub(super) fn cl100k(bytes: &[u8], from: usize) -> usize {
    let (class, len) = at(bytes, from);
    if class & LETTER != 0 {
        return run(bytes, from + len, LETTER);
    }
    if class == NUMBER {
        return number(bytes, from);
    }
    let contraction = contraction(bytes, from);
    if contraction > 0 {
        return from + contraction;
    }
    if class & NO_PREFIX == 0 {
        let end = run(bytes, from + len, LETTER);
        if end > from + len {
            return end;
        }
    }
    if let Some(end) = symbols(bytes, from, class, b'\n') {
        return end;
    }
    let end = run(bytes, from, BLANK);
    if end == bytes.len() {
        end
    } else {
        blanks(bytes, from)
    }
}

/// A word without its prefix and contraction.
enum Word {
    /// Ends in what the second half of a word may hold.
    Some(usize),
    /// Only capitals.
    Capitals(usize),
    /// Not a word.
    None,
}

/// The `o200k_base` word whose letters begin at `from`.
#[inline]
fn word(bytes: &[u8], from: usize) -> Word {
    let mut end = from;
    while classes::ascii_at(bytes, end) == UPPER {
        end += 1;
    }
    let capitals = end;
    while classes::ascii_at(bytes, end) == LOWER {
        end += 1;
    }
    if bytes.get(end).is_some_and(|&byte| byte >= 0x80) {
        return wide_word(bytes, from);
    }
    if end > capitals {
        Word::Some(end)
    } else if capitals > from {
        Word::Capitals(capitals)
    } else {
        Word::None
    }
}

/// [`word`] for words with characters beyond ASCII, where the two halves' classes overlap.
#[inline(never)]
fn wide_word(bytes: &[u8], from: usize) -> Word {
    let mut end = from;
    // Where the first half would have to stop for the second to have something.
    let mut shared = None;
    loop {
        let (class, len) = at(bytes, end);
        if class & HEAD == 0 {
            if class & TAIL != 0 {
                return Word::Some(run(bytes, end, TAIL));
            }
            break;
        }
        end += len;
        if class != UPPER {
            shared = Some(end);
        }
    }
    match shared {
        Some(end) => Word::Some(end),
        None if end > from => Word::Capitals(end),
        None => Word::None,
    }
}

/// Length in bytes of the English contraction at `from`: `'s 't 're 've 'm 'll 'd` in any case, with the
/// long s that Unicode folds to s. Zero if there is none.
#[inline]
fn contraction(bytes: &[u8], from: usize) -> usize {
    if bytes.get(from) != Some(&b'\'') {
        return 0;
    }
    let lower = |at: usize| bytes.get(at).map_or(0, |&byte| byte | 0x20);
    match (lower(from + 1), lower(from + 2)) {
        (b's' | b't' | b'm' | b'd', _) => 2,
        (b'r' | b'v', b'e') | (b'l', b'l') => 3,
        _ if bytes[from + 1..].starts_with("ſ".as_bytes()) => 3,
        _ => 0,
    }
}

/// End of the number that begins at `from`: one to three digits or other numerals.
#[inline]
fn number(bytes: &[u8], from: usize) -> usize {
    let mut end = from;
    for _ in 0..3 {
        let (class, len) = at(bytes, end);
        if class != NUMBER {
            break;
        }
        end += len;
    }
    end
}

/// End of the symbols that begin at `from`, with line ends and `tail` bytes after them.
#[inline]
fn symbols(bytes: &[u8], from: usize, class: u8, tail: u8) -> Option<usize> {
    let first = if bytes[from] == b' ' {
        if at(bytes, from + 1).0 & (OTHER | MARK) == 0 {
            return None;
        }
        from + 1
    } else if class & (OTHER | MARK) != 0 {
        from
    } else {
        return None;
    };
    let mut end = run(bytes, first, OTHER | MARK);
    while bytes
        .get(end)
        .is_some_and(|&byte| byte == b'\n' || byte == b'\r' || byte == tail)
    {
        end += 1;
    }
    Some(end)
}

/// End of the blanks that begin at `from`: up to the last line end if there is one, otherwise all but the
/// blank that belongs to what follows.
fn blanks(bytes: &[u8], from: usize) -> usize {
    let (mut end, mut last, mut line_end) = (from, from, None);
    loop {
        let (class, len) = at(bytes, end);
        if class & BLANK == 0 {
            break;
        }
        last = end;
        end += len;
        if class == NEWLINE {
            line_end = Some(end);
        }
    }
    match line_end {
        Some(end) => end,
        None if end == bytes.len() || last == from => end,
        None => last,
    }
}
