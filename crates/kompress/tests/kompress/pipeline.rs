//! Whole calls with a real model.

use std::collections::BTreeSet;
use std::path::PathBuf;

use headroom::ccr::{Entry, MemoryStore, Ref, Selection, Store, retrieve};
use headroom::options::KompressOptions;
use headroom::pipeline::Outcome;
use headroom::{Options, Policy};
use headroom_kompress::{Call, Settings};
use serde_json::json;

use crate::{fixture, runtime};

fn policy(kompress: KompressOptions) -> Policy {
    let options = Options {
        ccr: true,
        target_ratio: Some(0.5),
        min_tokens: Some(50),
        kompress: Some(kompress),
        ..Options::default()
    };
    options.into_policy().unwrap()
}

fn kompress(word_level: bool) -> KompressOptions {
    KompressOptions {
        model: Some(format!("{}/", fixture().display())),
        word_level,
        runtime: None,
    }
}

/// A conversation of so many turns, each with the output of a tool.
fn conversation(turns: usize) -> String {
    let mut messages =
        vec![json!({ "role": "user", "content": "What did the keeper repair before the storm?" })];
    for turn in 0..turns {
        let text = format!(
            "The keeper of lighthouse {turn} agreed to repair the lamp before the winter storm. It was a cold day, \
             and there was no oil to be had in the town. However, the council moved the vote about the bank loan to \
             the next meeting. Nobody in the harbour had heard of it.\n\n- The bridge over the river is closed for \
             the summer, so the boats are the only way to get to the other side of the town.\n- Not all of the \
             members agreed to that; two of them left the meeting before the vote.\n"
        );
        messages.push(json!({ "role": "tool", "tool_call_id": format!("call_{turn}"), "content": text }));
    }
    serde_json::to_string(&messages).unwrap()
}

fn run(request: &str, policy: &Policy, runtime: PathBuf, store: &MemoryStore) -> (Outcome, Option<String>) {
    let call = Call::new(policy, |options| {
        let found = Settings::new(options, &PathBuf::from("/nowhere"), |_| None, Vec::new());
        Ok(Settings {
            runtime: Some(runtime),
            ..found
        })
    });
    let outcome = call.with_pipeline(&[], |pipeline| {
        pipeline.compress(request, policy, Some(store), &|| false)
    });
    (outcome.unwrap(), call.warning().map(|warning| warning.message))
}

#[test]
fn a_request_is_compressed_with_the_model_and_can_be_read_back() {
    let Some(runtime) = runtime() else { return };
    let request = conversation(3);
    for word_level in [false, true] {
        let store = MemoryStore::default();
        let (outcome, warning) = run(&request, &policy(kompress(word_level)), runtime.clone(), &store);
        assert_eq!(warning, None);
        let transforms: BTreeSet<&str> = outcome
            .report
            .transforms_applied
            .iter()
            .map(String::as_str)
            .collect();
        assert!(transforms.contains("kompress"), "{transforms:?}");
        assert!(outcome.report.tokens_after < outcome.report.tokens_before);
        let originals: Vec<serde_json::Value> = serde_json::from_str(&request).unwrap();
        for (reference, message) in outcome.report.refs.iter().zip(&originals[1..]) {
            let reference: Ref = reference.parse().unwrap();
            let entry: Entry = store.get(reference).unwrap().unwrap();
            assert_eq!(Some(entry.text.as_str()), message["content"].as_str());
            let all = retrieve(
                &entry,
                &Selection {
                    max_tokens: Some(100_000),
                    ..Selection::default()
                },
            )
            .unwrap();
            assert!(all.text.contains(&entry.text));
        }
    }
}

#[test]
fn law_1_a_longer_conversation_begins_with_the_same_bytes() {
    let Some(runtime) = runtime() else { return };
    let policy = policy(kompress(true));
    let body = |turns: usize| {
        let request = conversation(turns);
        // Kompress' memory of earlier turns must not show: another process might have none.
        let (outcome, _) = run(&request, &policy, runtime.clone(), &MemoryStore::default());
        outcome.body(&request)
    };
    let bodies: Vec<String> = (1..5).map(body).collect();
    for (shorter, longer) in bodies.iter().zip(&bodies[1..]) {
        assert!(
            longer.starts_with(shorter.trim_end_matches(']')),
            "{shorter}\n{longer}"
        );
    }
}

#[test]
fn law_5_without_a_way_back_the_model_is_not_asked() {
    let Some(runtime) = runtime() else { return };
    let mut policy = policy(kompress(true));
    policy.can_retrieve = false;
    policy.kompress.as_mut().unwrap().model = Some("./nowhere".to_owned());
    let request = conversation(1);
    let (outcome, warning) = run(&request, &policy, runtime, &MemoryStore::default());
    assert_eq!((outcome.edits.len(), warning), (0, None));
}

#[test]
fn law_9_what_is_missing_is_a_warning() {
    let mut policy = policy(kompress(true));
    policy.kompress.as_mut().unwrap().model = Some("./nowhere".to_owned());
    let request = conversation(1);
    let (outcome, warning) = run(
        &request,
        &policy,
        PathBuf::from("/nowhere"),
        &MemoryStore::default(),
    );
    assert_eq!(outcome.edits.len(), 1);
    let warning = warning.unwrap();
    assert!(
        warning.starts_with("the model ./nowhere is not installed; "),
        "{warning}"
    );
    assert!(warning.contains("headroom model install"), "{warning}");
}
