//! Whether the proxy lives, takes requests, and how it is set up.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::answer;
use crate::app::App;
use crate::engine::Ccr;
use crate::relay::body::Body;

/// The process answers.
pub(super) fn live() -> Response<Body> {
    answer::json(StatusCode::OK, &json!({ "status": "ok" }))
}

/// Requests may come: it is not about to end, and the store can be read.
pub(super) async fn ready(app: &Arc<App>) -> Response<Body> {
    if app.ops.draining.load(Ordering::Relaxed) {
        return not_ready("draining", "the proxy is about to end");
    }
    let vault = Arc::clone(app.engine.vault());
    // One row is enough to see that it can be read; probes come often, and anybody may send them.
    match tokio::task::spawn_blocking(move || vault.recent(1)).await {
        Ok(Ok(_)) => answer::json(
            StatusCode::OK,
            &json!({ "status": "ready", "checks": { "store": "ok" } }),
        ),
        // Whoever may ask need not know where the store is.
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            not_ready("unready", "the store cannot be read")
        }
        Err(_) => not_ready("unready", "the store cannot be read"),
    }
}

fn not_ready(status: &str, why: &str) -> Response<Body> {
    answer::json(
        StatusCode::SERVICE_UNAVAILABLE,
        &json!({ "status": status, "why": why }),
    )
}

/// Version and set-up, without secrets.
pub(super) fn health(app: &App) -> Response<Body> {
    answer::json(
        StatusCode::OK,
        &json!({
            "status": "healthy",
            "version": env!("CARGO_PKG_VERSION"),
            "uptime_seconds": app.ops.started.elapsed().as_secs(),
            "config": config(app),
        }),
    )
}

fn config(app: &App) -> Value {
    let engine = app.engine.options();
    let settings = &app.settings;
    json!({
        "optimize": true,
        // Answers are never taken from a cache of ours.
        "cache": false,
        "rate_limit": app.ops.limits.any(),
        "ccr": match engine.ccr { Ccr::Hidden => "hidden", Ccr::Mcp => "mcp", Ccr::Off => "off" },
        "code_aware": engine.compress.code_aware,
        "min_tokens": engine.compress.min_tokens,
        "target_ratio": engine.compress.target_ratio,
        "max_rounds": engine.max_rounds,
        "max_body_bytes": settings.max_body_bytes,
        "retries": settings.retries,
        "token": settings.token.is_some(),
    })
}
