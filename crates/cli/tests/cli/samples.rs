//! Requests and tool outputs for the tests.

use serde_json::{Value, json};

/// Forty records, one of which failed.
pub(crate) fn records() -> Value {
    let record = |id: usize| {
        json!({
            "id": id, "name": format!("job {id}"), "state": if id == 23 { "failed" } else { "done" },
            "error": if id == 23 { json!("disk full on node 7") } else { Value::Null },
            "seconds": 30 + id * 7 % 11, "url": format!("https://ci.example.com/jobs/{id}"),
        })
    };
    json!({ "total": 40, "jobs": (1..=40).map(record).collect::<Vec<_>>() })
}

/// A request in which one tool printed the records.
pub(crate) fn request() -> String {
    let call =
        json!({ "id": "c1", "type": "function", "function": { "name": "list_jobs", "arguments": "{}" } });
    let read = json!({ "id": "c2", "type": "function", "function": { "name": "Read", "arguments": "{}" } });
    json!({
        "model": "gpt-4o",
        "messages": [
            { "role": "system", "content": "Help." },
            { "role": "user", "content": "Which job failed?" },
            { "role": "assistant", "content": null, "tool_calls": [call, read] },
            { "role": "tool", "tool_call_id": "c1", "content": records().to_string() },
            { "role": "tool", "tool_call_id": "c2", "content": records().to_string() },
        ],
    })
    .to_string()
}

/// The text of the tool message at `index`.
pub(crate) fn tool_text(request: &str, index: usize) -> String {
    let request: Value = serde_json::from_str(request).unwrap();
    request["messages"][index]["content"].as_str().unwrap().to_owned()
}

/// The one ref in a text.
pub(crate) fn reference(text: &str) -> String {
    let refs = headroom::ccr::find_refs(text);
    assert_eq!(refs.len(), 1, "{text}");
    refs[0].to_string()
}
