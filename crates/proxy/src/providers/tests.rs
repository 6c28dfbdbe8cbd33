//! What is made of the addresses clients ask for.

use headroom::format::Format;
use headroom::format::Format::{AnthropicMessages, BedrockConverse, Gemini, OpenAiChat, OpenAiResponses};
use hyper::Method;
use hyper::http::HeaderMap;

use super::{Route, route};
use crate::engine::CallKind;
use crate::engine::CallKind::{Batch, Count, Generate, Live};

fn seen(method: &str, uri: &str) -> Route {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    route(&method, &uri.parse().unwrap(), &HeaderMap::new())
}

/// A posted path: provider, format, kind and model.
fn reads(uri: &str, provider: &str, format: Format, kind: CallKind, model: &str) {
    let route = seen("POST", uri);
    let call = route.call.unwrap();
    assert_eq!(
        (route.provider.name(), call.format, call.kind),
        (provider, format, kind),
        "{uri}"
    );
    assert_eq!(call.model.unwrap_or_default(), model, "{uri}");
}

#[test]
fn what_clients_ask_for_is_known() {
    let google = "/v1/projects/p/locations/l/publishers/google/models/g:generateContent";
    let claude = "/v1/projects/p/locations/l/publishers/anthropic/models/c:streamRawPredict";
    let azure = "/openai/deployments/gpt/chat/completions?api-version=1";
    reads(
        "/v1/messages?beta=true",
        "anthropic",
        AnthropicMessages,
        Generate,
        "",
    );
    reads("/messages", "anthropic", AnthropicMessages, Generate, "");
    reads(
        "/v1/messages/count_tokens",
        "anthropic",
        AnthropicMessages,
        Count,
        "",
    );
    reads("/v1/messages/batches", "anthropic", AnthropicMessages, Batch, "");
    reads("/v1/v1/chat/completions", "openai", OpenAiChat, Generate, "");
    reads("/responses", "openai", OpenAiResponses, Generate, "");
    reads("/v1/responses/input_tokens", "openai", OpenAiResponses, Count, "");
    reads(azure, "azure", OpenAiChat, Generate, "gpt");
    reads("/openai/v1/responses", "azure", OpenAiResponses, Generate, "");
    reads(
        "/v1beta/models/g-3:streamGenerateContent?alt=sse",
        "gemini",
        Gemini,
        Generate,
        "g-3",
    );
    reads("/v1beta/models/g:countTokens", "gemini", Gemini, Count, "g");
    reads(google, "vertex", Gemini, Generate, "g");
    reads(
        "/v1internal:streamGenerateContent?alt=sse",
        "cloudcode",
        Gemini,
        Generate,
        "",
    );
    reads("/v1internal:countTokens", "cloudcode", Gemini, Count, "");
    reads(claude, "vertex", AnthropicMessages, Generate, "c");
    let express = "/v1beta1/publishers/google/models/g:streamGenerateContent?alt=sse";
    reads(express, "vertex", Gemini, Generate, "g");
    reads(
        "/model/a.b-3%3A0/converse-stream",
        "bedrock",
        BedrockConverse,
        Generate,
        "a.b-3%3A0",
    );
    reads(
        "/model/anthropic.c/invoke",
        "bedrock",
        AnthropicMessages,
        Generate,
        "anthropic.c",
    );
}

#[test]
fn paths_go_on_as_the_provider_has_them() {
    for (uri, path) in [
        ("/messages?beta=true", "/v1/messages?beta=true"),
        ("/v1/v1/chat/completions", "/v1/chat/completions"),
        ("/responses", "/v1/responses"),
        ("/model/a.b-3%3A0/converse", "/model/a.b-3%3A0/converse"),
    ] {
        assert_eq!(seen("POST", uri).path, path);
    }
}

#[test]
fn what_is_not_known_is_handed_on() {
    for (method, uri, provider) in [
        ("GET", "/v1/messages/batches/b1/results", "anthropic"),
        ("GET", "/v1/models", "openai"),
        ("GET", "/v1/responses/resp_1", "openai"),
        ("GET", "/v1/chat/completions", "openai"),
        ("POST", "/v1/embeddings", "openai"),
        ("POST", "/v1/messagesx", "openai"),
        ("POST", "/v1beta/cachedContents", "gemini"),
        ("POST", "/v1internal:loadCodeAssist", "cloudcode"),
        ("POST", "/v1internalx", "openai"),
        ("POST", "/model/meta.llama3/invoke", "bedrock"),
    ] {
        let route = seen(method, uri);
        assert_eq!((route.provider.name(), route.path.as_str()), (provider, uri));
        assert_eq!(route.call, None, "{uri}");
    }
}

#[test]
fn a_response_is_named_in_the_path() {
    let id = |uri| seen("GET", uri).response_id().map(str::to_owned);
    assert_eq!(id("/v1/responses/resp_1?include=x").as_deref(), Some("resp_1"));
    assert_eq!(
        id("/openai/v1/responses/resp_2/cancel").as_deref(),
        Some("resp_2")
    );
    assert_eq!(id("/v1/responses/input_tokens"), None);
    assert_eq!(id("/v1beta/responses/resp_1"), None);
}

#[test]
fn responses_are_also_created_over_a_connection_that_stays_open() {
    assert_eq!(seen("GET", "/v1/responses").live.unwrap().kind, Live);
    assert_eq!(seen("GET", "/v1/realtime").live, None);
    assert_eq!(seen("GET", "/v1/responses/resp_1").live, None);
}
