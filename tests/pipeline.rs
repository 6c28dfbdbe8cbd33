//! The pipeline on small conversations: decisions, edited plans, the gate, the store, and failing open.
//!
//! Most tests inject a compressor for plain text whose doings can be read off its output; what the built-in
//! one makes of JSON is its own tests' business.
#![expect(clippy::unwrap_used, reason = "a broken test shall stop")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "options are written where they are used"
)]

use std::cell::Cell;
use std::sync::Mutex;

use headroom::ccr::{Entry, MemoryStore, Ref, Store, find_refs};
use headroom::compress::{CompressError, Compressed, Compressor, Input, Mark, Piece};
use headroom::message::ContentKind;
use headroom::pipeline::{
    Action, Outcome, Pipeline, Plan, Verdict, compress, compress_text, decode_text, plan,
};
use headroom::{Error, ErrorCode, Options, Policy};
use serde_json::{Value, json};

/// Runs of equal lines as `line ×n`; may leave out lines after the first few. Misbehaves when the text
/// says so. Remembers what it was given.
#[derive(Default)]
struct Lines {
    seen: Mutex<Vec<Seen>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Seen {
    terms: Vec<String>,
    ratio: Option<f64>,
    bias: Option<f64>,
}

impl Compressor for Lines {
    fn name(&self) -> &'static str {
        "lines"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let (ratio, bias) = (
            input.elide.and_then(|elide| elide.target_ratio),
            input.elide.map(|elide| elide.bias),
        );
        self.seen.lock().unwrap().push(Seen {
            terms: input.query.terms.clone(),
            ratio,
            bias,
        });
        let text = input.text;
        let lossless = |text: String| {
            Ok(Some(Compressed {
                pieces: vec![Piece::Text(text)],
                transforms: vec!["squeeze"],
            }))
        };
        let gap = |at: usize| Piece::Elide {
            range: at..text.len(),
            note: "the rest".into(),
            mark: Mark::Whole,
        };
        match text.split_whitespace().next() {
            // Panics that stay out of the output of the tests.
            Some("PANIC") => std::panic::resume_unwind(Box::new("broken on purpose")),
            Some("FAIL") => return Err(CompressError("cannot".into())),
            Some("GROW") => return lossless(format!("{text}{text}")),
            Some("SAME") => return lossless(text.replace('n', "m")),
            Some("CHEAT") => {
                return Ok(Some(Compressed {
                    pieces: vec![gap(5)],
                    transforms: vec![],
                }));
            }
            Some("RANGE") => {
                return Ok(Some(Compressed {
                    pieces: vec![Piece::Keep(0..text.len() + 1)],
                    transforms: vec![],
                }));
            }
            _ => {}
        }
        if input.elide.is_some() {
            let head = text
                .match_indices('\n')
                .nth(1)
                .map_or(text.len(), |(at, _)| at + 1);
            return Ok(Some(Compressed {
                pieces: vec![Piece::Keep(0..head), gap(head)],
                transforms: vec!["cut", "cut"],
            }));
        }
        let mut runs: Vec<(&str, usize)> = Vec::new();
        for line in text.lines() {
            match runs.last_mut() {
                Some((last, count)) if *last == line => *count += 1,
                _ => runs.push((line, 1)),
            }
        }
        if runs.iter().all(|&(_, count)| count == 1) {
            return Ok(None);
        }
        lossless(
            runs.iter()
                .map(|(line, count)| format!("{line} ×{count}\n"))
                .collect::<Vec<_>>()
                .concat(),
        )
    }
}

fn policy(options: Value) -> Policy {
    Options::from_json(&options.to_string())
        .unwrap()
        .into_policy()
        .unwrap()
}

fn call(id: &str, name: &str, arguments: &Value) -> Value {
    json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": id, "type": "function", "function": {"name": name, "arguments": arguments.to_string()}}
    ]})
}

fn tool(id: &str, text: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": text})
}

/// A question, a call of `name`, its output.
fn chat(name: &str, output: &str) -> String {
    json!([
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Which flights are late?"},
        call("c1", name, &json!({"airport": "OSL"})),
        tool("c1", output),
    ])
    .to_string()
}

