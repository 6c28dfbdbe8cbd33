//! Lines that stand earlier already, said by their numbers.
//!
//! ```text
//! [headroom: lossless; "= 3-9" stands for lines 3-9 of the text, which are repeated there]
//! - name: web
//!   resources:
//!     limits:
//! …
//! - name: worker
//! = 3-9
//! ```

use std::collections::HashMap;
use std::fmt::Write as _;

use foldhash::fast::FixedState;

use crate::compress::{Compressed, Piece};

const HEADER: &str =
    "[headroom: lossless; \"= 3-9\" stands for lines 3-9 of the text, which are repeated there]\n";
const AGAIN: &str = "= ";
/// Fewer lines or bytes are not worth a reference.
const FEWEST: usize = 3;
const SHORTEST: usize = 48;
/// Places looked at for the longest repeat.
const MOST: usize = 8;
/// The text must get shorter than this share of itself.
const WORTH: f64 = 0.9;
/// Most memory that repeats may take up, in bytes, and what a line takes besides its text.
const MOST_BYTES: usize = 1 << 28;
const LINE: usize = 16;

/// Why a text is no folded configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(&'static str);

/// True for a text that starts like a folded configuration.
pub fn is_encoded(text: &str) -> bool {
    text.starts_with(HEADER)
}

/// The text with repeated lines named, if it is shorter and proven.
pub(super) fn lossless(text: &str) -> Option<Compressed> {
    let lines: Vec<&str> = text.split('\n').collect();
    if lines.iter().any(|line| line.starts_with(AGAIN)) {
        return None;
    }
    let mut out = HEADER.to_owned();
    let mut known: HashMap<[u32; FEWEST], Vec<usize>, FixedState> = HashMap::default();
    let ids = ids(&lines);
    let mut at = 0;
    while at < lines.len() {
        let window = |from: usize| ids.get(from..from + FEWEST)?.try_into().ok();
        let (start, len) = window(at)
            .and_then(|window: [u32; FEWEST]| known.get(&window))
            .and_then(|places| longest(&ids, places, at))
            .filter(|&(start, len)| {
                lines[start..start + len]
                    .iter()
                    .map(|line| line.len() + 1)
                    .sum::<usize>()
                    >= SHORTEST
            })
            .unwrap_or((at, 1));
        if at > 0 {
            out.push('\n');
        }
        if start < at {
            // Numbers count from 1 and include both ends. Writing to a String cannot fail.
            let _ = write!(out, "{AGAIN}{}-{}", start + 1, start + len);
        } else {
            out.push_str(lines[at]);
        }
        for from in at..at + len {
            if let Some(window) = window(from) {
                let places = known.entry(window).or_default();
                if places.len() < MOST {
                    places.push(from);
                }
            }
        }
        at += len;
    }
    if out.len() as f64 >= WORTH * text.len() as f64 {
        return None;
    }
    let proven = decode(&out).is_ok_and(|decoded| decoded == text);
    debug_assert!(proven, "not decodable: {out}");
    proven.then(|| Compressed {
        pieces: vec![Piece::Text(out)],
        transforms: vec!["config-fold"],
    })
}

/// A number for each line, equal for equal lines.
fn ids(lines: &[&str]) -> Vec<u32> {
    let mut known: HashMap<&str, u32, FixedState> = HashMap::default();
    lines
        .iter()
        .map(|line| {
            let next = known.len() as u32;
            *known.entry(line).or_insert(next)
        })
        .collect()
}

/// Start and length of the longest repeat of what begins at a line; it ends before that line.
fn longest(ids: &[u32], places: &[usize], at: usize) -> Option<(usize, usize)> {
    let len = |start: usize| {
        let most = (at - start).min(ids.len() - at);
        (0..most)
            .take_while(|step| ids[start + step] == ids[at + step])
            .count()
    };
    places
        .iter()
        .map(|&start| (start, len(start)))
        .max_by_key(|&(start, len)| (len, usize::MAX - start))
        .filter(|&(_, len)| len >= FEWEST)
}

/// Gives the bytes back.
pub fn decode(text: &str) -> Result<String, DecodeError> {
    let body = text
        .strip_prefix(HEADER)
        .ok_or(DecodeError("there is no header"))?;
    let mut lines: Vec<&str> = Vec::new();
    let mut size = 0;
    for line in body.split('\n') {
        let from = lines.len();
        match line.strip_prefix(AGAIN) {
            None => lines.push(line),
            Some(spec) => {
                let (first, last) = spec
                    .split_once('-')
                    .ok_or(DecodeError("a repeat names no lines"))?;
                let number = |digits: &str| {
                    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
                    digits.parse::<usize>().ok().filter(|_| plain)
                };
                let (Some(first), Some(last)) = (number(first), number(last)) else {
                    return Err(DecodeError("a repeat names no lines"));
                };
                if first == 0 || last < first || last > from {
                    return Err(DecodeError("a repeat names lines that are not before it"));
                }
                let repeated = &lines[first - 1..last];
                size += repeated.iter().map(|line| line.len() + LINE).sum::<usize>();
                if size > MOST_BYTES {
                    return Err(DecodeError("it decodes to too much text"));
                }
                lines.extend_from_within(first - 1..last);
            }
        }
    }
    Ok(lines.join("\n"))
}
