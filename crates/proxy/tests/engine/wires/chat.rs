//! OpenAI chat completions, with thoughts in a field of their own.

use headroom::format::Format;
use serde_json::{Map, Value, json};

use super::{COST, End, Say, Seen, Wire, frame, frames, halves};

pub(crate) struct Chat;

/// The message of a round.
fn message(says: &[Say]) -> Value {
    let mut message = json!({"role": "assistant", "content": null});
    let append = |message: &mut Value, field: &str, text: &str| {
        message[field] = json!(format!("{}{text}", message[field].as_str().unwrap_or_default()));
    };
    let mut calls = Vec::new();
    for say in says {
        match say {
            Say::Think(text) => append(&mut message, "reasoning_content", text),
            Say::Text(text) => append(&mut message, "content", text),
            Say::Call { id, name, arguments } => calls.push(
                json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}),
            ),
        }
    }
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }
    message
}

fn says(message: &Value) -> Vec<Say> {
    let text = |key: &str| message[key].as_str().unwrap_or_default().to_owned();
    let mut says = Vec::new();
    if !text("reasoning_content").is_empty() {
        says.push(Say::Think(text("reasoning_content")));
    }
    if !text("content").is_empty() {
        says.push(Say::Text(text("content")));
    }
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        says.push(Say::Call {
            id: text(&call["id"]),
            name: text(&call["function"]["name"]),
            arguments: text(&call["function"]["arguments"]),
        });
    }
    says
}

fn reason(end: End) -> &'static str {
    match end {
        End::Turn => "stop",
        End::Calls => "tool_calls",
        End::Length => "length",
    }
}

fn usage() -> Value {
    json!({"prompt_tokens": COST.0, "completion_tokens": COST.1, "total_tokens": COST.0 + COST.1, "prompt_tokens_details": {"cached_tokens": 30}})
}

fn deltas(says: &[Say]) -> Vec<Value> {
    let mut deltas = vec![json!({"role": "assistant", "content": ""})];
    let mut calls = 0;
    for say in says {
        match say {
            Say::Think(text) => deltas.extend(halves(text).map(|half| json!({"reasoning_content": half}))),
            Say::Text(text) => deltas.extend(halves(text).map(|half| json!({"content": half}))),
            Say::Call { id, name, arguments } => {
                deltas.push(json!({"tool_calls": [{"index": calls, "id": id, "type": "function", "function": {"name": name, "arguments": ""}}]}));
                deltas.extend(
                    halves(arguments).map(
                        |half| json!({"tool_calls": [{"index": calls, "function": {"arguments": half}}]}),
                    ),
                );
                calls += 1;
            }
        }
    }
    deltas
}

/// A chunk of a stream.
pub(crate) fn chunk(round: usize, choices: &Value, usage: Option<&Value>) -> String {
    let mut chunk = json!({"id": format!("chatcmpl-{round}"), "object": "chat.completion.chunk", "created": 1_700_000_000 + round, "model": "gpt-5", "choices": choices});
    if let Some(usage) = usage {
        chunk["usage"] = usage.clone();
    }
    frame(&chunk)
}

impl Wire for Chat {
    fn format(&self) -> Format {
        Format::OpenAiChat
    }

    fn request(&self, messages: &[Value], stream: bool) -> String {
        let tool =
            json!({"type": "function", "function": {"name": "list", "parameters": {"type": "object"}}});
        let mut request = json!({"model": "gpt-5", "messages": messages, "tools": [tool], "stream": stream});
        if stream {
            request["stream_options"] = json!({"include_usage": true});
        }
        request.to_string()
    }

    fn user(&self, text: &str) -> Value {
        json!({"role": "user", "content": text})
    }

    fn spoken(&self, says: &[Say]) -> Vec<Value> {
        vec![message(says)]
    }

    fn results(&self, results: &[(&str, &str, &str)]) -> Vec<Value> {
        let result =
            |(id, _, text): &(&str, &str, &str)| json!({"role": "tool", "tool_call_id": id, "content": text});
        results.iter().map(result).collect()
    }