/// 100 different lines.
fn varied() -> String {
    (0..100)
        .map(|n| format!("line number {n} of many\n"))
        .collect::<Vec<_>>()
        .concat()
}

fn run(lines: &Lines, request: &str, options: Value, store: Option<&dyn Store>) -> Outcome {
    Pipeline::with(&[(ContentKind::Text, lines)])
        .compress(request, &policy(options), store, &|| false)
        .unwrap()
}

fn contents(body: &str) -> Vec<Value> {
    let messages: Vec<Value> = serde_json::from_str(body).unwrap();
    messages
        .into_iter()
        .map(|message| message["content"].clone())
        .collect()
}

#[test]
fn every_block_gets_a_decision_with_its_reason() {
    let long = varied();
    let request = json!([
        {"role": "system", "content": long},
        {"role": "user", "content": long},
        call("c1", "Read", &json!({})),
        tool("c1", &long),
        call("c2", "bash", &json!({})),
        tool("c2", "short"),
        tool("c2", &format!("[headroom: rows 1-2 left out]\n{long}")),
        tool("c2", &long),
        tool("c2", &format!("[{long}]")),
        tool("c2", &format!("[1,{}]", "2,".repeat(1000))),
        {"role": "assistant", "content": long},
        call("c3", "mcp__headroom__headroom_retrieve", &json!({})),
        tool("c3", &long),
    ])
    .to_string();
    let plan = plan(&request, &policy(json!({}))).unwrap();
    let actions: Vec<&str> = plan
        .decisions
        .iter()
        .map(|decision| match &decision.action {
            Action::Keep { reason } => reason.as_str(),
            Action::Compress { with, .. } => with.as_str(),
        })
        .collect();
    let expected = [
        "system_message",
        "user_message",
        "excluded_tool",
        "below_min",
        "already_compressed",
        "no_compressor",
        "no_compressor",
        "smart-crusher",
        "assistant_message",
        "excluded_tool",
    ];
    assert_eq!(actions, expected);
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(
        json["decisions"][7],
        json!({"path": [9, "content"], "message": 9, "role": "tool", "tool": "bash", "kind": "json",
            "tokens": plan.decisions[7].tokens, "action": "compress", "with": "smart-crusher", "elide": false, "bias": 1.0})
    );
    assert_eq!(serde_json::from_value::<Plan>(json).unwrap(), plan);
}

#[test]
fn user_messages_are_compressed_only_when_asked() {
    let request = json!([{"role": "user", "content": "same\n".repeat(400)}]).to_string();
    let lines = Lines::default();
    assert_eq!(run(&lines, &request, json!({}), None).body(&request), request);
    let outcome = run(&lines, &request, json!({"compressUserMessages": true}), None);
    assert_eq!(contents(&outcome.body(&request)), ["same ×400\n"]);
}

#[test]
fn a_lossless_result_is_spliced_in_and_reported() {
    let request = chat("bash", &"same\n".repeat(400));
    let outcome = run(&Lines::default(), &request, json!({}), None);
    assert_eq!(contents(&outcome.body(&request))[3], "same ×400\n");
    let report = &outcome.report;
    assert_eq!(report.blocks.last().unwrap().verdict, Verdict::Lossless);
    assert_eq!(report.transforms_applied, ["squeeze"]);
    assert_eq!(report.tokens_before - report.tokens_after, report.tokens_saved);
    assert!(report.compression_ratio < 0.2 && report.refs.is_empty() && report.warnings.is_empty());
    let json = serde_json::to_value(report).unwrap();
    for key in [
        "format",
        "tokenizer",
        "tokensBefore",
        "tokensAfter",
        "tokensSaved",
        "compressionRatio",
        "transformsApplied",
        "refs",
        "blocks",
        "warnings",
    ] {
        assert!(json.get(key).is_some(), "{key}");
    }
    assert_eq!(
        json["blocks"][2]["tokensBefore"],
        json!(report.blocks[2].tokens_before)
    );
}

