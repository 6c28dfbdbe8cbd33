//! Answers in one piece: the last round's, with the content of all.

use headroom::json::Document;
use serde_json::{Map, Value};

use super::{answer, is_open, object, part};
use crate::engine::answer::Answer;
use crate::engine::exchange::Step;
use crate::engine::options::UsageShown;
use crate::engine::rounds::{Rounds, replace};
use crate::engine::turn::{Part, Round, visible};
use crate::engine::usage::{Usage, add};

/// See the module.
pub(in crate::engine::rounds) struct Whole {
    shown: UsageShown,
    body: Vec<u8>,
    rounds: Vec<Round>,
    usages: Vec<Map<String, Value>>,
}

impl Whole {
    pub(in crate::engine::rounds) fn new(shown: UsageShown) -> Self {
        Self {
            shown,
            body: Vec::new(),
            rounds: Vec::new(),
            usages: Vec::new(),
        }
    }

    /// Reads the body; false when it is not what the format promises.
    fn read(&mut self) -> bool {
        let Some(document) = std::str::from_utf8(&self.body)
            .ok()
            .and_then(|body| Document::parse(body).ok())
        else {
            return false;
        };
        let Some(content) = document.root().get("content") else {
            return false;
        };
        let arguments = |block: headroom::json::Value<'_, '_>| {
            block.get("input").map_or("{}", |input| input.raw()).to_owned()
        };
        let mut round = Round::default();
        for block in content.items() {
            round
                .parts
                .push(part(block.raw().to_owned(), || arguments(block)));
        }
        let reason = document
            .root()
            .get("stop_reason")
            .and_then(|reason| reason.text());
        round.open = is_open(&round, reason.as_deref().unwrap_or_default());
        if reason.as_deref() != Some("tool_use") && !round.open {
            round.parts.retain(|part| matches!(part, Part::Shown(_)));
        }
        let usage = object(&document, &["usage"]);
        self.rounds.push(round);
        self.usages.push(usage);
        true
    }
}

impl Rounds for Whole {
    fn push(&mut self, chunk: &[u8], _out: &mut Vec<u8>) -> Step {
        self.body.extend_from_slice(chunk);
        Step::More
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Step {
        let readable = self.read();
        let hidden = self.rounds.len() > 1 || !self.calls().is_empty();
        if readable && hidden {
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
        Some(next)
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let body = String::from_utf8_lossy(&self.body).into_owned();
        let span = |body: &str, key: &str| {
            let document = Document::parse(body).ok()?;
            document
                .root()
                .get(key)
                .map(|value| (value.span(), value.raw().to_owned()))
        };
        let content = visible(&self.rounds).join(",");
        let mut body = replace(
            &body,
            span(&body, "content").map(|found| found.0),
            &format!("[{content}]"),
        );
        let ends = self.rounds.last().is_some_and(|round| !round.open);
        if let Some((place, reason)) = span(&body, "stop_reason")
            && ends
            && reason == "\"tool_use\""
        {
            body = replace(&body, Some(place), "\"end_turn\"");
        }
        if self.shown == UsageShown::Sum
            && self.usages.len() > 1
            && let Some((place, _)) = span(&body, "usage")
        {
            let mut total = Map::new();
            self.usages.iter().for_each(|usage| add(&mut total, usage));
            body = replace(&body, Some(place), &Value::Object(total).to_string());
        }
        out.extend_from_slice(body.as_bytes());
    }

    fn usage(&self) -> (Usage, Usage) {
        let mut rounds = self.usages.iter().map(Usage::anthropic);
        let first = rounds.next().unwrap_or_default();
        let hidden = rounds.fold(Usage::default(), Usage::plus);
        (first.plus(hidden), hidden)
    }
}
