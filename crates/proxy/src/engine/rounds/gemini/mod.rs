//! Gemini's generateContent: every event of a stream is a whole response with some more parts.

mod array;
mod assist;
mod stream;
mod whole;

pub(super) use array::Array;
pub(super) use assist::{enveloped_stream, enveloped_whole};
pub(super) use stream::Reading;
pub(super) use whole::Body;

use headroom::ccr::TOOL_NAME;
use headroom::json::{self, Document, Value};
use serde_json::json;

use super::{at, insert_at_end};
use crate::engine::answer::{Answer, HiddenCall};
use crate::engine::turn::{Part, Round};

/// An error in a stream.
pub(super) fn broke(why: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("data: {}\n\n", error(why)).as_bytes());
}

fn error(why: &str) -> serde_json::Value {
    json!({ "error": { "code": 502, "message": why, "status": "UNAVAILABLE" } })
}

fn text(value: Value<'_, '_>, key: &str) -> String {
    let text = value.get(key).and_then(|value| value.text());
    text.unwrap_or_default().into_owned()
}

/// The parts of the first candidate.
fn parts<'d, 'a>(document: &'d Document<'a>) -> Option<Value<'d, 'a>> {
    at(document, &["candidates"])?.at(0)?.get("content")?.get("parts")
}

/// Why the first candidate has ended; empty while it has not.
fn finish_reason(document: &Document<'_>) -> String {
    let candidate = at(document, &["candidates"]).and_then(|candidates| candidates.at(0));
    candidate
        .map(|candidate| text(candidate, "finishReason"))
        .unwrap_or_default()
}

/// A part as a part of the turn.
fn part(part: Value<'_, '_>) -> Part {
    let raw = part.raw().to_owned();
    match part.get("functionCall") {
        Some(call) if text(call, "name") == TOOL_NAME => {
            let arguments = call.get("args").map_or("{}", |args| args.raw()).to_owned();
            let id = text(call, "id");
            Part::Hidden(raw, HiddenCall { id, arguments })
        }
        _ => Part::Shown(raw),
    }
}

/// Joins the pieces of a text: they are one text for the provider. A stream often ends with an empty one, which no
/// request may have.
fn join(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    let mut open: Option<String> = None;
    let text = |part: &Part| match part {
        Part::Shown(raw) => {
            let document = Document::parse(raw).ok()?;
            let text = document.root().get("text")?.text()?.into_owned();
            (document.root().len() == 1).then_some(text)
        }
        Part::Hidden(..) => None,
    };
    let said = |text: &String| !text.is_empty();
    let text_part = |text: String| Part::Shown(format!("{{\"text\":{}}}", json::quote(&text)));
    for part in parts {
        if let Some(more) = text(&part) {
            open.get_or_insert_default().push_str(&more);
            continue;
        }
        joined.extend(open.take().filter(said).map(text_part));
        joined.push(part);
    }
    joined.extend(open.filter(said).map(text_part));
    joined
}

/// The end of a round. Where the model was cut off, what it asked for is not known, and not answered.
fn close(round: &mut Round, reason: &str) {
    let is_call = |part: &Part| match part {
        Part::Shown(raw) => Document::parse(raw).is_ok_and(|part| part.root().get("functionCall").is_some()),
        Part::Hidden(..) => false,
    };
    round.open = round.parts.iter().any(is_call);
    if !matches!(reason, "STOP" | "FINISH_REASON_UNSPECIFIED" | "") {
        round.drop_calls();
    }
}

/// Takes answers into a round; the body of the next one unless the round is open.
fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String> {
    let result = |(call, answer): (HiddenCall, &Answer)| {
        let id = if call.id.is_empty() {
            String::new()
        } else {
            format!("\"id\":{},", json::quote(&call.id))
        };
        let kind = if answer.is_error { "error" } else { "output" };
        format!(
            "{{\"functionResponse\":{{{id}\"name\":\"{TOOL_NAME}\",\"response\":{{\"{kind}\":{}}}}}}}",
            json::quote(&answer.text),
        )
    };
    round.results = round.calls().into_iter().zip(answers).map(result).collect();
    if round.open {
        return None;
    }
    let contents = format!(
        "{{\"role\":\"model\",\"parts\":[{}]}},{{\"role\":\"user\",\"parts\":[{}]}}",
        round.items(|_| true),
        round.results.join(","),
    );
    insert_at_end(body, &["contents"], &contents)
}
