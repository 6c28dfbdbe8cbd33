//! The scalar tokens of JSON: where a string, a number or a literal that starts here ends.

use super::JsonError;

/// End of the string whose opening quote stands at `start`, and whether it holds an escape.
pub(super) fn string_end(bytes: &[u8], start: usize) -> Result<(usize, bool), JsonError> {
    let mut at = start + 1;
    let mut escaped = false;
    loop {
        // Text between escapes is long in practice: look for the next byte that matters.
        let Some(step) = find_special(&bytes[at..]) else {
            return Err(JsonError {
                at: start,
                reason: "string is not closed",
            });
        };
        at += step;
        match bytes[at] {
            b'"' => return Ok((at + 1, escaped)),
            b'\\' => {
                escaped = true;
                at += escape_len(bytes, at)?;
            }
            _ => {
                return Err(JsonError {
                    at,
                    reason: "control character in a string",
                });
            }
        }
    }
}

/// Offset of the first quote, backslash or control character: eight bytes a step, then one by one.
fn find_special(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..at + 8) {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        let word = u64::from_le_bytes(word);
        // The classic zero-byte test, for `"`, `\` and bytes under 0x20.
        let quote = word ^ (ONES * u64::from(b'"'));
        let slash = word ^ (ONES * u64::from(b'\\'));
        let found = (quote.wrapping_sub(ONES) & !quote)
            | (slash.wrapping_sub(ONES) & !slash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        let found = found & HIGH;
        if found != 0 {
            // Borrows only make false hits after a true one, so the lowest bit is right.
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    let tail = &bytes[at..];
    tail.iter()
        .position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20)
        .map(|step| at + step)
}

fn escape_len(bytes: &[u8], at: usize) -> Result<usize, JsonError> {
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
        Some(b'u') => match bytes.get(at + 2..at + 6) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => Ok(6),
            _ => Err(JsonError {
                at,
                reason: "\\u needs four hexadecimal digits",
            }),
        },
        _ => Err(JsonError {
            at,
            reason: "unknown escape",
        }),
    }
}

/// End of the number that starts at `start` (at a digit or `-`).
pub(super) fn number_end(bytes: &[u8], start: usize) -> Result<usize, JsonError> {
    let wrong = |at| JsonError {
        at,
        reason: "malformed number",
    };
    let digits = |mut at: usize| {
        let from = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        if at == from { Err(wrong(at)) } else { Ok(at) }
    };
    let mut at = start + usize::from(bytes[start] == b'-');
    if bytes.get(at) == Some(&b'0') {
        at += 1;
    } else {
        at = digits(at)?;
    }
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        at = digits(at)?;
    }
    Ok(at)
}

/// End of `word` if it stands at `start`.
pub(super) fn literal_end(bytes: &[u8], start: usize, word: &str) -> Result<usize, JsonError> {
    let end = start + word.len();
    if bytes.get(start..end) == Some(word.as_bytes()) {
        Ok(end)
    } else {
        Err(JsonError {
            at: start,
            reason: "unexpected character",
        })
    }
}
