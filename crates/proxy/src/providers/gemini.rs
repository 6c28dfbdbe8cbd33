//! Gemini. The model stands in the path.

use hyper::Method;
use serde_json::json;

use super::{Claim, Failure};

/// Where it is.
pub(super) const HOME: &str = "https://generativelanguage.googleapis.com";

/// Its paths, and what is asked for there.
pub(super) fn route(_method: &Method, _path: &str) -> Claim {
    None
}

/// See [`super::Provider::error`].
pub(super) fn error(failure: Failure, message: &str) -> String {
    let status = match failure {
        Failure::Unreachable => "UNAVAILABLE",
        Failure::Silent => "DEADLINE_EXCEEDED",
        Failure::TooLarge | Failure::Unreadable => "INVALID_ARGUMENT",
        Failure::TooMany => "RESOURCE_EXHAUSTED",
    };
    json!({ "error": { "code": failure.status(), "message": message, "status": status } }).to_string()
}
