//! Gemini's generateContent.
//!
//! Texts are the `text` parts of `systemInstruction` and `contents`, and what stands in the `response` of a
//! `functionResponse`. Thoughts, what carries a `thoughtSignature`, data and code the model ran are never
//! ours. The API reads every field in snake case too.
//!
//! A response must stay an object, so each of its members that is a text, a list or an object is a block and
//! becomes a text in its place; the keys, which say what it is, and plain values stay. A response of many
//! members is a record: its parts are small, but as a whole it is worth reading; it becomes
//! `{"output": text}`, which is how the API documents the result of a function. Which of the two it is
//! follows from the names and the number of the members alone, never from their sizes: so a request that was
//! made smaller is found to hold the same blocks.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};

use super::walk::{Found, Origin, Spot, arguments, compact_text};
use crate::json::{self, Kind};
use crate::message::{Block, Closed, Role, Slot, Step, ToolCall};

/// Names under which hosts put what a tool printed: the API's own, the agent kits', MCP's.
const WRAPPERS: [&str; 3] = ["output", "result", "content"];

/// A response of more texts, lists and objects than this is a record, unless it has a wrapper.
const MOST_MEMBERS: usize = 4;

pub(super) fn blocks<'a>(root: &Spot<'_, 'a>, contents: &Spot<'_, 'a>) -> Vec<Block<'a>> {
    let mut found = Found::default();
    let mut calls = Turn::default();
    if let Some(system) = root.either("systemInstruction", "system_instruction") {
        texts(&system, &Origin::message(0, Role::System), &mut found);
        found.string(system, &Origin::message(0, Role::System));
    }
    for (index, content) in contents.items().enumerate() {
        let role = match content.text("role").as_deref() {
            Some("model") => Role::Assistant,
            Some("function" | "tool") => Role::Tool,
            Some("user") => Role::User,
            // The role of a single turn may go without saying.
            None if content.value.get("role").is_none() => Role::User,
            _ => continue,
        };
        if role == Role::Assistant {
            calls.hear(&content);
        } else {
            calls.close();
            for part in parts(&content) {
                if let Some(response) = part.either("functionResponse", "function_response") {
                    function_response(&response, index, &mut calls, &mut found);
                }
            }
        }
        if role != Role::Tool {
            texts(&content, &Origin::message(index, role), &mut found);
        }
    }
    found.into_blocks()
}

/// The names of the functions that a content calls.
pub(super) fn called<'a>(content: &Spot<'_, 'a>) -> Vec<Cow<'a, str>> {
    function_calls(content)
        .filter_map(|call| call.text("name"))
        .collect()
}

fn parts<'d, 'a>(content: &Spot<'d, 'a>) -> Vec<Spot<'d, 'a>> {
    let parts = content.key("parts");
    parts.iter().flat_map(Spot::items).collect()
}

fn function_calls<'d, 'a>(content: &Spot<'d, 'a>) -> impl Iterator<Item = Spot<'d, 'a>> {
    parts(content)
        .into_iter()
        .filter_map(|part| part.either("functionCall", "function_call"))
}

/// Adds the `text` parts of a content. A text with a signature may not change.
fn texts<'a>(content: &Spot<'_, 'a>, origin: &Origin<'a>, found: &mut Found<'a>) {
    for part in parts(content) {
        if part.key("thought").is_some_and(|thought| thought.says_yes()) {
            continue;
        }
        let Some(text) = part.key("text") else { continue };
        let signed = part.either("thoughtSignature", "thought_signature").is_some();
        let closed = signed.then_some(Closed::Opaque);
        found.string(
            text,
            &Origin {
                closed,
                ..origin.clone()
            },
        );
    }
}

/// Calls of functions, by id where they have one, else by name in the order of the latest model turn.
#[derive(Debug, Default)]
struct Turn<'a> {
    calls: Vec<(ToolCall<'a>, bool)>,
    by_id: HashMap<Cow<'a, str>, usize>,
    /// Calls of the latest turn that have no answer yet.
    waiting: HashMap<Cow<'a, str>, VecDeque<usize>>,
    /// The call that was answered last: a function may answer in several parts.
    answered: HashMap<Cow<'a, str>, usize>,
    closed: bool,
}

impl<'a> Turn<'a> {
    /// Remembers the calls of a model's content; one without a name is forgotten.
    fn hear(&mut self, content: &Spot<'_, 'a>) {
        for call in function_calls(content) {
            let Some(name) = call.text("name") else { continue };
            if self.closed {
                self.waiting.clear();
                self.closed = false;
            }
            let at = self.calls.len();
            let arguments = arguments(call.value.get("args"));
            self.waiting.entry(name.clone()).or_default().push_back(at);
            self.calls.push((ToolCall { name, arguments }, false));
            if let Some(id) = call.text("id") {
                self.by_id.insert(id, at);
            }
        }
    }

