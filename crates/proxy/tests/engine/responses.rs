//! OpenAI responses: what is peculiar to them.

use headroom_proxy::engine::EngineOptions;
use serde_json::{Value, json};

use crate::script::{Client, Exchanged, exchange};
use crate::wires::{End, Responses, Say, Wire, call, ours, response_body, text, think};

fn client(stream: bool) -> Client<'static> {
    Client::new(&Responses, EngineOptions::default(), stream, 61)
}

/// An exchange of a request with other members.
fn send(client: &Client<'_>, changes: &Value, rounds: &[(Vec<Say>, End)]) -> Exchanged {
    let mut request: Value =
        serde_json::from_str(&Responses.request(&client.messages, client.stream)).unwrap();
    for (key, value) in changes.as_object().unwrap() {
        request[key] = value.clone();
    }
    exchange(
        &client.engine,
        &Responses.call(),
        &request.to_string(),
        61,
        |round, _| Responses.answer(round, &rounds[round].0, rounds[round].1, client.stream),
    )
}

fn input(body: &str) -> Value {
    let body: Value = serde_json::from_str(body).unwrap();
    body["input"].clone()
}

fn two_rounds() -> [(Vec<Say>, End); 2] {
    [
        (vec![think("a"), ours("ours_1", "{}")], End::Calls),
        (vec![think("b"), text("Fine.")], End::Turn),
    ]
}

#[test]
fn what_the_provider_keeps_is_continued_by_its_id() {
    for stream in [true, false] {
        let client = client(stream);
        for store in [json!(true), Value::Null] {
            let done = send(
                &client,
                &json!({"store": store, "previous_response_id": "resp_before"}),
                &two_rounds(),
            );
            let body: Value = serde_json::from_str(&done.sent[1]).unwrap();
            assert_eq!(body["previous_response_id"], "resp_0");
            let items = body["input"].as_array().unwrap();
            assert_eq!(
                (items.len(), &items[0]["type"], &items[0]["call_id"]),
                (1, &json!("function_call_output"), &json!("ours_1"))
            );
        }
        let done = send(
            &client,
            &json!({"store": true, "conversation": "conv_1"}),
            &two_rounds(),
        );
        let body: Value = serde_json::from_str(&done.sent[1]).unwrap();
        assert_eq!(
            (
                body["input"].as_array().unwrap().len(),
                &body["previous_response_id"]
            ),
            (1, &Value::Null)
        );
    }
}

#[test]
fn the_first_id_stands_for_the_last() {
    let client = client(true);
    let first = send(&client, &json!({"store": true}), &two_rounds());
    assert_eq!(response_body(&first.got).0["id"], "resp_0");
    assert_eq!(client.engine.alias("resp_0").as_deref(), Some("resp_1"));
    assert_eq!(client.engine.alias("resp_1"), None);
    let changes = json!({"store": true, "input": "thanks", "previous_response_id": "resp_0"});
    let second = send(&client, &changes, &[(vec![text("Welcome.")], End::Turn)]);
    let body: Value = serde_json::from_str(&second.sent[0]).unwrap();
    assert_eq!(
        (&body["previous_response_id"], &body["input"]),
        (&json!("resp_1"), &json!("thanks"))
    );
}

#[test]
fn results_for_what_the_provider_keeps_come_with_the_clients() {
    let client = client(true);
    let says = vec![ours("ours_1", "{}"), call("call_8Hd72mQx", "list", "{}")];
    for place in [
        json!({"previous_response_id": "resp_0"}),
        json!({"conversation": {"id": "conv_1"}}),
    ] {
        send(&client, &json!({"store": true}), &[(says.clone(), End::Calls)]);
        let mut changes = place.clone();
        changes["store"] = json!(true);
        changes["input"] =
            json!([{"type": "function_call_output", "call_id": "call_8Hd72mQx", "output": "[]"}]);
        let next = send(&client, &changes, &[(vec![text("Fine.")], End::Turn)]);
        let ids: Vec<Value> = input(&next.sent[0])
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["call_id"].clone())
            .collect();
        assert_eq!(ids, ["ours_1", "call_8Hd72mQx"]);
    }
}

#[test]
fn a_text_as_input_becomes_the_message_it_stands_for() {
    let client = client(false);
    let done = send(&client, &json!({"input": "what is item 7?"}), &two_rounds());
    let items = input(&done.sent[1]);
    assert_eq!(items[0], json!({"role": "user", "content": "what is item 7?"}));
    assert_eq!(items.as_array().unwrap().len(), 4);
    let mut later = client;
    later.messages = vec![json!({"role": "user", "content": "what is item 7?"})];
    later.messages.extend(Responses.spoken(&[text("Fine.")]));
    later.say("thanks");
    // Known by its words alone, as the client has left the thoughts out.
    let next = send(&later, &json!({}), &[(vec![text("Welcome.")], End::Turn)]);
    let kinds: Vec<Value> = input(&next.sent[0])
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["type"].clone())
        .collect();
    assert_eq!(
        json!(kinds),
        json!([null, "function_call", "function_call_output", "message", null])
    );
}

