//! OpenAI chat: one message of the client's stands for the messages of several rounds, its text for theirs.

use headroom::json::{Document, Kind, Value, quote};
use headroom::message::Edit;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::blocks::text_key;
use super::{Chain, PartKey, bare, edit, role};
use crate::engine::turn::{Part, Round};

/// Hidden rounds, as kept for the requests that follow.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Record {
    /// The messages of the rounds before the last, as the items of a JSON array.
    before: String,
    /// What of the client's message is theirs: texts, and numbers of items.
    texts: Map<String, serde_json::Value>,
    /// The last round, if calls of ours are among the client's.
    open: Option<Open>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Open {
    /// Calls, with the number of the client's before each.
    calls: Vec<(usize, String)>,
    results: Vec<String>,
}

/// The record of a turn and what it is known by; `None` when nothing was hidden or nothing is visible.
pub(super) fn remember(rounds: &[Round]) -> Option<(Vec<PartKey>, Record)> {
    // A text that is a list of parts cannot be told apart by rounds.
    let is_list = |round: &Round| {
        round
            .fields
            .get("content")
            .is_some_and(serde_json::Value::is_array)
    };
    let (last, earlier) = rounds.split_last()?;
    if rounds.iter().any(is_list) {
        return None;
    }
    let sent: Vec<&str> = earlier.iter().map(|round| round.sent.as_str()).collect();
    let mut texts = Map::new();
    for (key, value) in earlier.iter().flat_map(|round| &round.fields) {
        match (texts.get_mut(key), value) {
            (Some(serde_json::Value::String(text)), serde_json::Value::String(more)) => text.push_str(more),
            (Some(serde_json::Value::Array(items)), serde_json::Value::Array(more)) => {
                items.extend(more.iter().cloned());
            }
            (None, serde_json::Value::String(_) | serde_json::Value::Array(_)) => {
                texts.insert(key.clone(), value.clone());
            }
            _ => {}
        }
    }
    let mut open = Open {
        calls: Vec::new(),
        results: last.results.clone(),
    };
    let mut parts = Vec::new();
    for part in &last.parts {
        match part {
            Part::Shown(raw) => parts.push(call_key(Document::parse(raw).ok()?.root())),
            Part::Hidden(raw, _) => open.calls.push((parts.len(), raw.clone())),
        }
    }
    let open = Some(open)
        .filter(|open| last.open && !open.calls.is_empty() && open.calls.len() == open.results.len());
    let content = |fields: &Map<String, serde_json::Value>| {
        fields
            .get("content")
            .and_then(|content| content.as_str().map(str::to_owned))
    };
    let text = content(&texts).unwrap_or_default() + &content(&last.fields).unwrap_or_default();
    parts.splice(0..0, text_key(&text));
    let record = Record {
        before: sent.join(","),
        texts,
        open,
    };
    let hides = !record.before.is_empty() || record.open.is_some();
    (hides && !parts.is_empty()).then_some((parts, record))
}

fn call_key(call: Value<'_, '_>) -> PartKey {
    let id = call.get("id").and_then(|id| id.text()).unwrap_or_default();
    if id.is_empty() {
        PartKey::common(bare(call))
    } else {
        PartKey::by_id("call", &id)
    }
}

/// What a message is known by: its text, other parts of its content, its calls or the call it answers.
fn parts(message: Value<'_, '_>) -> Vec<PartKey> {
    if let Some(id) = message.get("tool_call_id").and_then(|id| id.text()) {
        return vec![PartKey::of_result(&id, message)];
    }
    let texts: String = text_values(message).iter().filter_map(Value::text).collect();
    let mut parts: Vec<PartKey> = text_key(&texts).into_iter().collect();
    let content = message.get("content");
    let others = content.iter().flat_map(Value::items);
    parts.extend(
        others
            .filter(|part| text_of(*part).is_none())
            .map(|part| PartKey::common(bare(part))),
    );
    let calls = message.get("tool_calls");
    parts.extend(calls.iter().flat_map(Value::items).map(call_key));
    parts
}

/// The texts of a message's content, as values.
fn text_values<'d, 'a>(message: Value<'d, 'a>) -> Vec<Value<'d, 'a>> {
    match message.get("content") {
        Some(content) if content.kind() == Kind::String => vec![content],
        Some(content) => content.items().filter_map(text_of).collect(),
        None => Vec::new(),
    }
}

fn text_of<'d, 'a>(part: Value<'d, 'a>) -> Option<Value<'d, 'a>> {
    part.get("text").filter(|text| text.kind() == Kind::String)
}

