//! Whole requests through the whole pipeline.

use headroom::ccr::{MemoryStore, Ref, Store, find_refs};
use headroom::format::Format;
use headroom::json::{Document, quote};
use headroom::message::{ContentKind, Role};
use headroom::pipeline::{self, Outcome, Verdict};
use headroom::{Error, ErrorCode, Options, Policy};

use crate::{compact, document};

/// Any bytes are a result or an error that says what is wrong; of a result laws 1 to 5 and 8 hold.
///
/// The first two bytes are the options. The rest is the request as it is, or the outputs of tools in a
/// conversation in some format, one after the other with a NUL between them.
pub fn pipeline(data: &[u8]) {
    let [options, more, rest @ ..] = data else {
        return;
    };
    let Some(policy) = policy(*options, *more) else {
        return;
    };
    if options & 1 == 0 {
        let Ok(request) = std::str::from_utf8(rest) else {
            return;
        };
        match run(request, &policy) {
            Ok((outcome, store)) => check(request, &outcome, &policy, &store),
            Err(error) => refused(request, &error),
        }
        return;
    }
    let outputs: Vec<String> = rest
        .split(|&byte| byte == b'\0')
        .take(4)
        .filter_map(document)
        .collect();
    let mut shorter: Option<String> = None;
    for turns in 1..=outputs.len() {
        let request = request(&outputs[..turns], named(*options).unwrap_or(Format::OpenAiChat));
        let (outcome, store) = run(&request, &policy).expect("a well-formed conversation is compressed");
        check(&request, &outcome, &policy, &store);
        let body = outcome.body(&request);
        if let Some(shorter) = shorter {
            assert!(
                body.starts_with(&shorter[..shorter.len() - 1]),
                "law 1: an earlier message changed"
            );
        }
        shorter = Some(body);
    }
}

/// A conversation in which tools printed `outputs`.
pub fn request(outputs: &[String], format: Format) -> String {
    let questions = [
        "Which orders are late?",
        "yes, go on",
        "Find order 1017 and the error.",
    ];
    let turn = |(turn, output): (usize, &String)| {
        let question = questions[turn % questions.len()];
        let id = format!("c{turn}");
        turn_of(format, question, &id, output)
    };
    format!(
        "[{}]",
        outputs.iter().enumerate().map(turn).collect::<Vec<_>>().join(",")
    )
}

/// A question, a call and its result, as messages of a format. JSON stays JSON where the format holds it.
fn turn_of(format: Format, question: &str, id: &str, output: &str) -> String {
    let text = quote(output);
    // A request may nest no deeper than a document, and wraps it a few times.
    let is_json = Document::parse(output).is_ok_and(|document| document.depth() < 400);
    let json = if is_json { output.trim() } else { text.as_str() };
    match format {
        Format::OpenAiChat => format!(
            r#"{{"role":"user","content":"{question}"}},
            {{"role":"assistant","content":null,"tool_calls":[{{"id":"{id}","type":"function","function":{{"name":"list_orders","arguments":"{{\"id\":1003}}"}}}}]}},
            {{"role":"tool","tool_call_id":"{id}","content":{text}}}"#
        ),
        Format::OpenAiResponses => format!(
            r#"{{"role":"user","content":"{question}"}},
            {{"type":"function_call","call_id":"{id}","name":"list_orders","arguments":"{{\"id\":1003}}"}},
            {{"type":"function_call_output","call_id":"{id}","output":{text}}}"#
        ),
        Format::AnthropicMessages => format!(
            r#"{{"role":"user","content":"{question}"}},
            {{"role":"assistant","content":[{{"type":"tool_use","id":"{id}","name":"list_orders","input":{{"id":1003}}}}]}},
            {{"role":"user","content":[{{"type":"tool_result","tool_use_id":"{id}","content":{text}}}]}}"#
        ),
        Format::Gemini => format!(
            r#"{{"role":"user","parts":[{{"text":"{question}"}}]}},
            {{"role":"model","parts":[{{"functionCall":{{"name":"list_orders","args":{{"id":1003}}}}}}]}},
            {{"role":"user","parts":[{{"functionResponse":{{"name":"list_orders","response":{{"result":{json}}}}}}}]}}"#
        ),
        Format::BedrockConverse => format!(
            r#"{{"role":"user","content":[{{"text":"{question}"}}]}},
            {{"role":"assistant","content":[{{"toolUse":{{"toolUseId":"{id}","name":"list_orders","input":{{"id":1003}}}}}}]}},
            {{"role":"user","content":[{{"toolResult":{{"toolUseId":"{id}","content":[{{"json":{json}}}]}}}}]}}"#
        ),
        Format::AiSdk => format!(
            r#"{{"role":"user","content":"{question}"}},
            {{"role":"assistant","content":[{{"type":"tool-call","toolCallId":"{id}","toolName":"list_orders","input":{{"id":1003}}}}]}},
            {{"role":"tool","content":[{{"type":"tool-result","toolCallId":"{id}","toolName":"list_orders","output":{{"type":"json","value":{json}}}}}]}}"#
        ),
        Format::LangChain => format!(
            r#"{{"type":"human","content":"{question}"}},
            {{"type":"ai","content":"","tool_calls":[{{"id":"{id}","name":"list_orders","args":{{"id":1003}}}}]}},
            {{"type":"tool","tool_call_id":"{id}","content":{text}}}"#
        ),
    }
}

