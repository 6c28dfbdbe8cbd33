//! OpenAI chat: what is peculiar to it.

use headroom_proxy::engine::EngineOptions;
use serde_json::{Value, json};

use crate::script::{Client, exchange};
use crate::wires::{Chat, End, Wire, call, chat_chunk, frames, ours, text, think};

fn client(chunk: usize) -> Client<'static> {
    Client::new(&Chat, EngineOptions::default(), true, chunk)
}

/// A request without `stream_options`.
fn uncounted(client: &Client<'_>) -> String {
    let mut request: Value = serde_json::from_str(&Chat.request(&client.messages, true)).unwrap();
    request.as_object_mut().unwrap().remove("stream_options");
    request.to_string()
}

#[test]
fn counts_are_asked_for_and_taken_out_again() {
    let client = client(33);
    let request = uncounted(&client);
    let rounds = [
        (vec![text("Hm. "), ours("ours_1", "{}")], End::Calls),
        (vec![text("Fine.")], End::Turn),
    ];
    for says in [&rounds[..], &rounds[1..]] {
        let done = exchange(&client.engine, &Chat.call(), &request, 33, |round, body| {
            let body: Value = serde_json::from_str(body).unwrap();
            assert_eq!(body["stream_options"], json!({"include_usage": true}));
            Chat.answer(round, &says[round].0, says[round].1, true)
        });
        for data in frames(&done.got).iter().filter(|data| *data != "[DONE]") {
            let chunk: Value = serde_json::from_str(data).unwrap();
            assert_eq!(chunk["choices"].as_array().unwrap().len(), 1, "{data}");
            assert_eq!(chunk["usage"], Value::Null);
        }
        assert_eq!(frames(&done.got).last().unwrap(), "[DONE]");
        assert_eq!(done.account.usage.cache_read, Some(30 * says.len() as u64));
        assert_eq!(done.account.usage.input, Some(70 * says.len() as u64));
    }
    let mut request: Value = serde_json::from_str(&request).unwrap();
    for (given, sent) in [
        (
            json!({"include_obfuscation": false}),
            json!({"include_obfuscation": false, "include_usage": true}),
        ),
        (json!({"include_usage": false}), json!({"include_usage": true})),
        (json!({}), json!({"include_usage": true})),
        (Value::Null, json!({"include_usage": true})),
    ] {
        request["stream_options"] = given;
        let prepared = client
            .engine
            .prepare(&Chat.call(), request.to_string().as_bytes(), &|| false);
        let body: Value = serde_json::from_str(&prepared.body.unwrap()).unwrap();
        assert_eq!(body["stream_options"], sent);
    }
}

#[test]
fn nothing_is_asked_for_where_no_rounds_may_follow() {
    let client = client(33);
    let mut request: Value = serde_json::from_str(&uncounted(&client)).unwrap();
    for (key, value) in [
        ("n", json!(2)),
        ("functions", json!([{"name": "f"}])),
        ("tools", json!([])),
    ] {
        let mut request = request.clone();
        request[key] = value;
        let prepared = client
            .engine
            .prepare(&Chat.call(), request.to_string().as_bytes(), &|| false);
        assert!(!prepared.exchange.rewrites(), "{key}");
        assert!(
            !prepared.body.is_some_and(|body| body.contains("include_usage")),
            "{key}"
        );
    }
    request["stream"] = json!(false);
    let prepared = client
        .engine
        .prepare(&Chat.call(), request.to_string().as_bytes(), &|| false);
    assert!(prepared.exchange.rewrites());
    assert!(!prepared.body.unwrap().contains("include_usage"));
}

#[test]
fn fields_that_are_not_of_the_api_stay_with_their_round() {
    for stream in [true, false] {
        let mut client = Client::new(&Chat, EngineOptions::default(), stream, 50);
        let (first, _) = client.ask(&[
            (
                vec![think("first "), text("One. "), ours("ours_1", "{}")],
                End::Calls,
            ),
            (vec![think("second"), text("Two.")], End::Turn),
        ]);
        client.say("thanks");
        let (second, _) = client.ask(&[(vec![text("Welcome.")], End::Turn)]);
        for sent in [&first.sent[1], &second.sent[0]] {
            let message = &Chat.messages(sent)[3];
            assert_eq!(
                (&message["reasoning_content"], &message["content"]),
                (&json!("first "), &json!("One. "))
            );
        }
        let message = &Chat.messages(&second.sent[0])[5];
        assert_eq!(
            (&message["reasoning_content"], &message["content"]),
            (&json!("second"), &json!("Two."))
        );
    }
}

#[test]
fn text_may_come_back_as_parts_and_without_foreign_fields() {
    for content in [
        json!("One. Two."),
        json!([{"type": "text", "text": "One. Two."}]),
        json!([{"type": "text", "text": "One. Two.", "prompt_cache_breakpoint": {"ttl": "5m"}}]),
    ] {
        let mut client = client(50);
        let (first, _) = client.ask(&[
            (vec![think("hm"), text("One. "), ours("ours_1", "{}")], End::Calls),
            (vec![text("Two.\n")], End::Turn),
        ]);
        client.messages.pop();
        client
            .messages
            .push(json!({"content": content, "role": "assistant"}));
        client.say("thanks");
        let (second, _) = client.ask(&[(vec![text("Welcome.")], End::Turn)]);
        let (seen, sent) = (Chat.messages(&first.sent[1]), Chat.messages(&second.sent[0]));
        assert_eq!(sent[..seen.len()], seen[..]);
        let rest = sent[seen.len()].to_string();
        assert!(rest.contains("\"Two.\"") && !rest.contains("One"), "{rest}");
    }
}

