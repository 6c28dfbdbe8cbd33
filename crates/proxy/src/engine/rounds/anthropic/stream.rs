//! The stream of one or more rounds, spliced into one.

use std::collections::HashMap;

use headroom::json::Document;
use serde_json::{Map, Value};

use super::block::Building;
use super::{answer, broke, is_open, object, overlay, part};
use crate::engine::answer::Answer;
use crate::engine::exchange::Step;
use crate::engine::options::UsageShown;
use crate::engine::rounds::{Rounds, replace};
use crate::engine::turn::{Part, Round};
use crate::engine::usage::{Usage, add};
use crate::wire::sse::{Frame, Frames, MAX_FRAME};

/// Where a block of the upstream's stream goes.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// To the client, as its block of this number.
    Shown(usize),
    Hidden,
}

/// See the module.
pub(in crate::engine::rounds) struct Stream {
    shown: UsageShown,
    frames: Frames,
    rounds: Vec<Round>,
    /// Blocks the client has got.
    blocks: usize,
    /// Blocks of this round, by the upstream's number.
    places: HashMap<u64, Place>,
    building: HashMap<u64, Building>,
    start_usage: Map<String, Value>,
    end_usage: Map<String, Value>,
    /// Counts of the rounds before.
    earlier: Vec<Map<String, Value>>,
    /// The end of the round, held back.
    held: Vec<Vec<u8>>,
    stop_reason: String,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// The round has ended and waits for its answers.
    Ended,
    Over,
}

impl Stream {
    pub(in crate::engine::rounds) fn new(shown: UsageShown) -> Self {
        Self {
            shown,
            frames: Frames::default(),
            rounds: vec![Round::default()],
            blocks: 0,
            places: HashMap::new(),
            building: HashMap::new(),
            start_usage: Map::new(),
            end_usage: Map::new(),
            earlier: Vec::new(),
            held: Vec::new(),
            stop_reason: String::new(),
            state: State::Open,
        }
    }

    /// True from the second round on, or when this one has a call of ours.
    fn hides(&self) -> bool {
        self.rounds.len() > 1
            || self
                .rounds
                .last()
                .is_some_and(|round| round.parts.iter().any(|part| matches!(part, Part::Hidden(..))))
    }

    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) -> Step {
        let document = Document::parse(&frame.data).ok();
        let root = document.as_ref().map(Document::root);
        let text = |key: &str| root.and_then(|root| root.get(key)?.text());
        let kind = text("type").unwrap_or_default();
        let index = root.and_then(|root| root.get("index")?.raw().parse().ok());
        match (kind.as_ref(), document.as_ref(), index) {
            ("message_start", Some(document), _) => {
                self.start_usage = object(document, &["message", "usage"]);
                if self.rounds.len() > 1 {
                    return Step::More;
                }
            }
            ("content_block_start", Some(document), Some(index)) => {
                self.start_block(frame, document, index, out);
                return Step::More;
            }
            ("content_block_delta", Some(document), Some(index)) => {
                if let (Some(block), Some(delta)) =
                    (self.building.get_mut(&index), document.root().get("delta"))
                {
                    block.add(delta.raw());
                }
                self.block_frame(frame, document, index, out);
                return Step::More;
            }
            ("content_block_stop", Some(document), Some(index)) => {
                self.block_frame(frame, document, index, out);
                self.stop_block(index);
                return Step::More;
            }
            ("message_delta", Some(document), _) => {
                self.end_usage = overlay(&self.end_usage, &object(document, &["usage"]));
                let delta = document.root().get("delta");
                if let Some(reason) = delta.and_then(|delta| delta.get("stop_reason")?.text()) {
                    self.stop_reason = reason.into_owned();
                }
                if self.hides() {
                    self.held.push(frame.bytes.to_vec());
                    return Step::More;
                }
            }
            ("message_stop", ..) if self.hides() => {
                self.held.push(frame.bytes.to_vec());
                return self.end_round();
            }
            ("message_stop" | "error", ..) => {
                self.state = State::Over;
                out.extend_from_slice(frame.bytes);
                return Step::Done;
            }
            _ => {}
        }
        out.extend_from_slice(frame.bytes);
        Step::More
    }

    fn start_block(&mut self, frame: &Frame<'_>, document: &Document<'_>, index: u64, out: &mut Vec<u8>) {
        let block = document
            .root()
            .get("content_block")
            .map_or("", |block| block.raw());
        let hidden = super::hidden_id(block).is_some();
        let place = if hidden {
            Place::Hidden
        } else {
            self.blocks += 1;
            Place::Shown(self.blocks - 1)
        };
        self.places.insert(index, place);
        self.building.insert(index, Building::start(block));
        self.block_frame(frame, document, index, out);
    }

    /// Hands an event of a block on, under the number the client knows the block by.
    fn block_frame(&self, frame: &Frame<'_>, document: &Document<'_>, index: u64, out: &mut Vec<u8>) {
        match self.places.get(&index) {
            Some(Place::Hidden) => {}
            Some(Place::Shown(shown)) if *shown as u64 != index => {
                let number = document.root().get("index").map(|number| number.span());
                let data = replace(&frame.data, number, &shown.to_string());
                frame.write_with(&data, out);
            }
            _ => out.extend_from_slice(frame.bytes),
        }
    }

    fn stop_block(&mut self, index: u64) {
        if let (Some(block), Some(round)) = (self.building.remove(&index), self.rounds.last_mut()) {
            round.parts.push(part(block.json(), || block.arguments()));
        }
    }

    fn end_round(&mut self) -> Step {
        self.state = State::Ended;
        let stop_reason = std::mem::take(&mut self.stop_reason);
        if let Some(round) = self.rounds.last_mut() {
            round.open = is_open(round, &stop_reason);
            // Cut off in the middle: what was asked for is not known.
            if stop_reason != "tool_use" && !round.open {
                round.parts.retain(|part| matches!(part, Part::Shown(_)));
            }
        }
        Step::Settle
    }

    fn round_usage(&self) -> Map<String, Value> {
        overlay(&self.start_usage, &self.end_usage)
    }
}

