//! Wire formats: where the texts of a request are, and how a replacement is spelled.
//!
//! One file per format. A format finds [`Block`]s in the bytes and never decides anything.

use crate::error::Error;
use crate::json::Document;
use crate::message::{Block, Edit};

/// A wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// OpenAI chat completions: `messages` with roles and `tool` messages.
    OpenAiChat,
    /// Anthropic messages: content blocks, `tool_result`.
    AnthropicMessages,
    /// The AI SDK's language model prompt (V2, V3, V4).
    AiSdk,
}
