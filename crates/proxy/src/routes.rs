//! Paths that whoever mounts the proxy answers: health of its own, webhooks, pages.
//!
//! They are guarded like requests to providers: `Host` and `Origin` are checked, and from other machines the token is
//! needed; it goes no further than the guard. No path of the proxy's own or of a provider can be taken: that is refused
//! before anything listens. Request bodies are read as a whole, up to the proxy's limit; answers are streams, pulled
//! as fast as the client reads.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use headroom::{Error, ErrorCode};
use hyper::body::{Frame, Incoming};
use hyper::http::header::{ALLOW, CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use tokio::time::timeout;

use crate::app::App;
use crate::ops::{self, Endpoint};
use crate::providers;
use crate::relay::body::{Body, Broken, Source};
use crate::relay::headers;
use crate::watch::Later;

/// A request to one of the routes.
#[derive(Debug, Clone)]
pub struct RouteRequest {
    /// Which route, in the order they were given.
    pub route: usize,
    /// Path and query.
    pub target: String,
    /// Its headers, without those of one connection and without the proxy's token.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Bytes,
}

/// What a route answers.
pub struct RouteAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers; the length of the body is not among them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub pieces: Box<dyn Pieces>,
}

/// A body, piece by piece.
pub trait Pieces: Send + 'static {
    /// The next piece, asked for when the client has taken the one before; `None` at the end. Errors: why it breaks off.
    fn next(&mut self) -> Later<Option<Result<Bytes, String>>>;
}

/// Whoever answers.
pub trait Handler: Send + Sync + 'static {
    /// Answers a request; dropped when the client leaves. Errors: why it cannot, which the client is not told.
    fn handle(&self, request: RouteRequest) -> Later<Result<RouteAnswer, String>>;
}

/// A table of routes, and who answers them.
pub struct Routes {
    table: Vec<(Method, String)>,
    handler: Arc<dyn Handler>,
}

fn refused(method: &str, path: &str, cause: &str) -> Error {
    Error::new(
        ErrorCode::InvalidOptions,
        format!("{method} {path} cannot be a route"),
    )
    .because(cause.to_owned())
    .hint("choose a path like /hooks/deploy, which nothing else answers")
}

impl Routes {
    /// Checks a table of methods and paths. Errors: a path that is the proxy's own or a provider's, or no plain path; a
    /// route that is there twice.
    pub fn new(routes: &[(String, String)], handler: Arc<dyn Handler>) -> Result<Self, Error> {
        let mut table: Vec<(Method, String)> = Vec::new();
        for (method, path) in routes {
            let no = |cause: &str| Err(refused(method, path, cause));
            let plain = path.starts_with('/')
                && path
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && !b"?#%\\*".contains(&byte));
            if !plain || path.split('/').any(|part| part == "." || part == "..") {
                return no("a path begins with / and has no query, no %, no * and no . or .. in it");
            }
            if Endpoint::of(path).is_some() {
                return no("the proxy answers that path itself");
            }
            if providers::is_claimed(path) {
                return no("requests to providers go that way");
            }
            let known = Method::from_bytes(method.as_bytes()).ok();
            let Some(known) = known.filter(|method| *method != Method::CONNECT) else {
                return no("there is no such method");
            };
            let route = (known, path.clone());
            if table.contains(&route) {
                return no("it is there twice");
            }
            table.push(route);
        }
        Ok(Self { table, handler })
    }

    /// The methods a path can be asked with, and their routes; `None` where it is no route.
    pub(crate) fn at(&self, path: &str) -> Option<Vec<(Method, usize)>> {
        let all = self.table.iter().enumerate();
        let found: Vec<(Method, usize)> = all
            .filter(|(_, (_, known))| known == path)
            .map(|(route, (method, _))| (method.clone(), route))
            .collect();
        (!found.is_empty()).then_some(found)
    }
}

