//! Bedrock converse.
//!
//! Content is a list of objects with one key that says what they are. Texts are `text` items of `system` and
//! of messages, and the `text` and `json` items of a user's `toolResult`. `cachePoint` stands among them and
//! stays; every other item is never ours: reasoning is signed, guarded text is judged as it is.

use std::borrow::Cow;

use super::walk::{Calls, Found, Origin, Spot, arguments, compact_text, retold};
use crate::message::{Block, Closed, Role, Slot};

pub(super) fn blocks<'a>(root: &Spot<'_, 'a>, messages: &Spot<'_, 'a>) -> Vec<Block<'a>> {
    let mut found = Found::default();
    let mut calls = Calls::default();
    if let Some(system) = root.key("system") {
        texts(&system, &Origin::message(0, Role::System), &mut found);
    }
    for (index, message) in messages.items().enumerate() {
        let role = match message.text("role").as_deref() {
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            _ => continue,
        };
        let Some(content) = message.key("content") else {
            continue;
        };
        if role == Role::User {
            for result in content.items().filter_map(|item| item.key("toolResult")) {
                tool_result(&result, index, &calls, &mut found);
            }
        }
        if role == Role::Assistant {
            for call in content.items().filter_map(|item| item.key("toolUse")) {
                calls.add(
                    call.text("toolUseId"),
                    call.text("name"),
                    arguments(call.value.get("input")),
                );
            }
        }
        texts(&content, &Origin::message(index, role), &mut found);
    }
    found.into_blocks()
}

/// The names of the tools that a message calls.
pub(super) fn called<'a>(message: &Spot<'_, 'a>) -> Vec<Cow<'a, str>> {
    let content = message.key("content");
    let items = content.iter().flat_map(Spot::items);
    items
        .filter_map(|item| item.key("toolUse")?.text("name"))
        .collect()
}

/// Adds the `text` items of a content. One with a `type` is of another format.
fn texts<'a>(content: &Spot<'_, 'a>, origin: &Origin<'a>, found: &mut Found<'a>) {
    for item in content.items().filter(|item| item.value.get("type").is_none()) {
        if let Some(text) = item.key("text") {
            found.string(text, origin);
        }
    }
}

/// The texts of one `toolResult`.
fn tool_result<'a>(result: &Spot<'_, 'a>, message: usize, calls: &Calls<'a>, found: &mut Found<'a>) {
    let Some(content) = result.key("content") else {
        return;
    };
    let failed = result.text("status").is_some_and(|status| status == "error");
    let origin = Origin {
        message,
        role: Role::Tool,
        tool: calls.get(result.text("toolUseId")),
        closed: failed.then_some(Closed::ErrorResult),
    };
    texts(&content, &origin, found);
    for item in content.items().filter(|item| item.value.get("type").is_none()) {
        if let Some(json) = item.key("json").filter(|_| item.value.get("text").is_none()) {
            found.slot(item, Slot::BedrockJson, compact_text(&json), &origin);
        }
    }
}

/// The content item `old` (its JSON text) with a text for its `json`.
pub(super) fn text_item(old: &str, text: &str) -> String {
    retold(old, "\"text\":", text, &["json", "text"])
}
