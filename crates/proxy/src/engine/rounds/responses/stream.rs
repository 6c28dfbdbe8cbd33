//! The stream of one or more rounds, spliced into one.

use headroom::json::Document;

use super::{answer, broke, close, is_ours, part, text};
use crate::engine::answer::Answer;
use crate::engine::exchange::Step;
use crate::engine::options::UsageShown;
use crate::engine::rounds::counts::Counts;
use crate::engine::rounds::events::{Events, Reader, State};
use crate::engine::rounds::places::{Place, Places};
use crate::engine::rounds::{Rounds, at, object, rewrite};
use crate::engine::turn::{Round, visible};
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
    /// Items that are done, by the upstream's number.
    done: Vec<(u64, String)>,
    /// Source of the first response's `id` and `previous_response_id`.
    identity: [Option<String>; 2],
    /// The number of the next event.
    sequence: u64,
    /// The end of the round, held back.
    held: Option<Vec<u8>>,
    hides: bool,
}

/// What the client knows the answer by.
const IDENTITY: [&str; 2] = ["id", "previous_response_id"];

impl Stream {
    pub(in crate::engine::rounds) fn new(shown: UsageShown) -> Self {
        Self {
            events: Events::default(),
            reading: Reading {
                rounds: vec![Round::default()],
                counts: Counts::new(Usage::responses, shown),
                places: Places::default(),
                done: Vec::new(),
                identity: [const { None }; 2],
                sequence: 0,
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
        let root = document.root();
        let kind = text(root, "type");
        let later = self.rounds.len() > 1;
        match kind.as_str() {
            "response.created" | "response.in_progress" | "response.queued" => {
                self.identify(&document);
                if later {
                    return State::Open;
                }
            }
            "response.completed" | "response.incomplete" | "response.failed" => {
                self.identify(&document);
                self.counts.take(object(&document, &["response", "usage"]));
                if self.hides {
                    self.held = Some(frame.bytes.to_vec());
                    self.end_round(kind == "response.completed");
                    return State::Ended;
                }
                out.extend_from_slice(frame.bytes);
                return State::Over;
            }
            "error" => {
                self.write(frame, frame.data.clone().into_owned(), out);
                return State::Over;
            }
            _ => {}
        }
        let index = root
            .get("output_index")
            .and_then(|index| index.raw().parse::<u64>().ok());
        let Some(index) = index else {
            self.write(frame, frame.data.clone().into_owned(), out);
            return State::Open;
        };
        if kind == "response.output_item.added" {
            let hidden = root.get("item").is_some_and(is_ours);
            self.hides |= hidden;
            self.places.begin(index, hidden);
        } else if kind == "response.output_item.done"
            && let Some(item) = root.get("item")
        {
            self.done.push((index, item.raw().to_owned()));
        }
        match self.places.of(index) {
            Some(Place::Hidden) => {}
            Some(Place::Shown(place)) if place != index => {
                let place = place.to_string();
                let data = rewrite(frame.data.clone().into_owned(), &["output_index"], |_| {
                    Some(place)
                });
                self.write(frame, data, out);
            }
            _ => self.write(frame, frame.data.clone().into_owned(), out),
        }
        State::Open
    }

    fn hides(&self) -> bool {
        self.hides
    }
}

impl Reading {
    /// Hands an event on under the number it has for the client.
    fn write(&mut self, frame: &Frame<'_>, data: String, out: &mut Vec<u8>) {
        let sequence = self.sequence;
        let mut number = sequence;
        let data = rewrite(data, &["sequence_number"], |there| {
            number = there.parse().unwrap_or(sequence);
            self.hides.then(|| sequence.to_string())
        });
        self.sequence = if self.hides { sequence } else { number } + 1;
        if data == frame.data {
            out.extend_from_slice(frame.bytes);
        } else {
            frame.write_with(&data, out);
        }
    }

    /// Learns a round's id from an event with its response.
    fn identify(&mut self, document: &Document<'_>) {
        if let Some(response) = at(document, &["response"]) {
            if let Some(round) = self.rounds.last_mut() {
                round.id = text(response, "id");
            }
            if self.rounds.len() == 1 {
                self.identity = IDENTITY.map(|key| Some(response.get(key)?.raw().to_owned()));
            }
        }
        let number = at(document, &["sequence_number"]).and_then(|number| number.raw().parse::<u64>().ok());
        if !self.hides {
            self.sequence = number.map_or(self.sequence, |number| number + 1);
        }
    }

    fn end_round(&mut self, completed: bool) {
        let mut done = std::mem::take(&mut self.done);
        done.sort_by_key(|(index, _)| *index);
        if let Some(round) = self.rounds.last_mut() {
            round.parts = done.iter().map(|(_, raw)| part(raw)).collect();
            close(round, completed);
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
        let output = format!("[{}]", visible(&reading.rounds).join(","));
        let mut data = frame.data.clone().into_owned();
        for (key, known) in IDENTITY.into_iter().zip(&reading.identity) {
            data = rewrite(data, &["response", key], |_| known.clone());
        }
        data = rewrite(data, &["response", "output"], |_| Some(output));
        data = rewrite(data, &["response", "usage"], |_| reading.counts.told());
        reading.write(&frame, data, out);
    }

    fn usage(&self) -> (Usage, Usage) {
        self.reading.counts.usage()
    }
}
