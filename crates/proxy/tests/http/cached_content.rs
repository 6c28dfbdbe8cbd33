//! What Gemini holds of requests: made, named, prolonged, deleted, and never in a client's way.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use headroom_proxy::engine::Engine;
use headroom_proxy::{ProxyOptions, start};
use headroom_store::MemoryVault;
use headroom_store::ledger::Ledger;
use http_body_util::Full;
use hyper::http::Request;
use serde_json::{Value, json};

use crate::world::{Got, Reply, World, text};

const TTL: u64 = 300;
const PATH: &str = "/v1beta/models/gemini-3-pro:generateContent";
const MAKE: &str = "POST /v1beta/cachedContents";
const KEY: (&str, &str) = ("x-goog-api-key", "secret");

/// A request with so many turns, whose beginning is worth being held.
fn request(turns: usize) -> String {
    let rules: Vec<String> = (0..900)
        .map(|at| format!("Rule {at}: answer in {} words.", at * 7 % 90))
        .collect();
    let contents: Vec<Value> = (0..turns)
        .map(|at| json!({"role": if at % 2 == 0 { "user" } else { "model" }, "parts": [{"text": format!("turn {at}")}]}))
        .collect();
    json!({
        "contents": contents,
        "systemInstruction": {"parts": [{"text": rules.join("\n")}]},
        "tools": [{"functionDeclarations": [{"name": "list", "description": "Lists."}]}],
    })
    .to_string()
}

fn answered(body: &Value) -> Reply {
    Reply::new(200, "application/json", body.to_string()).only("enerateContent")
}

fn says(part: &Value) -> Reply {
    answered(&json!({
        "candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 7036, "cachedContentTokenCount": 7021, "candidatesTokenCount": 4},
    }))
}

fn refuses(status: u16, why: &str) -> Reply {
    let error = json!({"error": {"code": status, "message": why, "status": "X"}});
    Reply::new(status, "application/json", error.to_string())
}

/// A cached content that lives so many seconds.
fn lives(name: &str, seconds: u64) -> Reply {
    let content = json!({
        "name": format!("cachedContents/{name}"),
        "updateTime": "2026-09-07T01:00:00.4Z",
        "expireTime": format!("2026-09-07T01:{:02}:{:02}Z", seconds / 60, seconds % 60),
        "usageMetadata": {"totalTokenCount": 7021},
    });
    Reply::new(200, "application/json", content.to_string())
}

/// A world whose upstream answers plenty of requests and, as far as they are given, those for cached contents.
async fn world(others: Vec<Reply>) -> World {
    let plenty = vec![says(&json!({"text": "ok"})); 60];
    World::with([others, plenty].concat(), |options| {
        options.gemini_cache_ttl = Some(TTL);
        options.upstreams.vertex.clone_from(&options.upstreams.gemini);
    })
    .await
}

async fn ask(world: &World, path: &str, body: &str) -> (u16, String) {
    let response = world.send(path, &[KEY], body.to_owned()).await;
    (response.status().as_u16(), text(response).await.unwrap())
}

fn calls<'g>(got: &'g [Got], line: &str) -> Vec<&'g Got> {
    let is = |call: &&Got| format!("{} {}", call.method, call.path).contains(line);
    got.iter().filter(is).collect()
}

fn names(got: &Got) -> Option<String> {
    let body: Value = serde_json::from_slice(&got.body).ok()?;
    Some(body["cachedContent"].as_str()?.to_owned())
}

