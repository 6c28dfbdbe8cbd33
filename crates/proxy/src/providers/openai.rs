//! OpenAI, and everyone who speaks its API.

use headroom::format::Format;
use hyper::Method;
use serde_json::json;

use super::{Claim, Failure, unversioned};
use crate::engine::CallKind;

/// Where it is.
pub(super) const HOME: &str = "https://api.openai.com";

/// See [`super::Provider::claim`].
pub(super) fn claim(method: &Method, path: &str) -> Option<Claim> {
    let rest = unversioned(path)?;
    let (format, kind) = asked(rest)?;
    Some(Claim::read(method, format!("/v1/{rest}"), format, kind, None))
}

/// What is asked for at a path of the API, without its version.
pub(super) fn asked(path: &str) -> Option<(Format, CallKind)> {
    match path {
        "chat/completions" => Some((Format::OpenAiChat, CallKind::Generate)),
        "responses" => Some((Format::OpenAiResponses, CallKind::Generate)),
        "responses/input_tokens" | "responses/compact" => Some((Format::OpenAiResponses, CallKind::Count)),
        _ => None,
    }
}

/// See [`super::Provider::error`].
pub(super) fn error(failure: Failure, message: &str) -> String {
    let (kind, code) = match failure {
        Failure::Unreachable => ("server_error", "upstream_unreachable"),
        Failure::Silent => ("server_error", "timeout"),
        Failure::TooLarge => ("invalid_request_error", "request_too_large"),
        Failure::Unreadable => ("invalid_request_error", "invalid_request"),
        Failure::TooMany => ("rate_limit_error", "rate_limit_exceeded"),
    };
    json!({ "error": { "message": message, "type": kind, "param": null, "code": code } }).to_string()
}
