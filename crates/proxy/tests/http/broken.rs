//! A store that can do nothing: it costs figures, never a request.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use headroom::ccr::{Entry, Ref, Store};
use headroom::{Error, ErrorCode};
use headroom_proxy::engine::Engine;
use headroom_proxy::{ProxyOptions, Running, UpstreamOptions, start};
use headroom_store::ledger::{Ledger, LedgerEntry};
use headroom_store::{Boards, Purge, Purged, Records, Spot, Stats, Vault};
use http_body_util::Full;
use hyper::Request;

use crate::world::{Reply, World, text};
use crate::{rounds, world};

/// Fails, panics where records are read, or takes its time where originals are.
#[derive(Default)]
struct Broken {
    panics: bool,
    slow: Duration,
}

fn broken<T>() -> Result<T, Error> {
    Err(Error::new(ErrorCode::Store, "the disc is full"))
}

impl Store for Broken {
    fn put(&self, _: &[Entry]) -> Result<Vec<Ref>, Error> {
        broken()
    }

    fn get(&self, _: Ref) -> Result<Option<Entry>, Error> {
        std::thread::sleep(self.slow);
        broken()
    }
}

impl Records for Broken {
    fn put_record(&self, _: [u8; 16], _: &[u8]) -> Result<(), Error> {
        broken()
    }

    fn get_record(&self, _: [u8; 16]) -> Result<Option<Vec<u8>>, Error> {
        assert!(!self.panics, "by script");
        broken()
    }
}

impl Boards for Broken {
    fn pin(&self, _: Spot<'_>, _: &[u8], _: Option<Duration>) -> Result<(), Error> {
        broken()
    }

    fn pinned(&self, _: Spot<'_>) -> Result<Option<Vec<u8>>, Error> {
        broken()
    }

    fn unpin(&self, _: Spot<'_>) -> Result<bool, Error> {
        broken()
    }

    fn names(&self, _: &str) -> Result<Vec<String>, Error> {
        broken()
    }

    fn clear(&self, _: &str) -> Result<u64, Error> {
        broken()
    }
}

impl Ledger for Broken {
    fn append(&self, _: &[LedgerEntry]) -> Result<(), Error> {
        broken()
    }

    fn read(&self, _: Range<u64>, _: &mut dyn FnMut(LedgerEntry)) -> Result<(), Error> {
        broken()
    }

    fn recent(&self, _: usize) -> Result<Vec<LedgerEntry>, Error> {
        broken()
    }
}

impl Vault for Broken {
    fn place(&self) -> String {
        "nowhere".to_owned()
    }

    fn take_notices(&self) -> Vec<String> {
        Vec::new()
    }

    fn stats(&self) -> Result<Stats, Error> {
        broken()
    }

