//! Bedrock: converse, and Anthropic messages inside the chunks of an invoked model.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headroom::format::Format;
use headroom_proxy::wire::eventstream::{Messages, write};
use serde_json::{Value, json};

use super::{Anthropic, COST, End, Say, Seen, Wire, frame, frames, halves};

const KIND: &str = "application/vnd.amazon.eventstream";

pub(crate) struct Converse;

pub(crate) struct Invoke;

/// A message of a stream.
pub(crate) fn message(event: &str, payload: &Value) -> Vec<u8> {
    let headers = [
        (":event-type", event),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ];
    let mut out = Vec::new();
    write(&headers, payload.to_string().as_bytes(), &mut out);
    out
}

/// A message that says that the answer failed.
fn exception() -> Vec<u8> {
    let headers = [
        (":exception-type", "throttlingException"),
        (":message-type", "exception"),
    ];
    let mut out = Vec::new();
    write(&headers, b"{\"message\":\"Too many requests\"}", &mut out);
    out
}

/// Events of a stream with their names, an exception as `None`; panics where a client would.
fn events(got: &[u8]) -> Vec<Option<(String, Value)>> {
    let mut messages = Messages::default();
    messages.push(got);
    let mut events = Vec::new();
    while let Some(message) = messages.next_message() {
        if message.header(":message-type") == "exception" {
            events.push(None);
            continue;
        }
        assert_eq!(message.header(":message-type"), "event");
        let payload = serde_json::from_slice(message.payload).unwrap();
        events.push(Some((message.header(":event-type").to_owned(), payload)));
    }
    assert!(!messages.is_broken() && messages.waiting() == 0);
    events
}

fn block(say: &Say) -> Value {
    match say {
        Say::Think(text) => {
            json!({"reasoningContent": {"reasoningText": {"text": text, "signature": format!("sig {text}")}}})
        }
        Say::Text(text) => json!({"text": text}),
        Say::Call { id, name, arguments } => {
            json!({"toolUse": {"toolUseId": id, "name": name, "input": serde_json::from_str(arguments).unwrap_or_else(|_| json!({}))}})
        }
    }
}

fn say(block: &Value) -> Say {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    if let Some(reasoning) = block.get("reasoningContent") {
        let reasoning = &reasoning["reasoningText"];
        assert_eq!(
            reasoning["signature"],
            format!("sig {}", text(&reasoning["text"]))
        );
        return Say::Think(text(&reasoning["text"]));
    }
    match block.get("toolUse") {
        Some(call) => Say::Call {
            id: text(&call["toolUseId"]),
            name: text(&call["name"]),
            arguments: call["input"]
                .as_str()
                .map_or_else(|| call["input"].to_string(), str::to_owned),
        },
        None => Say::Text(text(&block["text"])),
    }
}

fn reason(end: End) -> &'static str {
    match end {
        End::Turn => "end_turn",
        End::Calls => "tool_use",
        End::Length => "max_tokens",
    }
}

fn usage() -> Value {
    json!({"inputTokens": COST.0, "outputTokens": COST.1, "totalTokens": COST.0 + COST.1, "cacheReadInputTokens": 7, "cacheWriteInputTokens": 5})
}

fn end(reason: &Value) -> Option<End> {
    match reason.as_str() {
        Some("end_turn") => Some(End::Turn),
        Some("tool_use") => Some(End::Calls),
        Some("max_tokens") => Some(End::Length),
        _ => None,
    }
}

impl Wire for Converse {
    fn format(&self) -> Format {
        Format::BedrockConverse
    }

    fn request(&self, messages: &[Value], _stream: bool) -> String {
        let tool = json!({"toolSpec": {"name": "list", "inputSchema": {"json": {"type": "object"}}}});
        json!({"messages": messages, "toolConfig": {"tools": [tool]}}).to_string()
    }

    fn user(&self, text: &str) -> Value {
        json!({"role": "user", "content": [{"text": text}]})
    }

