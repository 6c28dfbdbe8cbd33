//! Providers and clients of every format: what a model says, as bytes, and what a client makes of bytes.

mod anthropic;
mod bedrock;
mod chat;
mod gemini;
mod responses;

pub(crate) use anthropic::{Anthropic, message};
pub(crate) use bedrock::{Converse, Invoke, message as bedrock_message};
pub(crate) use chat::{Chat, chunk as chat_chunk};
pub(crate) use gemini::Gemini;
pub(crate) use responses::{Responses, body as response_body};

use headroom::format::Format;
use headroom_proxy::engine::{Call, CallKind};
use serde_json::Value;

/// Something a model says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Say {
    /// A thought; its signature is made of it.
    Think(String),
    Text(String),
    Call {
        id: String,
        name: String,
        /// As the model wrote them.
        arguments: String,
    },
}

/// Why a model stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Turn,
    Calls,
    Length,
}

/// What a client makes of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) says: Vec<Say>,
    pub(crate) end: Option<End>,
    /// Input and output tokens.
    pub(crate) usage: (u64, u64),
    pub(crate) failed: bool,
}

/// Tokens of input and of output that a scripted round costs.
pub(crate) const COST: (u64, u64) = (100, 20);

/// One format, both ends.
pub(crate) trait Wire {
    fn format(&self) -> Format;

    fn call(&self) -> Call {
        Call {
            format: self.format(),
            kind: CallKind::Generate,
            model: None,
        }
    }

    /// A request with these messages and a tool of the client's.
    fn request(&self, messages: &[Value], stream: bool) -> String;

    /// A user's message.
    fn user(&self, text: &str) -> Value;

    /// What a model said, as the client sends it back.
    fn spoken(&self, says: &[Say]) -> Vec<Value>;

    /// Results of calls, by id, name and text.
    fn results(&self, results: &[(&str, &str, &str)]) -> Vec<Value>;

    /// What the provider sends for a round: content type and body.
    fn answer(&self, round: usize, says: &[Say], end: End, stream: bool) -> (&'static str, Vec<u8>);

    /// An error in the middle of a stream.
    fn error(&self) -> Vec<u8>;

    /// What a client makes of it; panics where a client would.
    fn read(&self, got: &[u8], stream: bool) -> Seen;

    /// The messages of a request.
    fn messages(&self, body: &str) -> Vec<Value>;

    /// Calls and results in a request, by what ties them together, each sorted.
    fn pairs(&self, body: &str) -> (Vec<String>, Vec<String>);

    /// True where texts that follow each other are one.
    fn joins_texts(&self) -> bool {
        false
    }

    /// True where calls have ids.
    fn has_ids(&self) -> bool {
        true
    }

    /// True where a message keeps texts, thoughts and calls in the order they came in.
    fn keeps_order(&self) -> bool {
        true
    }
}

/// Every format.
pub(crate) fn all() -> Vec<Box<dyn Wire>> {
    let gemini = |array, envelope| Gemini { array, envelope };
    vec![
        Box::new(Anthropic),
        Box::new(Chat),
        Box::new(Responses),
        Box::new(gemini(false, false)),
        Box::new(gemini(true, false)),
        Box::new(gemini(false, true)),
        Box::new(gemini(true, true)),
        Box::new(Converse),
        Box::new(Invoke),
    ]
}

/// What a client sees of these rounds.
pub(crate) fn visible(rounds: &[Vec<Say>]) -> Vec<Say> {
    let ours = |say: &&Say| !matches!(say, Say::Call { name, .. } if name == "headroom_retrieve");
    rounds.iter().flatten().filter(ours).cloned().collect()
}

/// Says as a client of the format can tell them apart.
pub(crate) fn told(wire: &dyn Wire, says: &[Say]) -> Vec<Say> {
    let mut told: Vec<Say> = Vec::new();
    let mut says = says.to_vec();
    if !wire.keeps_order() {
        says.sort_by_key(|say| match say {
            Say::Think(_) => 0,
            Say::Text(_) => 1,
            Say::Call { .. } => 2,
        });
    }
    for mut say in says {
        match (told.last_mut(), &mut say) {
            (Some(Say::Text(before)), Say::Text(more)) | (Some(Say::Think(before)), Say::Think(more))
                if wire.joins_texts() =>
            {
                before.push_str(more);
                continue;
            }
            (_, Say::Call { id, .. }) if !wire.has_ids() => id.clear(),
            _ => {}
        }
        told.push(say);
    }
    told
}

pub(crate) fn think(text: &str) -> Say {
    Say::Think(text.to_owned())
}

pub(crate) fn text(text: &str) -> Say {
    Say::Text(text.to_owned())
}

pub(crate) fn call(id: &str, name: &str, arguments: &str) -> Say {
    Say::Call {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
    }
}

/// A call of ours.
pub(crate) fn ours(id: &str, arguments: &str) -> Say {
    call(id, "headroom_retrieve", arguments)
}

/// Frames of server-sent events, with the type as the event's name where there is one.
pub(crate) fn frame(event: &Value) -> String {
    match event["type"].as_str() {
        Some(kind) => format!("event: {kind}\ndata: {event}\n\n"),
        None => format!("data: {event}\n\n"),
    }
}

/// The data of all frames.
pub(crate) fn frames(got: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(got).unwrap();
    let frames = text
        .split_inclusive("\n\n")
        .filter_map(|frame| frame.lines().find_map(|line| line.strip_prefix("data: ")));
    frames.map(str::to_owned).collect()
}

/// Two halves of a text.
pub(crate) fn halves(text: &str) -> [&str; 2] {
    let (a, b) = text.split_at(text.floor_char_boundary(text.len() / 2));
    [a, b]
}
