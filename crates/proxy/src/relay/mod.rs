//! The way of a provider's request: read it, make it smaller, send it on, hand the answer back.
//!
//! A request nobody reads is handed on while it comes. Before the first byte of an answer a failure is the
//! provider's error body with a status of ours; after it, an event in the stream.

mod answer;
pub(crate) mod body;
mod coding;
mod connect;
pub(crate) mod headers;
mod retry;
mod sign;
mod upgrade;
mod upstream;

pub(crate) use sign::Signer;
pub(crate) use upstream::Upstream;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::http::header::{CONTENT_ENCODING, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Uri};
use tokio::task::spawn_blocking;

use crate::app::App;
use crate::engine::{Call, Exchange, Facts, Prepared};
use crate::observe::Observation;
use crate::providers::{self, Failure, Provider, Route};
use answer::Round;
use body::{Body, Missing};

/// Bodies up to this size hold nothing worth a thread of its own, in bytes.
const SMALL: usize = 1024;

/// Answers one request.
pub(crate) async fn relay(app: &Arc<App>, request: Request<Incoming>, id: String) -> Response<Body> {
    let route = providers::route(request.method(), request.uri(), request.headers());
    let route = by_its_own_id(app, route).await;
    let mut observation = Observation::new(id, &route, &request);
    let target = match app.settings.upstreams.target(&route) {
        Ok(target) => target,
        Err(error) => return refuse(app, observation, &route, Failure::Unreadable, &error.to_string()),
    };
    if upgrade::asks(request.headers()) {
        return upgrade::relay(app, observation, &route, target, request).await;
    }
    let (head, incoming) = request.into_parts();
    let signed = route.provider == Provider::Bedrock && sign::is_signed(&head.headers);
    if signed && app.settings.signer.is_none() {
        let why = "the request is signed for this proxy's address, and there are no AWS credentials to sign it anew; \
                   set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY where the proxy runs, or use a bearer token";
        return refuse(app, observation, &route, Failure::Unreadable, why);
    }
    let call = route.call.clone().filter(|_| !bypassed(&head));
    // A signature covers the whole body, so that must be there first.
    if call.is_none() && !signed {
        let exchange = route.call.as_ref().map(|call| app.engine.relay(call.format));
        return hand_on(app, observation, &route, target, head, incoming, exchange).await;
    }
    let (limit, patience) = (app.settings.max_body_bytes, app.settings.header_timeout);
    let sent = match body::collect(incoming, limit, patience).await {
        Ok(sent) => sent,
        Err(Missing::TooLarge) => {
            let message = format!("the request is larger than {limit} bytes, the proxy's limit");
            return refuse(app, observation, &route, Failure::TooLarge, &message);
        }
        Err(Missing::Broken(why)) => return refuse(app, observation, &route, Failure::Unreadable, &why),
    };
    let Some(call) = call else {
        let round = Round::new(&head, target, signed);
        return match retry::send(app, &round, sent).await {
            Ok(response) => answer::hand_on(app, observation, response, None),
            Err((failure, why)) => refuse(app, observation, &route, failure, &why),
        };
    };
    let begun = Instant::now();
    let body = plain(app, &head, sent.clone());
    let mut prepared = prepare(app, call, body).await;
    observation.prepared(&mut prepared, begun.elapsed());
    let Prepared {
        body: edited,
        exchange,
        ..
    } = prepared;
    let mut head = head;
    let body = match edited {
        Some(edited) => {
            head.headers.remove(CONTENT_ENCODING);
            Bytes::from(edited)
        }
        None => sent,
    };
    let round = Round::new(&head, target, signed);
    answer::answer(app, observation, route, round, body, exchange).await
}

/// A route with the id that the provider knows a response by: of several rounds the client knows the first one's.
async fn by_its_own_id(app: &App, mut route: Route) -> Route {
    let Some(id) = route.response_id().map(str::to_owned) else {
        return route;
    };
    let (engine, known) = (app.engine.clone(), id.clone());
    // The store may take a disc or a network; other requests must not wait for it.
    let own = spawn_blocking(move || engine.alias(&known)).await;
    if let Ok(Some(own)) = own {
        route.path = route.path.replacen(&id, &own, 1);
    }
    route
}

