//! Formats: golden block lists per wire shape, and the laws they carry.
//!
//! Every `fixtures/format/<name>.json` has a `<name>.blocks.txt` beside it; `UPDATE_SNAPSHOTS=1` rewrites
//! them, to be read before they are committed.
#![expect(clippy::disallowed_methods, reason = "fixtures are files")]
#![expect(clippy::unwrap_used, reason = "a broken fixture shall stop the test")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use headroom::error::ErrorCode;
use headroom::format::Format;
use headroom::json::{Document, quote};
use headroom::message::{Block, Edit, Slot, Step, ToolDefinition, render_path, splice};
use proptest::prelude::*;
use serde_json::{Value, json};

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|ext| ext == "json"))
        .collect();
    files.sort();
    files
}

fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn describe(format: Format, block: &Block<'_>, source: &str, out: &mut String) {
    let Block {
        message,
        role,
        slot,
        closed,
        ..
    } = block;
    let closed = closed.map_or(String::new(), |closed| format!(", closed: {closed:?}"));
    let span = &block.span;
    writeln!(
        out,
        "{} bytes {}..{}",
        render_path(&block.path),
        span.start,
        span.end
    )
    .unwrap();
    writeln!(out, "    message {message}, {role:?}, {slot:?}{closed}").unwrap();
    if let Some(tool) = &block.tool {
        writeln!(out, "    tool {} with {}", tool.name, tool.arguments).unwrap();
    }
    writeln!(out, "    text {}", quote(&block.text)).unwrap();
    if *slot != Slot::String {
        let replaced = format.replacement(block, source, "NEW");
        writeln!(out, "    becomes {replaced}").unwrap();
    }
}

/// What a format finds, for people to read.
fn snapshot(source: &str) -> String {
    let document = Document::parse(source).unwrap();
    let mut out = String::new();
    let Some(format) = Format::sniff(&document) else {
        for format in Format::ALL {
            let found = match format.blocks(&document) {
                Ok(blocks) => format!("{} blocks", blocks.len()),
                Err(error) => error.to_string(),
            };
            writeln!(out, "{}: {found}", format.name()).unwrap();
        }
        return out;
    };
    writeln!(out, "format {}", format.name()).unwrap();
    for fixed in format.fixed_texts(&document) {
        writeln!(out, "fixed {} {}", render_path(&fixed.path), fixed.text).unwrap();
    }
    for block in format.blocks(&document).unwrap() {
        describe(format, &block, source, &mut out);
    }
    out
}

