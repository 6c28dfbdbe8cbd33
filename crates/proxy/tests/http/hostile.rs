//! Bytes no client should send, over raw sockets: nothing of them may reach an upstream in another shape, hold the
//! proxy or end it.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{Reply, TOKEN, World};

const PATIENCE: Duration = Duration::from_secs(10);

/// What the proxy says to these bytes, until it closes the connection or says no more for a moment.
async fn say(world: &World, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(world.proxy.address()).await.unwrap();
    // It may close before everything is written.
    drop(stream.write_all(bytes).await);
    let mut got = Vec::new();
    let mut buffer = [0; 8192];
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let quiet = if got.is_empty() {
            PATIENCE
        } else {
            Duration::from_millis(300)
        };
        match tokio::time::timeout(quiet, stream.read(&mut buffer)).await {
            Ok(Ok(count)) if count > 0 => got.extend_from_slice(&buffer[..count]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&got).into_owned()
}

fn status(answer: &str) -> u16 {
    answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0)
}

fn answers(count: usize) -> Vec<Reply> {
    vec![Reply::new(200, "text/plain", "from upstream"); count]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_never_read_as_two_by_the_upstream() {
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let chunked = format!("0\r\n\r\n{smuggled}");
    let refused = [
        ("two lengths", "Content-Length: 0\r\nContent-Length: 48"),
        ("a list of lengths", "Content-Length: 0, 48"),
        ("chunked in disguise", "Transfer-Encoding: xchunked"),
        (
            "chunked and more",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        ),
        ("a folded line", "X-A: b\r\n Content-Length: 48"),
        ("space before the colon", "Content-Length : 48"),
        ("a negative length", "Content-Length: -1"),
        ("a length with a sign", "Content-Length: +48"),
        ("a bare carriage return", "X-A: b\rContent-Length: 48"),
        ("a NUL", "X-A: b\0c"),
    ];
    let world = World::new(answers(4)).await;
    let request = |path: &str, head: &str, body: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n{body}")
    };
    for (name, head) in refused {
        for body in [smuggled, &chunked] {
            let answer = say(&world, request("/v1/messages", head, body).as_bytes()).await;
            assert_eq!(status(&answer), 400, "{name}: {answer}");
            assert_eq!(
                answer.matches("HTTP/1.1").count(),
                1,
                "{name}: the connection is over"
            );
        }
    }
    assert!(world.got().is_empty());
    // Chunks go before a length (RFC 9112, 6.3), and whatever follows is not read.
    for path in ["/v1/messages", "/v1/unknown"] {
        for head in [
            "Content-Length: 4\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 4",
        ] {
            let answer = say(&world, request(path, head, &chunked).as_bytes()).await;
            assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
            assert!(answer.contains("connection: close"), "{answer}");
            let got = world.got().pop().unwrap();
            let length = got
                .headers
                .get("content-length")
                .map(|length| length.to_str().unwrap());
            assert!(
                got.body.is_empty() && length.is_none_or(|length| length == "0"),
                "{got:?}"
            );
        }
    }
    assert_eq!(world.got().len(), 4);
}

/// Framing that some servers read in one way and some in another: nothing behind it is ever taken for a request.
#[tokio::test(flavor = "multi_thread")]
async fn chunks_and_codings_that_lie_smuggle_nothing() {
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let chunked = "Transfer-Encoding: chunked";
    let bodies = [
        "0x0",
        "-0",
        "+0",
        "0 0",
        "",
        "g",
        "00000000000000000000000000000000g",
        "fffffffffffffffff",
        "0;\rx",
        "0\r",
        "0\u{b}",
    ]
    .map(|size| (chunked, format!("{size}\r\n\r\n{smuggled}")));
    let more = [
        // More, or less, than the chunk's size says.
        (chunked, format!("1\r\nabc\r\n0\r\n\r\n{smuggled}")),
        (chunked, format!("8\r\nabc\r\n0\r\n\r\n{smuggled}")),
        // What follows looks like trailers to some.
        (chunked, format!("0\r\nX : y\r\n\r\n{smuggled}")),
        ("Transfer-Encoding:\u{b}chunked", format!("0\r\n\r\n{smuggled}")),
        ("Transfer-Encoding: \"chunked\"", format!("0\r\n\r\n{smuggled}")),
        (
            "Transfer-Encoding: chunked, identity",
            format!("0\r\n\r\n{smuggled}"),
        ),
        ("Transfer-Encoding: chunked\0", format!("0\r\n\r\n{smuggled}")),
        (
            "Transfer_Encoding: chunked\r\nContent-Length: 99999",
            format!("0\r\n\r\n{smuggled}"),
        ),
        ("Content-Length: 0x10", smuggled.to_owned()),
        ("Content-Length: 1 1", smuggled.to_owned()),
        ("Content-Length: 18446744073709551616", smuggled.to_owned()),
    ];
    for (head, body) in bodies.iter().chain(&more) {
        for path in ["/v1/messages", "/v1/unknown"] {
            let world = World::with(answers(3), |options| options.header_timeout = 1).await;
            let request = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n{body}");
            let answer = say(&world, request.as_bytes()).await;
            assert!(
                answer.matches("HTTP/1.1 ").count() <= 1,
                "{head} {body:?}: {answer}"
            );
            for got in world.got() {
                assert_eq!(got.path, path, "{head} {body:?}");
            }
        }
    }
}

