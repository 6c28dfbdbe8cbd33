//! Anthropic. The AI SDK asks for `/messages` without a version.

use headroom::format::Format;
use hyper::Method;
use serde_json::json;

use super::{Claim, Failure, Provider};
use crate::engine::{Call, CallKind};

/// Where it is.
pub(super) const HOME: &str = "https://api.anthropic.com";

/// Its paths, and what is asked for there.
pub(super) fn route(method: &Method, path: &str) -> Claim {
    let rest = path.strip_prefix("/v1/").unwrap_or(path.strip_prefix('/')?);
    let after = rest.strip_prefix("messages")?;
    let kind = match after {
        "" => Some(CallKind::Generate),
        "/count_tokens" => Some(CallKind::Count),
        _ if after.starts_with('/') => None,
        _ => return None,
    };
    let call = kind.filter(|_| method == Method::POST).map(|kind| Call {
        format: Format::AnthropicMessages,
        kind,
        model: None,
    });
    Some((Provider::Anthropic, format!("/v1/{rest}"), call))
}

/// See [`Provider::error`].
pub(super) fn error(failure: Failure, message: &str, request_id: &str) -> String {
    let kind = match failure {
        Failure::Unreachable => "api_error",
        Failure::Silent => "timeout_error",
        Failure::TooLarge => "request_too_large",
        Failure::Unreadable => "invalid_request_error",
        Failure::TooMany => "rate_limit_error",
    };
    json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": request_id })
        .to_string()
}
