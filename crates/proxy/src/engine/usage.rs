//! Token counts as providers report them, and their sum over rounds.

pub use headroom_store::ledger::Usage;

use serde_json::{Map, Value};

/// From the `usage` object of OpenAI chat completions, and of those who count as they do.
pub(crate) fn chat(usage: &Map<String, Value>) -> Usage {
    openai(usage, "prompt", "completion")
}

/// From the `usage` object of OpenAI responses.
pub(crate) fn responses(usage: &Map<String, Value>) -> Usage {
    openai(usage, "input", "output")
}

/// Input there is all input; what a cache held is said apart.
fn openai(usage: &Map<String, Value>, input: &str, output: &str) -> Usage {
    let number = |key: &str| usage.get(&format!("{key}_tokens")).and_then(Value::as_u64);
    let detail = |key: &str| usage.get(&format!("{input}_tokens_details"))?.get(key)?.as_u64();
    let (read, written) = (detail("cached_tokens"), detail("cache_write_tokens"));
    let cached = read.unwrap_or(0).saturating_add(written.unwrap_or(0));
    Usage {
        input: number(input).map(|all| all.saturating_sub(cached)),
        cache_read: read,
        cache_write_5m: written,
        cache_write_1h: None,
        output: number(output),
    }
}

/// From the `usageMetadata` of Gemini. Thoughts and what tools were asked with are counted apart there.
pub(crate) fn gemini(usage: &Map<String, Value>) -> Usage {
    let number = |key: &str| usage.get(key).and_then(Value::as_u64);
    let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
    };
    let read = number("cachedContentTokenCount");
    let all = sum(number("promptTokenCount"), number("toolUsePromptTokenCount"));
    Usage {
        input: all.map(|all| all.saturating_sub(read.unwrap_or(0))),
        cache_read: read,
        cache_write_5m: None,
        cache_write_1h: None,
        output: sum(number("candidatesTokenCount"), number("thoughtsTokenCount")),
    }
}

/// From the `usage` object of Bedrock converse; what a cache held is no part of `inputTokens`.
pub(crate) fn bedrock(usage: &Map<String, Value>) -> Usage {
    let number = |key: &str| usage.get(key).and_then(Value::as_u64);
    let written = number("cacheWriteInputTokens");
    let hour = usage
        .get("cacheDetails")
        .and_then(Value::as_array)
        .and_then(|details| {
            let hours = details.iter().filter(|detail| detail["ttl"] == "1h");
            hours
                .filter_map(|detail| detail["inputTokens"].as_u64())
                .reduce(u64::saturating_add)
        });
    Usage {
        input: number("inputTokens"),
        cache_read: number("cacheReadInputTokens"),
        cache_write_5m: written.map(|written| written.saturating_sub(hour.unwrap_or(0))),
        cache_write_1h: hour,
        output: number("outputTokens"),
    }
}

/// From the `usage` object of the Anthropic API.
pub(crate) fn anthropic(usage: &Map<String, Value>) -> Usage {
    let number = |key: &str| usage.get(key).and_then(Value::as_u64);
    let written = number("cache_creation_input_tokens");
    let by_age = |key: &str| usage.get("cache_creation")?.get(key)?.as_u64();
    let hour = by_age("ephemeral_1h_input_tokens");
    Usage {
        input: number("input_tokens"),
        cache_read: number("cache_read_input_tokens"),
        cache_write_5m: by_age("ephemeral_5m_input_tokens")
            .or_else(|| Some(written?.saturating_sub(hour.unwrap_or(0)))),
        cache_write_1h: hour,
        output: number("output_tokens"),
    }
}

/// Adds what one more round cost to `total`, whatever the provider's shape: numbers are added, lists joined,
/// anything else is the later one's.
pub(crate) fn add(total: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (key, more) in more {
        match total.get_mut(key) {
            None => {
                total.insert(key.clone(), more.clone());
            }
            Some(there) => add_value(there, more),
        }
    }
}

fn add_value(there: &mut Value, more: &Value) {
    match (&mut *there, more) {
        (Value::Object(there), Value::Object(more)) => add(there, more),
        (Value::Array(there), Value::Array(more)) => there.extend(more.iter().cloned()),
        (Value::Number(a), Value::Number(b)) => {
            let sum = match (a.as_u64(), b.as_u64()) {
                (Some(a), Some(b)) => Some(a.saturating_add(b).into()),
                _ => serde_json::Number::from_f64(a.as_f64().unwrap_or(0.0) + b.as_f64().unwrap_or(0.0)),
            };
            if let Some(sum) = sum {
                *there = Value::Number(sum);
            }
        }
        (_, Value::Null) => {}
        _ => *there = more.clone(),
    }
}
