//! Upstreams that misbehave below HTTP: in time the client has a status or a break, never a clean end of half an
//! answer, and whoever comes next is served.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use headroom_store::ledger::Ledger;
use hyper::Response;
use hyper::body::Incoming;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::rounds;
use crate::world::{Reply, World, text};

/// No fault may hold a client longer: the proxies here give an upstream one second.
const PATIENCE: Duration = Duration::from_secs(10);

/// With an answer that is handed on, one that is read as a whole or as a stream, and a path that nobody reads.
const ASKS: [(&str, &str); 3] = [
    ("/v1/messages", "{\"messages\":[]}"),
    ("/v1/messages", "{\"messages\":[],\"tools\":[{\"name\":\"a\"}]}"),
    ("/v1/unknown", "anything"),
];

/// What the upstream does after what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Ends the connection in order.
    Close,
    /// Ends it in the middle, as a machine that goes away does.
    Reset,
    /// Says no more, and keeps it open.
    Hold,
}

/// Reads one request to its end; `None` when the connection ended before.
async fn request(stream: &mut TcpStream) -> Option<()> {
    let mut got = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        got.extend_from_slice(&buffer[..count]);
        let Some(head) = got.windows(4).position(|end| end == b"\r\n\r\n") else {
            continue;
        };
        let lines = String::from_utf8_lossy(&got[..head]).to_ascii_lowercase();
        let length = lines
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if got.len() >= head + 4 + length.unwrap_or(0) {
            return Some(());
        }
    }
}

/// Answers every request in one way, byte for byte; where it is, and a word for each connection that has ended.
async fn upstream(says: Vec<Vec<u8>>, then: Then) -> (String, mpsc::UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (ended, ends) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (says, ended) = (says.clone(), ended.clone());
            tokio::spawn(async move {
                if request(&mut stream).await.is_none() {
                    return;
                }
                stream.set_nodelay(true).unwrap();
                for piece in says {
                    if stream.write_all(&piece).await.is_err() {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                match then {
                    Then::Close => {}
                    Then::Reset => stream.set_zero_linger().unwrap(),
                    Then::Hold => {
                        // Until the other side ends it.
                        while stream.read(&mut [0; 1024]).await.is_ok_and(|count| count > 0) {}
                    }
                }
                drop(stream);
                let _: Result<(), _> = ended.send(());
            });
        }
    });
    (url, ends)
}

/// A proxy before such an upstream.
async fn world(says: &[&[u8]], then: Then) -> (World, mpsc::UnboundedReceiver<()>) {
    let says = says.iter().map(|piece| piece.to_vec()).collect();
    let (url, ends) = upstream(says, then).await;
    let world = World::with(vec![], |options| {
        options.upstreams.anthropic = Some(url.clone());
        options.upstreams.openai = Some(url);
        options.idle_timeout = 1;
    })
    .await;
    (world, ends)
}