#[test]
fn items_are_known_by_references_by_ids_and_by_words() {
    for spelled in [
        json!([{"type": "item_reference", "id": "rs_a"}, {"type": "item_reference", "id": "rs_b"}, {"type": "item_reference", "id": "item_1_1"}]),
        json!([{"type": "reasoning", "id": "rs_a", "summary": [], "content": null}, {"type": "reasoning", "encrypted_content": "sig b", "summary": []}, {"role": "assistant", "content": "Fine."}]),
        json!([{"type": "reasoning", "id": "rs_a", "summary": []}, {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Fine."}]}]),
    ] {
        let mut client = client(true);
        client.ask(&two_rounds());
        let count = client.messages.len();
        client.messages.truncate(count - 3);
        client.messages.extend(spelled.as_array().unwrap().clone());
        client.say("thanks");
        let (next, _) = client.ask(&[(vec![text("Welcome.")], End::Turn)]);
        let items = input(&next.sent[0]);
        assert_eq!(
            (&items[4]["name"], &items[5]["call_id"]),
            (&json!("headroom_retrieve"), &json!("ours_1")),
            "{items:#}"
        );
    }
}

#[test]
fn clients_may_put_every_result_behind_its_call() {
    let mut client = client(true);
    let says = vec![
        call("call_2", "list", "{}"),
        ours("ours_1", "{}"),
        call("call_3", "list", "{}"),
    ];
    client.ask(&[(says.clone(), End::Calls)]);
    let count = client.messages.len();
    client.messages.truncate(count - 2);
    for (id, say) in [("call_2", &says[0]), ("call_3", &says[2])] {
        client
            .messages
            .extend(Responses.spoken(std::slice::from_ref(say)));
        client.answer(&[(id, "list", "[]")]);
    }
    let (next, _) = client.ask(&[(vec![text("Fine.")], End::Turn)]);
    let (calls, results) = Responses.pairs(&next.sent[0]);
    assert_eq!((calls.len(), &calls), (4, &results));
}

#[test]
fn reasoning_that_is_kept_nowhere_does_not_go_back() {
    let done = exchange(
        &client(false).engine,
        &Responses.call(),
        &Responses.request(&client(false).messages, false),
        61,
        |round, _| {
            let (kind, answer) = Responses.answer(round, &two_rounds()[round].0, End::Calls, false);
            let answer = String::from_utf8(answer)
                .unwrap()
                .replace("\"encrypted_content\":\"sig a\",", "");
            (kind, answer.into_bytes())
        },
    );
    let kinds: Vec<Value> = input(&done.sent[1])
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["type"].clone())
        .collect();
    assert_eq!(kinds[3..], ["function_call", "function_call_output"]);
}

#[test]
fn what_a_provider_has_run_itself_is_not_the_clients_to_answer() {
    let done = exchange(
        &client(false).engine,
        &Responses.call(),
        &Responses.request(&client(false).messages, false),
        61,
        |round, _| {
            let (kind, answer) = Responses.answer(round, &two_rounds()[round].0, End::Calls, false);
            let run = "\"output\":[{\"type\":\"shell_call\",\"id\":\"sh_1\",\"call_id\":\"s1\"},{\"type\":\"shell_call_output\",\"call_id\":\"s1\"},{\"type\":\"web_search_call\",\"id\":\"ws_1\"},";
            let answer = String::from_utf8(answer).unwrap();
            let answer = if round == 0 {
                answer.replacen("\"output\":[", run, 1)
            } else {
                answer
            };
            (kind, answer.into_bytes())
        },
    );
    assert_eq!(done.sent.len(), 2);
}

#[test]
fn the_tool_is_not_among_those_an_answer_says_were_offered() {
    for stream in [true, false] {
        for rounds in [two_rounds().to_vec(), vec![(vec![text("Fine.")], End::Turn)]] {
            for others in [json!([]), json!([{"type": "function", "name": "list"}])] {
                let client = client(stream);
                let mut request: Value =
                    serde_json::from_str(&Responses.request(&client.messages, stream)).unwrap();
                if others != json!([]) {
                    request["tools"] = others.clone();
                }
                let done = exchange(
                    &client.engine,
                    &Responses.call(),
                    &request.to_string(),
                    61,
                    |round, body| {
                        let body: Value = serde_json::from_str(body).unwrap();
                        let offered = body["tools"].as_array().unwrap();
                        let ours = offered
                            .iter()
                            .find(|tool| tool["name"] == "headroom_retrieve")
                            .unwrap();
                        // As it was offered, or as if it were the only one.
                        let told = if others == json!([]) {
                            json!([ours])
                        } else {
                            body["tools"].clone()
                        };
                        let (kind, answer) =
                            Responses.answer(round, &rounds[round].0, rounds[round].1, stream);
                        let told = format!("\"object\":\"response\",\"tools\":{told}");
                        let answer = String::from_utf8(answer).unwrap();
                        (
                            kind,
                            answer.replace("\"object\":\"response\"", &told).into_bytes(),
                        )
                    },
                );
                let got = String::from_utf8(done.got.clone()).unwrap();
                assert!(!got.contains("headroom_retrieve"), "{got}");
                assert!(got.contains(&format!("\"tools\":{others}")), "{got}");
            }
        }
    }
}
