//! A content block put together from the events of a stream, for the request of the next round.

use serde_json::{Map, Value, json};

use crate::engine::rounds::{append, json_or_nothing};

/// One block as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Building {
    fields: Map<String, Value>,
    /// Pieces of a tool's input.
    input: Option<String>,
}

impl Building {
    /// From the `start` of a `contentBlockStart`; blocks of text have none.
    pub(super) fn start(block: &str) -> Self {
        Self {
            fields: serde_json::from_str(block).unwrap_or_default(),
            input: None,
        }
    }

    /// Takes in the `delta` of a `contentBlockDelta`.
    pub(super) fn add(&mut self, delta: &str) {
        let delta: Map<String, Value> = serde_json::from_str(delta).unwrap_or_default();
        for (key, value) in delta {
            match (key.as_str(), value) {
                ("toolUse", value) => {
                    let piece = value["input"].as_str().unwrap_or_default();
                    self.input.get_or_insert_default().push_str(piece);
                }
                ("reasoningContent", Value::Object(more)) => self.reason(more),
                (_, Value::String(piece)) => append(&mut self.fields, &key, &piece),
                (_, value) => {
                    self.fields.insert(key, value);
                }
            }
        }
    }

    /// In a message, text and signature stand one level deeper than in a stream.
    fn reason(&mut self, more: Map<String, Value>) {
        let content = self.fields.entry("reasoningContent").or_insert_with(|| json!({}));
        for (key, value) in more {
            let Value::Object(content) = content else { return };
            match (key.as_str(), value) {
                ("text" | "signature", Value::String(piece)) => {
                    let text = content.entry("reasoningText").or_insert_with(|| json!({}));
                    if let Value::Object(text) = text {
                        append(text, &key, &piece);
                    }
                }
                (_, Value::String(piece)) => append(content, &key, &piece),
                (_, value) => {
                    content.insert(key, value);
                }
            }
        }
    }

    /// The input as it came; `None` for a block without.
    pub(super) fn arguments(&self) -> Option<String> {
        self.fields.get("toolUse")?;
        let input = self.input.as_deref().filter(|input| !input.trim().is_empty());
        Some(input.unwrap_or("{}").to_owned())
    }

    /// The block as JSON. Input that is no JSON, as of a call that was cut off, is `{}`.
    pub(super) fn json(&self) -> String {
        let Some(arguments) = self.arguments() else {
            return Value::Object(self.fields.clone()).to_string();
        };
        let input = json_or_nothing(&arguments);
        let member = |(key, value): (&String, &Value)| format!("{}:{value}", headroom::json::quote(key));
        let call = self.fields["toolUse"].as_object();
        let mut members: Vec<String> = call
            .into_iter()
            .flatten()
            .filter(|(key, _)| *key != "input")
            .map(member)
            .collect();
        members.push(format!("\"input\":{input}"));
        format!("{{\"toolUse\":{{{}}}}}", members.join(","))
    }
}
