//! Hidden rounds over the wire.

use serde_json::{Value, json};

use crate::world::{Reply, World, text};

fn event(value: &Value) -> String {
    format!("event: {}\ndata: {value}\n\n", value["type"].as_str().unwrap())
}

fn stream(block: &Value, delta: &Value, stop: &str) -> String {
    [
        json!({"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 10, "output_tokens": 1}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
        json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 5}}),
        json!({"type": "message_stop"}),
    ]
    .iter()
    .map(event)
    .collect()
}

pub(crate) fn request() -> String {
    let rows: Vec<Value> = (0..300)
        .map(|at| json!({"id": at, "state": "ok", "owner": format!("team-{}", at % 7), "note": "as it was"}))
        .collect();
    json!({
        "model": "claude-sonnet-4-5",
        "tools": [{"name": "list"}],
        "messages": [
            {"role": "user", "content": "which rows are odd?"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "list", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": Value::Array(rows).to_string()}]},
        ],
    })
    .to_string()
}

/// Whatever was read back, the model has an answer.
pub(crate) fn answers() -> String {
    stream(
        &json!({"type": "text", "text": ""}),
        &json!({"type": "text_delta", "text": "None."}),
        "end_turn",
    )
}

/// The model asks for something that is not there.
pub(crate) fn asks() -> String {
    stream(
        &json!({"type": "tool_use", "id": "h1", "name": "headroom_retrieve", "input": {}}),
        &json!({"type": "input_json_delta", "partial_json": "{\"ref\":\"00000000000000000000000000000000\"}"}),
        "tool_use",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_round_is_sent_upstream_and_spliced_in() {
    let world = World::new(vec![
        Reply::new(200, "text/event-stream", asks()),
        Reply::new(200, "text/event-stream", answers()),
    ])
    .await;
    let response = world.send("/v1/messages", &[("x-api-key", "k")], request()).await;
    let saved: usize = response.headers()["x-headroom-tokens-saved"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(saved > 1000, "{saved}");
    let got = text(response).await.unwrap();
    assert!(
        got.contains("None.") && !got.contains("headroom_retrieve"),
        "{got}"
    );
    let sent = world.got();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[1].headers["x-api-key"], "k");
    assert_eq!(
        sent[1].headers["content-length"],
        sent[1].body.len().to_string().as_str()
    );
    let prefix = sent[0].body.len() - 2;
    assert!(sent[1].body.starts_with(&sent[0].body[..prefix.min(200)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_round_that_is_refused_is_an_error_event() {
    let world = World::new(vec![
        Reply::new(200, "text/event-stream", asks()),
        Reply::new(429, "application/json", "{\"error\":\"slow down\"}"),
    ])
    .await;
    let got = text(world.send("/v1/messages", &[], request()).await)
        .await
        .unwrap();
    assert!(got.contains("event: error") && got.contains("429"), "{got}");
    assert!(!got.contains("message_stop"), "{got}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_one_piece_waits_for_its_rounds() {
    let whole = |block: Value, stop: &str| {
        json!({"id": "m", "content": [block], "stop_reason": stop, "usage": {"input_tokens": 3, "output_tokens": 4}}).to_string()
    };
    let world = World::new(vec![
        Reply::new(200, "application/json", whole(json!({"type": "tool_use", "id": "h1", "name": "headroom_retrieve", "input": {"ref": "00000000000000000000000000000000"}}), "tool_use")),
        Reply::new(200, "application/json", whole(json!({"type": "text", "text": "None."}), "end_turn")),
    ])
    .await;
    let response = world.send("/v1/messages", &[], request()).await;
    let body: Value = serde_json::from_str(&text(response).await.unwrap()).unwrap();
    assert_eq!(body["content"], json!([{"type": "text", "text": "None."}]));
    assert_eq!(body["usage"]["input_tokens"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gemini_stream_that_is_an_array_is_read_as_one() {
    let answer = |part: Value| json!({"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}]});
    let call = json!({"functionCall": {"name": "headroom_retrieve", "args": {"ref": "00000000000000000000000000000000"}}});
    let reply = |part: Value| Reply::new(200, "application/json", format!("[{}]", answer(part)));
    let world = World::new(vec![reply(call), reply(json!({"text": "None."}))]).await;
    let request = json!({
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
        "tools": [{"functionDeclarations": [{"name": "list"}]}],
    });
    let path = "/v1beta/models/gemini-3-pro:streamGenerateContent";
    let got = text(world.send(path, &[], request.to_string()).await)
        .await
        .unwrap();
    let answers: Value = serde_json::from_str(&got).unwrap();
    assert_eq!(answers.as_array().unwrap().len(), 1, "{got}");
    assert_eq!(
        answers[0]["candidates"][0]["content"]["parts"][0]["text"],
        "None."
    );
    assert_eq!(world.got().len(), 2);
}