    fn spoken(&self, says: &[Say]) -> Vec<Value> {
        vec![json!({"role": "assistant", "content": says.iter().map(block).collect::<Vec<_>>()})]
    }

    fn results(&self, results: &[(&str, &str, &str)]) -> Vec<Value> {
        let result = |(id, _, text): &(&str, &str, &str)| json!({"toolResult": {"toolUseId": id, "content": [{"text": text}]}});
        vec![json!({"role": "user", "content": results.iter().map(result).collect::<Vec<_>>()})]
    }

    fn answer(&self, _round: usize, says: &[Say], end: End, stream: bool) -> (&'static str, Vec<u8>) {
        if !stream {
            let content: Vec<Value> = says.iter().map(block).collect();
            let body = json!({"output": {"message": {"role": "assistant", "content": content}}, "stopReason": reason(end), "usage": usage(), "metrics": {"latencyMs": 5}});
            return ("application/json", body.to_string().into_bytes());
        }
        let mut out = message("messageStart", &json!({"role": "assistant", "p": "abcd"}));
        for (at, say) in says.iter().enumerate() {
            let deltas = match say {
                Say::Think(text) => vec![
                    json!({"reasoningContent": {"text": text}}),
                    json!({"reasoningContent": {"signature": format!("sig {text}")}}),
                ],
                Say::Text(text) => halves(text).map(|half| json!({"text": half})).to_vec(),
                Say::Call { id, name, arguments } => {
                    let start = json!({"toolUse": {"toolUseId": id, "name": name}});
                    out.extend(message(
                        "contentBlockStart",
                        &json!({"contentBlockIndex": at, "start": start}),
                    ));
                    halves(arguments)
                        .map(|half| json!({"toolUse": {"input": half}}))
                        .to_vec()
                }
            };
            for delta in deltas {
                out.extend(message(
                    "contentBlockDelta",
                    &json!({"contentBlockIndex": at, "delta": delta, "p": "ab"}),
                ));
            }
            out.extend(message("contentBlockStop", &json!({"contentBlockIndex": at})));
        }
        out.extend(message("messageStop", &json!({"stopReason": reason(end)})));
        out.extend(message(
            "metadata",
            &json!({"usage": usage(), "metrics": {"latencyMs": 5}}),
        ));
        (KIND, out)
    }

    fn error(&self) -> Vec<u8> {
        exception()
    }

    fn read(&self, got: &[u8], stream: bool) -> Seen {
        let mut seen = Seen {
            says: Vec::new(),
            end: None,
            usage: (0, 0),
            failed: false,
        };
        let mut content: Vec<Value> = Vec::new();
        let mut counts = Value::Null;
        if stream {
            let (mut open, mut started) = (None, false);
            for event in events(got) {
                assert!(!seen.failed && counts.is_null(), "nothing follows the end");
                let Some((name, data)) = event else {
                    seen.failed = true;
                    continue;
                };
                let index = data["contentBlockIndex"]
                    .as_u64()
                    .map(|index| usize::try_from(index).unwrap());
                match name.as_str() {
                    "messageStart" => assert!(!std::mem::replace(&mut started, true), "one start"),
                    "contentBlockStart" => {
                        assert_eq!((open, index), (None, Some(content.len())));
                        open = index;
                        content.push(data["start"].clone());
                        content.last_mut().unwrap()["toolUse"]["input"] = json!("");
                    }
                    "contentBlockDelta" => {
                        if open.is_none() {
                            assert_eq!(index, Some(content.len()));
                            open = index;
                            content.push(json!({}));
                        }
                        assert_eq!(open, index);
                        add(content.last_mut().unwrap(), &data["delta"]);
                    }
                    "contentBlockStop" => assert_eq!(open.take(), index),
                    "messageStop" => seen.end = end(&data["stopReason"]),
                    "metadata" => counts = data["usage"].clone(),
                    name => panic!("{name}"),
                }
            }
            assert!(seen.failed || seen.end.is_some(), "an end");
        } else {
            let body: Value = serde_json::from_slice(got).unwrap();
            content = body["output"]["message"]["content"].as_array().unwrap().clone();
            seen.end = end(&body["stopReason"]);
            counts = body["usage"].clone();
        }
        let count = |key: &str| counts[key].as_u64().unwrap_or(0);
        seen.usage = (count("inputTokens"), count("outputTokens"));
        seen.says = content.iter().map(say).collect();
        seen
    }

