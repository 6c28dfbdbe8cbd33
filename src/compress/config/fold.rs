//! Lines that stand earlier already, said by their numbers.
//!
//! ```text
//! [headroom: lossless; "[= 3-9]" at the end of a line: lines 3-9 of the original follow here once more]
//! - name: web
//!   resources:
//!     limits:
//! …
//! - name: worker
//!   resources: [= 3-9]
//! ```
//!
//! The line before what is repeated stays, so that a reader sees what it is and where it belongs; and nothing
//! less deep than that line is repeated with it, so that every record is seen to begin.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;

use foldhash::fast::FixedState;

use crate::compress::{Compressed, DecodeError, Piece};
use crate::grammar::config;

const HEADER: &str = "[headroom: lossless; \"[= 3-9]\" at the end of a line: lines 3-9 of the original follow here once more]\n";
const PARTLY: &str =
    "[headroom: \"[= 3-9]\" at the end of a line: lines 3-9 of the original follow here once more]\n";
const AGAIN: &str = " [= ";
/// Fewer lines, the one before them included, or bytes are not worth a reference.
const FEWEST: usize = 3;
const SHORTEST: usize = 40;
/// Places looked at for the longest repeat.
const MOST: usize = 8;
/// The text must get shorter than this share of itself.
const WORTH: f64 = 0.9;
/// Most memory that repeats may take up, in bytes, and what a line takes besides its text.
const MOST_BYTES: usize = 1 << 28;
const LINE: usize = 16;

/// True for a text that starts like a folded configuration.
pub fn is_encoded(text: &str) -> bool {
    text.starts_with(HEADER)
}

/// The text with repeated lines named, if it is shorter and proven.
pub(super) fn lossless(text: &str) -> Option<Compressed> {
    let out = Folded::of(text, &[])?.out;
    ((out.len() as f64) < WORTH * text.len() as f64).then(|| Compressed {
        pieces: vec![Piece::Text(out)],
        transforms: vec!["config-fold"],
    })
}

/// What stands before, between and after ascending gaps, with repeated lines named by where they are shown, if
/// that is shorter and proven.
pub(super) fn between(text: &str, gaps: &[Range<usize>]) -> Option<Vec<String>> {
    let Folded { out, cuts } = Folded::of(text, gaps)?;
    let mut parts = Vec::with_capacity(cuts.len() + 1);
    let mut at = HEADER.len();
    for cut in cuts {
        parts.push(out[at..cut.start].to_owned());
        at = cut.end;
    }
    parts.push(out[at..].to_owned());
    parts[0].insert_str(0, PARTLY);
    let folded: usize = parts.iter().map(String::len).sum();
    let shown = text.len() - gaps.iter().map(Range::len).sum::<usize>();
    ((folded as f64) < WORTH * shown as f64).then_some(parts)
}

struct Folded {
    out: String,
    /// Where the gaps are in it.
    cuts: Vec<Range<usize>>,
}

