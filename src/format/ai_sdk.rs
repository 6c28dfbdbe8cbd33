//! The AI SDK's language model prompt (V2, V3, V4), and the message lists it is made from.
//!
//! Texts are `content` as a string or as `text` parts, and the `output` of `tool-result` parts in `tool`
//! messages. Results on the assistant's side were made by the provider, which may verify them: never ours.
//! `providerOptions` may stand on message, part and output, and stay.

use std::borrow::Cow;

use super::walk::{Calls, Found, Origin, Spot, arguments, named, retold};
use crate::message::{Block, Closed, Role, Slot};

pub(super) fn blocks<'a>(root: &Spot<'_, 'a>, messages: &Spot<'_, 'a>) -> Vec<Block<'a>> {
    let mut found = Found::default();
    let mut calls = Calls::default();
    let shaped = provider_tools(root);
    if let Some(system) = root.key("system") {
        found.content(system, &Origin::message(0, Role::System));
    }
    for (index, message) in messages.items().enumerate() {
        let Some(content) = message.key("content") else {
            continue;
        };
        let role = match message.text("role").as_deref() {
            Some("system") => Role::System,
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            Some("tool") => {
                for part in content.items().filter(|part| part.has_type("tool-result")) {
                    result(&part, index, &calls, &shaped, &mut found);
                }
                continue;
            }
            _ => continue,
        };
        if role == Role::Assistant {
            for call in content.items().filter(|part| part.has_type("tool-call")) {
                let input = call.value.get("input").or_else(|| call.value.get("args"));
                calls.add(call.text("toolCallId"), call.text("toolName"), arguments(input));
            }
        }
        found.content(content, &Origin::message(index, role));
    }
    found.into_blocks()
}

/// The names of the tools that a message calls.
pub(super) fn called<'a>(message: &Spot<'_, 'a>) -> Vec<Cow<'a, str>> {
    let content = message.key("content");
    let calls = content
        .iter()
        .flat_map(Spot::items)
        .filter(|part| part.has_type("tool-call"));
    calls.filter_map(|call| call.text("toolName")).collect()
}

/// The texts of one `tool-result` part.
fn result<'a>(
    part: &Spot<'_, 'a>,
    message: usize,
    calls: &Calls<'a>,
    shaped: &[Cow<'a, str>],
    found: &mut Found<'a>,
) {
    let (Some(output), name) = (part.key("output"), part.text("toolName")) else {
        return;
    };
    let Some(value) = output.key("value") else { return };
    let opaque = name.as_ref().is_some_and(|name| shaped.contains(name));
    let tool = calls.get(part.text("toolCallId")).or_else(|| named(name));
    let origin = |closed| Origin {
        message,
        role: Role::Tool,
        tool: tool.clone(),
        closed,
    };
    match output.text("type").as_deref() {
        Some("text") => found.string(value, &origin(None)),
        Some("error-text") => found.string(value, &origin(Some(Closed::ErrorResult))),
        Some("json") => found.slot(
            output,
            Slot::AiSdkJson,
            json_text(&value),
            &origin(opaque.then_some(Closed::Opaque)),
        ),
        Some("error-json") => {
            found.slot(
                output,
                Slot::AiSdkJson,
                json_text(&value),
                &origin(Some(Closed::ErrorResult)),
            );
        }
        Some("content") => {
            for item in value.items() {
                found.text_part(&item, &origin(None));
            }
        }
        _ => {}
    }
}

/// The text a provider adapter would send for a JSON output: a string as it is, anything else as its source.
fn json_text<'a>(value: &Spot<'_, 'a>) -> Option<Cow<'a, str>> {
    if value.is_string() {
        value.value.text()
    } else {
        Some(Cow::Borrowed(value.value.raw()))
    }
}

/// Names of the tools the provider defines: their adapters read JSON outputs by a schema.
fn provider_tools<'a>(root: &Spot<'_, 'a>) -> Vec<Cow<'a, str>> {
    let tools = root.key("tools");
    let tools = tools.iter().flat_map(Spot::items);
    tools
        .filter(|tool| !tool.has_type("function"))
        .filter_map(|tool| tool.text("name"))
        .collect()
}

/// The output object `old` (its JSON text) with its type and value replaced by a text.
pub(super) fn text_output(old: &str, text: &str) -> String {
    retold(old, "\"type\":\"text\",\"value\":", text, &["type", "value"])
}
