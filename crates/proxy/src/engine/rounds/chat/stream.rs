//! The stream of one or more rounds, spliced into one.

use headroom::json::{Document, Value};

use super::message::Building;
use super::{answer, broke, close};
use crate::engine::answer::Answer;
use crate::engine::options::UsageShown;
use crate::engine::rounds::events::{DONE, Reader, SoFar, State};
use crate::engine::rounds::{at, object, replace, rewrite};
use crate::engine::turn::Round;
use crate::engine::usage;
use crate::wire::sse::Frame;

/// What tells one answer from another; the client knows those of the first round.
const IDENTITY: [&str; 4] = ["id", "created", "model", "system_fingerprint"];

/// See the module.
pub(in crate::engine::rounds) struct Reading {
    so_far: SoFar,
    /// The counts are in the stream because we asked for them.
    counts_are_ours: bool,
    building: Building,
    /// Source of the first round's [`IDENTITY`].
    identity: [Option<String>; 4],
    finish_reason: Option<String>,
}

/// What a chunk is for the client.
struct Shown {
    /// Members of the delta.
    delta: Vec<String>,
    /// The delta is not what came.
    changed: bool,
}

impl Reading {
    /// `counts_are_ours`: see [`super::ask_for_counts`].
    pub(in crate::engine::rounds) fn new(shown: UsageShown, counts_are_ours: bool) -> Self {
        Self {
            so_far: SoFar::new(usage::chat, shown),
            counts_are_ours,
            building: Building::default(),
            identity: [const { None }; 4],
            finish_reason: None,
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
        if frame.data.trim() == DONE {
            return self.done(frame, out);
        }
        let document = Document::parse(&frame.data).ok();
        let Some(document) = document.filter(|document| document.root().get("choices").is_some()) else {
            out.extend_from_slice(frame.bytes);
            let failed = Document::parse(&frame.data).is_ok_and(|event| event.root().get("error").is_some());
            return if failed { State::Over } else { State::Open };
        };
        self.so_far.counts.take(object(&document, &["usage"]));
        let choice = at(&document, &["choices"]).and_then(|choices| choices.at(0));
        let delta = choice.and_then(|choice| choice.get("delta"));
        let shown = self.read_delta(delta);
        let reason = choice.and_then(|choice| choice.get("finish_reason")?.text());
        let has_counts = document
            .root()
            .get("usage")
            .is_some_and(|usage| !usage.is_empty());
        if let Some(reason) = &reason {
            self.finish_reason = Some(reason.clone().into_owned());
        }
        let identified = self.identify(&document);
        if choice.is_none() && has_counts {
            if self.so_far.hides {
                self.hold(frame, &identified);
            } else if !self.counts_are_ours {
                out.extend_from_slice(frame.bytes);
            }
        } else if reason.is_some() && self.so_far.hides {
            if !shown.delta.is_empty() {
                let data = with_choice(&identified, Some(&shown.delta), Some("null"));
                frame.write_with(&rewrite(data, &["usage"], |_| Some("null".to_owned())), out);
            }
            self.hold(frame, &with_choice(&identified, Some(&[]), None));
        } else if !shown.changed && self.so_far.rounds.len() == 1 {
            out.extend_from_slice(frame.bytes);
        } else if !shown.delta.is_empty() || delta.is_none() {
            frame.write_with(&with_choice(&identified, Some(&shown.delta), None), out);
        }
        State::Open
    }

    fn may_end(&mut self) -> State {
        match (&self.finish_reason, self.so_far.hides) {
            (None, _) => State::Open,
            (Some(_), true) => {
                self.end_round();
                State::Ended
            }
            (Some(_), false) => State::Over,
        }
    }

    fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String> {
        answer(round, answers, body)
    }

    fn tell(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) {
        let Ok(document) = Document::parse(&frame.data) else {
            out.extend_from_slice(frame.bytes);
            return;
        };
        let choice = at(&document, &["choices"]).and_then(|choices| choices.at(0));
        if choice.is_none() && self.counts_are_ours {
            return;
        }
        let reason = choice.and_then(|choice| choice.get("finish_reason")?.text());
        let stop = (self.so_far.ends() && reason.as_deref() == Some("tool_calls")).then_some("\"stop\"");
        let data = with_choice(&frame.data, None, stop);
        let told = |counts: &str| (counts != "null").then(|| self.so_far.counts.told()).flatten();
        frame.write_with(&rewrite(data, &["usage"], told), out);
    }

    fn broke(why: &str, out: &mut Vec<u8>) {
        broke(why, out);
    }
}

/// A chunk with another delta, or another reason for its end, in its first choice.
fn with_choice(data: &str, delta: Option<&[String]>, reason: Option<&str>) -> String {
    let replaced = |data: String, key: &str, new: String| {
        let choice = |document: &Document<'_>| {
            let value = at(document, &["choices"])?.at(0)?.get(key)?;
            Some(value.span())
        };
        match Document::parse(&data).ok().and_then(|document| choice(&document)) {
            Some(span) => replace(&data, Some(span), &new),
            None => data,
        }
    };
    let mut data = data.to_owned();
    if let Some(members) = delta {
        data = replaced(data, "delta", format!("{{{}}}", members.join(",")));
    }
    if let Some(reason) = reason {
        data = replaced(data, "finish_reason", reason.to_owned());
    }
    data
}