/// True where the client wants its request untouched.
fn bypassed(head: &Parts) -> bool {
    let is = |name: &str, values: &[&str]| {
        let value = head.headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| values.contains(&value.trim().to_ascii_lowercase().as_str()))
    };
    is("x-headroom-bypass", &["true", "1"]) || is("x-headroom-mode", &["passthrough", "off"])
}

/// The body without its coding. One that cannot be read is for the upstream to judge.
fn plain(app: &App, head: &Parts, sent: Bytes) -> Bytes {
    let Some(coding) = head.headers.get(CONTENT_ENCODING) else {
        return sent;
    };
    let decoded = coding
        .to_str()
        .ok()
        .and_then(|coding| coding::decode(coding, &sent, app.settings.max_body_bytes));
    match decoded {
        Some(Ok(plain)) => plain.into(),
        _ => sent,
    }
}

/// Prepares a request, off the threads that move bytes unless it is small. A client that leaves ends it.
async fn prepare(app: &Arc<App>, call: Call, body: Bytes) -> Prepared {
    if body.len() <= SMALL {
        return app.engine.prepare(&call, &body, &|| false);
    }
    let gone = Gone::default();
    let raised = Arc::clone(&gone.0);
    let engine = app.engine.clone();
    let format = call.format;
    let work = move || engine.prepare(&call, &body, &|| raised.load(Ordering::Relaxed));
    let prepared = spawn_blocking(work).await;
    drop(gone);
    prepared.unwrap_or_else(|error| Prepared {
        body: None,
        report: None,
        facts: Facts::default(),
        note: Some(
            headroom::Error::new(headroom::ErrorCode::Aborted, "the request was not compressed")
                .because(error.to_string()),
        ),
        exchange: app.engine.relay(format),
    })
}

/// Raised when the request is dropped.
#[derive(Default)]
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Hands a request on while it comes.
async fn hand_on(
    app: &Arc<App>,
    observation: Observation,
    route: &Route,
    target: Uri,
    head: Parts,
    incoming: Incoming,
    exchange: Option<Exchange>,
) -> Response<Body> {
    let length = head.headers.get(hyper::http::header::CONTENT_LENGTH).cloned();
    let mut headers = headers::for_upstream(head.headers);
    if let Some(length) = length {
        headers.insert(hyper::http::header::CONTENT_LENGTH, length);
    }
    let body = if hyper::body::Body::is_end_stream(&incoming) {
        Body::empty()
    } else {
        Body::Incoming(incoming)
    };
    let request = request(&head.method, target, headers, body);
    match app.upstream.send(request).await {
        Ok(response) => answer::hand_on(app, observation, response, exchange),
        Err((failure, why)) => refuse(app, observation, route, failure, &why),
    }
}

/// A request for the upstream.
fn request(method: &Method, target: Uri, headers: hyper::http::HeaderMap, body: Body) -> Request<Body> {
    let mut request = Request::new(body);
    *request.method_mut() = method.clone();
    *request.uri_mut() = target;
    *request.headers_mut() = headers;
    request
}

/// A failure of ours before the first byte, in the provider's words.
fn refuse(
    app: &App,
    mut observation: Observation,
    route: &Route,
    failure: Failure,
    why: &str,
) -> Response<Body> {
    let message = format!("headroom: {why}");
    let body = route.provider.error(failure, &message, &observation.id);
    tracing::error!(
        request = observation.id,
        status = failure.status(),
        why,
        "the request failed"
    );
    let mut response = Response::new(Body::full(body));
    *response.status_mut() = StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::BAD_GATEWAY);
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    observation.add_headers(headers);
    observation.status = failure.status();
    observation.failed = true;
    app.observer.observe(observation);
    response
}
