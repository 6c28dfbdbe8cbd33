//! An assistant's message put together from deltas, for the request of the next round. A whole message is one delta.

use headroom::ccr::TOOL_NAME;
use headroom::json::Document;
use serde_json::{Map, Value, json};

use crate::engine::answer::HiddenCall;
use crate::engine::turn::{Part, Round};

/// A message as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Building {
    fields: Map<String, Value>,
    calls: Vec<Call>,
}

#[derive(Debug)]
struct Call {
    /// The upstream's number.
    index: u64,
    fields: Map<String, Value>,
}

/// Whose call it is, and the number of calls of ours before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) hidden: bool,
    pub(super) hidden_before: u64,
}

impl Building {
    /// Takes in a field of a delta that is no list of calls.
    pub(super) fn add_field(&mut self, key: &str, raw: &str) {
        if key != "role"
            && let Ok(value) = serde_json::from_str(raw)
        {
            merge(&mut self.fields, key, value);
        }
    }

    /// Takes in an entry of `tool_calls`, the one of this number in its list, and says whose it is.
    pub(super) fn add_call(&mut self, raw: &str, number: usize) -> Place {
        let entry: Map<String, Value> = serde_json::from_str(raw).unwrap_or_default();
        let id = entry.get("id").and_then(Value::as_str).unwrap_or_default();
        let index = entry.get("index").and_then(Value::as_u64);
        // Servers without numbers send calls whole; others give every call the same number.
        let known = self.calls.iter().rposition(|call| {
            let its = call.fields.get("id").and_then(Value::as_str).unwrap_or_default();
            let other = !id.is_empty() && !its.is_empty() && id != its;
            index.map_or(id.is_empty() || id == its, |index| index == call.index) && !other
        });
        let at = known.unwrap_or_else(|| {
            self.calls.push(Call {
                index: index.unwrap_or(number as u64),
                fields: Map::new(),
            });
            self.calls.len() - 1
        });
        self.calls[at].add(entry);
        let ours = self.calls[..at].iter().filter(|call| call.is_ours());
        Place {
            hidden: self.calls[at].is_ours(),
            hidden_before: ours.count() as u64,
        }
    }

    /// The message as a round.
    pub(super) fn into_round(self) -> Round {
        Round {
            parts: self.calls.into_iter().map(Call::into_part).collect(),
            fields: self.fields,
            ..Round::default()
        }
    }
}

impl Call {
    fn add(&mut self, entry: Map<String, Value>) {
        for (key, value) in entry {
            match (self.fields.get_mut(&key), value) {
                (_, Value::Null) => {}
                (Some(Value::Object(there)), Value::Object(more)) => {
                    for (key, value) in more {
                        match (key.as_str(), there.get(&key)) {
                            // Only these come in pieces; a name may come again.
                            ("arguments" | "input", _) => merge(there, &key, value),
                            (_, Some(Value::String(name))) if !name.is_empty() => {}
                            _ => {
                                there.insert(key, value);
                            }
                        }
                    }
                }
                (Some(Value::String(there)), _) if !there.is_empty() => {}
                (_, value) if key != "index" => {
                    self.fields.insert(key, value);
                }
                _ => {}
            }
        }
    }

    fn function(&self, key: &str) -> &str {
        let function = self.fields.get("function");
        function
            .and_then(|function| function.get(key)?.as_str())
            .unwrap_or_default()
    }

    fn is_ours(&self) -> bool {
        self.function("name") == TOOL_NAME
    }

    fn into_part(mut self) -> Part {
        if !self.is_ours() {
            return Part::Shown(Value::Object(self.fields).to_string());
        }
        let id = self.fields.get("id").and_then(Value::as_str).unwrap_or_default();
        let call = HiddenCall {
            id: id.to_owned(),
            arguments: self.function("arguments").to_owned(),
        };
        // Servers that turn arguments into objects fail on those of a call that went wrong.
        if Document::parse(&call.arguments).is_err()
            && let Some(Value::Object(function)) = self.fields.get_mut("function")
        {
            function.insert("arguments".to_owned(), json!("{}"));
        }
        Part::Hidden(Value::Object(self.fields).to_string(), call)
    }
}

/// Texts and lists go on, anything else is the later one's.
pub(super) fn merge(fields: &mut Map<String, Value>, key: &str, value: Value) {
    match (fields.get_mut(key), value) {
        (_, Value::Null) => {}
        (Some(Value::String(text)), Value::String(more)) => text.push_str(&more),
        (Some(Value::Array(list)), Value::Array(more)) => list.extend(more),
        (_, value) => {
            fields.insert(key.to_owned(), value);
        }
    }
}

/// The message of a round, as the client would send it back had it seen all of it.
pub(super) fn message(round: &Round) -> String {
    let mut message = Map::new();
    message.insert("role".to_owned(), json!("assistant"));
    message.insert("content".to_owned(), Value::Null);
    message.extend(round.fields.clone());
    if message.get("content").and_then(Value::as_str) == Some("") {
        message.insert("content".to_owned(), Value::Null);
    }
    let mut out = Value::Object(message).to_string();
    out.pop();
    format!("{out},\"tool_calls\":[{}]}}", round.items(|_| true))
}
