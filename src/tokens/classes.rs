//! Character classes of the pre-tokenizers: the Unicode categories their regular expressions name.

use super::layout::{CASELESS, CLASS_ROW, LOWER, NEWLINE, NUMBER, OTHER, SPACE, UPPER};

static INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/classes.index"));
static ROWS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/classes.rows"));

/// Class of every ASCII character; zero for the bytes of longer ones.
static ASCII: [u8; 256] = ascii();

/// `\p{L}`.
pub(super) const LETTER: u8 = UPPER | LOWER | CASELESS;
/// `\s`.
pub(super) const BLANK: u8 = SPACE | NEWLINE;

const fn ascii() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = match byte as u8 {
            b'A'..=b'Z' => UPPER,
            b'a'..=b'z' => LOWER,
            b'0'..=b'9' => NUMBER,
            b'\r' | b'\n' => NEWLINE,
            b' ' | b'\t' | 0x0B | 0x0C => SPACE,
            _ => OTHER,
        };
        byte += 1;
    }
    table
}

/// Class of the byte at `at` if it is an ASCII character; zero otherwise, and at the end of the text.
#[inline]
pub(super) fn ascii_at(bytes: &[u8], at: usize) -> u8 {
    match bytes.get(at) {
        Some(&byte) => ASCII[usize::from(byte)],
        None => 0,
    }
}

/// Class and length in bytes of the character at `at`; `(0, 0)` at the end of the text.
///
/// `bytes` is UTF-8 and `at` a character boundary.
#[inline]
pub(super) fn at(bytes: &[u8], at: usize) -> (u8, usize) {
    match ascii_at(bytes, at) {
        0 => beyond_ascii(&bytes[at..]),
        class => (class, 1),
    }
}

#[inline(never)]
fn beyond_ascii(rest: &[u8]) -> (u8, usize) {
    let low = |at: usize| rest.get(at).map_or(0, |&byte| u32::from(byte & 0x3F));
    let (code, len) = match rest.first() {
        None => return (0, 0),
        Some(&lead @ 0..0xE0) => (u32::from(lead & 0x1F) << 6 | low(1), 2),
        Some(&lead @ 0xE0..0xF0) => (u32::from(lead & 0x0F) << 12 | low(1) << 6 | low(2), 3),
        Some(&lead) => (
            u32::from(lead & 0x07) << 18 | low(1) << 12 | low(2) << 6 | low(3),
            4,
        ),
    };
    let (row, column) = (code as usize / CLASS_ROW, code as usize % CLASS_ROW);
    let row = INDEX.get(row).map_or(0, |&row| usize::from(row));
    (ROWS[row * CLASS_ROW + column], len)
}

/// End of the run of characters of `classes` that begins at `from`.
#[inline]
pub(super) fn run(bytes: &[u8], from: usize, classes: u8) -> usize {
    let mut end = from;
    loop {
        while ascii_at(bytes, end) & classes != 0 {
            end += 1;
        }
        if end >= bytes.len() || bytes[end] < 0x80 {
            return end;
        }
        let (class, len) = beyond_ascii(&bytes[end..]);
        if class & classes == 0 {
            return end;
        }
        end += len;
    }
}
