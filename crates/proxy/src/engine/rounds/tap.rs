//! Reading what an answer cost while it is handed on untouched.

use headroom::format::Format;
use serde_json::{Map, Value};

use crate::engine::usage::Usage;
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
    Stream(Frames),
    Whole(Vec<u8>),
    /// Too long to be read, or over.
    Closed,
}

impl Tap {
    /// For an answer that is a stream of events, or one in one piece.
    pub(in crate::engine) fn new(format: Format, stream: bool) -> Self {
        let source = if stream {
            Source::Stream(Frames::default())
        } else {
            Source::Whole(Vec::new())
        };
        Self {
            format,
            source,
            usage: Usage::default(),
        }
    }

    /// True for streams of events.
    pub(in crate::engine) fn is_stream(&self) -> bool {
        matches!(self.source, Source::Stream(_))
    }

    /// True when an event has begun that has not ended.
    pub(in crate::engine) fn is_inside(&self) -> bool {
        matches!(&self.source, Source::Stream(frames) if frames.waiting() > 0)
    }

    /// Reads a chunk.
    pub(in crate::engine) fn push(&mut self, chunk: &[u8]) {
        match &mut self.source {
            Source::Stream(frames) => {
                frames.push(chunk);
                while let Some(frame) = frames.next_frame() {
                    // Every provider's counts stand in a field of that name.
                    if memchr::memmem::find(frame.bytes, b"\"usage").is_some()
                        && let Ok(event) = serde_json::from_str(&frame.data)
                    {
                        self.usage = overlay(self.usage, read(self.format, &event));
                    }
                }
                if frames.waiting() > MAX_FRAME {
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
        match &self.source {
            Source::Whole(body) => serde_json::from_slice(body)
                .map(|body| read(self.format, &body))
                .unwrap_or_default(),
            Source::Stream(_) | Source::Closed => self.usage,
        }
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
fn read(format: Format, value: &Value) -> Usage {
    let nested = |outer: &str| value.get("usage").or_else(|| value.get(outer)?.get("usage"));
    let (usage, counts): (_, Reading) = match format {
        Format::AnthropicMessages => (nested("message"), Usage::anthropic),
        Format::OpenAiChat => (value.get("usage"), Usage::chat),
        Format::OpenAiResponses => (nested("response"), Usage::responses),
        Format::Gemini => (value.get("usageMetadata"), Usage::gemini),
        Format::BedrockConverse => (value.get("usage"), Usage::bedrock),
        Format::AiSdk => return Usage::default(),
    };
    usage.and_then(Value::as_object).map(counts).unwrap_or_default()
}

/// How a format's counts are read.
type Reading = fn(&Map<String, Value>) -> Usage;
