//! Which format a document is in, from its shapes alone.

use super::walk::Spot;
use super::{Format, langchain};
use crate::json::{Document, Kind};

/// The formats that hold a message whose `content` is a text or typed parts, and that read it alike.
const PLAIN: &[Format] = &[
    Format::OpenAiChat,
    Format::OpenAiResponses,
    Format::AnthropicMessages,
    Format::AiSdk,
];

/// Those of them that read it whatever type the message has.
const WITH_TYPES: &[Format] = &[Format::OpenAiChat, Format::AnthropicMessages, Format::AiSdk];

/// The formats with `developer` messages and refusals.
const OPENAI: &[Format] = &[Format::OpenAiChat, Format::OpenAiResponses];

/// The formats whose requests have `messages`.
const WITH_MESSAGES: &[Format] = &[
    Format::OpenAiChat,
    Format::AnthropicMessages,
    Format::AiSdk,
    Format::BedrockConverse,
    Format::LangChain,
];

/// Kinds of items of the responses format that are no messages.
const ITEMS: [&str; 17] = [
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "custom_tool_call_output",
    "local_shell_call",
    "local_shell_call_output",
    "shell_call",
    "shell_call_output",
    "apply_patch_call",
    "apply_patch_call_output",
    "computer_call",
    "computer_call_output",
    "mcp_call",
    "web_search_call",
    "reasoning",
    "compaction",
    "item_reference",
];

/// What a part of Gemini's format is, by its key.
const GEMINI_PARTS: [&str; 10] = [
    "text",
    "functionCall",
    "function_call",
    "functionResponse",
    "function_response",
    "inlineData",
    "inline_data",
    "fileData",
    "file_data",
    "executableCode",
];

/// What an item of Bedrock's content is, by its key.
const BEDROCK_ITEMS: [&str; 10] = [
    "text",
    "toolUse",
    "toolResult",
    "image",
    "document",
    "video",
    "cachePoint",
    "reasoningContent",
    "guardContent",
    "searchResult",
];

/// See [`Format::sniff`].
pub(super) fn sniff(document: &Document<'_>) -> Option<Format> {
    let root = Spot::root(document);
    if root.is_array() {
        let is = |item: &Spot<'_, '_>| {
            is_message(item) || is_item(item) || item.value.get("role").is_some() && is_gemini(item)
        };
        return holds(&root, is).then(|| decided(&root, &Format::ALL).unwrap_or(Format::OpenAiChat));
    }
    if let Some(prompt) = root.key("prompt").filter(Spot::is_array) {
        return holds(&prompt, is_message).then_some(Format::AiSdk);
    }
    if let Some(messages) = root.key("messages").filter(Spot::is_array) {
        return holds(&messages, is_message).then(|| of_request(&root, &messages));
    }
    if let Some(input) = root.key("input") {
        // Text to embed looks like text to answer; but what has no model is no request.
        let asks = input.is_string() && root.text("model").is_some();
        let lists = input.is_array() && holds(&input, |item| is_message(item) || is_item(item));
        return (asks || lists).then_some(Format::OpenAiResponses);
    }
    let contents = root.key("contents").filter(Spot::is_array)?;
    holds(&contents, is_gemini).then_some(Format::Gemini)
}

/// The format of a request that has `messages`.
fn of_request(root: &Spot<'_, '_>, messages: &Spot<'_, '_>) -> Format {
    let by_tools = || {
        let tools = root.key("tools");
        let found = tools.iter().flat_map(Spot::items).find_map(|tool| by_tool(&tool));
        found.or_else(|| {
            root.key("toolConfig")
                .filter(Spot::is_object)
                .map(|_| Format::BedrockConverse)
        })
    };
    let by_system = || {
        root.key("system").map(|system| {
            if is_bedrock(&system) {
                Format::BedrockConverse
            } else {
                Format::AnthropicMessages
            }
        })
    };
    by_tools()
        .or_else(|| decided(messages, WITH_MESSAGES))
        .or_else(by_system)
        .unwrap_or(Format::OpenAiChat)
}

/// True when at least one item is what `is` says. An empty list is a conversation that has not begun.
fn holds(list: &Spot<'_, '_>, is: impl Fn(&Spot<'_, '_>) -> bool) -> bool {
    list.value.is_empty() || list.items().any(|item| is(&item))
}

/// True for a message as most formats have it; data that merely has a `role` column is none.
fn is_message(message: &Spot<'_, '_>) -> bool {
    if langchain::is_message(message) {
        return true;
    }
    let known = ["system", "developer", "user", "assistant", "tool", "function"];
    let role = message
        .text("role")
        .is_some_and(|role| known.contains(&role.as_ref()));
    let body = ["content", "tool_calls", "function_call"];
    role && body.iter().any(|key| message.value.get(key).is_some())
}

fn by_tool(tool: &Spot<'_, '_>) -> Option<Format> {
    let has = |key| tool.value.get(key).is_some();
    if has("function") || has("custom") {
        Some(Format::OpenAiChat)
    } else if has("input_schema") {
        Some(Format::AnthropicMessages)
    } else if has("inputSchema") {
        Some(Format::AiSdk)
    } else if has("schema") {
        Some(Format::LangChain)
    } else {
        None
    }
}

