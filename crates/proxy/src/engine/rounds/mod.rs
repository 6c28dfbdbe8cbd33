//! Reading answers, format by format: what is shown, what is held back, and the request of the next round.
//!
//! Only the events of our own tool's calls are held back, and the end of a round that has such a call. Everything
//! else goes on at once, byte for byte where no number in it has to change (law 10). Kinds of blocks, events and
//! fields are open sets: what is not known is handed on.

mod anthropic;
mod bedrock;
mod chat;
mod counts;
mod envelope;
mod events;
mod gemini;
mod places;
mod responses;
mod tap;
mod whole;

pub(super) use tap::Tap;

use std::ops::Range;

use headroom::format::Format;
use headroom::json::{Document, Kind, Value};
use headroom::message::Edit;
use serde_json::Map;

use super::answer::{Answer, HiddenCall};
use super::exchange::Step;
use super::options::UsageShown;
use super::turn::Round;
use super::usage::Usage;
use envelope::Enveloped;
use events::Stream;
use whole::Whole;

/// The reader of one answer in one format.
pub(super) trait Rounds: Send {
    /// A chunk of the round's answer.
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Step;

    /// The round's answer ended without an error of the connection.
    fn end(&mut self, out: &mut Vec<u8>) -> Step;

    /// The connection failed, or the request of a later round: says so to the client.
    fn broke(&mut self, why: &str, out: &mut Vec<u8>);

    /// The rounds so far.
    fn rounds(&self) -> &[Round];

    /// Hidden calls of the round that has just ended.
    fn calls(&self) -> Vec<HiddenCall> {
        self.rounds().last().map(Round::calls).unwrap_or_default()
    }

    /// Takes in the answers to the hidden calls. Gives the body of the next round, made from `body`, that of this
    /// one; `None` when the client has to act first.
    fn answer(&mut self, answers: &[Answer], body: &str) -> Option<String>;

    /// Writes the end of the answer that was held back.
    fn finish(&mut self, out: &mut Vec<u8>);

    /// What all rounds cost, and of that the rounds after the first.
    fn usage(&self) -> (Usage, Usage);
}

/// True where calls of ours can be told from the client's while an answer comes in; elsewhere the tool is not offered,
/// as they would be seen. Gemini can stream the arguments of a call, piece by piece.
pub(super) fn reads(format: Format, document: &Document<'_>) -> bool {
    let config = [
        "toolConfig",
        "functionCallingConfig",
        "streamFunctionCallArguments",
    ];
    let streamed = at(document, &config).is_some_and(|streamed| streamed.is_true());
    whole(format, UsageShown::Sum).is_some() && !(format == Format::Gemini && streamed)
}

/// The edits that hidden rounds need of a request besides the tool, and whether they make the provider send counts
/// that the client did not ask for.
pub(super) fn adjust(format: Format, document: &Document<'_>) -> (Vec<Edit>, bool) {
    let edits: Vec<Edit> = match format {
        Format::OpenAiChat => chat::ask_for_counts(document).into_iter().collect(),
        _ => Vec::new(),
    };
    let asks = !edits.is_empty();
    (edits, asks)
}

/// The reader of streams of a format, `None` where there is none. `counts_are_ours`: of [`adjust`].
pub(super) fn stream(format: Format, usage: UsageShown, counts_are_ours: bool) -> Option<Box<dyn Rounds>> {
    match format {
        Format::AnthropicMessages => Some(Box::new(Stream::new(anthropic::Reading::new(usage)))),
        Format::OpenAiChat => Some(Box::new(Stream::new(chat::Reading::new(usage, counts_are_ours)))),
        Format::OpenAiResponses => Some(Box::new(Stream::new(responses::Reading::new(usage)))),
        Format::Gemini => Some(Box::new(Stream::new(gemini::Reading::new(usage)))),
        Format::BedrockConverse | Format::AiSdk | Format::LangChain => None,
    }
}

/// The reader of answers in one piece.
pub(super) fn whole(format: Format, usage: UsageShown) -> Option<Box<dyn Rounds>> {
    match format {
        Format::AnthropicMessages => Some(Box::new(Whole::<anthropic::Body>::new(usage))),
        Format::OpenAiChat => Some(Box::new(Whole::<chat::Body>::new(usage))),
        Format::OpenAiResponses => Some(Box::new(Whole::<responses::Body>::new(usage))),
        Format::Gemini => Some(Box::new(Whole::<gemini::Body>::new(usage))),
        Format::BedrockConverse => Some(Box::new(Whole::<bedrock::Body>::new(usage))),
        Format::AiSdk | Format::LangChain => None,
    }
}

