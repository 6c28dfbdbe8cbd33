//! Speaking to upstreams: one pool of connections, HTTP/1.1 and HTTP/2.

use std::sync::Arc;
use std::time::Duration;

use headroom::{Error, ErrorCode};
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;

use super::body::Body;
use crate::providers::Failure;

/// How long an idle connection is kept: shorter than providers do.
const KEEP_IDLE: Duration = Duration::from_secs(55);

/// The pool.
#[derive(Clone)]
pub(crate) struct Upstream {
    client: Client<HttpsConnector<HttpConnector>, Body>,
    silence: Duration,
}

impl Upstream {
    /// A pool; nothing is connected yet.
    pub(crate) fn new(connect: Duration, silence: Duration) -> Result<Self, Error> {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(connect));
        tcp.set_keepalive(Some(Duration::from_mins(1)));
        tcp.enforce_http(false);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = HttpsConnectorBuilder::new()
            .with_provider_and_platform_verifier(provider)
            .map_err(|error| {
                Error::new(
                    ErrorCode::InvalidOptions,
                    "the system's certificates cannot be read",
                )
                .because(error.to_string())
            })?
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEEP_IDLE)
            .build(tls);
        Ok(Self { client, silence })
    }

    /// Sends a request; gives the answer once its head is there. The error says why in words for a person.
    pub(crate) async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, (Failure, String)> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        match timeout(self.silence, self.client.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err((Failure::Unreachable, format!("{host}: {}", causes(&error)))),
            Err(_) => {
                let seconds = self.silence.as_secs();
                Err((
                    Failure::Silent,
                    format!("{host} has not answered for {seconds} seconds"),
                ))
            }
        }
    }
}

/// An error with its causes, outermost first.
fn causes(error: &ClientError) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
