//! Originals, for whoever has the token: `/v1/retrieve` in the payloads of the Python peer, and the preview the
//! dashboard shows.
//!
//! A ref is an address made of the content: the store is asked for a hash of its shape and for nothing else, and
//! proves what it gives back. So there is no secret to compare, and no path to walk.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use headroom::ccr::{self, Entry, MemoryStore, Ref, Selection};
use headroom::json::{Document, Kind};
use headroom::pipeline;
use headroom::tokens::Encoding;
use headroom::{Error, Options};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer;
use super::routes::parameter_of;
use crate::app::App;
use crate::engine::answer_call;
use crate::relay::body::Body;

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ask {
    #[serde(alias = "ref")]
    hash: String,
    query: Option<String>,
    lines: Option<String>,
    rows: Option<String>,
    path: Option<String>,
}

/// `POST /v1/retrieve`.
pub(super) async fn post(app: &Arc<App>, body: &Bytes) -> Response<Body> {
    match serde_json::from_slice(body) {
        Ok(ask) => give(app, ask).await,
        Err(error) => answer::error(StatusCode::BAD_REQUEST, "invalid_request", &error.to_string()),
    }
}

/// `GET /v1/retrieve/{ref}`, or with `?ref=`.
pub(super) async fn get(app: &Arc<App>, head: &Parts) -> Response<Body> {
    let named = head.uri.path().strip_prefix("/v1/retrieve/");
    let value = |name| {
        parameter_of(head, name).map(|value| percent_decode_str(value).decode_utf8_lossy().into_owned())
    };
    give(
        app,
        Ask {
            hash: named
                .map(str::to_owned)
                .or_else(|| value("ref"))
                .or_else(|| value("hash"))
                .unwrap_or_default(),
            query: value("query"),
            lines: value("lines"),
            rows: value("rows"),
            path: value("path"),
        },
    )
    .await
}

async fn give(app: &Arc<App>, ask: Ask) -> Response<Body> {
    let (reference, entry) = match find(app, &ask.hash).await {
        Ok(found) => found,
        Err(refusal) => return refusal,
    };
    app.ops.retrieved.fetch_add(1, Ordering::Relaxed);
    let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let selection = Selection {
        lines: some(ask.lines),
        rows: some(ask.rows),
        path: some(ask.path),
        query: some(ask.query),
        max_tokens: None,
    };
    if selection == Selection::default() {
        return answer::json(StatusCode::OK, &whole(reference, &entry));
    }
    match ccr::retrieve(&entry, &selection) {
        Ok(page) => answer::json(
            StatusCode::OK,
            &json!({
                "hash": reference.to_string(),
                "query": selection.query,
                "results": [page.text],
                "count": 1,
                "next": page.next,
            }),
        ),
        Err(error) => answer::failed(StatusCode::BAD_REQUEST, "invalid_request", &error),
    }
}

fn whole(reference: Ref, entry: &Entry) -> Value {
    json!({
        "hash": reference.to_string(),
        "original_content": entry.text,
        "original_tokens": Encoding::Estimate.count(&entry.text),
        "original_item_count": items(&entry.text),
        // What was shown of it is the business of the request it stood in, and not kept.
        "compressed_item_count": null,
        "tool_name": entry.tool,
        "retrieval_count": null,
    })
}

/// Items of a JSON list, else lines.
fn items(text: &str) -> usize {
    match Document::parse(text) {
        Ok(document) if document.root().kind() == Kind::Array => document.root().len(),
        _ => text.lines().count(),
    }
}

/// The original of a ref, or a refusal.
async fn find(app: &Arc<App>, hash: &str) -> Result<(Ref, Entry), Response<Body>> {
    let shaped = hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let reference: Ref = match hash.parse() {
        Ok(reference) if shaped => reference,
        _ => {
            return Err(answer::error(
                StatusCode::BAD_REQUEST,
                "invalid_ref",
                "a ref is 32 hexadecimal digits",
            ));
        }
    };
    let vault = Arc::clone(app.engine.vault());
    match tokio::task::spawn_blocking(move || vault.get(reference)).await {
        Ok(Ok(Some(entry))) => Ok((reference, entry)),
        Ok(Ok(None)) => {
            let message = ccr::missing(reference);
            Err(answer::json(
                StatusCode::NOT_FOUND,
                &json!({ "error": { "type": "not_found", "message": message }, "detail": message }),
            ))
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "an original could not be read");
            Err(answer::failed(
                StatusCode::SERVICE_UNAVAILABLE,
                "storage_error",
                &error,
            ))
        }
        Err(error) => Err(answer::error(
            StatusCode::SERVICE_UNAVAILABLE,
            "storage_error",
            &error.to_string(),
        )),
    }
}