/// Answers a request to a route; who asks was checked.
pub(crate) async fn answer(
    app: &Arc<App>,
    found: &[(Method, usize)],
    request: Request<Incoming>,
) -> Response<Body> {
    let (head, incoming) = request.into_parts();
    let route = found.iter().find(|(method, _)| *method == head.method);
    let (Some((_, route)), Some(routes)) = (route, &app.routes) else {
        return not_with(found);
    };
    let body = match ops::whole_body(app, incoming).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let request = asked(*route, head, body);
    let silence = app.settings.idle_timeout;
    // A task of its own would outlive the client.
    match timeout(silence, routes.handler.handle(request)).await {
        Ok(Ok(answer)) => response(answer, silence).unwrap_or_else(|why| failed(&why)),
        Ok(Err(why)) => failed(&why),
        Err(_) => ops::error(
            StatusCode::GATEWAY_TIMEOUT,
            "route_silent",
            "the route did not answer in time",
        ),
    }
}

fn asked(route: usize, mut head: Parts, body: Bytes) -> RouteRequest {
    headers::end_to_end(&mut head.headers);
    let shown = head
        .headers
        .iter()
        .filter(|(name, _)| !name.as_str().starts_with(headers::OURS));
    // In headers a byte is a character, as `fetch` has it.
    let text = |value: &HeaderValue| value.as_bytes().iter().copied().map(char::from).collect();
    let shown = shown.map(|(name, value)| (name.to_string(), text(value)));
    RouteRequest {
        route,
        target: head
            .uri
            .path_and_query()
            .map(ToString::to_string)
            .unwrap_or_default(),
        headers: shown.collect(),
        body,
    }
}

fn not_with(found: &[(Method, usize)]) -> Response<Body> {
    let mut response = ops::error(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "not with this method",
    );
    let methods: Vec<&str> = found.iter().map(|(method, _)| method.as_str()).collect();
    if let Ok(methods) = HeaderValue::from_str(&methods.join(", ")) {
        response.headers_mut().insert(ALLOW, methods);
    }
    response
}

fn failed(why: &str) -> Response<Body> {
    tracing::error!(why, "a route failed");
    ops::error(
        StatusCode::INTERNAL_SERVER_ERROR,
        "route_failed",
        "the route failed",
    )
}

fn response(answer: RouteAnswer, silence: Duration) -> Result<Response<Body>, String> {
    let status = StatusCode::from_u16(answer.status).ok();
    let status = status.filter(|status| !status.is_informational());
    let status = status.ok_or_else(|| format!("{} is no status", answer.status))?;
    let mut response = Response::new(Body::made(Answering {
        pieces: answer.pieces,
        silence,
        over: false,
    }));
    *response.status_mut() = status;
    for (name, value) in answer.headers {
        let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
        let bytes: Result<Vec<u8>, _> = value.chars().map(u8::try_from).collect();
        let value = bytes.ok().and_then(|bytes| HeaderValue::try_from(bytes).ok());
        let value = value.ok_or_else(|| format!("the header {name} has no value that can be sent"))?;
        response.headers_mut().append(name, value);
    }
    headers::end_to_end(response.headers_mut());
    response.headers_mut().remove(CONTENT_LENGTH);
    Ok(response)
}

/// A body on its way to the client.
struct Answering {
    pieces: Box<dyn Pieces>,
    silence: Duration,
    over: bool,
}

impl Source for Answering {
    async fn next(mut self) -> Option<(Result<Frame<Bytes>, Broken>, Self)> {
        if self.over {
            return None;
        }
        let piece = match timeout(self.silence, self.pieces.next()).await {
            Ok(piece) => piece?,
            Err(_) => Err(format!("a route was silent for {:?}", self.silence)),
        };
        if let Err(why) = &piece {
            self.over = true;
            tracing::error!(why, "the answer of a route broke off");
        }
        Some((piece.map(Frame::data).map_err(Into::into), self))
    }
}
