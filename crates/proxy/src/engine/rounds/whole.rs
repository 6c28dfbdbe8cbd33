//! Answers in one piece: the last round's, with what was said in all.

use headroom::json::Document;
use serde_json::Map;

use super::counts::Counts;
use super::{Rounds, object, rewrite};
use crate::engine::answer::Answer;
use crate::engine::exchange::Step;
use crate::engine::options::UsageShown;
use crate::engine::turn::Round;
use crate::engine::usage::Usage;

/// What an answer in one piece looks like in a format.
pub(super) trait Shape: Send {
    /// The member that holds the counts.
    const COUNTS: &'static str;

    /// Reads counts.
    fn count(counts: &Map<String, serde_json::Value>) -> Usage;

    /// Reads a round; `None` for what the format does not promise.
    fn read(document: &Document<'_>) -> Option<Round>;

    /// The end of a round: whether it is the client's turn, and which calls are to be answered.
    fn close(document: &Document<'_>, round: &mut Round);

    /// See [`Rounds::answer`].
    fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String>;

    /// What the client sees of a body, whether anything in it was hidden or not.
    fn shown(body: String) -> String {
        body
    }

    /// The last round's body with what the client sees of all.
    fn write(body: String, rounds: &[Round]) -> String;
}

/// See the module.
pub(super) struct Whole<S> {
    body: Vec<u8>,
    rounds: Vec<Round>,
    counts: Counts,
    shape: std::marker::PhantomData<S>,
}

impl<S: Shape> Whole<S> {
    pub(super) fn new(shown: UsageShown) -> Self {
        Self {
            body: Vec::new(),
            rounds: vec![Round::default()],
            counts: Counts::new(S::count, shown),
            shape: std::marker::PhantomData,
        }
    }

    /// Reads the body; true when it is not to be handed on as it is.
    fn read(&mut self) -> Option<bool> {
        let body = std::str::from_utf8(&self.body).ok()?;
        let document = Document::parse(body).ok()?;
        let mut round = S::read(&document)?;
        let hidden = round.hides();
        S::close(&document, &mut round);
        *self.rounds.last_mut()? = round;
        self.counts.take(object(&document, &[S::COUNTS]));
        Some(hidden || self.rounds.len() > 1)
    }
}

impl<S: Shape> Rounds for Whole<S> {
    fn push(&mut self, chunk: &[u8], _out: &mut Vec<u8>) -> Step {
        self.body.extend_from_slice(chunk);
        Step::More
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Step {
        if self.read() == Some(true) {
            return Step::Settle;
        }
        match String::from_utf8(std::mem::take(&mut self.body)) {
            Ok(body) => out.extend_from_slice(S::shown(body).as_bytes()),
            Err(error) => out.append(&mut error.into_bytes()),
        }
        Step::Done
    }

    fn broke(&mut self, _why: &str, _out: &mut Vec<u8>) {}

    fn rounds(&self) -> &[Round] {
        &self.rounds
    }

    fn answer(&mut self, answers: &[Answer], body: &str) -> Option<String> {
        let next = S::answer(self.rounds.last_mut()?, answers, body)?;
        self.body.clear();
        self.rounds.push(Round::default());
        self.counts.next_round();
        Some(next)
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let body = String::from_utf8(std::mem::take(&mut self.body)).unwrap_or_default();
        let body = S::write(S::shown(body), &self.rounds);
        let body = rewrite(body, &[S::COUNTS], |_| self.counts.told());
        out.extend_from_slice(body.as_bytes());
    }

    fn usage(&self) -> (Usage, Usage) {
        self.counts.usage()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rounds::{anthropic, bedrock, chat, gemini, responses};

    #[test]
    fn what_is_no_answer_is_handed_on() {
        fn check<S: Shape>(body: &[u8]) {
            let mut whole = Whole::<S>::new(UsageShown::Sum);
            let mut out = Vec::new();
            assert_eq!(whole.push(body, &mut out), Step::More);
            assert_eq!(whole.end(&mut out), Step::Done);
            assert_eq!(out, body);
        }
        let bodies: [&[u8]; 5] = [
            b"{\"choices\":[{\"message\":7}],\"candidates\":[7],\"content\":7,\"output\":7}",
            b"[]",
            b"oops",
            b"\xff",
            b"{\"error\":{}}",
        ];
        for body in bodies {
            check::<anthropic::Body>(body);
            check::<bedrock::Body>(body);
            check::<chat::Body>(body);
            check::<gemini::Body>(body);
            check::<responses::Body>(body);
        }
    }
}
