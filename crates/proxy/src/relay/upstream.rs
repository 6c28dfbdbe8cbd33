//! Speaking to upstreams: a pool of connections for each thread, HTTP/1.1 and HTTP/2.

use std::time::Duration;

use headroom::Error;
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;

use super::body::Body;
use super::connect::{Connector, connectors};
use crate::options::NetworkOptions;
use crate::providers::Failure;

/// How long an idle connection is kept: shorter than providers do.
const KEEP_IDLE: Duration = Duration::from_secs(55);

/// A client with its pool.
type Pool = Client<HttpsConnector<Connector>, Body>;

/// The pool.
pub(crate) struct Upstream {
    /// How all versions of HTTP, and HTTP/1.1 alone, are connected.
    connectors: (HttpsConnector<Connector>, HttpsConnector<Connector>),
    client: Pool,
    /// For connections that leave HTTP, which only HTTP/1.1 can do.
    upgrades: Pool,
    silence: Duration,
}

impl Upstream {
    /// A pool; nothing is connected yet.
    pub(crate) fn new(network: &NetworkOptions, connect: Duration, silence: Duration) -> Result<Self, Error> {
        Ok(Self::with(connectors(network, connect)?, silence))
    }

    fn with(connectors: (HttpsConnector<Connector>, HttpsConnector<Connector>), silence: Duration) -> Self {
        Self {
            client: pool(connectors.0.clone()),
            upgrades: pool(connectors.1.clone()),
            connectors,
            silence,
        }
    }

    /// Another pool for the same network.
    pub(crate) fn another(&self) -> Self {
        Self::with(self.connectors.clone(), self.silence)
    }

    /// Sends a request; gives the answer once its head is there. The error says why in words for a person.
    pub(crate) async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, (Failure, String)> {
        self.send_with(&self.client, request).await
    }

    /// Sends a request to leave HTTP.
    pub(super) async fn send_upgrade(
        &self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, (Failure, String)> {
        self.send_with(&self.upgrades, request).await
    }

    async fn send_with(
        &self,
        client: &Pool,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, (Failure, String)> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        match timeout(self.silence, client.request(request)).await {
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

fn pool(connector: HttpsConnector<Connector>) -> Pool {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(KEEP_IDLE)
        .build(connector)
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