#[test]
fn every_fixture_gives_its_blocks() {
    let update = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
    let mut wrong = Vec::new();
    for path in fixtures() {
        let found = snapshot(&std::fs::read_to_string(&path).unwrap());
        let golden = path.with_extension("blocks.txt");
        if update {
            std::fs::write(&golden, &found).unwrap();
        } else if std::fs::read_to_string(&golden).unwrap_or_default() != found {
            wrong.push(format!("{}:\n{found}", golden.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "differs from the snapshot, found:\n{}",
        wrong.join("\n")
    );
}

/// The value a path leads to.
fn follow<'d, 'a>(document: &'d Document<'a>, path: &[Step]) -> headroom::json::Value<'d, 'a> {
    path.iter().fold(document.root(), |value, step| match step {
        Step::Key(key) => value.get(key).unwrap(),
        Step::Index(index) => value.at(*index).unwrap(),
    })
}

/// Checks that hold for every block of every document.
fn check_places(source: &str, format: Format) {
    let document = Document::parse(source).unwrap();
    let mut end = 0;
    for block in format.blocks(&document).unwrap_or_default() {
        assert!(
            block.span.start >= end,
            "blocks overlap or are out of order in {source}"
        );
        end = block.span.end;
        assert_eq!(
            follow(&document, &block.path).span(),
            block.span,
            "path and span differ in {source}"
        );
    }
}

#[test]
fn paths_and_spans_agree_in_every_format() {
    for path in fixtures() {
        for format in Format::ALL {
            check_places(&std::fs::read_to_string(&path).unwrap(), format);
        }
    }
}

#[test]
fn law_2_sealed_parts_are_in_no_block() {
    for path in fixtures() {
        let source = std::fs::read_to_string(&path).unwrap();
        let document = Document::parse(&source).unwrap();
        for block in Format::sniff(&document)
            .map(|format| format.blocks(&document).unwrap())
            .unwrap_or_default()
        {
            assert!(
                !block.text.contains("sealed"),
                "{}: {}",
                path.display(),
                render_path(&block.path)
            );
            assert!(
                !block.text.contains("c2VhbGVk"),
                "{}: {}",
                path.display(),
                render_path(&block.path)
            );
        }
    }
}

#[test]
fn names_lead_back_to_their_format() {
    for format in Format::ALL {
        assert_eq!(Format::from_name(format.name()), Ok(format));
    }
    for (alias, format) in [
        ("openai-chat", Format::OpenAiChat),
        ("openai_chat", Format::OpenAiChat),
        ("chat", Format::OpenAiChat),
        (" OpenAI ", Format::OpenAiChat),
        ("anthropic-messages", Format::AnthropicMessages),
        ("anthropic_messages", Format::AnthropicMessages),
        ("ai_sdk", Format::AiSdk),
        ("AI-SDK", Format::AiSdk),
        ("vercel", Format::AiSdk),
        ("LangGraph", Format::LangChain),
        ("openai-responses", Format::OpenAiResponses),
        ("openai_responses", Format::OpenAiResponses),
        ("google", Format::Gemini),
        ("Vertex", Format::Gemini),
        ("converse", Format::BedrockConverse),
    ] {
        assert_eq!(Format::from_name(alias), Ok(format), "{alias}");
    }
}

#[test]
fn an_unknown_name_is_an_error_that_lists_the_known_ones() {
    let error = Format::from_name("gopher").unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidOptions);
    assert_eq!(
        error.to_string(),
        "unknown format \"gopher\"\n  hint: known formats: openai, responses, anthropic, gemini, bedrock, ai-sdk, langchain"
    );
}

#[test]
fn a_top_level_that_makes_no_sense_is_an_error_with_the_place() {
    let cause = |format: Format, source: &str| {
        let error = format.blocks(&Document::parse(source).unwrap()).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidFormat);
        error.cause.unwrap()
    };
    assert_eq!(
        cause(Format::OpenAiChat, " 5"),
        "the top level at byte 1 is a number"
    );
    assert_eq!(
        cause(Format::OpenAiChat, "{}"),
        "the object at byte 0 has no `messages`"
    );
    assert_eq!(
        cause(Format::AiSdk, "{\"model\":1}"),
        "the object at byte 0 has no `prompt`"
    );
    assert_eq!(
        cause(Format::AnthropicMessages, "{\"messages\":\"hi\"}"),
        "`messages` at byte 12 is a string, not an array"
    );
    assert_eq!(
        cause(Format::OpenAiResponses, "{\"input\":{}}"),
        "`input` at byte 9 is an object, not an array"
    );
    assert_eq!(
        cause(Format::Gemini, "{\"messages\":[]}"),
        "the object at byte 0 has no `contents`"
    );
}

#[test]
fn sniffing_takes_the_first_message_only_one_format_can_hold() {
    let sniffed = |source: Value| {
        let source = source.to_string();
        Format::sniff(&Document::parse(&source).unwrap())
    };
    let hello = json!({"role": "user", "content": "hello"});
    let parts = json!({"role": "user", "content": [{"type": "text", "text": "hello"}]});
    let openai = json!({"role": "tool", "tool_call_id": "c", "content": "x"});
    let openai_parts = json!({"role": "tool", "content": [{"type": "text", "text": "x"}]});
    let anthropic =
        json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "x"}]});
    let ai_sdk = json!({"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c"}]});
    for (messages, format) in [
        (json!([hello]), Format::OpenAiChat),
        (json!([parts]), Format::OpenAiChat),
        (json!([null, hello]), Format::OpenAiChat),
        (json!([hello, openai]), Format::OpenAiChat),
        (json!([hello, openai_parts]), Format::OpenAiChat),
        (json!([hello, anthropic]), Format::AnthropicMessages),
        (json!([parts, ai_sdk]), Format::AiSdk),
        (json!([parts, ai_sdk, anthropic, openai]), Format::AiSdk),
        (json!([openai, anthropic]), Format::OpenAiChat),
        (json!([anthropic, openai]), Format::AnthropicMessages),
    ] {
        assert_eq!(sniffed(messages.clone()), Some(format), "{messages}");
        assert_eq!(
            sniffed(json!({ "messages": messages })),
            Some(format),
            "in a request: {messages}"
        );
    }
    assert_eq!(
        sniffed(json!({"messages": [hello], "system": "s"})),
        Some(Format::AnthropicMessages)
    );
    assert_eq!(
        sniffed(json!({"messages": [hello], "tools": [{"name": "a", "input_schema": {}}]})),
        Some(Format::AnthropicMessages)
    );
    assert_eq!(sniffed(json!({"prompt": [parts]})), Some(Format::AiSdk));
    for other in [
        json!({"prompt": "text"}),
        json!([1, 2]),
        json!({"role": "user", "content": "x"}),
        json!(null),
    ] {
        assert_eq!(sniffed(other.clone()), None, "{other}");
    }
}

