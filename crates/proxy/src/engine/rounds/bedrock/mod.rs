//! Bedrock: converse, and the binary framing that streams of other formats come in there, too.

mod block;
mod framing;
mod stream;
mod whole;

pub(super) use framing::{Chunks, Events, failure, payload};
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

/// An error, for [`Events`] to frame.
pub(super) fn broke(why: &str, out: &mut Vec<u8>) {
    let error = json!({ "message": why });
    out.extend_from_slice(format!("event: error\ndata: {error}\n\n").as_bytes());
}

/// A finished block as a part of the turn; `arguments` as the model wrote them, the block's own where `None`.
fn part(raw: String, arguments: Option<String>) -> Part {
    let call = Document::parse(&raw).ok().and_then(|document| {
        let call = document.root().get("toolUse")?;
        let text = |key: &str| call.get(key).and_then(|value| value.text()).unwrap_or_default();
        let input = || call.get("input").map_or("{}", |input| input.raw()).to_owned();
        (text("name") == TOOL_NAME).then(|| HiddenCall {
            id: text("toolUseId").into_owned(),
            arguments: arguments.unwrap_or_else(input),
        })
    });
    match call {
        Some(call) => Part::Hidden(raw, call),
        None => Part::Shown(raw),
    }
}

/// The end of a round. Where the model was cut off, what it asked for is not known, and not answered.
fn close(round: &mut Round, stop_reason: &str) {
    let calls = |part: &Part| match part {
        Part::Shown(raw) => Document::parse(raw).is_ok_and(|block| block.root().get("toolUse").is_some()),
        Part::Hidden(..) => false,
    };
    round.open = round.parts.iter().any(calls);
    if !round.open && !matches!(stop_reason, "tool_use" | "end_turn") {
        round.drop_calls();
    }
}

/// Takes answers into a round; the body of the next one unless the round is open.
fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String> {
    // Not every model takes a status, so that a call has failed is said by the text alone.
    let result = |(call, answer): (HiddenCall, &Answer)| {
        format!(
            "{{\"toolResult\":{{\"toolUseId\":{},\"content\":[{{\"text\":{}}}]}}}}",
            json::quote(&call.id),
            json::quote(&answer.text),
        )
    };
    round.results = round.calls().into_iter().zip(answers).map(result).collect();
    if round.open {
        return None;
    }
    let items = round.items(|part| replay::counts(Format::BedrockConverse, part));
    let messages = format!(
        "{{\"role\":\"assistant\",\"content\":[{items}]}},{{\"role\":\"user\",\"content\":[{}]}}",
        round.results.join(","),
    );
    insert_at_end(body, &["messages"], &messages)
}
