//! The stream of one or more rounds, spliced into one.

use headroom::json::Document;

use super::block::Building;
use super::{answer, broke, close, part};
use crate::engine::answer::Answer;
use crate::engine::options::UsageShown;
use crate::engine::rounds::events::{Reader, SoFar, State};
use crate::engine::rounds::places::{Place, Places};
use crate::engine::rounds::{object, replace, rewrite};
use crate::engine::turn::Round;
use crate::engine::usage;
use crate::wire::sse::Frame;

/// See the module.
pub(in crate::engine::rounds) struct Reading {
    so_far: SoFar,
    places: Places,
    /// Blocks of this round, by the upstream's number, in the order they began in.
    building: Vec<(u64, Building)>,
    stop_reason: String,
}

impl Reading {
    pub(in crate::engine::rounds) fn new(shown: UsageShown) -> Self {
        Self {
            so_far: SoFar::new(usage::anthropic, shown),
            places: Places::default(),
            building: Vec::new(),
            stop_reason: String::new(),
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
        let root = document.root();
        let kind = root.get("type").and_then(|kind| kind.text()).unwrap_or_default();
        let index = root.get("index").and_then(|index| index.raw().parse().ok());
        match (kind.as_ref(), index) {
            ("message_start", _) => {
                self.so_far.counts.take(object(&document, &["message", "usage"]));
                if self.so_far.rounds.len() > 1 {
                    return State::Open;
                }
            }
            ("content_block_start", Some(index)) => {
                self.start_block(&document, index);
                self.block_frame(frame, &document, index, out);
                return State::Open;
            }
            ("content_block_delta", Some(index)) => {
                let block = self.building.iter_mut().rev().find(|(at, _)| *at == index);
                if let (Some((_, block)), Some(delta)) = (block, root.get("delta")) {
                    block.add(delta.raw());
                }
                self.block_frame(frame, &document, index, out);
                return State::Open;
            }
            ("content_block_stop", Some(index)) => {
                self.block_frame(frame, &document, index, out);
                return State::Open;
            }
            ("message_delta", _) => {
                self.so_far.counts.take(object(&document, &["usage"]));
                let delta = root.get("delta");
                if let Some(reason) = delta.and_then(|delta| delta.get("stop_reason")?.text()) {
                    self.stop_reason = reason.into_owned();
                }
                if self.so_far.hides {
                    self.so_far.held.push(frame.bytes.to_vec());
                    return State::Open;
                }
            }
            ("message_stop", _) if self.so_far.hides => {
                self.so_far.held.push(frame.bytes.to_vec());
                self.end_round();
                return State::Ended;
            }
            ("message_stop" | "error", _) => {
                out.extend_from_slice(frame.bytes);
                return State::Over;
            }
            _ => {}
        }
        out.extend_from_slice(frame.bytes);
        State::Open
    }

    fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String> {
        answer(round, answers, body)
    }

    fn next_round(&mut self) {
        self.places.next_round();
    }

    fn tell(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) {
        let ends = self.so_far.ends();
        let data = rewrite(
            frame.data.clone().into_owned(),
            &["delta", "stop_reason"],
            |reason| (ends && reason == "\"tool_use\"").then(|| "\"end_turn\"".to_owned()),
        );
        let data = rewrite(data, &["usage"], |_| self.so_far.counts.told());
        frame.write_with(&data, out);
    }

    fn broke(why: &str, out: &mut Vec<u8>) {
        broke(why, out);
    }
}

impl Reading {
    fn start_block(&mut self, document: &Document<'_>, index: u64) {
        let block = document.root().get("content_block");
        let block = block.map_or("", |block| block.raw());
        let hidden = super::hidden_id(block).is_some();
        self.so_far.hides |= hidden;
        self.places.begin(index, hidden);
        self.building.push((index, Building::start(block)));
    }

    /// Hands an event of a block on, under the number the client knows the block by.
    fn block_frame(&self, frame: &Frame<'_>, document: &Document<'_>, index: u64, out: &mut Vec<u8>) {
        match self.places.of(index) {
            Some(Place::Hidden) => {}
            Some(Place::Shown(shown)) if shown != index => {
                let number = document.root().get("index").map(|number| number.span());
                let data = replace(&frame.data, number, &shown.to_string());
                frame.write_with(&data, out);
            }
            _ => out.extend_from_slice(frame.bytes),
        }
    }

    fn end_round(&mut self) {
        let stop_reason = std::mem::take(&mut self.stop_reason);
        let blocks = std::mem::take(&mut self.building).into_iter();
        if let Some(round) = self.so_far.rounds.last_mut() {
            round.parts = blocks
                .map(|(_, block)| part(block.json(), || block.arguments()))
                .collect();
            close(round, &stop_reason);
        }
    }
}
