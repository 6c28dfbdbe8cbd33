//! How everything is answered: JSON text with either the value or the error.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use headroom::{Error, ErrorCode};
use serde::Serialize;
use serde_json::json;

/// Code of an error that is a bug of ours; the core has none for it.
const INTERNAL: &str = "internal";

/// Runs `work`, which gives JSON text, and wraps what came of it. A panic becomes an `internal` error.
pub(crate) fn answer(work: impl FnOnce() -> Result<String, Error>) -> String {
    // What `work` borrows is dropped with it or, in a store, guarded by its own transactions.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(json)) => format!("{{\"ok\":{json}}}"),
        Ok(Err(error)) => failure(
            error.code.as_str(),
            &error.title,
            error.cause.as_deref(),
            error.hint.as_deref(),
        ),
        Err(panic) => failure(
            INTERNAL,
            "headroom failed",
            Some(panic_message(panic.as_ref())),
            Some("this is a bug; please report it with what was passed in"),
        ),
    }
}

/// A value as JSON text.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| {
        Error::new(ErrorCode::InvalidJson, "cannot write the result").because(error.to_string())
    })
}

fn failure(code: &str, title: &str, cause: Option<&str>, hint: Option<&str>) -> String {
    json!({ "error": { "code": code, "title": title, "cause": cause, "hint": hint } }).to_string()
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
