//! Gemini: parts of a model's contents. Clients join texts, or keep every event of a stream as a content of its own,
//! so places are told by how much text and how many other parts stand before them.

use headroom::json::{Document, Kind, Value, quote};
use headroom::message::Edit;
use serde::{Deserialize, Serialize};

use super::{Chain, PartKey, bare, edit, role};
use crate::engine::turn::{Part, Round};

/// How much of a turn stands before a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place {
    /// Parts that are neither text nor thoughts.
    others: usize,
    /// Bytes of text.
    text: usize,
    /// Bytes of thoughts; all 0 where the client leaves them out.
    thoughts: usize,
}

/// What is put in somewhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Hidden {
    /// A call, as the source of its part.
    Call(String),
    /// The results of a round, as parts; the model goes on in a content of its own.
    Results(Vec<String>),
}

/// Hidden rounds, as kept for the requests that follow.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Record {
    hidden: Vec<(Place, Hidden)>,
    /// All that is visible.
    end: Place,
    /// Results that go in front of the client's.
    open: Vec<String>,
}

/// What a part counts for.
enum Piece {
    Text(String),
    Thought(String),
    /// Another part, and what it is known by.
    Other(PartKey),
    /// Nothing: a signature alone.
    Nothing,
}

fn piece(part: Value<'_, '_>) -> Piece {
    let text = part.get("text").and_then(|text| text.text());
    match text {
        Some(text) if part.get("thought").is_some_and(|thought| thought.is_true()) => {
            Piece::Thought(text.into_owned())
        }
        Some(text) if text.is_empty() => Piece::Nothing,
        Some(text) => Piece::Text(text.into_owned()),
        None => Piece::Other(key(part)),
    }
}

/// Calls and results by their ids, or by what they say in whatever layout.
fn key(part: Value<'_, '_>) -> PartKey {
    for kind in ["functionCall", "functionResponse"] {
        let Some(inner) = part.get(kind) else { continue };
        let text = |key: &str| inner.get(key).and_then(|value| value.text()).unwrap_or_default();
        let id = text("id");
        if kind == "functionResponse" {
            return PartKey::of_result(&id, inner);
        }
        if !id.is_empty() {
            return PartKey::by_id(kind, &id);
        }
        return by_words(inner);
    }
    PartKey::common(bare(part))
}

/// A call by its name and arguments.
fn by_words(call: Value<'_, '_>) -> PartKey {
    let name = call.get("name").and_then(|name| name.text()).unwrap_or_default();
    let args = call.get("args").map_or("{}", |args| args.raw());
    let args = serde_json::from_str::<serde_json::Value>(args).unwrap_or_default();
    PartKey::common(format!("functionCall\0{name}\0{args}"))
}

/// What parts are known by: texts between other parts, blanks around them left out.
#[derive(Default)]
struct Keys {
    keys: Vec<PartKey>,
    text: String,
}

impl Keys {
    fn add(&mut self, piece: Piece) {
        match piece {
            Piece::Text(text) => self.text.push_str(&text),
            Piece::Other(key) => {
                self.end_text();
                self.keys.push(key);
            }
            Piece::Thought(_) | Piece::Nothing => {}
        }
    }

    fn end_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        self.keys.extend(super::blocks::text_key(&text));
    }

    fn finish(mut self) -> Vec<PartKey> {
        self.end_text();
        self.keys
    }
}

impl Place {
    fn pass(&mut self, piece: &Piece) {
        match piece {
            Piece::Text(text) => self.text += text.len(),
            Piece::Thought(text) => self.thoughts += text.len(),
            Piece::Other(_) => self.others += 1,
            Piece::Nothing => {}
        }
    }

    fn without_thoughts(self) -> Self {
        Self { thoughts: 0, ..self }
    }
}

/// The record of a turn and what it is known by; `None` when nothing was hidden or nothing is visible.
pub(super) fn remember(rounds: &[Round]) -> Option<(Vec<PartKey>, Record)> {
    let mut record = Record::default();
    let mut keys = Keys::default();
    for round in rounds {
        let calls = round.calls().len();
        let answered = calls > 0 && calls == round.results.len();
        for part in &round.parts {
            match part {
                Part::Shown(raw) => {
                    let document = Document::parse(raw).ok()?;
                    let piece = piece(document.root());
                    record.end.pass(&piece);
                    keys.add(piece);
                }
                Part::Hidden(raw, _) if answered => {
                    record.hidden.push((record.end, Hidden::Call(raw.clone())));
                }
                Part::Hidden(..) => {}
            }
        }
        if answered && round.open {
            record.open.clone_from(&round.results);
        } else if answered {
            record
                .hidden
                .push((record.end, Hidden::Results(round.results.clone())));
        }
    }
    let keys = keys.finish();
    (!record.hidden.is_empty() && !keys.is_empty()).then_some((keys, record))
}

