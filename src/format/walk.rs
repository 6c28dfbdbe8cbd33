//! What the formats share: a value with its place, texts that become blocks, calls by their id.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::json::{self, Document, Kind, Value};
use crate::message::{Block, Closed, FixedText, Role, Slot, Step, ToolCall};

/// A value and the path to it from the root of the document.
#[derive(Debug, Clone)]
pub(super) struct Spot<'d, 'a> {
    pub(super) value: Value<'d, 'a>,
    path: Vec<Step>,
}

impl<'d, 'a> Spot<'d, 'a> {
    pub(super) fn root(document: &'d Document<'a>) -> Self {
        Self {
            value: document.root(),
            path: Vec::new(),
        }
    }

    /// A value below this one, and the step to it.
    pub(super) fn child(&self, step: Step, value: Value<'d, 'a>) -> Self {
        let path = self.path_to(step);
        Self { value, path }
    }

    /// The path that one more step leads to.
    pub(super) fn path_to(&self, step: Step) -> Vec<Step> {
        let mut path = Vec::with_capacity(self.path.len() + 1);
        path.extend_from_slice(&self.path);
        path.push(step);
        path
    }

    /// The member `key`; of duplicates the last.
    pub(super) fn key(&self, key: &str) -> Option<Self> {
        self.value
            .get(key)
            .map(|value| self.child(Step::Key(key.to_owned()), value))
    }

    /// The member `key`, or the one that is spelled `other`.
    pub(super) fn either(&self, key: &str, other: &str) -> Option<Self> {
        self.key(key).or_else(|| self.key(other))
    }

    /// The items of an array; nothing for other kinds.
    pub(super) fn items(&self) -> impl Iterator<Item = Self> {
        self.value
            .items()
            .enumerate()
            .map(|(index, value)| self.child(Step::Index(index), value))
    }

    /// The text of the string member `key`.
    pub(super) fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        self.value.get(key)?.text()
    }

    /// True when the string member `type` is `name`.
    pub(super) fn has_type(&self, name: &str) -> bool {
        self.text("type").is_some_and(|found| found == name)
    }

    /// True when this is the member `key` of an object.
    pub(super) fn is_member(&self, key: &str) -> bool {
        matches!(self.path.last(), Some(Step::Key(last)) if last == key)
    }

    /// True for what a flag or an error says when it means yes: anything but `null`, `false`, `""` and what
    /// is empty.
    pub(super) fn says_yes(&self) -> bool {
        match self.value.kind() {
            Kind::Null => false,
            Kind::Bool => self.value.is_true(),
            Kind::Number => true,
            Kind::String => self.value.raw().len() > 2,
            Kind::Array | Kind::Object => !self.value.is_empty(),
        }
    }

    pub(super) fn is_array(&self) -> bool {
        self.value.kind() == Kind::Array
    }

    pub(super) fn is_object(&self) -> bool {
        self.value.kind() == Kind::Object
    }

    pub(super) fn is_string(&self) -> bool {
        self.value.kind() == Kind::String
    }

    /// Byte offset in the document.
    pub(super) fn start(&self) -> usize {
        self.value.span().start
    }

    /// The kind, as a noun for an error message.
    pub(super) fn kind_name(&self) -> &'static str {
        match self.value.kind() {
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Number => "a number",
            Kind::String => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        }
    }

    /// The source bytes, as something that stands in front of every request.
    pub(super) fn fixed_text(self) -> FixedText<'a> {
        FixedText {
            text: Cow::Borrowed(self.value.raw()),
            path: self.path,
        }
    }
}

/// What all texts of one message or tool result have in common.
#[derive(Debug, Clone)]
pub(super) struct Origin<'a> {
    /// Index of the message.
    pub(super) message: usize,
    /// Who wrote it.
    pub(super) role: Role,
    /// The call behind it.
    pub(super) tool: Option<ToolCall<'a>>,
    /// Why it may not be touched.
    pub(super) closed: Option<Closed>,
}

impl Origin<'_> {
    /// A message that is not a tool's.
    pub(super) fn message(message: usize, role: Role) -> Self {
        Self {
            message,
            role,
            tool: None,
            closed: None,
        }
    }
}

/// The blocks found so far.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    blocks: Vec<Block<'a>>,
}

impl<'a> Found<'a> {
    /// Adds a JSON string; anything else is no block.
    pub(super) fn string(&mut self, place: Spot<'_, 'a>, origin: &Origin<'a>) {
        if place.is_string() {
            let text = place.value.text();
            self.slot(place, Slot::String, text, origin);
        }
    }

