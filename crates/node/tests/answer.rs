//! What an answer looks like, and that a panic becomes one. An addon cannot be linked into a test, so the
//! module is compiled in here; everything else of the boundary is tested from JavaScript.

#[path = "../src/answer.rs"]
mod answer;

use answer::{answer, to_json};
use headroom::{Error, ErrorCode};
use serde_json::{Value, json};

fn error_of(answer: &str) -> Value {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    assert!(answer.get("ok").is_none());
    answer["error"].clone()
}

#[test]
fn a_value_is_wrapped_as_it_is() {
    assert_eq!(answer(|| to_json(&[1, 2])), r#"{"ok":[1,2]}"#);
}

#[test]
fn an_error_keeps_its_parts() {
    let error = || {
        Error::new(ErrorCode::InvalidRef, "not a \"ref\"")
            .because("cause")
            .hint("hint")
    };
    let expected =
        json!({ "code": "invalid_ref", "title": "not a \"ref\"", "cause": "cause", "hint": "hint" });
    assert_eq!(error_of(&answer(|| Err(error()))), expected);
}

#[test]
fn a_panic_becomes_an_error() {
    let formatted = error_of(&answer(|| panic!("at {}", "work")));
    assert_eq!(formatted["code"], "internal");
    assert_eq!(formatted["cause"], "at work");
    let other = error_of(&answer(|| std::panic::panic_any(5)));
    assert_eq!(other["cause"], "no message");
}
