//! The stream of one or more rounds, spliced into one.

use headroom::json::Document;

use super::{answer, broke, close, finish_reason, join, part, parts};
use crate::engine::answer::Answer;
use crate::engine::exchange::Step;
use crate::engine::options::UsageShown;
use crate::engine::rounds::counts::Counts;
use crate::engine::rounds::events::{Events, Reader, State};
use crate::engine::rounds::{Rounds, at, object, replace, rewrite};
use crate::engine::turn::{Part, Round};
use crate::engine::usage::Usage;
use crate::wire::sse::Frame;

/// See the module.
pub(in crate::engine::rounds) struct Stream {
    events: Events,
    reading: Reading,
}

struct Reading {
    rounds: Vec<Round>,
    counts: Counts,
    /// Source of the first round's `responseId`.
    identity: Option<String>,
    /// Why the round has ended, once it has.
    ended: Option<String>,
    /// The end of the round, held back.
    held: Option<Vec<u8>>,
    hides: bool,
}

impl Stream {
    pub(in crate::engine::rounds) fn new(shown: UsageShown) -> Self {
        Self {
            events: Events::default(),
            reading: Reading {
                rounds: vec![Round::default()],
                counts: Counts::new(Usage::gemini, shown),
                identity: None,
                ended: None,
                held: None,
                hides: false,
            },
        }
    }
}

impl Reader for Reading {
    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) -> State {
        let Ok(document) = Document::parse(&frame.data) else {
            out.extend_from_slice(frame.bytes);
            return State::Open;
        };
        if document.root().get("error").is_some() {
            out.extend_from_slice(frame.bytes);
            return State::Over;
        }
        self.counts.take(object(&document, &["usageMetadata"]));
        let mut shown = Vec::new();
        let mut changed = false;
        if let (Some(parts), Some(round)) = (parts(&document), self.rounds.last_mut()) {
            for new in parts.items() {
                let made = part(new);
                match &made {
                    Part::Shown(raw) => shown.push(raw.clone()),
                    Part::Hidden(..) => changed = true,
                }
                round.parts.push(made);
            }
        }
        self.hides |= changed;
        let reason = finish_reason(&document);
        let refused = at(&document, &["promptFeedback", "blockReason"]).is_some();
        if !reason.is_empty() || refused {
            self.ended = Some(reason);
        }
        if self.identity.is_none() && self.rounds.len() == 1 {
            self.identity = document.root().get("responseId").map(|id| id.raw().to_owned());
        }
        if !self.hides {
            out.extend_from_slice(frame.bytes);
            return State::Open;
        }
        let known = self.identity.clone();
        let data = rewrite(frame.data.clone().into_owned(), &["responseId"], |_| known);
        if self.ended.is_none() {
            if !changed {
                frame.write_with(&data, out);
            } else if !shown.is_empty() {
                frame.write_with(&with_parts(&data, &shown), out);
            }
            return State::Open;
        }
        let hidden = self.rounds.last().is_some_and(Round::hides);
        let mut held = Vec::new();
        if hidden {
            // Another round may follow, so what was said goes on without the end.
            if !shown.is_empty() {
                frame.write_with(&without_reason(&with_parts(&data, &shown)), out);
            }
            frame.write_with(&with_parts(&data, &["{\"text\":\"\"}".to_owned()]), &mut held);
        } else {
            frame.write_with(&data, &mut held);
        }
        // What was held before is not the end: more has come.
        if let Some(earlier) = self.held.replace(held) {
            out.extend_from_slice(&earlier);
        }
        State::Open
    }

    fn hides(&self) -> bool {
        self.hides
    }

    fn may_end(&mut self) -> State {
        let Some(reason) = self.ended.take() else {
            return State::Open;
        };
        if !self.hides {
            return State::Over;
        }
        if let Some(round) = self.rounds.last_mut() {
            round.parts = join(std::mem::take(&mut round.parts));
            close(round, &reason);
        }
        State::Ended
    }
}

/// A response with other parts in its first candidate.
fn with_parts(data: &str, new: &[String]) -> String {
    let span = Document::parse(data)
        .ok()
        .and_then(|document| parts(&document).map(|parts| parts.span()));
    replace(data, span, &format!("[{}]", new.join(",")))
}

/// A response whose first candidate has not ended.
fn without_reason(data: &str) -> String {
    let changed = Document::parse(data).ok().and_then(|document| {
        let candidate = at(&document, &["candidates"])?.at(0)?;
        let members: Vec<String> = candidate
            .entries()
            .filter(|(name, _)| name.text().is_none_or(|name| name != "finishReason"))
            .map(|(name, value)| format!("{}:{}", name.raw(), value.raw()))
            .collect();
        let members = format!("{{{}}}", members.join(","));
        Some(replace(data, Some(candidate.span()), &members))
    });
    changed.unwrap_or_else(|| data.to_owned())
}

impl Rounds for Stream {
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Step {
        self.events.push(chunk, &mut self.reading, out)
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Step {
        self.events.end(&mut self.reading, broke, out)
    }

    fn broke(&mut self, why: &str, out: &mut Vec<u8>) {
        self.events.close();
        broke(why, out);
    }

    fn rounds(&self) -> &[Round] {
        &self.reading.rounds
    }

    fn answer(&mut self, answers: &[Answer], body: &str) -> Option<String> {
        let reading = &mut self.reading;
        let next = answer(reading.rounds.last_mut()?, answers, body)?;
        reading.counts.next_round();
        reading.rounds.push(Round::default());
        reading.held = None;
        self.events.next_round();
        Some(next)
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.events.close();
        let reading = &mut self.reading;
        let Some(held) = reading.held.take() else {
            return;
        };
        let frame = Frame::read(&held);
        let data = frame.data.clone().into_owned();
        let data = rewrite(data, &["usageMetadata"], |_| reading.counts.told());
        frame.write_with(&data, out);
    }

    fn usage(&self) -> (Usage, Usage) {
        self.reading.counts.usage()
    }
}
