//! The stream of one or more rounds of converse, spliced into one. Counts come behind the end of the message.

use headroom::ccr::TOOL_NAME;
use headroom::json::Document;

use super::block::Building;
use super::{answer, broke, close, part};
use crate::engine::answer::Answer;
use crate::engine::exchange::Step;
use crate::engine::options::UsageShown;
use crate::engine::rounds::counts::Counts;
use crate::engine::rounds::events::{Events, Reader, State};
use crate::engine::rounds::places::{Place, Places};
use crate::engine::rounds::{Rounds, object, rewrite};
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
    stop_reason: Option<String>,
    /// The end of the round, held back.
    held: Vec<Vec<u8>>,
    hides: bool,
}

impl Stream {
    pub(in crate::engine::rounds) fn new(shown: UsageShown) -> Self {
        Self {
            events: Events::default(),
            reading: Reading {
                rounds: vec![Round::default()],
                counts: Counts::new(Usage::bedrock, shown),
                places: Places::default(),
                building: Vec::new(),
                stop_reason: None,
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
        let index = root
            .get("contentBlockIndex")
            .and_then(|index| index.raw().parse().ok());
        match (frame.event.as_ref(), index) {
            ("messageStart", _) if self.rounds.len() > 1 => return State::Open,
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
                if self.hides {
                    self.held.push(frame.bytes.to_vec());
                    return State::Open;
                }
            }
            ("metadata", _) => {
                self.counts.take(object(&document, &["usage"]));
                if self.hides {
                    self.held.push(frame.bytes.to_vec());
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

    fn hides(&self) -> bool {
        self.hides
    }

    fn may_end(&mut self) -> State {
        let Some(reason) = self.stop_reason.take() else {
            return State::Open;
        };
        if !self.hides {
            return State::Over;
        }
        let blocks = std::mem::take(&mut self.building).into_iter();
        if let Some(round) = self.rounds.last_mut() {
            round.parts = blocks
                .map(|(_, block)| part(block.json(), block.arguments()))
                .collect();
            close(round, &reason);
        }
        State::Ended
    }
}

impl Reading {
    fn begin(&mut self, index: u64, hidden: bool) {
        self.hides |= hidden;
        self.places.begin(index, hidden);
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
            data = rewrite(data, &["stopReason"], |reason| {
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
