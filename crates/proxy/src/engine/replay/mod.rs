//! Hidden rounds put back into later requests.
//!
//! A client sends back what it has seen. The provider has seen more: our calls and their results. Without them the
//! provider's prompt cache would start anew, and signed blocks would lose the neighbours they were signed with. So
//! what was hidden is kept as a [`Record`] under a key made of the visible message, and put back where it was: the
//! messages of request N are a prefix of those of request N + 1. What cannot be put back whole is not put back at
//! all; the request stays valid either way.
//!
//! A message with a random id of the provider's in it (of a call, or a signature) is known by that, wherever it comes
//! back. One without is known by the whole conversation before it, so that two talks with the same words in them
//! are never taken for each other.

mod anthropic;
mod bedrock;
mod blocks;
mod chat;
mod gemini;
mod responses;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

use headroom::Error;
use headroom::format::Format;
use headroom::json::{Document, Kind, Value, quote};
use headroom::message::Edit;
use headroom_store::Records;

use super::turn::Round;
use blocks::Dialect;

/// A running hash over the visible messages of a conversation.
#[derive(Clone, Default)]
pub(super) struct Chain(blake3::Hasher);

/// What is hashed of a part, and whether that is unique to it.
pub(super) struct PartKey {
    key: String,
    unique: bool,
}

impl PartKey {
    /// By an id of the provider's, if it is one of a kind. Some servers number their calls.
    fn by_id(kind: &str, id: &str) -> Self {
        Self {
            key: format!("{kind}\0{id}"),
            unique: is_random(id),
        }
    }

    /// A result, by the call it answers; by what it says, too, where others may have such a call.
    fn of_result(id: &str, result: Value<'_, '_>) -> Self {
        let said = if is_random(id) {
            String::new()
        } else {
            bare(result)
        };
        Self::common(format!("result\0{id}\0{said}"))
    }

    fn common(key: String) -> Self {
        Self { key, unique: false }
    }
}

impl Chain {
    fn add(&mut self, role: &str, parts: &[PartKey]) {
        feed(&mut self.0, role);
        for part in parts {
            feed(&mut self.0, &part.key);
        }
    }

    /// The key of an assistant's message with these parts, behind these messages.
    fn key(&self, parts: &[PartKey]) -> [u8; 16] {
        let mut hasher = if parts.iter().any(|part| part.unique) {
            blake3::Hasher::new()
        } else {
            self.0.clone()
        };
        feed(&mut hasher, "turn");
        for part in parts {
            feed(&mut hasher, &part.key);
        }
        key_of(&hasher)
    }
}

fn key_of(hasher: &blake3::Hasher) -> [u8; 16] {
    let mut key = [0; 16];
    key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    key
}

/// Hashes a text with its length, so that no two lists of texts are alike.
fn feed(hasher: &mut blake3::Hasher, text: &str) {
    hasher.update(&(text.len() as u64).to_le_bytes());
    hasher.update(text.as_bytes());
}

/// The dialect of a format whose messages are lists of blocks.
fn dialect(format: Format) -> Option<&'static dyn Dialect> {
    match format {
        Format::AnthropicMessages => Some(&anthropic::Anthropic),
        Format::BedrockConverse => Some(&bedrock::Bedrock),
        _ => None,
    }
}

/// The chain over all messages of a request.
pub(super) fn chain(format: Format, document: &Document<'_>) -> Chain {
    match (format, dialect(format)) {
        (_, Some(dialect)) => blocks::chain(dialect, document),
        (Format::OpenAiChat, _) => chat::chain(document),
        (Format::OpenAiResponses, _) => responses::chain(document),
        (Format::Gemini, _) => gemini::chain(document),
        _ => Chain::default(),
    }
}

/// True when a visible part is there for sure when the client sends the message back.
pub(super) fn counts(format: Format, part: &str) -> bool {
    dialect(format)
        .is_none_or(|dialect| Document::parse(part).is_ok_and(|part| dialect.part_key(part.root()).is_some()))
}

