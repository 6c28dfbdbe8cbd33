//! Gemini: what is peculiar to it.

use headroom::format::Format;
use headroom_proxy::engine::{Call, CallKind, EngineOptions, Head, Mode};
use serde_json::{Value, json};

use crate::script::{Client, engine};
use crate::wires::{End, Gemini, Wire, call, frame, ours, text, think};

const GEMINI: Gemini = Gemini {
    array: false,
    envelope: false,
};

fn client() -> Client<'static> {
    Client::new(&GEMINI, EngineOptions::default(), true, 40)
}

#[test]
fn a_turn_may_come_back_joined_or_in_pieces_with_thoughts_or_without() {
    for parts in [
        json!([[{"text": "k", "thought": true}, {"text": "One. "}, {"text": "l", "thought": true}, {"text": "Two."}]]),
        json!([[{"text": "One. Two."}]]),
        json!([[{"text": "On"}], [{"text": "e. Tw"}], [{"text": "o."}]]),
        json!([[{"text": "On"}, {"text": "e. "}], [{"text": "Two."}]]),
        json!([[{"text": "k", "thought": true}, {"text": "One. "}, {"text": "l", "thought": true}], [{"text": "Two."}, {"text": "", "thoughtSignature": "s"}]]),
    ] {
        for role_first in [true, false] {
            let mut client = client();
            let (first, _) = client.ask(&[
                (vec![think("k"), text("One. "), ours("", "{}")], End::Calls),
                (vec![think("l"), text("Two.")], End::Turn),
            ]);
            client.messages.pop();
            for parts in parts.as_array().unwrap() {
                client.messages.push(if role_first {
                    json!({"role": "model", "parts": parts})
                } else {
                    json!({"parts": parts, "role": "model"})
                });
            }
            client.say("thanks");
            let (second, _) = client.ask(&[(vec![text("Welcome.")], End::Turn)]);
            let contents = GEMINI.messages(&second.sent[0]);
            let all = Value::Array(contents[3..].to_vec()).to_string();
            let at = |text: &str| all.find(text).unwrap_or_else(|| panic!("{text} in {all}"));
            assert!(
                at("e. ") < at("\"functionCall\"") && at("\"functionCall\"") < at("\"functionResponse\""),
                "{all}"
            );
            assert!(at("\"functionResponse\"") < at("\"T"), "{all}");
            assert_eq!(GEMINI.messages(&first.sent[1]).len(), 5);
            assert!(all.contains("sig headroom_retrieve"), "{all}");
            let (calls, results) = (
                all.matches("\"functionCall\"").count(),
                all.matches("\"functionResponse\"").count(),
            );
            assert_eq!((calls, results), (1, 1));
        }
    }
}

