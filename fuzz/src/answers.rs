//! Answers of providers, read for calls of our own tool.

use std::sync::Arc;

use headroom::format::Format;
use headroom_proxy::engine::{Call, CallKind, Engine, EngineOptions, Head, Mode, Step};
use headroom_store::MemoryVault;

/// A request of each format with a tool, and the content type its answers come in.
const REQUESTS: [(Format, &str, &str); 12] = [
    (Format::AnthropicMessages, ANTHROPIC, "text/event-stream"),
    (Format::AnthropicMessages, ANTHROPIC, "application/json"),
    (
        Format::AnthropicMessages,
        ANTHROPIC,
        "application/vnd.amazon.eventstream",
    ),
    (Format::OpenAiChat, CHAT, "text/event-stream"),
    (Format::OpenAiChat, CHAT, "application/json"),
    (Format::OpenAiResponses, RESPONSES, "text/event-stream"),
    (Format::OpenAiResponses, RESPONSES, "application/json"),
    (Format::Gemini, GEMINI, "text/event-stream"),
    (Format::Gemini, GEMINI, "application/json"),
    (Format::Gemini, GEMINI, "application/json; stream"),
    (Format::BedrockConverse, BEDROCK, "application/json"),
    (
        Format::BedrockConverse,
        BEDROCK,
        "application/vnd.amazon.eventstream",
    ),
];

const ANTHROPIC: &str = r#"{"tools":[{"name":"a"}],"messages":[{"role":"user","content":"hi"}]}"#;
const CHAT: &str = r#"{"stream":true,"stream_options":{"include_usage":true},"tools":[{"type":"function","function":{"name":"a"}}],"messages":[{"role":"user","content":"hi"}]}"#;
const RESPONSES: &str = r#"{"store":false,"tools":[{"type":"function","name":"a"}],"input":"hi"}"#;
const GEMINI: &str = r#"{"tools":[{"functionDeclarations":[{"name":"a"}]}],"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#;
const BEDROCK: &str = r#"{"toolConfig":{"tools":[{"toolSpec":{"name":"a"}}]},"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#;

/// Law 10: an answer without a call of ours comes through as it is, or, cut off, with an error behind it; with one,
/// every request that follows is JSON and there are no more of them than rounds.
///
/// The first byte chooses format and shape, the second the size of chunks.
pub fn answers(data: &[u8]) {
    let [choice, size, answer @ ..] = data else { return };
    let (format, request, content_type) = REQUESTS[usize::from(*choice) % REQUESTS.len()];
    let engine = Engine::new(EngineOptions::default(), Arc::new(MemoryVault::default()));
    let call = Call {
        format,
        kind: CallKind::Generate,
        model: None,
    };
    let prepared = engine.prepare(&call, request.as_bytes(), &|| false);
    let mut exchange = prepared.exchange;
    if content_type.ends_with("stream") && format == Format::Gemini {
        exchange.expect_stream();
    }
    let mut out = Vec::new();
    let mut requests = 1;
    loop {
        assert_ne!(
            exchange.begin(Head {
                status: 200,
                content_type
            }),
            Mode::Relay
        );
        let mut step = Step::More;
        for chunk in answer.chunks(usize::from(*size).max(1)) {
            if step == Step::More {
                step = exchange.push(chunk, &mut out);
            }
        }
        if step == Step::More {
            step = exchange.end(&mut out);
        }
        let next = (step == Step::Settle)
            .then(|| exchange.settle(&mut out))
            .flatten();
        let Some(next) = next else { break };
        requests += 1;
        assert!(
            serde_json::from_str::<serde::de::IgnoredAny>(&next).is_ok(),
            "no JSON: {next}"
        );
        assert!(requests <= 5, "rounds without end");
    }
    let holds = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    let binary = content_type.ends_with("eventstream");
    // A name may be spelled with escapes, and in base64 in any way.
    let may_hide = holds(answer, b"headroom_retrieve") || holds(answer, b"\\u") || binary;
    let ended_early = holds(&out, b"ended before its message did");
    assert!(may_hide || ended_early || out == answer, "law 10: not as it came");
}
