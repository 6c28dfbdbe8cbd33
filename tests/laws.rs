//! The laws of the project on generated conversations, each under its name.
//!
//! Conversations are lists of messages in every wire format, with unknown fields, odd whitespace, tool outputs
//! of JSON records and of plain text. JSON goes through the built-in compressor; plain text through one of the
//! tests' own that always leaves something out where it may, so that the ways around elision are walked
//! whatever the built-in one decides.
#![expect(clippy::unwrap_used, reason = "a broken test shall stop")]

use std::sync::atomic::{AtomicUsize, Ordering};

use headroom::ccr::{Entry, MemoryStore, Ref, Store, find_refs, is_marked};
use headroom::compress::{CompressError, Compressed, Compressor, Input, Mark, Piece};
use headroom::dedup;
use headroom::format::Format;
use headroom::json::{Document, compact_into};
use headroom::message::{ContentKind, Role};
use headroom::pipeline::{Outcome, Pipeline, Verdict, decode_below};
use headroom::{Error, ErrorCode, Options, Policy};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

/// Leaves out all but the share of lines it is asked for; without elision it merges equal neighbours.
struct Cutter;

impl Compressor for Cutter {
    fn name(&self) -> &'static str {
        "cutter"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let ends: Vec<usize> = input.text.match_indices('\n').map(|(at, _)| at + 1).collect();
        let Some(elide) = input.elide else {
            let mut text = input.text.to_owned();
            text.retain(|character| character != '~');
            return Ok(Some(Compressed {
                pieces: vec![Piece::Text(text)],
                transforms: vec!["squeeze"],
            }));
        };
        // The question moves the cut, so that a leak of later questions would show.
        let wanted = ends.len() as f64 * elide.target_ratio.unwrap_or(0.3);
        let within = (0..ends.len())
            .take_while(|&lines| (lines as f64) < wanted)
            .count();
        let kept = (within + input.query.terms.len() % 3).min(ends.len());
        let Some(&cut) = kept.checked_sub(1).and_then(|last| ends.get(last)) else {
            return Ok(None);
        };
        let note = format!("lines {}-{}", kept + 1, ends.len() + 1);
        let pieces = vec![
            Piece::Keep(0..cut),
            Piece::Elide {
                range: cut..input.text.len(),
                note,
                mark: Mark::Whole,
            },
        ];
        Ok(Some(Compressed {
            pieces,
            transforms: vec!["cut"],
        }))
    }
}

/// Panics, fails or goes wrong, depending on the text.
struct Saboteur;

impl Compressor for Saboteur {
    fn name(&self) -> &'static str {
        "saboteur"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let wrong = |piece| {
            Ok(Some(Compressed {
                pieces: vec![piece],
                transforms: vec!["wrong"],
            }))
        };
        match input.text.len() % 4 {
            // A panic that stays out of the output of the tests.
            0 => std::panic::resume_unwind(Box::new("sabotage")),
            1 => Err(CompressError("sabotage".into())),
            2 => wrong(Piece::Keep(1..usize::MAX)),
            _ => wrong(Piece::Elide {
                range: 0..input.text.len() + 1,
                note: "all".into(),
                mark: Mark::Whole,
            }),
        }
    }
}

/// A store that keeps, or refuses.
#[derive(Default)]
struct Recorder {
    inner: MemoryStore,
    puts: AtomicUsize,
    refuses: bool,
}

impl Store for Recorder {
    fn put(&self, entries: &[Entry]) -> Result<Vec<Ref>, Error> {
        self.puts.fetch_add(1, Ordering::Relaxed);
        if self.refuses {
            Err(Error::new(ErrorCode::Store, "refused"))
        } else {
            self.inner.put(entries)
        }
    }

    fn get(&self, reference: Ref) -> Result<Option<Entry>, Error> {
        self.inner.get(reference)
    }
}

fn cell() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (0..40_i64).prop_map(Into::into),
        2 => any::<i64>().prop_map(Into::into),
        1 => any::<f64>().prop_filter("JSON has no such number", |number| number.is_finite()).prop_map(Into::into),
        4 => prop::sample::select(vec!["active", "late", "error: timeout", "é ü 東京", "a,b|c", "1", "null", "", " x ", "line\nbreak", "[headroom"]).prop_map(Into::into),
        2 => "[ -~é\n\"\\\\]{0,30}".prop_map(Into::into),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Into::into),
    ]
}