#[test]
fn what_is_left_out_is_marked_and_stored() {
    let text = varied();
    let request = chat("bash", &text);
    let store = MemoryStore::default();
    let outcome = run(&Lines::default(), &request, json!({"ccr": true}), Some(&store));
    let reference = Ref::of(&text);
    let shown = contents(&outcome.body(&request))[3].as_str().unwrap().to_owned();
    assert!(
        shown.starts_with(
            "line number 0 of many\nline number 1 of many\n[headroom: the rest left out]\n[headroom: "
        ),
        "{shown}"
    );
    assert_eq!(find_refs(&shown), [reference]);
    assert_eq!(
        store.get(reference).unwrap(),
        Some(Entry {
            text,
            tool: Some("bash".into())
        })
    );
    assert_eq!(outcome.report.refs, [reference.to_string()]);
    assert_eq!(outcome.report.transforms_applied, ["cut"]);
    let block = outcome.report.blocks.last().unwrap();
    assert_eq!(
        (block.verdict, block.r#ref.clone()),
        (Verdict::Compressed, Some(reference.to_string()))
    );
}

#[test]
fn marks_that_cost_more_than_they_save_give_way_to_the_lossless_form() {
    let (unequal, equal) = ("a\nb\nc\nd\n".to_owned(), format!("a\nb\n{}", "c\n".repeat(15)));
    let store = MemoryStore::default();
    let options = json!({"ccr": true, "minTokens": 1});
    let outcome = run(
        &Lines::default(),
        &chat("bash", &unequal),
        options.clone(),
        Some(&store),
    );
    assert_eq!(outcome.report.blocks.last().unwrap().verdict, Verdict::NotSmaller);
    let outcome = run(&Lines::default(), &chat("bash", &equal), options, Some(&store));
    assert_eq!(outcome.report.blocks.last().unwrap().verdict, Verdict::Lossless);
    assert!(outcome.report.refs.is_empty() && store.get(Ref::of(&equal)).unwrap().is_none());
}

#[test]
fn the_question_before_a_block_and_its_arguments_reach_the_compressor() {
    let lines = Lines::default();
    let request = json!([
        {"role": "user", "content": "Which flights are late?"},
        call("c1", "bash", &json!({"airport": "OSL"})),
        tool("c1", &varied()),
        {"role": "user", "content": "And which trains?"},
        tool("c1", &varied()),
    ])
    .to_string();
    run(&lines, &request, json!({}), None);
    let terms: Vec<_> = lines
        .seen
        .lock()
        .unwrap()
        .iter()
        .map(|seen| seen.terms.join(" "))
        .collect();
    assert_eq!(terms, ["flight late osl", "train osl"]);
    run(&lines, &request, json!({"query": "buses"}), None);
    assert_eq!(lines.seen.lock().unwrap()[2].terms, ["buse", "osl"]);
}

#[test]
fn a_budget_and_a_ratio_reach_the_compressor() {
    let lines = Lines::default();
    let text = varied();
    let tokens = policy(json!({})).encoding.count(&text);
    let request = json!([tool("c1", &text), tool("c1", &text)]).to_string();
    let store = MemoryStore::default();
    run(
        &lines,
        &request,
        json!({"ccr": true, "targetRatio": 0.5}),
        Some(&store),
    );
    run(
        &lines,
        &request,
        json!({"ccr": true, "tokenBudget": tokens / 2}),
        Some(&store),
    );
    let seen = lines.seen.lock().unwrap();
    assert_eq!((seen[0].ratio, seen[1].ratio), (Some(0.5), Some(0.5)));
    let (first, second) = (seen[2].ratio.unwrap(), seen[3].ratio.unwrap());
    assert!(
        (first - 0.5).abs() < 0.01 && second < first && second > 0.3,
        "{first} {second}"
    );
}

#[test]
fn applying_the_plan_as_it_is_is_compressing() {
    let request = chat("bash", &varied());
    let options = policy(json!({"ccr": true}));
    let lines = Lines::default();
    let pipeline = Pipeline::with(&[(ContentKind::Text, &lines)]);
    let store = MemoryStore::default();
    let plan = pipeline.plan(&request, &options).unwrap();
    let plan: Plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    let applied = pipeline
        .apply(&request, &options, &plan, Some(&store), &|| false)
        .unwrap();
    assert_eq!(
        applied,
        pipeline
            .compress(&request, &options, Some(&store), &|| false)
            .unwrap()
    );
}

/// Applies a plan after `edit` has had its way with it.
fn edited(
    output: &str,
    tool: &str,
    options: Value,
    edit: impl FnOnce(&mut Plan),
) -> Result<(Outcome, Vec<Seen>), Error> {
    let request = chat(tool, output);
    let policy = policy(options);
    let lines = Lines::default();
    let pipeline = Pipeline::with(&[(ContentKind::Text, &lines)]);
    let mut plan = pipeline.plan(&request, &policy).unwrap();
    edit(&mut plan);
    let store = MemoryStore::default();
    let outcome = pipeline.apply(&request, &policy, &plan, Some(&store), &|| false)?;
    Ok((outcome, lines.seen.into_inner().unwrap()))
}

fn with_lines(elide: bool, bias: f64) -> Action {
    Action::Compress {
        with: "lines".into(),
        elide,
        bias,
    }
}

#[test]
fn a_hook_can_keep_a_block() {
    let keep = |plan: &mut Plan| {
        plan.decisions[2].action = Action::Keep {
            reason: Verdict::BelowMin,
        }
    };
    let (outcome, _) = edited(&varied(), "bash", json!({"ccr": true}), keep).unwrap();
    assert!(outcome.edits.is_empty());
    assert_eq!(outcome.report.blocks[2].verdict, Verdict::Hook);
}

#[test]
fn a_hook_can_set_a_bias_and_forbid_elision() {
    let biased = |plan: &mut Plan| plan.decisions[2].action = with_lines(true, 2.5);
    let (_, seen) = edited(&varied(), "bash", json!({"ccr": true}), biased).unwrap();
    assert_eq!(seen[0].bias, Some(2.5));
    let gently = |plan: &mut Plan| plan.decisions[2].action = with_lines(false, 1.0);
    let (outcome, seen) = edited(&varied(), "bash", json!({"ccr": true}), gently).unwrap();
    assert_eq!(
        (seen[0].bias, outcome.report.blocks[2].verdict),
        (None, Verdict::NotSmaller)
    );
}

#[test]
fn a_hook_can_overrule_what_is_the_callers_to_decide() {
    let force = |plan: &mut Plan| plan.decisions[2].action = with_lines(true, 1.0);
    for (output, tool) in [(varied(), "Read"), ("same\n".repeat(40), "bash")] {
        let (outcome, _) = edited(&output, tool, json!({"ccr": true}), force).unwrap();
        assert_eq!(outcome.edits.len(), 1, "{tool}");
    }
}

#[test]
fn a_plan_that_does_not_fit_is_refused_with_the_place() {
    type Edit = fn(&mut Plan);
    let cases: [(Edit, &str); 8] = [
        (|plan| plan.format = "anthropic".into(), "format"),
        (
            |plan| plan.decisions.truncate(2),
            "the request has 3 blocks, the plan has 2",
        ),
        (
            |plan| plan.decisions.swap(0, 2),
            "decisions[0] (messages[0].content)",
        ),
        (
            |plan| plan.decisions[0].action = with_lines(false, 1.0),
            "system_message",
        ),
        (
            |plan| plan.decisions[2].action = with_lines(true, 1.0),
            "ccr is off",
        ),
        (
            |plan| plan.decisions[2].action = with_lines(false, 0.0),
            "bias must be a number above 0",
        ),
        (
            |plan| plan.decisions[2].action = with_lines(false, f64::NAN),
            "bias must be a number above 0",
        ),
        (
            |plan| {
                plan.decisions[2].action = Action::Compress {
                    with: "zip".into(),
                    elide: false,
                    bias: 1.0,
                }
            },
            "there is no compressor \"zip\"",
        ),
    ];
    for (edit, expected) in cases {
        let error = edited(&varied(), "bash", json!({}), edit).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidPlan);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_compressor_that_misbehaves_leaves_the_block_as_it_was() {
    for (word, cause) in [
        ("PANIC", "panicked: broken on purpose"),
        ("FAIL", "cannot"),
        ("CHEAT", "left something out although nothing may be"),
        ("RANGE", "a range that is not in the text"),
    ] {
        let request = chat("bash", &format!("{word} {}", varied()));
        let outcome = run(&Lines::default(), &request, json!({}), None);
        assert_eq!(outcome.body(&request), request, "{word}");
        assert_eq!(outcome.report.blocks[2].verdict, Verdict::Error, "{word}");
        let warning = &outcome.report.warnings[0];
        assert_eq!(
            (warning.code.as_str(), warning.at.as_str()),
            ("compressor_failed", "messages[3].content")
        );
        assert!(warning.message.contains(cause), "{}", warning.message);
    }
    for word in ["GROW", "SAME"] {
        let request = chat("bash", &format!("{word} {}", varied()));
        let outcome = run(&Lines::default(), &request, json!({"model": "unknown"}), None);
        assert_eq!(
            (outcome.edits.len(), outcome.report.blocks[2].verdict),
            (0, Verdict::NotSmaller)
        );
    }
}

#[test]
fn a_failing_block_does_not_touch_its_neighbours() {
    let request = json!([
        tool("a", &"same\n".repeat(400)),
        tool("b", &format!("PANIC {}", varied())),
        tool("c", &"same\n".repeat(400))
    ]);
    let request = request.to_string();
    let outcome = run(&Lines::default(), &request, json!({}), None);
    let verdicts: Vec<_> = outcome.report.blocks.iter().map(|block| block.verdict).collect();
    assert_eq!(verdicts, [Verdict::Lossless, Verdict::Error, Verdict::Lossless]);
}

/// A store that fails as told.
struct Broken(Put);

type Put = fn() -> Result<Vec<Ref>, Error>;

impl Store for Broken {
    fn put(&self, _: &[Entry]) -> Result<Vec<Ref>, Error> {
        (self.0)()
    }

    fn get(&self, _: Ref) -> Result<Option<Entry>, Error> {
        Ok(None)
    }
}

#[test]
fn without_a_working_store_nothing_is_left_out() {
    let broken: [Put; 3] = [
        || Err(Error::new(ErrorCode::Store, "disk full")),
        || std::panic::resume_unwind(Box::new("disk on fire".to_owned())),
        || Ok(vec![Ref::of("something else")]),
    ];
    for (put, cause) in broken
        .into_iter()
        .zip(["disk full", "disk on fire", "other refs"])
    {
        let request = json!([tool("a", &varied()), tool("b", &"same\n".repeat(400))]).to_string();
        let outcome = run(
            &Lines::default(),
            &request,
            json!({"ccr": true}),
            Some(&Broken(put)),
        );
        let verdicts: Vec<_> = outcome.report.blocks.iter().map(|block| block.verdict).collect();
        assert_eq!(verdicts, [Verdict::NoRetrieval, Verdict::Lossless]);
        assert!(outcome.report.refs.is_empty());
        assert!(!outcome.body(&request).contains("[headroom: "));
        let warnings = &outcome.report.warnings;
        assert!(
            warnings
                .iter()
                .all(|warning| warning.code == "store_failed" && warning.message.contains(cause))
        );
        assert_eq!(warnings.len(), 2);
    }
    let request = chat("bash", &varied());
    let outcome = run(&Lines::default(), &request, json!({"ccr": true}), None);
    assert_eq!(
        (
            outcome.report.blocks[2].verdict,
            outcome.report.warnings[0].code.as_str()
        ),
        (Verdict::NoRetrieval, "no_store")
    );
}

/// Counts what is put into it.
#[derive(Default)]
struct Counting {
    inner: MemoryStore,
    puts: Mutex<Vec<usize>>,
}

impl Store for Counting {
    fn put(&self, entries: &[Entry]) -> Result<Vec<Ref>, Error> {
        self.puts.lock().unwrap().push(entries.len());
        self.inner.put(entries)
    }

    fn get(&self, reference: Ref) -> Result<Option<Entry>, Error> {
        self.inner.get(reference)
    }
}

#[test]
fn all_originals_of_a_request_are_stored_at_once() {
    let store = Counting::default();
    let text = varied();
    let request = json!([
        tool("a", &text),
        tool("b", &format!("{text}more")),
        tool("c", &text)
    ])
    .to_string();
    let outcome = run(&Lines::default(), &request, json!({"ccr": true}), Some(&store));
    assert_eq!(*store.puts.lock().unwrap(), [3]);
    assert_eq!(outcome.report.refs.len(), 2, "equal originals share a ref");
}

#[test]
fn a_cancelled_run_stores_and_changes_nothing() {
    let asked = Cell::new(0);
    let cancel = || {
        asked.set(asked.get() + 1);
        // Once a block while planning, then once a block while compressing.
        asked.get() > 3 + 2
    };
    let store = Counting::default();
    let request = json!([tool("a", &varied()), tool("b", &varied()), tool("c", &varied())]).to_string();
    let lines = Lines::default();
    let pipeline = Pipeline::with(&[(ContentKind::Text, &lines)]);
    let error = pipeline
        .compress(&request, &policy(json!({"ccr": true})), Some(&store), &cancel)
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Aborted);
    assert_eq!(lines.seen.lock().unwrap().len(), 2);
    assert!(store.puts.lock().unwrap().is_empty());
    let planned = Pipeline::default().compress(&request, &policy(json!({})), None, &|| true);
    assert_eq!(planned.unwrap_err().code, ErrorCode::Aborted);
}

#[test]
fn what_is_no_request_is_an_error_with_the_place() {
    let code = |request: &str, options: Value| {
        compress(request, &policy(options), None, &|| false)
            .map(|_| ())
            .map_err(|error| (error.code, error.to_string()))
    };
    let (kind, text) = code("[{\"role\":", json!({})).unwrap_err();
    assert!(
        kind == ErrorCode::InvalidJson && text.contains("at byte 9"),
        "{text}"
    );
    assert_eq!(
        code("{\"a\":1}", json!({})).unwrap_err().0,
        ErrorCode::InvalidFormat
    );
    assert_eq!(
        code("12", json!({"format": "openai"})).unwrap_err().0,
        ErrorCode::InvalidFormat
    );
    assert_eq!(
        code("[]", json!({"format": "telegram"})).unwrap_err().0,
        ErrorCode::InvalidOptions
    );
    assert_eq!(code("[]", json!({})), Ok(()));
}

#[test]
fn volatile_tokens_in_the_system_prompt_are_warned_about_and_left_alone() {
    let request =
        json!([{"role": "system", "content": "Session 123e4567-e89b-42d3-a456-426614174000."}]).to_string();
    let outcome = compress(&request, &policy(json!({})), None, &|| false).unwrap();
    let warning = &outcome.report.warnings[0];
    assert_eq!(
        (warning.code.as_str(), warning.at.as_str()),
        ("volatile_uuid", "messages[0].content")
    );
    assert!(warning.message.contains("123e4567"));
    assert_eq!(outcome.body(&request), request);
}

#[test]
fn a_bare_text_is_one_tool_output() {
    let rows: Vec<Value> = (0..80)
        .map(|n| json!({"id": n, "name": format!("name {n}"), "active": true}))
        .collect();
    let text = serde_json::to_string_pretty(&rows).unwrap();
    let outcome = compress_text(&text, None, &policy(json!({})), None);
    assert!(outcome.text.len() < text.len() && outcome.report.blocks[0].verdict == Verdict::Lossless);
    assert_eq!(outcome.report.format, "text");
    let back: Value = serde_json::from_str(&decode_text(&outcome.text).unwrap()).unwrap();
    assert_eq!(back, Value::Array(rows));
    let kept = compress_text(&text, Some(("Read", "{}")), &policy(json!({})), None);
    assert_eq!(
        (kept.text, kept.report.blocks[0].verdict),
        (text, Verdict::ExcludedTool)
    );
}

#[test]
fn a_text_with_parts_left_out_is_not_decodable_and_says_which_ref() {
    let lines = Lines::default();
    let pipeline = Pipeline::with(&[(ContentKind::Text, &lines)]);
    let text = varied();
    let outcome = pipeline.compress_text(
        &text,
        None,
        &policy(json!({"ccr": true})),
        Some(&MemoryStore::default()),
    );
    let error = decode_text(&outcome.text).unwrap_err();
    assert_eq!(error.code, ErrorCode::NotDecodable);
    assert!(error.to_string().contains(&Ref::of(&text).to_string()), "{error}");
    assert_eq!(
        decode_text("just text").unwrap_err().code,
        ErrorCode::NotDecodable
    );
    // What only lost its white space is its own source.
    assert_eq!(decode_text("{\"a\":[1.0]}").unwrap(), "{\"a\":[1.0]}");
    assert!(decode_text("12").is_err());
}
