//! The stream of one or more rounds, spliced into one.

use headroom::json::Document;

use super::{answer, broke, close, is_ours, part, text, without_tool};
use crate::engine::answer::Answer;
use crate::engine::options::UsageShown;
use crate::engine::rounds::events::{Reader, SoFar, State};
use crate::engine::rounds::places::{Place, Places};
use crate::engine::rounds::{at, object, rewrite};
use crate::engine::turn::{Round, visible};
use crate::engine::usage;
use crate::wire::sse::Frame;

/// See the module.
pub(in crate::engine::rounds) struct Reading {
    so_far: SoFar,
    places: Places,
    /// Items that are done, by the upstream's number.
    done: Vec<(u64, String)>,
    /// Source of the first response's `id` and `previous_response_id`.
    identity: [Option<String>; 2],
    /// The number of the next event.
    sequence: u64,
}

/// What the client knows the answer by.
const IDENTITY: [&str; 2] = ["id", "previous_response_id"];

impl Reading {
    pub(in crate::engine::rounds) fn new(shown: UsageShown) -> Self {
        Self {
            so_far: SoFar::new(usage::responses, shown),
            places: Places::default(),
            done: Vec::new(),
            identity: [const { None }; 2],
            sequence: 0,
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
        let kind = text(root, "type");
        let later = self.so_far.rounds.len() > 1;
        match kind.as_str() {
            "response.created" | "response.in_progress" | "response.queued" => {
                self.identify(&document);
                if later {
                    return State::Open;
                }
            }
            "response.completed" | "response.incomplete" | "response.failed" => {
                self.identify(&document);
                self.so_far.counts.take(object(&document, &["response", "usage"]));
                if self.so_far.hides {
                    self.so_far.held.push(frame.bytes.to_vec());
                    self.end_round(kind == "response.completed");
                    return State::Ended;
                }
                self.write(frame, shown(frame), out);
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
            self.write(frame, shown(frame), out);
            return State::Open;
        };
        if kind == "response.output_item.added" {
            let hidden = root.get("item").is_some_and(is_ours);
            self.so_far.hides |= hidden;
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

    fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String> {
        answer(round, answers, body)
    }

    fn next_round(&mut self) {
        self.places.next_round();
    }

    fn tell(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) {
        let output = format!("[{}]", visible(&self.so_far.rounds).join(","));
        let mut data = shown(frame);
        for (key, known) in IDENTITY.into_iter().zip(&self.identity) {
            data = rewrite(data, &["response", key], |_| known.clone());
        }
        data = rewrite(data, &["response", "output"], |_| Some(output));
        data = rewrite(data, &["response", "usage"], |_| self.so_far.counts.told());
        self.write(frame, data, out);
    }

    fn broke(why: &str, out: &mut Vec<u8>) {
        broke(why, out);
    }
}

/// What the client sees of an event with a response in it.
fn shown(frame: &Frame<'_>) -> String {
    without_tool(frame.data.clone().into_owned(), &["response", "tools"])
}

impl Reading {
    /// Hands an event on under the number it has for the client.
    fn write(&mut self, frame: &Frame<'_>, data: String, out: &mut Vec<u8>) {
        let sequence = self.sequence;
        let mut number = sequence;
        let data = rewrite(data, &["sequence_number"], |there| {
            number = there.parse().unwrap_or(sequence);
            self.so_far.hides.then(|| sequence.to_string())
        });
        self.sequence = if self.so_far.hides { sequence } else { number } + 1;
        if data == frame.data {
            out.extend_from_slice(frame.bytes);
        } else {
            frame.write_with(&data, out);
        }
    }

    /// Learns a round's id from an event with its response.
    fn identify(&mut self, document: &Document<'_>) {
        if let Some(response) = at(document, &["response"]) {
            if let Some(round) = self.so_far.rounds.last_mut() {
                round.id = text(response, "id");
            }
            if self.so_far.rounds.len() == 1 {
                self.identity = IDENTITY.map(|key| Some(response.get(key)?.raw().to_owned()));
            }
        }
        let number = at(document, &["sequence_number"]).and_then(|number| number.raw().parse::<u64>().ok());
        if !self.so_far.hides {
            self.sequence = number.map_or(self.sequence, |number| number + 1);
        }
    }

    fn end_round(&mut self, completed: bool) {
        let mut done = std::mem::take(&mut self.done);
        done.sort_by_key(|(index, _)| *index);
        if let Some(round) = self.so_far.rounds.last_mut() {
            round.parts = done.iter().map(|(_, raw)| part(raw)).collect();
            close(round, completed);
        }
    }
}