    /// Somebody else speaks: the next calls are another turn's.
    fn close(&mut self) {
        self.closed = true;
    }

    /// The call that a response answers.
    fn take(&mut self, id: Option<Cow<'a, str>>, name: Option<Cow<'a, str>>) -> Option<ToolCall<'a>> {
        let by_id = id.and_then(|id| self.by_id.get(&id).copied());
        let at = by_id.or_else(|| self.next(name.clone()?));
        if let Some((call, answered)) = at.and_then(|at| self.calls.get_mut(at)) {
            *answered = true;
            return Some(call.clone());
        }
        name.map(|name| ToolCall {
            name,
            arguments: Cow::Borrowed(""),
        })
    }

    /// The first call of this name without an answer, else the one answered last.
    fn next(&mut self, name: Cow<'a, str>) -> Option<usize> {
        if let Some(waiting) = self.waiting.get_mut(&name) {
            while let Some(at) = waiting.pop_front() {
                if self.calls.get(at).is_some_and(|(_, answered)| !answered) {
                    self.answered.insert(name, at);
                    return Some(at);
                }
            }
        }
        self.answered.get(&name).copied()
    }
}

/// The texts of one `functionResponse`.
fn function_response<'a>(part: &Spot<'_, 'a>, message: usize, calls: &mut Turn<'a>, found: &mut Found<'a>) {
    let tool = calls.take(part.text("id"), part.text("name"));
    let Some(response) = part.key("response").filter(Spot::is_object) else {
        return;
    };
    let failed = says_error(&response);
    let origin = Origin {
        message,
        role: Role::Tool,
        tool,
        closed: failed.then_some(Closed::ErrorResult),
    };
    let members = members(&response, origin.tool.as_ref());
    let wrapped = WRAPPERS.iter().any(|key| members.contains_key(*key));
    let record = members.len() > MOST_MEMBERS || members.is_empty();
    if !wrapped && record && !response.value.is_empty() {
        let text = compact_text(&response);
        found.slot(response, Slot::GeminiResponse, text, &origin);
        return;
    }
    for member in members.into_values() {
        payload(member, &origin, found);
    }
}

/// The members of a response that may become texts, of duplicate keys the last. A `name` that only repeats
/// the function's says what the response is, and is none, nor is an `error` that there was not.
fn members<'d, 'a>(
    response: &Spot<'d, 'a>,
    tool: Option<&ToolCall<'a>>,
) -> BTreeMap<Cow<'a, str>, Spot<'d, 'a>> {
    let mut members = BTreeMap::new();
    for (key, value) in response.value.entries() {
        let Some(key) = key.text() else { continue };
        let member = response.child(Step::Key(key.to_string()), value);
        members.insert(key, member);
    }
    members.retain(|key, member| {
        let repeats =
            key == "name" && tool.is_some_and(|tool| member.value.text().as_ref() == Some(&tool.name));
        let silent = key == "error" && !member.says_yes();
        !repeats && !silent && (member.is_string() || !member.value.is_empty())
    });
    members
}

/// The texts of one member: a string, the `text` items of an MCP result, or JSON.
fn payload<'a>(member: Spot<'_, 'a>, origin: &Origin<'a>, found: &mut Found<'a>) {
    let inner = member.key("content").filter(is_content);
    let items = if member.is_member("content") && is_content(&member) {
        Some(member.clone())
    } else {
        inner
    };
    if let Some(items) = items {
        let failed = says_error(&member);
        let closed = failed.then_some(Closed::ErrorResult).or(origin.closed);
        found.content(
            items,
            &Origin {
                closed,
                ..origin.clone()
            },
        );
    } else if member.is_string() {
        found.string(member, origin);
    } else {
        let text = compact_text(&member);
        found.slot(member, Slot::Json, text, origin);
    }
}

/// True for the `content` of an MCP result: items with a type, texts among them.
fn is_content(list: &Spot<'_, '_>) -> bool {
    let mut items = list.value.items();
    let is_typed =
        |item: crate::json::Value<'_, '_>| item.get("type").is_some_and(|kind| kind.kind() == Kind::String);
    items.all(is_typed) && list.items().any(|item| item.has_type("text"))
}

/// True when a response says that the function failed: `error` as the API documents it, `isError` as MCP.
fn says_error(response: &Spot<'_, '_>) -> bool {
    let says = |key| response.key(key).is_some_and(|flag| flag.says_yes());
    says("error") || says("isError")
}

/// A response that is nothing but `text`.
pub(super) fn text_response(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str("{\"output\":");
    json::quote_into(text, &mut out);
    out.push('}');
    out
}
