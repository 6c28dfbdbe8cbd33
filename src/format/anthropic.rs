//! Anthropic messages.
//!
//! Texts are `system`, `content` as a string or as `text` blocks, and the `content` of a user's
//! `tool_result` as a string or as `text` blocks. `cache_control` may stand beside any of them and stays.
//! Other block types are an open set and never ours: thinking is signed, server results are encrypted.

use std::borrow::Cow;

use super::walk::{Calls, Found, Origin, Spot, arguments};
use crate::message::{Block, Closed, Role};

pub(super) fn blocks<'a>(root: &Spot<'_, 'a>, messages: &Spot<'_, 'a>) -> Vec<Block<'a>> {
    let mut found = Found::default();
    let mut calls = Calls::default();
    if let Some(system) = root.key("system") {
        found.content(system, &Origin::message(0, Role::System));
    }
    for (index, message) in messages.items().enumerate() {
        let role = match message.text("role").as_deref() {
            Some("system") => Role::System,
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            _ => continue,
        };
        let Some(content) = message.key("content") else {
            continue;
        };
        if role == Role::User {
            tool_results(&content, index, &calls, &mut found);
        }
        if role == Role::Assistant {
            for call in content.items().filter(|block| block.has_type("tool_use")) {
                calls.add(
                    call.text("id"),
                    call.text("name"),
                    arguments(call.value.get("input")),
                );
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
        .filter(|block| block.has_type("tool_use"));
    calls.filter_map(|call| call.text("name")).collect()
}

/// The texts of the `tool_result` blocks in a user's content; the caller sorts them in among the others.
fn tool_results<'a>(content: &Spot<'_, 'a>, message: usize, calls: &Calls<'a>, found: &mut Found<'a>) {
    for result in content.items().filter(|block| block.has_type("tool_result")) {
        let Some(output) = result.key("content") else {
            continue;
        };
        let failed = result.value.get("is_error").is_some_and(|flag| flag.is_true());
        let origin = Origin {
            message,
            role: Role::Tool,
            tool: calls.get(result.text("tool_use_id")),
            closed: failed.then_some(Closed::ErrorResult),
        };
        found.content(output, &origin);
    }
}