#[test]
fn a_last_round_without_words_keeps_what_was_said_before() {
    let body = |content: Value| json!({"candidates": [{"content": content, "finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 4}});
    let mut client = client();
    client.stream = false;
    let done = client.send(|wire, round, _| match round {
        0 => wire.answer(0, &[text("Hm."), ours("", "{}")], End::Calls, false),
        _ => (
            "application/json",
            body(json!({"role": "model"})).to_string().into_bytes(),
        ),
    });
    assert_eq!(GEMINI.read(&done.got.clone(), false).says, [text("Hm.")]);
}

#[test]
fn the_empty_text_at_the_end_of_a_stream_is_no_part_of_the_next_round() {
    let content = |parts: Value, end: Value| {
        frame(&json!({"candidates": [{"content": {"parts": parts, "role": "model"}, "finishReason": end}]}))
    };
    let call = json!([{"functionCall": {"name": "headroom_retrieve", "args": {}}, "thoughtSignature": "s"}]);
    let done = client().send(|wire, round, _| match round {
        0 => {
            let empty = content(json!([{"text": ""}]), "STOP".into());
            let events =
                content(json!([{"text": "Hm."}]), Value::Null) + &content(call.clone(), Value::Null) + &empty;
            ("text/event-stream", events.into_bytes())
        }
        _ => wire.answer(1, &[text("Fine.")], End::Turn, true),
    });
    let contents = GEMINI.messages(&done.sent[1]);
    let said = contents[contents.len() - 2].to_string();
    assert!(
        said.contains("Hm.") && said.contains("headroom_retrieve"),
        "{said}"
    );
    assert!(!said.contains("\"text\":\"\""), "{said}");
}

#[test]
fn ids_that_a_client_makes_up_for_calls_without_do_not_lose_what_was_hidden() {
    for beside in [false, true] {
        let mut client = client();
        let list = call("", "list", "{\"page\":1}");
        let (first, _) = if beside {
            client.ask(&[(vec![text("Hm."), ours("", "{}"), list], End::Calls)])
        } else {
            client.ask(&[
                (vec![ours("", "{}")], End::Calls),
                (vec![text("Hm."), list], End::Calls),
            ])
        };
        let said = client.messages.last_mut().unwrap();
        let made_up = said["parts"].as_array_mut().unwrap().last_mut().unwrap();
        made_up["functionCall"]["id"] = "made up".into();
        let result =
            json!({"functionResponse": {"id": "made up", "name": "list", "response": {"output": "[]"}}});
        client.messages.push(json!({"role": "user", "parts": [result]}));
        let (second, _) = client.ask(&[(vec![text("Nothing.")], End::Turn)]);
        let (seen, sent) = (
            GEMINI.messages(first.sent.last().unwrap()),
            GEMINI.messages(&second.sent[0]),
        );
        assert_eq!(sent[..seen.len()], seen[..]);
        let all = Value::Array(sent[3..].to_vec()).to_string();
        assert_eq!(all.matches("\"functionCall\"").count(), 2, "{all}");
        assert_eq!(all.matches("\"functionResponse\"").count(), 2, "{all}");
    }
}

#[test]
fn a_stream_that_is_refused_is_handed_on() {
    let answer = frame(
        &json!({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 4}}),
    );
    let got = client().send(|_, _, _| ("text/event-stream", answer.clone().into_bytes()));
    assert_eq!(got.got, answer.into_bytes());
    assert_eq!(got.account.usage.input, Some(4));
}

#[test]
fn json_answers_are_told_apart_by_their_first_byte() {
    let array = Gemini {
        array: true,
        envelope: false,
    };
    for (body, chunk) in [(" \n{\"candidates\":[]}", 1), ("  ", 1), ("[]", 1), ("oops", 1)] {
        let client = Client::new(&array, EngineOptions::default(), true, chunk);
        let got = client
            .send(|_, _, _| ("application/json", body.as_bytes().to_vec()))
            .got;
        assert!(
            String::from_utf8(got)
                .unwrap()
                .starts_with(body.trim_end_matches(']')),
            "{body}"
        );
    }
}

#[test]
fn an_upstream_that_dies_is_an_error_in_any_shape() {
    let array = Gemini {
        array: true,
        envelope: false,
    };
    for (stream, cut) in [(true, 200), (false, 200), (false, 0)] {
        let client = Client::new(&array, EngineOptions::default(), stream, 40);
        let request = array.request(&client.messages, stream);
        let prepared = client
            .engine
            .prepare(&array.call(), request.as_bytes(), &|| false);
        let mut exchange = prepared.exchange;
        exchange.expect_stream();
        let (content_type, answer) = array.answer(0, &[text("Hm."), text("Hm.")], End::Turn, stream);
        let status = 200;
        assert_eq!(exchange.begin(Head { status, content_type }), Mode::Stream);
        let mut out = Vec::new();
        exchange.push(&answer[..cut], &mut out);
        exchange.broke("the connection was reset", &mut out);
        let body: Value = serde_json::from_slice(&out).unwrap();
        let last = body
            .as_array()
            .map_or(&body, |responses| responses.last().unwrap());
        assert_eq!(last["error"]["code"], 502, "{body}");
    }
}

#[test]
fn the_same_words_about_other_results_are_not_taken_for_these() {
    let mut first = client();
    first.ask(&[
        (vec![ours("", "{}")], End::Calls),
        (vec![text("Fine.")], End::Turn),
    ]);
    let mut second = client();
    second.engine = first.engine.clone();
    second.messages.truncate(2);
    second.answer(&[("", "list", "something else")]);
    second.messages.extend(GEMINI.spoken(&[text("Fine.")]));
    second.say("thanks");
    let (sent, _) = second.ask(&[(vec![text("Welcome.")], End::Turn)]);
    assert_eq!(GEMINI.messages(&sent.sent[0]).len(), 5);
}

/// A request with a tool's output that can be smaller, and a tool.
fn readable() -> Value {
    let rows: Vec<Value> = (0..200)
        .map(|at| json!({"id": at, "state": "ok", "owner": "team"}))
        .collect();
    json!({
        "contents": [
            {"role": "user", "parts": [{"text": "list them"}]},
            {"role": "model", "parts": [{"functionCall": {"name": "list", "args": {}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "list", "response": {"output": Value::Array(rows).to_string()}}}]},
        ],
        "tools": [{"functionDeclarations": [{"name": "list"}]}],
    })
}

#[test]
fn a_request_in_an_envelope_is_made_smaller_and_what_is_around_it_stays() {
    let engine = engine(EngineOptions::default());
    let prepare = |kind, source: &str| {
        let call = Call {
            format: Format::Gemini,
            kind,
            model: None,
        };
        let prepared = engine.prepare(&call, source.as_bytes(), &|| false);
        assert!(prepared.note.is_none(), "{:?}", prepared.note);
        (prepared.body.unwrap(), prepared.facts)
    };
    let (alone, _) = prepare(CallKind::Generate, &readable().to_string());
    assert!(alone.len() < readable().to_string().len() / 2 && alone.contains("headroom_retrieve"));
    for (kind, key) in [
        (CallKind::Generate, "request"),
        (CallKind::Count, "request"),
        (CallKind::Count, "generateContentRequest"),
    ] {
        let around =
            |request: &str| format!("{{\"model\" : \"gemini-3-pro\", \"{key}\": {request},\"x\":1.50}}");
        let (body, facts) = prepare(kind, &around(&readable().to_string()));
        assert_eq!(body, around(&alone), "what is counted is what is sent");
        assert_eq!(facts.model.as_deref(), Some("gemini-3-pro"));
    }
}

#[test]
fn what_an_answer_in_an_envelope_cost_is_read() {
    let counts = json!({"promptTokenCount": 50, "cachedContentTokenCount": 20, "candidatesTokenCount": 7});
    let answer = json!({"response": {"candidates": [], "usageMetadata": counts}, "traceId": "t"});
    for (content_type, body) in [
        ("application/json", answer.to_string()),
        ("text/event-stream", format!("data: {answer}\n\n")),
    ] {
        let mut exchange = engine(EngineOptions::default()).relay(Format::Gemini);
        let head = Head {
            status: 200,
            content_type,
        };
        assert_eq!(exchange.begin(head), Mode::Relay);
        exchange.observe(body.as_bytes());
        let usage = exchange.account().usage;
        assert_eq!(
            (usage.input, usage.cache_read, usage.output),
            (Some(30), Some(20), Some(7))
        );
    }
}