/// The format that the options name, if any.
fn named(options: u8) -> Option<Format> {
    let choice = usize::from(options >> 1 & 3 | options >> 5 & 4);
    Format::ALL.get(choice.checked_sub(1)?).copied()
}

fn policy(options: u8, more: u8) -> Option<Policy> {
    let options = Options {
        model: ["gpt-4o", "gpt-4", "claude-sonnet-4"]
            .get(usize::from(more & 3))
            .map(ToString::to_string),
        format: named(options)
            .filter(|_| options & 1 == 0)
            .map(|format| format.name().to_owned()),
        ccr: options & 8 != 0,
        query: (options & 16 != 0).then(|| "errors of order 1009".to_owned()),
        target_ratio: (options & 32 != 0).then(|| f64::from(more >> 4) / 16.0),
        token_budget: (options & 64 != 0).then(|| usize::from(more) * 8),
        compress_user_messages: more & 4 != 0,
        min_tokens: Some(if more & 8 == 0 { 0 } else { 40 }),
        ..Options::default()
    };
    options.into_policy().ok()
}

fn run(request: &str, policy: &Policy) -> Result<(Outcome, MemoryStore), Error> {
    let store = MemoryStore::default();
    let outcome = pipeline::compress(request, policy, Some(&store), &|| false)?;
    Ok((outcome, store))
}

fn refused(request: &str, error: &Error) {
    let parsed = Document::parse(request).is_ok();
    match error.code {
        ErrorCode::InvalidJson => assert!(!parsed, "valid JSON is refused as no JSON: {error}"),
        ErrorCode::InvalidFormat => assert!(parsed, "{error}"),
        _ => panic!("refused for no good reason: {error}"),
    }
}

fn check(request: &str, outcome: &Outcome, policy: &Policy, store: &MemoryStore) {
    let source = Document::parse(request).expect("it was accepted");
    let format = Format::from_name(&outcome.report.format).expect("a known format");
    let blocks = format.blocks(&source).expect("it was accepted");
    assert_eq!(blocks.len(), outcome.report.blocks.len());

    // Law 2: the edits are blocks, and outside of them every byte is the same.
    let mut end = 0;
    for edit in &outcome.edits {
        assert!(edit.span.start >= end, "law 2: edits overlap");
        end = edit.span.end;
        let known = blocks
            .iter()
            .any(|block| block.span == edit.span && block.path == edit.path && block.closed.is_none());
        assert!(known, "law 2: an edit outside every open block: {:?}", edit.path);
    }
    let body = outcome.body(request);
    assert!(
        !outcome.edits.is_empty() || body == request,
        "law 2: no edits, another body"
    );
    let sent = Document::parse(&body).expect("law 2: the body is JSON still");
    let after = format.blocks(&sent).expect("law 2: the body is a request still");
    assert_eq!(after.len(), blocks.len(), "law 2: blocks came or went");

    let mut above: Vec<&str> = Vec::new();
    for ((report, before), after) in outcome.report.blocks.iter().zip(&blocks).zip(&after) {
        let same = before.text == after.text;
        assert!(report.tokens_after <= report.tokens_before, "law 8: a block grew");
        assert_eq!(
            report.tokens_after,
            policy.encoding.count(&after.text),
            "law 12: miscounted"
        );
        assert!(
            same || report.tokens_after < report.tokens_before,
            "law 8: changed and no smaller"
        );
        let changed = matches!(report.verdict, Verdict::Compressed | Verdict::Lossless);
        assert_eq!(same, !changed, "law 9: the verdict is {:?}", report.verdict);
        match report.verdict {
            // A text that only looks like JSON is what a compressor may fail on.
            Verdict::Error => {
                let valid = Document::parse(&before.text).is_ok();
                assert!(
                    !valid,
                    "law 9: a compressor failed: {:?}",
                    outcome.report.warnings
                );
            }
            Verdict::Lossless => {
                // Of JSON, whitespace between tokens may go, and JSON without it is its own decoding.
                let decoded = pipeline::decode_below(&after.text, &above);
                let decoded = decoded.unwrap_or_else(|_| after.text.clone().into_owned());
                match report.kind {
                    // Their parts of JSON and their layout lose white space; they have targets of their own.
                    ContentKind::JsonLines | ContentKind::Mixed | ContentKind::Xml => {
                        let dense = |text: &str| text.split_whitespace().collect::<String>();
                        assert_eq!(dense(&decoded), dense(&before.text), "law 3: not what it was");
                    }
                    ContentKind::Json => assert_eq!(decoded, compact(&before.text), "law 3: not what it was"),
                    _ => assert_eq!(decoded, before.text, "law 3: not what it was"),
                }
            }
            Verdict::Compressed => {
                assert!(policy.can_retrieve, "law 5: left out without a way back");
                let reference = Ref::of(&before.text);
                assert!(
                    find_refs(&after.text).contains(&reference),
                    "law 3: no ref where something was left out"
                );
                assert_eq!(report.r#ref, Some(reference.to_string()));
                let entry = store
                    .get(reference)
                    .expect("memory does not fail")
                    .expect("law 4: shown, not stored");
                assert_eq!(entry.text, before.text, "law 3: stored something else");
            }
            _ => {}
        }
        if before.role == Role::Tool {
            above.push(&after.text);
        }
    }
}
