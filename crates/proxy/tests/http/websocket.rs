//! Connections that leave HTTP.

use std::time::Duration;

use headroom_proxy::ProxyOptions;
use headroom_proxy::wire::websocket::{Front, Texts, front, mask, masked_text, plain_text};
use headroom_store::ledger::{Ledger, LedgerEntry};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::world::World;

/// Reads up to the blank line that ends a head.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// A client and an upstream that are joined, and the head the upstream got.
async fn joined(path: &str) -> (World, TcpStream, TcpStream, String) {
    joined_with(path, |_| {}).await
}

async fn joined_with(
    path: &str,
    change: impl FnOnce(&mut ProxyOptions),
) -> (World, TcpStream, TcpStream, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let world = World::with(vec![], |options| {
        options.upstreams.openai = Some(url);
        change(options);
    })
    .await;
    let mut client = TcpStream::connect(world.proxy.address()).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: keep-alive, Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\
         sec-websocket-extensions: permessage-deflate\r\nauthorization: Bearer k\r\n\r\n"
    );
    client.write_all(request.as_bytes()).await.unwrap();
    let (mut upstream, _) = listener.accept().await.unwrap();
    let got = head(&mut upstream).await.to_ascii_lowercase();
    let answer = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                  sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nx-odd: 1\r\n\r\n";
    upstream.write_all(answer.as_bytes()).await.unwrap();
    let answer = head(&mut client).await.to_ascii_lowercase();
    assert!(
        answer.starts_with("http/1.1 101") && answer.contains("x-odd: 1"),
        "{answer}"
    );
    assert!(
        answer.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="),
        "{answer}"
    );
    (world, client, upstream, got)
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_created_over_a_websocket_are_made_smaller() {
    let (world, mut client, mut upstream, head) = joined("/v1/responses").await;
    assert!(head.starts_with("get /v1/responses http/1.1"), "{head}");
    assert!(
        head.contains("authorization: bearer k") && !head.contains("permessage-deflate"),
        "{head}"
    );
    let rows: Vec<Value> = (0..200)
        .map(|at| json!({"id": at, "state": "ok", "owner": "team"}))
        .collect();
    let message = json!({
        "type": "response.create",
        "model": "gpt-5",
        "input": [
            {"type": "function_call", "call_id": "c", "name": "list", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": Value::Array(rows).to_string()},
        ],
    })
    .to_string();
    let ping = [0x89, 0x82, 0, 0, 0, 0, b'h', b'i'];
    let frames = [masked_text(&message, [7, 8, 9, 1]), ping.to_vec()].concat();
    for piece in frames.chunks(900) {
        client.write_all(piece).await.unwrap();
    }
    let mut got = Vec::new();
    while !got.ends_with(&ping) {
        let mut piece = [0; 4096];
        let read = upstream.read(&mut piece).await.unwrap();
        assert!(read > 0);
        got.extend_from_slice(&piece[..read]);
    }
    let Front::Text {
        frame,
        start,
        mask: with,
    } = front(&got, 1 << 20)
    else {
        panic!("no text")
    };
    assert_eq!(frame + ping.len(), got.len());
    let mut text = got[start..frame].to_vec();
    mask(&mut text, with);
    assert!(
        text.len() < message.len() / 2,
        "{} of {}",
        text.len(),
        message.len()
    );
    let read: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(
        (&read["type"], &read["input"][1]["call_id"]),
        (&"response.create".into(), &"c".into())
    );
    assert!(!String::from_utf8(text).unwrap().contains("headroom_retrieve"));

    upstream.write_all(&[0x81, 2, b'o', b'k']).await.unwrap();
    let mut back = [0; 4];
    client.read_exact(&mut back).await.unwrap();
    assert_eq!(back, [0x81, 2, b'o', b'k']);
    drop(upstream);
    assert_eq!(
        client.read(&mut back).await.unwrap(),
        0,
        "the end of one side is that of the other"
    );

    let vault = world.vault.clone();
    world.proxy.close().await;
    let entries = vault.recent(10).unwrap();
    assert_eq!(entries.len(), 1, "the request, and not the connection");
    let entry = &entries[0];
    assert_eq!(
        (entry.model.as_str(), entry.status, entry.stream),
        ("gpt-5", 101, true)
    );
    assert!(
        entry.tokens.before > 2 * entry.tokens.after && entry.tokens.exact,
        "{entry:?}"
    );
    assert!(entry.request.ends_with(".1") && entry.usage.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn other_protocols_pass_byte_for_byte() {
    let (_world, mut client, mut upstream, head) = joined("/v1/realtime?model=x").await;
    assert!(head.contains("permessage-deflate"), "{head}");
    let noise: Vec<u8> = (0..5000_u32).map(|at| (at * 7 % 251) as u8).collect();
    client.write_all(&noise).await.unwrap();
    let mut got = vec![0; noise.len()];
    upstream.read_exact(&mut got).await.unwrap();
    assert_eq!(got, noise);
    drop(client);
    assert_eq!(upstream.read(&mut got).await.unwrap(), 0);
}

/// A client's message that asks for an answer.
fn asks(lane: Option<&str>) -> Vec<u8> {
    let mut message = json!({"type": "response.create", "model": "gpt-5", "input": "hi"});
    if let Some(lane) = lane {
        message["stream_id"] = lane.into();
    }
    masked_text(&message.to_string(), [1, 2, 3, 4])
}

/// The event that ends an answer.
fn ends(kind: &str, lane: Option<&str>, input: u64) -> Vec<u8> {
    let usage =
        json!({"input_tokens": input, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 3});
    let mut event = json!({"type": kind, "response": {"id": "resp_1", "usage": usage}});
    if let Some(lane) = lane {
        event["stream_id"] = lane.into();
    }
    plain_text(&event.to_string())
}

async fn pass(from: &mut TcpStream, to: &mut TcpStream, bytes: &[u8]) {
    from.write_all(bytes).await.unwrap();
    let mut got = vec![0; bytes.len()];
    tokio::time::timeout(Duration::from_secs(5), to.read_exact(&mut got))
        .await
        .expect("in time")
        .unwrap();
    assert_eq!(got, bytes);
}

/// What the ledger has when the proxy is over, by the number of the message.
async fn entries(world: World) -> Vec<LedgerEntry> {
    let vault = world.vault.clone();
    world.proxy.close().await;
    let mut entries = vault.recent(10).unwrap();
    entries.sort_by(|one, other| one.request.cmp(&other.request));
    entries
}

#[tokio::test(flavor = "multi_thread")]
async fn what_each_answer_cost_is_read_from_the_event_that_ends_it() {
    let (world, mut client, mut upstream, _) = joined("/v1/responses").await;
    let created = plain_text("{\"type\":\"response.created\",\"response\":{\"error\":null}}");
    pass(&mut client, &mut upstream, &asks(None)).await;
    pass(&mut upstream, &mut client, &created).await;
    pass(&mut upstream, &mut client, &ends("response.completed", None, 10)).await;
    // Two at once, the second of which is over first; then one that fails, and one that is never answered.
    pass(&mut client, &mut upstream, &asks(Some("a"))).await;
    pass(&mut client, &mut upstream, &asks(Some("b"))).await;
    pass(
        &mut upstream,
        &mut client,
        &ends("response.incomplete", Some("b"), 30),
    )
    .await;
    pass(
        &mut upstream,
        &mut client,
        &ends("response.completed", Some("a"), 20),
    )
    .await;
    pass(&mut client, &mut upstream, &asks(None)).await;
    let error = json!({"type": "error", "status": 400, "error": {"code": "previous_response_not_found"}});
    pass(&mut upstream, &mut client, &plain_text(&error.to_string())).await;
    pass(&mut client, &mut upstream, &asks(None)).await;
    drop(upstream);
    assert_eq!(client.read(&mut [0; 4]).await.unwrap(), 0);

    let entries = entries(world).await;
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry.status,
                entry
                    .usage
                    .map(|usage| (usage.input, usage.cache_read, usage.output)),
            )
        })
        .collect();
    let cost = |input| Some((Some(input), Some(4), Some(3)));
    assert_eq!(
        told,
        [
            (101, cost(6)),
            (101, cost(16)),
            (101, cost(26)),
            (400, None),
            (101, None)
        ]
    );
    assert!(entries[0].first_byte_ms.is_some() && entries[4].first_byte_ms.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_counts_against_the_limits_and_a_refused_one_goes_nowhere() {
    let (world, mut client, mut upstream, _) = joined_with("/v1/responses", |options| {
        options.limits.requests_per_minute = Some(2);
    })
    .await;
    for _ in 0..2 {
        pass(&mut client, &mut upstream, &asks(None)).await;
    }
    // An answer is under way: what we have to say waits for the end of its frame.
    let event = ends("response.completed", None, 10);
    upstream.write_all(&event[..20]).await.unwrap();
    let mut got = vec![0; 20];
    client.read_exact(&mut got).await.unwrap();
    client.write_all(&asks(Some("a"))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    upstream.write_all(&event[20..]).await.unwrap();
    let (mut texts, mut heard) = (Texts::default(), Vec::new());
    texts.push(&got, |_| {});
    while heard.len() < 2 {
        let mut piece = [0; 4096];
        let read = tokio::time::timeout(Duration::from_secs(5), client.read(&mut piece))
            .await
            .expect("in time")
            .unwrap();
        assert!(read > 0);
        texts.push(&piece[..read], |text| {
            heard.push(serde_json::from_slice::<Value>(text).unwrap());
        });
    }
    assert_eq!(heard[0]["type"], "response.completed");
    assert_eq!(
        (
            &heard[1]["type"],
            &heard[1]["status"],
            &heard[1]["stream_id"],
            &heard[1]["error"]["code"]
        ),
        (
            &"error".into(),
            &429.into(),
            &"a".into(),
            &"rate_limit_exceeded".into()
        )
    );
    // What asks for nothing is not limited.
    let other = masked_text("{\"type\":\"response.cancel\"}", [1, 2, 3, 4]);
    pass(&mut client, &mut upstream, &other).await;
    drop(client);
    assert_eq!(entries(world).await.len(), 2);
}
