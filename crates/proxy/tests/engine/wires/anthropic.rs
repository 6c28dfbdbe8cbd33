//! Anthropic messages.

use headroom::format::Format;
use serde_json::{Value, json};

use super::{COST, End, Say, Seen, Wire, frame, frames, halves};

pub(crate) struct Anthropic;

fn block(say: &Say) -> Value {
    match say {
        Say::Think(text) => {
            json!({"type": "thinking", "thinking": text, "signature": format!("sig {text}")})
        }
        Say::Text(text) => json!({"type": "text", "text": text}),
        Say::Call { id, name, arguments } => {
            json!({"type": "tool_use", "id": id, "name": name, "input": serde_json::from_str(arguments).unwrap_or_else(|_| json!({}))})
        }
    }
}

fn say(block: &Value) -> Say {
    let text = |key: &str| block[key].as_str().unwrap().to_owned();
    match block["type"].as_str().unwrap() {
        "thinking" => {
            assert_eq!(text("signature"), format!("sig {}", text("thinking")));
            Say::Think(text("thinking"))
        }
        "text" => Say::Text(text("text")),
        "tool_use" => Say::Call {
            id: text("id"),
            name: text("name"),
            arguments: match &block["input"] {
                Value::String(pieces) => pieces.clone(),
                input => input.to_string(),
            },
        },
        kind => panic!("{kind}"),
    }
}

fn usage() -> Value {
    json!({"input_tokens": COST.0, "cache_read_input_tokens": 7, "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 2}, "output_tokens": 1})
}

fn reason(end: End) -> &'static str {
    match end {
        End::Turn => "end_turn",
        End::Calls => "tool_use",
        End::Length => "max_tokens",
    }
}

fn events(index: usize, say: &Say) -> String {
    let mut start = block(say);
    let delta = |kind: &str, field: &str, text: &str| json!({"type": kind, field: text});
    let deltas = match say {
        Say::Think(text) => {
            (start["thinking"], start["signature"]) = (json!(""), json!(""));
            vec![
                delta("thinking_delta", "thinking", text),
                delta("signature_delta", "signature", &format!("sig {text}")),
            ]
        }
        Say::Text(text) => {
            start["text"] = json!("");
            halves(text)
                .map(|half| delta("text_delta", "text", half))
                .to_vec()
        }
        Say::Call { arguments, .. } => {
            start["input"] = json!({});
            let pieces = halves(arguments).map(|half| delta("input_json_delta", "partial_json", half));
            [
                vec![delta("input_json_delta", "partial_json", "")],
                pieces.to_vec(),
            ]
            .concat()
        }
    };
    let mut out = frame(&json!({"type": "content_block_start", "index": index, "content_block": start}));
    for delta in deltas {
        out += &frame(&json!({"type": "content_block_delta", "index": index, "delta": delta}));
    }
    out + &frame(&json!({"type": "content_block_stop", "index": index}))
}

impl Wire for Anthropic {
    fn format(&self) -> Format {
        Format::AnthropicMessages
    }

    fn request(&self, messages: &[Value], stream: bool) -> String {
        let tool = json!({"name": "list", "input_schema": {"type": "object"}});
        json!({"model": "claude-sonnet-4-5", "max_tokens": 1024, "stream": stream, "tools": [tool], "messages": messages})
            .to_string()
    }

    fn user(&self, text: &str) -> Value {
        json!({"role": "user", "content": text})
    }

    fn spoken(&self, says: &[Say]) -> Vec<Value> {
        vec![json!({"role": "assistant", "content": says.iter().map(block).collect::<Vec<_>>()})]
    }

    fn results(&self, results: &[(&str, &str, &str)]) -> Vec<Value> {
        let results: Vec<Value> = results
            .iter()
            .map(|(id, _, text)| json!({"type": "tool_result", "tool_use_id": id, "content": text}))
            .collect();
        vec![json!({"role": "user", "content": results})]
    }

    fn answer(&self, round: usize, says: &[Say], end: End, stream: bool) -> (&'static str, Vec<u8>) {
        let id = format!("msg_{round}");
        if !stream {
            let mut usage = usage();
            usage["output_tokens"] = json!(COST.1);
            let content: Vec<Value> = says.iter().map(block).collect();
            let body = json!({"id": id, "type": "message", "role": "assistant", "content": content, "model": "claude-sonnet-4-5", "stop_reason": reason(end), "stop_sequence": null, "usage": usage});
            return ("application/json", body.to_string().into_bytes());
        }
        let mut out = frame(
            &json!({"type": "message_start", "message": {"id": id, "type": "message", "role": "assistant", "content": [], "model": "claude-sonnet-4-5", "stop_reason": null, "usage": usage()}}),
        );
        out += &frame(&json!({"type": "ping"}));
        for (index, say) in says.iter().enumerate() {
            out += &events(index, say);
        }
        let usage = json!({"output_tokens": COST.1, "iterations": [{"type": "message", "input_tokens": COST.0, "output_tokens": COST.1}]});
        out += &frame(
            &json!({"type": "message_delta", "delta": {"stop_reason": reason(end), "stop_sequence": null}, "usage": usage}),
        );
        out += &frame(&json!({"type": "message_stop"}));
        ("text/event-stream; charset=utf-8", out.into_bytes())
    }

    fn error(&self) -> Vec<u8> {
        frame(&json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}))
            .into_bytes()
    }

    fn read(&self, got: &[u8], stream: bool) -> Seen {
        let message: Value = if stream {
            message(got)
        } else {
            serde_json::from_slice(got).unwrap()
        };
        let end = match message["stop_reason"].as_str() {
            Some("end_turn") => Some(End::Turn),
            Some("tool_use") => Some(End::Calls),
            Some("max_tokens") => Some(End::Length),
            _ => None,
        };
        let count = |key: &str| message["usage"][key].as_u64().unwrap_or(0);
        Seen {
            says: message["content"].as_array().unwrap().iter().map(say).collect(),
            end,
            usage: (count("input_tokens"), count("output_tokens")),
            failed: message.get("failed").is_some(),
        }
    }

    fn messages(&self, body: &str) -> Vec<Value> {
        let body: Value = serde_json::from_str(body).unwrap();
        body["messages"].as_array().unwrap().clone()
    }

    fn pairs(&self, body: &str) -> (Vec<String>, Vec<String>) {
        let messages = self.messages(body);
        let ids = |field: &str| {
            let blocks = messages
                .iter()
                .filter_map(|message| message["content"].as_array())
                .flatten();
            let mut ids: Vec<String> = blocks
                .filter_map(|block| block[field].as_str().map(str::to_owned))
                .collect();
            ids.sort();
            ids
        };
        // Every user's message with results answers the message before it, all of it.
        for pair in messages.windows(2) {
            let of = |message: &Value, field: &str| {
                let mut ids: Vec<String> = message["content"]
                    .as_array()
                    .iter()
                    .flat_map(|blocks| blocks.iter())
                    .filter_map(|block| block[field].as_str().map(str::to_owned))
                    .collect();
                ids.sort();
                ids
            };
            assert_eq!(of(&pair[0], "id"), of(&pair[1], "tool_use_id"), "{pair:?}");
        }
        (ids("id"), ids("tool_use_id"))
    }
}

