//! The payloads of the npm client `headroom-ai` 0.37, as it sends them, and the fields it reads.

use serde_json::{Value, json};

use crate::world::{TOKEN, World, text};

/// What that client sends with everything.
const HEADERS: [(&str, &str); 4] = [
    ("content-type", "application/json"),
    ("accept", "*/*"),
    ("authorization", "Bearer t0ken"),
    ("x-headroom-stack", "adapter_ts_openai"),
];

async fn world() -> World {
    World::with(vec![], |options| options.token = Some(TOKEN.to_owned())).await
}

fn messages() -> Value {
    let rows: Vec<Value> = (0..300)
        .map(|at| json!({"id": at, "state": if at == 77 {"error"} else {"ok"}, "team": format!("t{}", at % 7), "note": format!("note {}", at * 7919 % 1000)}))
        .collect();
    json!([
        {"role": "system", "content": "You answer."},
        {"role": "user", "content": "which is odd?"},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "list", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": Value::Array(rows).to_string()},
    ])
}

async fn post(world: &World, path: &str, body: &Value) -> (u16, Value) {
    let response = world.send(path, &HEADERS, body.to_string()).await;
    let status = response.status().as_u16();
    let text = text(response).await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} {text}")),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn compress_gives_what_the_client_reads_and_law_5_holds() {
    let world = world().await;
    let (status, answer) = post(
        &world,
        "/v1/compress",
        &json!({"messages": messages(), "model": "gpt-4o"}),
    )
    .await;
    assert_eq!(status, 200);
    let number = |key: &str| {
        answer[key]
            .as_u64()
            .unwrap_or_else(|| panic!("{key} in {answer}"))
    };
    assert!(number("tokens_after") < number("tokens_before"));
    assert_eq!(
        number("tokens_saved"),
        number("tokens_before") - number("tokens_after")
    );
    let ratio = number("tokens_after") as f64 / number("tokens_before") as f64;
    assert!((answer["compression_ratio"].as_f64().unwrap() - ratio).abs() < 1e-9);
    assert!(!answer["transforms_applied"].as_array().unwrap().is_empty());
    assert_eq!(
        answer["ccr_hashes"],
        json!([]),
        "no way back was named, so nothing is left out"
    );
    assert_eq!(answer["messages"][1], messages()[1]);
    let short = answer["messages"][3]["content"].as_str().unwrap();
    let given = messages()[3]["content"].clone();
    let back = headroom::pipeline::decode_text(short).unwrap();
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(value(&back), value(given.as_str().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_can_read_back_says_so_and_does() {
    let world = world().await;
    let config =
        json!({"ccr": true, "default_mode": "simulate", "generate_diff_artifact": true, "protect_recent": 4});
    let (status, answer) = post(
        &world,
        "/v1/compress",
        &json!({"messages": messages(), "model": "gpt-4o", "config": config}),
    )
    .await;
    assert_eq!(status, 200);
    let hash = answer["ccr_hashes"][0]
        .as_str()
        .expect("something was left out")
        .to_owned();
    let (status, whole) = post(&world, "/v1/retrieve", &json!({"hash": hash})).await;
    assert_eq!(status, 200);
    assert_eq!(whole["original_content"], messages()[3]["content"]);
    assert_eq!(
        (&whole["hash"], &whole["original_item_count"]),
        (&hash.as_str().into(), &300.into())
    );
    assert!(whole["original_tokens"].as_u64().unwrap() > 1000);
    let (status, found) = post(&world, "/v1/retrieve", &json!({"hash": hash, "query": "error"})).await;
    assert_eq!(
        (status, &found["count"], &found["query"]),
        (200, &1.into(), &"error".into())
    );
    assert!(
        found["results"][0].as_str().unwrap().contains("78: {\"id\":77"),
        "{found}"
    );
    let rows = world.get(&format!("/v1/retrieve/{hash}?rows=78"), &HEADERS).await;
    assert!(text(rows).await.unwrap().contains("error"));
    let call = json!({"tool_call": {"id": "c9", "function": {"name": "headroom_retrieve", "arguments": json!({"ref": hash, "rows": "78"}).to_string()}}, "provider": "openai"});
    let (status, result) = post(&world, "/v1/retrieve/tool_call", &call).await;
    assert_eq!((status, &result["success"]), (200, &true.into()));
    assert_eq!(result["tool_result"]["tool_call_id"], "c9");
    let held = world.get("/v1/retrieve/stats", &HEADERS).await;
    let held = text(held).await.unwrap();
    assert!(
        held.contains("\"entries\":1") && held.contains("\"retrievals\":4"),
        "{held}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_requests_are_told_as_the_client_reads_it() {
    let world = world().await;
    for body in [
        json!({"model": "gpt-4o"}),
        json!({"messages": []}),
        json!({"messages": "x", "model": "m"}),
        json!({"messages": [1], "model": "m"}),
        json!({"messages": [{"role": "user", "content": "x"}], "model": "m", "config": {"target_ratio": 7}}),
        json!([]),
    ] {
        let (status, answer) = post(&world, "/v1/compress", &body).await;
        assert_eq!(
            (status, &answer["error"]["type"]),
            (400, &"invalid_request".into()),
            "{body}"
        );
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
    }
    let (status, answer) = post(&world, "/v1/compress", &json!({"messages": [], "model": "m"})).await;
    assert_eq!(
        (status, &answer["tokens_before"], &answer["compression_ratio"]),
        (200, &0.into(), &1.0.into())
    );
    let (status, answer) = post(&world, "/v1/retrieve", &json!({"hash": "0".repeat(32)})).await;
    assert_eq!(status, 404);
    assert!(answer["detail"].is_string() && answer["error"]["message"].is_string());
    for hash in ["../../etc/passwd", "", "+0000000000000000000000000000000", "0"] {
        let (status, answer) = post(&world, "/v1/retrieve", &json!({"hash": hash})).await;
        assert_eq!(
            (status, &answer["error"]["type"]),
            (400, &"invalid_ref".into()),
            "{hash}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_and_escapes_stay_as_they_are_spelled() {
    let world = world().await;
    let messages = "[{\"role\":\"user\",\"content\":\"h\\u00e9\",\"x\":1e400, \"y\" : 1.0}]";
    let body = format!("{{\"messages\":{messages},\"model\":\"gpt-4o\"}}");
    let answer = text(world.send("/v1/compress", &HEADERS, body).await)
        .await
        .unwrap();
    assert!(
        answer.starts_with(&format!("{{\"messages\":{messages},")),
        "{answer}"
    );
}
