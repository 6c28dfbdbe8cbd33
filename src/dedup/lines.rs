//! Runs of lines that stand in an earlier tool output.
//!
//! A run is found by a window: the fewest lines from a line on that come to [`RUN`] bytes. The same lines give
//! the same window wherever they stand, so one look-up a line finds every run that is worth a pointer, in
//! time linear in the text.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;

use foldhash::fast::FixedState;

use super::not_decodable;
use crate::ccr::{Pointer, find_refs, pointer, read_pointer};
use crate::error::Error;

/// Bytes from which a run is worth a pointer: about three times what the pointer takes.
const RUN: usize = 160;
/// A window of more lines than this is mostly empty lines.
const WINDOW: usize = 24;
/// Places remembered of one window; more are repeats that differ only further on.
const PLACES: usize = 4;

/// A line of an earlier output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    output: usize,
    line: usize,
}

/// Where the windows of earlier outputs stand.
#[derive(Debug, Default)]
pub(super) struct Index {
    places: HashMap<u64, Vec<Place>, FixedState>,
    outputs: Vec<Lines>,
}

impl Index {
    /// Outputs in here.
    pub(super) fn outputs(&self) -> usize {
        self.outputs.len()
    }

    /// Adds the next output.
    pub(super) fn add(&mut self, text: &str) {
        let output = self.outputs.len();
        let lines = Lines::of(text);
        for line in 0..lines.len() {
            if let Some(window) = lines.window(line) {
                let places = self.places.entry(window).or_default();
                if places.len() < PLACES {
                    places.push(Place { output, line });
                }
            }
        }
        self.outputs.push(lines);
    }

    /// The text with pointers for its runs; `None` without any. Outputs that `may_name` refuses are pointed to
    /// only by a text that stands in them as a whole.
    pub(super) fn point(
        &self,
        text: &str,
        sent: &[&str],
        may_name: impl Fn(usize) -> bool,
    ) -> Option<String> {
        let lines = Lines::of(text);
        let mut out: Vec<String> = Vec::new();
        let (mut at, mut pointers) = (0, 0);
        while at < lines.len() {
            let run = self
                .longest(text, &lines, at, sent)
                .filter(|(place, run)| may_name(place.output) || *run == lines.len());
            let Some((place, run)) = run else {
                out.push(lines.get(text, at).to_owned());
                at += 1;
                continue;
            };
            let target = &self.outputs[place.output];
            out.push(pointer(&Pointer {
                output: place.output + 1,
                lines: (run < target.len()).then_some((place.line + 1, place.line + run)),
                starts: head(&lines, text, at..at + run).to_owned(),
            }));
            pointers += 1;
            at += run;
        }
        (pointers > 0).then(|| out.join("\n"))
    }

    /// The longest run from a line on that stands above; of equals the latest.
    fn longest(&self, text: &str, lines: &Lines, at: usize, sent: &[&str]) -> Option<(Place, usize)> {
        let places = self.places.get(&lines.window(at)?)?;
        let runs = places.iter().map(|&place| {
            let target = &self.outputs[place.output];
            let most = (lines.len() - at).min(target.len() - place.line);
            let same = |step: &usize| {
                let line = lines.get(text, at + step);
                // A text keeps the line that says how to read back what is left out of it.
                line == target.get(sent[place.output], place.line + step) && find_refs(line).is_empty()
            };
            (place, (0..most).take_while(same).count())
        });
        runs.filter(|(_, run)| lines.bytes(at..at + run) >= RUN)
            .max_by_key(|(place, run)| (*run, place.output, place.line))
    }
}

/// How a run starts, for a reader to find it by: its first line that says something.
fn head<'t>(lines: &Lines, text: &'t str, run: Range<usize>) -> &'t str {
    const LOOKED_AT: usize = 4;
    const CHARS: usize = 32;
    const TELLING: usize = 4;
    let telling = |line: &&str| line.chars().filter(|c| c.is_alphanumeric()).count() >= TELLING;
    let mut first = run.take(LOOKED_AT).map(|at| lines.get(text, at).trim());
    let line = first.find(telling).unwrap_or_default();
    let end = line.char_indices().nth(CHARS).map_or(line.len(), |(at, _)| at);
    line[..end].trim_end()
}

/// A text by lines, with a hash of each.
#[derive(Debug)]
struct Lines {
    starts: Vec<usize>,
    hashes: Vec<u64>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let hasher = FixedState::default();
        let mut lines = Self {
            starts: vec![0],
            hashes: Vec::new(),
        };
        for line in text.split('\n') {
            let mut state = hasher.build_hasher();
            state.write(line.as_bytes());
            lines.hashes.push(state.finish());
            let start = lines.starts[lines.starts.len() - 1];
            lines.starts.push(start + line.len() + 1);
        }
        lines
    }

    fn len(&self) -> usize {
        self.hashes.len()
    }

    fn get<'t>(&self, text: &'t str, line: usize) -> &'t str {
        &text[self.starts[line]..self.starts[line + 1] - 1]
    }

    fn bytes(&self, lines: Range<usize>) -> usize {
        self.starts[lines.end] - self.starts[lines.start]
    }

    /// The hash of the window from a line on; `None` where the text is over before it is full.
    fn window(&self, from: usize) -> Option<u64> {
        let mut hash: u64 = 0;
        for line in from..self.len().min(from + WINDOW) {
            hash = hash.rotate_left(7) ^ self.hashes[line];
            if self.bytes(from..line + 1) >= RUN {
                return Some(hash);
            }
        }
        None
    }
}

/// The text with what its pointers stand for.
pub(super) fn expand(text: &str, above: &[&str]) -> Result<String, Error> {
    // Pointers can multiply a text; no honest one comes near this.
    const MOST_BYTES: usize = 1 << 28;
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let Some(pointer) = read_pointer(line) else {
            out.push_str(line);
            continue;
        };
        let target = pointer.output.checked_sub(1).and_then(|at| above.get(at));
        let target = target.ok_or_else(|| not_decodable("there are not that many tool outputs"))?;
        let range = match pointer.lines {
            None => 0..target.len(),
            Some((from, to)) => {
                span(target, from, to).ok_or_else(|| not_decodable("the output has not that many lines"))?
            }
        };
        out.push_str(&target[range]);
        if out.len() > MOST_BYTES {
            return Err(not_decodable("the text would become too large"));
        }
    }
    Ok(out)
}

/// The bytes of lines `from` to `to`, counted from 1.
fn span(text: &str, from: usize, to: usize) -> Option<Range<usize>> {
    let starts = || std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
    let start = starts().nth(from.checked_sub(1)?)?;
    starts().nth(to.checked_sub(1)?)?;
    let end = starts().nth(to).map_or(text.len(), |next| next - 1);
    (start <= end).then_some(start..end)
}
