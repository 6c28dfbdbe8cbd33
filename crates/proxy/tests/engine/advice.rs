//! Plans that hooks have edited.

use headroom::pipeline::{Action, Plan, Verdict};
use headroom_proxy::engine::{Advice, Call, CallKind, Engine, EngineOptions};

use crate::script::{Client, engine};
use crate::wires::{Chat, Wire};

fn request() -> String {
    let client = Client::new(&Chat, EngineOptions::default(), true, 33);
    Chat.request(&client.messages, true)
}

/// The advice to do with the last block what `action` says.
fn advice(engine: &Engine, request: &str, action: Action) -> Advice {
    let mut plan = engine.draft(&Chat.call(), request.as_bytes()).unwrap().plan;
    plan.decisions.last_mut().unwrap().action = action;
    Advice {
        plan: Some(plan),
        warnings: Vec::new(),
    }
}

fn biased(bias: f64) -> Action {
    Action::Compress {
        with: "smart-crusher".to_owned(),
        elide: true,
        bias,
    }
}

/// What is sent along some advice, and what the report warns of.
fn sent(engine: &Engine, request: &str, advice: &Advice) -> (String, Vec<(String, String)>) {
    let prepared = engine.prepare_as(&Chat.call(), request.as_bytes(), advice, &|| false);
    let warnings = prepared.report.unwrap().warnings.into_iter();
    (
        prepared.body.unwrap(),
        warnings.map(|warning| (warning.code, warning.at)).collect(),
    )
}

#[test]
fn a_draft_says_what_would_be_done_and_asked_for_as_it_is_changes_nothing() {
    let (request, engine) = (request(), engine(EngineOptions::default()));
    let draft = engine.draft(&Chat.call(), request.as_bytes()).unwrap();
    let asked: serde_json::Value = serde_json::from_str(&request).unwrap();
    assert_eq!(draft.model.as_deref(), asked["model"].as_str());
    let Plan { decisions, .. } = &draft.plan;
    assert!(matches!(
        decisions.last().unwrap().action,
        Action::Compress { .. }
    ));
    let own = Advice {
        plan: Some(draft.plan),
        warnings: Vec::new(),
    };
    assert_eq!(
        sent(&engine, &request, &own),
        sent(&engine, &request, &Advice::default())
    );
}

#[test]
fn nobody_is_asked_about_batches_and_what_cannot_be_read() {
    let engine = engine(EngineOptions::default());
    let call = |kind| Call { kind, ..Chat.call() };
    assert!(
        engine
            .draft(&call(CallKind::Batch), request().as_bytes())
            .is_none()
    );
    assert!(
        engine
            .draft(&call(CallKind::Count), request().as_bytes())
            .is_some()
    );
    for body in [&b"{"[..], b"\xff", b"{\"messages\":3}"] {
        assert!(engine.draft(&Chat.call(), body).is_none());
    }
}

#[test]
fn a_block_can_be_kept() {
    let (request, engine) = (request(), engine(EngineOptions::default()));
    let keep = Action::Keep {
        reason: Verdict::Hook,
    };
    let advice = advice(&engine, &request, keep);
    let prepared = engine.prepare_as(&Chat.call(), request.as_bytes(), &advice, &|| false);
    let report = prepared.report.unwrap();
    assert_eq!(report.blocks.last().unwrap().verdict, Verdict::Hook);
    assert_eq!(report.tokens_saved, 0);
    // The tool is offered all the same: what is offered never changes within a conversation.
    assert!(prepared.body.unwrap().contains("headroom_retrieve"));
}

#[test]
fn a_plan_that_asks_for_what_must_not_be_is_not_gone_by() {
    let (request, engine) = (request(), engine(EngineOptions::default()));
    let own = sent(&engine, &request, &Advice::default()).0;
    let mut refused = vec![
        advice(&engine, &request, biased(-1.0)),
        advice(
            &engine,
            &request,
            Action::Compress {
                with: "nobody".to_owned(),
                elide: false,
                bias: 1.0,
            },
        ),
        advice(&engine, &request, biased(1.0)),
        advice(&engine, &request, biased(1.0)),
    ];
    // Another one's blocks, and what the model said itself.
    refused[2].plan.as_mut().unwrap().decisions.pop();
    let said = &mut refused[3].plan.as_mut().unwrap().decisions;
    let said = said
        .iter_mut()
        .find(|decision| decision.role == headroom::message::Role::User);
    said.unwrap().path.pop();
    for advice in &refused {
        let (body, warnings) = sent(&engine, &request, advice);
        assert_eq!(body, own);
        assert_eq!(warnings, [("hook_failed".to_owned(), "plan".to_owned())]);
    }
}

/// Law 1: what is remembered of one bias is never taken for another's.
#[test]
fn what_comes_of_a_bias_is_remembered_for_that_bias_alone() {
    let request = request();
    let biases = [0.2, 1.0, 5.0];
    let alone = biases.map(|bias| {
        let fresh = engine(EngineOptions::default());
        sent(&fresh, &request, &advice(&fresh, &request, biased(bias))).0
    });
    assert!(alone[0] != alone[1] && alone[1] != alone[2]);
    let shared = engine(EngineOptions::default());
    for _ in 0..2 {
        for (bias, expected) in biases.iter().zip(&alone) {
            let advice = advice(&shared, &request, biased(*bias));
            assert_eq!(sent(&shared, &request, &advice).0, *expected, "{bias}");
        }
        assert_eq!(sent(&shared, &request, &Advice::default()).0, alone[1]);
    }
}
