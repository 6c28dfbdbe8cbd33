//! Connections that leave HTTP.

use headroom_proxy::wire::websocket::{Front, front, mask, text_frame};
use headroom_store::ledger::Ledger;
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
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let world = World::with(vec![], |options| options.upstreams.openai = Some(url)).await;
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
    let frames = [text_frame(&message, [7, 8, 9, 1]), ping.to_vec()].concat();
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
