//! Anthropic messages: what is peculiar to them.

use headroom_proxy::engine::EngineOptions;
use serde_json::{Value, json};

use crate::script::Client;
use crate::wires::{Anthropic, End, Wire, frame, frames, message, ours, text, think};

fn client(chunk: usize) -> Client<'static> {
    Client::new(&Anthropic, EngineOptions::default(), true, chunk)
}

/// A stream of the provider's with lines ended otherwise.
fn with_crlf(answer: Vec<u8>) -> Vec<u8> {
    String::from_utf8(answer)
        .unwrap()
        .replace('\n', "\r\n")
        .into_bytes()
}

#[test]
fn text_alone_may_come_back_as_a_string_in_any_order_of_fields() {
    for spelled in [
        |text: &Value| json!({"role": "assistant", "content": text}),
        |text: &Value| json!({"content": text, "role": "assistant"}),
        |text: &Value| json!({"content": [{"type": "text", "text": text}], "id": "m", "role": "assistant"}),
        |text: &Value| json!({"role": "assistant", "content": [{"text": text, "type": "text", "cache_control": {"type": "ephemeral"}}]}),
        |text: &Value| json!({"role": "assistant", "content": [{"type": "text", "text": ""}, {"type": "text", "text": text}]}),
    ] {
        let mut client = client(50);
        let (first, _) = client.ask(&[
            (vec![ours("ours_1", "{}")], End::Calls),
            (vec![text("It is \"fine\".\n")], End::Turn),
        ]);
        client.messages.pop();
        client.messages.push(spelled(&json!("It is \"fine\".")));
        client.say("thanks");
        let (second, _) = client.ask(&[(vec![text("Welcome.")], End::Turn)]);
        let (seen, sent) = (
            Anthropic.messages(&first.sent[1]),
            Anthropic.messages(&second.sent[0]),
        );
        assert_eq!(sent[..seen.len()], seen[..]);
        assert_eq!(sent.len(), seen.len() + 2, "{sent:#?}");
        let last = &sent[seen.len()];
        assert_eq!(last["role"], "assistant");
        assert!(last.to_string().contains("It is \\\"fine\\\"."), "{last}");
    }
}

#[test]
fn the_same_words_in_another_conversation_are_not_taken_for_these() {
    let mut client = client(50);
    let answer = [
        (vec![ours("ours_1", "{}")], End::Calls),
        (vec![text("Yes.")], End::Turn),
    ];
    client.ask(&answer);
    let mut other = Client::new(&Anthropic, EngineOptions::default(), true, 50);
    other.engine = client.engine.clone();
    let image = |data: &str| json!({"role": "user", "content": [{"type": "image", "source": {"type": "base64", "data": data}}]});
    other.messages = vec![image("AAAA")];
    other.ask(&answer);
    for (first, rounds) in [(image("AAAA"), 5), (image("BBBB"), 3)] {
        other.messages = vec![first, json!({"role": "assistant", "content": "Yes."})];
        other.say("sure?");
        let (next, _) = other.ask(&[(vec![text("Sure.")], End::Turn)]);
        assert_eq!(
            Anthropic.messages(&next.sent[0]).len(),
            rounds,
            "{}",
            next.sent[0]
        );
    }
}

#[test]
fn marks_for_the_cache_may_move() {
    let mut client = client(50);
    client.messages[0] = json!({"role": "user", "content": [{"type": "text", "text": "what is item 7?", "cache_control": {"type": "ephemeral"}}]});
    let (first, _) = client.ask(&[
        (vec![ours("ours_1", "{}")], End::Calls),
        (vec![text("Fine.")], End::Turn),
    ]);
    client.messages[0] = client.wire.user("what is item 7?");
    client.messages.push(json!({"role": "user", "content": [{"type": "text", "text": "thanks", "cache_control": {"type": "ephemeral"}}]}));
    let (second, _) = client.ask(&[(vec![text("Welcome.")], End::Turn)]);
    assert_eq!(
        Anthropic.messages(&second.sent[0]).len(),
        Anthropic.messages(&first.sent[1]).len() + 2
    );
}

