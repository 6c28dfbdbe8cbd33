//! Anthropic. The AI SDK asks for `/messages` without a version.

use headroom::format::Format;
use hyper::Method;
use serde_json::json;

use super::{Claim, Failure, unversioned};
use crate::engine::CallKind;

/// Where it is.
pub(super) const HOME: &str = "https://api.anthropic.com";

/// See [`super::Provider::claim`].
pub(super) fn claim(method: &Method, path: &str) -> Option<Claim> {
    let rest = unversioned(path)?;
    let after = rest.strip_prefix("messages")?;
    let path = format!("/v1/{rest}");
    let kind = match after {
        "" => CallKind::Generate,
        "/count_tokens" => CallKind::Count,
        "/batches" => CallKind::Batch,
        _ => return after.starts_with('/').then(|| Claim::unread(path)),
    };
    Some(Claim::read(method, path, Format::AnthropicMessages, kind, None))
}

/// See [`super::Provider::error`].
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
