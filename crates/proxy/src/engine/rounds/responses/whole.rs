//! Answers in one piece. The client knows them by the last round's id, and continues from there.

use headroom::json::Document;
use serde_json::Map;

use super::{answer, close, part, text, without_tool};
use crate::engine::answer::Answer;
use crate::engine::rounds::rewrite;
use crate::engine::rounds::whole::Shape;
use crate::engine::turn::{Round, visible};
use crate::engine::usage::{self, Usage};

/// See the module.
pub(in crate::engine::rounds) struct Body;

impl Shape for Body {
    const COUNTS: &'static str = "usage";

    fn count(counts: &Map<String, serde_json::Value>) -> Usage {
        usage::responses(counts)
    }

    fn read(document: &Document<'_>) -> Option<Round> {
        let items = document.root().get("output")?;
        Some(Round {
            parts: items.items().map(|item| part(item.raw())).collect(),
            id: text(document.root(), "id"),
            ..Round::default()
        })
    }

    fn close(document: &Document<'_>, round: &mut Round) {
        close(round, text(document.root(), "status") == "completed");
    }

    fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String> {
        answer(round, answers, body)
    }

    fn shown(body: String) -> String {
        without_tool(body, &["tools"])
    }

    fn write(body: String, rounds: &[Round]) -> String {
        let output = format!("[{}]", visible(rounds).join(","));
        rewrite(body, &["output"], |_| Some(output))
    }
}
