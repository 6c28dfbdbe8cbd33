//! `POST /v1/compress`: messages for a client that sends them itself, in the payload of the Python peer.
//!
//! Such a client cannot answer calls of `headroom_retrieve` unless it says so, with `"ccr": true` in `config` or the
//! header `x-headroom-ccr: true`; until then nothing is left out (law 5).

use std::sync::Arc;

use bytes::Bytes;
use headroom::json::{Document, Kind, Value};
use headroom::pipeline;
use headroom::{Error, ErrorCode, Options};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::answer;
use crate::app::App;
use crate::relay::body::Body;

/// What of `config` means something here; the peer's other settings are passed over, as it does with those of
/// others.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Config {
    compress_user_messages: Option<bool>,
    target_ratio: Option<f64>,
    query: Option<String>,
    ccr: Option<bool>,
}

/// Answers such a request.
pub(super) async fn compress(app: &Arc<App>, head: &Parts, body: Bytes) -> Response<Body> {
    let declared = head
        .headers
        .get("x-headroom-ccr")
        .is_some_and(|value| value == "true" || value == "1");
    let shared = Arc::clone(app);
    let work = tokio::task::spawn_blocking(move || run(&shared, declared, &body));
    match work.await {
        Ok(Ok(text)) => answer::text(StatusCode::OK, "application/json", text),
        Ok(Err(error)) if error.code == ErrorCode::Store => {
            tracing::error!(%error, "messages could not be compressed");
            answer::failed(StatusCode::SERVICE_UNAVAILABLE, "compression_error", &error)
        }
        Ok(Err(error)) => answer::failed(StatusCode::BAD_REQUEST, "invalid_request", &error),
        Err(error) => {
            tracing::error!(%error, "messages could not be compressed");
            answer::error(
                StatusCode::SERVICE_UNAVAILABLE,
                "compression_error",
                "the messages could not be compressed",
            )
        }
    }
}

fn invalid(title: &str) -> Error {
    Error::new(ErrorCode::InvalidFormat, title)
}

/// The answer, as JSON. Messages keep their bytes but for what became smaller.
fn run(app: &App, declared: bool, body: &[u8]) -> Result<String, Error> {
    let unreadable = |cause: String| invalid("the request is not JSON").because(cause);
    let source = std::str::from_utf8(body).map_err(|error| unreadable(error.to_string()))?;
    let document = Document::parse(source).map_err(|error| unreadable(error.to_string()))?;
    let root = document.root();
    let messages = root
        .get("messages")
        .filter(|messages| messages.kind() == Kind::Array)
        .ok_or_else(|| invalid("messages is missing, or no list"))?;
    let model = root
        .get("model")
        .and_then(|model| model.text())
        .ok_or_else(|| invalid("model is missing"))?;
    let config = config(root)?;
    if messages.is_empty() {
        return Ok(payload("[]", None));
    }
    let budget = root
        .get("token_budget")
        .and_then(|budget| budget.raw().parse().ok());
    let base = app.engine.options().compress.clone();
    let policy = Options {
        model: Some(model.into_owned()),
        format: None,
        ccr: declared || config.ccr == Some(true),
        query: config.query,
        target_ratio: config.target_ratio.or(base.target_ratio),
        token_budget: budget.or(base.token_budget),
        compress_user_messages: config
            .compress_user_messages
            .unwrap_or(base.compress_user_messages),
        ..base
    }
    .into_policy()?;
    let vault = app.engine.vault();
    let outcome = pipeline::compress(messages.raw(), &policy, Some(&**vault), &|| false)?;
    let report = &outcome.report;
    app.ops
        .counters
        .compressed(report.tokens_before, report.tokens_after);
    Ok(payload(&outcome.body(messages.raw()), Some(report)))
}

fn config(root: Value<'_, '_>) -> Result<Config, Error> {
    match root.get("config") {
        Some(config) if config.kind() == Kind::Object => serde_json::from_str(config.raw())
            .map_err(|error| invalid("config cannot be read").because(error.to_string())),
        _ => Ok(Config::default()),
    }
}

/// The peer's payload around messages as they are.
fn payload(messages: &str, report: Option<&pipeline::Report>) -> String {
    let transforms = report.map(|report| &report.transforms_applied);
    let summary = transforms.map(|transforms| transforms.join(", "));
    let rest = json!({
        "tokens_before": report.map_or(0, |report| report.tokens_before),
        "tokens_after": report.map_or(0, |report| report.tokens_after),
        "tokens_saved": report.map_or(0, |report| report.tokens_saved),
        "compression_ratio": report.map_or(1.0, |report| report.compression_ratio),
        "transforms_applied": transforms.cloned().unwrap_or_default(),
        "transforms_summary": summary.unwrap_or_default(),
        "ccr_hashes": report.map(|report| report.refs.clone()).unwrap_or_default(),
        "warnings": report.map(|report| &report.warnings),
    })
    .to_string();
    format!("{{\"messages\":{messages},{}", rest.trim_start_matches('{'))
}
