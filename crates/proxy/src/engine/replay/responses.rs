//! OpenAI responses: a flat list of items, our calls and their results among the client's.
//!
//! Clients send items in full, without their ids, or as references to what the provider keeps, so an item is known
//! by any of these. What the provider keeps needs no putting back, but for results of calls that the client never
//! saw: they go in front of the results of the client's own calls.

use std::collections::HashSet;

use headroom::json::{Document, Kind, Value};
use headroom::message::Edit;
use serde::{Deserialize, Serialize};

use super::{Chain, PartKey, bare, edit, role};
use crate::engine::turn::{Part, Record, Round, visible};

/// What is kept of a turn.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    /// What each visible item may be known by.
    items: Vec<Vec<String>>,
    record: Record,
}

/// Where records come from.
pub(super) struct LookUp<'a> {
    pub(super) kept: &'a dyn Fn([u8; 16]) -> Option<Kept>,
    /// Results that wait for those of a call of the client's.
    pub(super) waiting: &'a dyn Fn(&str) -> Option<Vec<String>>,
}

/// The record of a turn and each of the things it is known by: those of the first visible item, and of the first
/// that no client leaves out; `None` when nothing was hidden or nothing is visible.
pub(super) fn remember(rounds: &[Round]) -> Option<(Vec<PartKey>, Kept)> {
    let record = Record::of(rounds, |_| true)?;
    let mut items: Vec<Vec<PartKey>> = visible(rounds).into_iter().map(keys_of).collect();
    let plain = |keys: &Vec<PartKey>| keys.iter().map(|key| key.key.clone()).collect();
    let kept = Kept {
        items: items.iter().map(plain).collect(),
        record,
    };
    let stays = kept.items.iter().position(|known| stays(known)).unwrap_or(0);
    let mut keys = Vec::new();
    for at in [stays, 0] {
        keys.append(items.get_mut(at)?);
    }
    (!keys.is_empty()).then_some((keys, kept))
}

/// True for what a client sends back for sure: reasoning, and what the provider has run itself, may be gone.
fn stays(known: &[String]) -> bool {
    known
        .iter()
        .any(|key| key.starts_with("text\0") || key.starts_with("call_id\0"))
}

/// The client's calls among which there are calls of ours, and the results of ours.
pub(super) fn waiting(rounds: &[Round]) -> Option<(Vec<String>, &[String])> {
    let last = rounds
        .last()
        .filter(|last| last.open && !last.results.is_empty())?;
    let call_id = |part: &Part| match part {
        Part::Shown(raw) => text(Document::parse(raw).ok()?.root(), "call_id"),
        Part::Hidden(..) => None,
    };
    Some((last.parts.iter().filter_map(call_id).collect(), &last.results))
}

fn keys_of(raw: &str) -> Vec<PartKey> {
    Document::parse(raw)
        .map(|item| keys(item.root()))
        .unwrap_or_default()
}

fn text(item: Value<'_, '_>, key: &str) -> Option<String> {
    item.get(key)?
        .text()
        .filter(|text| !text.is_empty())
        .map(std::borrow::Cow::into_owned)
}

fn kind(item: Value<'_, '_>) -> String {
    text(item, "type").unwrap_or_else(|| "message".to_owned())
}

fn is_result(item: Value<'_, '_>) -> bool {
    kind(item).ends_with("_output") || kind(item) == "mcp_approval_response"
}

/// True for what a model made.
fn is_models(item: Value<'_, '_>) -> bool {
    match kind(item).as_str() {
        "message" => role(item) == "assistant",
        _ => !is_result(item),
    }
}

/// All that an item may be known by.
fn keys(item: Value<'_, '_>) -> Vec<PartKey> {
    let unique = |key: &str| Some(PartKey::by_id(key, &text(item, key)?));
    let mut keys: Vec<PartKey> = ["id", "call_id", "encrypted_content"]
        .into_iter()
        .filter_map(unique)
        .collect();
    if kind(item) == "message" {
        keys.push(words(item));
    }
    keys
}

/// A message, by what it says.
fn words(item: Value<'_, '_>) -> PartKey {
    let content = item.get("content");
    let texts: String = match content.and_then(|content| content.text()) {
        Some(text) => text.into_owned(),
        None => content
            .iter()
            .flat_map(Value::items)
            .map(|part| text(part, "text").unwrap_or_else(|| bare(part)))
            .collect(),
    };
    PartKey::common(format!("text\0{}", texts.trim()))
}

/// What the chain takes of an item. Reasoning may be left out by clients.
fn link(item: Value<'_, '_>) -> Vec<PartKey> {
    let link = match kind(item).as_str() {
        "reasoning" => None,
        "message" => Some(words(item)),
        _ if is_result(item) => {
            let call = text(item, "call_id").unwrap_or_default();
            Some(PartKey::of_result(&call, item))
        }
        _ => Some(PartKey::common(
            text(item, "call_id")
                .or_else(|| text(item, "id"))
                .unwrap_or_else(|| bare(item)),
        )),
    };
    link.into_iter().collect()
}

