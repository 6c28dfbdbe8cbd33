//! OpenAI responses.
//!
//! The provider may keep the conversation: then a round continues the one before it by its id, or stands in a
//! conversation object; else all items go back. The client knows the whole answer by the first round's id.

mod stream;
mod whole;

pub(super) use stream::Reading;
pub(super) use whole::Body;

use headroom::ccr::TOOL_NAME;
use headroom::json::{self, Document, Kind, Value};
use headroom::message::splice;
use serde_json::json;

use super::{insert_at_end, replace, rewrite, set_member};
use crate::engine::answer::{Answer, HiddenCall};
use crate::engine::turn::{Part, Round};

/// An error event.
pub(super) fn broke(why: &str, out: &mut Vec<u8>) {
    let error = json!({ "type": "error", "code": "server_error", "message": why, "param": null });
    out.extend_from_slice(format!("event: error\ndata: {error}\n\n").as_bytes());
}

fn text(value: Value<'_, '_>, key: &str) -> String {
    let text = value.get(key).and_then(|value| value.text());
    text.unwrap_or_default().into_owned()
}

/// True for a call of our tool.
fn is_ours(item: Value<'_, '_>) -> bool {
    text(item, "type") == "function_call" && text(item, "name") == TOOL_NAME
}

/// JSON without our tool in the list at `path`. A response says which tools were offered, and the client has not
/// offered this one.
fn without_tool(data: String, path: &[&str]) -> String {
    if !data.contains(TOOL_NAME) {
        return data;
    }
    rewrite(data, path, |list| {
        let document = Document::parse(list).ok()?;
        let tools: Vec<Value<'_, '_>> = document.root().items().collect();
        let is_ours =
            |tool: &Value<'_, '_>| text(*tool, "type") == "function" && text(*tool, "name") == TOOL_NAME;
        let ours = tools.iter().position(is_ours)?;
        let span = match (
            ours.checked_sub(1).map(|before| tools[before]),
            tools.get(ours + 1),
        ) {
            (Some(before), _) => before.span().end..tools[ours].span().end,
            (None, Some(after)) => tools[ours].span().start..after.span().start,
            (None, None) => tools[ours].span(),
        };
        Some(replace(list, Some(span), ""))
    })
}

/// A finished item as a part of the turn.
fn part(raw: &str) -> Part {
    let document = Document::parse(raw).ok();
    let ours = document
        .as_ref()
        .map(Document::root)
        .filter(|item| is_ours(*item));
    let Some(item) = ours else {
        return Part::Shown(raw.to_owned());
    };
    let call = HiddenCall {
        id: text(item, "call_id"),
        arguments: text(item, "arguments"),
    };
    let raw = if Document::parse(&call.arguments).is_err() {
        rewrite(raw.to_owned(), &["arguments"], |_| Some("\"{}\"".to_owned()))
    } else {
        raw.to_owned()
    };
    Part::Hidden(raw, call)
}

/// The end of a round. Where it is not complete, what was asked for is not answered.
fn close(round: &mut Round, completed: bool) {
    let items: Vec<Document<'_>> = round
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Shown(raw) => Document::parse(raw).ok(),
            Part::Hidden(..) => None,
        })
        .collect();
    // Of what a provider ran itself, the output is there.
    let answered: Vec<String> = items
        .iter()
        .filter(|item| text(item.root(), "type").ends_with("_output"))
        .map(|item| text(item.root(), "call_id"))
        .collect();
    let waits = |item: &Document<'_>| {
        let kind = text(item.root(), "type");
        CLIENTS_CALLS.contains(&kind.as_str()) && !answered.contains(&text(item.root(), "call_id"))
    };
    round.open = items.iter().any(waits);
    if !completed {
        round.drop_calls();
    }
}

/// Items that the client has to answer.
const CLIENTS_CALLS: [&str; 7] = [
    "function_call",
    "custom_tool_call",
    "local_shell_call",
    "shell_call",
    "apply_patch_call",
    "computer_call",
    "mcp_approval_request",
];

/// Takes answers into a round; the body of the next one unless the round is open.
fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String> {
    let result = |(call, answer): (HiddenCall, &Answer)| {
        format!(
            "{{\"type\":\"function_call_output\",\"call_id\":{},\"output\":{}}}",
            json::quote(&call.id),
            json::quote(&answer.text),
        )
    };
    round.results = round.calls().into_iter().zip(answers).map(result).collect();
    if round.open {
        return None;
    }
    let results = round.results.join(",");
    let document = Document::parse(body).ok()?;
    let root = document.root();
    let is_set = |key: &str| root.get(key).is_some_and(|value| value.kind() != Kind::Null);
    let only_results = set_member(root, "input", &format!("[{results}]"));
    if is_set("conversation") {
        return splice(body, &[only_results]);
    }
    let forgets = root.get("store").is_some_and(|store| store.raw() == "false");
    if !forgets && !round.id.is_empty() {
        let before = set_member(root, "previous_response_id", &json::quote(&round.id));
        let mut edits = [only_results, before];
        edits.sort_by_key(|edit| edit.span.start);
        return splice(body, &edits);
    }
    // A reasoning item that is not kept there and came without its content cannot go back.
    let wanted = |raw: &str| {
        Document::parse(raw).is_ok_and(|item| {
            let item = item.root();
            text(item, "type") != "reasoning" || !text(item, "encrypted_content").is_empty()
        })
    };
    let items = [round.items(wanted), results].join(",");
    let input = root.get("input")?;
    if input.kind() == Kind::String {
        let message = format!("[{{\"role\":\"user\",\"content\":{}}},{items}]", input.raw());
        return splice(body, &[set_member(root, "input", &message)]);
    }
    insert_at_end(body, &["input"], &items)
}
