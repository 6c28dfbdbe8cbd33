//! Answers of the proxy's own endpoints.

use hyper::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use crate::relay::body::Body;

/// A JSON answer.
pub(super) fn json(status: StatusCode, body: &Value) -> Response<Body> {
    text(status, "application/json", body.to_string())
}

/// Any answer. Nobody may keep it or take it for something else.
pub(super) fn text(status: StatusCode, kind: &'static str, body: impl Into<bytes::Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::full(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// An error in the shape clients of these endpoints read.
pub(crate) fn error(status: StatusCode, kind: &str, message: &str) -> Response<Body> {
    json(status, &json!({ "error": { "type": kind, "message": message } }))
}

/// An error of ours, with its cause and hint.
pub(super) fn failed(status: StatusCode, kind: &str, cause: &headroom::Error) -> Response<Body> {
    error(status, kind, &cause.to_string())
}
