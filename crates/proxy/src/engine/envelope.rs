//! Requests and answers inside another object.
//!
//! Gemini's count of tokens takes whole requests, and Code Assist puts every request and every answer in an
//! envelope. What is around them stays as it is, byte for byte.

use headroom::format::Format;
use headroom::json::{Document, Value};

/// Members that hold a request.
const REQUESTS: [&str; 3] = ["request", "generateContentRequest", "generate_content_request"];

/// The member that holds an answer.
const ANSWER: &str = "response";

/// The request in a body that is none itself.
pub(super) fn request<'d, 'a>(format: Format, body: Value<'d, 'a>) -> Option<Value<'d, 'a>> {
    if format != Format::Gemini || body.get("contents").is_some() {
        return None;
    }
    let mut found = REQUESTS.iter().filter_map(|key| body.get(key));
    found.find(|request| request.get("contents").is_some())
}

/// The answer in an envelope: what stands before it, it, and what stands behind it.
pub(super) fn answer(text: &str) -> Option<[&str; 3]> {
    let document = Document::parse(text).ok()?;
    let span = document.root().get(ANSWER)?.span();
    Some([&text[..span.start], &text[span.clone()], &text[span.end..]])
}

/// A request as it was sent, and what stood around it.
pub(super) struct Sent {
    before: String,
    /// The request.
    pub(super) request: String,
    after: String,
}

impl Sent {
    /// Of a body.
    pub(super) fn new(format: Format, body: &str) -> Self {
        // The others have no envelope, and need not be read for it.
        let document = (format == Format::Gemini)
            .then(|| Document::parse(body).ok())
            .flatten();
        let inner = document.as_ref().and_then(|body| request(format, body.root()));
        let span = inner.map_or(0..body.len(), |request| request.span());
        Self {
            before: body[..span.start].to_owned(),
            request: body[span.clone()].to_owned(),
            after: body[span.end..].to_owned(),
        }
    }

    /// The whole body.
    pub(super) fn body(&self) -> String {
        format!("{}{}{}", self.before, self.request, self.after)
    }

    /// True when something stands around the request, and so will around its answer.
    pub(super) fn is_enveloped(&self) -> bool {
        !self.before.is_empty()
    }
}
