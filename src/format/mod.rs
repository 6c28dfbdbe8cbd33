//! Wire formats: where the texts of a request are, and how a replacement is spelled.
//!
//! One file per format. A format finds [`Block`]s in the bytes and never decides anything. It answers for
//! any JSON: a message that is not what the format promises yields no blocks, and only a top level that
//! makes no sense at all is an error. Everything unknown (fields, block types, roles) is outside every
//! block, and so outside every edit (law 2).

mod ai_sdk;
mod anthropic;
mod bedrock;
mod gemini;
mod langchain;
mod offer;
mod openai_chat;
mod openai_responses;
mod sniff;
mod walk;

pub use offer::NotOffered;

use serde_json::{Value, json};

use crate::error::{Error, ErrorCode};
use crate::json::{self, Document};
use crate::message::{Block, FixedText, Role, Slot, ToolDefinition};
use walk::Spot;

/// A wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// OpenAI chat completions: `messages` with roles and `tool` messages.
    OpenAiChat,
    /// OpenAI responses: `input` of items, calls and their outputs among them.
    OpenAiResponses,
    /// Anthropic messages: content blocks, `tool_result`.
    AnthropicMessages,
    /// Gemini's generateContent: `contents` of parts, `functionResponse`.
    Gemini,
    /// Bedrock converse: `messages` of items without types, `toolResult`.
    BedrockConverse,
    /// The AI SDK's language model prompt (V2, V3, V4).
    AiSdk,
    /// `LangChain`'s messages, as they are serialised.
    LangChain,
}

impl Format {
    /// Every format, in the order of documentation.
    pub const ALL: [Self; 7] = [
        Self::OpenAiChat,
        Self::OpenAiResponses,
        Self::AnthropicMessages,
        Self::Gemini,
        Self::BedrockConverse,
        Self::AiSdk,
        Self::LangChain,
    ];

