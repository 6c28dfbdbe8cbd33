//! OpenAI chat completions.
//!
//! Texts are `content` as a string or as `text` parts; every other field and part type (`refusal`,
//! `reasoning_content`, images, audio, files) is never ours.

use std::borrow::Cow;

use super::walk::{Calls, Found, Origin, Spot, arguments, named};
use crate::message::{Block, Role};

pub(super) fn blocks<'a>(messages: &Spot<'_, 'a>) -> Vec<Block<'a>> {
    let mut found = Found::default();
    let mut calls = Calls::default();
    // Results of legacy function calls have no id: they name the function.
    let mut functions = Calls::default();
    for (index, message) in messages.items().enumerate() {
        let role = match message.text("role").as_deref() {
            Some("system" | "developer") => Role::System,
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            Some("tool" | "function") => Role::Tool,
            _ => continue,
        };
        let mut origin = Origin::message(index, role);
        if role == Role::Tool {
            let name = message.text("name");
            origin.tool = calls
                .get(message.text("tool_call_id"))
                .or_else(|| functions.get(name.clone()))
                .or_else(|| named(name));
        }
        if let Some(content) = message.key("content") {
            found.content(content, &origin);
        }
        if role == Role::Assistant {
            remember_calls(&message, &mut calls, &mut functions);
        }
    }
    found.into_blocks()
}

/// The names of the tools that a message calls.
pub(super) fn called<'a>(message: &Spot<'_, 'a>) -> Vec<Cow<'a, str>> {
    let calls = message.key("tool_calls");
    let calls = calls.iter().flat_map(Spot::items);
    let legacy = message.key("function_call");
    calls
        .filter_map(|call| call.either("function", "custom"))
        .chain(legacy)
        .filter_map(|call| call.text("name"))
        .collect()
}

fn remember_calls<'a>(message: &Spot<'_, 'a>, calls: &mut Calls<'a>, functions: &mut Calls<'a>) {
    for call in message.key("tool_calls").iter().flat_map(Spot::items) {
        let id = call.text("id");
        if let Some(function) = call.key("function") {
            calls.add(
                id,
                function.text("name"),
                arguments(function.value.get("arguments")),
            );
        } else if let Some(custom) = call.key("custom") {
            // Free text, not JSON: its literal is the JSON text of it.
            let input = custom.value.get("input").map_or("", |input| input.raw());
            calls.add(id, custom.text("name"), Cow::Borrowed(input));
        }
    }
    if let Some(call) = message.key("function_call") {
        let name = call.text("name");
        functions.add(name.clone(), name, arguments(call.value.get("arguments")));
    }
}