#[test]
fn sniffing_goes_by_the_formats_that_are_left() {
    let sniffed = |source: Value| {
        let source = source.to_string();
        Format::sniff(&Document::parse(&source).unwrap())
    };
    let hello = json!({"role": "user", "content": "hello"});
    let developer = json!({"role": "developer", "content": "be brief"});
    let refusal = json!({"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]});
    let item = json!({"type": "function_call_output", "call_id": "c", "output": "x"});
    let input = json!({"role": "user", "content": [{"type": "input_text", "text": "x"}]});
    let gemini = json!({"role": "user", "parts": [{"text": "x"}]});
    let model = json!({"role": "model", "parts": [{"functionCall": {"name": "f"}}]});
    let bedrock = json!({"role": "user", "content": [{"text": "x"}]});
    let result = json!({"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": []}}]});
    let anthropic =
        json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "x"}]});
    let ui = json!({"role": "user", "parts": [{"type": "text", "text": "x"}]});
    for (messages, format) in [
        (json!([hello, item]), Some(Format::OpenAiResponses)),
        (json!([hello, input]), Some(Format::OpenAiResponses)),
        (json!([item]), Some(Format::OpenAiResponses)),
        (json!([developer]), Some(Format::OpenAiChat)),
        (json!([developer, item]), Some(Format::OpenAiResponses)),
        (json!([refusal, item]), Some(Format::OpenAiResponses)),
        // An item of a type that is not known is no message of the responses format.
        (
            json!([{"role": "user", "type": "new", "content": "x"}, item]),
            Some(Format::OpenAiChat),
        ),
        // No format of OpenAI's holds a result as Anthropic's does: it says nothing.
        (json!([developer, anthropic]), Some(Format::OpenAiChat)),
        (json!([developer, anthropic, item]), Some(Format::OpenAiResponses)),
        (json!([gemini]), Some(Format::Gemini)),
        (json!([null, model]), Some(Format::Gemini)),
        (json!([hello, gemini]), Some(Format::OpenAiChat)),
        (json!([gemini, hello, item]), Some(Format::Gemini)),
        (json!([bedrock]), Some(Format::BedrockConverse)),
        (json!([result]), Some(Format::BedrockConverse)),
        (json!([hello, bedrock]), Some(Format::OpenAiChat)),
        // What the AI SDK shows to people is no prompt.
        (json!([ui]), None),
        // Data with columns called like fields of messages.
        (json!([{"type": "reasoning", "score": 1}]), None),
        (json!([{"parts": [{"text": "x"}]}]), None),
    ] {
        assert_eq!(sniffed(messages.clone()), format, "{messages}");
    }
    for (request, format) in [
        (json!({"messages": [bedrock]}), Some(Format::BedrockConverse)),
        (
            json!({"messages": [], "system": [{"text": "s"}]}),
            Some(Format::BedrockConverse),
        ),
        (
            json!({"messages": [], "system": [{"type": "text", "text": "s"}]}),
            Some(Format::AnthropicMessages),
        ),
        (
            json!({"messages": [hello], "toolConfig": {"tools": []}}),
            Some(Format::BedrockConverse),
        ),
        (json!({"messages": [developer, item]}), Some(Format::OpenAiChat)),
        (json!({"messages": [gemini]}), None),
        (json!({"input": [hello]}), Some(Format::OpenAiResponses)),
        (json!({"input": []}), Some(Format::OpenAiResponses)),
        (
            json!({"input": "hi", "model": "gpt-5"}),
            Some(Format::OpenAiResponses),
        ),
        (json!({"input": "hi"}), None),
        (json!({"input": ["to", "embed"], "model": "e"}), None),
        (json!({"contents": [gemini]}), Some(Format::Gemini)),
        (
            json!({"contents": [{"parts": [{"text": "x"}]}]}),
            Some(Format::Gemini),
        ),
        (json!({"contents": [1]}), None),
        (json!({"contents": "text"}), None),
    ] {
        assert_eq!(sniffed(request.clone()), format, "{request}");
    }
}