impl Folded {
    fn of(text: &str, gaps: &[Range<usize>]) -> Option<Self> {
        let lines: Vec<&str> = text.split('\n').collect();
        if lines.iter().any(|line| reference(line).is_some()) {
            return None;
        }
        let ids = ids(&lines, gaps);
        let mut known: HashMap<[u32; FEWEST], Vec<usize>, FixedState> = HashMap::default();
        let window = |from: usize| -> Option<[u32; FEWEST]> { ids.get(from..from + FEWEST)?.try_into().ok() };
        let mut out = HEADER.to_owned();
        let mut cuts = Vec::with_capacity(gaps.len());
        let (mut at, mut start, mut gap) = (0, 0, None);
        while at < lines.len() {
            if at > 0 {
                out.push('\n');
            }
            let shift = out.len();
            out.push_str(lines[at]);
            let end = start + lines[at].len();
            // Lines with gaps are written as they are, so that places in them are found by counting.
            while let Some(range) = gaps.get(cuts.len()) {
                if gap.is_none() && (start..=end).contains(&range.start) {
                    gap = Some(shift + range.start - start);
                }
                let Some(from) = gap.filter(|_| range.end <= end) else {
                    break;
                };
                cuts.push(from..shift + range.end - start);
                gap = None;
            }
            let (from, len) = window(at)
                .and_then(|window| known.get(&window))
                .and_then(|places| longest(&lines, &ids, places, at))
                .unwrap_or((at, 1));
            if from < at {
                // Numbers count from 1 and include both ends. Writing to a String cannot fail.
                let _ = write!(out, "{AGAIN}{}-{}]", from + 2, from + len);
            }
            start += lines[at..at + len]
                .iter()
                .map(|line| line.len() + 1)
                .sum::<usize>();
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
        let proven = cuts.len() == gaps.len() && decode(&out).is_ok_and(|decoded| decoded == text);
        debug_assert!(proven, "not decodable: {out}");
        proven.then_some(Self { out, cuts })
    }
}

/// A number for each line, equal for equal lines; lines with gaps equal none.
fn ids(lines: &[&str], gaps: &[Range<usize>]) -> Vec<u32> {
    let mut known: HashMap<&str, u32, FixedState> = HashMap::default();
    let (mut next, mut start, mut gap) = (0, 0, 0);
    lines
        .iter()
        .map(|line| {
            let end = start + line.len();
            while gaps.get(gap).is_some_and(|gap| gap.end < start) {
                gap += 1;
            }
            let is_cut = gaps.get(gap).is_some_and(|gap| gap.start <= end);
            start = end + 1;
            next += 1;
            if is_cut {
                next
            } else {
                *known.entry(line).or_insert(next)
            }
        })
        .collect()
}

/// Start and length of the longest repeat of what begins at a line; it ends before that line.
fn longest(lines: &[&str], ids: &[u32], places: &[usize], at: usize) -> Option<(usize, usize)> {
    let first = lines[at];
    let depth = |line: &str| line.len() - line.trim_start().len();
    if first.trim().is_empty() {
        return None;
    }
    let belongs = |line: &str| {
        let bare = line.trim();
        bare.is_empty() || (depth(line) >= depth(first) && !config::is_head(bare))
    };
    let len = |start: usize| {
        let most = (at - start).min(ids.len() - at);
        let same = |step: &usize| ids[start + step] == ids[at + step];
        let len = (0..most)
            .take_while(|step| same(step) && (*step == 0 || belongs(lines[at + step])))
            .count();
        // What follows and is deeper would seem to belong to the first line, though it does to one in the repeat.
        let is_deeper = |line: &&str| !line.trim().is_empty() && depth(line) > depth(first);
        if lines.get(at + len).is_some_and(is_deeper) {
            let beside = |step: &usize| {
                let line = lines[at + step];
                !line.trim().is_empty() && depth(line) <= depth(first)
            };
            (1..len).rev().find(beside).unwrap_or(len)
        } else {
            len
        }
    };
    places
        .iter()
        .map(|&start| (start, len(start)))
        .max_by_key(|&(start, len)| (len, usize::MAX - start))
        .filter(|&(start, len)| {
            let repeated = || lines[start + 1..start + len].iter().map(|line| line.len() + 1);
            len >= FEWEST && repeated().sum::<usize>() >= SHORTEST
        })
}

/// What a line is without the reference at its end, and the lines that names.
fn reference(line: &str) -> Option<(&str, &str)> {
    let (bare, numbers) = line.strip_suffix(']')?.rsplit_once(AGAIN)?;
    let is_number = |byte: u8| byte.is_ascii_digit() || byte == b'-';
    numbers.bytes().all(is_number).then_some((bare, numbers))
}

/// Gives the bytes back.
pub fn decode(text: &str) -> Result<String, DecodeError> {
    let body = text
        .strip_prefix(HEADER)
        .ok_or(DecodeError::new("there is no header"))?;
    let mut lines: Vec<&str> = Vec::new();
    let mut size = 0;
    for line in body.split('\n') {
        let Some((bare, numbers)) = reference(line) else {
            lines.push(line);
            continue;
        };
        let (first, last) = numbers
            .split_once('-')
            .and_then(|(first, last)| Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?)))
            .ok_or(DecodeError::new("a repeat names no lines"))?;
        if first == 0 || last < first || last > lines.len() {
            return Err(DecodeError::new("a repeat names lines that are not before it"));
        }
        lines.push(bare);
        let repeated = &lines[first - 1..last];
        size += repeated.iter().map(|line| line.len() + LINE).sum::<usize>();
        if size > MOST_BYTES {
            return Err(DecodeError::new("it decodes to too much text"));
        }
        lines.extend_from_within(first - 1..last);
    }
    Ok(lines.join("\n"))
}
