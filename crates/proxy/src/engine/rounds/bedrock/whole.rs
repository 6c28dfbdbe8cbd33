//! Answers in one piece: the last round's, with the content of all.

use headroom::json::Document;

use super::{answer, close, part};
use crate::engine::answer::Answer;
use crate::engine::exchange::Step;
use crate::engine::options::UsageShown;
use crate::engine::rounds::counts::Counts;
use crate::engine::rounds::{Rounds, at, object, rewrite};
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
            counts: Counts::new(Usage::bedrock, shown),
        }
    }

    /// Reads the body; true when it is not to be handed on as it is. `None` for what the format does not promise.
    fn read(&mut self) -> Option<bool> {
        let body = std::str::from_utf8(&self.body).ok()?;
        let document = Document::parse(body).ok()?;
        let content = at(&document, &CONTENT)?;
        let round = self.rounds.last_mut()?;
        round.parts = content
            .items()
            .map(|block| part(block.raw().to_owned(), None))
            .collect();
        let hidden = round.hides();
        let reason = at(&document, &["stopReason"]).and_then(|reason| reason.text());
        close(round, reason.as_deref().unwrap_or_default());
        self.counts.take(object(&document, &["usage"]));
        Some(hidden || self.rounds.len() > 1)
    }
}

/// Where the blocks are.
const CONTENT: [&str; 3] = ["output", "message", "content"];

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
        let content = format!("[{}]", visible(&self.rounds).join(","));
        body = rewrite(body, &CONTENT, |_| Some(content));
        let ends = self.rounds.last().is_some_and(|round| !round.open);
        body = rewrite(body, &["stopReason"], |reason| {
            (ends && reason == "\"tool_use\"").then(|| "\"end_turn\"".to_owned())
        });
        body = rewrite(body, &["usage"], |_| self.counts.told());
        out.extend_from_slice(body.as_bytes());
    }

    fn usage(&self) -> (Usage, Usage) {
        self.counts.usage()
    }
}
