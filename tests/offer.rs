//! Offering `headroom_retrieve`: where it goes, when not, and that nothing else changes.
#![expect(clippy::unwrap_used, reason = "a broken test shall stop")]

use headroom::ccr::{TOOL_NAME, tool_definition};
use headroom::format::{Format, NotOffered};
use headroom::json::Document;
use headroom::message::{Edit, Step, splice};
use proptest::prelude::*;
use serde_json::{Value, json};

fn offer(format: Format, request: &str) -> Result<Edit, NotOffered> {
    format.offer(&Document::parse(request).unwrap(), &tool_definition())
}

/// The request with the tool in it.
fn offered(format: Format, request: &str) -> String {
    let edit = offer(format, request).unwrap();
    assert!(edit.span.is_empty(), "an offer replaces nothing");
    splice(request, &[edit]).unwrap()
}

fn refused(format: Format, request: &Value) -> Option<NotOffered> {
    offer(format, &request.to_string()).err()
}

/// What a path leads to.
fn follow<'v>(value: &'v Value, path: &[Step]) -> &'v Value {
    path.iter().fold(value, |value, step| match step {
        Step::Key(key) => &value[key],
        Step::Index(index) => &value[index],
    })
}

/// A tool of the client's in a format's shape.
fn tool(format: Format, name: &str) -> Value {
    match format {
        Format::OpenAiChat => json!({"type": "function", "function": {"name": name}}),
        Format::OpenAiResponses => json!({"type": "function", "name": name}),
        Format::AnthropicMessages => {
            json!({"name": name, "input_schema": {}, "cache_control": {"type": "ephemeral"}})
        }
        Format::Gemini => json!({"name": name}),
        Format::BedrockConverse => json!({"toolSpec": {"name": name}}),
        Format::AiSdk => json!({"type": "function", "name": name, "inputSchema": {}}),
        Format::LangChain => json!({"name": name, "schema": {"type": "object"}}),
    }
}

/// A message in which the model calls a tool.
fn call(format: Format, name: &str) -> Value {
    match format {
        Format::OpenAiChat => {
            json!({"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": name}}]})
        }
        Format::OpenAiResponses => json!({"type": "function_call", "call_id": "c", "name": name}),
        Format::AnthropicMessages => {
            json!({"role": "assistant", "content": [{"type": "tool_use", "name": name}]})
        }
        Format::Gemini => {
            json!({"role": "model", "parts": [{"text": "x"}, {"functionCall": {"name": name}}]})
        }
        Format::BedrockConverse => json!({"role": "assistant", "content": [{"toolUse": {"name": name}}]}),
        Format::AiSdk => json!({"role": "assistant", "content": [{"type": "tool-call", "toolName": name}]}),
        Format::LangChain => {
            json!({"type": "ai", "content": "", "tool_calls": [{"id": "c", "name": name, "args": {}}]})
        }
    }
}

/// A request with these messages and tools, and what else is in it.
fn request(format: Format, messages: &[Value], tools: &[Value], more: &Value) -> Value {
    let mut request = more.clone();
    let field = match format {
        Format::OpenAiResponses => "input",
        Format::Gemini => "contents",
        Format::AiSdk => "prompt",
        _ => "messages",
    };
    request[field] = json!(messages);
    match format {
        Format::Gemini => {
            request["tools"] = json!([{"functionDeclarations": tools}, {"urlContext": {}}]);
        }
        Format::BedrockConverse => request["toolConfig"]["tools"] = json!(tools),
        _ => request["tools"] = json!(tools),
    }
    request
}