/// `GET /v1/retrieve/stats`.
pub(super) async fn stats(app: &Arc<App>) -> Response<Body> {
    let vault = Arc::clone(app.engine.vault());
    let held = tokio::task::spawn_blocking(move || vault.stats()).await;
    let Ok(Ok(held)) = held else {
        return answer::error(
            StatusCode::SERVICE_UNAVAILABLE,
            "storage_error",
            "the store cannot be read",
        );
    };
    answer::json(
        StatusCode::OK,
        &json!({
            "store": {
                "entries": held.originals.count,
                "bytes": held.originals.bytes,
                "stored_bytes": held.originals.stored_bytes,
                "retrievals": app.ops.retrieved.load(Ordering::Relaxed),
            },
            "recent_retrievals": [],
        }),
    )
}

/// `POST /v1/retrieve/tool_call`: a call of the model, as a client got it.
pub(super) async fn tool_call(app: &Arc<App>, body: &Bytes) -> Response<Body> {
    let Ok(request) = serde_json::from_slice::<Value>(body) else {
        return answer::error(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "the request is not JSON",
        );
    };
    let call = &request["tool_call"];
    let named = Value::from(call["id"].as_str().unwrap_or_default());
    let function = &call["function"]["arguments"];
    let arguments = match function.as_str() {
        Some(arguments) => arguments.to_owned(),
        None => call["input"].to_string(),
    };
    let vault = Arc::clone(app.engine.vault());
    let answered = tokio::task::spawn_blocking(move || answer_call(&arguments, &*vault)).await;
    let Ok(answered) = answered else {
        return answer::error(
            StatusCode::SERVICE_UNAVAILABLE,
            "storage_error",
            "the store cannot be read",
        );
    };
    app.ops.retrieved.fetch_add(1, Ordering::Relaxed);
    let anthropic = request["provider"] == "anthropic" || function.is_null();
    let result = if anthropic {
        json!({ "type": "tool_result", "tool_use_id": named, "content": answered.text, "is_error": answered.is_error })
    } else {
        json!({ "role": "tool", "tool_call_id": named, "content": answered.text })
    };
    answer::json(
        StatusCode::OK,
        &json!({ "success": !answered.is_error, "tool_result": result }),
    )
}

/// `GET /v1/retrieve/preview?ref=`: an original and what the compressor makes of it.
///
/// What a request showed is not kept, as it is a client's text; so it is made again, of the original alone: the
/// question and the earlier outputs of the request may have led to another selection. Nothing is stored by it.
pub(super) async fn preview(app: &Arc<App>, head: &Parts) -> Response<Body> {
    let hash = parameter_of(head, "ref").unwrap_or_default();
    let (reference, entry) = match find(app, hash).await {
        Ok(found) => found,
        Err(refusal) => return refusal,
    };
    let base = app.engine.options().compress.clone();
    let made = tokio::task::spawn_blocking(move || made_again(base, entry)).await;
    match made {
        Ok(Ok((entry, outcome))) => answer::json(
            StatusCode::OK,
            &json!({
                "ref": reference.to_string(),
                "tool": entry.tool,
                "original": entry.text,
                "compressed": outcome.text,
                "tokens_before": outcome.report.tokens_before,
                "tokens_after": outcome.report.tokens_after,
            }),
        ),
        Ok(Err(error)) => answer::failed(StatusCode::BAD_REQUEST, "invalid_request", &error),
        Err(error) => answer::error(
            StatusCode::SERVICE_UNAVAILABLE,
            "compression_error",
            &error.to_string(),
        ),
    }
}

fn made_again(base: Options, entry: Entry) -> Result<(Entry, pipeline::TextOutcome), Error> {
    let policy = Options { ccr: true, ..base }.into_policy()?;
    let tool = entry.tool.as_deref().map(|tool| (tool, "{}"));
    let aside = MemoryStore::default();
    let outcome = pipeline::compress_text(&entry.text, tool, &policy, Some(&aside));
    Ok((entry, outcome))
}
