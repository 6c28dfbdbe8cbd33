//! Gemini. The model and what is asked of it stand in the path.

use headroom::format::Format;
use hyper::Method;
use serde_json::json;

use super::{Claim, Failure};
use crate::engine::CallKind;

/// Where it is.
pub(super) const HOME: &str = "https://generativelanguage.googleapis.com";

/// See [`super::Provider::claim`].
pub(super) fn claim(method: &Method, path: &str) -> Option<Claim> {
    let rest = ["/v1beta/", "/v1/", "/v1alpha/", "/"]
        .iter()
        .find_map(|version| path.strip_prefix(version))?;
    let model = ["models/", "tunedModels/"]
        .iter()
        .find_map(|folder| rest.strip_prefix(folder));
    if let Some((model, kind)) = model.and_then(asked) {
        return Some(Claim::read(method, path, Format::Gemini, kind, Some(model)));
    }
    path.starts_with("/v1beta/").then(|| Claim::unread(path))
}

/// Reads `model:method`.
pub(super) fn asked(path: &str) -> Option<(&str, CallKind)> {
    let (model, asked) = path.split_once(':')?;
    let kind = method(asked)?;
    (!model.contains('/')).then_some((model, kind))
}

/// What a method asks for.
pub(super) fn method(name: &str) -> Option<CallKind> {
    match name {
        "generateContent" | "streamGenerateContent" => Some(CallKind::Generate),
        "countTokens" => Some(CallKind::Count),
        _ => None,
    }
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
