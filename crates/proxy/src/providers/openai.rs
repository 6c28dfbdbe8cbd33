//! OpenAI, and everyone who speaks its API.

use headroom::format::Format;
use hyper::Method;
use serde_json::json;

use super::{Claim, Failure, Provider};
use crate::engine::{Call, CallKind};

/// Where it is.
pub(super) const HOME: &str = "https://api.openai.com";

/// Its paths, and what is asked for there.
pub(super) fn route(method: &Method, path: &str) -> Claim {
    let rest = path.strip_prefix("/v1/").unwrap_or(path.strip_prefix('/')?);
    let format = match rest {
        "chat/completions" => Some(Format::OpenAiChat),
        _ => return None,
    };
    let call = format.filter(|_| method == Method::POST).map(|format| Call {
        format,
        kind: CallKind::Generate,
        model: None,
    });
    Some((Provider::OpenAi, format!("/v1/{rest}"), call))
}

/// See [`Provider::error`].
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
