//! A log as lines of tokens, with a hash of each token in which numbers do not count.
//!
//! A token is a run without whitespace together with the whitespace before it, or a timestamp; so the
//! tokens of a line put together are the line.

use std::ops::Range;

use crate::signal;

/// Longest log read, so that positions fit 32 bits.
const MAX_BYTES: usize = 1 << 30;

/// One token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Equal for tokens that differ in numbers only.
    pub(super) mask: u64,
    pub(super) is_time: bool,
}

/// A text cut into lines and tokens.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    pub(super) text: &'t str,
    /// Byte ranges without the line feed; a text that ends with one has an empty last line.
    pub(super) ranges: Vec<Range<u32>>,
    tokens: Vec<Token>,
    /// Where each line's tokens start, and their count at the end.
    starts: Vec<u32>,
}

impl<'t> Lines<'t> {
    /// Cuts a text; `None` if it is too long.
    pub(super) fn of(text: &'t str) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let mut lines = Self {
            text,
            ranges: Vec::with_capacity(text.len() / 64),
            tokens: Vec::with_capacity(text.len() / 8),
            starts: Vec::with_capacity(text.len() / 64),
        };
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]) {
            lines.starts.push(lines.tokens.len() as u32);
            lines.ranges.push(start as u32..end as u32);
            lines.cut(start, end);
            start = end + 1;
        }
        lines.starts.push(lines.tokens.len() as u32);
        Some(lines)
    }

    pub(super) fn len(&self) -> usize {
        self.ranges.len()
    }

    pub(super) fn get(&self, line: usize) -> &'t str {
        &self.text[self.span(line)]
    }

    /// The bytes of a line in the text, without its line feed.
    pub(super) fn span(&self, line: usize) -> Range<usize> {
        self.ranges[line].start as usize..self.ranges[line].end as usize
    }

    pub(super) fn tokens(&self, line: usize) -> &[Token] {
        &self.tokens[self.starts[line] as usize..self.starts[line + 1] as usize]
    }

    pub(super) fn token(&self, token: Token) -> &'t str {
        &self.text[token.start as usize..token.end as usize]
    }

    fn cut(&mut self, start: usize, end: usize) {
        let line = &self.text[start..end];
        let mut at = start;
        for stamp in signal::stamps(line).into_iter().flatten() {
            self.words(at, start + stamp.start);
            at = start + stamp.end;
            self.tokens.push(Token {
                start: (start + stamp.start) as u32,
                end: at as u32,
                mask: 1,
                is_time: true,
            });
        }
        self.words(at, end);
    }

    fn words(&mut self, start: usize, end: usize) {
        let bytes = self.text.as_bytes();
        let mut at = start;
        while at < end {
            let from = at;
            while at < end && is_space(bytes[at]) {
                at += 1;
            }
            while at < end && !is_space(bytes[at]) {
                at += 1;
            }
            self.tokens.push(Token {
                start: from as u32,
                end: at as u32,
                mask: mask(&bytes[from..at]),
                is_time: false,
            });
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

/// Hash of a token in which every number, in digits or hexadecimal, is the same.
pub(super) fn mask(bytes: &[u8]) -> u64 {
    const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
    const NUMBER: u64 = 0x30;
    let step = |hash: u64, value: u64| (hash.rotate_left(5) ^ value).wrapping_mul(SEED);
    let mut hash = SEED;
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_alphanumeric() {
            // The sign of a number is part of it.
            let is_sign = bytes[at] == b'-'
                && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
                && !at
                    .checked_sub(1)
                    .is_some_and(|before| bytes[before].is_ascii_alphanumeric());
            if !is_sign {
                hash = step(hash, u64::from(bytes[at]));
            }
            at += 1;
            continue;
        }
        let from = at;
        let (mut digits, mut hex) = (0, true);
        while at < bytes.len() && bytes[at].is_ascii_alphanumeric() {
            digits += usize::from(bytes[at].is_ascii_digit());
            hex &= bytes[at].is_ascii_hexdigit();
            at += 1;
        }
        if digits == at - from || (hex && digits > 0 && at - from >= 8) {
            hash = step(hash, NUMBER);
            continue;
        }
        let mut was_digit = false;
        for &byte in &bytes[from..at] {
            let is_digit = byte.is_ascii_digit();
            if !(is_digit && was_digit) {
                hash = step(hash, if is_digit { NUMBER } else { u64::from(byte) });
            }
            was_digit = is_digit;
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_put_together_are_the_line() {
        let text = "a  b\t c \r\n\n 2015-07-29 17:41:44,747 x=1 é\nlast";
        let lines = Lines::of(text).unwrap();
        assert_eq!(lines.len(), 4);
        for line in 0..lines.len() {
            let whole: String = lines
                .tokens(line)
                .iter()
                .map(|&token| lines.token(token))
                .collect();
            assert_eq!(whole, lines.get(line));
        }
        assert_eq!(
            (0..4).map(|line| lines.get(line)).collect::<Vec<_>>().join("\n"),
            text
        );
    }

    #[test]
    fn numbers_do_not_count() {
        for (a, b) in [
            ("blk_-695", "blk_7"),
            ("10.0.0.1:80", "192.168.7.9:8080"),
            ("x=1", "x=22"),
            ("8f3a2b1c", "00000017"),
        ] {
            assert_eq!(mask(a.as_bytes()), mask(b.as_bytes()), "{a} {b}");
        }
        for (a, b) in [("ab", "ac"), ("a-b", "ab"), ("facade", "decade"), ("v1", "w1")] {
            assert_ne!(mask(a.as_bytes()), mask(b.as_bytes()), "{a} {b}");
        }
    }
}
