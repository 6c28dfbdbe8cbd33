//! What the log says of a request, and what it never says.

use std::fmt;
use std::sync::Mutex;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::world::{Reply, TOKEN, World, text};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps every event of this process, whatever test it is from.
struct Kept;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        use fmt::Write;
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Kept {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        LINES.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_one_line_without_secrets_and_texts() {
    tracing::subscriber::set_global_default(Kept).unwrap();
    let world = World::with(
        vec![Reply::new(200, "application/json", "{\"content\":\"sk-answer\"}")],
        |options| {
            options.token = Some(TOKEN.to_owned());
            options.limits.requests_per_minute = Some(1);
        },
    )
    .await;
    let headers = [
        ("x-api-key", "sk-key"),
        ("authorization", "Bearer sk-bearer"),
        ("cookie", "sk-cookie"),
        ("x-headroom-token", TOKEN),
    ];
    let body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"sk-body\"}]}";
    let response = world.send("/v1/messages?key=sk-query", &headers, body).await;
    let id = response.headers()["x-headroom-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    text(response).await.unwrap();
    world.stats(1).await;
    // Refused, and not readable: these are lines, too.
    let refused = world.send("/v1/messages?key=sk-query", &headers, body).await;
    let refused = refused.headers()["x-headroom-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    world
        .send("/v1/compress?key=sk-query", &headers, "{\"sk-body\"")
        .await;
    let lines = LINES.lock().unwrap().clone();
    let of = |id: &str| {
        lines
            .iter()
            .filter(|line| line.contains(id))
            .cloned()
            .collect::<Vec<_>>()
    };
    let [line] = of(&id).try_into().unwrap();
    for part in [
        "INFO",
        "method=\"POST\"",
        "path=\"/v1/messages\"",
        "status=200",
        "before=",
        "after=",
        "ms=",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(of(&refused)[0].contains("status=429"));
    for secret in ["sk-", TOKEN] {
        let told: Vec<&String> = lines.iter().filter(|line| line.contains(secret)).collect();
        assert!(told.is_empty(), "{told:?}");
    }
}
