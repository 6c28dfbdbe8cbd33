//! Which requests are for a model, by their address alone: for those who stand before any `fetch`.

use hyper::http::HeaderMap;
use hyper::{Method, Uri};

use crate::engine::{Call, CallKind};
use crate::providers;

/// What a request asks for; `None` for one that no model answers.
///
/// `url` is absolute. Whatever stands before a path that a provider has is the gateway's own
/// (`/openai/v1/chat/completions`). A path without a version, as `/messages`, says too little: it counts only where
/// `versioned` is true, because the request has a header that tells its API's version.
pub fn recognise(method: &str, url: &str, versioned: bool) -> Option<Call> {
    let method: Method = method.parse().ok()?;
    let uri: Uri = url.parse().ok()?;
    let path = uri.path();
    let starts = path.match_indices('/').map(|(at, _)| &path[at..]);
    // What is spoken over a socket is no business of `fetch`.
    let mut calls = starts.filter_map(|path| {
        let tells = versioned || tells_its_version(path);
        let uri: Uri = path.parse().ok().filter(|_| tells)?;
        providers::route(&method, &uri, &HeaderMap::new())
            .call
            .filter(|call| call.kind != CallKind::Live)
    });
    calls.next()
}

/// True where the address asks for a stream, as Gemini's do, whose head may not tell.
pub fn asks_for_stream(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.ends_with(":streamGenerateContent")
}

/// True for `/v1/…`, `/v1beta/…` and the addresses of providers that have none: Azure's, Bedrock's.
fn tells_its_version(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let number = first.strip_prefix('v').unwrap_or_default();
    number.starts_with(|char: char| char.is_ascii_digit()) || matches!(first, "openai" | "model")
}

#[cfg(test)]
mod tests {
    use headroom::format::Format;

    use super::*;

    #[test]
    fn addresses_of_models_are_known() {
        use Format::{AnthropicMessages, OpenAiChat};
        for (url, versioned, format) in [
            (
                "https://api.anthropic.com/v1/messages?beta=true",
                false,
                Some(AnthropicMessages),
            ),
            (
                "https://gate.example/api/anthropic/v1/messages",
                false,
                Some(AnthropicMessages),
            ),
            (
                "https://gate.example/anthropic/messages",
                true,
                Some(AnthropicMessages),
            ),
            ("https://chat.example/api/messages", false, None),
            (
                "https://api.openai.com/v1/chat/completions",
                false,
                Some(OpenAiChat),
            ),
            (
                "https://api.groq.com/openai/v1/chat/completions",
                false,
                Some(OpenAiChat),
            ),
            ("https://api.openai.com/v1/models", false, None),
            ("https://example.com/", false, None),
            ("not an address", false, None),
        ] {
            let found = recognise("POST", url, versioned).map(|call| call.format);
            assert_eq!(found, format, "{url}");
        }
        assert!(asks_for_stream(
            "https://a.example/v1beta/models/m:streamGenerateContent?key=k"
        ));
        assert!(!asks_for_stream(
            "https://a.example/v1beta/models/m:generateContent"
        ));
        assert_eq!(
            recognise("GET", "https://api.anthropic.com/v1/messages", false),
            None
        );
    }
}
