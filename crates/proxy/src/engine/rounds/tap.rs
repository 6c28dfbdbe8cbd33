//! Reading what an answer cost while it is handed on untouched.

use headroom::format::Format;
use headroom::json::{Document, Kind, Value};

use super::bedrock;
use crate::engine::usage::{self, Usage};
use crate::wire::eventstream::Messages;
use crate::wire::sse::{Frames, MAX_FRAME};

/// Bodies in one piece are read up to this size: 8 MiB.
const MAX_BODY: usize = 8 << 20;

/// Reads along.
pub(in crate::engine) struct Tap {
    format: Format,
    source: Source,
    usage: Usage,
}

enum Source {
    Events(Frames),
    Binary(Messages),
    Whole(Vec<u8>),
    /// Too long to be read, or over.
    Closed,
}

impl Tap {
    /// For a stream of server-sent events.
    pub(in crate::engine) fn events(format: Format) -> Self {
        Self::new(format, Source::Events(Frames::default()))
    }

    /// For a stream of binary messages.
    pub(in crate::engine) fn binary(format: Format) -> Self {
        Self::new(format, Source::Binary(Messages::default()))
    }

    /// For an answer in one piece, or a stream that is one JSON array.
    pub(in crate::engine) fn whole(format: Format) -> Self {
        Self::new(format, Source::Whole(Vec::new()))
    }

    fn new(format: Format, source: Source) -> Self {
        Self {
            format,
            source,
            usage: Usage::default(),
        }
    }

    /// The upstream died: what its stream says then. An answer in one piece can say nothing.
    pub(in crate::engine) fn broke(&self, why: &str, out: &mut Vec<u8>) {
        match &self.source {
            Source::Events(frames) => {
                if frames.waiting() > 0 {
                    out.extend_from_slice(b"\n\n");
                }
                super::broke(self.format, why, out);
            }
            // Inside a message the client waits for its checksum, and will not get it.
            Source::Binary(messages) if messages.waiting() == 0 => bedrock::failure(why, out),
            Source::Binary(_) | Source::Whole(_) | Source::Closed => {}
        }
    }

    /// Reads a chunk.
    pub(in crate::engine) fn push(&mut self, chunk: &[u8]) {
        match &mut self.source {
            Source::Events(frames) => {
                frames.push(chunk);
                while let Some(frame) = frames.next_frame() {
                    self.usage = overlay(self.usage, scan(self.format, frame.data.as_bytes()));
                }
                if frames.waiting() > MAX_FRAME {
                    self.source = Source::Closed;
                }
            }
            Source::Binary(messages) => {
                messages.push(chunk);
                while let Some(message) = messages.next_message() {
                    if let Some(payload) = bedrock::payload(&message) {
                        self.usage = overlay(self.usage, scan(self.format, &payload));
                    }
                }
                if messages.is_broken() {
                    self.source = Source::Closed;
                }
            }
            Source::Whole(body) if body.len() + chunk.len() <= MAX_BODY => body.extend_from_slice(chunk),
            Source::Whole(_) => self.source = Source::Closed,
            Source::Closed => {}
        }
    }

    /// What the answer cost.
    pub(in crate::engine) fn usage(&self) -> Usage {
        let Source::Whole(body) = &self.source else {
            return self.usage;
        };
        scan(self.format, body)
    }
}

/// The counts of an event, of an answer, or of a list of answers.
fn scan(format: Format, json: &[u8]) -> Usage {
    // Every provider's counts stand in a field of such a name.
    let found = memchr::memmem::find(json, b"\"usage").and_then(|_| std::str::from_utf8(json).ok());
    let Some(document) = found.and_then(|json| Document::parse(json).ok()) else {
        return Usage::default();
    };
    let root = document.root();
    match root.kind() {
        Kind::Array => root
            .items()
            .map(|response| read(format, &response))
            .fold(Usage::default(), overlay),
        _ => read(format, &root),
    }
}

/// Later counts of a stream stand in for earlier ones.
fn overlay(earlier: Usage, later: Usage) -> Usage {
    Usage {
        input: later.input.or(earlier.input),
        cache_read: later.cache_read.or(earlier.cache_read),
        cache_write_5m: later.cache_write_5m.or(earlier.cache_write_5m),
        cache_write_1h: later.cache_write_1h.or(earlier.cache_write_1h),
        output: later.output.or(earlier.output),
    }
}

/// The counts of a body or an event.
fn read(format: Format, value: &Value<'_, '_>) -> Usage {
    let nested = |outer: &str| value.get("usage").or_else(|| value.get(outer)?.get("usage"));
    let (usage, counts): (_, Reading) = match format {
        Format::AnthropicMessages => (nested("message"), usage::anthropic),
        Format::OpenAiChat => (value.get("usage"), usage::chat),
        Format::OpenAiResponses => (nested("response"), usage::responses),
        Format::Gemini => (value.get("usageMetadata"), usage::gemini),
        Format::BedrockConverse => (value.get("usage"), usage::bedrock),
        Format::AiSdk | Format::LangChain => return Usage::default(),
    };
    let usage = usage.and_then(|usage| serde_json::from_str(usage.raw()).ok());
    usage.as_ref().map(counts).unwrap_or_default()
}

/// How a format's counts are read.
type Reading = fn(&serde_json::Map<String, serde_json::Value>) -> Usage;