/// An array of records with a column that counts, one that stays and random ones; some keys go missing.
fn records() -> impl Strategy<Value = Value> {
    let rows = prop::collection::vec((prop::collection::vec(cell(), 3), any::<[bool; 3]>()), 0..40);
    (rows, 0..1000_usize).prop_map(|(rows, first)| {
        let row = |(index, (cells, missing)): (usize, (Vec<Value>, [bool; 3]))| {
            let mut row = Map::new();
            row.insert("id".into(), json!(first + index));
            row.insert("source".into(), json!("https://api.example.com/v1/orders"));
            for (column, (cell, missing)) in cells.into_iter().zip(missing).enumerate() {
                if !missing || column == 0 {
                    row.insert(["state", "note", "extra"][column].into(), cell);
                }
            }
            Value::Object(row)
        };
        rows.into_iter().enumerate().map(row).collect::<Vec<_>>().into()
    })
}

fn output() -> impl Strategy<Value = String> {
    let spelled = |value: Value, pretty: bool| {
        if pretty {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            value.to_string()
        }
    };
    prop_oneof![
        3 => (records(), any::<bool>()).prop_map(move |(rows, pretty)| spelled(rows, pretty)),
        2 => (records(), cell(), any::<bool>()).prop_map(move |(rows, total, pretty)| spelled(json!({"total": total, "data": {"items": rows}, "next": null}), pretty)),
        3 => prop::collection::vec("[a-z~ é]{0,40}", 0..80).prop_map(|lines| lines.join("\n")),
        1 => "\\PC{0,300}",
        // Looks like JSON and is not.
        1 => records().prop_map(|rows| format!("[1]\n{rows}")),
    ]
}

/// A tool output, or an earlier one again: as it was, under a heading, or with one change.
#[derive(Debug, Clone)]
struct Printed {
    fresh: String,
    again: Option<(prop::sample::Index, u8)>,
}

impl Printed {
    fn text(&self, earlier: &[String]) -> String {
        let Some((which, change)) = self.again.filter(|_| !earlier.is_empty()) else {
            return self.fresh.clone();
        };
        let text = which.get(earlier);
        match change {
            0 => text.clone(),
            1 => format!("$ cat it\n{text}\nbash-$"),
            2 => text.replacen("late", "lost", 1),
            _ => text.replacen("},", ",\"added\": [1.0, \"é\"]},", 1),
        }
    }
}

fn printed() -> impl Strategy<Value = Printed> {
    let again = prop::option::weighted(0.4, (any::<prop::sample::Index>(), 0..4_u8));
    (output(), again).prop_map(|(fresh, again)| Printed { fresh, again })
}

/// A message of a person or of the model, with fields and numbers nobody knows.
fn said(format: Format, role: &str, text: &str) -> String {
    let (role, key) = match (format, role) {
        (Format::Gemini, "assistant") => ("model", "parts"),
        (Format::Gemini, role) => (role, "parts"),
        (Format::LangChain, "user") => ("human", "content"),
        (Format::LangChain, _) => ("ai", "content"),
        (_, role) => (role, "content"),
    };
    let body = match format {
        Format::Gemini | Format::BedrockConverse => json!([{"text": text}]),
        _ => json!(text),
    };
    let who = if format == Format::LangChain {
        "type"
    } else {
        "role"
    };
    format!("{{\"{who}\" :\"{role}\", \"x_unknown\":[1.50,null],\"{key}\": {body},\"weight\":1e400}}")
}

