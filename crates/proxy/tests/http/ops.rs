//! The proxy's own endpoints and what they say of requests.

use std::time::Duration;

use headroom_store::ledger::Ledger;
use serde_json::{Value, json};

use crate::rounds;
use crate::world::{Reply, TOKEN, World, text};

const STREAM: &str = "text/event-stream";

/// A world that knows [`TOKEN`].
async fn guarded(replies: Vec<Reply>) -> World {
    World::with(replies, |options| options.token = Some(TOKEN.to_owned())).await
}

/// One request with a hidden round, and one that the provider refuses.
async fn answered() -> World {
    let world = guarded(vec![
        Reply::new(200, STREAM, rounds::asks()),
        Reply::new(200, STREAM, rounds::answers()),
        Reply::new(529, "application/json", "{}"),
    ])
    .await;
    text(
        world
            .send(
                "/v1/messages",
                &[("user-agent", "claude-cli/2.1 (x)")],
                rounds::request(),
            )
            .await,
    )
    .await
    .unwrap();
    let plain = json!({"model": "m\"odd", "messages": []}).to_string();
    assert_eq!(
        world.send("/v1/messages?secret=1", &[], plain).await.status(),
        529
    );
    world
}

/// The same, and everything is counted.
async fn busy() -> World {
    let world = answered().await;
    world.stats(2).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_figures_and_originals_needs_the_token() {
    let world = guarded(vec![]).await;
    for path in [
        "/stats",
        "/stats-history",
        "/v1/retrieve/stats",
        "/v1/retrieve/00000000000000000000000000000000",
    ] {
        for headers in [
            vec![],
            vec![("x-headroom-token", "wrong")],
            vec![("authorization", "Bearer wrong")],
        ] {
            assert_eq!(world.get(path, &headers).await.status(), 401, "{path}");
        }
        for headers in [("x-headroom-token", TOKEN), ("authorization", "Bearer t0ken")] {
            assert_ne!(world.get(path, &[headers]).await.status(), 401, "{path}");
        }
    }
    let closed = World::new(vec![]).await;
    assert_eq!(
        closed.get("/stats", &[("x-headroom-token", "")]).await.status(),
        401,
        "no token: not open"
    );
    for path in ["/livez", "/readyz", "/health", "/metrics", "/dashboard"] {
        assert_eq!(closed.get(path, &[]).await.status(), 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_ours_never_goes_to_a_provider() {
    let world = guarded(vec![
        Reply::new(200, "text/plain", "hi"),
        Reply::new(200, "text/plain", "hi"),
    ])
    .await;
    world
        .send("/v1/models", &[("authorization", "bearer t0ken")], "")
        .await;
    world
        .send("/v1/models", &[("authorization", "Bearer sk-mine")], "")
        .await;
    assert!(!world.got()[0].headers.contains_key("authorization"));
    assert_eq!(world.got()[1].headers["authorization"], "Bearer sk-mine");
    // What only the Python peer has is no provider's either.
    for path in [
        "/v1/telemetry",
        "/v1/feedback/bash",
        "/debug/memory",
        "/cache/clear",
    ] {
        assert_eq!(world.get(path, &[]).await.status(), 404, "{path}");
    }
    assert_eq!(world.got().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_how_it_is_set_up_and_no_secret() {
    let world = guarded(vec![]).await;
    let health = text(world.get("/health", &[]).await).await.unwrap();
    assert!(!health.contains(TOKEN), "{health}");
    let health: Value = serde_json::from_str(&health).unwrap();
    assert_eq!(
        (&health["status"], &health["config"]["optimize"]),
        (&"healthy".into(), &true.into())
    );
    assert_eq!(health["config"]["rate_limit"], false);
    assert!(health["version"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_in_the_ledger_with_its_rounds_and_their_price() {
    let world = answered().await;
    let vault = world.vault.clone();
    world.proxy.close().await;
    let mut entries = vault.recent(10).unwrap();
    entries.sort_by_key(|entry| entry.status);
    assert_eq!(entries.len(), 2, "closing waits for what is still to be written");
    let entry = &entries[0];
    assert_eq!(
        (entry.provider.as_str(), entry.format.as_str()),
        ("anthropic", "anthropic")
    );
    assert_eq!(
        (entry.model.as_str(), entry.agent.as_deref()),
        ("claude-sonnet-4-5", Some("claude-cli"))
    );
    assert!(entry.stream && entry.request.starts_with("hr_"));
    assert!(
        entry.tokens.before > 2 * entry.tokens.after && entry.tokens.after > 0,
        "{:?}",
        entry.tokens
    );
    assert_eq!(
        (entry.tokens.counter.as_str(), entry.tokens.exact),
        ("estimate", false)
    );
    assert!((100..400).contains(&entry.tool_tokens), "{}", entry.tool_tokens);
    let (usage, hidden) = (entry.usage.unwrap(), entry.hidden);
    assert_eq!((hidden.rounds, hidden.usage.input), (1, Some(10)));
    assert_eq!((usage.input, usage.output), (Some(20), Some(10)));
    assert!(entry.added_us > 0 && entry.first_byte_ms.is_some());
    let part = &entry
        .parts
        .iter()
        .find(|part| part.tool.as_deref() == Some("list"))
        .unwrap();
    assert_eq!(part.kind, "json");
    let refused = &entries[1];
    assert_eq!(
        (refused.status, refused.usage, refused.stream),
        (529, None, false)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn law_12_what_is_put_back_of_earlier_rounds_is_charged() {
    let world = guarded(vec![
        Reply::new(200, STREAM, rounds::asks()),
        Reply::new(200, STREAM, rounds::answers()),
        Reply::new(200, STREAM, rounds::answers()),
    ])
    .await;
    let mut request: Value = serde_json::from_str(&rounds::request()).unwrap();
    for more in [
        json!([]),
        json!([
            {"role": "assistant", "content": [{"type": "text", "text": "None."}]},
            {"role": "user", "content": "Thanks."},
        ]),
    ] {
        let messages = request["messages"].as_array_mut().unwrap();
        messages.extend(more.as_array().unwrap().iter().cloned());
        let body = request.to_string();
        text(world.send("/v1/messages", &[], body).await).await.unwrap();
    }
    world.stats(2).await;
    let sent = String::from_utf8(world.got()[2].body.to_vec()).unwrap();
    assert!(sent.contains("\"h1\""), "the hidden call is put back: {sent}");
    let [second, first] = world.vault.recent(2).unwrap().try_into().unwrap();
    let (before, after) = (
        second.tokens.before - first.tokens.before,
        second.tokens.after - first.tokens.after,
    );
    assert!(before < 10 && after > before + 40, "{before} {after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_is_answered_alike_and_saves_nothing() {
    let world = guarded(vec![Reply::new(200, "application/json", "{\"input_tokens\":3}")]).await;
    world
        .send("/v1/messages/count_tokens", &[], rounds::request())
        .await;
    let stats = world.stats(1).await;
    assert_eq!(stats["requests"]["total"], 1);
    assert_eq!(
        (&stats["tokens"]["saved"], &stats["summary"]["requests"]),
        (&0.into(), &0.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_what_prometheus_reads() {
    let world = busy().await;
    let response = world.get("/metrics", &[]).await;
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let metrics = text(response).await.unwrap();
    for line in [
        "# TYPE headroom_requests_total counter",
        "headroom_requests_total 2",
        "headroom_requests_by_provider{provider=\"anthropic\"} 2",
        "headroom_requests_by_model{model=\"claude-sonnet-4-5\"} 1",
        "headroom_requests_by_status{provider=\"anthropic\",model=\"m\\\"odd\",status=\"529\"} 1",
        "headroom_hidden_rounds_total 1",
        "headroom_tokens_input_total 20",
        "headroom_verdicts_total{verdict=\"compressed\"} 1",
        "# TYPE headroom_latency_ms histogram",
        "headroom_latency_ms_bucket{le=\"+Inf\"} 2",
        "headroom_latency_ms_count 2",
        "headroom_ttfb_ms_count 2",
        "headroom_overhead_ms_count 2",
        "headroom_ledger_lost_total 0",
    ] {
        assert!(metrics.lines().any(|is| is == line), "{line} in\n{metrics}");
    }
    let mut names = std::collections::HashSet::new();
    for line in metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        assert!(names.insert(line.to_owned()), "{line} twice");
    }
    assert!(!metrics.contains("secret"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_before_the_answer_is_counted_apart() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap());
    let world = World::with(vec![], |options| {
        options.token = Some(TOKEN.to_owned());
        options.upstreams.anthropic = Some(silent);
    })
    .await;
    let asked = world.send("/v1/messages", &[], "{\"messages\":[]}");
    let left = tokio::time::timeout(Duration::from_millis(200), asked).await;
    assert!(left.is_err());
    for _ in 0..250 {
        let metrics = text(world.get("/metrics", &[]).await).await.unwrap();
        if metrics.contains("headroom_requests_abandoned_total 1\n") {
            assert!(metrics.contains("headroom_requests_total 0\n"), "{metrics}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody noticed");
}

#[tokio::test(flavor = "multi_thread")]
async fn stats_have_the_peers_names_and_net_figures() {
    let world = busy().await;
    let stats = world.stats(2).await;
    assert_eq!(stats["requests"]["by_status"], json!({"200": 1, "529": 1}));
    assert_eq!(stats["requests"]["failed"], 1);
    let tokens = &stats["tokens"];
    let number = |value: &Value| value.as_i64().unwrap_or_else(|| panic!("{value} in {stats}"));
    let saved = number(&tokens["total_before_compression"]) - number(&tokens["total_after_compression"]);
    assert_eq!(number(&tokens["saved"]), saved);
    let total = &stats["persistent_savings"]["total"];
    assert_eq!(number(&total["net"]), saved - number(&total["tool_tokens"]) - 10);
    assert_eq!(stats["persistent_savings"]["unanswered"], 1);
    assert_eq!(stats["compression"]["ccr_entries"], 1);
    assert_eq!(stats["recent_requests"].as_array().unwrap().len(), 2);
    let request = &stats["recent_requests"][1];
    assert_eq!(
        (&request["model"], &request["stream"]),
        (&"claude-sonnet-4-5".into(), &true.into())
    );
    let csv = world
        .get("/stats-history?format=csv", &[("x-headroom-token", TOKEN)])
        .await;
    let csv = text(csv).await.unwrap();
    assert!(
        csv.starts_with("day,requests,") && csv.lines().count() == 2,
        "{csv}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_request_left_out_can_be_looked_at_and_no_text_is_in_the_figures() {
    let world = busy().await;
    let stats = world.stats(2).await;
    assert!(!stats.to_string().contains("team-3"), "{stats}");
    let reference = stats["recent_requests"][1]["texts"][0]["ref"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/retrieve/preview?ref={reference}");
    assert_eq!(world.get(&path, &[]).await.status(), 401);
    let preview = text(world.get(&path, &[("x-headroom-token", TOKEN)]).await)
        .await
        .unwrap();
    let preview: Value = serde_json::from_str(&preview).unwrap();
    let length = |name: &str| preview[name].as_str().unwrap().len();
    assert!(length("original") > 2 * length("compressed"), "{preview}");
    assert!(
        preview["compressed"].as_str().unwrap().contains(&reference),
        "{preview}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_endpoint_wants_its_method() {
    let world = guarded(vec![]).await;
    let token = [("x-headroom-token", TOKEN)];
    assert_eq!(world.send("/stats", &token, "").await.status(), 405);
    assert_eq!(world.get("/v1/compress", &token).await.status(), 405);
    assert!(world.got().is_empty());
}
