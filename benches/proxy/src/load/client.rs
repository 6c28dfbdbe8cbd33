//! One connection that is kept open.

use std::error::Error;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use headroom_proxy_bench::{PACE, now};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Plan;

/// Whatever goes wrong.
pub(crate) type Broken = Box<dyn Error + Send + Sync>;

/// A connection and what is sent over it.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: HeaderValue,
}

/// The plan's connections, those of each port together.
pub(crate) async fn connect_all(plan: &Plan) -> Result<Vec<Vec<Client>>, Broken> {
    let mut clients = Vec::new();
    for &port in &plan.ports {
        let mut of_port = Vec::new();
        for _ in 0..plan.connections {
            of_port.push(Client::connect(port).await?);
        }
        clients.push(of_port);
    }
    Ok(clients)
}

impl Client {
    /// Connects to a port of the loopback.
    async fn connect(port: u16) -> Result<Self, Broken> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self {
            sender,
            host: HeaderValue::from_str(&format!("127.0.0.1:{port}"))?,
        })
    }

    /// The plan's request; unlike all others where it has a stamp.
    pub(crate) fn request(&self, plan: &Plan) -> Result<Request<Full<Bytes>>, Broken> {
        let body = match &plan.stamp {
            Some(stamp) => stamped(&plan.body, stamp.as_bytes()),
            None => plan.body.clone(),
        };
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = plan.path.parse()?;
        let headers = request.headers_mut();
        headers.insert(HOST, self.host.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
        headers.insert("x-api-key", HeaderValue::from_static("sk-ant-bench"));
        headers.insert("user-agent", HeaderValue::from_static("bench/1"));
        if let Some(pace) = plan.pace {
            let text = format!("{},{}", pace.frames, pace.every.as_millis());
            headers.insert(PACE, HeaderValue::from_str(&text)?);
        }
        Ok(request)
    }

    /// Sends a request; gives the answer's head.
    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Broken> {
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(format!("answered with {}", response.status()).into())
        }
    }
}

/// The body with a number of its own wherever the stamp stands.
fn stamped(body: &[u8], stamp: &[u8]) -> Bytes {
    static BEGIN: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    // Unlike those of earlier runs, too.
    let begin = *BEGIN.get_or_init(now);
    let number = begin.wrapping_add(COUNT.fetch_add(1, Ordering::Relaxed)) % 100_000_000;
    let number = format!("{number:08}");
    let mut out = body.to_vec();
    let mut at = 0;
    while at + stamp.len() <= out.len() {
        if &out[at..at + stamp.len()] == stamp {
            out[at..at + stamp.len()].copy_from_slice(number.as_bytes());
            at += stamp.len();
        } else {
            at += 1;
        }
    }
    out.into()
}
