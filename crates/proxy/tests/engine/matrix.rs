//! What holds in every format, streamed and whole, in chunks of any size.

use headroom_proxy::engine::{EngineOptions, UsageShown};
use proptest::prelude::*;

use crate::script::{Client, Exchanged};
use crate::wires::{COST, End, Say, Wire, all, call, ours, text, think, told, visible};

/// A client of every format, streaming or not, with chunks of several sizes.
fn each(options: &EngineOptions, test: impl Fn(Client<'_>)) {
    for wire in all() {
        for stream in [true, false] {
            for chunk in [1, 7, 100_000] {
                test(Client::new(&*wire, options.clone(), stream, chunk));
            }
        }
    }
}

/// What the provider saw last is what the next request starts with.
fn assert_continues(wire: &dyn Wire, earlier: &Exchanged, later: &Exchanged) {
    let (seen, sent) = (
        wire.messages(earlier.sent.last().unwrap()),
        wire.messages(&later.sent[0]),
    );
    assert!(sent.len() >= seen.len(), "{sent:#?}");
    assert_eq!(sent[..seen.len()], seen[..], "{}", wire.format().name());
}

fn assert_paired(wire: &dyn Wire, body: &str) {
    let (calls, results) = wire.pairs(body);
    assert_eq!(calls, results, "{body}");
}

fn assert_no_leak(exchanged: &Exchanged) {
    let got = String::from_utf8_lossy(&exchanged.got);
    for ours in ["headroom_retrieve", "ours_"] {
        assert!(!got.contains(ours), "{got}");
    }
}

#[test]
fn a_hidden_round_is_one_message_for_the_client_and_comes_back_in_the_next_request() {
    each(&EngineOptions::default(), |mut client| {
        let arguments = format!("{{\"ref\":\"{}\",\"rows\":\"30\"}}", client.reference());
        let rounds = [
            (
                vec![think("hm"), text("Let me look. "), ours("ours_1", &arguments)],
                End::Calls,
            ),
            (vec![think("so"), text("It is fine.")], End::Turn),
        ];
        let (first, seen) = client.ask(&rounds);
        assert_no_leak(&first);
        assert!(first.sent[1].contains("item 29"), "{}", first.sent[1]);
        assert_paired(client.wire, &first.sent[1]);
        let expected = visible(&rounds.clone().map(|round| round.0));
        assert_eq!(told(client.wire, &seen.says), told(client.wire, &expected));
        assert_eq!(seen.end, Some(End::Turn));
        assert_eq!(
            seen.usage,
            (2 * COST.0, 2 * COST.1),
            "{}",
            client.wire.format().name()
        );
        assert_eq!(first.account.hidden_rounds, 1);
        assert_eq!(first.account.usage.output, Some(2 * COST.1));
        assert_eq!(first.account.hidden_usage.output, Some(COST.1));

        client.say("thanks");
        let (second, _) = client.ask(&[(vec![text("Welcome.")], End::Turn)]);
        assert_continues(client.wire, &first, &second);
        assert_paired(client.wire, &second.sent[0]);
        client.say("bye");
        let (third, _) = client.ask(&[(vec![text("Bye.")], End::Turn)]);
        assert_continues(client.wire, &second, &third);
    });
}

#[test]
fn the_last_rounds_usage_can_be_shown_alone() {
    let options = EngineOptions {
        usage: UsageShown::Last,
        ..EngineOptions::default()
    };
    each(&options, |mut client| {
        let (first, seen) = client.ask(&[
            (vec![ours("ours_1", "{}")], End::Calls),
            (vec![text("Done.")], End::Turn),
        ]);
        assert_eq!(seen.usage, COST);
        assert_eq!(first.account.usage.output, Some(2 * COST.1));
    });
}

#[test]
fn a_mixed_round_lets_the_clients_calls_through_and_answers_ours_when_it_comes_back() {
    let mine = call("call_2", "list", "{\"all\":true}");
    let hidden = ours("ours_1", "{\"ref\":\"00\"}");
    for calls in [[hidden.clone(), mine.clone()], [mine, hidden]] {
        each(&EngineOptions::default(), |mut client| {
            let says = [vec![think("hm"), text("Both.")], calls.to_vec()].concat();
            let (first, seen) = client.ask(&[(says.clone(), End::Calls)]);
            assert_no_leak(&first);
            assert_eq!(first.sent.len(), 1);
            assert_eq!(
                told(client.wire, &seen.says),
                told(client.wire, &visible(&[says]))
            );
            assert_eq!(seen.end, Some(End::Calls));
            assert_eq!(seen.usage, COST);
            client.answer(&[("call_2", "list", "[]")]);
            let (second, _) = client.ask(&[(vec![text("Nothing.")], End::Turn)]);
            assert!(second.sent[0].contains("ref"), "{}", second.sent[0]);
            assert_paired(client.wire, &second.sent[0]);
            assert_eq!(
                client.wire.pairs(&second.sent[0]).0.len(),
                3,
                "{}",
                second.sent[0]
            );
            client.say("and now?");
            let (third, _) = client.ask(&[(vec![text("Still nothing.")], End::Turn)]);
            assert_continues(client.wire, &second, &third);
        });
    }
}

#[test]
fn nothing_is_half_inserted_when_the_client_answers_no_calls() {
    each(&EngineOptions::default(), |mut client| {
        let says = vec![call("call_2", "list", "{}"), ours("ours_1", "{}")];
        client.ask(&[(says, End::Calls)]);
        client.say("never mind");
        let request = client.wire.request(&client.messages, client.stream);
        let (second, _) = client.ask(&[(vec![text("Well.")], End::Turn)]);
        assert_eq!(
            client.wire.messages(&second.sent[0]).len(),
            client.wire.messages(&request).len()
        );
        let messages = serde_json::to_string(&client.wire.messages(&second.sent[0])).unwrap();
        assert!(!messages.contains("\"headroom_retrieve\""), "{messages}");
    });
}

#[test]
fn rounds_come_to_an_end() {
    each(&EngineOptions::default(), |mut client| {
        let (first, seen) = client.ask(&[(vec![text("Again."), ours("ours_1", "{}")], End::Calls)]);
        assert_eq!(first.account.hidden_rounds, 4);
        assert_eq!(first.sent.len(), 5, "three are answered, the fourth is told so");
        assert!(first.sent[4].contains("No more can be read back"));
        assert_no_leak(&first);
        assert_eq!(seen.end, Some(End::Turn));
        client.say("well?");
        let (second, _) = client.ask(&[(vec![text("Well.")], End::Turn)]);
        assert_continues(client.wire, &first, &second);
        assert_paired(client.wire, &second.sent[0]);
    });
}

#[test]
fn a_call_that_was_cut_off_is_neither_shown_nor_answered() {
    each(&EngineOptions::default(), |mut client| {
        let (first, seen) =
            client.ask(&[(vec![text("Let me "), ours("ours_1", "{\"ref\":\"1")], End::Length)]);
        assert_eq!(first.sent.len(), 1);
        assert_no_leak(&first);
        assert_eq!(seen.says, [text("Let me ")]);
        assert_eq!(seen.end, Some(End::Length));
    });
}

#[test]
fn a_call_without_sense_is_answered_with_what_is_wrong() {
    for (arguments, wrong) in [
        ("{\"ref\":", "The arguments cannot be read"),
        (
            "{\"ref\":\"0123456789abcdef0123456789abcdef\"}",
            "0123456789abcdef0123456789abcdef",
        ),
    ] {
        for wire in all() {
            let mut client = Client::new(&*wire, EngineOptions::default(), true, 9);
            let (first, seen) = client.ask(&[
                (vec![ours("ours_1", arguments)], End::Calls),
                (vec![text("So be it.")], End::Turn),
            ]);
            assert_eq!(seen.says, [text("So be it.")]);
            assert!(first.sent[1].contains(wrong), "{}", first.sent[1]);
            assert_paired(&*wire, &first.sent[1]);
        }
    }
}

#[test]
fn a_tool_behind_a_clients_prefix_is_the_clients() {
    each(&EngineOptions::default(), |mut client| {
        let theirs = call("call_2", "mcp__notes__headroom_retrieve", "{\"ref\":\"1\"}");
        let (first, seen) = client.ask(&[(vec![theirs.clone()], End::Calls)]);
        assert_eq!(
            (first.sent.len(), seen.says, seen.end),
            (1, told(client.wire, &[theirs]), Some(End::Calls))
        );
    });
}

#[test]
fn a_stream_that_ends_early_or_fails_later_ends_in_an_error() {
    for wire in all() {
        for chunk in [1, 7, 100_000] {
            let client = Client::new(&*wire, EngineOptions::default(), true, chunk);
            let hidden = [text("Let me look. "), ours("ours_1", "{}")];
            // Cut in many places.
            let whole = wire.answer(0, &hidden, End::Calls, true).1;
            for end in (0..whole.len().saturating_sub(40)).step_by(if chunk == 1 { 211 } else { 59 }) {
                let cut = client.send(|wire, round, _| match round {
                    0 => (wire.answer(0, &hidden, End::Calls, true).0, whole[..end].to_vec()),
                    // Everything but the last words was there.
                    _ => wire.answer(1, &[text("Fine.")], End::Turn, true),
                });
                if cut.got.is_empty() || end < 400 {
                    continue;
                }
                assert_no_leak(&cut);
                assert_eq!(wire.read(&cut.got, true).failed, cut.sent.len() == 1, "{end}");
            }
            let failing = client.send(|wire, round, _| match round {
                0 => wire.answer(0, &hidden, End::Calls, true),
                _ => (wire.answer(0, &[], End::Turn, true).0, wire.error()),
            });
            let seen = wire.read(&failing.got, true);
            assert!(seen.failed);
            assert_eq!(seen.says, [text("Let me look. ")]);
        }
    }
}

#[test]
fn a_lost_event_changes_no_other_where_nothing_is_hidden() {
    for wire in all() {
        let says = [
            text("Hm."),
            call("call_2", "list", "{}"),
            call("call_3", "list", "{}"),
        ];
        let (kind, answer) = wire.answer(0, &says, End::Calls, true);
        if !kind.starts_with("text/event-stream") {
            continue;
        }
        let answer = String::from_utf8(answer).unwrap();
        let frames: Vec<&str> = answer.split_inclusive("\n\n").collect();
        let client = Client::new(&*wire, EngineOptions::default(), true, 90);
        for lost in 0..frames.len() - 2 {
            let rest = [&frames[..lost], &frames[lost + 1..]].concat().concat();
            let got = client.send(|_, _, _| (kind, rest.clone().into_bytes())).got;
            assert_eq!(String::from_utf8(got).unwrap(), rest, "{lost}");
        }
    }
}

/// Texts as models write them, and ids that tell what is whose.
fn rounds() -> impl Strategy<Value = Vec<(Vec<Say>, End)>> {
    let words = "[a-z \"\\\\\u{e9}\u{1F600}\n]{0,12}";
    let said = prop_oneof![
        words.prop_map(|words| text(&format!("t{words}"))),
        words.prop_map(|words| think(&format!("k{words}"))),
    ];
    let says = || prop::collection::vec(said.clone(), 0..3);
    let hidden = (says(), 1..3_usize, says()).prop_map(|(mut says, calls, _)| {
        says.extend((0..calls).map(|_| ours("", "{\"ref\":\"ff\"}")));
        says
    });
    let last =
        (says(), 0..3_usize, any::<bool>(), any::<bool>()).prop_map(|(mut says, calls, mixed, first)| {
            says.push(text("end"));
            if first && mixed && calls > 0 {
                says.push(ours("", "{}"));
            }
            says.extend((0..calls).map(|_| call("", "list", "{\"a\":1}")));
            if !first && mixed && calls > 0 {
                says.push(ours("", "{}"));
            }
            says
        });
    (prop::collection::vec(hidden, 0..3), last).prop_map(|(hidden, last)| {
        let mut number = 0;
        let mut rounds: Vec<(Vec<Say>, End)> = hidden
            .into_iter()
            .chain([last])
            .map(|says| (says, End::Calls))
            .collect();
        for (says, _) in &mut rounds {
            for say in says {
                number += 1;
                if let Say::Call { id, name, .. } = say {
                    let kind = if name == "list" { "call" } else { "ours" };
                    *id = format!("{kind}_x{number}");
                }
            }
        }
        if let Some((says, end)) = rounds.last_mut()
            && !says.iter().any(|say| matches!(say, Say::Call { .. }))
        {
            *end = End::Turn;
        }
        rounds
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_whatever_break_a_reader(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 0..6),
        chunk in 1..80_usize, stream in any::<bool>(), which in any::<prop::sample::Index>(),
    ) {
        let wires = all();
        let wire = &*wires[which.index(wires.len())];
        let client = Client::new(wire, EngineOptions::default(), stream, chunk);
        let changed = |mut answer: Vec<u8>| {
            for (at, byte, change) in &changes {
                let at = at.index(answer.len().max(1));
                match change {
                    0 if at < answer.len() => answer[at] = *byte,
                    1 => answer.insert(at, *byte),
                    _ => drop(answer.splice(at..at, says_more(*byte))),
                }
            }
            answer
        };
        let says = [think("k"), text("Hm."), ours("ours_1", "{}"), call("call_2", "list", "{}")];
        let exchanged = client.send(|wire, round, _| {
            let says = &says[..4 - (round + usize::from(stream)) % 2];
            let (kind, answer) = wire.answer(round, says, End::Calls, stream);
            (kind, changed(answer))
        });
        prop_assert!(exchanged.sent.len() <= 5);
        for body in &exchanged.sent {
            prop_assert!(serde_json::from_str::<serde_json::Value>(body).is_ok(), "{body}");
        }
        // Without a call of ours it is handed on as it is, or, where it ends too early, with an error behind it.
        let (kind, answer) = wire.answer(0, &[text("Hm."), call("call_2", "list", "{}")], End::Calls, stream);
        let answer = changed(answer);
        let got = client.send(|_, _, _| (kind, answer.clone())).got;
        let early = b"ended before its message did";
        let ended_early = got.windows(early.len()).any(|window| window == early);
        prop_assert!(
            got == answer || ended_early,
            "{}\n{}",
            String::from_utf8_lossy(&answer),
            String::from_utf8_lossy(&got)
        );
    }
}

/// Bytes that mean something to some reader.
fn says_more(byte: u8) -> Vec<u8> {
    let words: [&[u8]; 8] = [b"\n\n", b"data: ", b"[DONE]", b"]", b"{", b"\"", b"\xff", b"null"];
    words[usize::from(byte) % words.len()].to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn clients_see_what_was_said_and_providers_see_what_they_saw(
        rounds in rounds(), chunk in 1..80_usize, stream in any::<bool>(),
    ) {
        for wire in all() {
            let mut client = Client::new(&*wire, EngineOptions::default(), stream, chunk);
            let (first, seen) = client.ask(&rounds);
            let says: Vec<Vec<Say>> = rounds.iter().map(|round| round.0.clone()).collect();
            assert_eq!(told(&*wire, &seen.says), told(&*wire, &visible(&says)));
            assert_eq!(first.sent.len(), rounds.len());
            assert_eq!(seen.end, rounds.last().map(|round| round.1));
            assert_no_leak(&first);
            let hidden = says.iter().flatten().any(|say| matches!(say, Say::Call { name, .. } if name != "list"));
            if !hidden {
                assert_eq!(first.got, wire.answer(0, &rounds[0].0, rounds[0].1, stream).1);
            }
            let calls: Vec<&Say> = seen.says.iter().filter(|say| matches!(say, Say::Call { .. })).collect();
            let results: Vec<(&str, &str, &str)> = calls.iter().map(|say| match say {
                Say::Call { id, name, .. } => (id.as_str(), name.as_str(), "done"),
                _ => unreachable!(),
            }).collect();
            if results.is_empty() {
                client.say("go on");
            } else {
                client.answer(&results);
            }
            let (second, _) = client.ask(&[(vec![text("Good.")], End::Turn)]);
            assert_continues(&*wire, &first, &second);
            assert_paired(&*wire, &second.sent[0]);
            client.say("more");
            let (third, _) = client.ask(&[(vec![text("Better.")], End::Turn)]);
            assert_continues(&*wire, &second, &third);
        }
    }
}