/// The messages in which the model calls a tool, once with each of these ids.
fn asked(format: Format, ids: &[String], name: &str) -> Vec<Value> {
    let input = json!({"q": "late", "n": 4711});
    let calls: Vec<Value> = ids
        .iter()
        .map(|id| match format {
            Format::OpenAiChat => {
                json!({"id": id, "type": "function", "function": {"name": name, "arguments": input.to_string()}})
            }
            Format::OpenAiResponses => {
                json!({"type": "function_call", "call_id": id, "name": name, "arguments": input.to_string()})
            }
            Format::AnthropicMessages => json!({"type": "tool_use", "id": id, "name": name, "input": input}),
            Format::Gemini => json!({"functionCall": {"name": name, "args": input}, "thoughtSignature": "c2VhbGVk"}),
            Format::BedrockConverse => json!({"toolUse": {"toolUseId": id, "name": name, "input": input}}),
            Format::AiSdk => json!({"type": "tool-call", "toolCallId": id, "toolName": name, "input": input}),
            Format::LangChain => json!({"type": "tool_call", "id": id, "name": name, "args": input}),
        })
        .collect();
    match format {
        Format::OpenAiChat => vec![json!({"role": "assistant", "content": null, "tool_calls": calls})],
        Format::OpenAiResponses => {
            let mut items = vec![
                json!({"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "c2VhbGVk"}),
            ];
            items.extend(calls);
            items
        }
        Format::Gemini => vec![json!({"role": "model", "parts": calls})],
        Format::LangChain => vec![json!({"type": "ai", "content": "", "tool_calls": calls})],
        _ => vec![json!({"role": "assistant", "content": calls})],
    }
}

/// The message with what a tool printed. Where the format holds JSON, some of it is JSON.
fn answered(format: Format, id: &str, name: &str, text: &str) -> Value {
    let json: Option<Value> = serde_json::from_str(text)
        .ok()
        .filter(|value: &Value| (value.is_array() || value.is_object()) && text.len().is_multiple_of(2));
    match format {
        Format::OpenAiChat => {
            json!({"role": "tool", "tool_call_id": id, "content": text, "cache_control": {"type": "ephemeral"}})
        }
        Format::OpenAiResponses => {
            json!({"type": "function_call_output", "call_id": id, "output": text, "x": 1.5})
        }
        Format::AnthropicMessages => {
            let content = json!([{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]);
            json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": content}]})
        }
        Format::Gemini => {
            let response = match json {
                Some(Value::Object(record)) => Value::Object(record),
                Some(rows) => json!({"status": "ok", "rows": rows}),
                None => json!({"output": text, "code": 0}),
            };
            json!({"role": "user", "parts": [{"functionResponse": {"name": name, "response": response}}]})
        }
        Format::BedrockConverse => {
            let item = json.map_or(json!({"text": text}), |json| json!({"json": json, "x": 1.5}));
            json!({"role": "user", "content": [{"toolResult": {"toolUseId": id, "content": [item]}},
                {"cachePoint": {"type": "default"}}]})
        }
        Format::AiSdk => {
            let (kind, value) = json.map_or(("text", json!(text)), |json| ("json", json));
            let output = json!({"type": kind, "value": value, "providerOptions": {"a": [1]}});
            json!({"role": "tool", "content": [{"type": "tool-result", "toolCallId": id, "toolName": name, "output": output}]})
        }
        Format::LangChain => {
            json!({"type": "tool", "tool_call_id": id, "name": name, "content": text, "artifact": {"text": text}})
        }
    }
}

/// One turn: what was asked, the tool that was called, what it printed, and whether that is spelled with
/// white space.
#[derive(Debug, Clone)]
struct Turn {
    question: &'static str,
    name: &'static str,
    outputs: Vec<Printed>,
    odd: bool,
}

impl Turn {
    /// The messages of the turn, spelled as JSON; what it prints goes to `earlier`.
    fn spelled(&self, format: Format, earlier: &mut Vec<String>) -> Vec<String> {
        let ids: Vec<String> = (0..self.outputs.len()).map(|n| format!("call_{n}")).collect();
        let mut messages = vec![said(format, "user", self.question)];
        let calls = asked(format, &ids, self.name);
        messages.extend(calls.iter().map(ToString::to_string));
        for (id, output) in ids.iter().zip(&self.outputs) {
            let text = output.text(earlier);
            let message = answered(format, id, self.name, &text);
            messages.push(if self.odd {
                serde_json::to_string_pretty(&message).unwrap()
            } else {
                message.to_string()
            });
            earlier.push(text);
        }
        messages.push(said(format, "assistant", "Done."));
        messages
    }
}

fn conversation() -> impl Strategy<Value = Vec<String>> {
    prop::sample::select(Format::ALL.to_vec()).prop_flat_map(conversation_in)
}

fn conversation_in(format: Format) -> impl Strategy<Value = Vec<String>> {
    let question = prop::sample::select(vec![
        "Which are late?",
        "yes, go on",
        "Find order 4711",
        "What about é?",
    ]);
    let name = prop::sample::select(vec!["list_orders", "bash", "Read", "mcp__x__grep"]);
    let outputs = prop::collection::vec(printed(), 0..3);
    let turn = (question, name, outputs, any::<bool>()).prop_map(|(question, name, outputs, odd)| Turn {
        question,
        name,
        outputs,
        odd,
    });
    prop::collection::vec(turn, 1..4).prop_map(move |turns| {
        let mut earlier = Vec::new();
        turns
            .iter()
            .flat_map(|turn| turn.spelled(format, &mut earlier))
            .collect()
    })
}

fn body(messages: &[String]) -> String {
    format!("[{}]", messages.join(",\n "))
}

fn policies() -> impl Strategy<Value = Policy> {
    let ratio = prop::option::of(0.05..1.0_f64);
    let model = prop::option::of(prop::sample::select(vec!["gpt-4o", "gpt-4", "claude-sonnet-4"]));
    (
        any::<bool>(),
        ratio,
        prop::option::of(0_usize..3000),
        0_usize..60,
        model,
    )
        .prop_map(|(ccr, target_ratio, token_budget, min_tokens, model)| {
            let options = Options {
                model: model.map(str::to_owned),
                ccr,
                target_ratio,
                token_budget,
                min_tokens: Some(min_tokens),
                ..Options::default()
            };
            options.into_policy().unwrap()
        })
}

fn run(request: &str, policy: &Policy, store: Option<&dyn Store>) -> Outcome {
    Pipeline::with(&[(ContentKind::Text, &Cutter)])
        .compress(request, policy, store, &|| false)
        .unwrap()
}

/// The texts of a request's blocks, in order.
fn texts(request: &str) -> Vec<String> {
    let document = Document::parse(request).unwrap();
    Format::sniff(&document)
        .unwrap()
        .blocks(&document)
        .unwrap()
        .into_iter()
        .map(|block| block.text.into_owned())
        .collect()
}

fn compact(json: &str) -> String {
    let mut out = String::new();
    compact_into(json, &mut out);
    out
}

fn dense(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The laws would hold of conversations in which nothing ever happens; these are not such.
#[test]
fn generated_conversations_meet_every_outcome() {
    let mut runner = TestRunner::deterministic();
    let mut met = std::collections::BTreeSet::new();
    let mut transforms = std::collections::BTreeSet::new();
    let mut formats = std::collections::BTreeSet::new();
    for _ in 0..300 {
        let (messages, policy) = (conversation(), policies())
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let report = run(&body(&messages), &policy, Some(&MemoryStore::default())).report;
        transforms.extend(report.transforms_applied.iter().cloned());
        if report.tokens_saved > 0 {
            formats.insert(report.format);
        }
        met.extend(
            report
                .blocks
                .iter()
                .map(|block| (block.kind.as_str(), block.verdict.as_str())),
        );
    }
    assert_eq!(formats.len(), Format::ALL.len(), "made smaller: {formats:?}");
    for kind in ["json", "text"] {
        for verdict in [
            "lossless",
            "compressed",
            "not_smaller",
            "below_min",
            "excluded_tool",
        ] {
            assert!(
                met.contains(&(kind, verdict)),
                "no {kind} block was {verdict}: {met:?}"
            );
        }
    }
    for transform in ["dedup-lines", "dedup-json", "json-brief"] {
        assert!(transforms.contains(transform), "no {transform}: {transforms:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 144, ..ProptestConfig::default() })]

    #[test]
    fn law_1_causal_prefix(messages in conversation(), policy in policies()) {
        let store = MemoryStore::default();
        let full = body(&messages);
        let whole = run(&full, &policy, Some(&store)).body(&full);
        for length in 1..messages.len() {
            let part = body(&messages[..length]);
            let part = run(&part, &policy, Some(&store)).body(&part);
            prop_assert!(whole.starts_with(&part[..part.len() - 1]), "the first {} messages changed", length);
        }
    }

    #[test]
    fn law_1_a_longer_conversation_is_in_the_same_format(messages in conversation()) {
        let sniffed = |messages: &[String]| Format::sniff(&Document::parse(&body(messages)).unwrap());
        let whole = sniffed(&messages);
        let mut decided = false;
        for length in 1..messages.len() {
            let part = sniffed(&messages[..length]);
            // Before anything that only one format has, it counts as OpenAI chat.
            decided |= part != Some(Format::OpenAiChat);
            prop_assert!(part == whole || !decided, "{:?} at {}, {:?} later", part, length, whole);
        }
    }

    #[test]
    fn law_1_same_input_same_output(messages in conversation(), policy in policies()) {
        let request = body(&messages);
        let here = run(&request, &policy, Some(&MemoryStore::default()));
        let again = run(&request, &policy, Some(&MemoryStore::default()));
        let there = std::thread::scope(|scope| {
            scope.spawn(|| run(&request, &policy, Some(&MemoryStore::default()))).join().unwrap()
        });
        prop_assert_eq!(&here, &again);
        prop_assert_eq!(&here, &there);
    }

    #[test]
    fn law_2_bytes(messages in conversation(), policy in policies()) {
        let request = body(&messages);
        let outcome = run(&request, &policy, Some(&MemoryStore::default()));
        let document = Document::parse(&request).unwrap();
        let format = Format::sniff(&document).unwrap();
        let blocks = format.blocks(&document).unwrap();
        let sent = outcome.body(&request);
        // Outside the spans of tool outputs every byte is the same, and in the same place.
        let (mut from, mut at) = (0, 0);
        for edit in &outcome.edits {
            let block = blocks.iter().find(|block| block.span == edit.span && block.path == edit.path);
            prop_assert!(block.is_some_and(|block| block.tool.is_some()), "an edit outside every tool output");
            let between = &request[from..edit.span.start];
            prop_assert_eq!(&sent[at..at + between.len()], between);
            at += between.len();
            prop_assert_eq!(&sent[at..at + edit.json.len()], &edit.json);
            prop_assert!(Document::parse(&edit.json).is_ok());
            (from, at) = (edit.span.end, at + edit.json.len());
        }
        prop_assert_eq!(&sent[at..], &request[from..]);
        if outcome.edits.is_empty() {
            prop_assert_eq!(&sent, &request);
        }
        prop_assert_eq!(format.blocks(&Document::parse(&sent).unwrap()).unwrap().len(), blocks.len());
        prop_assert_eq!(request.matches("c2VhbGVk").count(), sent.matches("c2VhbGVk").count());
    }

    #[test]
    fn law_3_lossless_is_proven(messages in conversation(), policy in policies()) {
        let request = body(&messages);
        let store = MemoryStore::default();
        let outcome = Pipeline::default().compress(&request, &policy, Some(&store), &|| false).unwrap();
        let (before, after) = (texts(&request), texts(&outcome.body(&request)));
        let mut above: Vec<&str> = Vec::new();
        for (block, (before, after)) in outcome.report.blocks.iter().zip(before.iter().zip(&after)) {
            if block.verdict == Verdict::Lossless {
                let decoded = decode_below(after, &above).unwrap_or_else(|_| after.clone());
                match block.kind {
                    ContentKind::Json => prop_assert_eq!(compact(&decoded), compact(before)),
                    // Their JSON parts lose white space; that nothing else does is for their own tests.
                    ContentKind::JsonLines | ContentKind::Mixed => prop_assert_eq!(dense(&decoded), dense(before)),
                    _ => prop_assert_eq!(&decoded, before),
                }
            }
            if block.role == Role::Tool {
                above.push(after);
            }
        }
    }

    #[test]
    fn law_4_stored_before_shown(messages in conversation(), policy in policies(), refuses in any::<bool>()) {
        let request = body(&messages);
        let store = Recorder { refuses, ..Recorder::default() };
        let outcome = run(&request, &policy, Some(&store));
        let before = texts(&request);
        let after = texts(&outcome.body(&request));
        prop_assert!(store.puts.load(Ordering::Relaxed) <= 1);
        let mut shown = Vec::new();
        for (block, (before, after)) in outcome.report.blocks.iter().zip(before.iter().zip(&after)) {
            let refs = if before == after { Vec::new() } else { find_refs(after) };
            prop_assert_eq!(refs.first().map(ToString::to_string), block.r#ref.clone());
            prop_assert_eq!(block.verdict == Verdict::Compressed, !refs.is_empty());
            for reference in refs {
                prop_assert_eq!(&store.get(reference).unwrap().unwrap().text, before);
                shown.push(reference.to_string());
            }
        }
        shown.dedup();
        prop_assert!(!refuses || shown.is_empty());
        prop_assert!(shown.iter().all(|reference| outcome.report.refs.contains(reference)));
    }

    #[test]
    fn law_5_no_way_back_no_loss(messages in conversation(), mut policy in policies(), stored in any::<bool>()) {
        let request = body(&messages);
        policy.can_retrieve = !stored;
        let store = Recorder::default();
        // Either the caller cannot retrieve, or there is nothing to retrieve from.
        let outcome = run(&request, &policy, stored.then_some(&store as &dyn Store));
        prop_assert_eq!(store.puts.load(Ordering::Relaxed), 0);
        prop_assert!(outcome.report.refs.is_empty());
        let (before, after) = (texts(&request), texts(&outcome.body(&request)));
        let mut above: Vec<&str> = Vec::new();
        for (block, (before, after)) in outcome.report.blocks.iter().zip(before.iter().zip(&after)) {
            prop_assert!(block.verdict != Verdict::Compressed);
            prop_assert!(before == after || find_refs(after).is_empty());
            if block.kind == ContentKind::Text && before != after {
                let whole = dedup::expand(after, &above).unwrap();
                prop_assert!(&whole == before || whole == before.replace('~', ""), "{}", whole);
            }
            if block.role == Role::Tool {
                above.push(after);
            }
        }
    }

    #[test]
    fn law_8_never_larger(messages in conversation(), policy in policies()) {
        let request = body(&messages);
        let outcome = run(&request, &policy, Some(&MemoryStore::default()));
        let (before, after) = (texts(&request), texts(&outcome.body(&request)));
        let report = &outcome.report;
        prop_assert_eq!(report.blocks.len(), before.len());
        for (block, (before, after)) in report.blocks.iter().zip(before.iter().zip(&after)) {
            prop_assert_eq!(block.tokens_before, policy.encoding.count(before));
            prop_assert_eq!(block.tokens_after, policy.encoding.count(after));
            prop_assert!(before == after || block.tokens_after < block.tokens_before);
            let changed = matches!(block.verdict, Verdict::Compressed | Verdict::Lossless);
            prop_assert_eq!(changed, before != after);
        }
        let sum = |count: fn(&headroom::pipeline::BlockReport) -> usize| report.blocks.iter().map(count).sum::<usize>();
        prop_assert_eq!(report.tokens_before, sum(|block| block.tokens_before));
        prop_assert_eq!(report.tokens_after, sum(|block| block.tokens_after));
        prop_assert_eq!(report.tokens_saved, report.tokens_before - report.tokens_after);
    }

    #[test]
    fn law_8_twice_is_once(messages in conversation(), policy in policies()) {
        let request = body(&messages);
        let store = MemoryStore::default();
        let pipeline = Pipeline::default();
        let once = pipeline.compress(&request, &policy, Some(&store), &|| false).unwrap().body(&request);
        let twice = pipeline.compress(&once, &policy, Some(&store), &|| false).unwrap();
        for (text, block) in texts(&once).iter().zip(&twice.report.blocks) {
            prop_assert!(!is_marked(text) || block.tokens_after == block.tokens_before);
        }
        prop_assert!(twice.report.tokens_after <= twice.report.tokens_before);
    }

    #[test]
    fn law_9_fail_open(messages in conversation(), policy in policies()) {
        let request = body(&messages);
        let kinds = [ContentKind::Text, ContentKind::Json, ContentKind::JsonLines, ContentKind::Mixed];
        let broken = Pipeline::with(&kinds.map(|kind| (kind, &Saboteur as &dyn Compressor)));
        let store = Recorder::default();
        let outcome = broken.compress(&request, &policy, Some(&store), &|| false).unwrap();
        prop_assert_eq!(outcome.body(&request), request);
        prop_assert_eq!(store.puts.load(Ordering::Relaxed), 0);
        let tried = outcome.report.blocks.iter().filter(|block| block.verdict == Verdict::Error).count();
        prop_assert_eq!(outcome.report.warnings.iter().filter(|warning| warning.code == "compressor_failed").count(), tried);
        let reasons = outcome.report.blocks.iter().all(|block| block.verdict != Verdict::Compressed && block.verdict != Verdict::Lossless);
        prop_assert!(reasons);
    }
}