#[test]
fn what_is_not_known_is_handed_on() {
    let odd = [
        ": OPENROUTER PROCESSING\n\n".to_owned(),
        "data: {\"choices\":[],\"prompt_filter_results\":[{\"x\":1e400}]}\n\n".to_owned(),
        chat_chunk(0, &json!([{"index": 0, "delta": {"role": "assistant", "content": "Hi", "logprobs": 1.50}, "finish_reason": null}]), None),
        "data: oops\n\n".to_owned(),
        chat_chunk(0, &json!([{"index": 0, "delta": {"content": "!"}, "finish_reason": "stop"}]), Some(&json!({"prompt_tokens": 5}))),
        "data: [DONE]\n\n: bye".to_owned(),
    ]
    .concat();
    for answer in [
        odd.clone(),
        odd.replace('\n', "\r\n"),
        odd.replace("data: [DONE]\n\n: bye", ""),
    ] {
        for chunk in 1..30 {
            let got = client(chunk)
                .send(|_, _, _| ("text/event-stream", answer.clone().into_bytes()))
                .got;
            assert_eq!(String::from_utf8(got).unwrap(), answer);
        }
    }
}

#[test]
fn servers_that_speak_a_dialect_are_understood() {
    // The end, the counts and a whole call without a number in one chunk, no `[DONE]`.
    let answers = [
        chat_chunk(
            0,
            &json!([{"index": 0, "delta": {"role": "assistant", "content": "Hm. ", "tool_calls": [
            {"id": "ours_1", "type": "function", "function": {"name": "headroom_retrieve", "arguments": "{}"}, "extra_content": {"google": {"thought_signature": "abc"}}},
        ]}, "finish_reason": "stop"}]),
            Some(&json!({"prompt_tokens": 5, "completion_tokens": 1})),
        ),
        chat_chunk(
            1,
            &json!([{"index": 0, "delta": {"role": "assistant", "content": "Fine."}, "finish_reason": "stop"}]),
            Some(&json!({"prompt_tokens": 6, "completion_tokens": 2})),
        ),
    ];
    let done = client(20).send(|_, round, _| ("text/event-stream", answers[round].clone().into_bytes()));
    assert_eq!(done.sent.len(), 2);
    assert!(done.sent[1].contains("thought_signature"), "{}", done.sent[1]);
    let seen = Chat.read(&[done.got.clone(), b"data: [DONE]\n\n".to_vec()].concat(), true);
    assert_eq!(
        (seen.says, seen.end, seen.usage),
        (vec![text("Hm. Fine.")], Some(End::Turn), (11, 3))
    );
}

#[test]
fn several_calls_of_both_kinds_in_one_delta_are_told_apart() {
    let entry = |index: u64, name: &str| json!({"index": index, "id": format!("{name}_{index}"), "type": "function", "function": {"name": name, "arguments": "{}"}});
    let answer = chat_chunk(
        0,
        &json!([{"index": 0, "delta": {"role": "assistant", "tool_calls": [entry(0, "headroom_retrieve"), entry(1, "list"), entry(2, "headroom_retrieve"), entry(3, "list")]}, "finish_reason": null}]),
        None,
    ) + &chat_chunk(
        0,
        &json!([{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]),
        None,
    ) + "data: [DONE]\n\n";
    let mut client = client(20);
    let done = client.send(|_, _, _| ("text/event-stream", answer.clone().into_bytes()));
    let seen = Chat.read(&done.got, true);
    assert_eq!(
        seen.says,
        [call("list_1", "list", "{}"), call("list_3", "list", "{}")]
    );
    client.messages.extend(Chat.spoken(&seen.says));
    client.answer(&[("list_3", "list", "[]"), ("list_1", "list", "[]")]);
    let (next, _) = client.ask(&[(vec![text("Fine.")], End::Turn)]);
    let names: Vec<Value> = Chat.messages(&next.sent[0])[3]["tool_calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["function"]["name"].clone())
        .collect();
    assert_eq!(names, ["headroom_retrieve", "list", "headroom_retrieve", "list"]);
    let (calls, results) = Chat.pairs(&next.sent[0]);
    assert_eq!(calls, results);
}

#[test]
fn numbered_calls_of_another_conversation_are_not_taken_for_these() {
    let says = [
        call("functions.list:0", "list", "{}"),
        ours("functions.headroom_retrieve:1", "{}"),
    ];
    let mut first = client(50);
    first.ask(&[(says.to_vec(), End::Calls)]);
    let mut second = client(50);
    second.engine = first.engine.clone();
    second.messages[0] = Chat.user("what is item 9?");
    second.messages.extend(Chat.spoken(&says[..1]));
    second.answer(&[("functions.list:0", "list", "[]")]);
    let (sent, _) = second.ask(&[(vec![text("Fine.")], End::Turn)]);
    assert_eq!(Chat.pairs(&sent.sent[0]).0.len(), 2, "{}", sent.sent[0]);
    first.answer(&[("functions.list:0", "list", "[]")]);
    let (sent, _) = first.ask(&[(vec![text("Fine.")], End::Turn)]);
    assert_eq!(Chat.pairs(&sent.sent[0]).0.len(), 3, "{}", sent.sent[0]);
}

#[test]
fn a_turn_with_a_random_id_is_known_in_a_shorter_conversation() {
    let mut client = client(50);
    client.ask(&[(
        vec![call("call_8Hd72mQxAb", "list", "{}"), ours("ours_1", "{}")],
        End::Calls,
    )]);
    client.answer(&[("call_8Hd72mQxAb", "list", "[]")]);
    client.messages.drain(1..3);
    let (sent, _) = client.ask(&[(vec![text("Fine.")], End::Turn)]);
    assert_eq!(Chat.pairs(&sent.sent[0]).0.len(), 2, "{}", sent.sent[0]);
}