/// Waits until the upstream got so many requests of a kind.
async fn until(world: &World, line: &str, count: usize) {
    for _ in 0..250 {
        if calls(&world.got(), line).len() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{line} never came {count} times: {:#?}", world.got());
}

/// Asks until a request names what is held; gives the last one.
async fn ask_until_named(world: &World, path: &str, body: &str) -> Got {
    for _ in 0..40 {
        assert_eq!(ask(world, path, body).await.0, 200);
        let last = calls(&world.got(), "enerateContent")
            .last()
            .copied()
            .cloned()
            .unwrap();
        if names(&last).is_some() {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nothing was ever named");
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_comes_again_is_made_named_and_deleted_at_the_end() {
    let gone = Reply::new(200, "application/json", "{}").only("DELETE");
    let world = world(vec![lives("a", TTL).only(MAKE), gone]).await;
    let path = format!("{PATH}?key=k&alt=json");
    assert_eq!(ask(&world, &path, &request(1)).await.0, 200);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(world.got().len(), 1, "one request is no reason");
    assert_eq!(ask(&world, &path, &request(1)).await.0, 200);
    until(&world, MAKE, 1).await;
    let named = ask_until_named(&world, &path, &request(3)).await;

    let got = world.got();
    let whole = &calls(&got, "enerateContent")[0].body;
    assert!(names(&got[0]).is_none() && names(&got[1]).is_none());
    let (whole, short): (Value, Value) = (
        serde_json::from_slice(whole).unwrap(),
        serde_json::from_slice(&named.body).unwrap(),
    );
    assert_eq!(short["cachedContent"], "cachedContents/a");
    assert_eq!(short.as_object().unwrap().len(), 2, "{short}");
    assert_eq!(named.path, path);
    let sent: Value = serde_json::from_str(&request(3)).unwrap();
    assert_eq!(short["contents"], sent["contents"]);

    let made = calls(&got, MAKE)[0];
    let body: Value = serde_json::from_slice(&made.body).unwrap();
    assert_eq!(
        (&body["model"], &body["ttl"]),
        (&"models/gemini-3-pro".into(), &"300s".into())
    );
    assert_eq!(
        (&body["systemInstruction"], &body["tools"]),
        (&whole["systemInstruction"], &whole["tools"]),
        "what is held is what was sent, our tool included"
    );
    assert!(body["tools"].to_string().contains("headroom_retrieve") && body.get("contents").is_none());
    assert_eq!(
        (made.path.as_str(), made.headers[KEY.0].to_str().unwrap()),
        ("/v1beta/cachedContents?key=k", KEY.1)
    );

    let vault = Arc::clone(&world.vault);
    let got = world.close().await;
    assert_eq!(calls(&got, MAKE).len(), 1);
    let deleted = calls(&got, "DELETE");
    assert_eq!(deleted.len(), 1);
    assert_eq!(deleted[0].path, "/v1beta/cachedContents/a?key=k");
    assert_eq!(deleted[0].headers[KEY.0], KEY.1);

    let entries = vault.recent(100).unwrap();
    let billed: Vec<_> = entries
        .iter()
        .filter(|entry| entry.request.ends_with(".cached"))
        .collect();
    assert_eq!(billed.len(), 1, "what was made is billed once");
    assert_eq!(billed[0].usage.unwrap().cache_write_5m, Some(7021));
    assert_eq!(
        (billed[0].model.as_str(), billed[0].tokens.before),
        ("gemini-3-pro", 0)
    );
    let others = entries.iter().filter(|entry| !entry.request.ends_with(".cached"));
    for entry in others {
        let usage = entry.usage.unwrap();
        assert_eq!((usage.input, usage.cache_read), (Some(15), Some(7021)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_once_make_it_once() {
    let slow = Reply {
        pause: Duration::from_millis(100),
        ..lives("a", TTL).only(MAKE)
    };
    let world = world(vec![slow]).await;
    assert_eq!(ask(&world, PATH, &request(1)).await.0, 200);
    let body = request(1);
    let one = || ask(&world, PATH, &body);
    let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
    assert_eq!([a.0, b.0, c.0, d.0], [200; 4]);
    ask_until_named(&world, PATH, &body).await;
    assert_eq!(calls(&world.close().await, MAKE).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_use_lives_on() {
    let world = world(vec![lives("a", 60).only(MAKE), lives("a", TTL).only("PATCH")]).await;
    ask_until_named(&world, PATH, &request(1)).await;
    until(&world, "PATCH", 1).await;
    let got = world.got();
    let prolonged = calls(&got, "PATCH")[0];
    assert_eq!(prolonged.path, "/v1beta/cachedContents/a?updateMask=ttl");
    assert_eq!(prolonged.body, Bytes::from("{\"ttl\":\"300s\"}"));
    tokio::time::sleep(Duration::from_millis(100)).await;
    for _ in 0..3 {
        ask(&world, PATH, &request(1)).await;
    }
    let got = world.close().await;
    assert_eq!(calls(&got, "PATCH").len(), 1, "it lives long enough now");
    assert_eq!(calls(&got, MAKE).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_is_not_named_and_made_anew() {
    let world = world(vec![lives("a", 1).only(MAKE), lives("b", TTL).only(MAKE)]).await;
    let named = ask_until_named(&world, PATH, &request(1)).await;
    assert_eq!(names(&named).as_deref(), Some("cachedContents/b"));
    assert_eq!(calls(&world.close().await, MAKE).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_is_not_taken_is_not_offered_again() {
    let small = "Cached content is too small. total_token_count=896, min_total_token_count=1024";
    let world = world(vec![refuses(400, small).only(MAKE)]).await;
    for _ in 0..2 {
        assert_eq!(ask(&world, PATH, &request(1)).await.0, 200);
    }
    until(&world, MAKE, 1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    for _ in 0..3 {
        assert_eq!(ask(&world, PATH, &request(1)).await.0, 200);
    }
    let got = world.close().await;
    assert_eq!(calls(&got, MAKE).len(), 1);
    assert!(got.iter().all(|got| names(got).is_none()));
    assert!(calls(&got, "DELETE").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_refused_costs_the_client_nothing() {
    let gone = "CachedContent not found (or permission denied)";
    for status in [400, 403, 404] {
        let world = world(vec![lives("a", TTL).only(MAKE)]).await;
        ask_until_named(&world, PATH, &request(1)).await;
        world.next(refuses(status, gone).only("enerateContent"));
        let before = world.got().len();
        let (seen, body) = ask(&world, PATH, &request(1)).await;
        assert_eq!(seen, 200, "{body}");
        let got = world.got();
        let sent: Vec<_> = got[before..].iter().map(names).collect();
        assert_eq!(sent, [Some("cachedContents/a".to_owned()), None], "{status}");
        assert_eq!(ask(&world, PATH, &request(1)).await.0, 200);
        let metrics = text(world.get("/metrics", &[]).await).await.unwrap();
        for event in ["made", "refused"] {
            let line = format!("headroom_cached_contents_total{{event=\"{event}\"}} 1\n");
            assert!(metrics.contains(&line), "{metrics}");
        }
        let got = world.close().await;
        assert_eq!(names(got.last().unwrap()), None, "it is not tried again at once");
        assert_eq!(calls(&got, MAKE).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_wrong_is_refused_and_what_is_held_stays() {
    let world = world(vec![lives("a", TTL).only(MAKE)]).await;
    ask_until_named(&world, PATH, &request(1)).await;
    world.next(refuses(400, "as it is").only("enerateContent"));
    world.next(refuses(400, "with the name").only("enerateContent"));
    let (status, body) = ask(&world, PATH, &request(1)).await;
    assert_eq!((status, body.contains("as it is")), (400, true), "{body}");
    ask(&world, PATH, &request(1)).await;
    assert!(names(world.got().last().unwrap()).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_and_their_hidden_rounds_name_it_and_grow_by_what_is_new() {
    let world = world(vec![lives("a", TTL).only(MAKE)]).await;
    ask_until_named(&world, PATH, &request(1)).await;
    let event = |part: Value| {
        let answer =
            json!({"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}]});
        Reply::new(200, "text/event-stream", format!("data: {answer}\n\n")).only("streamGenerateContent")
    };
    world.next(event(json!({"text": "None."})));
    let call = json!({"name": "headroom_retrieve", "args": {"ref": "00000000000000000000000000000000"}});
    world.next(event(json!({"functionCall": call})));
    let before = world.got().len();
    let path = "/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse";
    let (_, got) = ask(&world, path, &request(3)).await;
    assert!(
        got.contains("None.") && !got.contains("headroom_retrieve"),
        "{got}"
    );
    let sent = world.got()[before..].to_vec();
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|sent| names(sent).is_some()));
    let contents = |got: &Got| {
        let body: Value = serde_json::from_slice(&got.body).unwrap();
        body["contents"].to_string()
    };
    let (first, second) = (contents(&sent[0]), contents(&sent[1]));
    assert!(second.len() > first.len() && second.starts_with(first.trim_end_matches(']')));
}

#[tokio::test(flavor = "multi_thread")]
async fn turn_for_turn_a_named_request_is_the_beginning_of_the_next() {
    let world = world(vec![lives("a", TTL).only(MAKE)]).await;
    let mut last = ask_until_named(&world, PATH, &request(1)).await;
    for turns in [3, 5, 7] {
        ask(&world, PATH, &request(turns)).await;
        let next = world.got().last().cloned().unwrap();
        let read = |got: &Got| String::from_utf8(got.body.to_vec()).unwrap();
        let (body, more) = (read(&last), read(&next));
        let (messages, rest) = body.split_once("],\"cachedContent\"").unwrap();
        assert!(
            more.starts_with(messages) && more.ends_with(rest),
            "{body}\n{more}"
        );
        last = next;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn proxies_on_one_store_share_it_and_the_last_one_deletes_it() {
    let world = world(vec![
        lives("a", 60).only(MAKE),
        lives("a", TTL).only("PATCH"),
        Reply::new(200, "application/json", "{}").only("DELETE"),
    ])
    .await;
    for _ in 0..2 {
        ask(&world, PATH, &request(1)).await;
    }
    until(&world, MAKE, 1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut options = ProxyOptions {
        port: 0,
        gemini_cache_ttl: Some(TTL),
        ..ProxyOptions::default()
    };
    options.upstreams.gemini = Some(world.upstream.clone());
    let vault = Arc::<MemoryVault>::clone(&world.vault);
    let second = start(&options, Engine::new(options.engine.clone(), vault))
        .await
        .unwrap();
    let request = Request::post(format!("{}{PATH}", second.url()))
        .header(KEY.0, KEY.1)
        .body(Full::from(request(1)));
    let answer = world.client.request(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(
        names(calls(&world.got(), "enerateContent").last().unwrap()).is_some(),
        "it need not come again"
    );
    until(&world, "PATCH", 1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let log = world.log();
    let got = || log.lock().unwrap().clone();
    world.proxy.close().await;
    assert!(
        calls(&got(), "DELETE").is_empty(),
        "the other one has prolonged it"
    );
    second.close().await;
    assert_eq!((calls(&got(), MAKE).len(), calls(&got(), "DELETE").len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_made_for_other_credentials_small_requests_and_clients_that_see_to_it() {
    let world = world(vec![]).await;
    let own = request(1).replacen('{', "{\"cachedContent\":\"cachedContents/mine\",", 1);
    let small = "{\"systemInstruction\":{\"parts\":[{\"text\":\"Be brief.\"}]},\"contents\":[]}";
    for body in [own.as_str(), small] {
        for _ in 0..3 {
            ask(&world, PATH, body).await;
        }
    }
    for key in ["anna", "bob"] {
        let response = world.send(PATH, &[("x-goog-api-key", key)], request(1)).await;
        assert_eq!(response.status(), 200);
    }
    for (name, value) in [("x-headroom-bypass", "1"), ("x-headroom-mode", "off")] {
        for _ in 0..2 {
            world.send(PATH, &[KEY, (name, value)], request(1)).await;
        }
    }
    let got = world.close().await;
    assert!(calls(&got, "cachedContents").is_empty());
    assert_eq!(names(&got[0]).as_deref(), Some("cachedContents/mine"));
}

#[tokio::test(flavor = "multi_thread")]
async fn vertex_holds_them_in_the_project() {
    let name = "projects/7/locations/eu/cachedContents/9";
    let content = json!({"name": name, "usageMetadata": {"totalTokenCount": 7021}});
    let content = Reply::new(200, "application/json", content.to_string());
    let world = world(vec![
        content.only("POST /v1/projects/p/locations/eu/cachedContents"),
        Reply::new(200, "application/json", "{}").only("DELETE"),
    ])
    .await;
    let model = "projects/p/locations/eu/publishers/google/models/gemini-3-pro";
    let path = format!("/v1/{model}:generateContent");
    let named = ask_until_named(&world, &path, &request(1)).await;
    assert_eq!(names(&named).as_deref(), Some(name));
    let got = world.close().await;
    let made = calls(&got, "/cachedContents")[0];
    let body: Value = serde_json::from_slice(&made.body).unwrap();
    assert_eq!(body["model"], model);
    assert_eq!(calls(&got, "DELETE")[0].path, format!("/v1/{name}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_made_unless_it_is_asked_for() {
    let world = World::new(vec![says(&json!({"text": "ok"})); 4]).await;
    for _ in 0..4 {
        ask(&world, PATH, &request(1)).await;
    }
    let got = world.close().await;
    assert_eq!(got.len(), 4);
    assert!(got.iter().all(|got| names(got).is_none()));
}

#[test]
fn what_lives_too_short_is_refused_at_the_start() {
    let with = |ttl| ProxyOptions {
        gemini_cache_ttl: Some(ttl),
        ..ProxyOptions::default()
    };
    assert!(with(60).check().is_ok());
    let error = with(59).check().unwrap_err();
    assert!(error.to_string().contains("60 seconds"), "{error}");
}
