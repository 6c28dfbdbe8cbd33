//! What a request is made of, as far as Headroom cares: blocks of text with byte spans, and edits.
//!
//! A request is changed by [`splice`] alone: byte ranges are replaced, everything else is copied (law 2).

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::json;

/// Who wrote a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions; also `developer` messages and top-level `system` fields.
    System,
    /// The person, or whoever speaks for them.
    User,
    /// The model.
    Assistant,
    /// The output of a tool.
    Tool,
}

/// What a text is. One enum for the whole project; [`crate::detect`] decides, [`crate::route`] maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContentKind {
    /// One JSON value (object or array) with nothing around it.
    Json,
    /// JSON objects or arrays one after the other: JSON lines, logs of JSON records.
    JsonLines,
    /// Tables in plain text: CSV and its kin, markdown tables, columns lined up with spaces.
    Table,
    /// Unified diffs, with the messages of commits around them.
    Diff,
    /// Commits one after the other, as `git log` prints them, without diffs.
    History,
    /// Hits of a search through files, each with its path or line number.
    Search,
    /// Lists of files, as paths or as a tree.
    Paths,
    /// Natural language: articles, passages, letters, transcripts.
    Prose,
    /// Source code of a language that is known, with or without line numbers in front.
    Code,
    /// What programs print while they run: logs of applications, systems, test runs and CI.
    Log,
    /// Web pages and parts of them.
    Html,
    /// Documents of XML, with one root.
    Xml,
    /// YAML, TOML, INI, `.env`, properties: settings, line by line.
    Config,
    /// Data nobody reads as text: base64, digits, bytes that are no text, packed programs.
    Opaque,
    /// Parts of several kinds: a command's talk and the JSON it fetched, the outputs of several commands.
    Mixed,
    /// Anything else, until a detector exists for it.
    Text,
}

impl ContentKind {
    /// The name used in reports and fixtures.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonLines => "json_lines",
            Self::Table => "table",
            Self::Diff => "diff",
            Self::History => "history",
            Self::Search => "search",
            Self::Paths => "paths",
            Self::Prose => "prose",
            Self::Code => "code",
            Self::Log => "log",
            Self::Html => "html",
            Self::Xml => "xml",
            Self::Config => "config",
            Self::Opaque => "opaque",
            Self::Mixed => "mixed",
            Self::Text => "text",
        }
    }
}

/// One step of a path into a request, as in JSON pointers: a key or an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Step {
    /// Position in an array.
    Index(usize),
    /// Key of an object.
    Key(String),
}

/// A path for people: `messages[3].content[0].text`. A list of messages on its own has no name in the
/// document; it is written as `messages`.
pub fn render_path(path: &[Step]) -> String {
    let list = if matches!(path.first(), Some(Step::Index(_))) {
        "messages"
    } else {
        ""
    };
    let mut out = list.to_owned();
    for step in path {
        let dot = if out.is_empty() { "" } else { "." };
        // Writing to a String cannot fail.
        let _ = match step {
            Step::Index(index) => write!(out, "[{index}]"),
            Step::Key(key) if is_identifier(key) => write!(out, "{dot}{key}"),
            Step::Key(key) => write!(out, "[{}]", json::quote(key)),
        };
    }
    out
}

fn is_identifier(key: &str) -> bool {
    !key.is_empty()
        && !key.starts_with(|first: char| first.is_ascii_digit())
        && key
            .chars()
            .all(|char| char.is_alphanumeric() || matches!(char, '_' | '$'))
}

/// The tool call that produced a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall<'a> {
    /// The tool's name as the client wrote it.
    pub name: Cow<'a, str>,
    /// The arguments as JSON text, empty when unknown.
    pub arguments: Cow<'a, str>,
}

/// How the replacement of a block is spelled in its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// The span is a JSON string; the new text becomes a JSON string.
    String,
    /// The span is an AI SDK tool output of type `json`; the new text becomes `{"type":"text","value":…}`
    /// plus the fields of the old output other than `type` and `value`.
    AiSdkJson,
    /// The span is a JSON value where the format takes any; the new text becomes a JSON string.
    Json,
    /// The span is the object of a Gemini function response; the new text becomes `{"output":…}`.
    GeminiResponse,
    /// The span is a Bedrock content item `{"json":…}`; the new text becomes `{"text":…}` plus the fields
    /// of the old item other than `json`.
    BedrockJson,
}

/// Why a block is not open to compression whatever the policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The text is an error result (`is_error`, `error-text`): law 6 keeps it inline.
    ErrorResult,
    /// The string cannot be decoded to Unicode (a lone surrogate).
    Undecodable,
    /// The format says the shape must stay (provider-defined tools and the like).
    Opaque,
}

/// One text in a request, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block<'a> {
    /// Path of the value an edit replaces, from the root of the request (or of the messages array).
    pub path: Vec<Step>,
    /// Index of the message it belongs to; system fields outside `messages` count as message 0.
    pub message: usize,
    /// Byte span of that value in the request.
    pub span: Range<usize>,
    /// Who wrote it.
    pub role: Role,
    /// The decoded text; empty when `closed` is [`Closed::Undecodable`].
    pub text: Cow<'a, str>,
    /// The call that produced it, for tool results whose call stands earlier in the request.
    pub tool: Option<ToolCall<'a>>,
    /// How to spell a replacement.
    pub slot: Slot,
    /// Set when no transform may touch it.
    pub closed: Option<Closed>,
}

/// A text that stands in front of every request of a conversation: a system prompt or a tool definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedText<'a> {
    /// Path from the root of the request (or of the messages array).
    pub path: Vec<Step>,
    /// The decoded text; for a tool definition its JSON source.
    pub text: Cow<'a, str>,
}

/// A tool as the caller describes it, before a format gives it its shape.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolDefinition {
    /// The tool's name.
    pub name: String,
    /// What the model reads about it.
    pub description: String,
    /// JSON Schema of the arguments.
    pub parameters: serde_json::Value,
}

/// One replacement: the bytes of `span` become `json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Path of the replaced value, or of the place where something is put in.
    pub path: Vec<Step>,
    /// Byte span of the replaced value; empty where something is put in.
    pub span: Range<usize>,
    /// The new JSON text.
    pub json: String,
}

/// Replaces the spans of `edits` (in ascending order, not overlapping) and copies every other byte.
///
/// Returns `None` when the edits are out of order, overlap or leave the input: then nothing may be sent
/// but the original.
pub fn splice(source: &str, edits: &[Edit]) -> Option<String> {
    let grown: usize = edits.iter().map(|edit| edit.json.len()).sum();
    let mut out = String::with_capacity(source.len() + grown);
    let mut at = 0;
    for edit in edits {
        out.push_str(source.get(at..edit.span.start)?);
        source.get(edit.span.clone())?;
        out.push_str(&edit.json);
        at = edit.span.end;
    }
    out.push_str(source.get(at..)?);
    Some(out)
}
