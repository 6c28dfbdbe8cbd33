//! Formats whose messages are lists of blocks, results among those of the user's message that follows: Anthropic
//! messages and Bedrock converse.

use std::ops::Range;

use headroom::json::{Document, Kind, Value};
use headroom::message::Edit;

use super::{Chain, PartKey, edit, role};
use crate::engine::turn::{Record, RecordedRound, Round, visible};

/// What the blocks of a format look like.
pub(super) trait Dialect {
    /// What a block is known by; `None` for one that may be gone when the client sends it back: a client may drop
    /// texts that are empty.
    fn part_key(&self, block: Value<'_, '_>) -> Option<PartKey>;

    /// True for the result of a call.
    fn is_result(&self, block: Value<'_, '_>) -> bool;

    /// A block of text, from the text as a JSON string.
    fn text_block(&self, raw: &str) -> String;
}

/// The key of a text, blanks around it left out: clients do.
pub(super) fn text_key(text: &str) -> Option<PartKey> {
    let text = text.trim();
    (!text.is_empty()).then(|| PartKey::common(format!("text\0{text}")))
}

/// The parts of a message; a text alone is one text block.
fn parts(dialect: &dyn Dialect, message: Value<'_, '_>) -> Vec<PartKey> {
    let Some(content) = message.get("content") else {
        return Vec::new();
    };
    match content.text() {
        Some(text) => text_key(&text).into_iter().collect(),
        None => content
            .items()
            .filter_map(|block| dialect.part_key(block))
            .collect(),
    }
}

/// The record of a turn and what it is known by; `None` when nothing was hidden or nothing is visible.
pub(super) fn remember(dialect: &dyn Dialect, rounds: &[Round]) -> Option<(Vec<PartKey>, Record)> {
    let part = |raw: &str| dialect.part_key(Document::parse(raw).ok()?.root());
    let record = Record::of(rounds, |raw| part(raw).is_some())?;
    let parts: Vec<PartKey> = visible(rounds).into_iter().filter_map(part).collect();
    (!parts.is_empty()).then_some((parts, record))
}

/// See [`super::chain`].
pub(super) fn chain(dialect: &dyn Dialect, document: &Document<'_>) -> Chain {
    let mut chain = Chain::default();
    for message in document.root().get("messages").iter().flat_map(Value::items) {
        chain.add(&role(message), &parts(dialect, message));
    }
    chain
}

/// See [`super::expand`].
pub(super) fn expand(
    dialect: &dyn Dialect,
    document: &Document<'_>,
    look_up: &dyn Fn([u8; 16]) -> Option<Record>,
) -> Vec<Edit> {
    let messages: Vec<Value<'_, '_>> = document
        .root()
        .get("messages")
        .iter()
        .flat_map(Value::items)
        .collect();
    let mut chain = Chain::default();
    let mut edits = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let (role, parts) = (role(*message), parts(dialect, *message));
        if role == "assistant"
            && !parts.is_empty()
            && let Some(record) = look_up(chain.key(&parts))
        {
            let next = messages.get(index + 1).copied();
            edits.extend(expand_message(dialect, *message, next, &record).unwrap_or_default());
        }
        chain.add(&role, &parts);
    }
    edits
}

/// The edits of one message and the one that follows it; `None` when the record does not fit.
fn expand_message(
    dialect: &dyn Dialect,
    message: Value<'_, '_>,
    next: Option<Value<'_, '_>>,
    record: &Record,
) -> Option<Vec<Edit>> {
    let content = message.get("content")?;
    let spans = counted_spans(dialect, content);
    let last = record.rounds.last()?;
    let open = last.open.then(|| results_before(dialect, next?, &last.results));
    let fits = record.rounds.iter().all(|round| round.end <= spans.len());
    // A round of its own needs an answer behind it.
    let closed_at_end = record
        .rounds
        .iter()
        .any(|round| !round.open && round.end == spans.len());
    if !fits || closed_at_end || open.as_ref().is_some_and(Option::is_none) {
        return None;
    }
    let text = content.text().map(|_| content.raw());
    let mut edits = Vec::new();
    for place in 0..=spans.len() {
        let inserted = insertion(message, &record.rounds, place, spans.len());
        if !inserted.is_empty() {
            edits.push(edit(gap(content, &spans, place), inserted));
        }
    }
    if let Some(raw) = text {
        // A text alone becomes the one block that it stands for.
        let only = edits.pop().filter(|_| edits.is_empty())?;
        let block = dialect.text_block(raw);
        let whole = if only.span.start < content.span().end && only.span.end == content.span().start {
            format!("[{}{block}]", only.json)
        } else {
            format!("[{block}{}]", only.json)
        };
        edits.push(edit(content.span(), whole));
    }
    edits.extend(open.flatten());
    Some(edits)
}

/// Spans of the blocks that records count.
fn counted_spans(dialect: &dyn Dialect, content: Value<'_, '_>) -> Vec<Range<usize>> {
    if content.kind() == Kind::Array {
        let counted = content.items().filter(|block| dialect.part_key(*block).is_some());
        counted.map(|block| block.span()).collect()
    } else {
        vec![content.span()]
    }
}

/// The bytes between two neighbouring blocks, or before the first, or behind the last.
fn gap(content: Value<'_, '_>, spans: &[Range<usize>], place: usize) -> Range<usize> {
    let inside = content.kind() == Kind::Array;
    let start = match place.checked_sub(1) {
        None if inside => content.span().start + 1,
        None => content.span().start,
        Some(before) => spans[before].end,
    };
    match spans.get(place) {
        None => start..start,
        Some(_) if place == 0 => start..start,
        Some(next) => start..next.start,
    }
}

/// What goes between the blocks at a place, separators and all; empty when nothing does.
fn insertion(message: Value<'_, '_>, rounds: &[RecordedRound], place: usize, blocks: usize) -> String {
    let mut out = String::new();
    // Whether something stands before in the array that is open here.
    let mut filled = place > 0;
    let mut inserted = false;
    for round in rounds {
        for (_, call) in round.calls.iter().filter(|(at, _)| *at == place) {
            if filled {
                out.push(',');
            }
            out.push_str(call);
            (filled, inserted) = (true, true);
        }
        if round.end == place && !round.open {
            out.push_str(&turn_break(message, &round.results));
            (filled, inserted) = (false, true);
        }
    }
    if inserted && filled && place < blocks {
        out.push(',');
    }
    out
}

/// Ends the assistant's message, gives the results and begins its next message. The role of a message may stand
/// before its content or behind it.
fn turn_break(message: Value<'_, '_>, results: &[String]) -> String {
    let start = |key: &str| message.get(key).map(|value| value.span().start);
    let results = results.join(",");
    let user = format!("{{\"role\":\"user\",\"content\":[{results}]}}");
    if start("role") < start("content") {
        format!("]}},{user},{{\"role\":\"assistant\",\"content\":[")
    } else {
        format!("],\"role\":\"assistant\"}},{user},{{\"content\":[")
    }
}

/// Results in front of those the client sends; `None` when it sends none.
fn results_before(dialect: &dyn Dialect, next: Value<'_, '_>, results: &[String]) -> Option<Edit> {
    let content = next
        .get("content")
        .filter(|content| content.kind() == Kind::Array)?;
    content.items().next().filter(|block| dialect.is_result(*block))?;
    let at = content.span().start + 1;
    Some(edit(at..at, format!("{},", results.join(","))))
}