    fn messages(&self, body: &str) -> Vec<Value> {
        let body: Value = serde_json::from_str(body).unwrap();
        body["messages"].as_array().unwrap().clone()
    }

    fn pairs(&self, body: &str) -> (Vec<String>, Vec<String>) {
        let messages = self.messages(body);
        let ids = |kind: &str| {
            let blocks = messages
                .iter()
                .filter_map(|message| message["content"].as_array())
                .flatten();
            let mut ids: Vec<String> = blocks
                .filter_map(|block| block[kind]["toolUseId"].as_str().map(str::to_owned))
                .collect();
            ids.sort();
            ids
        };
        (ids("toolUse"), ids("toolResult"))
    }
}

/// What clients do with a delta.
fn add(block: &mut Value, delta: &Value) {
    let append = |value: &mut Value, more: &Value| {
        *value = json!(format!(
            "{}{}",
            value.as_str().unwrap_or_default(),
            more.as_str().unwrap()
        ));
    };
    if let Some(more) = delta.get("text") {
        append(&mut block["text"], more);
    } else if let Some(call) = delta.get("toolUse") {
        append(&mut block["toolUse"]["input"], &call["input"]);
    } else {
        for (key, more) in delta["reasoningContent"].as_object().unwrap() {
            append(&mut block["reasoningContent"]["reasoningText"][key], more);
        }
    }
}

/// An Anthropic stream's events as chunks.
fn chunks(events: &[u8]) -> Vec<u8> {
    let chunk = |data: String| message("chunk", &json!({"bytes": STANDARD.encode(data), "p": "abc"}));
    frames(events).into_iter().flat_map(chunk).collect()
}

impl Wire for Invoke {
    fn format(&self) -> Format {
        Format::AnthropicMessages
    }

    fn request(&self, messages: &[Value], _stream: bool) -> String {
        let tool = json!({"name": "list", "input_schema": {"type": "object"}});
        json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 1024, "tools": [tool], "messages": messages}).to_string()
    }

    fn user(&self, text: &str) -> Value {
        Anthropic.user(text)
    }

    fn spoken(&self, says: &[Say]) -> Vec<Value> {
        Anthropic.spoken(says)
    }

    fn results(&self, results: &[(&str, &str, &str)]) -> Vec<Value> {
        Anthropic.results(results)
    }

    fn answer(&self, round: usize, says: &[Say], end: End, stream: bool) -> (&'static str, Vec<u8>) {
        let (kind, answer) = Anthropic.answer(round, says, end, stream);
        if stream {
            (KIND, chunks(&answer))
        } else {
            (kind, answer)
        }
    }

    fn error(&self) -> Vec<u8> {
        exception()
    }

    fn read(&self, got: &[u8], stream: bool) -> Seen {
        if !stream {
            return Anthropic.read(got, stream);
        }
        let mut out = String::new();
        for event in events(got) {
            out += &match event {
                None => frame(&json!({"type": "error"})),
                Some((name, data)) => {
                    assert_eq!(name, "chunk");
                    let bytes = STANDARD.decode(data["bytes"].as_str().unwrap()).unwrap();
                    frame(&serde_json::from_slice(&bytes).unwrap())
                }
            };
        }
        Anthropic.read(out.as_bytes(), true)
    }

    fn messages(&self, body: &str) -> Vec<Value> {
        Anthropic.messages(body)
    }

    fn pairs(&self, body: &str) -> (Vec<String>, Vec<String>) {
        Anthropic.pairs(body)
    }
}