/// A header that is said to be of one connection is taken out, but never one that frames the body or guards.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_header_names_nothing_that_frames_or_guards() {
    let world = World::with(answers(2), |options| options.token = Some(TOKEN.to_owned())).await;
    for path in ["/v1/messages", "/v1/unknown"] {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close, content-length, host, x-mine\r\n\
             x-mine: 1\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        assert!(say(&world, request.as_bytes()).await.contains("from upstream"));
        let got = world.got().pop().unwrap();
        assert_eq!(got.headers["content-length"], "2");
        assert!(got.headers.contains_key("host") && !got.headers.contains_key("x-mine"));
        assert_eq!(got.body, "{}");
    }
    let hidden = "GET /stats HTTP/1.1\r\nHost: evil.example\r\nConnection: close, host, origin\r\n\r\n";
    assert_eq!(status(&say(&world, hidden.as_bytes()).await), 403);
}

/// What is written in an address stays one line of the request that goes on.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_adds_no_lines() {
    let path = "/v1/x%0d%0aX-Evil:%201%0d%0a%0d%0aGET%20/smuggled?a=%0d%0a&b=%00";
    let world = World::new(answers(1)).await;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(say(&world, request.as_bytes()).await.contains("from upstream"));
    let got = world.got();
    assert_eq!(got[0].path, path);
    assert!(got.len() == 1 && !got[0].headers.contains_key("x-evil"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_end_in_a_bare_newline_go_on_with_both_characters() {
    let world = World::new(answers(1)).await;
    let answer = say(
        &world,
        b"GET /v1/x HTTP/1.1\nHost: localhost\nX-A: b\nConnection: close\n\n",
    )
    .await;
    match status(&answer) {
        200 => assert_eq!(world.got()[0].headers["x-a"], "b"),
        other => assert_eq!((other, world.got().len()), (400, 0)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_that_lead_elsewhere_are_refused_everywhere() {
    let world = World::with(answers(0), |options| options.token = Some(TOKEN.to_owned())).await;
    for path in [
        "/v1/../stats",
        "/../../etc/passwd",
        "/v1/%2e%2e/stats",
        "/v1/%2E./stats",
        "/dashboard/..%2fstats",
        "/v1/retrieve/../../x",
        "/v1/..%5cstats",
        "/./livez",
    ] {
        let answer = say(
            &world,
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes(),
        )
        .await;
        assert_eq!(status(&answer), 400, "{path}: {answer}");
    }
    assert!(world.got().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn doubled_slashes_name_no_host_and_no_endpoint_of_ours() {
    let world = World::with(answers(2), |options| options.token = Some(TOKEN.to_owned())).await;
    for path in ["//evil.example/v1/x", "//stats"] {
        let answer = say(
            &world,
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes(),
        )
        .await;
        // Sent to the configured upstream as any unknown path is, byte for byte.
        assert!(answer.contains("from upstream"), "{path}: {answer}");
    }
    let paths: Vec<String> = world.got().into_iter().map(|got| got.path).collect();
    assert_eq!(paths, ["//evil.example/v1/x", "//stats"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_names_a_host_must_name_this_one() {
    let world = World::new(answers(1)).await;
    for (line, host) in [
        ("GET http://evil.example/v1/x HTTP/1.1", "localhost"),
        ("GET http://localhost/v1/x HTTP/1.1", "evil.example"),
        ("GET http://localhost@evil.example/v1/x HTTP/1.1", "localhost"),
        ("GET /v1/x HTTP/1.1", "localhost.evil.example"),
        ("GET /v1/x HTTP/1.1", "evil.example#localhost"),
        ("GET /v1/x HTTP/1.1", ""),
    ] {
        let answer = say(
            &world,
            format!("{line}\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes(),
        )
        .await;
        assert!([400, 403].contains(&status(&answer)), "{line} {host}: {answer}");
    }
    for line in [
        "CONNECT evil.example:443 HTTP/1.1",
        "CONNECT localhost:1 HTTP/1.1",
    ] {
        let answer = say(&world, format!("{line}\r\nHost: localhost\r\n\r\n").as_bytes()).await;
        assert!([400, 405].contains(&status(&answer)), "{line}: {answer}");
    }
    let nobody = say(&world, b"GET /v1/x HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    assert!([400, 403].contains(&status(&nobody)), "{nobody}");
    assert!(world.got().is_empty());
    let ours = "GET http://localhost:1/v1/x HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n";
    assert!(say(&world, ours.as_bytes()).await.contains("from upstream"));
    assert_eq!(world.got()[0].path, "/v1/x");
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_and_addresses_without_end_are_refused() {
    let world = World::new(answers(0)).await;
    let many = (0..300)
        .map(|at| format!("X-{at}: y\r\n"))
        .collect::<Vec<_>>()
        .concat();
    let long = "y".repeat(200_000);
    for (name, request) in [
        (
            "many",
            format!("GET /livez HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"),
        ),
        (
            "long",
            format!("GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: {long}\r\n\r\n"),
        ),
        (
            "address",
            format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ),
        (
            "query",
            format!("GET /livez?{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ),
        (
            "no end",
            format!("GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: {long}"),
        ),
        ("garbage", "\u{16}\u{3}\u{1}\u{2}garbage\r\n\r\n".to_owned()),
    ] {
        let begun = Instant::now();
        let answer = say(&world, request.as_bytes()).await;
        assert!([0, 400, 414, 431].contains(&status(&answer)), "{name}: {answer}");
        assert!(begun.elapsed() < PATIENCE, "{name} holds the connection");
    }
    assert!(world.got().is_empty());
    let after = say(
        &world,
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(status(&after), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_headers_are_not_waited_for() {
    let world = World::with(answers(0), |options| options.header_timeout = 1).await;
    let mut streams = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(world.proxy.address()).await.unwrap();
        stream
            .write_all(b"GET /livez HTTP/1.1\r\nHost: loc")
            .await
            .unwrap();
        streams.push(stream);
    }
    // Others are served meanwhile.
    let live = say(
        &world,
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(status(&live), 200);
    let begun = Instant::now();
    for mut stream in streams {
        let mut rest = Vec::new();
        // One byte now and then does not help.
        drop(stream.write_all(b"a").await);
        let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        assert!(
            ended.is_ok(),
            "the connection is still open after {:?}",
            begun.elapsed()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let world = World::with(answers(0), |options| options.header_timeout = 1).await;
    for path in ["/v1/messages", "/v1/compress"] {
        let begun = Instant::now();
        let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{{");
        let answer = say(&world, head.as_bytes()).await;
        assert_eq!(status(&answer), 400, "{path}: {answer}");
        assert!(begun.elapsed() < PATIENCE);
    }
    assert!(world.got().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_without_an_upgrade_is_guarded_alike() {
    use http_body_util::{BodyExt, Full};
    use hyper::Request;
    use hyper_util::client::legacy::Client;
    use hyper_util::rt::TokioExecutor;
    let world = World::new(answers(1)).await;
    let client: Client<_, Full<bytes::Bytes>> = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    let send = |path: &str, origin: Option<&str>| {
        let mut request = Request::get(format!("{}{path}", world.proxy.url()));
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        client.request(request.body(Full::default()).unwrap())
    };
    assert_eq!(send("/livez", None).await.unwrap().status(), 200);
    assert_eq!(
        send("/livez", Some("https://evil.example"))
            .await
            .unwrap()
            .status(),
        403
    );
    assert_eq!(send("/v1/%2e%2e/x", None).await.unwrap().status(), 400);
    let response = send("/v1/x", None).await.unwrap();
    assert_eq!(response.version(), hyper::Version::HTTP_2);
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        "from upstream"
    );
    // The opening of HTTP/2 and then nothing that makes sense.
    let mut preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    preface.extend_from_slice(&[255; 64]);
    say(&world, &preface).await;
    assert_eq!(send("/livez", None).await.unwrap().status(), 200);
}
