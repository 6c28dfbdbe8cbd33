//! A content block put together from the events of a stream, for the request of the next round.

use serde_json::{Map, Value};

use crate::engine::rounds::{append, json_or_nothing};

/// One block as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Building {
    fields: Map<String, Value>,
    /// Pieces of a tool's input.
    input: Option<String>,
}

impl Building {
    /// From the `content_block` of `content_block_start`.
    pub(super) fn start(block: &str) -> Self {
        Self {
            fields: serde_json::from_str(block).unwrap_or_default(),
            input: None,
        }
    }

    /// Takes in the `delta` of a `content_block_delta`. Whatever kind it is of, its texts go on what stands in the
    /// field of the same name; only pieces of input and citations have fields of other names.
    pub(super) fn add(&mut self, delta: &str) {
        let delta: Map<String, Value> = serde_json::from_str(delta).unwrap_or_default();
        for (key, value) in delta {
            match (key.as_str(), value) {
                ("type", _) => {}
                ("partial_json", Value::String(piece)) => {
                    self.input.get_or_insert_default().push_str(&piece);
                }
                ("citation", citation) => match self.fields.get_mut("citations") {
                    Some(Value::Array(citations)) => citations.push(citation),
                    _ => {
                        self.fields
                            .insert("citations".to_owned(), Value::Array(vec![citation]));
                    }
                },
                (_, Value::String(piece)) => append(&mut self.fields, &key, &piece),
                (_, value) => {
                    self.fields.insert(key, value);
                }
            }
        }
    }

    /// The input as it came, `{}` where nothing came.
    pub(super) fn arguments(&self) -> String {
        match &self.input {
            Some(input) if !input.trim().is_empty() => input.clone(),
            _ => self
                .fields
                .get("input")
                .map_or_else(|| "{}".to_owned(), Value::to_string),
        }
    }

    /// The block as JSON. Input that is no JSON, as of a call that was cut off, is `{}`.
    pub(super) fn json(&self) -> String {
        let arguments = self.arguments();
        let input = json_or_nothing(&arguments);
        let field = |(key, value): (&String, &Value)| {
            let name = headroom::json::quote(key);
            match key.as_str() {
                "input" => format!("{name}:{input}"),
                _ => format!("{name}:{value}"),
            }
        };
        format!(
            "{{{}}}",
            self.fields.iter().map(field).collect::<Vec<_>>().join(",")
        )
    }
}