    fn answer(&self, round: usize, says: &[Say], end: End, stream: bool) -> (&'static str, Vec<u8>) {
        if !stream {
            let choice = json!({"index": 0, "message": message(says), "finish_reason": reason(end)});
            let body = json!({"id": format!("chatcmpl-{round}"), "object": "chat.completion", "created": 1_700_000_000, "model": "gpt-5", "choices": [choice], "usage": usage()});
            return ("application/json", body.to_string().into_bytes());
        }
        let choice = |delta: Value, reason: Option<&str>| json!([{"index": 0, "delta": delta, "finish_reason": reason}]);
        let mut out: String = deltas(says)
            .into_iter()
            .map(|delta| chunk(round, &choice(delta, None), Some(&Value::Null)))
            .collect();
        out += &chunk(round, &choice(json!({}), Some(reason(end))), Some(&Value::Null));
        out += &chunk(round, &json!([]), Some(&usage()));
        out += "data: [DONE]\n\n";
        ("text/event-stream", out.into_bytes())
    }

    fn error(&self) -> Vec<u8> {
        frame(&json!({"error": {"message": "The server had an error", "type": "server_error"}})).into_bytes()
    }

    fn read(&self, got: &[u8], stream: bool) -> Seen {
        let (mut message, mut usage, mut end, mut failed) = (json!({}), Value::Null, Value::Null, false);
        if stream {
            let (mut identity, mut over) = (None, false);
            for data in frames(got) {
                assert!(!over, "nothing follows the end: {data}");
                if data == "[DONE]" {
                    over = true;
                    continue;
                }
                let chunk: Value = serde_json::from_str(&data).unwrap();
                if chunk.get("error").is_some() {
                    (failed, over) = (true, true);
                    continue;
                }
                let its = [&chunk["id"], &chunk["created"], &chunk["model"]].map(Value::to_string);
                assert_eq!(*identity.get_or_insert(its.clone()), its);
                if !chunk["usage"].is_null() {
                    usage = chunk["usage"].clone();
                }
                let Some(choice) = chunk["choices"].get(0) else {
                    continue;
                };
                assert_eq!(end, Value::Null, "nothing follows the reason for the end");
                end = choice["finish_reason"].clone();
                add(&mut message, choice["delta"].as_object().unwrap());
            }
            assert!(over, "an end");
        } else {
            let body: Value = serde_json::from_slice(got).unwrap();
            message = body["choices"][0]["message"].clone();
            end = body["choices"][0]["finish_reason"].clone();
            usage = body["usage"].clone();
        }
        let count = |key: &str| usage[key].as_u64().unwrap_or(0);
        Seen {
            says: says(&message),
            end: match end.as_str() {
                Some("stop") => Some(End::Turn),
                Some("tool_calls") => Some(End::Calls),
                Some("length") => Some(End::Length),
                _ => None,
            },
            usage: (count("prompt_tokens"), count("completion_tokens")),
            failed,
        }
    }

    fn messages(&self, body: &str) -> Vec<Value> {
        let body: Value = serde_json::from_str(body).unwrap();
        body["messages"].as_array().unwrap().clone()
    }

    fn pairs(&self, body: &str) -> (Vec<String>, Vec<String>) {
        let messages = self.messages(body);
        let id = |value: &Value| value.as_str().map(str::to_owned);
        let mut calls: Vec<String> = messages
            .iter()
            .filter_map(|message| message["tool_calls"].as_array())
            .flatten()
            .filter_map(|call| id(&call["id"]))
            .collect();
        let mut results: Vec<String> = messages
            .iter()
            .filter_map(|message| id(&message["tool_call_id"]))
            .collect();
        calls.sort();
        results.sort();
        (calls, results)
    }

    fn keeps_order(&self) -> bool {
        false
    }

    fn joins_texts(&self) -> bool {
        true
    }
}

/// What clients do with a delta.
fn add(message: &mut Value, delta: &Map<String, Value>) {
    for (key, value) in delta {
        match (key.as_str(), value) {
            ("role", role) => {
                assert_eq!(message["role"], Value::Null, "one role");
                message["role"] = role.clone();
            }
            ("tool_calls", calls) => {
                for entry in calls.as_array().unwrap() {
                    let index = usize::try_from(entry["index"].as_u64().unwrap()).unwrap();
                    if message["tool_calls"].is_null() {
                        message["tool_calls"] = json!([]);
                    }
                    let calls = message["tool_calls"].as_array_mut().unwrap();
                    if index == calls.len() {
                        calls.push(entry.clone());
                        continue;
                    }
                    let arguments = &mut calls[index]["function"]["arguments"];
                    let more = entry["function"]["arguments"].as_str().unwrap();
                    *arguments = json!(format!("{}{more}", arguments.as_str().unwrap()));
                }
            }
            (key, Value::String(more)) => {
                message[key] = json!(format!("{}{more}", message[key].as_str().unwrap_or_default()));
            }
            _ => {}
        }
    }
}
