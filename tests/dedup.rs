//! Deduplication: what becomes a pointer, what must not, and that every pointer leads back.
#![expect(clippy::unwrap_used, reason = "a broken test shall stop")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "options and arguments are written where they are used"
)]

use headroom::ccr::{Entry, MemoryStore, Ref, Store};
use headroom::pipeline::{self, Outcome, Verdict, decode_below};
use headroom::{Error, ErrorCode, Options};
use serde_json::{Value, json};

/// A conversation: one question, and calls with their outputs.
fn chat(steps: &[(&str, Value, &str)]) -> String {
    let mut messages = vec![json!({"role": "user", "content": "Why does the build fail?"})];
    for (at, (name, arguments, output)) in steps.iter().enumerate() {
        let id = format!("c{at}");
        let function = json!({"name": name, "arguments": arguments.to_string()});
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [{"id": id, "type": "function", "function": function}]}));
        messages.push(json!({"role": "tool", "tool_call_id": id, "content": output}));
    }
    Value::Array(messages).to_string()
}

fn run(request: &str, options: Value, store: Option<&dyn Store>) -> Outcome {
    let policy = Options::from_json(&options.to_string())
        .unwrap()
        .into_policy()
        .unwrap();
    pipeline::compress(request, &policy, store, &|| false).unwrap()
}

/// The tool outputs of a request.
fn outputs(request: &str) -> Vec<String> {
    let messages: Vec<Value> = serde_json::from_str(request).unwrap();
    let tools = messages.iter().filter(|message| message["role"] == "tool");
    tools
        .map(|message| message["content"].as_str().unwrap().to_owned())
        .collect()
}

/// What is sent for the outputs; every changed one must decode to what it was.
fn sent(steps: &[(&str, Value, &str)], options: Value) -> Vec<String> {
    let request = chat(steps);
    let outcome = run(&request, options, Some(&MemoryStore::default()));
    let (before, after) = (outputs(&request), outputs(&outcome.body(&request)));
    let verdicts = outcome.report.blocks.iter().filter(|block| block.tool.is_some());
    for (at, (before, block)) in before.iter().zip(verdicts).enumerate() {
        if block.verdict == Verdict::Lossless {
            let above: Vec<&str> = after[..at].iter().map(String::as_str).collect();
            let decoded = decode_below(&after[at], &above).unwrap_or_else(|_| after[at].clone());
            let same = decoded == *before || same_json(&decoded, before);
            assert!(same, "{}\n became \n{decoded}", after[at]);
        }
    }
    after
}