impl Reading {
    /// Takes in a delta; what the client gets of it.
    fn read_delta(&mut self, delta: Option<Value<'_, '_>>) -> Shown {
        let mut shown = Shown {
            delta: Vec::new(),
            changed: false,
        };
        for (name, value) in delta.iter().flat_map(Value::entries) {
            let key = name.text().unwrap_or_default();
            if key == "role" && self.so_far.rounds.len() > 1 {
                shown.changed = true;
                continue;
            }
            let raw = if key == "tool_calls" && !value.is_empty() {
                self.read_calls(value, &mut shown.changed)
            } else {
                self.building.add_field(&key, value.raw());
                Some(value.raw().to_owned())
            };
            if let Some(raw) = raw {
                shown.delta.push(format!("{}:{raw}", name.raw()));
            }
        }
        shown
    }

    /// Takes in pieces of calls; those of the client's, under the numbers it knows them by.
    fn read_calls(&mut self, calls: Value<'_, '_>, changed: &mut bool) -> Option<String> {
        let mut shown = Vec::new();
        for (number, entry) in calls.items().enumerate() {
            let place = self.building.add_call(entry.raw(), number);
            if place.hidden {
                self.so_far.hides = true;
                *changed = true;
                continue;
            }
            let renumbered = |there: &str| {
                let index: u64 = there.parse().ok()?;
                Some(index.saturating_sub(place.hidden_before).to_string())
            };
            *changed |= place.hidden_before > 0;
            shown.push(rewrite(entry.raw().to_owned(), &["index"], renumbered));
        }
        (!shown.is_empty()).then(|| format!("[{}]", shown.join(",")))
    }

    /// The chunk as one of the first round's.
    fn identify(&mut self, document: &Document<'_>) -> String {
        let mut data = document.text().to_owned();
        for (known, key) in self.identity.iter_mut().zip(IDENTITY) {
            match known {
                Some(known) if self.so_far.rounds.len() > 1 => {
                    data = rewrite(data, &[key], |_| Some(known.clone()));
                }
                None if self.so_far.rounds.len() == 1 => {
                    *known = document.root().get(key).map(|value| value.raw().to_owned());
                }
                _ => {}
            }
        }
        data
    }

    fn hold(&mut self, frame: &Frame<'_>, data: &str) {
        let mut held = Vec::new();
        frame.write_with(data, &mut held);
        self.so_far.held.push(held);
    }

    fn done(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) -> State {
        if !self.so_far.hides {
            out.extend_from_slice(frame.bytes);
            return State::Over;
        }
        self.so_far.held.push(frame.bytes.to_vec());
        self.end_round();
        State::Ended
    }

    fn end_round(&mut self) {
        let reason = self.finish_reason.take().unwrap_or_default();
        if let Some(round) = self.so_far.rounds.last_mut() {
            *round = std::mem::take(&mut self.building).into_round();
            close(round, &reason);
        }
    }
}