#[test]
fn langchain_is_told_by_types_of_messages_that_nothing_else_has() {
    let hello = json!({"role": "user", "content": "hello"});
    let human = json!({"type": "human", "content": "x"});
    let stored = json!({"type": "ai", "data": {"content": "x"}});
    let tool = json!({"lc": 1, "type": "constructor", "id": ["langchain_core", "messages", "ToolMessage"],
        "kwargs": {"content": "x", "tool_call_id": "c"}});
    let system = json!({"type": "system", "content": "x"});
    let tools = json!([{"name": "a", "schema": {}}]);
    for (source, format) in [
        (json!([human]), Some(Format::LangChain)),
        (json!([stored, hello]), Some(Format::LangChain)),
        (json!([tool]), Some(Format::LangChain)),
        (json!([system, human]), Some(Format::LangChain)),
        (json!({"messages": [human]}), Some(Format::LangChain)),
        (json!({"messages": [], "tools": tools}), Some(Format::LangChain)),
        (json!([hello, human]), Some(Format::OpenAiChat)),
        // Data with columns called like fields of messages.
        (json!([system]), None),
        (json!([{"type": "function", "name": "f", "content": "x"}]), None),
        (json!([{"type": "human", "name": "x"}]), None),
    ] {
        let text = source.to_string();
        assert_eq!(Format::sniff(&Document::parse(&text).unwrap()), format, "{text}");
    }
}

#[test]
fn truncation_and_context_editing_forget() {
    let forgets = |format: Format, source: &str| format.forgets(&Document::parse(source).unwrap());
    let truncates = r#"{"input":[],"truncation":"auto"}"#;
    assert!(forgets(Format::OpenAiResponses, truncates));
    assert!(!forgets(Format::OpenAiChat, truncates));
    assert!(!forgets(
        Format::OpenAiResponses,
        r#"{"input":[],"truncation":"disabled"}"#
    ));
    let edits = r#"{"messages":[],"context_management":{"edits":[{"type":"clear_tool_uses_20250919"}]}}"#;
    assert!(forgets(Format::AnthropicMessages, edits));
}

#[test]
fn the_retrieval_tool_has_the_shape_of_its_format() {
    let tool = ToolDefinition {
        name: "headroom_retrieve".to_owned(),
        description: "Reads back.".to_owned(),
        parameters: json!({"type": "object"}),
    };
    let shape = |format: Format| format.retrieval_tool(&tool).to_string();
    assert_eq!(
        shape(Format::OpenAiChat),
        r#"{"type":"function","function":{"name":"headroom_retrieve","description":"Reads back.","parameters":{"type":"object"}}}"#
    );
    assert_eq!(
        shape(Format::OpenAiResponses),
        r#"{"type":"function","name":"headroom_retrieve","description":"Reads back.","parameters":{"type":"object"},"strict":false}"#
    );
    assert_eq!(
        shape(Format::Gemini),
        r#"{"name":"headroom_retrieve","description":"Reads back.","parameters":{"type":"object"}}"#
    );
    assert_eq!(
        shape(Format::BedrockConverse),
        r#"{"toolSpec":{"name":"headroom_retrieve","description":"Reads back.","inputSchema":{"json":{"type":"object"}}}}"#
    );
    assert_eq!(
        shape(Format::AnthropicMessages),
        r#"{"name":"headroom_retrieve","description":"Reads back.","input_schema":{"type":"object"}}"#
    );
    assert_eq!(
        shape(Format::AiSdk),
        r#"{"type":"function","name":"headroom_retrieve","description":"Reads back.","inputSchema":{"type":"object"}}"#
    );
    assert_eq!(
        shape(Format::LangChain),
        r#"{"name":"headroom_retrieve","description":"Reads back.","schema":{"type":"object"}}"#
    );
}

