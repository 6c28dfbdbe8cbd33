//! The shapes of volatile tokens, by hand and in one pass. Every shape is pure ASCII.
//!
//! A token starts where no ASCII letter or digit stands before it: `_`, `-` and characters of other
//! scripts are boundaries, because `session_<uuid>` and dates within Chinese text are common.

use std::ops::Range;

use super::Volatile;

/// Fewest hexadecimal digits of a hash (MD5).
const MIN_HASH: usize = 32;

/// Fewest characters of a web token's parts; `{"alg":"none"}` alone has 19.
const MIN_JWT_HEAD: usize = 16;
const MIN_JWT_PART: usize = 8;

/// Parts of an encrypted web token; a signed one has 3.
const MAX_JWT_PARTS: usize = 5;

/// The tokens of a text, left to right, never overlapping.
pub(super) fn find(text: &str) -> Find<'_> {
    Find {
        bytes: text.as_bytes(),
        at: 0,
        no_jwt_before: 0,
    }
}

pub(super) struct Find<'a> {
    bytes: &'a [u8],
    at: usize,
    /// No web token starts before this: a longer search from there has failed already. Keeps it linear.
    no_jwt_before: usize,
}

impl Iterator for Find<'_> {
    type Item = (Volatile, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        while self.at < self.bytes.len() {
            let start = self.at;
            if !self.bytes[start].is_ascii_alphanumeric() {
                // Tool definitions are JSON source: the letter of `\n` is no part of the word behind it.
                let escape = self.bytes[start] == b'\\'
                    && matches!(self.bytes.get(start + 1), Some(b'n' | b'r' | b't'));
                self.at += 1 + usize::from(escape);
                continue;
            }
            if let Some((kind, end)) = self.token(start) {
                self.at = end;
                return Some((kind, start..end));
            }
            self.at = run(self.bytes, start, u8::is_ascii_alphanumeric);
        }
        None
    }
}

impl Find<'_> {
    /// The token at the start of a word, and where it ends.
    fn token(&mut self, start: usize) -> Option<(Volatile, usize)> {
        let bytes = self.bytes;
        if let Some(end) = self.jwt(start) {
            return Some((Volatile::Jwt, end));
        }
        None.or_else(|| uuid(bytes, start).map(|end| (Volatile::Uuid, end)))
            .or_else(|| iso8601(bytes, start).map(|end| (Volatile::Iso8601, end)))
            .or_else(|| epoch(bytes, start).map(|end| (Volatile::Epoch, end)))
            .or_else(|| hex_hash(bytes, start).map(|end| (Volatile::HexHash, end)))
    }

    fn jwt(&mut self, start: usize) -> Option<usize> {
        // Base64 of `{"`.
        if start < self.no_jwt_before || !self.bytes[start..].starts_with(b"eyJ") {
            return None;
        }
        let part = |from| {
            run(self.bytes, from, |byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
            })
        };
        let head = part(start);
        let (mut end, mut parts) = (head, 1);
        while parts < MAX_JWT_PARTS && self.bytes.get(end) == Some(&b'.') {
            let next = part(end + 1);
            if next - (end + 1) < MIN_JWT_PART {
                break;
            }
            (end, parts) = (next, parts + 1);
        }
        if parts >= 3 && head - start >= MIN_JWT_HEAD {
            return Some(end);
        }
        self.no_jwt_before = head;
        None
    }
}

/// End of the run of bytes from `at` that are `wanted`.
fn run(bytes: &[u8], at: usize, wanted: impl Fn(&u8) -> bool) -> usize {
    bytes[at..]
        .iter()
        .position(|byte| !wanted(byte))
        .map_or(bytes.len(), |step| at + step)
}

fn is_word_end(bytes: &[u8], at: usize) -> bool {
    !bytes.get(at).is_some_and(u8::is_ascii_alphanumeric)
}

fn before(bytes: &[u8], at: usize, steps: usize) -> Option<u8> {
    bytes.get(at.checked_sub(steps)?).copied()
}

/// True when `separators` stand at `at` and a digit after that: the number goes on.
fn goes_on(bytes: &[u8], at: usize, separators: &[u8]) -> bool {
    bytes.get(at).is_some_and(|byte| separators.contains(byte))
        && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
}

fn uuid(bytes: &[u8], start: usize) -> Option<usize> {
    let end = start + 36;
    let token = bytes.get(start..end)?;
    let fits = token.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    // 00000000-0000-… and ffffffff-ffff-… are placeholders.
    let varies = token.iter().any(|byte| *byte != b'-' && *byte != token[0]);
    (fits && varies && is_word_end(bytes, end)).then_some(end)
}