fn contents<'d, 'a>(document: &'d Document<'a>) -> Vec<Value<'d, 'a>> {
    let contents = document.root().get("contents");
    contents.iter().flat_map(Value::items).collect()
}

fn parts<'d, 'a>(content: Value<'d, 'a>) -> Vec<Value<'d, 'a>> {
    let parts = content.get("parts");
    parts.iter().flat_map(Value::items).collect()
}

/// Contents in turns: those of the model that follow each other are one.
fn turns<'s, 'd, 'a>(contents: &'s [Value<'d, 'a>]) -> impl Iterator<Item = &'s [Value<'d, 'a>]> {
    contents.chunk_by(|a, b| role(*a) == "model" && role(*b) == "model")
}

fn keys(turn: &[Value<'_, '_>]) -> Vec<PartKey> {
    let mut keys = Keys::default();
    turn.iter()
        .flat_map(|content| parts(*content))
        .for_each(|part| keys.add(piece(part)));
    keys.finish()
}

fn has_id(part: Value<'_, '_>) -> bool {
    let call = part.get("functionCall");
    call.is_some_and(|call| call.get("id").is_some())
}

/// As [`keys`], but for the ids of calls: some clients make up what the model does not give, and send it back.
fn keys_without_ids(turn: &[Value<'_, '_>]) -> Vec<PartKey> {
    let mut keys = Keys::default();
    for part in turn.iter().flat_map(|content| parts(*content)) {
        keys.add(match part.get("functionCall") {
            Some(call) => Piece::Other(by_words(call)),
            None => piece(part),
        });
    }
    keys.finish()
}

/// See [`super::chain`].
pub(super) fn chain(document: &Document<'_>) -> Chain {
    let contents = contents(document);
    let mut chain = Chain::default();
    for turn in turns(&contents) {
        chain.add(
            &turn.first().map(|content| role(*content)).unwrap_or_default(),
            &keys(turn),
        );
    }
    chain
}

/// See [`super::expand`].
pub(super) fn expand(document: &Document<'_>, look_up: &dyn Fn([u8; 16]) -> Option<Record>) -> Vec<Edit> {
    let contents = contents(document);
    let mut chain = Chain::default();
    let mut edits = Vec::new();
    let mut at = 0;
    for turn in turns(&contents) {
        at += turn.len();
        let role = turn.first().map(|content| role(*content)).unwrap_or_default();
        let keys = keys(turn);
        let found = (role == "model" && !keys.is_empty()).then(|| {
            let named = turn.iter().flat_map(|content| parts(*content)).any(has_id);
            let again = || named.then(|| look_up(chain.key(&keys_without_ids(turn))))?;
            look_up(chain.key(&keys)).or_else(again)
        });
        if let Some(record) = found.flatten() {
            edits.extend(expand_turn(turn, contents.get(at).copied(), record).unwrap_or_default());
        }
        chain.add(&role, &keys);
    }
    edits
}

/// The edits of one turn and the content that follows it; `None` when the record does not fit.
fn expand_turn(turn: &[Value<'_, '_>], next: Option<Value<'_, '_>>, mut record: Record) -> Option<Vec<Edit>> {
    let mut end = Place::default();
    for part in turn.iter().flat_map(|content| parts(*content)) {
        end.pass(&piece(part));
    }
    if end.thoughts != record.end.thoughts {
        record
            .hidden
            .iter_mut()
            .for_each(|(place, _)| *place = place.without_thoughts());
    }
    let with_thoughts = end.thoughts == record.end.thoughts;
    let mut edits = Vec::new();
    if !record.open.is_empty() {
        let answers = parts(next?);
        let first = answers
            .iter()
            .find(|part| part.get("functionResponse").is_some())?;
        let start = first.span().start;
        edits.push(edit(start..start, format!("{},", record.open.join(","))));
    }
    let mut writing = Writing::new(record.hidden, with_thoughts);
    for content in turn {
        writing.content(*content)?;
    }
    let (first, last) = (turn.first()?, turn.last()?);
    edits.insert(0, edit(first.span().start..last.span().end, writing.finish()?));
    Some(edits)
}

