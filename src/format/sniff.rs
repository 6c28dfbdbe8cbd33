//! Which format a document is in, from its shapes alone.

use super::Format;
use super::walk::Spot;
use crate::json::{Document, Kind};

/// See [`Format::sniff`].
pub(super) fn sniff(document: &Document<'_>) -> Option<Format> {
    let root = Spot::root(document);
    if root.is_array() {
        return holds_messages(&root).then(|| by_messages(&root).unwrap_or(Format::OpenAiChat));
    }
    if let Some(prompt) = root.key("prompt").filter(Spot::is_array) {
        return holds_messages(&prompt).then_some(Format::AiSdk);
    }
    let messages = root.key("messages").filter(Spot::is_array)?;
    if !holds_messages(&messages) {
        return None;
    }
    let by_tools = || {
        root.key("tools")
            .iter()
            .flat_map(Spot::items)
            .find_map(|tool| by_tool(&tool))
    };
    let by_system = || root.key("system").map(|_| Format::AnthropicMessages);
    by_tools()
        .or_else(|| by_messages(&messages))
        .or_else(by_system)
        .or(Some(Format::OpenAiChat))
}

/// True when at least one item is a message; data that merely has a `role` column is not. An empty list
/// is a conversation that has not begun.
fn holds_messages(list: &Spot<'_, '_>) -> bool {
    let is_message = |message: &Spot<'_, '_>| {
        let known = ["system", "developer", "user", "assistant", "tool", "function"];
        let role = message
            .text("role")
            .is_some_and(|role| known.contains(&role.as_ref()));
        let body = ["content", "tool_calls", "function_call"];
        role && body.iter().any(|key| message.value.get(key).is_some())
    };
    list.value.is_empty() || list.items().any(|message| is_message(&message))
}

fn by_tool(tool: &Spot<'_, '_>) -> Option<Format> {
    let has = |key| tool.value.get(key).is_some();
    if has("function") || has("custom") {
        Some(Format::OpenAiChat)
    } else if has("input_schema") {
        Some(Format::AnthropicMessages)
    } else if has("inputSchema") {
        Some(Format::AiSdk)
    } else {
        None
    }
}

/// The first message that only one format can hold.
fn by_messages(messages: &Spot<'_, '_>) -> Option<Format> {
    messages.items().find_map(|message| by_message(&message))
}

fn by_message(message: &Spot<'_, '_>) -> Option<Format> {
    let has = |key| message.value.get(key).is_some();
    if has("tool_call_id") || has("tool_calls") || has("function_call") {
        return Some(Format::OpenAiChat);
    }
    if has("providerOptions") {
        return Some(Format::AiSdk);
    }
    let content = message.key("content");
    let by_parts = content
        .iter()
        .flat_map(Spot::items)
        .find_map(|part| by_part(&part));
    by_parts.or_else(|| match message.text("role").as_deref() {
        Some("developer" | "function") => Some(Format::OpenAiChat),
        Some("tool") if content.is_some_and(|content| !content.value.is_empty() || content.is_string()) => {
            Some(Format::OpenAiChat)
        }
        _ => None,
    })
}

fn by_part(part: &Spot<'_, '_>) -> Option<Format> {
    let has = |key| part.value.get(key).is_some();
    let is_object = |key| {
        part.value
            .get(key)
            .is_some_and(|value| value.kind() == Kind::Object)
    };
    match part.text("type").as_deref() {
        Some("image_url" | "input_audio" | "refusal") => Some(Format::OpenAiChat),
        Some("file") if is_object("file") => Some(Format::OpenAiChat),
        Some(
            "tool_use" | "tool_result" | "thinking" | "redacted_thinking" | "server_tool_use"
            | "search_result",
        ) => Some(Format::AnthropicMessages),
        Some("image" | "document") if is_object("source") => Some(Format::AnthropicMessages),
        Some("tool-call" | "tool-result" | "tool-approval-response" | "reasoning") => Some(Format::AiSdk),
        Some("file") if has("mediaType") => Some(Format::AiSdk),
        _ if has("providerOptions") => Some(Format::AiSdk),
        _ => None,
    }
}
