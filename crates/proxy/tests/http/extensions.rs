//! Those who listen to requests: what they see, what they may change, and that no request fails for them.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use headroom::pipeline::{Action, Verdict};
use headroom_proxy::engine::{Advice, CallKind};
use headroom_proxy::{Extensions, Later, Listener, Listening, News, Question, Watched};
use hyper::Response;
use hyper::body::Incoming;

use crate::rounds::{answers, asks, request};
use crate::world::{Reply, World, text};

/// How a listener behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Quiet,
    Keeps,
    Garbles,
    Panics,
    Hangs,
}

/// Notes what it hears.
struct Recorder {
    way: Way,
    heard: Arc<Mutex<Vec<(String, String)>>>,
}

impl Recorder {
    fn note(&self, request: &Watched, what: String) {
        self.heard.lock().unwrap().push((request.id.clone(), what));
    }
}

impl Listener for Recorder {
    fn ask(&self, request: &Watched, question: Question) -> Later<Advice> {
        let mut advice = Advice::default();
        match question {
            Question::Planned { body, mut draft } => {
                let whole = body.starts_with(b"{") && draft.model.as_deref() == Some("claude-sonnet-4-5");
                assert!(whole && request.provider == "anthropic" && request.call.kind == CallKind::Generate);
                self.note(request, "planned".to_owned());
                match self.way {
                    Way::Keeps => {
                        for decision in &mut draft.plan.decisions {
                            decision.action = Action::Keep {
                                reason: Verdict::Hook,
                            };
                        }
                    }
                    Way::Garbles => draft.plan.decisions.clear(),
                    _ => {}
                }
                advice.plan = Some(draft.plan);
            }
            Question::Compressed { body, report } => {
                let smaller = body.is_some_and(|body| body.len() < 10_000);
                let warned = report
                    .warnings
                    .iter()
                    .any(|warning| warning.code == "hook_failed");
                self.note(
                    request,
                    format!("compressed, smaller: {smaller}, warned: {warned}"),
                );
            }
            Question::Sending => self.note(request, "sending".to_owned()),
        }
        let way = self.way;
        Box::pin(async move {
            assert_ne!(way, Way::Panics, "by script");
            if way == Way::Hangs {
                std::future::pending::<()>().await;
            }
            advice
        })
    }

    fn tell(&self, request: &Watched, news: News) {
        let what = match news {
            News::Sent(status) => format!("sent: {status}"),
            News::Received(received) => format!(
                "received: {}, stream: {}, failed: {}, rounds: {}, output: {:?}",
                received.status,
                received.stream,
                received.failed,
                received.account.hidden_rounds,
                received.account.usage.output
            ),
            News::Over => "over".to_owned(),
        };
        self.note(request, what);
        assert_ne!(self.way, Way::Panics, "by script");
    }
}

type Heard = Arc<Mutex<Vec<(String, String)>>>;

async fn world(way: Way, replies: Vec<Reply>) -> (World, Heard) {
    let heard = Heard::default();
    let listening = Listening {
        listener: Arc::new(Recorder {
            way,
            heard: Arc::clone(&heard),
        }),
        patience: Duration::from_millis(100),
    };
    let extensions = Extensions {
        listening: Some(listening),
        ..Extensions::default()
    };
    (World::extended(replies, |_| {}, extensions).await, heard)
}

