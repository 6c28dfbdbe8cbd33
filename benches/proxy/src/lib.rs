//! What the mock of a provider and the load generator agree on: how a stream is asked for, and how its frames carry
//! a number and the moment they left.
//!
//! Both are processes of one machine, so they share its clock.
#![forbid(unsafe_code)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The request's header that asks for a stream: `FRAMES,MILLISECONDS`, one frame each so many milliseconds.
pub const PACE: &str = "x-bench-pace";

/// What stands before a frame's mark, and behind it.
const OPEN: &str = r#""text":""#;
const CLOSE: char = '"';

/// How a stream is paced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How many frames.
    pub frames: u32,
    /// From one to the next.
    pub every: Duration,
}

impl Pace {
    /// As [`PACE`] spells it.
    pub fn read(text: &str) -> Option<Self> {
        let (frames, every) = text.split_once(',')?;
        Some(Self {
            frames: frames.trim().parse().ok()?,
            every: Duration::from_millis(every.trim().parse().ok()?),
        })
    }
}

/// One frame as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Its number in its stream, from 0.
    pub number: u32,
    /// When it left, in nanoseconds since 1970.
    pub left: u64,
}

/// An event of a stream as Anthropic writes them, whose text is a mark.
pub fn frame(mark: Mark) -> String {
    let Mark { number, left } = mark;
    format!(
        "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\
         \"delta\":{{\"type\":\"text_delta\",{OPEN}{number}@{left}{CLOSE}}}}}\n\n"
    )
}

/// The marks in a piece of a stream, in the order they stand. What stands before the first event that is not
/// complete is taken out of `waiting`.
pub fn marks(waiting: &mut String) -> Vec<Mark> {
    let end = waiting.rfind("\n\n").map_or(0, |at| at + 2);
    let events: String = waiting.drain(..end).collect();
    let texts = events.split(OPEN).skip(1);
    texts
        .filter_map(|text| {
            let (number, left) = text.split_once(CLOSE)?.0.split_once('@')?;
            Some(Mark {
                number: number.parse().ok()?,
                left: left.parse().ok()?,
            })
        })
        .collect()
}

/// Nanoseconds since 1970.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_from_whole_events_alone() {
        let mark = |number| Mark { number, left: 17 };
        let stream = frame(mark(0)) + &frame(mark(1)) + &frame(mark(2));
        let (first, rest) = stream.split_at(stream.len() - 9);
        let mut waiting = first.to_owned();
        assert_eq!(marks(&mut waiting), [mark(0), mark(1)]);
        waiting.push_str(rest);
        assert_eq!(marks(&mut waiting), [mark(2)]);
        assert!(waiting.is_empty());
    }
}
