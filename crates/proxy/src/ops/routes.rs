//! Which paths are the proxy's own, who may ask for them, and whether a provider's request is let in.

use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::http::header::{HeaderValue, RETRY_AFTER};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};

use super::answer::{error, text};
use super::{compress, dashboard, health, prometheus, retrieve, stats};
use crate::app::App;
use crate::providers::{self, Failure};
use crate::relay::body::{Body, Missing, collect};

/// One of the proxy's own endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Live,
    Ready,
    Health,
    Metrics,
    Stats,
    History,
    Compress,
    Retrieve,
    RetrieveStats,
    RetrieveCall,
    Preview,
    Dashboard,
    /// An endpoint of the Python peer that this proxy does not have. It is not a provider's either.
    Absent,
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Whoever may speak to the proxy at all; nothing is told.
    Anybody,
    /// Whoever may send requests to providers.
    Clients,
    /// Whoever has the token, on this machine too: figures and originals.
    Token,
}

impl Endpoint {
    /// The endpoint of a path, if it is one of these.
    pub(crate) fn of(path: &str) -> Option<Self> {
        Some(match path {
            "/livez" => Self::Live,
            "/readyz" => Self::Ready,
            "/health" => Self::Health,
            "/metrics" => Self::Metrics,
            "/stats" => Self::Stats,
            "/stats-history" => Self::History,
            "/v1/compress" => Self::Compress,
            "/v1/retrieve/stats" => Self::RetrieveStats,
            "/v1/retrieve/tool_call" => Self::RetrieveCall,
            "/v1/retrieve/preview" => Self::Preview,
            "/dashboard" => Self::Dashboard,
            _ if is_under(path, "/v1/retrieve") => Self::Retrieve,
            _ if is_under(path, "/dashboard") => Self::Absent,
            _ if ABSENT.iter().any(|absent| is_under(path, absent)) => Self::Absent,
            _ => return None,
        })
    }

    /// Who may ask for it.
    pub(crate) fn access(self) -> Access {
        match self {
            // The page is the same for everybody; what it shows it asks for with the token.
            Self::Live | Self::Ready | Self::Dashboard => Access::Anybody,
            Self::Health | Self::Metrics | Self::Compress | Self::Absent => Access::Clients,
            Self::Stats
            | Self::History
            | Self::Retrieve
            | Self::RetrieveStats
            | Self::RetrieveCall
            | Self::Preview => Access::Token,
        }
    }

    fn method(self) -> &'static [Method] {
        match self {
            Self::Compress | Self::RetrieveCall => &[Method::POST],
            Self::Retrieve => &[Method::GET, Method::POST],
            _ => &[Method::GET, Method::HEAD],
        }
    }
}

/// Paths of the Python peer's own endpoints that have nothing to tell here.
const ABSENT: [&str; 9] = [
    "/v1/telemetry",
    "/v1/feedback",
    "/v1/toin",
    "/admin",
    "/debug",
    "/cache/clear",
    "/quota",
    "/subscription-window",
    "/transformations/feed",
];

fn is_under(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a request to one of the proxy's own endpoints. Who asks was checked.
pub(crate) async fn answer(app: &Arc<App>, endpoint: Endpoint, request: Request<Incoming>) -> Response<Body> {
    let (head, incoming) = request.into_parts();
    if endpoint != Endpoint::Absent && !endpoint.method().contains(&head.method) {
        // Any method is good enough to ask whether it lives.
        if !matches!(endpoint, Endpoint::Live | Endpoint::Ready | Endpoint::Health) {
            return error(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "not with this method",
            );
        }
    }
    match endpoint {
        Endpoint::Live => health::live(),
        Endpoint::Ready => health::ready(app).await,
        Endpoint::Health => health::health(app),
        Endpoint::Metrics => text(
            StatusCode::OK,
            prometheus::CONTENT_TYPE,
            prometheus::write(&super::family::all(&app.ops.tally())),
        ),
        Endpoint::Stats => stats::stats(app, head.uri.query()).await,
        Endpoint::History => stats::history(app, head.uri.query()).await,
        Endpoint::Dashboard => dashboard::page(),
        Endpoint::RetrieveStats => retrieve::stats(app).await,
        Endpoint::Retrieve if head.method == Method::GET => retrieve::get(app, &head).await,
        Endpoint::Preview => retrieve::preview(app, &head).await,
        Endpoint::Compress | Endpoint::Retrieve | Endpoint::RetrieveCall => {
            match whole_body(app, incoming).await {
                Ok(body) if endpoint == Endpoint::Compress => compress::compress(app, &head, body).await,
                Ok(body) if endpoint == Endpoint::Retrieve => retrieve::post(app, &body).await,
                Ok(body) => retrieve::tool_call(app, &body).await,
                Err(refusal) => refusal,
            }
        }
        Endpoint::Absent => error(
            StatusCode::NOT_FOUND,
            "not_found",
            "this proxy has no such endpoint",
        ),
    }
}

/// The whole body, or why not.
pub(crate) async fn whole_body(app: &App, incoming: Incoming) -> Result<Bytes, Response<Body>> {
    let (limit, patience) = (app.settings.max_body_bytes, app.settings.header_timeout);
    collect(incoming, limit, patience)
        .await
        .map_err(|missing| match missing {
            Missing::TooLarge => error(
                StatusCode::PAYLOAD_TOO_LARGE,
                "request_too_large",
                &format!("the request is larger than {limit} bytes, the proxy's limit"),
            ),
            Missing::Broken(why) => error(StatusCode::BAD_REQUEST, "invalid_request", &why),
        })
}

/// Remembers who pays for a request to a provider. Where that is too much, the answer to give, in the provider's
/// words.
pub(crate) fn refuse(app: &App, request: &mut Request<Incoming>, id: &str) -> Option<Response<Body>> {
    if !app.ops.limits.any() {
        return None;
    }
    let credential = app.ops.limits.credential(request.headers());
    request.extensions_mut().insert(credential);
    let (why, wait) = app.ops.admit(Some(credential)).err()?;
    let route = providers::route(request.method(), request.uri(), request.headers());
    let message = format!("headroom: {why}");
    tracing::info!(
        request = id,
        method = request.method().as_str(),
        path = request.uri().path(),
        provider = route.provider.name(),
        status = Failure::TooMany.status(),
        why,
        "request"
    );
    let body = route.provider.error(Failure::TooMany, &message, id);
    let mut response = text(StatusCode::TOO_MANY_REQUESTS, "application/json", body);
    let headers = response.headers_mut();
    // Whole seconds, and not a moment too early.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-headroom-request-id", id);
    }
    Some(response)
}

/// The values of a query, by name; undecoded, as no value of these endpoints needs it.
pub(super) fn parameter<'q>(query: Option<&'q str>, name: &str) -> Option<&'q str> {
    query?
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// The query parameter of a request's head.
pub(super) fn parameter_of<'h>(head: &'h Parts, name: &str) -> Option<&'h str> {
    parameter(head.uri.query(), name)
}
