//! Bedrock: what is peculiar to it, and to its binary streams.

use headroom_proxy::engine::{EngineOptions, Head, Mode};
use serde_json::{Value, json};

use crate::script::Client;
use crate::wires::{Converse, End, Invoke, Wire, bedrock_message, ours, text, think};

fn client(wire: &dyn Wire) -> Client<'_> {
    Client::new(wire, EngineOptions::default(), true, 17)
}

#[test]
fn messages_that_are_not_ours_to_change_are_handed_on_in_their_bytes() {
    for wire in [&Converse as &dyn Wire, &Invoke] {
        let (kind, mut answer) = wire.answer(0, &[think("k"), text("Hi.")], End::Turn, true);
        let odd = [
            bedrock_message("initial-response", &json!({})),
            bedrock_message("weather", &json!({"wind": 3})),
            bedrock_message("chunk", &json!({"later": true})),
        ];
        answer.splice(0..0, odd.concat());
        let got = client(wire).send(|_, _, _| (kind, answer.clone()));
        assert!(got.got == answer, "{}", wire.format().name());
        // In a later round, only the events of the message that has begun already are left out.
        let got = client(wire).send(|wire, round, _| match round {
            0 => wire.answer(0, &[text("Hm."), ours("ours_1", "{}")], End::Calls, true),
            _ => (kind, answer.clone()),
        });
        for odd in &odd {
            assert!(got.got.windows(odd.len()).any(|window| window == odd.as_slice()));
        }
    }
}

#[test]
fn a_wrong_checksum_is_left_to_the_client() {
    let (kind, mut answer) = Converse.answer(0, &[text("Hi.")], End::Turn, true);
    let middle = answer.len() / 2;
    answer[middle] ^= 1;
    let got = client(&Converse).send(|_, _, _| (kind, answer.clone()));
    assert!(got.got == answer);
}

#[test]
fn an_upstream_that_dies_is_an_exception() {
    for hidden in [true, false] {
        let client = client(&Converse);
        let request = Converse.request(&client.messages, true);
        let mut exchange = if hidden {
            client
                .engine
                .prepare(&Converse.call(), request.as_bytes(), &|| false)
                .exchange
        } else {
            client.engine.relay(Converse.format())
        };
        let (content_type, answer) = Converse.answer(0, &[text("Hi.")], End::Turn, true);
        let mode = exchange.begin(Head {
            status: 200,
            content_type,
        });
        assert_eq!(mode == Mode::Stream, hidden);
        let mut out = Vec::new();
        let first = bedrock_message("messageStart", &json!({"role": "assistant", "p": "abcd"})).len();
        exchange.push(&answer[..first], &mut out);
        exchange.broke("the connection was reset", &mut out);
        assert!(Converse.read(&out, true).failed);
    }
}

#[test]
fn marks_for_the_cache_stay_where_the_client_has_them() {
    let client = &mut client(&Converse);
    let (first, _) = client.ask(&[
        (vec![think("k"), ours("ours_1", "{}")], End::Calls),
        (vec![text("Fine.")], End::Turn),
    ]);
    let mark = json!({"cachePoint": {"type": "default"}});
    client.messages[0]["content"]
        .as_array_mut()
        .unwrap()
        .push(mark.clone());
    client.messages.last_mut().unwrap()["content"]
        .as_array_mut()
        .unwrap()
        .push(mark.clone());
    client.say("thanks");
    let (second, _) = client.ask(&[(vec![text("Welcome.")], End::Turn)]);
    let messages = Converse.messages(&second.sent[0]);
    assert_eq!(messages.len(), Converse.messages(&first.sent[1]).len() + 2);
    assert_eq!(messages[5]["content"], json!([{"text": "Fine."}, mark]));
}

#[test]
fn what_a_relayed_stream_costs_is_read() {
    for (wire, read, written) in [(&Converse as &dyn Wire, 7, 5), (&Invoke, 7, 3)] {
        let engine = client(wire).engine;
        for stream in [true, false] {
            let mut exchange = engine.relay(wire.format());
            let (content_type, answer) = wire.answer(0, &[text("Hi.")], End::Turn, stream);
            exchange.begin(Head {
                status: 200,
                content_type,
            });
            exchange.observe(&answer);
            let usage = exchange.account().usage;
            assert_eq!(
                (usage.cache_read, usage.cache_write_5m),
                (Some(read), Some(written))
            );
            assert_eq!((usage.input, usage.output), (Some(100), Some(20)));
        }
    }
    let cached: Value = json!({"usage": {"inputTokens": 1, "cacheWriteInputTokens": 9, "cacheDetails": [{"ttl": "1h", "inputTokens": 4}, {"ttl": "5m", "inputTokens": 5}]}});
    let mut exchange = client(&Converse).engine.relay(Converse.format());
    exchange.begin(Head {
        status: 200,
        content_type: "application/json",
    });
    exchange.observe(cached.to_string().as_bytes());
    let usage = exchange.account().usage;
    assert_eq!((usage.cache_write_5m, usage.cache_write_1h), (Some(5), Some(4)));
}