#[test]
fn the_tool_comes_last_and_nothing_else_changes() {
    let cases = [
        (
            Format::OpenAiChat,
            r#"{"tools": [ {"type":"function","function":{"name":"a"}} ], "messages":[], "weight":1e400}"#,
            "tools[1]",
        ),
        (
            Format::OpenAiResponses,
            r#"{"input":"x","tools":[{"type":"web_search"},{"type":"custom","name":"a"}]}"#,
            "tools[2]",
        ),
        (
            Format::AnthropicMessages,
            "{\"tools\":[{\"name\":\"a\",\"input_schema\":{},\"cache_control\":{\"type\":\"ephemeral\"}}\n ],\"messages\":[]}",
            "tools[1]",
        ),
        (
            Format::Gemini,
            r#"{"tools":[{"functionDeclarations":[{"name":"a"}]},{"functionDeclarations":[{"name":"b"}]},{"urlContext":{}}],"contents":[]}"#,
            "tools[1].functionDeclarations[1]",
        ),
        (
            Format::Gemini,
            r#"{"tools":[{"function_declarations":[{"name":"a"}]},{"functionDeclarations":[]}],"contents":[]}"#,
            "tools[0].function_declarations[1]",
        ),
        (
            Format::BedrockConverse,
            r#"{"messages":[],"toolConfig":{"tools":[{"toolSpec":{"name":"a"}},{"cachePoint":{"type":"default"}}],"toolChoice":{"auto":{}}}}"#,
            "toolConfig.tools[2]",
        ),
        (
            Format::AiSdk,
            r#"{"prompt":[],"tools":[{"type":"function","name":"a"}],"toolChoice":{"type":"auto"}}"#,
            "tools[1]",
        ),
        (
            Format::LangChain,
            r#"{"messages":[],"tools":[{"name":"a","schema":{"type":"object"}}],"tool_choice":"auto"}"#,
            "tools[1]",
        ),
    ];
    for (format, source, path) in cases {
        let edit = offer(format, source).unwrap();
        assert_eq!(headroom::message::render_path(&edit.path), path, "{source}");
        let sent = offered(format, source);
        let definition = format.retrieval_tool(&tool_definition());
        assert_eq!(
            sent,
            format!(
                "{},{definition}{}",
                &source[..edit.span.start],
                &source[edit.span.start..]
            )
        );
        if !source.contains("1e400") {
            assert_eq!(
                follow(&serde_json::from_str(&sent).unwrap(), &edit.path),
                &definition
            );
        }
        assert_eq!(offer(format, &sent), Err(NotOffered::Present), "once is enough");
    }
}

#[test]
fn without_tools_of_the_client_there_is_nothing_to_retrieve() {
    for format in Format::ALL {
        for source in [
            "[]",
            "{}",
            "null",
            r#"{"tools":{}}"#,
            r#"{"tools":[]}"#,
            r#"{"tools":null}"#,
        ] {
            assert_eq!(offer(format, source), Err(NotOffered::NoTools), "{source}");
        }
    }
    // Functions cannot stand beside Gemini's own tools everywhere: the request decides, not we.
    for tools in [
        json!([{"googleSearch": {}}]),
        json!([{"functionDeclarations": []}]),
    ] {
        assert_eq!(
            refused(Format::Gemini, &json!({"contents": [], "tools": tools})),
            Some(NotOffered::NoTools)
        );
    }
}

#[test]
fn a_tool_of_that_name_is_enough() {
    for format in Format::ALL {
        for name in [TOOL_NAME, "mcp__headroom__headroom_retrieve"] {
            let there = request(format, &[], &[tool(format, name), tool(format, "a")], &json!({}));
            assert_eq!(refused(format, &there), Some(NotOffered::Present), "{there}");
        }
        let other = request(format, &[], &[tool(format, "not_headroom_retrieve")], &json!({}));
        assert_eq!(refused(format, &other), None, "{other}");
    }
}

