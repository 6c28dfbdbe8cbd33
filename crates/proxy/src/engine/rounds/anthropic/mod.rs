//! Anthropic messages.

mod block;
mod stream;
mod whole;

pub(super) use stream::Reading;
pub(super) use whole::Body;

use headroom::ccr::TOOL_NAME;
use headroom::format::Format;
use headroom::json::{self, Document};
use serde_json::json;

use super::insert_at_end;
use crate::engine::answer::{Answer, HiddenCall};
use crate::engine::replay;
use crate::engine::turn::{Part, Round};

/// An error event.
pub(super) fn broke(why: &str, out: &mut Vec<u8>) {
    let error = json!({ "type": "error", "error": { "type": "api_error", "message": why } });
    out.extend_from_slice(format!("event: error\ndata: {error}\n\n").as_bytes());
}

/// A finished block as a part of the turn.
fn part(raw: String, arguments: impl FnOnce() -> String) -> Part {
    match hidden_id(&raw) {
        Some(id) => {
            let arguments = arguments();
            Part::Hidden(raw, HiddenCall { id, arguments })
        }
        None => Part::Shown(raw),
    }
}

/// The id of the call, if the block is a call of our tool.
fn hidden_id(block: &str) -> Option<String> {
    let document = Document::parse(block).ok()?;
    let text = |key: &str| document.root().get(key)?.text();
    (text("type")? == "tool_use" && text("name")? == TOOL_NAME)
        .then(|| text("id").map(std::borrow::Cow::into_owned))
        .flatten()
}

/// The end of a round, told from its stop reason: whether the client has a call of its own to answer, or a server
/// tool has paused the turn. Where the model was cut off, what it asked for is not known, and not answered.
fn close(round: &mut Round, stop_reason: &str) {
    let calls = |part: &Part| {
        let Part::Shown(raw) = part else { return false };
        let document = Document::parse(raw).ok();
        let kind = document.and_then(|document| document.root().get("type")?.text().map(String::from));
        kind.is_some_and(|kind| kind == "tool_use")
    };
    round.open = stop_reason == "pause_turn" || round.parts.iter().any(calls);
    // Some servers say that the turn has ended and mean that it is the client's.
    if !round.open && !matches!(stop_reason, "tool_use" | "end_turn") {
        round.drop_calls();
    }
}

/// Takes answers into a round; the body of the next one unless the round is open.
fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String> {
    let result = |(call, answer): (HiddenCall, &Answer)| {
        let error = if answer.is_error { ",\"is_error\":true" } else { "" };
        format!(
            "{{\"type\":\"tool_result\",\"tool_use_id\":{},\"content\":{}{error}}}",
            json::quote(&call.id),
            json::quote(&answer.text),
        )
    };
    round.results = round.calls().into_iter().zip(answers).map(result).collect();
    if round.open {
        return None;
    }
    // The API refuses texts that are empty, its own ones, too.
    let items = round.items(|part| replay::counts(Format::AnthropicMessages, part));
    let messages = format!(
        "{{\"role\":\"assistant\",\"content\":[{items}]}},{{\"role\":\"user\",\"content\":[{}]}}",
        round.results.join(","),
    );
    insert_at_end(body, &["messages"], &messages)
}
