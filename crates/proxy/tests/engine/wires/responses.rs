//! OpenAI responses, nothing kept at the provider.

use headroom::format::Format;
use serde_json::{Value, json};

use super::{COST, End, Say, Seen, Wire, frame, frames, halves};

pub(crate) struct Responses;

fn item(say: &Say, id: Option<&str>) -> Value {
    let mut item = match say {
        Say::Think(text) => {
            json!({"type": "reasoning", "id": format!("rs_{text}"), "encrypted_content": format!("sig {text}"), "summary": [{"type": "summary_text", "text": text}]})
        }
        Say::Text(text) => {
            json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text, "annotations": []}]})
        }
        Say::Call { id, name, arguments } => {
            json!({"type": "function_call", "call_id": id, "name": name, "arguments": arguments})
        }
    };
    if let Some(id) = id {
        item["status"] = json!("completed");
        if item["id"].is_null() {
            item["id"] = json!(id);
        }
    }
    item
}

fn say(item: &Value) -> Say {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    match item["type"].as_str().unwrap() {
        "reasoning" => {
            let thought = text(&item["summary"][0]["text"]);
            assert_eq!(item["encrypted_content"], format!("sig {thought}"));
            Say::Think(thought)
        }
        "message" => Say::Text(text(&item["content"][0]["text"])),
        "function_call" => Say::Call {
            id: text(&item["call_id"]),
            name: text(&item["name"]),
            arguments: text(&item["arguments"]),
        },
        kind => panic!("{kind}"),
    }
}

/// The response object of a round.
fn response(round: usize, output: &[Value], end: Option<End>) -> Value {
    let status = match end {
        None => "in_progress",
        Some(End::Length) => "incomplete",
        Some(_) => "completed",
    };
    let usage = end.map(|_| json!({"input_tokens": COST.0, "input_tokens_details": {"cached_tokens": 30}, "output_tokens": COST.1, "output_tokens_details": {"reasoning_tokens": 5}, "total_tokens": COST.0 + COST.1}));
    json!({"id": format!("resp_{round}"), "object": "response", "created_at": 1_700_000_000, "status": status, "model": "gpt-5", "output": output, "previous_response_id": null, "usage": usage})
}

impl Wire for Responses {
    fn format(&self) -> Format {
        Format::OpenAiResponses
    }

    fn request(&self, messages: &[Value], stream: bool) -> String {
        let tool = json!({"type": "function", "name": "list", "parameters": {"type": "object"}});
        json!({"model": "gpt-5", "input": messages, "tools": [tool], "stream": stream, "store": false})
            .to_string()
    }

    fn user(&self, text: &str) -> Value {
        json!({"role": "user", "content": text})
    }

    fn spoken(&self, says: &[Say]) -> Vec<Value> {
        says.iter().map(|say| item(say, None)).collect()
    }

    fn results(&self, results: &[(&str, &str, &str)]) -> Vec<Value> {
        let result = |(id, _, text): &(&str, &str, &str)| json!({"type": "function_call_output", "call_id": id, "output": text});
        results.iter().map(result).collect()
    }

    fn answer(&self, round: usize, says: &[Say], end: End, stream: bool) -> (&'static str, Vec<u8>) {
        let items: Vec<Value> = says
            .iter()
            .enumerate()
            .map(|(at, say)| item(say, Some(&format!("item_{round}_{at}"))))
            .collect();
        if !stream {
            return (
                "application/json",
                response(round, &items, Some(end)).to_string().into_bytes(),
            );
        }
        let mut events = vec![
            json!({"type": "response.created", "response": response(round, &[], None)}),
            json!({"type": "response.in_progress", "response": response(round, &[], None)}),
        ];
        for (at, (done, say)) in items.iter().zip(says).enumerate() {
            let mut added = done.clone();
            added["status"] = json!("in_progress");
            events.push(json!({"type": "response.output_item.added", "output_index": at, "item": added}));
            let (kind, text) = match say {
                Say::Think(text) => ("response.reasoning_summary_text.delta", text),
                Say::Text(text) => ("response.output_text.delta", text),
                Say::Call { arguments, .. } => ("response.function_call_arguments.delta", arguments),
            };
            events.extend(
                halves(text).map(
                    |half| json!({"type": kind, "item_id": done["id"], "output_index": at, "delta": half}),
                ),
            );
            events.push(json!({"type": "response.output_item.done", "output_index": at, "item": done}));
        }
        let last = if end == End::Length {
            "response.incomplete"
        } else {
            "response.completed"
        };
        events.push(json!({"type": last, "response": response(round, &items, Some(end))}));
        let numbered = events.into_iter().enumerate().map(|(at, mut event)| {
            event["sequence_number"] = json!(at);
            frame(&event)
        });
        ("text/event-stream", numbered.collect::<String>().into_bytes())
    }

