//! Gemini's generateContent, without ids of calls.

use headroom::format::Format;
use headroom_proxy::engine::{Call, CallKind};
use serde_json::{Value, json};

use super::{COST, End, Say, Seen, Wire, frame, frames, halves};
use crate::script::STREAMED;

pub(crate) struct Gemini {
    /// Streams are arrays.
    pub(crate) array: bool,
    /// Everything is in an envelope, as Code Assist has it.
    pub(crate) envelope: bool,
}

impl Gemini {
    fn put_in(&self, response: Value) -> Value {
        if self.envelope {
            json!({"response": response, "traceId": "t"})
        } else {
            response
        }
    }

    /// What a client takes out; an error has no envelope.
    fn take_out(&self, body: Value) -> Value {
        if self.envelope && body.get("error").is_none() {
            assert_eq!(body["traceId"], "t", "{body}");
            body["response"].clone()
        } else {
            body
        }
    }
}

fn part(say: &Say) -> Value {
    match say {
        Say::Think(text) => json!({"text": text, "thought": true}),
        Say::Text(text) => json!({"text": text}),
        Say::Call { name, arguments, .. } => {
            let args: Value = serde_json::from_str(arguments).unwrap_or_else(|_| json!({}));
            json!({"functionCall": {"name": name, "args": args}, "thoughtSignature": format!("sig {name}")})
        }
    }
}

/// What a response adds. Calls get the ids the script has for them, one after the other.
fn says(body: &Value, says: &mut Vec<Say>) {
    for part in body["candidates"][0]["content"]["parts"]
        .as_array()
        .into_iter()
        .flatten()
    {
        if let Some(call) = part.get("functionCall") {
            let name = call["name"].as_str().unwrap().to_owned();
            assert_eq!(part["thoughtSignature"], format!("sig {name}"));
            says.push(Say::Call {
                id: String::new(),
                name,
                arguments: call["args"].to_string(),
            });
            continue;
        }
        let text = part["text"].as_str().unwrap();
        let thought = part["thought"] == true;
        match says.last_mut() {
            _ if text.is_empty() => {}
            Some(Say::Text(before)) if !thought => before.push_str(text),
            Some(Say::Think(before)) if thought => before.push_str(text),
            _ if thought => says.push(Say::Think(text.to_owned())),
            _ => says.push(Say::Text(text.to_owned())),
        }
    }
}

fn response(round: usize, parts: &[Value], end: Option<End>) -> Value {
    let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": 0});
    match end {
        None => {}
        Some(End::Length) => candidate["finishReason"] = json!("MAX_TOKENS"),
        Some(_) => candidate["finishReason"] = json!("STOP"),
    }
    json!({"candidates": [candidate], "usageMetadata": {"promptTokenCount": COST.0, "candidatesTokenCount": if end.is_some() { COST.1 } else { 1 }, "cachedContentTokenCount": 30}, "modelVersion": "gemini-3", "responseId": format!("r{round}")})
}

impl Wire for Gemini {
    fn format(&self) -> Format {
        Format::Gemini
    }

    fn call(&self) -> Call {
        Call {
            format: Format::Gemini,
            kind: CallKind::Generate,
            model: self.array.then(|| STREAMED.to_owned()),
        }
    }

    fn request(&self, messages: &[Value], _stream: bool) -> String {
        let request = json!({"contents": messages, "tools": [{"functionDeclarations": [{"name": "list"}]}]});
        if self.envelope {
            json!({"model": "gemini-3", "project": "p", "request": request}).to_string()
        } else {
            request.to_string()
        }
    }

    fn user(&self, text: &str) -> Value {
        json!({"role": "user", "parts": [{"text": text}]})
    }

    fn spoken(&self, says: &[Say]) -> Vec<Value> {
        vec![json!({"role": "model", "parts": says.iter().map(part).collect::<Vec<_>>()})]
    }

    fn results(&self, results: &[(&str, &str, &str)]) -> Vec<Value> {
        let result = |(_, name, text): &(&str, &str, &str)| json!({"functionResponse": {"name": name, "response": {"output": text}}});
        vec![json!({"role": "user", "parts": results.iter().map(result).collect::<Vec<_>>()})]
    }

