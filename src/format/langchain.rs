//! `LangChain`'s messages, as they are written down.
//!
//! A message stands as its fields (`type`, `content`, …), under `data` beside its type (stored histories), or as
//! `kwargs` of a constructor (what `JSON.stringify` makes of an instance). Texts are `content` as a string or as
//! `text` blocks. What a model never sees as text is never ours: `artifact`, `additional_kwargs`,
//! `response_metadata`, blocks of other types.

use std::borrow::Cow;

use super::walk::{Calls, Found, Origin, Spot, arguments, named};
use crate::message::{Block, Closed, Role};

pub(super) fn blocks<'a>(messages: &Spot<'_, 'a>) -> Vec<Block<'a>> {
    let mut found = Found::default();
    let mut calls = Calls::default();
    for (index, message) in messages.items().enumerate() {
        let Some((role, fields)) = read(&message) else {
            continue;
        };
        let mut origin = Origin::message(index, role);
        match role {
            Role::Assistant => remember_calls(&fields, &mut calls),
            Role::Tool => {
                origin.tool = calls
                    .get(fields.text("tool_call_id"))
                    .or_else(|| named(fields.text("name")));
                let failed = fields.text("status").is_some_and(|status| status == "error");
                origin.closed = failed.then_some(Closed::ErrorResult);
            }
            Role::System | Role::User => {}
        }
        if let Some(content) = fields.key("content") {
            found.content(content, &origin);
        }
    }
    found.into_blocks()
}

/// The names of the tools that a message calls.
pub(super) fn called<'a>(message: &Spot<'_, 'a>) -> Vec<Cow<'a, str>> {
    let fields = read(message).map(|(_, fields)| fields);
    let calls = fields.iter().flat_map(tool_calls);
    calls.filter_map(|call| call.text("name")).collect()
}

/// True for a message that no other format has: its type, and not a role, says who wrote it. Types that other
/// data may have, too, say nothing: such a message is never the first whose text may be edited.
pub(super) fn is_message(message: &Spot<'_, '_>) -> bool {
    let Some((role, fields)) = read(message).filter(|_| message.value.get("role").is_none()) else {
        return false;
    };
    let has = |key| fields.value.get(key).is_some();
    let telling = match role {
        Role::System => message.value.get("kwargs").is_some(),
        Role::User | Role::Assistant => true,
        Role::Tool => has("tool_call_id"),
    };
    telling && has("content")
}

/// Who wrote a message, and where its fields are.
fn read<'d, 'a>(message: &Spot<'d, 'a>) -> Option<(Role, Spot<'d, 'a>)> {
    if let Some(kwargs) = message.key("kwargs").filter(Spot::is_object) {
        let class = message.key("id")?.items().last()?.value.text()?;
        let class = class.strip_suffix("Chunk").unwrap_or(&class);
        let role = role_of(&class.strip_suffix("Message")?.to_ascii_lowercase())?;
        return Some((role, kwargs));
    }
    let role = match message.text("type") {
        Some(name) => role_of(&name)?,
        None => role_named(&message.text("role")?)?,
    };
    let data = message.key("data").filter(Spot::is_object);
    Some((role, data.unwrap_or_else(|| message.clone())))
}

/// Who writes messages of a type.
fn role_of(name: &str) -> Option<Role> {
    match name {
        "system" | "developer" => Some(Role::System),
        "human" => Some(Role::User),
        "ai" => Some(Role::Assistant),
        "tool" | "function" => Some(Role::Tool),
        _ => None,
    }
}

/// The roles that `LangChain` takes in place of types.
fn role_named(name: &str) -> Option<Role> {
    match name {
        "user" => Some(Role::User),
        "assistant" => Some(Role::Assistant),
        name => role_of(name),
    }
}

/// The calls a model's message holds: as a field, and among its blocks in the standard form of content.
fn tool_calls<'d, 'a>(fields: &Spot<'d, 'a>) -> Vec<Spot<'d, 'a>> {
    let blocks = fields.key("content");
    let blocks = blocks.iter().flat_map(Spot::items);
    let listed = fields.key("tool_calls");
    blocks
        .filter(|block| block.has_type("tool_call"))
        .chain(listed.iter().flat_map(Spot::items))
        .collect()
}

fn remember_calls<'a>(fields: &Spot<'_, 'a>, calls: &mut Calls<'a>) {
    for call in tool_calls(fields) {
        calls.add(
            call.text("id"),
            call.text("name"),
            arguments(call.value.get("args")),
        );
    }
}