#[test]
fn some_requests_cannot_have_it() {
    let with = |format, more| {
        refused(
            format,
            &request(format, &[], &[tool(format, "a"), tool(format, "b")], &more),
        )
    };
    let chat = |more| with(Format::OpenAiChat, more);
    assert_eq!(chat(json!({"n": 2})), Some(NotOffered::SeveralChoices));
    assert_eq!(chat(json!({"n": 1})), None);
    assert_eq!(chat(json!({"n": null})), None);
    assert_eq!(
        chat(json!({"functions": [{"name": "f"}]})),
        Some(NotOffered::LegacyFunctions)
    );
    let legacy = json!({"messages": [], "functions": [{"name": "f"}]});
    assert_eq!(
        refused(Format::OpenAiChat, &legacy),
        Some(NotOffered::LegacyFunctions)
    );
    let responses = |more| with(Format::OpenAiResponses, more);
    assert_eq!(
        responses(json!({"background": true})),
        Some(NotOffered::Background)
    );
    assert_eq!(responses(json!({"background": false})), None);
    assert_eq!(responses(json!({"n": 2})), None);
    let gemini = |more| with(Format::Gemini, more);
    for config in [
        json!({"generationConfig": {"responseMimeType": "application/json"}}),
        json!({"generation_config": {"response_mime_type": "application/JSON"}}),
    ] {
        assert_eq!(gemini(config), Some(NotOffered::JsonOutput));
    }
    assert_eq!(
        gemini(json!({"generationConfig": {"responseMimeType": "text/plain"}})),
        None
    );
}

