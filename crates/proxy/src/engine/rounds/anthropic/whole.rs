//! Answers in one piece.

use headroom::json::{Document, Value};
use serde_json::Map;

use super::{answer, close, part};
use crate::engine::answer::Answer;
use crate::engine::rounds::whole::Shape;
use crate::engine::rounds::{at, rewrite};
use crate::engine::turn::{Round, visible};
use crate::engine::usage::{self, Usage};

/// See the module.
pub(in crate::engine::rounds) struct Body;

impl Shape for Body {
    const COUNTS: &'static str = "usage";

    fn count(counts: &Map<String, serde_json::Value>) -> Usage {
        usage::anthropic(counts)
    }

    fn read(document: &Document<'_>) -> Option<Round> {
        let arguments =
            |block: Value<'_, '_>| block.get("input").map_or("{}", |input| input.raw()).to_owned();
        let blocks = document.root().get("content")?;
        let parts = blocks
            .items()
            .map(|block| part(block.raw().to_owned(), || arguments(block)));
        Some(Round {
            parts: parts.collect(),
            ..Round::default()
        })
    }

    fn close(document: &Document<'_>, round: &mut Round) {
        let reason = at(document, &["stop_reason"]).and_then(|reason| reason.text());
        close(round, reason.as_deref().unwrap_or_default());
    }

    fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String> {
        answer(round, answers, body)
    }

    fn write(body: String, rounds: &[Round]) -> String {
        let content = format!("[{}]", visible(rounds).join(","));
        let body = rewrite(body, &["content"], |_| Some(content));
        // The client was told to act where nothing is left for it to do.
        let ends = rounds.last().is_some_and(|round| !round.open);
        rewrite(body, &["stop_reason"], |reason| {
            (ends && reason == "\"tool_use\"").then(|| "\"end_turn\"".to_owned())
        })
    }
}