    fn error(&self) -> Vec<u8> {
        frame(&json!({"type": "error", "code": "server_error", "message": "oops", "param": null, "sequence_number": 0}))
            .into_bytes()
    }

    fn read(&self, got: &[u8], stream: bool) -> Seen {
        let (body, failed) = if stream {
            body(got)
        } else {
            (serde_json::from_slice(got).unwrap(), false)
        };
        let says: Vec<Say> = body["output"].as_array().unwrap().iter().map(say).collect();
        let calls = says.iter().any(|say| matches!(say, Say::Call { .. }));
        let count = |key: &str| body["usage"][key].as_u64().unwrap_or(0);
        Seen {
            end: match body["status"].as_str() {
                Some("completed") if calls => Some(End::Calls),
                Some("completed") => Some(End::Turn),
                Some("incomplete") => Some(End::Length),
                _ => None,
            },
            says,
            usage: (count("input_tokens"), count("output_tokens")),
            failed,
        }
    }

    fn messages(&self, body: &str) -> Vec<Value> {
        let body: Value = serde_json::from_str(body).unwrap();
        let mut items = body["input"].as_array().unwrap().clone();
        // Clients send items without what only the provider needs.
        for item in &mut items {
            let item = item.as_object_mut().unwrap();
            item.remove("status");
            item.remove("id");
        }
        items
    }

    fn pairs(&self, body: &str) -> (Vec<String>, Vec<String>) {
        let body: Value = serde_json::from_str(body).unwrap();
        let mut called = Vec::new();
        let mut answered = Vec::new();
        for item in body["input"].as_array().unwrap() {
            let id = item["call_id"].as_str().unwrap_or_default().to_owned();
            match item["type"].as_str() {
                Some("function_call") => called.push(id),
                Some("function_call_output") => {
                    assert!(called.contains(&id), "{id} before its call");
                    answered.push(id);
                }
                _ => {}
            }
        }
        called.sort();
        answered.sort();
        (called, answered)
    }
}

/// The response a client puts together from a stream, which must be one that is legal, and whether it failed.
pub(crate) fn body(got: &[u8]) -> (Value, bool) {
    let mut output: Vec<Value> = Vec::new();
    let mut response = json!({});
    let (mut over, mut failed, mut done) = (false, false, 0);
    for (at, data) in frames(got).into_iter().enumerate() {
        let event: Value = serde_json::from_str(&data).unwrap();
        assert!(!over, "nothing follows the end: {data}");
        if !event["sequence_number"].is_null() {
            assert_eq!(event["sequence_number"], at, "numbered without gaps");
        }
        let index = event["output_index"]
            .as_u64()
            .map(|index| usize::try_from(index).unwrap());
        match event["type"].as_str().unwrap() {
            "response.created" => {
                assert_eq!(at, 0);
                response = event["response"].clone();
            }
            "response.output_item.added" => {
                assert_eq!(index, Some(output.len()));
                output.push(event["item"].clone());
            }
            "response.output_item.done" => {
                assert_eq!(index, Some(done));
                done += 1;
                output[index.unwrap()] = event["item"].clone();
            }
            "response.completed" | "response.incomplete" => {
                over = true;
                assert_eq!(event["response"]["id"], response["id"], "one identity");
                assert_eq!(event["response"]["output"], json!(output));
                response = event["response"].clone();
            }
            "error" => (over, failed) = (true, true),
            _ => {}
        }
    }
    assert!(over, "an end");
    output.truncate(done);
    response["output"] = json!(output);
    (response, failed)
}