/// What is to be kept of a turn with hidden rounds for the requests that follow: records and their keys.
pub(super) fn remember(format: Format, rounds: &[Round], chain: &Chain) -> Vec<([u8; 16], Vec<u8>)> {
    let one = |(parts, record): (Vec<PartKey>, Vec<u8>)| (chain.key(&parts), record);
    match (format, dialect(format)) {
        (_, Some(dialect)) => blocks::remember(dialect, rounds)
            .map(|(parts, record)| one((parts, to_bytes(&record))))
            .into_iter()
            .collect(),
        (Format::OpenAiChat, _) => chat::remember(rounds)
            .map(|(parts, record)| one((parts, to_bytes(&record))))
            .into_iter()
            .collect(),
        (Format::OpenAiResponses, _) => of_responses(rounds, chain),
        (Format::Gemini, _) => gemini::remember(rounds)
            .map(|(parts, record)| one((parts, to_bytes(&record))))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

/// A response's items are found by whatever the client sends of the first; its id stands for the last round's.
fn of_responses(rounds: &[Round], chain: &Chain) -> Vec<([u8; 16], Vec<u8>)> {
    let mut records = Vec::new();
    if let Some((keys, kept)) = responses::remember(rounds) {
        let kept = to_bytes(&kept);
        records.extend(keys.into_iter().map(|key| (chain.key(&[key]), kept.clone())));
    }
    if let Some((calls, results)) = responses::waiting(rounds) {
        let results = to_bytes(&results);
        let calls = calls.iter().filter(|call| is_random(call));
        records.extend(calls.map(|call| (named("waiting", call), results.clone())));
    }
    if let [first, .., last] = rounds
        && !first.id.is_empty()
        && !last.id.is_empty()
    {
        records.push((named("alias", &first.id), last.id.clone().into_bytes()));
    }
    records
}

/// The id the provider knows an answer by, where the client knows it by another.
pub(super) fn alias(id: &str, records: &dyn Records) -> Option<String> {
    let record = records.get_record(named("alias", id)).ok()??;
    String::from_utf8(record).ok()
}

/// The key of what is known by a provider's id.
fn named(what: &str, id: &str) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    feed(&mut hasher, what);
    feed(&mut hasher, id);
    key_of(&hasher)
}

/// The edits that put hidden rounds back into a request, and why some may be missing: a store that fails is a request
/// without them, not a failed request.
pub(super) fn expand(
    format: Format,
    document: &Document<'_>,
    records: &dyn Records,
) -> (Vec<Edit>, Option<Error>) {
    let failed = OnceCell::new();
    let look_up = |key: [u8; 16]| {
        // Whoever has failed is not asked again: a request may have many turns.
        let found = failed.get().is_none().then(|| records.get_record(key))?;
        found.map_err(|error| failed.set(error)).ok().flatten()
    };
    let edits = expansions(format, document, &look_up);
    (edits, failed.into_inner())
}

fn expansions(
    format: Format,
    document: &Document<'_>,
    look_up: &dyn Fn([u8; 16]) -> Option<Vec<u8>>,
) -> Vec<Edit> {
    match (format, dialect(format)) {
        (_, Some(dialect)) => blocks::expand(dialect, document, &|key| from_bytes(&look_up(key)?)),
        (Format::OpenAiChat, _) => chat::expand(document, &|key| from_bytes(&look_up(key)?)),
        (Format::Gemini, _) => gemini::expand(document, &|key| from_bytes(&look_up(key)?)),
        (Format::OpenAiResponses, _) => {
            let known = responses::LookUp {
                kept: &|key| from_bytes(&look_up(key)?),
                waiting: &|call| from_bytes(&look_up(named("waiting", call))?),
            };
            let mut edits = responses::expand(document, &known);
            let before = document.root().get("previous_response_id");
            if let Some(before) = before
                && let Some(id) = before.text().and_then(|id| look_up(named("alias", &id)))
                && let Ok(id) = String::from_utf8(id)
            {
                edits.push(edit(before.span(), quote(&id)));
            }
            edits
        }
        _ => Vec::new(),
    }
}

/// A record as stored.
fn to_bytes<T: serde::Serialize>(record: &T) -> Vec<u8> {
    serde_json::to_vec(record).unwrap_or_default()
}

/// A record as read back; `None` for anything else.
fn from_bytes<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

fn role<'a>(message: Value<'_, 'a>) -> Cow<'a, str> {
    message
        .get("role")
        .and_then(|role| role.text())
        .unwrap_or_default()
}

/// True for ids and signatures that no other conversation has: their last part is long, and no word.
fn is_random(id: &str) -> bool {
    let tail = id
        .rsplit(|char: char| !char.is_ascii_alphanumeric())
        .find(|part| !part.is_empty());
    id.len() >= 100
        || tail.is_some_and(|tail| tail.len() >= 8 && tail.bytes().any(|byte| byte.is_ascii_digit()))
}

/// The source of a part without its marks for the provider's cache, which move from request to request.
fn bare(part: Value<'_, '_>) -> String {
    if part.kind() != Kind::Object {
        return part.raw().to_owned();
    }
    let mut out = String::new();
    for (key, value) in part.entries() {
        if let Some(key) = key.text().filter(|key| !MARKS.contains(&key.as_ref())) {
            out.push_str(&quote(&key));
            out.push(':');
            out.push_str(value.raw());
            out.push(',');
        }
    }
    out
}

/// Marks for the provider's cache.
const MARKS: [&str; 2] = ["cache_control", "prompt_cache_breakpoint"];

fn edit(span: Range<usize>, json: String) -> Edit {
    Edit {
        path: Vec::new(),
        span,
        json,
    }
}
