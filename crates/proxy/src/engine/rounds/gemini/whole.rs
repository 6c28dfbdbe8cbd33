//! Answers in one piece: the last round's, with the parts of all.

use headroom::json::{Document, Value};
use headroom::message::splice;

use super::{answer, close, finish_reason, part, parts};
use crate::engine::answer::Answer;
use crate::engine::exchange::Step;
use crate::engine::options::UsageShown;
use crate::engine::rounds::counts::Counts;
use crate::engine::rounds::{Rounds, at, object, replace, rewrite, set_member};
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
            counts: Counts::new(Usage::gemini, shown),
        }
    }

    /// Reads the body; true when it is not to be handed on as it is. `None` for what the format does not promise.
    fn read(&mut self) -> Option<bool> {
        let body = std::str::from_utf8(&self.body).ok()?;
        let document = Document::parse(body).ok()?;
        at(&document, &["candidates"])?.at(0)?;
        let parts = parts(&document);
        let round = self.rounds.last_mut()?;
        round.parts = parts.iter().flat_map(Value::items).map(part).collect();
        let hidden = round.hides();
        close(round, &finish_reason(&document));
        self.counts.take(object(&document, &["usageMetadata"]));
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
        let body = String::from_utf8(std::mem::take(&mut self.body)).unwrap_or_default();
        let all = format!("[{}]", visible(&self.rounds).join(","));
        let changed = Document::parse(&body).ok().and_then(|document| {
            if let Some(parts) = parts(&document) {
                return Some(replace(&body, Some(parts.span()), &all));
            }
            // The last round had nothing more to say.
            let candidate = at(&document, &["candidates"])?.at(0)?;
            let content = format!("{{\"parts\":{all},\"role\":\"model\"}}");
            splice(&body, &[set_member(candidate, "content", &content)])
        });
        let body = changed.unwrap_or(body);
        let body = rewrite(body, &["usageMetadata"], |_| self.counts.told());
        out.extend_from_slice(body.as_bytes());
    }

    fn usage(&self) -> (Usage, Usage) {
        self.counts.usage()
    }
}