fn same_json(a: &str, b: &str) -> bool {
    let compact = |text: &str| {
        let mut out = String::new();
        headroom::json::compact_into(text, &mut out);
        out
    };
    compact(a) == compact(b)
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

fn source(seed: usize) -> String {
    lines(60, |n| {
        format!(
            "    value_{seed}_{n} = compute({n}, flag=lookup_{})\n",
            n * 7919 % 991
        )
    })
}

fn bash(command: &str) -> Value {
    json!({ "command": command })
}

/// Doors hide what was read back, or show it: pointers say the same either way.
#[test]
fn what_was_read_back_is_neither_counted_nor_pointed_to() {
    let (first, second) = (source(0), source(1));
    let back = ("headroom_retrieve", json!({"ref": "0"}), first.as_str());
    let hosted = (
        "mcp__headroom__headroom_retrieve",
        json!({"ref": "1"}),
        second.as_str(),
    );
    let shown = |name, text| ("run", json!({"command": name}), text);
    let (one, two) = (shown("one", first.as_str()), shown("two", second.as_str()));
    let again = [shown("three", second.as_str()), shown("four", first.as_str())];
    let without = sent(&[&[one.clone(), two.clone()], &again[..]].concat(), json!({}));
    let with = [&[back.clone(), one, hosted, back, two], &again[..]].concat();
    let request = chat(&with);
    let outcome = run(&request, json!({}), Some(&MemoryStore::default()));
    let mut with = outputs(&outcome.body(&request));
    assert_eq!(with.remove(3), first);
    assert_eq!(with.remove(2), second);
    assert_eq!(with.remove(0), first);
    assert_eq!(with, without);
    assert!(with[2].contains("tool output 2 above"), "{}", with[2]);
    assert!(with[3].contains("tool output 1 above"), "{}", with[3]);
}

#[test]
fn a_text_that_came_before_is_one_line() {
    let text = source(1);
    let after = sent(
        &[("bash", bash("make a"), &text), ("bash", bash("make b"), &text)],
        json!({}),
    );
    assert_eq!(after[0], text);
    assert_eq!(
        after[1],
        "[headroom: all of tool output 1 above (\"value_1_0 = compute(0, flag=look\")]"
    );
}

#[test]
fn runs_of_lines_are_pointed_to_between_what_is_new() {
    let (first, second) = (source(1), source(2));
    let third = format!("now\n{}new line\n{}end", source(2), source(1));
    let steps = [
        ("bash", bash("make a"), first.as_str()),
        ("bash", bash("make b"), &second),
        ("bash", bash("make c"), &third),
    ];
    let after = sent(&steps, json!({}));
    let lines: Vec<&str> = after[2].lines().collect();
    assert_eq!(lines.len(), 5, "{}", after[2]);
    assert_eq!((lines[0], lines[2], lines[4]), ("now", "new line", "end"));
    assert!(
        lines[1].starts_with("[headroom: lines 1-60 of tool output 2 above"),
        "{}",
        lines[1]
    );
    assert!(
        lines[3].starts_with("[headroom: lines 1-60 of tool output 1 above"),
        "{}",
        lines[3]
    );
}

/// What is edited next is edited against the newest reading; it is not put together from two states.
#[test]
fn a_file_read_again_after_an_edit_stays_whole() {
    let before = source(1);
    let edited = before.replace("compute(30,", "compute(31,");
    let read = bash("cat src/table.py");
    let steps = [
        ("bash", read.clone(), before.as_str()),
        ("bash", bash("sed -i s/30/31/ src/table.py"), ""),
        ("bash", read.clone(), &edited),
        ("bash", read.clone(), &edited),
        ("bash", bash("grep -n compute README"), &edited),
    ];
    let after = sent(&steps, json!({}));
    assert_eq!(after[2], edited);
    assert!(
        after[3].starts_with("[headroom: all of tool output 3 above"),
        "{}",
        after[3]
    );
    assert!(
        after[4].starts_with("[headroom: all of tool output 3 above"),
        "{}",
        after[4]
    );
}

/// Outlines of the old and of the new state looked the same: the edit stood in a body that was left out of both.
#[test]
fn code_that_was_printed_again_after_an_edit_stays_whole() {
    let body = lines(30, |n| format!("    step_{n} = prepare({n})\n"));
    let before = lines(12, |n| format!("def frame_{n}(x):\n{body}    return x\n\n\n"));
    let edited = before.replacen("return x", "return x + 1", 1);
    let read = bash("cat src/frames.py");
    let steps = [
        ("bash", read.clone(), before.as_str()),
        ("bash", bash("sed -i s/x/y/ src/frames.py"), ""),
        ("bash", read.clone(), &edited),
        (
            "bash",
            bash("cat src/others.py"),
            &edited.replace("frame", "other"),
        ),
    ];
    let after = sent(&steps, json!({"ccr": true, "codeAware": true}));
    assert!(after[0].len() < before.len() / 2, "{}", after[0]);
    assert_eq!(after[2], edited);
    assert!(after[3].len() < edited.len() / 2, "{}", after[3]);
}

#[test]
fn file_tools_stay_and_may_be_pointed_to() {
    let text = source(1);
    let steps = [
        ("Read", json!({"file_path": "a.txt"}), text.as_str()),
        ("Read", json!({"file_path": "b.txt"}), &text),
        ("bash", bash("make"), &text),
    ];
    let after = sent(&steps, json!({}));
    assert_eq!((&after[0], &after[1]), (&text, &text));
    assert!(
        after[2].starts_with("[headroom: all of tool output "),
        "{}",
        after[2]
    );
}

#[test]
fn dedup_can_be_turned_off() {
    let text = source(1);
    let steps = [
        ("bash", bash("make a"), text.as_str()),
        ("bash", bash("make b"), &text),
    ];
    assert_eq!(sent(&steps, json!({"dedup": false}))[1], text);
}

/// The provider takes earlier results out of such a request, and a pointer would lead nowhere.
#[test]
fn a_request_that_forgets_results_has_no_pointers() {
    let text = source(1);
    let result = |id: &str| json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": text}]});
    let request = |edits: Value| {
        json!({"model": "m", "messages": [result("a"), result("b")], "context_management": {"edits": edits}})
            .to_string()
    };
    let edits = |edits: Value| {
        run(&request(edits), json!({"format": "anthropic"}), None)
            .edits
            .len()
    };
    assert_eq!(edits(json!([{"type": "clear_tool_uses_20250919"}])), 0);
    assert_eq!(edits(json!([{"type": "clear_thinking_20251015"}])), 1);
}

fn order(state: &str, paid: &Value) -> Value {
    let lines: Vec<Value> = (0..12)
        .map(|n| json!({"sku": format!("sku-{:05}", n * 7919 % 99_991), "count": n % 5 + 1, "note": null}))
        .collect();
    json!({"id": "ord_7", "state": state, "customer": {"name": "Ada", "tier": "gold"}, "lines": lines, "total": 120.50, "payments": paid})
}

#[test]
fn a_record_that_was_changed_is_told_by_its_changes() {
    let before = order("open", &json!([{"amount": 10}])).to_string();
    let mut now = order("paid", &json!([{"amount": 10}, {"amount": 110.50}]));
    now["lines"][3]["count"] = json!(90);
    now["lines"][4]["note"] = json!(true);
    now["closed at"] = json!("2026-01-02");
    let now = serde_json::to_string_pretty(&now).unwrap();
    let after = sent(
        &[
            ("get_order", json!({"id": 7}), before.as_str()),
            ("pay", json!({"id": 7}), &now),
        ],
        json!({}),
    );
    let expected = "[headroom: this JSON is that of tool output 1 above (get_order), but for:]\n\
        state: \"paid\"\n\
        lines[3].count: 90\n\
        lines[4].note: true\n\
        payments[1]: {\"amount\":110.5}\n\
        [\"closed at\"]: \"2026-01-02\"";
    assert_eq!(after[1], expected);
}

/// Numbers, missing keys, order and escapes are the source's; what cannot be told as a change is given whole.
#[test]
fn changes_keep_the_sources_spelling() {
    let base = order("open", &json!([1, 2, 3])).to_string();
    let variants = [
        base.replace("120.5", "120.50"),
        base.replace("[1,2,3]", "[1,2]"),
        base.replace("[1,2,3]", "[1,2,3,1e400,\"\\u00e9\"]"),
        base.replace(
            "\"name\":\"Ada\",\"tier\":\"gold\"",
            "\"tier\":\"gold\",\"name\":\"Ada\"",
        ),
        base.replace("\"name\":\"Ada\",", ""),
        base.replace("\"id\":\"ord_7\"", "\"id\":\"ord_7\",\"id\":\"ord_8\""),
        base.replace("\"Ada\"", "null"),
        base.replace("\"Ada\"", "\"null\""),
        base.replace("\"name\"", "\"na\\\"me\""),
    ];
    for variant in variants {
        assert_ne!(variant, base);
        // `sent` compares what it decodes to with the source.
        sent(
            &[
                ("get", json!({"n": 1}), base.as_str()),
                ("get", json!({"n": 2}), &variant),
            ],
            json!({}),
        );
    }
}

/// Two readings of one shape are not one record: where most differs, nobody should have to look it up.
#[test]
fn another_record_is_not_told_by_its_changes() {
    let record = |seed: usize| {
        let pairs = (0..40).map(|n| {
            (
                format!("field_{n}"),
                json!(format!("value {}", (n + 1) * seed * 7919 % 99_991)),
            )
        });
        Value::Object(pairs.collect()).to_string()
    };
    let (first, second) = (record(3), record(5));
    let after = sent(
        &[
            ("get", json!({"n": 1}), first.as_str()),
            ("get", json!({"n": 2}), &second),
        ],
        json!({}),
    );
    assert!(!after[1].contains("tool output"), "{}", after[1]);
}

/// Of an earlier output only what was sent can be read; a text that stands for all of it has its own way back.
#[test]
fn what_was_left_out_has_a_way_back_wherever_it_is_named() {
    let rows: Vec<Value> = (0..200)
        .map(|n| json!({"id": format!("ord_{:05}", n * 7919 % 99_991), "state": "open", "note": format!("left at door {}", n % 9)}))
        .collect();
    let rows = Value::Array(rows).to_string();
    let steps = [
        ("list", json!({"page": 1}), rows.as_str()),
        ("list", json!({"page": 1, "again": true}), &rows),
    ];
    let request = chat(&steps);
    let store = MemoryStore::default();
    let outcome = run(&request, json!({"ccr": true}), Some(&store));
    let after = outputs(&outcome.body(&request));
    let reference = Ref::of(&rows).to_string();
    for text in &after {
        assert!(text.contains(&reference), "every gap has its way back: {text}");
    }
    assert!(!after[1].contains("all of tool output"), "{}", after[1]);
}

/// Jobs as a queue lists them; the one that is polled for is at `done` percent.
fn jobs(done: usize) -> String {
    let job = |n: usize| {
        let done = if n == 37 { done } else { 0 };
        json!({"id": format!("job_{:05}", n * 7919 % 99_991), "state": "queued", "done": done, "owner": format!("team {}", n % 9)})
    };
    let jobs: Vec<Value> = (0..200).map(job).collect();
    json!({"total": 200, "cursor": null, "jobs": jobs}).to_string()
}

/// A list that is polled again is told by its changes where the same parts would be left out of it, whether the
/// changes are in them or not; each such text has its own way back.
#[test]
fn a_poll_with_parts_left_out_is_told_by_its_changes() {
    let texts = [
        jobs(0),
        jobs(0).replace("\"cursor\":null", "\"cursor\":\"c2\""),
        jobs(0),
    ];
    let steps: Vec<(&str, Value, &str)> = texts
        .iter()
        .map(|text| ("list_jobs", json!({"queue": "main"}), text.as_str()))
        .collect();
    let request = chat(&steps);
    let store = MemoryStore::default();
    let outcome = run(&request, json!({"ccr": true}), Some(&store));
    let after = outputs(&outcome.body(&request));
    let footer = |text: &str| format!("ref {}]", Ref::of(text));
    assert!(
        after[0].contains("left out]") && after[0].contains(&footer(&texts[0])),
        "{}",
        after[0]
    );
    let head =
        "[headroom: this JSON is that of tool output 1 above (list_jobs), including what is left out there";
    let expected = format!(
        "{head}, but for:]\ncursor: \"c2\"\n[headroom: what is left out above can be read with headroom_retrieve, "
    );
    assert_eq!(after[1], expected + &footer(&texts[1]));
    assert!(
        after[2].starts_with(&format!("{head}]\n")) || after[2].starts_with("[headroom: "),
        "{}",
        after[2]
    );
    for (text, block) in texts
        .iter()
        .zip(outcome.report.blocks.iter().filter(|block| block.tool.is_some()))
    {
        assert_eq!(block.verdict, Verdict::Compressed);
        assert_eq!(store.get(Ref::of(text)).unwrap().unwrap().text, *text);
    }
}

/// What stands out now was left out then: it is shown.
#[test]
fn a_poll_that_shows_other_parts_is_no_change_of_the_earlier_one() {
    let (first, second) = (jobs(0), jobs(80));
    let steps = [
        ("list_jobs", json!({"queue": "main"}), first.as_str()),
        ("list_jobs", json!({"queue": "main"}), &second),
    ];
    let request = chat(&steps);
    let store = MemoryStore::default();
    let outcome = run(&request, json!({"ccr": true}), Some(&store));
    let after = outputs(&outcome.body(&request));
    assert!(after[1].contains("80"), "{}", after[1]);
}

/// A store that fails.
struct Broken;

impl Store for Broken {
    fn put(&self, _: &[Entry]) -> Result<Vec<Ref>, Error> {
        Err(Error::new(ErrorCode::Store, "no room"))
    }

    fn get(&self, _: Ref) -> Result<Option<Entry>, Error> {
        Ok(None)
    }
}

/// A pointer was made to a text with gaps that, for want of a store, was not sent.
#[test]
fn without_a_store_pointers_are_made_anew() {
    let log = lines(400, |n| {
        format!(
            "2026-01-02 10:00:{:02} INFO worker {} done in {} ms\n",
            n % 60,
            n % 7,
            n * 31 % 97
        )
    });
    let steps = [
        ("bash", bash("run a"), log.as_str()),
        ("bash", bash("run b"), &log),
    ];
    let request = chat(&steps);
    let outcome = run(&request, json!({"ccr": true}), Some(&Broken));
    assert!(outcome.report.refs.is_empty());
    assert!(
        outcome
            .report
            .warnings
            .iter()
            .any(|warning| warning.code == "store_failed")
    );
    let after = outputs(&outcome.body(&request));
    assert_eq!(decode_below(&after[0], &[]).unwrap(), log);
    assert_eq!(decode_below(&after[1], &[&after[0]]).unwrap(), log);
}

#[test]
fn text_that_looks_like_a_pointer_is_left_alone() {
    let text = format!("[headroom: lines 1-2 of tool output 1 above]\n{}", source(1));
    let steps = [
        ("bash", bash("make a"), text.as_str()),
        ("bash", bash("make b"), &text),
    ];
    assert_eq!(sent(&steps, json!({})), [text.clone(), text.clone()]);
}

#[test]
fn pointers_that_lead_nowhere_are_errors() {
    let above = ["a\nb", "{\"a\":{\"b\":1}}"];
    let not_decodable = [
        "[headroom: lines 1-2 of tool output 3 above]",
        "[headroom: lines 2-3 of tool output 1 above]",
        "[headroom: lines 0-1 of tool output 1 above]",
        "[headroom: all of tool output 0 above]",
        "[headroom: this JSON is that of tool output 9 above]",
        "[headroom: this JSON is that of tool output 1 above]",
        "[headroom: this JSON is that of tool output 2 above (x), but for:]\nc.d: 1",
        "[headroom: this JSON is that of tool output 2 above (x), but for:]\na.b: 1 2",
        "[headroom: this JSON is that of tool output 2 above (x), but for:]\nnonsense",
    ];
    for text in not_decodable {
        let error = decode_below(text, &above).unwrap_err();
        assert_eq!(error.code, ErrorCode::NotDecodable, "{text}");
    }
    let fine = "[headroom: this JSON is that of tool output 2 above (x), but for:]\na.b: 2\nc: [3]";
    assert_eq!(decode_below(fine, &above).unwrap(), "{\"a\":{\"b\":2},\"c\":[3]}");
    assert_eq!(
        decode_below("x\n[headroom: line 2 of tool output 1 above]", &above).unwrap(),
        "x\nb"
    );
}

/// Every line the same, every line new, one endless line: no shape makes it slow.
#[test]
fn hostile_texts_take_linear_time() {
    let same = "x\n".repeat(200_000);
    let long = "y".repeat(2_000_000);
    let many = lines(100_000, |n| format!("{n}\n"));
    let texts = [
        same.clone() + "end",
        same + "END",
        many.clone() + "a",
        many + "b",
        long.clone(),
        long + "z",
    ];
    let steps: Vec<(&str, Value, &str)> = texts
        .iter()
        .map(|text| ("bash", bash("run"), text.as_str()))
        .collect();
    sent(&steps, json!({}));
}