async fn ask(world: &World, (path, body): (&str, &'static str)) -> Response<Incoming> {
    let asked = world.send(path, &[("x-api-key", "k")], body);
    tokio::time::timeout(PATIENCE, asked)
        .await
        .expect("the proxy holds the client")
}

/// The status, and the body or that it broke off.
async fn outcome(world: &World, asks: (&str, &'static str)) -> (u16, Result<String, hyper::Error>) {
    let response = ask(world, asks).await;
    let status = response.status().as_u16();
    let body = tokio::time::timeout(PATIENCE, text(response)).await;
    (status, body.expect("the proxy holds the client"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_begins_is_an_error_in_the_providers_words() {
    let says: [&[u8]; 8] = [
        b"",
        b"HTT",
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\ncontent-type: text/pl",
        b"\0\xff\xfe garbage\r\n\r\n",
        b"220 mail ready\r\n",
        b"\x15\x03\x03\x00\x02\x02\x28",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxy",
    ];
    for then in [Then::Close, Then::Reset] {
        for bytes in says {
            let (world, _) = world(&[bytes], then).await;
            for asks in ASKS {
                let (status, body) = outcome(&world, asks).await;
                assert_eq!(status, 502, "{then:?} {bytes:?} {asks:?}");
                assert!(body.unwrap().contains("headroom: 127.0.0.1: "), "{bytes:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_upstream_is_given_up() {
    for asks in ASKS {
        let (world, mut ends) = world(&[b""], Then::Hold).await;
        let begun = Instant::now();
        let (status, body) = outcome(&world, asks).await;
        assert_eq!(status, 504, "{asks:?}");
        assert!(body.unwrap().contains("has not answered for 1 seconds"));
        assert!(begun.elapsed() >= Duration::from_secs(1));
        ended(&mut ends).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_upstream_is_waited_for_as_long_as_it_says_something() {
    let whole = rounds::answers();
    let mut slow = Reply::new(200, "text/event-stream", "");
    slow.chunks = whole
        .as_bytes()
        .chunks(whole.len().div_ceil(4))
        .map(<[u8]>::to_vec)
        .collect();
    slow.pause = Duration::from_millis(500);
    let world = World::with(vec![slow; 3], |options| options.idle_timeout = 1).await;
    let (first, second, third) = tokio::join!(
        outcome(&world, ASKS[0]),
        outcome(&world, ASKS[1]),
        outcome(&world, ASKS[2])
    );
    for (status, body) in [first, second, third] {
        assert_eq!((status, body.unwrap()), (200, whole.clone()));
    }
}

/// The upstream's connection is over.
async fn ended(ends: &mut mpsc::UnboundedReceiver<()>) {
    let end = tokio::time::timeout(PATIENCE, ends.recv()).await;
    assert!(end.is_ok(), "the connection to the upstream stays open");
}

#[tokio::test(flavor = "multi_thread")]
async fn half_an_answer_never_ends_as_a_whole_one() {
    let heads = [
        "content-type: application/json\r\ncontent-length: 100",
        "content-type: application/json\r\ntransfer-encoding: chunked",
        "content-type: text/plain\r\ncontent-length: 100",
    ];
    for then in [Then::Close, Then::Reset, Then::Hold] {
        for head in heads {
            let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n");
            let body = if head.contains("chunked") {
                "b\r\n{\"content\":\r\n"
            } else {
                "{\"content\":"
            };
            let (world, _) = world(&[head.as_bytes(), body.as_bytes()], then).await;
            for asks in ASKS {
                let (status, body) = outcome(&world, asks).await;
                match body {
                    // The head was sent before it broke.
                    Err(_) => assert_eq!(status, 200),
                    Ok(body) => {
                        assert_eq!(status, 502, "{then:?} {head} {asks:?}: {body}");
                        assert!(body.contains("api_error"), "{body}");
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_stream_ends_in_an_error_event() {
    let says: [&[u8]; 3] = [
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
        b"24\r\nevent: ping\ndata: {\"type\":\"ping\"}\n\n\r\n",
        b"c\r\nevent: conte\r\n",
    ];
    for then in [Then::Close, Then::Reset, Then::Hold] {
        let (world, _) = world(&says, then).await;
        for asks in &ASKS[..2] {
            let (status, body) = outcome(&world, *asks).await;
            let body = body.unwrap();
            assert_eq!(status, 200);
            assert!(body.starts_with("event: ping\n"), "{then:?} {asks:?}: {body}");
            assert!(body.contains("event: error\ndata: {\"type\":\"error\""), "{body}");
        }
    }
}

/// The answer, a byte at a time, in chunks of odd sizes with extensions, and with trailers behind them.
#[tokio::test(flavor = "multi_thread")]
async fn chunks_may_be_cut_in_any_way() {
    let whole = rounds::answers();
    let mut chunks: Vec<Vec<u8>> =
        vec![b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".to_vec()];
    let mut rest = whole.as_bytes();
    for size in (1..40).cycle() {
        let (piece, after) = rest.split_at(size.min(rest.len()));
        chunks.push(format!("{size:04X};name=\"value\"\r\n", size = piece.len()).into_bytes());
        chunks.push(piece.to_vec());
        chunks.push(b"\r\n".to_vec());
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    chunks.push(b"0\r\nx-trailer: 1\r\n\r\n".to_vec());
    let pieces: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
    let (world, _) = world(&pieces, Then::Close).await;
    for asks in ASKS {
        assert_eq!(outcome(&world, asks).await.1.unwrap(), whole, "{asks:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_ends_the_connection_to_the_upstream() {
    let says: [&[u8]; 2] = [
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
        b"24\r\nevent: ping\ndata: {\"type\":\"ping\"}\n\n\r\n",
    ];
    let (url, mut ends) = upstream(says.iter().map(|piece| piece.to_vec()).collect(), Then::Hold).await;
    let world = World::with(vec![], |options| {
        options.upstreams.anthropic = Some(url.clone());
        options.upstreams.openai = Some(url);
    })
    .await;
    for asks in ASKS {
        let response = ask(&world, asks).await;
        assert_eq!(response.status(), 200);
        drop(response);
        ended(&mut ends).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_while_it_sends_leaves_nothing_behind() {
    let (url, mut ends) = upstream(vec![], Then::Hold).await;
    let world = World::with(vec![], |options| options.upstreams.openai = Some(url)).await;
    // A path that is read is not sent on before it is whole; one that is not goes on as it comes.
    for path in ["/v1/messages", "/v1/unknown"] {
        let mut client = TcpStream::connect(world.proxy.address()).await.unwrap();
        let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf");
        client.write_all(head.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        client.set_zero_linger().unwrap();
    }
    assert!(world.got().is_empty());
    // The upstream never saw a whole request, and so never answered one.
    assert!(ends.try_recv().is_err());
    assert_eq!(world.get("/livez", &[]).await.status(), 200);
}

/// An answer in a coding, whether asked for or not.
fn coded(coding: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-encoding: {coding}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn code(coding: &str, plain: &[u8]) -> Vec<u8> {
    use std::io::Write;
    match coding {
        "gzip" => {
            let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            coder.write_all(plain).unwrap();
            coder.finish().unwrap()
        }
        "deflate" => {
            let mut coder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            coder.write_all(plain).unwrap();
            coder.finish().unwrap()
        }
        "br" => {
            let mut coder = brotli::CompressorWriter::new(Vec::new(), 4096, 3, 20);
            coder.write_all(plain).unwrap();
            coder.into_inner()
        }
        _ => zstd::encode_all(plain, 1).unwrap(),
    }
}

const CODINGS: [&str; 4] = ["gzip", "deflate", "br", "zstd"];

/// Answers that are read, as a whole and as a stream.
fn answers() -> [(&'static str, String); 2] {
    let whole = format!(
        "{{\"content\":[{{\"type\":\"text\",\"text\":\"{}\"}}]}}",
        "so ".repeat(2_000)
    );
    [
        ("application/json", whole),
        ("text/event-stream", rounds::answers()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coded_answer_that_is_read_reaches_the_client_plain() {
    for coding in CODINGS {
        for (kind, plain) in answers() {
            let answer = coded(coding, kind, &code(coding, plain.as_bytes()));
            let (world, _) = world(&[&answer], Then::Close).await;
            let response = ask(&world, ASKS[1]).await;
            assert!(!response.headers().contains_key("content-encoding"));
            assert_eq!(text(response).await.unwrap(), plain, "{coding} {kind}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coded_answer_that_is_broken_is_never_a_whole_one() {
    for coding in CODINGS {
        for (kind, plain) in answers() {
            let whole = code(coding, plain.as_bytes());
            let half = &whole[..whole.len() / 2];
            for (name, body) in [("half", half), ("garbage", &[7_u8; 300][..])] {
                let (world, _) = world(&[&coded(coding, kind, body)], Then::Close).await;
                let (status, got) = outcome(&world, ASKS[1]).await;
                let told = match (status, &got) {
                    (200, Ok(got)) => kind == "text/event-stream" && got.contains("event: error\n"),
                    (200, Err(_)) => true,
                    (status, _) => status == 502,
                };
                assert!(told, "{coding} {kind} {name}: {status} {got:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_megabytes_go_both_ways_in_their_bytes() {
    let said = "All work and no play. ".repeat(1_000_000);
    let conversation = format!(
        "{{\"tools\":[{{\"name\":\"a\"}}],\"messages\":[{{\"role\":\"user\",\"content\":\"{said}\"}}]}}"
    );
    let answer = format!("{{\"content\":[{{\"type\":\"text\",\"text\":\"{said}\"}}]}}");
    assert!(conversation.len() > 20 << 20 && answer.len() > 20 << 20);
    for path in ["/v1/messages", "/v1/unknown"] {
        let world = World::new(vec![Reply::json(answer.clone())]).await;
        let response = world.send(path, &[], conversation.clone()).await;
        assert!(
            text(response).await.unwrap() == answer,
            "{path}: the answer is another"
        );
        let got = &world.got()[0].body;
        // Only the tool that is offered is new.
        let (head, tail) = got.split_at(got.len() - said.len() - 40);
        assert!(
            conversation.as_bytes().ends_with(tail),
            "{path}: the request is another"
        );
        assert!(head.len() < 4_096, "{path}");
    }
}

/// Spellings that parsers and writers of JSON lose, around and inside of what is made smaller.
#[tokio::test(flavor = "multi_thread")]
async fn spellings_outside_an_edit_stay_as_they_are() {
    let odd = "\"x\":1e400,\"y\":-0.0,\"z\":1E+5,\"n\":12345678901234567890.10,\"s\":\"h\\u00e9 \\/ \\ud83d\\ude00 \\u0000\",\"x\":2 , \"t\" :\t[ ]";
    let rows: Vec<String> = (0..300)
        .map(|at| format!("{{\\\"id\\\":{at},\\\"state\\\":\\\"ok\\\",\\\"ratio\\\":1e400}}"))
        .collect();
    let rows = rows.join(",");
    let before = format!(
        "{{ {odd},\"tools\":[{{\"name\":\"list\",{odd}}}],\"messages\":[{{\"role\":\"user\",\"content\":\"q\",{odd}}},{{\"role\":\"assistant\",\"content\":[{{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"list\",\"input\":{{{odd}}}}}]}},{{\"role\":\"user\",\"content\":[{{\"type\":\"tool_result\",{odd},\"tool_use_id\":\"t\",\"content\":"
    );
    let after = format!(",\"last\":{{{odd}}}}}]}}],\"end\":{{{odd}}} }}");
    let body = format!("{before}\"[{rows}]\"{after}");
    let world = World::new(vec![Reply::json("{}")]).await;
    let response = world.send("/v1/messages", &[], body.clone()).await;
    assert_eq!(response.status(), 200);
    let got = world.got();
    let got = std::str::from_utf8(&got[0].body).unwrap();
    assert!(got.len() < body.len() / 2, "nothing was made smaller");
    assert!(got.ends_with(&after), "{got}");
    // The tool that is offered stands behind the client's own.
    let (head, rest) = before.split_at(before.find("],\"messages\"").unwrap());
    assert!(got.starts_with(head), "{got}");
    assert!(got.contains(rest), "{got}");
    assert!(got.contains("1e400"), "{got}");
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_stand_twice_go_on_twice() {
    let answer: &[u8] = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\nset-cookie: a=1\r\nx-b: 1\r\nset-cookie: b=2\r\ncontent-length: 2\r\n\r\n{}";
    let (echo, _) = world(&[answer], Then::Close).await;
    let got = World::new(vec![Reply::json("{}"); 3]).await;
    for (at, (path, body)) in ASKS.into_iter().enumerate() {
        let response = ask(&echo, (path, body)).await;
        let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["a=1", "b=2"], "{path}");
        let twice = [("anthropic-beta", "one"), ("x-b", "1"), ("anthropic-beta", "two")];
        assert_eq!(got.send(path, &twice, Bytes::from(body)).await.status(), 200);
        let sent: Vec<_> = got.got()[at]
            .headers
            .get_all("anthropic-beta")
            .iter()
            .cloned()
            .collect();
        assert_eq!(sent, ["one", "two"], "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_is_busy_is_asked_again_only_where_that_was_asked_for() {
    let busy = [429, 529, 503].map(|status| {
        Reply {
            status,
            ..Reply::json("{}")
        }
        .header("retry-after", "0")
    });
    for (retries, status, requests) in [(0, 429, 1), (2, 503, 3), (3, 200, 4)] {
        let replies = busy
            .iter()
            .cloned()
            .chain([Reply::json("{\"content\":[]}")])
            .collect();
        let world = World::with(replies, |options| options.retries = retries).await;
        let (got, body) = outcome(&world, ASKS[1]).await;
        assert_eq!((got, world.got().len()), (status, requests), "{body:?}");
        assert!(world.got().iter().all(|got| got.body == world.got()[0].body));
    }
    // Never after the first byte.
    let mut breaks = Reply::new(
        200,
        "text/event-stream",
        "event: ping\ndata: {\"type\":\"ping\"}\n\n",
    );
    breaks.breaks = true;
    let world = World::with(vec![breaks], |options| options.retries = 3).await;
    assert!(
        outcome(&world, ASKS[1])
            .await
            .1
            .unwrap()
            .contains("event: error\n")
    );
    assert_eq!(world.got().len(), 1);
}

/// The ledger has what was cut off at the end, too: providers bill it.
#[tokio::test(flavor = "multi_thread")]
async fn streams_that_are_cut_off_at_the_end_are_in_the_ledger() {
    const STREAMS: usize = 40;
    let mut endless = Reply::new(200, "text/event-stream", "event: ping\ndata: {}\n\n");
    endless.pause = Duration::from_millis(50);
    endless.chunks.extend(vec![endless.chunks[0].clone(); 400]);
    let world = World::with(vec![endless; STREAMS], |options| options.drain_timeout = 0).await;
    let (path, body) = ASKS[1];
    let mut begun = Vec::new();
    for _ in 0..STREAMS {
        begun.push(world.send(path, &[], Bytes::from(body)).await);
    }
    let vault = Arc::clone(&world.vault);
    world.close().await;
    assert_eq!(vault.recent(2 * STREAMS).unwrap().len(), STREAMS);
    drop(begun);
}
