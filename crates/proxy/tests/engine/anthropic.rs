//! Anthropic messages.

use headroom::format::Format;
use headroom_proxy::engine::{Call, CallKind, EngineOptions};
use serde_json::{Value, json};

use crate::script::{engine, exchange};

fn call() -> Call {
    Call {
        format: Format::AnthropicMessages,
        kind: CallKind::Generate,
        model: None,
    }
}

/// A tool output that is worth leaving parts out of.
fn rows(count: usize) -> String {
    let row = |at: usize| json!({"id": at, "name": format!("item {at}"), "state": "ok", "owner": format!("team-{}", at % 7), "note": "nothing to report here, all as it was"});
    Value::Array((0..count).map(row).collect()).to_string()
}

fn request(messages: &Value) -> String {
    json!({
        "model": "claude-sonnet-4-5",
        "max_tokens": 1024,
        "stream": true,
        "tools": [{"name": "list", "input_schema": {"type": "object"}}],
        "messages": messages,
    })
    .to_string()
}

fn frame(event: &Value) -> String {
    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap())
}

/// A stream with these blocks. Texts come in two pieces.
fn stream(id: &str, blocks: &[Value], stop_reason: &str) -> String {
    let mut out = frame(
        &json!({"type": "message_start", "message": {"id": id, "type": "message", "role": "assistant", "content": [], "model": "claude-sonnet-4-5", "stop_reason": null, "usage": {"input_tokens": 100, "cache_read_input_tokens": 7, "output_tokens": 1}}}),
    );
    out += &frame(&json!({"type": "ping"}));
    for (index, block) in blocks.iter().enumerate() {
        let (mut start, deltas) = (block.clone(), deltas(block));
        for field in ["text", "thinking", "signature"] {
            if start.get(field).is_some() {
                start[field] = json!("");
            }
        }
        if start.get("input").is_some() {
            start["input"] = json!({});
        }
        out += &frame(&json!({"type": "content_block_start", "index": index, "content_block": start}));
        for delta in deltas {
            out += &frame(&json!({"type": "content_block_delta", "index": index, "delta": delta}));
        }
        out += &frame(&json!({"type": "content_block_stop", "index": index}));
    }
    out += &frame(
        &json!({"type": "message_delta", "delta": {"stop_reason": stop_reason, "stop_sequence": null}, "usage": {"output_tokens": 20}}),
    );
    out + &frame(&json!({"type": "message_stop"}))
}

fn deltas(block: &Value) -> Vec<Value> {
    match block["type"].as_str().unwrap() {
        "text" => {
            let text = block["text"].as_str().unwrap();
            let (a, b) = text.split_at(text.len() / 2);
            vec![
                json!({"type": "text_delta", "text": a}),
                json!({"type": "text_delta", "text": b}),
            ]
        }
        "thinking" => vec![
            json!({"type": "thinking_delta", "thinking": block["thinking"]}),
            json!({"type": "signature_delta", "signature": block["signature"]}),
        ],
        "tool_use" => {
            let text = block["input"].to_string();
            let (a, b) = text.split_at(text.len() / 2);
            vec![
                json!({"type": "input_json_delta", "partial_json": a}),
                json!({"type": "input_json_delta", "partial_json": b}),
            ]
        }
        _ => Vec::new(),
    }
}

/// The message a client puts together from a stream.
fn message(stream: &str) -> Value {
    let mut content: Vec<Value> = Vec::new();
    let mut message = Value::Null;
    for data in stream.lines().filter_map(|line| line.strip_prefix("data: ")) {
        let event: Value = serde_json::from_str(data).unwrap();
        let index = event["index"]
            .as_u64()
            .map(|index| usize::try_from(index).unwrap());
        match event["type"].as_str().unwrap() {
            "message_start" => {
                assert_eq!(message, Value::Null, "one start");
                message = event["message"].clone();
            }
            "content_block_start" => {
                assert_eq!(index.unwrap(), content.len(), "blocks are numbered without gaps");
                content.push(event["content_block"].clone());
                if content.last().unwrap().get("input").is_some() {
                    content.last_mut().unwrap()["input"] = json!("");
                }
            }
            "content_block_delta" => {
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
            "content_block_stop" => {
                let block = &mut content[index.unwrap()];
                if let Some(input) = block.get("input").and_then(Value::as_str) {
                    block["input"] = serde_json::from_str(input).unwrap();
                }
            }
            "message_delta" => {
                message["stop_reason"] = event["delta"]["stop_reason"].clone();
                for (key, value) in event["usage"].as_object().unwrap() {
                    message["usage"][key] = value.clone();
                }
            }
            _ => {}
        }
    }
    message["content"] = Value::Array(content);
    message
}

fn reference(body: &str) -> String {
    let at = body.find(", ref ").expect("a marker") + 6;
    body[at..at + 32].to_owned()
}

#[test]
fn a_hidden_round_is_one_message_for_the_client_and_comes_back_in_the_next_request() {
    let engine = engine(EngineOptions::default());
    let opening = json!([
        {"role": "user", "content": "what is item 200?"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "list", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": rows(300)}]},
    ]);
    for chunk in [1, 7, 100_000] {
        let first = exchange(&engine, &call(), &request(&opening), chunk, |body| {
            let rounds = serde_json::from_str::<Value>(body).unwrap()["messages"]
                .as_array()
                .unwrap()
                .len();
            let answer = match rounds {
                3 => stream(
                    "msg_1",
                    &[
                        json!({"type": "thinking", "thinking": "hm", "signature": "sig1"}),
                        json!({"type": "text", "text": "Let me look."}),
                        json!({"type": "tool_use", "id": "toolu_h", "name": "headroom_retrieve", "input": {"ref": reference(body), "rows": "200"}}),
                    ],
                    "tool_use",
                ),
                _ => stream(
                    "msg_2",
                    &[
                        json!({"type": "thinking", "thinking": "so", "signature": "sig2"}),
                        json!({"type": "text", "text": "It is fine."}),
                    ],
                    "end_turn",
                ),
            };
            ("text/event-stream; charset=utf-8", answer)
        });
        assert_eq!((first.rounds, first.sent.len()), (1, 2));
        assert!(!first.got.contains("headroom_retrieve"), "{}", first.got);
        let message = message(&first.got);
        let kinds: Vec<&str> = message["content"]
            .as_array()
            .unwrap()
            .iter()
            .map(|block| block["type"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["thinking", "text", "thinking", "text"]);
        assert_eq!(message["stop_reason"], "end_turn");
        assert_eq!(message["usage"]["input_tokens"], 200);
        assert_eq!(message["usage"]["cache_read_input_tokens"], 14);
        assert_eq!(message["usage"]["output_tokens"], 40);

        let mut messages = opening.clone();
        messages
            .as_array_mut()
            .unwrap()
            .push(json!({"role": "assistant", "content": message["content"]}));
        messages
            .as_array_mut()
            .unwrap()
            .push(json!({"role": "user", "content": "thanks"}));
        let second = exchange(&engine, &call(), &request(&messages), chunk, |_| {
            (
                "text/event-stream",
                stream(
                    "msg_3",
                    &[json!({"type": "text", "text": "Welcome."})],
                    "end_turn",
                ),
            )
        });
        let upstream = |body: &str| {
            serde_json::from_str::<Value>(body).unwrap()["messages"]
                .as_array()
                .unwrap()
                .clone()
        };
        let (round, next) = (upstream(&first.sent[1]), upstream(&second.sent[0]));
        assert_eq!(
            next[..round.len()],
            round[..],
            "what the provider has seen comes again"
        );
        assert_eq!(next.len(), round.len() + 2);
    }
}