#[test]
fn paths_are_written_for_people() {
    let path = |steps: &[Step]| render_path(steps);
    let key = |key: &str| Step::Key(key.to_owned());
    assert_eq!(path(&[]), "");
    assert_eq!(
        path(&[Step::Index(3), key("content"), Step::Index(0), key("text")]),
        "messages[3].content[0].text"
    );
    assert_eq!(
        path(&[key("messages"), Step::Index(3), key("content")]),
        "messages[3].content"
    );
    assert_eq!(
        path(&[key("a b"), key("größe"), key("1x"), key("")]),
        "[\"a b\"].größe[\"1x\"][\"\"]"
    );
}

#[test]
fn an_ai_sdk_json_output_keeps_its_other_fields_byte_for_byte() {
    let source = fixture("ai-sdk-prompt.json");
    let document = Document::parse(&source).unwrap();
    let blocks = Format::AiSdk.blocks(&document).unwrap();
    let block = blocks
        .iter()
        .find(|block| source[block.span.clone()].starts_with("{ \"providerOptions\""))
        .unwrap();
    assert_eq!(
        Format::AiSdk.replacement(block, &source, "a\n\"b\""),
        r#"{"type":"text","value":"a\n\"b\"","providerOptions" : { "a": [ 1 ] }}"#
    );
}

/// Text with what JSON has to escape.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z \\n\"\\\\/\t{}]{0,12}",
        "\\PC{0,6}",
        Just("\u{0}\u{2028}😀".to_owned())
    ]
}

fn id() -> impl Strategy<Value = String> {
    "c[01]"
}

/// A message of any format or of none, noise and sealed parts included.
fn message() -> impl Strategy<Value = Value> {
    let said = || {
        (
            prop_oneof![Just("user"), Just("assistant"), Just("system")],
            text(),
        )
    };
    let plain = said().prop_map(|(role, text)| json!({"role": role, "content": text}));
    let parts = said().prop_map(|(role, text)| {
        json!({"role": role, "content": [{"type": "text", "text": text}, {"type": "new", "text": "sealed"}], "x": 1.5})
    });
    let openai = (id(), text()).prop_flat_map(|(id, text)| {
        prop_oneof![
            Just(json!({"role": "assistant", "content": null, "tool_calls":
                [{"id": id, "type": "function", "function": {"name": "f", "arguments": text}}]})),
            Just(json!({"role": "tool", "tool_call_id": id, "content": text})),
            Just(json!({"role": "tool", "tool_call_id": id, "content": [{"type": "text", "text": text}]})),
        ]
    });
    let anthropic = (id(), text(), any::<bool>()).prop_flat_map(|(id, text, failed)| {
        prop_oneof![
            Just(json!({"role": "assistant", "content": [{"type": "thinking", "thinking": "sealed", "signature": "s"},
                {"type": "tool_use", "id": id, "name": "g", "input": {"a": text}}]})),
            Just(json!({"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": id, "is_error": failed, "content": text}]})),
            Just(json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content":
                [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}, {"type": "image"}]}]})),
        ]
    });
    let ai_sdk = (id(), text(), any::<i16>()).prop_flat_map(|(id, text, number)| {
        let result = move |output: Value| {
            json!({"role": "tool", "content":
                [{"type": "tool-result", "toolCallId": id, "toolName": "h", "output": output}]})
        };
        prop_oneof![
            Just(result(json!({"type": "text", "value": text}))),
            Just(result(
                json!({"value": {"n": number, "t": text}, "providerOptions": {"k": "sealed"}, "type": "json"})
            )),
            Just(result(json!({"type": "json", "value": text}))),
            Just(result(
                json!({"type": "content", "value": [{"type": "text", "text": text}]})
            )),
        ]
    });
    let noise = prop_oneof![
        Just(json!(null)),
        Just(json!({"role": "tool"})),
        Just(json!({"role": 1, "content": []})),
        Just(json!({"role": "tool", "content": "x", "providerOptions": {}})),
        Just(json!({"role": "user", "type": "reasoning_", "content": "x"})),
        Just(json!({"role": "developer", "content": "x"})),
    ];
    prop_oneof![
        2 => plain, 2 => parts, 3 => openai, 3 => anthropic, 3 => ai_sdk, 3 => responses(), 3 => gemini(),
        3 => bedrock(), 1 => noise
    ]
}

