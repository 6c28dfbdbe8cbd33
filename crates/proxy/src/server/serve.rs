//! One request: who asks, and which room it is for.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use hyper::body::Incoming;
use hyper::http::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response, StatusCode};
use serde_json::json;

use super::guard::{self, Refusal};
use crate::app::App;
use crate::relay::body::Body;
use crate::relay::relay;

/// Answers a request.
pub(super) async fn serve(app: Arc<App>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    if let Err(refusal) = guard::check(&app.settings, request.uri(), request.headers()) {
        return Ok(refuse(refusal));
    }
    Ok(match request.uri().path() {
        "/livez" => say(StatusCode::OK, &json!({ "status": "ok" })),
        _ => relay(&app, request, request_id()).await,
    })
}

/// Unique in this process, and most likely among all.
fn request_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    let mut hasher = blake3::Hasher::new();
    hasher.update(&nanos.to_le_bytes());
    hasher.update(&count.to_le_bytes());
    hasher.update(&std::process::id().to_le_bytes());
    format!("hr_{}", &hasher.finalize().to_hex()[..16])
}

fn refuse(refusal: Refusal) -> Response<Body> {
    let status = match refusal {
        Refusal::Token => StatusCode::UNAUTHORIZED,
        Refusal::Host | Refusal::Origin => StatusCode::FORBIDDEN,
    };
    let error = json!({ "error": { "type": "forbidden", "message": refusal.message() } });
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