/// What was heard of the one request there was, once it is over.
async fn all(heard: &Heard) -> Vec<String> {
    for _ in 0..250 {
        let now = heard.lock().unwrap().clone();
        if now.last().is_some_and(|(_, what)| what == "over") {
            assert!(now.iter().all(|(id, _)| *id == now[0].0), "{now:?}");
            return now.into_iter().map(|(_, what)| what).collect();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never was over: {heard:?}");
}

fn header(response: &Response<Incoming>, name: &str) -> Option<String> {
    let value = response.headers().get(name)?;
    Some(value.to_str().unwrap().to_owned())
}

const SSE: &str = "text/event-stream";

#[tokio::test(flavor = "multi_thread")]
async fn all_is_heard_in_order_hidden_rounds_as_part_of_the_answer() {
    let replies = vec![Reply::new(200, SSE, asks()), Reply::new(200, SSE, answers())];
    let (world, heard) = world(Way::Quiet, replies).await;
    let response = world.send("/v1/messages", &[("x-api-key", "k")], request()).await;
    let id = header(&response, "x-headroom-request-id").unwrap();
    assert_eq!(header(&response, "x-headroom-warnings"), None);
    assert!(text(response).await.unwrap().contains("None."));
    assert_eq!(world.got().len(), 2);
    assert_eq!(
        all(&heard).await,
        [
            "planned",
            "compressed, smaller: true, warned: false",
            "sending",
            "sent: 200",
            "received: 200, stream: true, failed: false, rounds: 1, output: Some(10)",
            "over",
        ]
    );
    assert_eq!(heard.lock().unwrap()[0].0, id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_is_heard_of_to_its_end() {
    for (replies, expected) in [
        (
            vec![Reply::new(429, "application/json", "{}")],
            "received: 429, stream: false, failed: false, rounds: 0, output: None",
        ),
        (
            vec![
                Reply::new(200, SSE, asks()),
                Reply::new(500, "application/json", "{}"),
            ],
            "received: 200, stream: true, failed: true, rounds: 1, output: Some(5)",
        ),
    ] {
        let (world, heard) = world(Way::Quiet, replies).await;
        drop(text(world.send("/v1/messages", &[], request()).await).await);
        let heard = all(&heard).await;
        assert_eq!(heard[heard.len() - 2], expected);
        assert_eq!(heard.iter().filter(|what| what.starts_with("sent")).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_can_be_kept() {
    let (world, heard) = world(Way::Keeps, vec![Reply::new(200, SSE, answers())]).await;
    let response = world.send("/v1/messages", &[], request()).await;
    assert_eq!(header(&response, "x-headroom-tokens-saved").unwrap(), "0");
    assert!(
        header(&response, "x-headroom-verdicts")
            .unwrap()
            .contains("hook=1")
    );
    drop(text(response).await);
    assert!(world.got()[0].body.len() > request().len());
    assert_eq!(all(&heard).await[1], "compressed, smaller: false, warned: false");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_garbled_panics_or_hangs_is_a_warning_and_the_request_goes_on() {
    for way in [Way::Garbles, Way::Panics, Way::Hangs] {
        let (world, heard) = world(way, vec![Reply::new(200, SSE, answers())]).await;
        let begun = Instant::now();
        let response = world.send("/v1/messages", &[], request()).await;
        assert_eq!(response.status(), 200);
        let warnings = header(&response, "x-headroom-warnings").unwrap();
        assert!(warnings.starts_with("hook_failed="), "{warnings}");
        assert!(text(response).await.unwrap().contains("None."), "{way:?}");
        let waited = begun.elapsed();
        let least = Duration::from_millis(if way == Way::Hangs { 290 } else { 0 });
        assert!(least <= waited && waited < Duration::from_secs(5), "{waited:?}");
        // As it would have been without them.
        assert!(world.got()[0].body.len() < 10_000);
        assert_eq!(all(&heard).await[1], "compressed, smaller: true, warned: true");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_ends_the_waiting() {
    let heard = Heard::default();
    let listening = Listening {
        listener: Arc::new(Recorder {
            way: Way::Hangs,
            heard: Arc::clone(&heard),
        }),
        patience: Duration::from_mins(10),
    };
    let extensions = Extensions {
        listening: Some(listening),
        ..Extensions::default()
    };
    let world = World::extended(vec![], |_| {}, extensions).await;
    let sent = world.send("/v1/messages", &[], request());
    assert!(
        tokio::time::timeout(Duration::from_millis(500), sent)
            .await
            .is_err()
    );
    assert_eq!(all(&heard).await, ["planned", "over"]);
    assert!(world.got().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_read_is_not_heard_of() {
    let (world, heard) = world(Way::Quiet, vec![Reply::new(200, "text/plain", "hi"); 3]).await;
    drop(text(world.get("/v1/models", &[]).await).await);
    drop(
        text(
            world
                .send("/v1/messages", &[("x-headroom-bypass", "true")], request())
                .await,
        )
        .await,
    );
    drop(text(world.send("/v1/messages", &[], "no JSON").await).await);
    assert_eq!(world.got().len(), 3);
    assert!(heard.lock().unwrap().is_empty());
}