    fn purge(&self, _: Purge) -> Result<Purged, Error> {
        broken()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_store_costs_figures_and_no_request() {
    let stream = |body: String| Reply::new(200, "text/event-stream", body);
    let replies = [rounds::answers(), rounds::asks(), rounds::answers()];
    let upstream = World::new(replies.map(stream).into()).await;
    let mut options = ProxyOptions {
        port: 0,
        token: Some(world::TOKEN.to_owned()),
        upstreams: UpstreamOptions {
            anthropic: Some(upstream.upstream.clone()),
            ..UpstreamOptions::default()
        },
        ..ProxyOptions::default()
    };
    options.limits.tokens_per_day = Some(1_000_000);
    let engine = Engine::new(options.engine.clone(), Arc::new(Broken::default()));
    let proxy = start(&options, engine).await.unwrap();
    let ask = |method: &str, path: &str, body: String| {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", proxy.url()))
            .header("x-headroom-token", world::TOKEN);
        upstream
            .client
            .request(request.body(Full::new(body.into())).unwrap())
    };
    // The second one with a hidden round, which can neither be answered from the store nor kept.
    for _ in 0..2 {
        let answer = ask("POST", "/v1/messages", rounds::request()).await.unwrap();
        assert_eq!(answer.status(), 200);
        let warnings = &answer.headers()["x-headroom-warnings"];
        assert_eq!(warnings, "records_failed=1,store_failed=1");
        assert!(text(answer).await.unwrap().contains("None."));
    }
    assert_eq!(ask("GET", "/readyz", String::new()).await.unwrap().status(), 503);
    assert_eq!(ask("GET", "/livez", String::new()).await.unwrap().status(), 200);
    let mut metrics = String::new();
    for _ in 0..250 {
        // Asks for what was written, and so waits for what is to be written.
        let stats = ask("GET", "/stats", String::new()).await.unwrap();
        assert_eq!(stats.status(), 503);
        metrics = text(ask("GET", "/metrics", String::new()).await.unwrap())
            .await
            .unwrap();
        if metrics.contains("headroom_ledger_lost_total 2\n") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for line in [
        "headroom_ledger_lost_total 2",
        "headroom_warnings_total{code=\"records_failed\"} 3",
        "headroom_warnings_total{code=\"store_failed\"} 2",
    ] {
        assert!(metrics.lines().any(|is| is == line), "{line} in\n{metrics}");
    }
    proxy.close().await;
}

/// A proxy of one thread with such a store.
async fn before(upstream: &World, vault: Broken) -> Running {
    let options = ProxyOptions {
        port: 0,
        upstreams: UpstreamOptions {
            anthropic: Some(upstream.upstream.clone()),
            ..UpstreamOptions::default()
        },
        threads: NonZeroUsize::new(1),
        ..ProxyOptions::default()
    };
    let engine = Engine::new(options.engine.clone(), Arc::new(vault));
    start(&options, engine).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_on_a_thread_do_not_wait_for_what_another_reads_back() {
    let slow = Duration::from_secs(1);
    let stream = |body: String| Reply::new(200, "text/event-stream", body).only("/v1/messages");
    let replies = vec![
        stream(rounds::asks()),
        stream(rounds::answers()),
        Reply::json("{}"),
    ];
    let upstream = World::new(replies).await;
    let vault = Broken {
        slow,
        ..Broken::default()
    };
    let proxy = before(&upstream, vault).await;
    let (client, url) = (upstream.client.clone(), proxy.url());
    let reading = tokio::spawn(async move {
        let request = Request::post(format!("{url}/v1/messages"));
        let request = request.body(Full::new(rounds::request().into())).unwrap();
        text(client.request(request).await.unwrap()).await.unwrap()
    });
    while upstream.got().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(slow / 4).await;
    let begun = Instant::now();
    let request =
        Request::post(format!("{}/v1/other", proxy.url())).header("anthropic-version", "2023-06-01");
    let request = request.body(Full::new("{}".into())).unwrap();
    assert_eq!(upstream.client.request(request).await.unwrap().status(), 200);
    assert!(begun.elapsed() < slow / 2, "it waited {:?}", begun.elapsed());
    assert!(reading.await.unwrap().contains("None."));
    proxy.close().await;
}

/// Small requests are prepared where they are read, large ones on a thread of their own.
#[tokio::test(flavor = "multi_thread")]
async fn law_9_a_panic_of_ours_leaves_the_request_as_it_came() {
    let reply = Reply::new(200, "application/json", "{}");
    let upstream = World::new(vec![reply.clone(), reply]).await;
    let vault = Broken {
        panics: true,
        ..Broken::default()
    };
    let proxy = before(&upstream, vault).await;
    for size in [10, 10_000] {
        let said = "x".repeat(size);
        let body = format!(
            "{{ \"tools\":[{{\"name\":\"a\"}}],\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}},\
             {{\"role\":\"assistant\",\"content\":\"{said}\"}},{{\"role\":\"user\",\"content\":\"go on\"}}]}}"
        );
        let request = Request::post(format!("{}/v1/messages", proxy.url()));
        let request = request.body(Full::new(body.clone().into())).unwrap();
        let answer = upstream.client.request(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(upstream.got().pop().unwrap().body, body);
    }
    proxy.close().await;
}