/// The only one of the formats `among` that can hold the messages. A message that none of those left can
/// hold says nothing: whatever blocks it has are the same in each of them.
fn decided(messages: &Spot<'_, '_>, among: &[Format]) -> Option<Format> {
    let mut left = among.to_vec();
    for message in messages.items() {
        let holders = holders(&message);
        if left.iter().any(|format| holders.contains(format)) {
            left.retain(|format| holders.contains(format));
        }
        if let [only] = left[..] {
            return Some(only);
        }
    }
    None
}

/// The formats that can hold a message. Those of a message that several can hold find the same blocks in it.
fn holders(message: &Spot<'_, '_>) -> &'static [Format] {
    let has = |key| message.value.get(key).is_some();
    let role = message.text("role");
    let content = message.key("content");
    if langchain::is_message(message) {
        return &[Format::LangChain];
    }
    if has("tool_call_id") || has("tool_calls") || has("function_call") {
        return &[Format::OpenAiChat];
    }
    if let (Some("tool" | "function"), Some(content)) = (role.as_deref(), &content)
        && (content.is_string() || content.items().any(|part| part.has_type("text")))
    {
        return &[Format::OpenAiChat];
    }
    if has("providerOptions") {
        return &[Format::AiSdk];
    }
    if is_item(message) {
        return &[Format::OpenAiResponses];
    }
    let Some(content) = content else {
        return if has("role") && is_gemini(message) {
            &[Format::Gemini]
        } else {
            &Format::ALL
        };
    };
    let by_parts = content.items().find_map(|part| by_part(&part));
    if let Some(holders) = by_parts {
        return holders;
    }
    // What has a type of its own is no message of the responses format.
    let typed = has("type") && !message.has_type("message");
    match role.as_deref() {
        Some("developer") if typed => &[Format::OpenAiChat],
        Some("developer") => OPENAI,
        Some("function") => &[Format::OpenAiChat],
        Some("tool") if !content.value.is_empty() => &[Format::OpenAiChat],
        Some("user" | "assistant") if is_bedrock(&content) => &[Format::BedrockConverse],
        Some("system" | "user" | "assistant") if typed => WITH_TYPES,
        Some("system" | "user" | "assistant") => PLAIN,
        _ => &Format::ALL,
    }
}

fn by_part(part: &Spot<'_, '_>) -> Option<&'static [Format]> {
    let has = |key| part.value.get(key).is_some();
    let is_object = |key| {
        part.value
            .get(key)
            .is_some_and(|value| value.kind() == Kind::Object)
    };
    match part.text("type").as_deref() {
        Some("image_url" | "input_audio") => Some(&[Format::OpenAiChat]),
        Some("refusal") => Some(OPENAI),
        Some("file") if is_object("file") => Some(&[Format::OpenAiChat]),
        Some("input_text" | "output_text" | "input_image" | "input_file") => Some(&[Format::OpenAiResponses]),
        Some(
            "tool_use" | "tool_result" | "thinking" | "redacted_thinking" | "server_tool_use"
            | "search_result",
        ) => Some(&[Format::AnthropicMessages]),
        Some("image" | "document") if is_object("source") => Some(&[Format::AnthropicMessages]),
        Some("tool-call" | "tool-result" | "tool-approval-response" | "reasoning") => Some(&[Format::AiSdk]),
        Some("file") if has("mediaType") => Some(&[Format::AiSdk]),
        _ if has("providerOptions") => Some(&[Format::AiSdk]),
        _ => None,
    }
}

/// True for an item of the responses format that is no message: its type and what comes with it.
fn is_item(item: &Spot<'_, '_>) -> bool {
    let known = item
        .text("type")
        .is_some_and(|kind| ITEMS.contains(&kind.as_ref()));
    let has = |key| item.value.get(key).is_some();
    known && (has("call_id") || has("id") || has("summary") || has("encrypted_content"))
}

/// True for a content of Gemini's format: `parts` that say what they are by a key, not by a type.
fn is_gemini(content: &Spot<'_, '_>) -> bool {
    let known = ["user", "model", "function"];
    let role = content
        .text("role")
        .map_or(content.value.get("role").is_none(), |role| {
            known.contains(&role.as_ref())
        });
    let is_part = |part: Spot<'_, '_>| {
        part.value.get("type").is_none() && GEMINI_PARTS.iter().any(|key| part.value.get(key).is_some())
    };
    role && content
        .key("parts")
        .is_some_and(|parts| parts.items().any(is_part))
}

/// True for a content of Bedrock's format: all its items say what they are by a key, not by a type.
fn is_bedrock(content: &Spot<'_, '_>) -> bool {
    let is_item = |item: Spot<'_, '_>| {
        item.value.get("type").is_none() && BEDROCK_ITEMS.iter().any(|key| item.value.get(key).is_some())
    };
    !content.value.is_empty() && content.items().all(is_item) && content.is_array()
}
