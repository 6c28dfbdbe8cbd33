//! Offering `headroom_retrieve`: where its definition goes in a request, and when it must not.
//!
//! The definition is put in after the last tool, so what stands before it, `cache_control` included, keeps
//! its bytes and its place in the provider's cache. Whether to offer follows from the request alone; a
//! conversation that asks for the same tools in every turn gets the same answer in every turn.

use std::borrow::Cow;

use serde::Serialize;

use super::walk::Spot;
use super::{Format, ai_sdk, anthropic, bedrock, gemini, langchain, openai_chat, openai_responses};
use crate::json::Document;
use crate::message::{Edit, Step, ToolDefinition};

/// Why the retrieval tool is not added to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotOffered {
    /// The request has no tools the client would run; Gemini's own cannot be mixed with functions.
    NoTools,
    /// A tool of that name is there, perhaps behind a host's prefix (`mcp__headroom__…`).
    Present,
    /// Several answers at once (`n`): each could ask for something else.
    SeveralChoices,
    /// Legacy `functions`, which know no ids of calls.
    LegacyFunctions,
    /// The answer is made in the background, where nobody waits to answer a call.
    Background,
    /// The model must call the only tool, and retrieval has not been used so far.
    ToolChoice,
    /// The request asks Gemini for JSON, which it does not mix with functions.
    JsonOutput,
}

impl NotOffered {
    /// The name used in reports and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoTools => "no_tools",
            Self::Present => "present",
            Self::SeveralChoices => "several_choices",
            Self::LegacyFunctions => "legacy_functions",
            Self::Background => "background",
            Self::ToolChoice => "tool_choice",
            Self::JsonOutput => "json_output",
        }
    }
}

impl Format {
    /// The edit that adds `tool` as the last of a request's tools, or why it is not to be added.
    ///
    /// The edit's span is empty; its path is where the definition will stand. A list of messages without
    /// the request around it has no tools.
    pub fn offer(self, document: &Document<'_>, tool: &ToolDefinition) -> Result<Edit, NotOffered> {
        let root = Spot::root(document);
        if self == Self::OpenAiChat && root.key("functions").is_some_and(|list| list.says_yes()) {
            return Err(NotOffered::LegacyFunctions);
        }
        let tools = tools(self, &root);
        if tools.iter().any(|known| is_named(self, known, &tool.name)) {
            return Err(NotOffered::Present);
        }
        let list = list(self, &root).ok_or(NotOffered::NoTools)?;
        let definition = self.retrieval_tool(tool).to_string();
        let edit = appended(&list, &definition).ok_or(NotOffered::NoTools)?;
        if let Some(reason) = self.hindrance(&root) {
            return Err(reason);
        }
        // Bedrock's cache points stand among the tools; Gemini's own are none the model can be made to call.
        let is_tool = |entry: &&Spot<'_, '_>| match self {
            Self::BedrockConverse => entry.value.get("cachePoint").is_none(),
            Self::Gemini => entry.value.get("name").is_some(),
            _ => true,
        };
        let count = tools.iter().filter(is_tool).count();
        if self.is_choice_made(&root, count) && !self.holds_calls(document, &tool.name) {
            return Err(NotOffered::ToolChoice);
        }
        Ok(edit)
    }

    /// True when the model has called the tool `name`, bare or behind a host's prefix, in the messages of
    /// the request.
    pub fn holds_calls(self, document: &Document<'_>, name: &str) -> bool {
        let root = Spot::root(document);
        let called = |message: &Spot<'_, '_>| {
            let names = match self {
                Self::OpenAiChat => openai_chat::called(message),
                Self::OpenAiResponses => openai_responses::called(message),
                Self::AnthropicMessages => anthropic::called(message),
                Self::Gemini => gemini::called(message),
                Self::BedrockConverse => bedrock::called(message),
                Self::AiSdk => ai_sdk::called(message),
                Self::LangChain => langchain::called(message),
            };
            names.iter().any(|known| is_same(known, name))
        };
        self.messages(&root)
            .is_some_and(|messages| messages.items().any(|message| called(&message)))
    }