    /// Adds a value whose text is already known; without a text it is undecodable.
    pub(super) fn slot(
        &mut self,
        place: Spot<'_, 'a>,
        slot: Slot,
        text: Option<Cow<'a, str>>,
        origin: &Origin<'a>,
    ) {
        let undecodable = text.is_none().then_some(Closed::Undecodable);
        self.blocks.push(Block {
            span: place.value.span(),
            path: place.path,
            message: origin.message,
            role: origin.role,
            text: text.unwrap_or_default(),
            tool: origin.tool.clone(),
            slot,
            closed: undecodable.or(origin.closed),
        });
    }

    /// Adds the `text` of a part of type `text`; other parts are not ours.
    pub(super) fn text_part(&mut self, part: &Spot<'_, 'a>, origin: &Origin<'a>) {
        self.part_of(part, &["text"], origin);
    }

    /// Adds the `text` of a part of one of these types.
    fn part_of(&mut self, part: &Spot<'_, 'a>, types: &[&str], origin: &Origin<'a>) {
        if part
            .text("type")
            .is_some_and(|kind| types.contains(&kind.as_ref()))
            && let Some(text) = part.key("text")
        {
            self.string(text, origin);
        }
    }

    /// Adds a content that is a string or a list of parts.
    pub(super) fn content(&mut self, content: Spot<'_, 'a>, origin: &Origin<'a>) {
        self.content_of(content, &["text"], origin);
    }

    /// Adds a content that is a string or a list of parts whose texts have one of these types.
    pub(super) fn content_of(&mut self, content: Spot<'_, 'a>, types: &[&str], origin: &Origin<'a>) {
        for part in content.items() {
            self.part_of(&part, types, origin);
        }
        self.string(content, origin);
    }

    pub(super) fn into_blocks(self) -> Vec<Block<'a>> {
        self.blocks
    }
}

/// Tool calls by id. Fed message by message, so that a result only ever finds earlier calls (law 1); of
/// calls that share an id the latest counts.
#[derive(Debug, Default)]
pub(super) struct Calls<'a> {
    by_id: HashMap<Cow<'a, str>, ToolCall<'a>>,
}

impl<'a> Calls<'a> {
    /// Remembers a call; one without id or name is forgotten.
    pub(super) fn add(
        &mut self,
        id: Option<Cow<'a, str>>,
        name: Option<Cow<'a, str>>,
        arguments: Cow<'a, str>,
    ) {
        if let Some(name) = name {
            self.insert(id, ToolCall { name, arguments });
        }
    }

    /// Remembers a call; one without id is forgotten.
    pub(super) fn insert(&mut self, id: Option<Cow<'a, str>>, call: ToolCall<'a>) {
        if let Some(id) = id {
            self.by_id.insert(id, call);
        }
    }

    /// The call with this id.
    pub(super) fn get(&self, id: Option<Cow<'a, str>>) -> Option<ToolCall<'a>> {
        self.by_id.get(&id?).cloned()
    }
}

/// What a result says of its call where the call is not to be found: the tool's name.
pub(super) fn named(name: Option<Cow<'_, str>>) -> Option<ToolCall<'_>> {
    name.map(|name| ToolCall {
        name,
        arguments: Cow::Borrowed(""),
    })
}

/// Arguments given as a string of JSON or as a JSON value, as JSON text; empty for `null` and nothing.
pub(super) fn arguments<'a>(value: Option<Value<'_, 'a>>) -> Cow<'a, str> {
    match value.map(|value| (value.kind(), value)) {
        None | Some((Kind::Null, _)) => Cow::Borrowed(""),
        Some((Kind::String, value)) => value.text().unwrap_or_default(),
        Some((_, value)) => Cow::Borrowed(value.raw()),
    }
}

/// The text of a value that the provider parses and spells anew: a string as it is, anything else as JSON
/// without white space, which nobody is charged for.
pub(super) fn compact_text<'a>(place: &Spot<'_, 'a>) -> Option<Cow<'a, str>> {
    if place.is_string() {
        return place.value.text();
    }
    let source = place.value.raw();
    let mut compact = String::with_capacity(source.len());
    json::compact_into(source, &mut compact);
    Some(if compact == source {
        Cow::Borrowed(source)
    } else {
        Cow::Owned(compact)
    })
}

/// The object `old` (its JSON text) made to start with `head` (members, up to a value) and `text` as that
/// value; the members called `dropped` go, the others follow as they were spelled.
pub(super) fn retold(old: &str, head: &str, text: &str, dropped: &[&str]) -> String {
    // A span that holds no object is not one of ours: it stays as it is.
    let Some(document) = Document::parse(old)
        .ok()
        .filter(|document| document.root().kind() == Kind::Object)
    else {
        return old.to_owned();
    };
    let mut out = String::with_capacity(text.len() + 64);
    out.push('{');
    out.push_str(head);
    json::quote_into(text, &mut out);
    for (key, value) in document.root().entries() {
        if !key.text().is_some_and(|key| dropped.contains(&key.as_ref())) {
            out.push(',');
            out.push_str(&old[key.span().start..value.span().end]);
        }
    }
    out.push('}');
    out
}
