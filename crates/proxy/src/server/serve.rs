//! One request: who asks, and which room it is for.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use hyper::body::Incoming;
use hyper::http::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response, StatusCode};
use serde_json::json;

use super::guard::{self, Refusal};
use crate::app::App;
use crate::ops::{self, Endpoint};
use crate::relay::body::Body;
use crate::relay::relay;

/// Answers a request.
pub(super) async fn serve(
    app: Arc<App>,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let settings = &app.settings;
    if let Err(refusal) = guard::check(settings, request.method(), request.uri(), request.headers()) {
        return Ok(refuse(refusal));
    }
    if let Some(endpoint) = Endpoint::of(request.uri().path()) {
        return Ok(match guard::may(settings, endpoint.access(), request.headers()) {
            Ok(()) => ops::answer(&app, endpoint, request).await,
            Err(refusal) => refuse(refusal),
        });
    }
    if let Err(refusal) = guard::client(settings, request.headers()) {
        return Ok(refuse(refusal));
    }
    guard::keep_token(settings, request.headers_mut());
    let id = request_id();
    if let Some(refused) = ops::refuse(&app, &mut request, &id) {
        return Ok(refused);
    }
    let underway = Underway::new(&app, &id, &request);
    let response = Box::pin(relay(&app, request, id)).await;
    underway.end();
    Ok(response)
}

/// A request whose answer has no head yet. Where it is dropped so, its client has left, and nobody else says so.
struct Underway<'a> {
    app: &'a App,
    id: String,
    path: String,
    begun: Instant,
    answered: bool,
}

impl<'a> Underway<'a> {
    fn new(app: &'a App, id: &str, request: &Request<Incoming>) -> Self {
        Self {
            app,
            id: id.to_owned(),
            path: request.uri().path().to_owned(),
            begun: Instant::now(),
            answered: false,
        }
    }

    fn end(mut self) {
        self.answered = true;
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.app.ops.abandoned(&self.id, &self.path, self.begun.elapsed());
        }
    }
}

/// Unique in this process, and most likely among all.
fn request_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    // Of this process, asked for once.
    static SELF: LazyLock<u32> = LazyLock::new(std::process::id);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    let mut hasher = blake3::Hasher::new();
    hasher.update(&nanos.to_le_bytes());
    hasher.update(&count.to_le_bytes());
    hasher.update(&SELF.to_le_bytes());
    format!("hr_{}", &hasher.finalize().to_hex()[..16])
}

fn refuse(refusal: Refusal) -> Response<Body> {
    let status = match refusal {
        Refusal::Token => StatusCode::UNAUTHORIZED,
        Refusal::Host | Refusal::Origin => StatusCode::FORBIDDEN,
        Refusal::Path => StatusCode::BAD_REQUEST,
        Refusal::Method => StatusCode::METHOD_NOT_ALLOWED,
    };
    let error = json!({ "error": { "type": refusal.kind(), "message": refusal.message() } });
    say(status, &error)
}

/// A JSON answer.
fn say(status: StatusCode, body: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::full(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
