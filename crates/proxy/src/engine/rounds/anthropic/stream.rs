//! The stream of one or more rounds, spliced into one.

use headroom::json::Document;

use super::block::Building;
use super::{answer, broke, close, part};
use crate::engine::answer::Answer;
use crate::engine::exchange::Step;
use crate::engine::options::UsageShown;
use crate::engine::rounds::counts::Counts;
use crate::engine::rounds::events::{Events, Reader, State};
use crate::engine::rounds::places::{Place, Places};
use crate::engine::rounds::{Rounds, object, replace, rewrite};
use crate::engine::turn::Round;
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
    places: Places,
    /// Blocks of this round, by the upstream's number, in the order they began in.
    building: Vec<(u64, Building)>,
    stop_reason: String,
    /// The end of the round, held back.
    held: Vec<Vec<u8>>,
    /// Something of the stream was kept from the client.
    hides: bool,
}

impl Stream {
    pub(in crate::engine::rounds) fn new(shown: UsageShown) -> Self {
        Self {
            events: Events::default(),
            reading: Reading {
                rounds: vec![Round::default()],
                counts: Counts::new(Usage::anthropic, shown),
                places: Places::default(),
                building: Vec::new(),
                stop_reason: String::new(),
                held: Vec::new(),
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
        let root = document.root();
        let kind = root.get("type").and_then(|kind| kind.text()).unwrap_or_default();
        let index = root.get("index").and_then(|index| index.raw().parse().ok());
        match (kind.as_ref(), index) {
            ("message_start", _) => {
                self.counts.take(object(&document, &["message", "usage"]));
                if self.rounds.len() > 1 {
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
                self.counts.take(object(&document, &["usage"]));
                let delta = root.get("delta");
                if let Some(reason) = delta.and_then(|delta| delta.get("stop_reason")?.text()) {
                    self.stop_reason = reason.into_owned();
                }
                if self.hides {
                    self.held.push(frame.bytes.to_vec());
                    return State::Open;
                }
            }
            ("message_stop", _) if self.hides => {
                self.held.push(frame.bytes.to_vec());
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

    fn hides(&self) -> bool {
        self.hides
    }
}

impl Reading {
    fn start_block(&mut self, document: &Document<'_>, index: u64) {
        let block = document.root().get("content_block");
        let block = block.map_or("", |block| block.raw());
        let hidden = super::hidden_id(block).is_some();
        self.hides |= hidden;
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
        if let Some(round) = self.rounds.last_mut() {
            round.parts = blocks
                .map(|(_, block)| part(block.json(), || block.arguments()))
                .collect();
            close(round, &stop_reason);
        }
    }
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
        reading.places.next_round();
        reading.held.clear();
        self.events.next_round();
        Some(next)
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.events.close();
        let reading = &mut self.reading;
        // The client was told to act where nothing is left for it to do.
        let ends = reading.rounds.last().is_some_and(|round| !round.open);
        for bytes in std::mem::take(&mut reading.held) {
            let frame = Frame::read(&bytes);
            let mut data = frame.data.clone().into_owned();
            data = rewrite(data, &["delta", "stop_reason"], |reason| {
                (ends && reason == "\"tool_use\"").then(|| "\"end_turn\"".to_owned())
            });
            data = rewrite(data, &["usage"], |_| reading.counts.told());
            frame.write_with(&data, out);
        }
    }

    fn usage(&self) -> (Usage, Usage) {
        self.reading.counts.usage()
    }
}