/// The chain before all items: what the provider keeps of the conversation stands before them.
fn beginning(document: &Document<'_>) -> Chain {
    let mut chain = Chain::default();
    for key in ["previous_response_id", "conversation"] {
        if let Some(kept) = document.root().get(key).filter(|kept| kept.kind() != Kind::Null) {
            chain.add(key, &[PartKey::common(bare(kept))]);
        }
    }
    chain
}

/// See [`super::chain`].
pub(super) fn chain(document: &Document<'_>) -> Chain {
    let mut chain = beginning(document);
    let Some(input) = document.root().get("input") else {
        return chain;
    };
    if let Some(text) = input.text() {
        // The same as the one message it stands for.
        let words = PartKey::common(format!("text\0{}", text.trim()));
        chain.add("user", &[words]);
    }
    for item in input.items() {
        chain.add(&role(item), &link(item));
    }
    chain
}

/// See [`super::expand`].
pub(super) fn expand(document: &Document<'_>, look_up: &LookUp<'_>) -> Vec<Edit> {
    let input = document.root().get("input");
    let items: Vec<Value<'_, '_>> = input
        .filter(|input| input.kind() == Kind::Array)
        .iter()
        .flat_map(Value::items)
        .collect();
    let mut chain = beginning(document);
    let mut edits = Vec::new();
    let mut given = HashSet::new();
    let mut next = 0;
    for (at, item) in items.iter().enumerate() {
        if at >= next && is_models(*item) {
            let kept = keys(*item)
                .into_iter()
                .find_map(|key| (look_up.kept)(chain.key(&[key])));
            if let Some((inserted, end)) = kept.and_then(|kept| insertions(&items, at, &kept, &mut given)) {
                edits.extend(inserted);
                next = end;
            }
        }
        chain.add(&role(*item), &link(*item));
    }
    let calls: HashSet<String> = items
        .iter()
        .filter(|item| !is_result(**item))
        .filter_map(|item| text(*item, "call_id"))
        .collect();
    for item in items.iter().filter(|item| is_result(**item)) {
        let waiting = text(*item, "call_id")
            .filter(|id| !calls.contains(id))
            .and_then(|id| (look_up.waiting)(&id));
        let start = item.span().start;
        for result in waiting.into_iter().flatten() {
            if given.insert(result.clone()) {
                edits.push(edit(start..start, format!("{result},")));
            }
        }
    }
    edits
}

/// The edits of the turn that starts at `first`, and where it ends; `None` when the record does not fit.
fn insertions(
    items: &[Value<'_, '_>],
    first: usize,
    kept: &Kept,
    given: &mut HashSet<String>,
) -> Option<(Vec<Edit>, usize)> {
    let (places, end) = places(items, first, &kept.items)?;
    let last = kept.record.rounds.last()?;
    let answers = (first..items.len()).find(|at| is_result(items[*at]));
    if last.open && answers.is_none() {
        return None;
    }
    // Where a client puts every result right behind its call, ours do so, too.
    let together = answers.is_some_and(|answers| answers < end);
    let before = |at: usize| items.get(at).map(|item| item.span().start);
    let gap = |place: usize| before(*places.get(place).unwrap_or(&end));
    let behind = items.get(end - 1)?.span().end;
    let mut edits = Vec::new();
    let mut insert = |at: Option<usize>, raw: &str| match at {
        Some(at) => edits.push(edit(at..at, format!("{raw},"))),
        None => edits.push(edit(behind..behind, format!(",{raw}"))),
    };
    for round in &kept.record.rounds {
        for (place, call) in &round.calls {
            insert(gap(*place), call);
        }
        let place = if round.open && !together {
            answers.and_then(before)
        } else {
            gap(round.end)
        };
        for result in &round.results {
            insert(place, result);
            given.insert(result.clone());
        }
    }
    Some((edits, end))
}

/// Where the visible items of a turn stand, and where the last of them ends.
fn places(items: &[Value<'_, '_>], first: usize, known: &[Vec<String>]) -> Option<(Vec<usize>, usize)> {
    let mut places = Vec::new();
    let (mut at, mut end) = (first, first + 1);
    for known in known {
        while items.get(at).is_some_and(|item| is_result(*item)) {
            at += 1;
        }
        let same = items
            .get(at)
            .is_some_and(|item| keys(*item).iter().any(|key| known.contains(&key.key)));
        places.push(at);
        if same {
            at += 1;
            end = at;
        } else if known
            .iter()
            .any(|key| key.starts_with("text\0") || key.starts_with("call_id\0"))
        {
            return None;
        }
    }
    Some((places, end))
}
