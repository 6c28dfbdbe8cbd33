//! The stream of one or more rounds of converse, spliced into one. Counts come behind the end of the message.

use headroom::ccr::TOOL_NAME;
use headroom::json::Document;

use super::block::Building;
use super::{answer, broke, close, part};
use crate::engine::answer::Answer;
use crate::engine::options::UsageShown;
use crate::engine::rounds::events::{Reader, SoFar, State};
use crate::engine::rounds::places::{Place, Places};
use crate::engine::rounds::{object, rewrite};
use crate::engine::turn::Round;
use crate::engine::usage;
use crate::wire::sse::Frame;

/// See the module.
pub(in crate::engine::rounds) struct Reading {
    so_far: SoFar,
    places: Places,
    /// Blocks of this round, by the upstream's number, in the order they began in.
    building: Vec<(u64, Building)>,
    stop_reason: Option<String>,
}

impl Reading {
    pub(in crate::engine::rounds) fn new(shown: UsageShown) -> Self {
        Self {
            so_far: SoFar::new(usage::bedrock, shown),
            places: Places::default(),
            building: Vec::new(),
            stop_reason: None,
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
        let index = root
            .get("contentBlockIndex")
            .and_then(|index| index.raw().parse().ok());
        match (frame.event.as_ref(), index) {
            ("messageStart", _) if self.so_far.rounds.len() > 1 => return State::Open,
            ("contentBlockStart", Some(index)) => {
                let start = root.get("start");
                let name = start.and_then(|start| start.get("toolUse")?.get("name")?.text());
                self.begin(index, name.as_deref() == Some(TOOL_NAME));
                let start = start.map_or("", |start| start.raw());
                self.building.push((index, Building::start(start)));
            }
            ("contentBlockDelta", Some(index)) => {
                if self.places.of(index).is_none() {
                    self.begin(index, false);
                    self.building.push((index, Building::default()));
                }
                let block = self.building.iter_mut().rev().find(|(at, _)| *at == index);
                if let (Some((_, block)), Some(delta)) = (block, root.get("delta")) {
                    block.add(delta.raw());
                }
            }
            ("messageStop", _) => {
                let reason = root.get("stopReason").and_then(|reason| reason.text());
                self.stop_reason = Some(reason.unwrap_or_default().into_owned());
                if self.so_far.hides {
                    self.so_far.held.push(frame.bytes.to_vec());
                    return State::Open;
                }
            }
            ("metadata", _) => {
                self.so_far.counts.take(object(&document, &["usage"]));
                if self.so_far.hides {
                    self.so_far.held.push(frame.bytes.to_vec());
                    return self.may_end();
                }
            }
            _ => {}
        }
        match index.and_then(|index: u64| Some((index, self.places.of(index)?))) {
            Some((_, Place::Hidden)) => {}
            Some((index, Place::Shown(place))) if place != index => {
                let place = place.to_string();
                let data = frame.data.clone().into_owned();
                let data = rewrite(data, &["contentBlockIndex"], |_| Some(place));
                frame.write_with(&data, out);
            }
            _ => out.extend_from_slice(frame.bytes),
        }
        State::Open
    }

    fn may_end(&mut self) -> State {
        let Some(reason) = self.stop_reason.take() else {
            return State::Open;
        };
        if !self.so_far.hides {
            return State::Over;
        }
        let blocks = std::mem::take(&mut self.building).into_iter();
        if let Some(round) = self.so_far.rounds.last_mut() {
            round.parts = blocks
                .map(|(_, block)| part(block.json(), block.arguments()))
                .collect();
            close(round, &reason);
        }
        State::Ended
    }

    fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String> {
        answer(round, answers, body)
    }

    fn next_round(&mut self) {
        self.places.next_round();
    }

    fn tell(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) {
        let ends = self.so_far.ends();
        let data = rewrite(frame.data.clone().into_owned(), &["stopReason"], |reason| {
            (ends && reason == "\"tool_use\"").then(|| "\"end_turn\"".to_owned())
        });
        let data = rewrite(data, &["usage"], |_| self.so_far.counts.told());
        frame.write_with(&data, out);
    }

    fn broke(why: &str, out: &mut Vec<u8>) {
        broke(why, out);
    }
}

impl Reading {
    fn begin(&mut self, index: u64, hidden: bool) {
        self.so_far.hides |= hidden;
        self.places.begin(index, hidden);
    }
}
