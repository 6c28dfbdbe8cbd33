//! OpenAI chat completions, and what speaks like them.
//!
//! The client gets one message whose text is that of all rounds; calls of its own are in the last round only.
//! Fields that are not of the API (`reasoning_content` and the like) are treated as the text is, and go back to the
//! provider with the round they came in.

mod message;
mod stream;
mod whole;

pub(super) use stream::Reading;
pub(super) use whole::Body;

use headroom::json::{self, Document};
use headroom::message::Edit;
use serde_json::json;

use super::{insert_at_end, set_member};
use crate::engine::answer::{Answer, HiddenCall};
use crate::engine::turn::{Part, Round};

/// An error in a stream.
pub(super) fn broke(why: &str, out: &mut Vec<u8>) {
    let error = json!({ "error": { "message": why, "type": "server_error", "param": null, "code": null } });
    out.extend_from_slice(format!("data: {error}\n\n").as_bytes());
}

/// The edit that makes a provider count in streams, where the client has not asked for that.
pub(super) fn ask_for_counts(document: &Document<'_>) -> Option<Edit> {
    let root = document.root();
    if !root.get("stream")?.is_true() {
        return None;
    }
    let options = root.get("stream_options");
    match options.filter(|options| options.kind() == json::Kind::Object) {
        Some(options) if options.get("include_usage").is_some_and(|asked| asked.is_true()) => None,
        Some(options) => Some(set_member(options, "include_usage", "true")),
        None => Some(set_member(root, "stream_options", "{\"include_usage\":true}")),
    }
}

/// The end of a round. Where the model was cut off, what it asked for is not known, and not answered.
fn close(round: &mut Round, reason: &str) {
    round.open = round.parts.iter().any(|part| matches!(part, Part::Shown(_)));
    if !round.open && !matches!(reason, "tool_calls" | "stop" | "function_call" | "") {
        round.drop_calls();
    }
}

/// Takes answers into a round; the body of the next one unless the round is open.
fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String> {
    let result = |(call, answer): (HiddenCall, &Answer)| {
        format!(
            "{{\"role\":\"tool\",\"tool_call_id\":{},\"content\":{}}}",
            json::quote(&call.id),
            json::quote(&answer.text),
        )
    };
    round.results = round.calls().into_iter().zip(answers).map(result).collect();
    if round.open {
        return None;
    }
    round.sent = format!("{},{}", message::message(round), round.results.join(","));
    insert_at_end(body, &["messages"], &round.sent)
}
