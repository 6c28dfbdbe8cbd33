//! The stream of one or more rounds, spliced into one.

use headroom::json::Document;

use super::{answer, broke, close, finish_reason, join, part, parts};
use crate::engine::answer::Answer;
use crate::engine::options::UsageShown;
use crate::engine::rounds::events::{Reader, SoFar, State};
use crate::engine::rounds::{at, object, replace, rewrite};
use crate::engine::turn::{Part, Round};
use crate::engine::usage;
use crate::wire::sse::Frame;

/// See the module.
pub(in crate::engine::rounds) struct Reading {
    so_far: SoFar,
    /// Source of the first round's `responseId`.
    identity: Option<String>,
    /// Why the round has ended, once it has.
    ended: Option<String>,
}

impl Reading {
    pub(in crate::engine::rounds) fn new(shown: UsageShown) -> Self {
        Self {
            so_far: SoFar::new(usage::gemini, shown),
            identity: None,
            ended: None,
        }
    }
}

impl Reader for Reading {
    fn so_far(&self) -> &SoFar {
        &self.so_far
    }

    fn so_far_mut(&mut self) -> &mut SoFar {
        &mut self.so_far
    }

    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) -> State {
        let Ok(document) = Document::parse(&frame.data) else {
            out.extend_from_slice(frame.bytes);
            return State::Open;
        };
        if document.root().get("error").is_some() {
            out.extend_from_slice(frame.bytes);
            return State::Over;
        }
        self.so_far.counts.take(object(&document, &["usageMetadata"]));
        let mut shown = Vec::new();
        let mut changed = false;
        if let (Some(parts), Some(round)) = (parts(&document), self.so_far.rounds.last_mut()) {
            for new in parts.items() {
                let made = part(new);
                match &made {
                    Part::Shown(raw) => shown.push(raw.clone()),
                    Part::Hidden(..) => changed = true,
                }
                round.parts.push(made);
            }
        }
        self.so_far.hides |= changed;
        let reason = finish_reason(&document);
        let refused = at(&document, &["promptFeedback", "blockReason"]).is_some();
        if !reason.is_empty() || refused {
            self.ended = Some(reason);
        }
        if self.identity.is_none() && self.so_far.rounds.len() == 1 {
            self.identity = document.root().get("responseId").map(|id| id.raw().to_owned());
        }
        if !self.so_far.hides {
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
        let hidden = self.so_far.rounds.last().is_some_and(Round::hides);
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
        for earlier in self.so_far.held.drain(..) {
            out.extend_from_slice(&earlier);
        }
        self.so_far.held.push(held);
        State::Open
    }

    fn may_end(&mut self) -> State {
        let Some(reason) = self.ended.take() else {
            return State::Open;
        };
        if !self.so_far.hides {
            return State::Over;
        }
        if let Some(round) = self.so_far.rounds.last_mut() {
            round.parts = join(std::mem::take(&mut round.parts));
            close(round, &reason);
        }
        State::Ended
    }

    fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String> {
        answer(round, answers, body)
    }

    fn tell(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) {
        let data = frame.data.clone().into_owned();
        let data = rewrite(data, &["usageMetadata"], |_| self.so_far.counts.told());
        frame.write_with(&data, out);
    }

    fn broke(why: &str, out: &mut Vec<u8>) {
        broke(why, out);
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
