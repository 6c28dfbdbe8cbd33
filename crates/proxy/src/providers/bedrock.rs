//! Amazon Bedrock's runtime. Converse has a format of its own; Claude's models also take that of Anthropic.

use headroom::format::Format;
use hyper::Method;
use serde_json::json;

use super::{Claim, Failure};
use crate::engine::CallKind;

/// Where it is. Another region's address is for the options to name.
pub(super) const HOME: &str = "https://bedrock-runtime.us-east-1.amazonaws.com";

/// See [`super::Provider::claim`].
pub(super) fn claim(method: &Method, path: &str) -> Option<Claim> {
    let (model, asked) = path.strip_prefix("/model/")?.split_once('/')?;
    let format = match asked {
        "converse" | "converse-stream" => Format::BedrockConverse,
        "invoke" | "invoke-with-response-stream" if model.contains("anthropic.") => Format::AnthropicMessages,
        _ => return Some(Claim::unread(path)),
    };
    Some(Claim::read(method, path, format, CallKind::Generate, Some(model)))
}

/// See [`super::Provider::error`]. Bedrock says the kind in a header; SDKs also look for it in the body.
pub(super) fn error(failure: Failure, message: &str) -> String {
    let kind = match failure {
        Failure::Unreachable => "ServiceUnavailableException",
        Failure::Silent => "ModelTimeoutException",
        Failure::TooLarge | Failure::Unreadable => "ValidationException",
        Failure::TooMany => "ThrottlingException",
    };
    json!({ "__type": kind, "message": message }).to_string()
}
