//! Options as written, and what is refused.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use headroom::options::{DEFAULT_MIN_TOKENS, Options};
use headroom::{Error, ErrorCode};

fn refused(json: &str) -> Error {
    Options::from_json(json)
        .and_then(Options::into_policy)
        .unwrap_err()
}

#[test]
fn without_options_only_lossless_work_is_done_on_long_tool_results() {
    let policy = Options::from_json("{}").unwrap().into_policy().unwrap();
    assert!(!policy.can_retrieve);
    assert!(!policy.compress_user_messages && !policy.code_aware);
    assert_eq!(policy.min_tokens, DEFAULT_MIN_TOKENS);
    assert_eq!((policy.format, policy.query), (None, None));
    assert_eq!((policy.target_ratio, policy.token_budget), (None, None));
    assert!(policy.exclude_tools.is_empty());
}

#[test]
fn every_option_is_read() {
    let json = r#"{"model":"gpt-4o","format":"anthropic","ccr":true,"query":"why?","targetRatio":0.25,
        "tokenBudget":9000,"codeAware":true,"compressUserMessages":true,"excludeTools":["my_*","!read"],"minTokens":0}"#;
    let options = Options::from_json(json).unwrap();
    // Written again and read again it is the same: the names are right in both directions.
    assert_eq!(
        Options::from_json(&serde_json::to_string(&options).unwrap()).unwrap(),
        options
    );
    let policy = options.into_policy().unwrap();
    assert_eq!(policy.format.as_deref(), Some("anthropic"));
    assert!(policy.can_retrieve);
    assert_eq!(policy.query.as_deref(), Some("why?"));
    assert_eq!(policy.target_ratio, Some(0.25));
    assert_eq!(policy.token_budget, Some(9000));
    assert!(policy.compress_user_messages && policy.code_aware);
    assert_eq!(policy.exclude_tools, ["my_*", "!read"]);
    assert_eq!(policy.min_tokens, 0);
}

#[test]
fn what_is_unknown_or_mistyped_is_named() {
    let cause = |json: &str| refused(json).cause.unwrap();
    assert!(cause(r#"{"excludeTool":[]}"#).contains("excludeTool"), "unknown");
    assert!(
        cause(r#"{"target_ratio":0.5}"#).contains("target_ratio"),
        "snake case"
    );
    assert!(cause(r#"{"ccr":"yes"}"#).contains("\"yes\""), "mistyped");
    assert!(cause(r#"{"minTokens":-1}"#).contains("-1"), "negative");
    assert!(cause(r#"{"tokenBudget":1.5}"#).contains("1.5"), "fraction");
    assert!(cause("[").contains("line 1"), "no JSON");
    for json in [r#"{"excludeTool":[]}"#, r#"{"ccr":"yes"}"#, "", "7"] {
        assert_eq!(refused(json).code, ErrorCode::InvalidOptions, "{json}");
    }
}

#[test]
fn the_hint_names_every_option() {
    let all = serde_json::to_value(Options::default()).unwrap();
    let hint = refused("{\"?\":1}").hint.unwrap();
    for name in all.as_object().unwrap().keys() {
        assert!(hint.contains(name.as_str()), "{name}");
    }
}

#[test]
fn a_target_ratio_is_above_zero_and_at_most_one() {
    for ratio in ["0", "-0.5", "1.01", "30"] {
        let error = refused(&format!("{{\"targetRatio\":{ratio}}}"));
        assert_eq!(error.title, "targetRatio is out of range");
        assert_eq!(
            error.cause.unwrap(),
            format!("got {}", ratio.parse::<f64>().unwrap())
        );
    }
    for ratio in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let options = Options {
            target_ratio: Some(ratio),
            ..Options::default()
        };
        assert!(options.into_policy().is_err(), "{ratio}");
    }
    for ratio in ["1", "0.0001"] {
        assert!(
            Options::from_json(&format!("{{\"targetRatio\":{ratio}}}"))
                .unwrap()
                .into_policy()
                .is_ok()
        );
    }
}
