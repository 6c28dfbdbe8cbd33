//! Answers in one piece: the last round's, with the content of all.

use headroom::json::{Document, Value};

use super::{answer, close, part};
use crate::engine::answer::Answer;
use crate::engine::exchange::Step;
use crate::engine::options::UsageShown;
use crate::engine::rounds::counts::Counts;
use crate::engine::rounds::{Rounds, object, rewrite};
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
            counts: Counts::new(Usage::anthropic, shown),
        }
    }

    /// Reads the body; true when it is not to be handed on as it is. `None` for what the format does not promise.
    fn read(&mut self) -> Option<bool> {
        let body = std::str::from_utf8(&self.body).ok()?;
        let document = Document::parse(body).ok()?;
        let content = document.root().get("content")?;
        let arguments =
            |block: Value<'_, '_>| block.get("input").map_or("{}", |input| input.raw()).to_owned();
        let round = self.rounds.last_mut()?;
        for block in content.items() {
            round
                .parts
                .push(part(block.raw().to_owned(), || arguments(block)));
        }
        let hidden = round.hides();
        let reason = document
            .root()
            .get("stop_reason")
            .and_then(|reason| reason.text());
        close(round, reason.as_deref().unwrap_or_default());
        self.counts.take(object(&document, &["usage"]));
        Some(hidden || self.rounds.len() > 1)
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
        let content = format!("[{}]", visible(&self.rounds).join(","));
        body = rewrite(body, &["content"], |_| Some(content));
        let ends = self.rounds.last().is_some_and(|round| !round.open);
        body = rewrite(body, &["stop_reason"], |reason| {
            (ends && reason == "\"tool_use\"").then(|| "\"end_turn\"".to_owned())
        });
        body = rewrite(body, &["usage"], |_| self.counts.told());
        out.extend_from_slice(body.as_bytes());
    }

    fn usage(&self) -> (Usage, Usage) {
        self.counts.usage()
    }
}
