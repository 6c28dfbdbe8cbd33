//! Paths answered by whoever mounts the proxy.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use headroom_proxy::{Extensions, Handler, Later, Pieces, RouteAnswer, RouteRequest, Routes};
use http_body_util::BodyExt;

use crate::world::{TOKEN, World, text};

/// Says back what it is asked, by the route it is asked for.
struct Echo {
    asked: Arc<Mutex<Vec<RouteRequest>>>,
}

/// Pieces that are there, and then an end, a failure or nothing more.
struct Said {
    pieces: Vec<Bytes>,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Fine,
    Broken,
    Silent,
}

impl Pieces for Said {
    fn next(&mut self) -> Later<Option<Result<Bytes, String>>> {
        let (next, end) = (self.pieces.pop(), self.end);
        Box::pin(async move {
            match (next, end) {
                (Some(piece), _) => Some(Ok(piece)),
                (None, End::Fine) => None,
                (None, End::Broken) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    Some(Err("by script".to_owned()))
                }
                (None, End::Silent) => std::future::pending().await,
            }
        })
    }
}

impl Handler for Echo {
    fn handle(&self, request: RouteRequest) -> Later<Result<RouteAnswer, String>> {
        self.asked.lock().unwrap().push(request.clone());
        Box::pin(async move {
            let end = match request.route {
                2 => return Err("a secret".to_owned()),
                3 => End::Broken,
                4 => End::Silent,
                _ => End::Fine,
            };
            Ok(RouteAnswer {
                status: 201,
                headers: vec![
                    ("x-kept".to_owned(), "caf\u{e9}".to_owned()),
                    ("connection".to_owned(), "close".to_owned()),
                    ("content-length".to_owned(), "999".to_owned()),
                ],
                pieces: Box::new(Said {
                    pieces: vec![request.body, Bytes::from(request.target)],
                    end,
                }),
            })
        })
    }
}

const TABLE: [(&str, &str); 5] = [
    ("GET", "/echo"),
    ("POST", "/echo"),
    ("GET", "/fails"),
    ("GET", "/breaks"),
    ("GET", "/hangs"),
];

fn routes(table: &[(&str, &str)], asked: &Arc<Mutex<Vec<RouteRequest>>>) -> Result<Routes, headroom::Error> {
    let owned = |(method, path): &(&str, &str)| ((*method).to_owned(), (*path).to_owned());
    let table: Vec<(String, String)> = table.iter().map(owned).collect();
    Routes::new(
        &table,
        Arc::new(Echo {
            asked: Arc::clone(asked),
        }),
    )
}

async fn world(
    change: impl FnOnce(&mut headroom_proxy::ProxyOptions),
) -> (World, Arc<Mutex<Vec<RouteRequest>>>) {
    let asked = Arc::default();
    let extensions = Extensions {
        routes: Some(routes(&TABLE, &asked).unwrap()),
        ..Extensions::default()
    };
    (World::extended(vec![], change, extensions).await, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_answered_with_their_bodies() {
    let (world, asked) = world(|options| options.max_body_bytes = 100).await;
    let response = world.send("/echo?a=b%20c", &[("x-own", "1")], "hello").await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["x-kept"].as_bytes(), b"caf\xe9");
    assert!(!response.headers().contains_key("content-length"));
    assert_eq!(text(response).await.unwrap(), "/echo?a=b%20chello");
    assert_eq!(text(world.get("/echo", &[]).await).await.unwrap(), "/echo");
    let asked = std::mem::take(&mut *asked.lock().unwrap());
    assert_eq!(asked.iter().map(|asked| asked.route).collect::<Vec<_>>(), [1, 0]);
    assert!(asked[0].headers.contains(&("x-own".to_owned(), "1".to_owned())));
    assert_eq!(world.send("/echo", &[], "x".repeat(101)).await.status(), 413);
    let response = world.send("/fails", &[], "").await;
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET");
    // Nothing of it is a provider's.
    assert!(world.got().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_say_nothing_of_the_inside_and_a_broken_body_has_no_clean_end() {
    let (world, _) = world(|options| options.idle_timeout = 1).await;
    let response = world.get("/fails", &[]).await;
    assert_eq!(response.status(), 500);
    let said = text(response).await.unwrap();
    assert!(
        said.contains("route_failed") && !said.contains("secret"),
        "{said}"
    );
    for path in ["/breaks", "/hangs"] {
        let mut body = world.get(path, &[]).await.into_body();
        let first = tokio::time::timeout(Duration::from_secs(5), body.frame()).await;
        assert_eq!(first.unwrap().unwrap().unwrap().into_data().unwrap(), path);
        let rest = tokio::time::timeout(Duration::from_secs(5), body.collect()).await;
        assert!(rest.unwrap().is_err(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_guarded_like_requests_to_providers_and_see_no_token() {
    let (world, asked) = world(|options| {
        options.host = "0.0.0.0".parse().unwrap();
        options.token = Some(TOKEN.to_owned());
    })
    .await;
    let bearer = format!("Bearer {TOKEN}");
    for headers in [
        [("host", "evil.example"), ("x-headroom-token", TOKEN)],
        [("origin", "https://evil.example"), ("x-headroom-token", TOKEN)],
    ] {
        assert_eq!(world.get("/echo", &headers).await.status(), 403);
    }
    assert_eq!(world.get("/echo", &[]).await.status(), 401);
    assert!(asked.lock().unwrap().is_empty());
    assert_eq!(
        world.get("/echo", &[("x-headroom-token", TOKEN)]).await.status(),
        201
    );
    assert_eq!(
        world.get("/echo", &[("authorization", &bearer)]).await.status(),
        201
    );
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    assert!(!format!("{asked:?}").contains(TOKEN));
}

#[test]
fn no_path_is_taken_that_something_else_answers() {
    let asked = Arc::default();
    for (method, path, why) in [
        ("GET", "/livez", "itself"),
        ("GET", "/metrics", "itself"),
        ("GET", "/dashboard/mine", "itself"),
        ("POST", "/v1/retrieve/x", "itself"),
        ("GET", "/admin", "itself"),
        ("POST", "/v1/messages", "providers"),
        ("GET", "/v1/messages", "providers"),
        ("GET", "/v1/anything", "providers"),
        ("GET", "/v1", "providers"),
        ("POST", "/chat/completions", "providers"),
        ("POST", "/v1beta/models/x:generateContent", "providers"),
        ("POST", "/models/x:generateContent", "providers"),
        ("POST", "/model/x/converse", "providers"),
        ("POST", "/openai/responses", "providers"),
        ("GET", "hooks", "begins with /"),
        ("GET", "/hooks/../livez", "begins with /"),
        ("GET", "/hooks?x", "begins with /"),
        ("GET", "/h%6foks", "begins with /"),
        ("GET", "/hooks/*", "begins with /"),
        ("GET", "/h\u{f6}", "begins with /"),
        ("GET ", "/hooks", "no such method"),
        ("CONNECT", "/hooks", "no such method"),
    ] {
        let error = routes(&[(method, path)], &asked).err().unwrap();
        assert!(
            error.cause.as_deref().unwrap().contains(why),
            "{method} {path}: {error}"
        );
    }
    let twice = routes(&[("GET", "/hooks"), ("GET", "/hooks")], &asked)
        .err()
        .unwrap();
    assert!(twice.cause.unwrap().contains("twice"));
    assert!(routes(&[("GET", "/hooks"), ("POST", "/hooks"), ("GET", "/")], &asked).is_ok());
}