/// See [`super::chain`].
pub(super) fn chain(document: &Document<'_>) -> Chain {
    let mut chain = Chain::default();
    for message in document.root().get("messages").iter().flat_map(Value::items) {
        chain.add(&role(message), &parts(message));
    }
    chain
}

/// See [`super::expand`].
pub(super) fn expand(document: &Document<'_>, look_up: &dyn Fn([u8; 16]) -> Option<Record>) -> Vec<Edit> {
    let messages = document.root().get("messages");
    let messages: Vec<Value<'_, '_>> = messages.iter().flat_map(Value::items).collect();
    let mut chain = Chain::default();
    let mut edits = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let (role, parts) = (role(*message), parts(*message));
        if role == "assistant"
            && !parts.is_empty()
            && let Some(record) = look_up(chain.key(&parts))
        {
            let next = messages.get(index + 1).copied();
            edits.extend(expand_message(*message, next, &record).unwrap_or_default());
        }
        chain.add(&role, &parts);
    }
    edits
}

/// The edits of one message; `None` when the record does not fit.
fn expand_message(message: Value<'_, '_>, next: Option<Value<'_, '_>>, record: &Record) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    if !record.before.is_empty() {
        let start = message.span().start;
        edits.push(edit(start..start, format!("{},", record.before)));
    }
    let calls = message.get("tool_calls").filter(|calls| !calls.is_empty());
    for (key, theirs) in &record.texts {
        if key == "content" {
            let theirs = theirs.as_str().filter(|theirs| !theirs.is_empty());
            if let Some(theirs) = theirs {
                edits.push(without_text(message, theirs, calls.is_some())?);
            }
        } else {
            edits.extend(message.get(key).and_then(|value| without(value, theirs)));
        }
    }
    if let Some(open) = &record.open {
        // Results stand right behind the message, before those of the client.
        let next = next.filter(|next| role(*next) == "tool")?.span().start;
        edits.extend(with_calls(calls?, &open.calls)?);
        edits.push(edit(next..next, format!("{},", open.results.join(","))));
    }
    Some(edits)
}

/// The edit that leaves the last round's text in a message; `None` when nothing would be left of the message.
fn without_text(message: Value<'_, '_>, theirs: &str, has_calls: bool) -> Option<Edit> {
    let texts = text_values(message);
    let first = *texts.first()?;
    let text = first.text()?;
    // Blanks at the end of all may be gone.
    let rest = text
        .strip_prefix(theirs)
        .or_else(|| (text == theirs.trim_end()).then_some(""))?;
    if !rest.trim().is_empty() || texts.len() > 1 {
        return Some(edit(first.span(), quote(rest)));
    }
    let content = message.get("content").filter(|_| has_calls)?;
    Some(edit(content.span(), "null".to_owned()))
}

/// The edit that takes what other rounds said out of a field; `None` where it is not there as it was.
fn without(value: Value<'_, '_>, theirs: &serde_json::Value) -> Option<Edit> {
    match theirs {
        serde_json::Value::String(theirs) => {
            let text = value.text()?;
            let rest = text.strip_prefix(theirs.as_str())?;
            (!theirs.is_empty()).then(|| edit(value.span(), quote(rest)))
        }
        serde_json::Value::Array(theirs) if !theirs.is_empty() => {
            let items: Vec<Value<'_, '_>> = value.items().take(theirs.len()).collect();
            let same = |(item, theirs): (&Value<'_, '_>, &serde_json::Value)| {
                serde_json::from_str::<serde_json::Value>(item.raw()).is_ok_and(|item| item == *theirs)
            };
            if items.len() < theirs.len() || !items.iter().zip(theirs).all(same) {
                return None;
            }
            let end = value
                .at(theirs.len())
                .map_or(value.span().end - 1, |next| next.span().start);
            Some(edit(value.span().start + 1..end, String::new()))
        }
        _ => None,
    }
}

/// The edits that put calls among the client's.
fn with_calls(calls: Value<'_, '_>, ours: &[(usize, String)]) -> Option<Vec<Edit>> {
    let theirs: Vec<Value<'_, '_>> = calls.items().collect();
    let mut edits = Vec::new();
    for place in 0..=theirs.len() {
        let raw: Vec<&str> = ours
            .iter()
            .filter(|(at, _)| *at == place)
            .map(|(_, raw)| raw.as_str())
            .collect();
        if raw.is_empty() {
            continue;
        }
        let raw = raw.join(",");
        let (at, json) = if let Some(next) = theirs.get(place) {
            (next.span().start, format!("{raw},"))
        } else {
            (theirs.last()?.span().end, format!(",{raw}"))
        };
        edits.push(edit(at..at, json));
    }
    ours.iter().all(|(at, _)| *at <= theirs.len()).then_some(edits)
}