/// An item of the responses format.
fn responses() -> impl Strategy<Value = Value> {
    let status = prop::sample::select(vec!["completed", "incomplete"]);
    (id(), text(), status).prop_flat_map(|(id, text, status)| {
        prop_oneof![
            Just(json!({"type": "function_call", "call_id": id, "name": "r", "arguments": text})),
            Just(json!({"type": "custom_tool_call", "call_id": id, "name": "s", "input": text})),
            Just(json!({"type": "function_call_output", "call_id": id, "output": text, "status": status})),
            Just(json!({"type": "custom_tool_call_output", "call_id": id, "output":
                [{"type": "input_text", "text": text}, {"type": "input_image", "image_url": "sealed"}]})),
            Just(json!({"type": "shell_call_output", "call_id": id, "output": [{"stdout": text, "stderr": text}]})),
            Just(json!({"type": "mcp_call", "id": id, "name": "m", "arguments": "{}", "output": text})),
            Just(json!({"type": "reasoning", "id": id, "summary": [], "encrypted_content": "sealed"})),
            Just(json!({"role": "user", "content": [{"type": "input_text", "text": text}]})),
        ]
    })
}

/// A content of Gemini's format.
fn gemini() -> impl Strategy<Value = Value> {
    let response = (text(), any::<i16>(), prop::option::of("f[01]")).prop_flat_map(|(text, number, name)| {
        let responds = move |response: Value| {
            json!({"role": "user", "parts": [{"functionResponse": {"name": name, "response": response}}]})
        };
        prop_oneof![
            Just(responds(json!({"output": text}))),
            Just(responds(json!({"error": text}))),
            Just(responds(json!({"name": "f0", "content": {"n": number, "t": text}}))),
            Just(responds(json!({"stdout": text, "rows": [{"n": number}], "code": number}))),
            Just(responds(json!({"n": number, "m": 1.5}))),
            Just(responds(json!({"a": text, "b": [1], "c": {"d": text}, "e": "", "f": "x", "n": number}))),
            Just(responds(json!({"result": {"content": [{"type": "text", "text": text}, {"type": "image", "data": "sealed"}]}}))),
        ]
    });
    let said = (text(), "f[01]", any::<bool>()).prop_flat_map(|(text, name, signed)| {
        let signature = signed.then_some("sealed");
        prop_oneof![
            Just(json!({"role": "user", "parts": [{"text": text}]})),
            Just(json!({"role": "model", "parts": [{"text": "sealed", "thought": true}, {"text": text, "thoughtSignature": signature}]})),
            Just(json!({"role": "model", "parts": [{"functionCall": {"name": name, "args": {"a": text}}, "thoughtSignature": "sealed"}]})),
        ]
    });
    prop_oneof![said, response]
}

/// A message of Bedrock's format.
fn bedrock() -> impl Strategy<Value = Value> {
    let status = prop::sample::select(vec!["success", "error"]);
    (id(), text(), any::<i16>(), status).prop_flat_map(|(id, text, number, status)| {
        let results = json!([{"text": text}, {"json": {"n": number, "t": text}, "x": 1.5}, {"searchResult": {"text": "sealed"}}]);
        prop_oneof![
            Just(json!({"role": "user", "content": [{"text": text}, {"cachePoint": {"type": "default"}}]})),
            Just(json!({"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": "sealed"}}},
                {"toolUse": {"toolUseId": id, "name": "b", "input": {"a": text}}}]})),
            Just(json!({"role": "user", "content": [{"toolResult": {"toolUseId": id, "status": status, "content": results}}]})),
        ]
    })
}

/// A list of messages as JSON text, compact or pretty.
fn written(messages: &[Value], pretty: bool) -> String {
    let list = Value::Array(messages.to_vec());
    if pretty {
        format!("{list:#}")
    } else {
        list.to_string()
    }
}