#[test]
fn signed_thoughts_stay_next_to_what_they_were_signed_with() {
    let mut client = client(3);
    client.ask(&[
        (vec![think("a"), ours("ours_1", "{}")], End::Calls),
        (
            vec![think("b"), ours("ours_2", "{}"), ours("ours_3", "{}")],
            End::Calls,
        ),
        (vec![think("c"), text("Done.")], End::Turn),
    ]);
    client.say("thanks");
    let (second, _) = client.ask(&[(vec![text("Welcome.")], End::Turn)]);
    let messages = Anthropic.messages(&second.sent[0]);
    let shape: Vec<String> = messages[3..]
        .iter()
        .filter_map(|message| message["content"].as_array())
        .map(|blocks| {
            blocks
                .iter()
                .map(|block| block["type"].as_str().unwrap())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    assert_eq!(
        shape,
        [
            "thinking tool_use",
            "tool_result",
            "thinking tool_use tool_use",
            "tool_result tool_result",
            "thinking text"
        ]
    );
}

#[test]
fn counts_are_summed_field_by_field_and_listed_by_iteration() {
    let mut client = client(1000);
    let (first, _) = client.ask(&[
        (vec![ours("ours_1", "{}")], End::Calls),
        (vec![text("Done.")], End::Turn),
    ]);
    let usage = &message(&first.got)["usage"];
    assert_eq!(usage["cache_read_input_tokens"], 14);
    assert_eq!(
        usage["cache_creation"],
        json!({"ephemeral_5m_input_tokens": 6, "ephemeral_1h_input_tokens": 4})
    );
    assert_eq!(usage["iterations"].as_array().unwrap().len(), 2);
    assert_eq!(first.account.usage.cache_write_1h, Some(4));
    assert_eq!(first.account.hidden_usage.cache_write_5m, Some(3));
}

#[test]
fn what_is_not_known_is_handed_on() {
    let unknown = [
        frame(&json!({"type": "weather", "index": "north"})),
        ": a comment\n\n".to_owned(),
        "data: not JSON\n\n".to_owned(),
        "id: 7\nretry: 100\n\n".to_owned(),
        frame(
            &json!({"type": "content_block_delta", "index": 0, "delta": {"type": "sound_delta", "sound": "la", "pitch": 440}}),
        ),
    ];
    let (kind, plain) = Anthropic.answer(0, &[text("Hi.")], End::Turn, true);
    let plain = String::from_utf8(plain).unwrap();
    let at = plain.find("event: content_block_stop").unwrap();
    let odd = format!(
        "{}{}{}: bye\n\ndata: [DONE]",
        &plain[..at],
        unknown.concat(),
        &plain[at..]
    );
    for answer in [odd.clone().into_bytes(), with_crlf(odd.clone().into_bytes())] {
        for chunk in 1..40 {
            let got = client(chunk).send(|_, _, _| (kind, answer.clone())).got;
            assert_eq!(
                String::from_utf8_lossy(&got),
                String::from_utf8_lossy(&answer),
                "{chunk}"
            );
        }
    }
    // Also in a round after a hidden one, with the number the client knows the block by.
    let got = client(5).send(|wire, round, _| match round {
        0 => wire.answer(0, &[text("Hm."), ours("ours_1", "{}")], End::Calls, true),
        _ => (kind, odd.clone().into_bytes()),
    });
    let got = String::from_utf8(got.got).unwrap();
    for (at, unknown) in unknown.iter().enumerate() {
        let unknown = if at == 4 {
            unknown.replace("\"index\":0", "\"index\":1")
        } else {
            unknown.clone()
        };
        assert!(got.contains(&unknown), "{unknown}\n{got}");
    }
}

#[test]
fn lines_may_end_in_any_way_around_hidden_rounds() {
    for chunk in [1, 2, 13, 10_000] {
        let got = client(chunk).send(|wire, round, _| {
            let (kind, answer) = match round {
                0 => wire.answer(0, &[text("Hm."), ours("ours_1", "{}")], End::Calls, true),
                _ => wire.answer(1, &[text("Fine.")], End::Turn, true),
            };
            (kind, with_crlf(answer))
        });
        let got = String::from_utf8(got.got).unwrap();
        let message = message(got.replace("\r\n", "\n").as_bytes());
        assert_eq!(
            message["content"],
            json!([{"type": "text", "text": "Hm."}, {"type": "text", "text": "Fine."}])
        );
        assert_eq!(
            frames(got.replace("\r\n", "\n").as_bytes()).last().unwrap(),
            "{\"type\":\"message_stop\"}"
        );
    }
}

#[test]
fn a_last_frame_without_a_blank_line_is_read() {
    let got = client(1000).send(|wire, round, _| {
        let (kind, mut answer) = match round {
            0 => wire.answer(0, &[ours("ours_1", "{}")], End::Calls, true),
            _ => wire.answer(1, &[text("Fine.")], End::Turn, true),
        };
        answer.truncate(answer.len() - 2);
        (kind, answer)
    });
    assert_eq!(
        message(&got.got)["content"],
        json!([{"type": "text", "text": "Fine."}])
    );
}

#[test]
fn empty_texts_are_not_sent_back_to_the_provider_that_made_them() {
    let mut client = client(1000);
    let (first, _) = client.ask(&[
        (vec![text("  "), ours("ours_1", "{}")], End::Calls),
        (vec![text("Fine.")], End::Turn),
    ]);
    let content = &Anthropic.messages(&first.sent[1])[3]["content"];
    assert_eq!(content.as_array().unwrap().len(), 1, "{content}");
    client.say("thanks");
    let (second, _) = client.ask(&[(vec![text("Welcome.")], End::Turn)]);
    assert_eq!(Anthropic.messages(&second.sent[0])[3]["content"], *content);
}

#[test]
fn a_message_whose_blocks_never_stop_still_ends() {
    let got = client(11).send(|wire, round, _| {
        let (kind, answer) = match round {
            0 => wire.answer(0, &[ours("ours_1", "{}")], End::Calls, true),
            _ => wire.answer(1, &[text("Fine.")], End::Turn, true),
        };
        let without = frame(&json!({"type": "content_block_stop", "index": 0}));
        let answer = String::from_utf8(answer).unwrap();
        (
            kind,
            if round == 0 {
                answer.replace(&without, "")
            } else {
                answer
            }
            .into_bytes(),
        )
    });
    assert_eq!(got.sent.len(), 2);
    assert_eq!(message(&got.got)["content"][0]["text"], "Fine.");
}