    /// What keeps every tool of ours out of a request.
    fn hindrance(self, root: &Spot<'_, '_>) -> Option<NotOffered> {
        match self {
            Self::OpenAiChat => {
                let choices = root.key("n")?.value.raw().parse::<f64>().ok()?;
                (choices > 1.0).then_some(NotOffered::SeveralChoices)
            }
            Self::OpenAiResponses => {
                let background = root.key("background")?;
                background.says_yes().then_some(NotOffered::Background)
            }
            Self::Gemini => {
                let config = root.either("generationConfig", "generation_config")?;
                let kind = config.either("responseMimeType", "response_mime_type")?;
                let kind = kind.value.text()?.to_ascii_lowercase();
                kind.contains("json").then_some(NotOffered::JsonOutput)
            }
            Self::AnthropicMessages | Self::BedrockConverse | Self::AiSdk | Self::LangChain => None,
        }
    }

    /// True when the model must call the only one of `count` tools, which is how structured answers are asked
    /// for. A choice among several, or none for once, is a turn of a conversation: its tools stay the same.
    fn is_choice_made(self, root: &Spot<'_, '_>, count: usize) -> bool {
        let Some(choice) = self.choice(root) else {
            return false;
        };
        count == 1 && !matches!(choice.as_ref(), "auto" | "validated" | "none")
    }

    /// How the model is to choose a tool, in small letters; `None` where the request does not say.
    fn choice<'a>(self, root: &Spot<'_, 'a>) -> Option<Cow<'a, str>> {
        match self {
            Self::OpenAiChat | Self::OpenAiResponses | Self::AnthropicMessages | Self::LangChain => {
                let choice = root.key("tool_choice")?;
                choice.value.text().or_else(|| choice.text("type"))
            }
            Self::AiSdk => root.key("toolChoice")?.text("type"),
            Self::BedrockConverse => {
                let choice = root.key("toolConfig")?.key("toolChoice")?;
                choice.value.entries().next()?.0.text()
            }
            Self::Gemini => {
                let config = root.either("toolConfig", "tool_config")?;
                let calling = config.either("functionCallingConfig", "function_calling_config")?;
                let allowed = calling.either("allowedFunctionNames", "allowed_function_names");
                if allowed.is_some_and(|names| !names.value.is_empty()) {
                    return Some(Cow::Borrowed("named"));
                }
                let mode = calling.text("mode")?.to_ascii_lowercase();
                // Nothing said, in the words of the API.
                (mode != "mode_unspecified").then_some(Cow::Owned(mode))
            }
        }
    }
}

/// The tools of a request, in its order. Of Gemini's those that are no functions are given as they stand.
pub(super) fn tools<'d, 'a>(format: Format, root: &Spot<'d, 'a>) -> Vec<Spot<'d, 'a>> {
    match format {
        Format::Gemini => {
            let tools = root.key("tools");
            let entries = tools.iter().flat_map(Spot::items);
            entries
                .flat_map(|entry| match declarations(&entry) {
                    Some(list) => list.items().collect(),
                    None => vec![entry],
                })
                .collect()
        }
        _ => list(format, root).iter().flat_map(Spot::items).collect(),
    }
}

/// The list a tool of ours goes to.
fn list<'d, 'a>(format: Format, root: &Spot<'d, 'a>) -> Option<Spot<'d, 'a>> {
    let tools = match format {
        Format::BedrockConverse => root.key("toolConfig")?.key("tools")?,
        _ => root.key("tools")?,
    };
    if format == Format::Gemini {
        let lists = tools.items().filter_map(|entry| declarations(&entry));
        return lists.filter(|list| !list.value.is_empty()).last();
    }
    Some(tools).filter(Spot::is_array)
}

fn declarations<'d, 'a>(entry: &Spot<'d, 'a>) -> Option<Spot<'d, 'a>> {
    entry
        .either("functionDeclarations", "function_declarations")
        .filter(Spot::is_array)
}

fn is_named(format: Format, tool: &Spot<'_, '_>, name: &str) -> bool {
    let named = match format {
        Format::OpenAiChat => tool
            .either("function", "custom")
            .and_then(|function| function.text("name")),
        Format::BedrockConverse => tool.key("toolSpec").and_then(|spec| spec.text("name")),
        _ => tool.text("name"),
    };
    named.is_some_and(|named| is_same(&named, name))
}

/// True for a tool's name and for the same behind a host's prefix.
fn is_same(name: &str, tool: &str) -> bool {
    name.strip_suffix(tool)
        .is_some_and(|prefix| prefix.is_empty() || prefix.ends_with("__"))
}

/// The edit that puts `json` in behind the last item of a list; `None` when it has none.
fn appended(list: &Spot<'_, '_>, json: &str) -> Option<Edit> {
    let before = list.value.items().last()?;
    let at = before.span().end;
    Some(Edit {
        path: list.path_to(Step::Index(list.value.len())),
        span: at..at,
        json: format!(",{json}"),
    })
}