impl Rounds for Stream {
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Step {
        if self.state != State::Open {
            return Step::Done;
        }
        let mut frames = std::mem::take(&mut self.frames);
        frames.push(chunk);
        let mut step = Step::More;
        while step == Step::More
            && let Some(frame) = frames.next_frame()
        {
            step = self.frame(&frame, out);
        }
        if step == Step::More && frames.waiting() > MAX_FRAME {
            out.extend_from_slice(frames.rest());
        }
        self.frames = frames;
        step
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Step {
        if self.state == State::Open {
            out.extend_from_slice(self.frames.rest());
            self.broke("the provider's stream ended before its message did", out);
        }
        Step::Done
    }

    fn broke(&mut self, why: &str, out: &mut Vec<u8>) {
        self.state = State::Over;
        broke(why, out);
    }

    fn rounds(&self) -> &[Round] {
        &self.rounds
    }

    fn answer(&mut self, answers: &[Answer], body: &str) -> Option<String> {
        let usage = self.round_usage();
        let next = answer(self.rounds.last_mut()?, answers, body)?;
        self.earlier.push(usage);
        self.rounds.push(Round::default());
        self.frames = Frames::default();
        self.places.clear();
        self.building.clear();
        self.held.clear();
        self.start_usage.clear();
        self.end_usage.clear();
        self.state = State::Open;
        Some(next)
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.state = State::Over;
        let mut total = Map::new();
        for usage in self.earlier.iter().chain([&self.round_usage()]) {
            add(&mut total, usage);
        }
        // The client was told to act where nothing is left for it to do.
        let ends = self.rounds.last().is_some_and(|round| !round.open);
        for bytes in std::mem::take(&mut self.held) {
            let mut frames = Frames::default();
            frames.push(&bytes);
            let Some(frame) = frames.next_frame() else {
                continue;
            };
            let mut data = frame.data.clone().into_owned();
            let span = |data: &str, path: [&str; 2]| {
                let document = Document::parse(data).ok()?;
                let value = document.root().get(path[0])?;
                let value = if path[1].is_empty() {
                    value
                } else {
                    value.get(path[1])?
                };
                Some((value.span(), value.raw().to_owned()))
            };
            if let Some((place, reason)) = span(&data, ["delta", "stop_reason"])
                && ends
                && reason == "\"tool_use\""
            {
                data = replace(&data, Some(place), "\"end_turn\"");
            }
            if let Some((place, _)) = span(&data, ["usage", ""])
                && self.shown == UsageShown::Sum
                && !self.earlier.is_empty()
            {
                data = replace(&data, Some(place), &Value::Object(total.clone()).to_string());
            }
            frame.write_with(&data, out);
        }
    }

    fn usage(&self) -> (Usage, Usage) {
        let mut rounds = self
            .earlier
            .iter()
            .chain([&self.round_usage()])
            .map(Usage::anthropic)
            .collect::<Vec<_>>();
        let first = rounds.remove(0);
        let hidden = rounds.into_iter().fold(Usage::default(), Usage::plus);
        (first.plus(hidden), hidden)
    }
}
