//! What goes through untouched, and what failures look like.

use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use serde_json::Value;

use crate::world::{Reply, World, text};

const STREAM: &str = "text/event-stream";

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_path_goes_through_both_ways_byte_for_byte() {
    let world = World::new(vec![
        Reply::new(418, "application/x-odd", vec![0, 159, 1, 2])
            .header("x-odd", "a")
            .header("x-odd", "b"),
    ])
    .await;
    let response = world
        .send(
            "/v1/odd/path?x=%20y&z",
            &[("x-api-key", "k"), ("x-headroom-mode", "audit"), ("x-mine", "1")],
            vec![255_u8, 0, 7],
        )
        .await;
    assert_eq!(response.status(), 418);
    let odd: Vec<_> = response.headers().get_all("x-odd").iter().collect();
    assert_eq!(odd, ["a", "b"]);
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes().as_ref(),
        [0, 159, 1, 2]
    );
    let got = &world.got()[0];
    assert_eq!(
        (got.method.as_str(), got.path.as_str()),
        ("POST", "/v1/odd/path?x=%20y&z")
    );
    assert_eq!(got.body.as_ref(), [255, 0, 7]);
    assert_eq!(got.headers["x-mine"], "1");
    assert_eq!(got.headers["x-api-key"], "k");
    assert!(!got.headers.contains_key("x-headroom-mode"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_anything_to_do_is_sent_on_as_it_came() {
    let world = World::new(vec![Reply::new(200, "application/json", "{\"content\":[]}")]).await;
    let body =
        "{ \"model\" : \"m\", \"messages\":[{\"role\":\"user\",\"content\":\"h\\u00e9 1e400\"}],\"x\":1E5 }";
    let response = world.send("/v1/messages", &[], body).await;
    assert_eq!(text(response).await.unwrap(), "{\"content\":[]}");
    assert_eq!(world.got()[0].body, body);
    assert_eq!(world.got()[0].path, "/v1/messages");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_the_upstream_come_as_they_are() {
    let error = "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}";
    let world = World::new(vec![
        Reply::new(529, "application/json", error).header("retry-after", "7"),
    ])
    .await;
    let response = world
        .send(
            "/v1/messages",
            &[],
            "{\"messages\":[],\"tools\":[{\"name\":\"a\"}]}",
        )
        .await;
    assert_eq!(response.status(), 529);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(text(response).await.unwrap(), error);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_cannot_be_reached_is_an_error_in_the_providers_words() {
    let world = World::with(vec![], |options| {
        options.upstreams.anthropic = Some("http://127.0.0.1:1".to_owned());
    })
    .await;
    let response = world.send("/v1/messages", &[], "{\"messages\":[]}").await;
    assert_eq!(response.status(), 502);
    let id = response.headers()["x-headroom-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let body: Value = serde_json::from_str(&text(response).await.unwrap()).unwrap();
    assert_eq!(
        (&body["type"], &body["error"]["type"]),
        (&"error".into(), &"api_error".into())
    );
    assert_eq!(body["request_id"], id.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_is_an_error_event_and_no_clean_end() {
    let mut reply = Reply::new(200, STREAM, "event: ping\ndata: {\"type\":\"ping\"}\n\n");
    reply.breaks = true;
    for body in [
        "{\"messages\":[]}",
        "{\"messages\":[],\"tools\":[{\"name\":\"a\"}]}",
    ] {
        let world = World::new(vec![reply.clone()]).await;
        let got = text(world.send("/v1/messages", &[], body).await).await.unwrap();
        assert!(got.starts_with("event: ping\n"), "{got}");
        assert!(got.contains("event: error\ndata: {\"type\":\"error\""), "{got}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_come_when_they_are_sent() {
    let mut reply = Reply::new(200, STREAM, "");
    reply.chunks = ["ping", "ping", "ping", "message_stop"]
        .map(|kind| format!("data: {{\"type\":\"{kind}\"}}\n\n").into_bytes())
        .to_vec();
    reply.pause = Duration::from_millis(60);
    for body in [
        "{\"messages\":[]}",
        "{\"messages\":[],\"tools\":[{\"name\":\"a\"}]}",
    ] {
        let world = World::new(vec![reply.clone()]).await;
        let mut response = world.send("/v1/messages", &[], body).await.into_body();
        let mut times = Vec::new();
        let begun = Instant::now();
        while let Some(frame) = response.frame().await {
            let data = frame.unwrap().into_data().unwrap();
            assert!(
                data.starts_with(b"data: ") && data.ends_with(b"\n\n"),
                "whole events"
            );
            times.push(begun.elapsed());
        }
        // A busy machine may join two; held back, all would come at once.
        let (first, last) = (times[0], times[times.len() - 1]);
        assert!(
            times.len() >= 2 && last >= first + Duration::from_millis(100),
            "{times:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coded_request_is_read_and_a_body_that_is_too_large_is_refused() {
    use std::io::Write;
    let world = World::with(vec![Reply::new(200, "application/json", "{}")], |options| {
        options.max_body_bytes = 100_000;
    })
    .await;
    let output = (0..400)
        .map(|at| format!("2026-11-25T10:00:{:02}Z INFO worker {at} is idle\\n", at % 60))
        .collect::<Vec<_>>()
        .concat();
    let body = format!(
        "{{\"messages\":[{{\"role\":\"user\",\"content\":[{{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":\"{output}\"}}]}}]}}"
    );
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    coder.write_all(body.as_bytes()).unwrap();
    let response = world
        .send(
            "/v1/messages",
            &[("content-encoding", "gzip")],
            coder.finish().unwrap(),
        )
        .await;
    assert_eq!(response.status(), 200);
    let got = &world.got()[0];
    assert!(!got.headers.contains_key("content-encoding"));
    assert!(got.body.len() < body.len() / 2, "{}", got.body.len());
    let response = world.send("/v1/messages", &[], vec![b' '; 100_001]).await;
    assert_eq!(response.status(), 413);
    assert!(text(response).await.unwrap().contains("request_too_large"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_request_is_signed_anew_or_refused_and_a_bearer_token_passes() {
    use headroom_proxy::AwsOptions;
    let path = "/model/anthropic.claude-3%3A0/converse";
    let stale = "AWS4-HMAC-SHA256 Credential=old/20260101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0";
    let world = World::with(vec![Reply::new(200, "application/json", "{}"); 2], |options| {
        options.upstreams.bedrock.clone_from(&options.upstreams.openai);
        options.aws = Some(AwsOptions {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: None,
            region: Some("eu-west-1".to_owned()),
        });
    })
    .await;
    for (path, given) in [(path, stale), ("/model/x/other", stale)] {
        let response = world
            .send(path, &[("authorization", given)], "{\"messages\":[]}")
            .await;
        assert_eq!(response.status(), 200);
        let got = world.got().pop().unwrap();
        let sent = got.headers["authorization"].to_str().unwrap();
        assert!(
            sent.contains("Credential=AKIDEXAMPLE/") && sent.contains("/eu-west-1/bedrock/"),
            "{sent}"
        );
        assert_eq!(got.path, path);
        assert_eq!(got.body, "{\"messages\":[]}");
    }
    let world = World::with(vec![Reply::new(200, "application/json", "{}")], |options| {
        options.upstreams.bedrock.clone_from(&options.upstreams.openai);
    })
    .await;
    let response = world
        .send(path, &[("authorization", stale)], "{\"messages\":[]}")
        .await;
    assert_eq!(response.status(), 400);
    let told = text(response).await.unwrap();
    assert!(told.contains("AWS_ACCESS_KEY_ID"), "{told}");
    assert!(
        told.contains("\"__type\":\"ValidationException\""),
        "SDKs name the error by it: {told}"
    );
    let response = world
        .send(path, &[("authorization", "Bearer b")], "{\"messages\":[]}")
        .await;
    assert_eq!(response.status(), 200);
    assert_eq!(world.got()[0].headers["authorization"], "Bearer b");
}
