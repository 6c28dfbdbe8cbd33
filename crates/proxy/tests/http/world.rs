//! A client, a proxy and an upstream that answers by script.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use headroom_proxy::engine::Engine;
use headroom_proxy::{ProxyOptions, Running, UpstreamOptions, start};
use headroom_store::MemoryVault;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::http::{HeaderMap, Request, Response};
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// What the upstream got.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// One answer of the upstream.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Sent one by one, each after a pause.
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) pause: Duration,
    /// The connection is broken after the last chunk.
    pub(crate) breaks: bool,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            chunks: vec![body.into()],
            pause: Duration::ZERO,
            breaks: false,
        }
    }

    /// A success in JSON.
    pub(crate) fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "application/json", body)
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

type Script = Arc<Mutex<VecDeque<Reply>>>;
type Log = Arc<Mutex<Vec<Got>>>;

/// The token of a world that has one.
pub(crate) const TOKEN: &str = "t0ken";

/// Everything a test needs; ends with it.
pub(crate) struct World {
    pub(crate) proxy: Running,
    pub(crate) vault: Arc<MemoryVault>,
    /// Where the upstream is.
    pub(crate) upstream: String,
    pub(crate) client: Client<HttpConnector, Full<Bytes>>,
    log: Log,
}

type BoxBody = http_body_util::combinators::BoxBody<Bytes, std::io::Error>;

async fn upstream(script: Script, log: Log) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            let (script, log) = (Arc::clone(&script), Arc::clone(&log));
            let service = service_fn(move |request| reply(request, Arc::clone(&script), Arc::clone(&log)));
            tokio::spawn(async move {
                let served = Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .into_owned()
                    .await;
                drop(served);
            });
        }
    });
    format!("http://{address}")
}

async fn reply(
    request: Request<Incoming>,
    script: Script,
    log: Log,
) -> Result<Response<BoxBody>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    log.lock().unwrap().push(Got {
        method: head.method.to_string(),
        path: head.uri.path_and_query().unwrap().to_string(),
        headers: head.headers,
        body,
    });
    let reply = script
        .lock()
        .unwrap()
        .pop_front()
        .unwrap_or_else(|| Reply::new(599, "text/plain", "no reply by script"));
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    let (send, mut receive) = mpsc::channel::<Result<Frame<Bytes>, std::io::Error>>(1);
    tokio::spawn(async move {
        for chunk in reply.chunks {
            tokio::time::sleep(reply.pause).await;
            if send.send(Ok(Frame::data(chunk.into()))).await.is_err() {
                return;
            }
        }
        if reply.breaks {
            tokio::time::sleep(Duration::from_millis(20)).await;
            drop(send.send(Err(std::io::Error::other("broken by script"))).await);
        }
    });
    let stream = futures_stream(move |cx| receive.poll_recv(cx));
    Ok(response.body(BodyExt::boxed(StreamBody::new(stream))).unwrap())
}

/// A stream from a function that polls.
fn futures_stream<T>(
    poll: impl FnMut(&mut std::task::Context<'_>) -> std::task::Poll<Option<T>> + Unpin,
) -> impl futures_core::Stream<Item = T> {
    struct Polled<F>(F);
    impl<T, F: FnMut(&mut std::task::Context<'_>) -> std::task::Poll<Option<T>> + Unpin> futures_core::Stream
        for Polled<F>
    {
        type Item = T;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<T>> {
            (self.0)(cx)
        }
    }
    Polled(poll)
}

impl World {
    pub(crate) async fn new(replies: Vec<Reply>) -> Self {
        Self::with(replies, |_| {}).await
    }

    pub(crate) async fn with(replies: Vec<Reply>, change: impl FnOnce(&mut ProxyOptions)) -> Self {
        let (script, log) = (Script::new(Mutex::new(replies.into())), Log::default());
        let url = upstream(script, Arc::clone(&log)).await;
        let mut options = ProxyOptions {
            port: 0,
            upstreams: UpstreamOptions {
                anthropic: Some(url.clone()),
                openai: Some(url.clone()),
                gemini: Some(url.clone()),
                ..UpstreamOptions::default()
            },
            ..ProxyOptions::default()
        };
        change(&mut options);
        let vault = Arc::new(MemoryVault::default());
        let engine = Engine::new(options.engine.clone(), Arc::<MemoryVault>::clone(&vault));
        Self {
            proxy: start(&options, engine).await.unwrap(),
            vault,
            upstream: url,
            client: Client::builder(TokioExecutor::new()).build_http(),
            log,
        }
    }

    /// What the upstream got so far.
    pub(crate) fn got(&self) -> Vec<Got> {
        self.log.lock().unwrap().clone()
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response<Incoming> {
        let mut request = Request::get(format!("{}{path}", self.proxy.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.client
            .request(request.body(Full::default()).unwrap())
            .await
            .unwrap()
    }

    /// What `/stats` says once so many requests are over, for a world with [`TOKEN`]. The proxy counts a request a
    /// moment after its client has everything.
    pub(crate) async fn stats(&self, requests: u64) -> serde_json::Value {
        for _ in 0..250 {
            let response = self.get("/stats", &[("x-headroom-token", TOKEN)]).await;
            assert_eq!(response.status(), 200);
            let stats: serde_json::Value = serde_json::from_str(&text(response).await.unwrap()).unwrap();
            if stats["requests"]["total"] == requests {
                return stats;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never were {requests} requests over");
    }

    pub(crate) async fn send(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Response<Incoming> {
        let mut request = Request::post(format!("{}{path}", self.proxy.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.client
            .request(request.body(Full::new(body.into())).unwrap())
            .await
            .unwrap()
    }
}

/// An engine with a memory of its own.
pub(crate) fn engine(options: &ProxyOptions) -> Engine {
    Engine::new(options.engine.clone(), Arc::new(MemoryVault::default()))
}

/// The whole body, as text; the error is that it broke off.
pub(crate) async fn text(response: Response<Incoming>) -> Result<String, hyper::Error> {
    let body = response.into_body().collect().await?;
    Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
}