/// What an edit must not depend on: everything but the span, which moves with the text before it.
fn facts(block: &Block<'_>) -> (Vec<Step>, String, String) {
    (
        block.path.clone(),
        block.text.to_string(),
        format!("{:?} {:?} {:?}", block.role, block.tool, block.slot),
    )
}

proptest! {
    #[test]
    fn law_1_blocks_of_a_prefix_are_a_prefix_of_the_blocks(
        messages in prop::collection::vec(message(), 1..12), cut in 0..12usize
    ) {
        let whole = written(&messages, false);
        let cut = 1 + cut % messages.len();
        let prefix = written(&messages[..cut], false);
        let (whole, prefix) = (Document::parse(&whole).unwrap(), Document::parse(&prefix).unwrap());
        for format in Format::ALL {
            let (all, some) = (format.blocks(&whole).unwrap(), format.blocks(&prefix).unwrap());
            prop_assert_eq!(&all[..some.len()], &some[..]);
            prop_assert!(all[some.len()..].iter().all(|block| block.message >= cut));
        }
        if let Some(format) = Format::sniff(&prefix) {
            let grown = Format::sniff(&whole).unwrap();
            let (all, some) = (grown.blocks(&whole).unwrap(), format.blocks(&prefix).unwrap());
            prop_assert_eq!(&all[..some.len()], &some[..], "sniffed {:?}, later {:?}", format, grown);
        }
    }

    #[test]
    fn law_2_every_byte_outside_an_edit_stays(
        messages in prop::collection::vec(message(), 0..6),
        pretty in any::<bool>(),
        chosen in prop::collection::vec((any::<bool>(), text()), 12),
    ) {
        let source = written(&messages, pretty);
        let document = Document::parse(&source).unwrap();
        for format in Format::ALL {
            let blocks = format.blocks(&document).unwrap();
            let picked: Vec<_> = blocks.iter().zip(&chosen).filter(|(block, (pick, _))| *pick && block.closed.is_none()).collect();
            let edits: Vec<Edit> = picked.iter().map(|(block, (_, text))| Edit {
                path: block.path.clone(),
                span: block.span.clone(),
                json: format.replacement(block, &source, text),
            }).collect();
            let result = splice(&source, &edits).unwrap();

            // Walking both texts: outside the edits they are the same.
            let (mut old, mut new) = (0, 0);
            for edit in &edits {
                let same = edit.span.start - old;
                prop_assert_eq!(&source[old..edit.span.start], &result[new..new + same]);
                old = edit.span.end;
                new += same + edit.json.len();
            }
            prop_assert_eq!(&source[old..], &result[new..]);
            prop_assert_eq!(source.matches("sealed").count(), result.matches("sealed").count());

            // And what is found again are the new texts, in the same places.
            let again = Document::parse(&result).unwrap();
            let after = format.blocks(&again).unwrap();
            prop_assert_eq!(after.len(), blocks.len());
            for (index, (before, after)) in blocks.iter().zip(&after).enumerate() {
                if let (Some((true, text)), None) = (chosen.get(index), before.closed) {
                    prop_assert_eq!(&after.text, text);
                } else {
                    prop_assert_eq!(facts(before), facts(after));
                }
            }
        }
    }

    #[test]
    fn any_damage_is_survived(
        messages in prop::collection::vec(message(), 1..4), at in any::<prop::sample::Index>(),
        cut in prop_oneof![Just("null"), Just("5"), Just("[]"), Just("{}"), Just("\"\\ud800\""), Just("[null,{}]")]
    ) {
        // One value anywhere becomes something else; keys and containers included.
        let source = written(&messages, false);
        let value = at.index(source.len());
        let Some(end) = (value + 1..=source.len()).find(|end| {
            source.get(value..*end).is_some_and(|part| Document::parse(part).is_ok())
        }) else { return Ok(()) };
        let damaged = format!("{}{cut}{}", &source[..value], &source[end..]);
        if let Ok(document) = Document::parse(&damaged) {
            let _ = Format::sniff(&document);
            for format in Format::ALL {
                check_places(&damaged, format);
            }
        }
    }
}