    fn answer(&self, round: usize, says: &[Say], end: End, stream: bool) -> (&'static str, Vec<u8>) {
        let parts: Vec<Value> = says.iter().map(part).collect();
        if !stream {
            return (
                "application/json",
                self.put_in(response(round, &parts, Some(end)))
                    .to_string()
                    .into_bytes(),
            );
        }
        let mut responses = Vec::new();
        for (at, say) in says.iter().enumerate() {
            let last = (at + 1 == says.len()).then_some(end);
            match say {
                Say::Text(text) => {
                    let [a, b] = halves(text);
                    responses.push(response(round, &[json!({"text": a})], None));
                    responses.push(response(round, &[json!({"text": b})], last));
                }
                say => responses.push(response(round, &[part(say)], last)),
            }
        }
        if says.is_empty() {
            responses.push(response(round, &[json!({"text": ""})], Some(end)));
        }
        let responses: Vec<Value> = responses.into_iter().map(|one| self.put_in(one)).collect();
        if self.array {
            let pretty: Vec<String> = responses
                .iter()
                .map(|response| serde_json::to_string_pretty(response).unwrap())
                .collect();
            return (
                "application/json; charset=UTF-8",
                format!("[{}\n]\n", pretty.join(",\r\n")).into_bytes(),
            );
        }
        (
            "text/event-stream",
            responses.iter().map(frame).collect::<String>().into_bytes(),
        )
    }

    fn error(&self) -> Vec<u8> {
        let error =
            json!({"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}});
        if self.array {
            format!("[{error}]").into_bytes()
        } else {
            frame(&error).into_bytes()
        }
    }

    fn read(&self, got: &[u8], stream: bool) -> Seen {
        let bodies: Vec<Value> = match (stream, self.array) {
            (true, true) => serde_json::from_slice(got).unwrap(),
            (true, false) => frames(got)
                .iter()
                .map(|data| serde_json::from_str(data).unwrap())
                .collect(),
            (false, _) => vec![serde_json::from_slice(got).unwrap()],
        };
        let bodies: Vec<Value> = bodies.into_iter().map(|body| self.take_out(body)).collect();
        let mut seen = Seen {
            says: Vec::new(),
            end: None,
            usage: (0, 0),
            failed: false,
        };
        for body in &bodies {
            assert!(
                !seen.failed && seen.end.is_none(),
                "nothing follows the end: {body}"
            );
            if body.get("error").is_some() {
                seen.failed = true;
                continue;
            }
            assert_eq!(body["responseId"], bodies[0]["responseId"]);
            says(body, &mut seen.says);
            let count = |key: &str| body["usageMetadata"][key].as_u64().unwrap();
            seen.usage = (count("promptTokenCount"), count("candidatesTokenCount"));
            seen.end = match body["candidates"][0]["finishReason"].as_str() {
                Some("MAX_TOKENS") => Some(End::Length),
                Some("STOP") if seen.says.iter().any(|say| matches!(say, Say::Call { .. })) => {
                    Some(End::Calls)
                }
                Some("STOP") => Some(End::Turn),
                _ => None,
            };
        }
        assert!(seen.failed || seen.end.is_some(), "an end");
        seen
    }

    fn messages(&self, body: &str) -> Vec<Value> {
        let mut body: Value = serde_json::from_str(body).unwrap();
        if self.envelope {
            assert_eq!(
                (&body["model"], &body["project"]),
                (&json!("gemini-3"), &json!("p"))
            );
            body = body["request"].take();
        }
        let mut contents = body["contents"].as_array().unwrap().clone();
        // A text is one text, however it is cut.
        for content in &mut contents {
            let mut joined: Vec<Value> = Vec::new();
            for part in content["parts"].as_array().unwrap() {
                match joined.last_mut() {
                    Some(before)
                        if part["text"].is_string()
                            && before["text"].is_string()
                            && part["thought"] == before["thought"] =>
                    {
                        before["text"] = json!(format!(
                            "{}{}",
                            before["text"].as_str().unwrap(),
                            part["text"].as_str().unwrap()
                        ));
                    }
                    _ => joined.push(part.clone()),
                }
            }
            content["parts"] = json!(joined);
        }
        contents
    }

    fn pairs(&self, body: &str) -> (Vec<String>, Vec<String>) {
        let contents = self.messages(body);
        let names = |contents: &[Value], kind: &str| {
            let parts = contents
                .iter()
                .filter_map(|content| content["parts"].as_array())
                .flatten();
            let mut names: Vec<String> = parts
                .filter_map(|part| part[kind]["name"].as_str().map(str::to_owned))
                .collect();
            names.sort();
            names
        };
        for pair in contents.windows(2) {
            assert_ne!(pair[0]["role"], pair[1]["role"], "in turns");
            assert_eq!(
                names(&pair[..1], "functionCall"),
                names(&pair[1..], "functionResponse")
            );
        }
        (
            names(&contents, "functionCall"),
            names(&contents, "functionResponse"),
        )
    }

    fn joins_texts(&self) -> bool {
        true
    }

    fn has_ids(&self) -> bool {
        false
    }
}
