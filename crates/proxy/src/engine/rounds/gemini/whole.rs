//! Answers in one piece.

use headroom::json::{Document, Value};
use headroom::message::splice;
use serde_json::Map;

use super::{answer, close, finish_reason, part, parts};
use crate::engine::answer::Answer;
use crate::engine::rounds::whole::Shape;
use crate::engine::rounds::{at, replace, set_member};
use crate::engine::turn::{Round, visible};
use crate::engine::usage::{self, Usage};

/// See the module.
pub(in crate::engine::rounds) struct Body;

impl Shape for Body {
    const COUNTS: &'static str = "usageMetadata";

    fn count(counts: &Map<String, serde_json::Value>) -> Usage {
        usage::gemini(counts)
    }

    fn read(document: &Document<'_>) -> Option<Round> {
        at(document, &["candidates"])?.at(0)?;
        let parts = parts(document);
        Some(Round {
            parts: parts.iter().flat_map(Value::items).map(part).collect(),
            ..Round::default()
        })
    }

    fn close(document: &Document<'_>, round: &mut Round) {
        close(round, &finish_reason(document));
    }

    fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String> {
        answer(round, answers, body)
    }

    fn write(body: String, rounds: &[Round]) -> String {
        let all = format!("[{}]", visible(rounds).join(","));
        let changed = Document::parse(&body).ok().and_then(|document| {
            if let Some(parts) = parts(&document) {
                return Some(replace(&body, Some(parts.span()), &all));
            }
            // The last round had nothing more to say.
            let candidate = at(&document, &["candidates"])?.at(0)?;
            let content = format!("{{\"parts\":{all},\"role\":\"model\"}}");
            splice(&body, &[set_member(candidate, "content", &content)])
        });
        changed.unwrap_or(body)
    }
}