/// How each format says that tool `a` must be called, and that none or any may be.
fn choices(format: Format) -> (Vec<Value>, Vec<Value>) {
    let (made, free): (Value, Value) = match format {
        Format::OpenAiChat => (
            json!([{"tool_choice": "required"}, {"tool_choice": {"type": "function", "function": {"name": "a"}}},
                {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto"}}}]),
            json!([{"tool_choice": "auto"}, {"tool_choice": "none"}, {"tool_choice": null}]),
        ),
        Format::OpenAiResponses => (
            json!([{"tool_choice": "required"}, {"tool_choice": {"type": "function", "name": "a"}}, {"tool_choice": {"type": "web_search"}}]),
            json!([{"tool_choice": "auto"}, {"tool_choice": "none"}]),
        ),
        Format::AnthropicMessages | Format::LangChain => (
            json!([{"tool_choice": {"type": "any"}}, {"tool_choice": {"type": "tool", "name": "a"}}]),
            json!([{"tool_choice": {"type": "auto"}}, {"tool_choice": {"type": "none"}}]),
        ),
        Format::Gemini => (
            json!([{"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}},
                {"toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["a"]}}},
                {"tool_config": {"function_calling_config": {"mode": "any", "allowed_function_names": ["a"]}}}]),
            json!([{"toolConfig": {"functionCallingConfig": {"mode": "AUTO"}}}, {"toolConfig": {"functionCallingConfig": {}}},
                {"toolConfig": {"functionCallingConfig": {"mode": "MODE_UNSPECIFIED"}}},
                {"toolConfig": {"functionCallingConfig": {"mode": "NONE", "allowedFunctionNames": []}}}]),
        ),
        Format::BedrockConverse => (
            json!([{"toolConfig": {"toolChoice": {"tool": {"name": "a"}}}}, {"toolConfig": {"toolChoice": {"any": {}}}}]),
            json!([{"toolConfig": {"toolChoice": {"auto": {}}}}, {"toolConfig": {}}]),
        ),
        Format::AiSdk => (
            json!([{"toolChoice": {"type": "required"}}, {"toolChoice": {"type": "tool", "toolName": "a"}}]),
            json!([{"toolChoice": {"type": "auto"}}, {"toolChoice": {"type": "none"}}]),
        ),
    };
    let list = |value: Value| value.as_array().unwrap().clone();
    (list(made), list(free))
}

#[test]
fn where_the_only_tool_must_be_called_it_stays_out_until_it_was_used() {
    for format in Format::ALL {
        let (alone, two) = ([tool(format, "a")], [tool(format, "a"), tool(format, "b")]);
        let (forced, free) = choices(format);
        for more in &forced {
            let fresh = request(format, &[call(format, "a")], &alone, more);
            assert_eq!(refused(format, &fresh), Some(NotOffered::ToolChoice), "{fresh}");
            let used = request(format, &[call(format, TOOL_NAME)], &alone, more);
            assert_eq!(refused(format, &used), None, "{used}");
        }
        // One turn of a conversation may name a tool or forbid them; its tools stay what they are (law 10).
        for more in forced
            .iter()
            .map(|more| (more, &two[..]))
            .chain(free.iter().map(|more| (more, &alone[..])))
        {
            let turn = request(format, &[], more.1, more.0);
            assert_eq!(refused(format, &turn), None, "{turn}");
        }
    }
}

/// "Any of the only one" is how structured answers are asked for.
#[test]
fn any_of_one_tool_is_no_choice() {
    let anthropic = json!({"tool_choice": {"type": "any"}});
    let bedrock = json!({"toolConfig": {"toolChoice": {"any": {}}}});
    for (format, more) in [
        (Format::AnthropicMessages, anthropic),
        (Format::BedrockConverse, bedrock),
    ] {
        let mut one = request(format, &[], &[tool(format, "json")], &more);
        assert_eq!(refused(format, &one), Some(NotOffered::ToolChoice));
        if format == Format::BedrockConverse {
            let tools = one["toolConfig"]["tools"].as_array_mut().unwrap();
            tools.push(json!({"cachePoint": {"type": "default"}}));
            assert_eq!(refused(format, &one), Some(NotOffered::ToolChoice));
        }
    }
}

#[test]
fn calls_of_the_tool_are_found_in_every_format() {
    for format in Format::ALL {
        let holds = |messages: &[Value]| {
            let source = request(format, messages, &[], &json!({})).to_string();
            let list = json!(messages).to_string();
            let bare = format.holds_calls(&Document::parse(&list).unwrap(), TOOL_NAME);
            assert_eq!(
                format.holds_calls(&Document::parse(&source).unwrap(), TOOL_NAME),
                bare
            );
            bare
        };
        assert!(!holds(&[]));
        assert!(!holds(&[
            json!(null),
            call(format, "a"),
            json!({"role": "user", "content": TOOL_NAME})
        ]));
        assert!(holds(&[call(format, "a"), call(format, TOOL_NAME)]));
        assert!(holds(&[call(format, "mcp__headroom__headroom_retrieve")]));
        assert!(!holds(&[call(format, "my_headroom_retrieve")]));
    }
    let legacy = json!([{"role": "assistant", "function_call": {"name": TOOL_NAME}}]).to_string();
    assert!(Format::OpenAiChat.holds_calls(&Document::parse(&legacy).unwrap(), TOOL_NAME));
    assert!(!Format::OpenAiResponses.holds_calls(&Document::parse(r#"{"input":"x"}"#).unwrap(), TOOL_NAME));
}

#[test]
fn every_reason_has_its_name() {
    let reasons = [
        NotOffered::NoTools,
        NotOffered::Present,
        NotOffered::SeveralChoices,
        NotOffered::LegacyFunctions,
        NotOffered::Background,
        NotOffered::ToolChoice,
        NotOffered::JsonOutput,
    ];
    for reason in reasons {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
    }
}

proptest! {
    #[test]
    fn law_2_an_offer_is_one_splice(
        format in prop::sample::select(Format::ALL.to_vec()),
        names in prop::collection::vec("[a-z\"\\\\é]{1,6}", 1..5),
        called in prop::collection::vec("[a-c]", 0..3),
        pretty in any::<bool>(),
    ) {
        let tools: Vec<Value> = names.iter().map(|name| tool(format, name)).collect();
        let messages: Vec<Value> = called.iter().map(|name| call(format, name)).collect();
        let request = request(format, &messages, &tools, &json!({"first": 1.5}));
        let source = if pretty { format!("{request:#}") } else { request.to_string() };
        let sent = offered(format, &source);
        let value: Value = serde_json::from_str(&sent).unwrap();

        // Without the definition it is the request, and the definition is there once.
        let definition = format.retrieval_tool(&tool_definition()).to_string();
        prop_assert_eq!(sent.matches(&definition).count(), 1);
        prop_assert_eq!(&sent.replace(&format!(",{definition}"), ""), &source);
        let path = offer(format, &source).unwrap().path;
        prop_assert_eq!(follow(&value, &path).to_string(), definition);

        // A longer conversation gets it in the same place.
        let longer = [&messages[..], &[call(format, "a")]].concat();
        let longer = self::request(format, &longer, &tools, &json!({"first": 1.5})).to_string();
        prop_assert_eq!(offer(format, &longer).unwrap().path, path);
        prop_assert_eq!(offer(format, &sent), Err(NotOffered::Present));
    }
}