fn hex_hash(bytes: &[u8], start: usize) -> Option<usize> {
    let digits = if bytes[start..].starts_with(b"0x") {
        start + 2
    } else {
        start
    };
    let end = run(bytes, digits, u8::is_ascii_hexdigit);
    let token = &bytes[digits..end];
    let mixed = token.iter().any(u8::is_ascii_digit) && token.iter().any(u8::is_ascii_alphabetic);
    (token.len() >= MIN_HASH && mixed && is_word_end(bytes, end)).then_some(end)
}

/// Seconds or milliseconds since 1970. Only numbers that start with 1: telephone numbers of ten digits
/// never do, and it spans 2001 to 2033.
fn epoch(bytes: &[u8], start: usize) -> Option<usize> {
    let end = run(bytes, start, u8::is_ascii_digit);
    let digits = &bytes[start..end];
    let zeros = digits.iter().rev().take_while(|byte| **byte == b'0').count();
    let plausible = match digits.len() {
        10 => zeros < 6,
        13 => zeros < 9,
        _ => false,
    };
    if !plausible || digits[0] != b'1' || !is_word_end(bytes, end) {
        return None;
    }
    let last = before(bytes, start, 1);
    let grouped = matches!(last, Some(b' ' | b'-' | b'/'))
        && before(bytes, start, 2).is_some_and(|byte| byte.is_ascii_digit());
    let signed = matches!(last, Some(b'+' | b'.' | b',' | b')' | b'$' | b'#'));
    if grouped || signed || goes_on(bytes, end, b",-/") {
        return None;
    }
    Some(if goes_on(bytes, end, b".") {
        run(bytes, end + 1, u8::is_ascii_digit)
    } else {
        end
    })
}

/// A number of `count` digits at `at`, within `range`.
fn number(bytes: &[u8], at: usize, count: usize, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
    let digits = bytes.get(at..at + count)?;
    let value = digits.iter().try_fold(0, |sum, byte| {
        byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0'))
    })?;
    range.contains(&value).then_some(value)
}

fn day_fits(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    day <= days
}

/// `2024-05-15`, `2024-05-15T10:00:00.5+02:00`, `2024-05-15 10:00`, `20240515T100000Z`.
fn iso8601(bytes: &[u8], start: usize) -> Option<usize> {
    let year = number(bytes, start, 4, 2000..=2099)?;
    let dash = usize::from(bytes.get(start + 4) == Some(&b'-'));
    let month = number(bytes, start + 4 + dash, 2, 1..=12)?;
    if dash == 1 && bytes.get(start + 7) != Some(&b'-') {
        return None;
    }
    let day = number(bytes, start + 6 + 2 * dash, 2, 1..=31)?;
    if !day_fits(year, month, day) {
        return None;
    }
    let date_end = start + 8 + 2 * dash;
    if let Some(end) = time(bytes, date_end, dash == 1) {
        return Some(end);
    }
    // Eight digits are a number, not a date. A date joined to a word is mostly a fixed name:
    // `gpt-4o-2024-08-06`, `2024-05-01-preview`.
    let joined = matches!(before(bytes, start, 1), Some(b'-' | b'_' | b'.'))
        && before(bytes, start, 2).is_some_and(|byte| byte.is_ascii_alphanumeric());
    let named = bytes.get(date_end) == Some(&b'-') && !is_word_end(bytes, date_end + 1);
    (dash == 1 && !joined && !named && is_word_end(bytes, date_end)).then_some(date_end)
}

/// End of the time and zone that follow a date.
fn time(bytes: &[u8], date_end: usize, extended: bool) -> Option<usize> {
    match bytes.get(date_end) {
        Some(b'T' | b't') => {}
        Some(b' ') if extended => {}
        _ => return None,
    }
    let colon = usize::from(extended);
    let colon_at = |at: usize| !extended || bytes.get(at) == Some(&b':');
    let hour = date_end + 1;
    number(bytes, hour, 2, 0..=24)?;
    let minute = hour + 2 + colon;
    number(bytes, minute, 2, 0..=59).filter(|_| colon_at(minute - 1))?;
    let mut end = minute + 2;
    if colon_at(end) && number(bytes, end + colon, 2, 0..=60).is_some() {
        end += colon + 2;
        if goes_on(bytes, end, b".,") {
            end = run(bytes, end + 1, u8::is_ascii_digit);
        }
    }
    let end = zone(bytes, end);
    is_word_end(bytes, end).then_some(end)
}

/// End of `Z`, `+02`, `+0200` or `+02:00` at `at`, or `at` itself.
fn zone(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'Z' | b'z') => at + 1,
        Some(b'+' | b'-') if number(bytes, at + 1, 2, 0..=23).is_some() => {
            let colon = usize::from(bytes.get(at + 3) == Some(&b':'));
            let minutes = number(bytes, at + 3 + colon, 2, 0..=59);
            if minutes.is_some() { at + 5 + colon } else { at + 3 }
        }
        _ => at,
    }
}
