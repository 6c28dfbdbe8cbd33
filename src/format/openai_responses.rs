//! OpenAI responses.
//!
//! Texts are `instructions`, `input` as a string, the `content` of messages, and the outputs of tools the
//! client ran: strings, `input_text` parts, `stdout` and `stderr` of a shell; also what an MCP server
//! answered. Every other item is never ours: reasoning and compaction are encrypted, references are ids,
//! and the kinds of items are an open set.

use std::borrow::Cow;

use super::walk::{Calls, Found, Origin, Spot, arguments};
use crate::message::{Block, Closed, Role, ToolCall};

/// Types of text parts; `text` is how the other OpenAI format spells them.
const TEXTS: [&str; 3] = ["input_text", "output_text", "text"];

pub(super) fn blocks<'a>(root: &Spot<'_, 'a>, input: &Spot<'_, 'a>) -> Vec<Block<'a>> {
    let mut found = Found::default();
    let mut calls = Calls::default();
    if let Some(instructions) = root.key("instructions") {
        found.content_of(instructions, &TEXTS, &Origin::message(0, Role::System));
    }
    for (index, item) in input.items().enumerate() {
        let kind = item.text("type");
        match kind.as_deref() {
            None | Some("message") => message(&item, index, &mut found),
            Some(kind) if kind.ends_with("_call_output") => output(&item, kind, index, &calls, &mut found),
            Some("mcp_call") => mcp_call(&item, index, &mut found),
            Some(_) => {
                if let Some(call) = call(&item) {
                    // A local shell's result may name the call by the item's own id.
                    calls.insert(item.text("id"), call.clone());
                    calls.insert(item.text("call_id"), call);
                }
            }
        }
    }
    found.string(input.clone(), &Origin::message(0, Role::User));
    found.into_blocks()
}

/// The tools that stand in a namespace, and those that items of the input bring along.
pub(super) fn inner_tools<'d, 'a>(root: &Spot<'d, 'a>) -> Vec<Spot<'d, 'a>> {
    let listed = |holder: &Spot<'d, 'a>| {
        holder
            .key("tools")
            .iter()
            .flat_map(Spot::items)
            .collect::<Vec<_>>()
    };
    let input = root.key("input");
    let items = input.iter().flat_map(Spot::items);
    let brought: Vec<_> = items
        .filter(|item| item.has_type("additional_tools"))
        .flat_map(|item| listed(&item))
        .collect();
    let spaces = listed(root).into_iter().chain(brought.clone());
    let named = spaces.filter(|tool| tool.has_type("namespace"));
    named.flat_map(|space| listed(&space)).chain(brought).collect()
}

/// The name of the tool that an item calls.
pub(super) fn called<'a>(item: &Spot<'_, 'a>) -> Vec<Cow<'a, str>> {
    call(item).map(|call| call.name).into_iter().collect()
}

fn message<'a>(item: &Spot<'_, 'a>, index: usize, found: &mut Found<'a>) {
    let role = match item.text("role").as_deref() {
        Some("system" | "developer") => Role::System,
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        _ => return,
    };
    if let Some(content) = item.key("content") {
        found.content_of(content, &TEXTS, &Origin::message(index, role));
    }
}

/// The call that an item is, of a tool the client runs.
fn call<'a>(item: &Spot<'_, 'a>) -> Option<ToolCall<'a>> {
    let kind = item.text("type")?;
    let name = match kind.as_ref() {
        "function_call" | "custom_tool_call" => item.text("name")?,
        kind => Cow::Borrowed(own_tool(kind.strip_suffix("_call")?)?),
    };
    let arguments = match kind.as_ref() {
        "function_call" => arguments(item.value.get("arguments")),
        // Free text, not JSON: its literal is the JSON text of it.
        "custom_tool_call" => Cow::Borrowed(item.value.get("input").map_or("", |input| input.raw())),
        "apply_patch_call" => arguments(item.value.get("operation")),
        _ => arguments(item.value.get("action")),
    };
    Some(ToolCall { name, arguments })
}

/// The name of a tool that OpenAI defines and the client runs; its items are named after it.
fn own_tool(stem: &str) -> Option<&'static str> {
    ["local_shell", "shell", "apply_patch"]
        .into_iter()
        .find(|name| *name == stem)
}

/// The texts of one tool result.
fn output<'a>(item: &Spot<'_, 'a>, kind: &str, index: usize, calls: &Calls<'a>, found: &mut Found<'a>) {
    let stem = kind.strip_suffix("_call_output").unwrap_or_default();
    let own = own_tool(stem);
    if own.is_none() && !matches!(kind, "function_call_output" | "custom_tool_call_output") {
        return;
    }
    let Some(output) = item.key("output") else { return };
    let named = || {
        own.map(|name| ToolCall {
            name: Cow::Borrowed(name),
            arguments: Cow::Borrowed(""),
        })
    };
    let tool = calls
        .get(item.text("call_id"))
        .or_else(|| calls.get(item.text("id")));
    let origin = Origin {
        message: index,
        role: Role::Tool,
        tool: tool.or_else(named),
        closed: failed(item).then_some(Closed::ErrorResult),
    };
    if kind == "shell_call_output" {
        let runs = output.items();
        let streams = runs.flat_map(|run| [run.key("stdout"), run.key("stderr")]);
        for stream in streams.flatten() {
            found.string(stream, &origin);
        }
    } else {
        found.content_of(output, &TEXTS, &origin);
    }
}

/// What an MCP server answered: call and result are one item.
fn mcp_call<'a>(item: &Spot<'_, 'a>, index: usize, found: &mut Found<'a>) {
    let origin = Origin {
        message: index,
        role: Role::Tool,
        tool: item.text("name").map(|name| ToolCall {
            name,
            arguments: arguments(item.value.get("arguments")),
        }),
        closed: failed(item).then_some(Closed::ErrorResult),
    };
    if let Some(output) = item.key("output") {
        found.string(output, &origin);
    }
}

/// True when the item says that the tool did not do what it was asked for. A shell's exit code says less:
/// tests that fail are what they were run for.
fn failed(item: &Spot<'_, '_>) -> bool {
    let status = item.text("status");
    matches!(status.as_deref(), Some("incomplete" | "failed"))
        || item.key("error").is_some_and(|error| error.says_yes())
}