/// The message a client puts together from a stream, which must be one that is legal.
pub(crate) fn message(got: &[u8]) -> Value {
    let mut content: Vec<Value> = Vec::new();
    let mut message = Value::Null;
    let (mut open, mut over) = (None, false);
    for data in frames(got) {
        let event: Value = serde_json::from_str(&data).unwrap();
        assert!(!over, "nothing follows the end: {data}");
        let index = event["index"]
            .as_u64()
            .map(|index| usize::try_from(index).unwrap());
        match event["type"].as_str().unwrap() {
            "message_start" => {
                assert_eq!(message, Value::Null, "one start");
                message = event["message"].clone();
            }
            "content_block_start" => {
                assert_eq!(
                    (open, index),
                    (None, Some(content.len())),
                    "numbered without gaps"
                );
                open = index;
                let mut block = event["content_block"].clone();
                if block.get("input").is_some() {
                    block["input"] = json!("");
                }
                content.push(block);
            }
            "content_block_delta" => {
                assert_eq!(open, index);
                let block = &mut content[index.unwrap()];
                for (field, piece) in [
                    ("text", "text"),
                    ("thinking", "thinking"),
                    ("signature", "signature"),
                    ("input", "partial_json"),
                ] {
                    if let Some(piece) = event["delta"][piece].as_str() {
                        block[field] = json!(format!("{}{piece}", block[field].as_str().unwrap()));
                    }
                }
            }
            "content_block_stop" => assert_eq!(open.take(), index),
            "message_delta" => {
                message["stop_reason"] = event["delta"]["stop_reason"].clone();
                for (key, value) in event["usage"].as_object().unwrap() {
                    message["usage"][key] = value.clone();
                }
            }
            "message_stop" => over = true,
            "error" => {
                message["failed"] = json!(true);
                over = true;
            }
            _ => {}
        }
    }
    assert!(over, "an end");
    message["content"] = Value::Array(content);
    message
}