/// A turn written anew, with what was hidden in it.
struct Writing {
    hidden: std::iter::Peekable<std::vec::IntoIter<(Place, Hidden)>>,
    with_thoughts: bool,
    out: String,
    /// Before the part that comes next.
    place: Place,
    /// Something stands before in the list of parts that is open.
    filled: bool,
    /// Results that wait for the next part of the model's: it begins a content of its own.
    waiting: Option<Vec<String>>,
}

impl Writing {
    fn new(hidden: Vec<(Place, Hidden)>, with_thoughts: bool) -> Self {
        Self {
            hidden: hidden.into_iter().peekable(),
            with_thoughts,
            out: String::new(),
            place: Place::default(),
            filled: false,
            waiting: None,
        }
    }

    /// Writes a content of the client's; `None` when something does not fit.
    fn content(&mut self, content: Value<'_, '_>) -> Option<()> {
        let list = content.get("parts").filter(|list| list.kind() == Kind::Array)?;
        let start = content.span().start;
        let source = |from: usize, to: usize| content.raw().get(from - start..to - start);
        let role = content.get("role")?.span().start;
        let closing = source(list.span().end - 1, content.span().end)?;
        let role_in_front = role < list.span().start;
        if !self.out.is_empty() {
            self.out.push(',');
        }
        if let Some(results) = self.waiting.take() {
            self.out.push_str(&user(&results));
            self.out.push(',');
        }
        self.out.push_str(source(start, list.span().start + 1)?);
        self.filled = false;
        for part in list.items() {
            self.part(part, role_in_front)?;
        }
        self.calls_here();
        self.out.push_str(closing);
        Some(())
    }

    /// Calls at this place, and the results behind them.
    fn calls_here(&mut self) {
        while self.waiting.is_none()
            && let Some((_, hidden)) = self.hidden.next_if(|(place, _)| *place == self.place)
        {
            match hidden {
                Hidden::Call(raw) => self.push(&raw),
                Hidden::Results(results) => self.waiting = Some(results),
            }
        }
    }

    fn push(&mut self, raw: &str) {
        if self.filled {
            self.out.push(',');
        }
        self.filled = true;
        self.out.push_str(raw);
    }

    /// Writes what was hidden before the next part, and begins another content where results stand between.
    fn gap(&mut self, role_in_front: bool) {
        self.calls_here();
        while let Some(results) = self.waiting.take() {
            self.out.push_str(if role_in_front {
                "]},"
            } else {
                "],\"role\":\"model\"},"
            });
            self.out.push_str(&user(&results));
            self.out.push_str(if role_in_front {
                ",{\"role\":\"model\",\"parts\":["
            } else {
                ",{\"parts\":["
            });
            self.filled = false;
            self.calls_here();
        }
    }

    fn part(&mut self, part: Value<'_, '_>, role_in_front: bool) -> Option<()> {
        self.gap(role_in_front);
        let piece = piece(part);
        let mut after = self.place;
        after.pass(&piece);
        if !self.with_thoughts {
            after = after.without_thoughts();
        }
        // Another round may begin inside a text that a client has joined.
        let (text, thought, before) = match &piece {
            Piece::Text(text) => (text.as_str(), "", self.place.text),
            Piece::Thought(text) if self.with_thoughts => {
                (text.as_str(), ",\"thought\":true", self.place.thoughts)
            }
            _ => ("", "", 0),
        };
        let (mut from, mut split) = (0, false);
        while let Some(place) = self.hidden.peek().map(|(place, _)| *place)
            && place < after
        {
            let (there, same) = if thought.is_empty() {
                (place.text, place.thoughts == after.thoughts)
            } else {
                (place.thoughts, place.text == after.text)
            };
            // What else belongs to a part cannot be split.
            if !same || part.len() != 1 + usize::from(!thought.is_empty()) {
                return None;
            }
            let to = there.checked_sub(before)?;
            self.push(&format!("{{\"text\":{}{thought}}}", quote(text.get(from..to)?)));
            (from, split, self.place) = (to, true, place);
            self.gap(role_in_front);
        }
        if split {
            self.push(&format!("{{\"text\":{}{thought}}}", quote(text.get(from..)?)));
        } else {
            self.push(part.raw());
        }
        self.place = after;
        Some(())
    }

    /// The whole turn; `None` when something was left over, as results without anything behind them.
    fn finish(mut self) -> Option<String> {
        (self.waiting.is_none() && self.hidden.next().is_none()).then_some(self.out)
    }
}

/// Results as a content.
fn user(results: &[String]) -> String {
    format!("{{\"role\":\"user\",\"parts\":[{}]}}", results.join(","))
}
