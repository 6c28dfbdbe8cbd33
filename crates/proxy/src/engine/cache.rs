//! Hints for the provider's prompt cache, for clients that give none; only where the user asks for them.
//!
//! Anthropic keeps what stands before a breakpoint: one behind the system prompt, which covers the tools, and one
//! at the end, which moves on with the conversation. Four are allowed; a client that sets any of its own knows better,
//! and gets none of ours. OpenAI keeps every prefix by itself, on the machine that `prompt_cache_key` leads to.
//! Hints are no content: what the cache compares is the same with and without them.

use headroom::format::Format;
use headroom::json::{Document, Kind, Value};
use headroom::message::Edit;

/// A breakpoint, as a field.
const BREAKPOINT: &str = "\"cache_control\":{\"type\":\"ephemeral\"}";

/// Blocks that may hold one. Thoughts may not.
const HOLDERS: [&str; 5] = ["text", "tool_result", "tool_use", "image", "document"];

/// The edits that add hints to a request, ascending; none where it has hints already, or its format has no place
/// for them.
pub(super) fn hints(format: Format, document: &Document<'_>) -> Vec<Edit> {
    match format {
        Format::AnthropicMessages => breakpoints(document.root()),
        Format::OpenAiChat | Format::OpenAiResponses => key(document.root()).into_iter().collect(),
        Format::Gemini | Format::BedrockConverse | Format::AiSdk | Format::LangChain => Vec::new(),
    }
}

fn breakpoints(request: Value<'_, '_>) -> Vec<Edit> {
    if has_breakpoints(request) {
        return Vec::new();
    }
    let system = request.get("system").and_then(|system| breakpoint(system));
    let last = request
        .get("messages")
        .and_then(|messages| messages.items().last());
    let end = last.and_then(|message| breakpoint(message.get("content")?));
    let mut edits: Vec<Edit> = system.into_iter().chain(end).collect();
    edits.sort_by_key(|edit| edit.span.start);
    edits
}

/// True when a field of that name stands anywhere where the API looks for one.
fn has_breakpoints(request: Value<'_, '_>) -> bool {
    let marked = |value: Value<'_, '_>| value.get("cache_control").is_some();
    let blocks = |value: Value<'_, '_>| {
        value.items().any(|block| {
            marked(block)
                || block
                    .get("content")
                    .is_some_and(|inner| inner.items().any(marked))
        })
    };
    let within = |key: &str| request.get(key).is_some_and(blocks);
    let messages = request.get("messages");
    let in_messages = messages.iter().flat_map(Value::items);
    marked(request)
        || within("tools")
        || within("system")
        || in_messages
            .filter_map(|message| message.get("content"))
            .any(blocks)
}

/// A breakpoint at the end of a content; a text alone becomes the block that it stands for.
fn breakpoint(content: Value<'_, '_>) -> Option<Edit> {
    match content.kind() {
        Kind::String if content.text().is_some_and(|text| !text.trim().is_empty()) => Some(edit(
            content.span().start,
            content.span().end,
            format!("[{{\"type\":\"text\",\"text\":{},{BREAKPOINT}}}]", content.raw()),
        )),
        Kind::Array => {
            let block = content.items().last()?;
            let kind = block.get("type")?.text()?;
            let end = block.span().end - 1;
            HOLDERS
                .contains(&kind.as_ref())
                .then(|| edit(end, end, format!(",{BREAKPOINT}")))
        }
        _ => None,
    }
}

/// The key that leads requests with the same beginning to the same machine.
fn key(request: Value<'_, '_>) -> Option<Edit> {
    if request.kind() != Kind::Object || request.get("prompt_cache_key").is_some() {
        return None;
    }
    let mut hasher = blake3::Hasher::new();
    for part in ["model", "instructions", "tools"] {
        hasher.update(request.get(part).map_or("", |value| value.raw()).as_bytes());
        hasher.update(&[0]);
    }
    let first = ["messages", "input"]
        .iter()
        .find_map(|list| request.get(list)?.items().next());
    hasher.update(first.map_or("", |message| message.raw()).as_bytes());
    let at = request.span().start + 1;
    let comma = if request.is_empty() { "" } else { "," };
    let key = &hasher.finalize().to_hex()[..32];
    Some(edit(at, at, format!("\"prompt_cache_key\":\"{key}\"{comma}")))
}

fn edit(start: usize, end: usize, json: String) -> Edit {
    Edit {
        path: Vec::new(),
        span: start..end,
        json,
    }
}

#[cfg(test)]
mod tests {
    use headroom::message::splice;
    use serde_json::json;

    use super::*;

    fn hinted(format: Format, request: &serde_json::Value) -> serde_json::Value {
        let source = request.to_string();
        let edits = hints(format, &Document::parse(&source).unwrap());
        serde_json::from_str(&splice(&source, &edits).unwrap()).unwrap()
    }

    #[test]
    fn anthropic_gets_a_breakpoint_behind_the_system_prompt_and_one_at_the_end() {
        let mark = json!({"type": "ephemeral"});
        let request = json!({"system": "s", "messages": [
            {"role": "user", "content": "a"},
            {"role": "user", "content": [{"type": "text", "text": "b"}, {"type": "tool_result", "tool_use_id": "t", "content": "r"}]},
        ]});
        let got = hinted(Format::AnthropicMessages, &request);
        assert_eq!(
            got["system"],
            json!([{"type": "text", "text": "s", "cache_control": mark}])
        );
        assert_eq!(got["messages"][0], request["messages"][0]);
        assert_eq!(got["messages"][1]["content"][1]["cache_control"], mark);
        assert_eq!(got.to_string().matches("cache_control").count(), 2);
    }

    #[test]
    fn whoever_sets_one_gets_none_of_ours_and_thoughts_hold_none() {
        let mark = json!({"type": "ephemeral", "ttl": "1h"});
        for request in [
            json!({"cache_control": mark, "messages": [{"role": "user", "content": "a"}]}),
            json!({"tools": [{"name": "t", "cache_control": mark}], "messages": [{"role": "user", "content": "a"}]}),
            json!({"messages": [{"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": "x", "cache_control": mark}]}]}, {"role": "user", "content": "a"}]}),
            json!({"messages": [{"role": "assistant", "content": [{"type": "thinking", "thinking": "x"}]}]}),
            json!({"messages": [{"role": "user", "content": " "}]}),
        ] {
            assert_eq!(hinted(Format::AnthropicMessages, &request), request);
        }
    }

    #[test]
    fn openai_gets_a_key_that_a_conversation_keeps() {
        let request = |turns: usize| {
            let messages: Vec<_> = (0..turns)
                .map(|at| json!({"role": "user", "content": format!("m{at}")}))
                .collect();
            json!({"model": "gpt-5", "tools": [{"type": "function"}], "messages": messages})
        };
        let key =
            |request: &serde_json::Value| hinted(Format::OpenAiChat, request)["prompt_cache_key"].clone();
        assert_eq!(key(&request(1)), key(&request(5)));
        assert_ne!(
            key(&request(1)),
            key(&json!({"model": "gpt-5-mini", "messages": [{"role": "user", "content": "m0"}]}))
        );
        let own = json!({"prompt_cache_key": "mine", "messages": []});
        assert_eq!(hinted(Format::OpenAiChat, &own), own);
        assert_eq!(
            hinted(Format::OpenAiResponses, &json!({}))
                .as_object()
                .unwrap()
                .len(),
            1
        );
    }
}