/// The reader of streams that are JSON arrays, where a format has such.
pub(super) fn array(format: Format, usage: UsageShown) -> Option<Box<dyn Rounds>> {
    (format == Format::Gemini).then(|| Box::new(gemini::Array::new(usage)) as Box<dyn Rounds>)
}

/// The reader of binary streams of a format, as Bedrock has them.
pub(super) fn binary(format: Format, usage: UsageShown) -> Option<Box<dyn Rounds>> {
    match format {
        Format::AnthropicMessages => {
            let stream = Box::new(Stream::new(anthropic::Reading::new(usage)));
            Some(Box::new(Enveloped::new(bedrock::Chunks::default(), stream)))
        }
        Format::BedrockConverse => {
            let stream = Box::new(Stream::new(bedrock::Reading::new(usage)));
            Some(Box::new(Enveloped::new(bedrock::Events::default(), stream)))
        }
        _ => None,
    }
}

/// An error event in the shape of a format's streams.
pub(super) fn broke(format: Format, why: &str, out: &mut Vec<u8>) {
    match format {
        Format::AnthropicMessages => anthropic::broke(why, out),
        Format::OpenAiChat => chat::broke(why, out),
        Format::OpenAiResponses => responses::broke(why, out),
        Format::Gemini => gemini::broke(why, out),
        Format::BedrockConverse | Format::AiSdk | Format::LangChain => {}
    }
}

/// A text with one span of it replaced; without a span, the text.
fn replace(text: &str, span: Option<Range<usize>>, by: &str) -> String {
    let mut text = text.to_owned();
    if let Some(span) = span {
        text.replace_range(span, by);
    }
    text
}

/// The value at a path of keys.
fn at<'d, 'a>(document: &'d Document<'a>, path: &[&str]) -> Option<Value<'d, 'a>> {
    path.iter().try_fold(document.root(), |value, key| value.get(key))
}

/// An object of a document as a map; empty where there is none.
fn object(document: &Document<'_>, path: &[&str]) -> Map<String, serde_json::Value> {
    let object = at(document, path).filter(|value| value.kind() == Kind::Object);
    object
        .and_then(|value| serde_json::from_str(value.raw()).ok())
        .unwrap_or_default()
}

/// JSON with what `new` makes of the source of the value at `path`, if there is such a value and `new` makes
/// anything of it.
fn rewrite(text: String, path: &[&str], new: impl FnOnce(&str) -> Option<String>) -> String {
    let changed = Document::parse(&text).ok().and_then(|document| {
        let value = at(&document, path)?;
        Some(replace(&text, Some(value.span()), &new(value.raw())?))
    });
    changed.unwrap_or(text)
}

/// A text that goes on in the member of an object, which begins with it where there is none.
fn append(members: &mut Map<String, serde_json::Value>, key: &str, piece: &str) {
    match members.get_mut(key) {
        Some(serde_json::Value::String(text)) => text.push_str(piece),
        _ => {
            members.insert(key.to_owned(), piece.into());
        }
    }
}

/// Arguments of a call, `{}` where they are no JSON, as of one that was cut off.
fn json_or_nothing(arguments: &str) -> &str {
    if Document::parse(arguments).is_ok() {
        arguments
    } else {
        "{}"
    }
}

/// The edit that gives an object a member, in place of one of that name.
fn set_member(object: Value<'_, '_>, key: &str, json: &str) -> Edit {
    let (span, json) = if let Some(there) = object.get(key) {
        (there.span(), json.to_owned())
    } else {
        let end = object.span().end - 1;
        let comma = if object.is_empty() { "" } else { "," };
        (end..end, format!("{comma}\"{key}\":{json}"))
    };
    Edit {
        path: Vec::new(),
        span,
        json,
    }
}

/// A body with `items` behind the last item of the array at `path`; `None` when there is no such array.
fn insert_at_end(body: &str, path: &[&str], items: &str) -> Option<String> {
    let document = Document::parse(body).ok()?;
    let array = at(&document, path).filter(|value| value.kind() == Kind::Array)?;
    let comma = if array.is_empty() { "" } else { "," };
    let end = array.span().end - 1;
    Some(replace(body, Some(end..end), &format!("{comma}{items}")))
}