    /// The name used in options, plans and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAiChat => "openai",
            Self::OpenAiResponses => "responses",
            Self::AnthropicMessages => "anthropic",
            Self::Gemini => "gemini",
            Self::BedrockConverse => "bedrock",
            Self::AiSdk => "ai-sdk",
            Self::LangChain => "langchain",
        }
    }

    /// The format of a name or of one of its aliases, in any case and with `_` for `-`.
    ///
    /// An unknown name is [`ErrorCode::InvalidOptions`] and lists the known ones.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        match name.trim().to_ascii_lowercase().replace('_', "-").as_str() {
            "openai" | "openai-chat" | "chat" | "chat-completions" => Ok(Self::OpenAiChat),
            "responses" | "openai-responses" => Ok(Self::OpenAiResponses),
            "anthropic" | "anthropic-messages" | "claude" => Ok(Self::AnthropicMessages),
            "gemini" | "google" | "vertex" => Ok(Self::Gemini),
            "bedrock" | "bedrock-converse" | "converse" => Ok(Self::BedrockConverse),
            "ai-sdk" | "aisdk" | "vercel" | "vercel-ai" => Ok(Self::AiSdk),
            "langchain" | "langgraph" => Ok(Self::LangChain),
            _ => Err(
                Error::new(ErrorCode::InvalidOptions, format!("unknown format {name:?}"))
                    .hint(format!("known formats: {}", Self::ALL.map(Self::name).join(", "))),
            ),
        }
    }

    /// The format a document is in, from its shapes alone; `None` when it is no request at all.
    ///
    /// The first message that only one of the formats can hold that could hold those before it decides. Until
    /// then the messages look the same in each of them, and so do their blocks: a longer conversation never
    /// changes what was found in its beginning (law 1). Without any such message it is OpenAI chat.
    pub fn sniff(document: &Document<'_>) -> Option<Self> {
        sniff::sniff(document)
    }

    /// Every text of every message, in document order.
    ///
    /// The document is a list of messages or a whole request. Anything else is
    /// [`ErrorCode::InvalidFormat`] with the place.
    pub fn blocks<'a>(self, document: &Document<'a>) -> Result<Vec<Block<'a>>, Error> {
        let root = Spot::root(document);
        let Some(messages) = self.messages(&root) else {
            return Err(self.misfit(&root));
        };
        let mut blocks = match self {
            Self::OpenAiChat => openai_chat::blocks(&messages),
            Self::OpenAiResponses => openai_responses::blocks(&root, &messages),
            Self::AnthropicMessages => anthropic::blocks(&root, &messages),
            Self::Gemini => gemini::blocks(&root, &messages),
            Self::BedrockConverse => bedrock::blocks(&root, &messages),
            Self::AiSdk => ai_sdk::blocks(&root, &messages),
            Self::LangChain => langchain::blocks(&messages),
        };
        // A top-level `system` may stand after `messages`, and an output before its item's type.
        blocks.sort_by_key(|block| block.span.start);
        Ok(blocks)
    }

    /// What opens every request of a conversation: system texts, and tool definitions as raw JSON.
    ///
    /// Empty when the document is not in this format.
    pub fn fixed_texts<'a>(self, document: &Document<'a>) -> Vec<FixedText<'a>> {
        let root = Spot::root(document);
        let Ok(blocks) = self.blocks(document) else {
            return Vec::new();
        };
        let systems = blocks
            .into_iter()
            .filter(|block| block.role == Role::System && block.closed.is_none());
        let systems = systems.map(|block| FixedText {
            path: block.path,
            text: block.text,
        });
        let tools = offer::tools(self, &root);
        tools.into_iter().map(Spot::fixed_text).chain(systems).collect()
    }

    /// True when the request asks the provider to take tool results out of it before the model sees it
    /// (Anthropic's context editing, `clear_tool_uses_…`; OpenAI's truncation): then nothing may point to an
    /// earlier one.
    pub fn forgets(self, document: &Document<'_>) -> bool {
        let truncation = document.root().get("truncation").and_then(|value| value.text());
        if self == Self::OpenAiResponses && truncation.as_deref() == Some("auto") {
            return true;
        }
        let strategies = document
            .root()
            .get("context_management")
            .and_then(|management| management.get("edits"));
        strategies.is_some_and(|edits| {
            edits.items().any(|edit| {
                let kind = edit.get("type").and_then(|kind| kind.text());
                kind.is_some_and(|kind| kind.starts_with("clear_tool_uses"))
            })
        })
    }

    /// JSON text for the span of `block` that gives it a new text. `source` is the request the block is from.
    pub fn replacement(self, block: &Block<'_>, source: &str, new_text: &str) -> String {
        let old = source.get(block.span.clone()).unwrap_or_default();
        match block.slot {
            Slot::String | Slot::Json => json::quote(new_text),
            Slot::AiSdkJson => ai_sdk::text_output(old, new_text),
            Slot::GeminiResponse => gemini::text_response(new_text),
            Slot::BedrockJson => bedrock::text_item(old, new_text),
        }
    }

    /// The definition of `headroom_retrieve`, in the shape this format's list of tools holds: `tools`,
    /// Gemini's `functionDeclarations`, Bedrock's `toolConfig.tools`.
    pub fn retrieval_tool(self, tool: &ToolDefinition) -> Value {
        let ToolDefinition {
            name,
            description,
            parameters,
        } = tool;
        match self {
            Self::OpenAiChat => json!({
                "type": "function",
                "function": { "name": name, "description": description, "parameters": parameters },
            }),
            // Strict is the default there, and wants every field to be required.
            Self::OpenAiResponses => json!({
                "type": "function",
                "name": name,
                "description": description,
                "parameters": parameters,
                "strict": false,
            }),
            Self::Gemini => json!({ "name": name, "description": description, "parameters": parameters }),
            Self::BedrockConverse => json!({
                "toolSpec": { "name": name, "description": description, "inputSchema": { "json": parameters } },
            }),
            Self::AnthropicMessages => {
                json!({ "name": name, "description": description, "input_schema": parameters })
            }
            Self::AiSdk => json!({
                "type": "function",
                "name": name,
                "description": description,
                "inputSchema": parameters,
            }),
            Self::LangChain => json!({ "name": name, "description": description, "schema": parameters }),
        }
    }

    /// The fields of a whole request that may hold the messages; the first is the one to tell people of.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::OpenAiChat | Self::AnthropicMessages | Self::BedrockConverse | Self::LangChain => {
                &["messages"]
            }
            Self::OpenAiResponses => &["input"],
            Self::Gemini => &["contents"],
            Self::AiSdk => &["prompt", "messages"],
        }
    }

    /// The list of messages: the document itself or the field of a whole request. A responses request may
    /// have a text in its place.
    fn messages<'d, 'a>(self, root: &Spot<'d, 'a>) -> Option<Spot<'d, 'a>> {
        if root.is_array() {
            return Some(root.clone());
        }
        let fits =
            |field: &Spot<'_, '_>| field.is_array() || self == Self::OpenAiResponses && field.is_string();
        self.fields()
            .iter()
            .filter_map(|field| root.key(field))
            .find(fits)
    }

    fn misfit(self, root: &Spot<'_, '_>) -> Error {
        let field = self.fields()[0];
        let article = if field == "input" { "an" } else { "a" };
        let cause = match root.key(field) {
            Some(value) => format!(
                "`{field}` at byte {} is {}, not an array",
                value.start(),
                value.kind_name()
            ),
            None if root.is_object() => format!("the object at byte {} has no `{field}`", root.start()),
            None => format!("the top level at byte {} is {}", root.start(), root.kind_name()),
        };
        Error::new(
            ErrorCode::InvalidFormat,
            format!("this is not a request in the {} format", self.name()),
        )
        .because(cause)
        .hint(format!(
            "pass an array of messages, or an object with {article} `{field}` array"
        ))
    }
}
