//! Answers in one piece: the last round's, with the texts of all.

use headroom::json::{Document, Kind};
use serde_json::Map;

use super::message::{Building, merge};
use super::{answer, close};
use crate::engine::answer::Answer;
use crate::engine::exchange::Step;
use crate::engine::options::UsageShown;
use crate::engine::rounds::counts::Counts;
use crate::engine::rounds::{Rounds, at, object, replace, rewrite};
use crate::engine::turn::{Round, visible};
use crate::engine::usage::Usage;

/// See the module.
pub(in crate::engine::rounds) struct Whole {
    body: Vec<u8>,
    rounds: Vec<Round>,
    counts: Counts,
}

impl Whole {
    pub(in crate::engine::rounds) fn new(shown: UsageShown) -> Self {
        Self {
            body: Vec::new(),
            rounds: vec![Round::default()],
            counts: Counts::new(Usage::chat, shown),
        }
    }

    /// Reads the body; true when it is not to be handed on as it is. `None` for what the format does not promise.
    fn read(&mut self) -> Option<bool> {
        let body = std::str::from_utf8(&self.body).ok()?;
        let document = Document::parse(body).ok()?;
        let choice = at(&document, &["choices"])?.at(0)?;
        let message = choice
            .get("message")
            .filter(|message| message.kind() == Kind::Object)?;
        let mut building = Building::default();
        for (key, value) in message.entries() {
            match key.text().as_deref() {
                Some("tool_calls") => {
                    for (number, entry) in value.items().enumerate() {
                        building.add_call(entry.raw(), number);
                    }
                }
                Some(key) => building.add_field(key, value.raw()),
                None => {}
            }
        }
        let round = self.rounds.last_mut()?;
        *round = building.into_round();
        let hidden = round.hides();
        let reason = choice.get("finish_reason").and_then(|reason| reason.text());
        close(round, reason.as_deref().unwrap_or_default());
        self.counts.take(object(&document, &["usage"]));
        Some(hidden || self.rounds.len() > 1)
    }

    /// The message the client gets in place of the last round's, whose source is `raw`.
    fn message(&self, raw: &str) -> Option<String> {
        let mut total = Map::new();
        for (key, value) in self.rounds.iter().flat_map(|round| &round.fields) {
            merge(&mut total, key, value.clone());
        }
        let last = &self.rounds.last()?.fields;
        let document = Document::parse(raw).ok()?;
        let mut members = Vec::new();
        for (name, value) in document.root().entries() {
            let key = name.text().unwrap_or_default();
            let calls = visible(&self.rounds).join(",");
            let new = match (key.as_ref(), total.shift_remove(key.as_ref())) {
                ("tool_calls", _) if calls.is_empty() => continue,
                ("tool_calls", _) => format!("[{calls}]"),
                (key, Some(merged)) if last.get(key) != Some(&merged) => merged.to_string(),
                _ => value.raw().to_owned(),
            };
            members.push(format!("{}:{new}", name.raw()));
        }
        for (key, value) in &total {
            members.push(format!("{}:{value}", headroom::json::quote(key)));
        }
        Some(format!("{{{}}}", members.join(",")))
    }
}

impl Rounds for Whole {
    fn push(&mut self, chunk: &[u8], _out: &mut Vec<u8>) -> Step {
        self.body.extend_from_slice(chunk);
        Step::More
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Step {
        if self.read() == Some(true) {
            return Step::Settle;
        }
        out.append(&mut self.body);
        Step::Done
    }

    fn broke(&mut self, _why: &str, _out: &mut Vec<u8>) {}

    fn rounds(&self) -> &[Round] {
        &self.rounds
    }

    fn answer(&mut self, answers: &[Answer], body: &str) -> Option<String> {
        let next = answer(self.rounds.last_mut()?, answers, body)?;
        self.body.clear();
        self.rounds.push(Round::default());
        self.counts.next_round();
        Some(next)
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let mut body = String::from_utf8(std::mem::take(&mut self.body)).unwrap_or_default();
        let ends = self.rounds.last().is_some_and(|round| !round.open);
        let choice = Document::parse(&body).ok().and_then(|document| {
            let choice = at(&document, &["choices"])?.at(0)?;
            let text = choice.raw().to_owned();
            let text = rewrite(text, &["message"], |raw| self.message(raw));
            let text = rewrite(text, &["finish_reason"], |reason| {
                (ends && reason == "\"tool_calls\"").then(|| "\"stop\"".to_owned())
            });
            Some((choice.span(), text))
        });
        if let Some((span, choice)) = choice {
            body = replace(&body, Some(span), &choice);
        }
        body = rewrite(body, &["usage"], |_| self.counts.told());
        out.extend_from_slice(body.as_bytes());
    }

    fn usage(&self) -> (Usage, Usage) {
        self.counts.usage()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_handed_on() {
        for body in ["{\"choices\":[{\"message\":7}]}", "[]", "oops", "{\"error\":{}}"] {
            let mut whole = Whole::new(UsageShown::Sum);
            let mut out = Vec::new();
            whole.push(body.as_bytes(), &mut out);
            assert_eq!(whole.end(&mut out), Step::Done);
            assert_eq!(out, body.as_bytes());
        }
    }
}
