//! What an engine does with requests.

use headroom::Options;
use serde::{Deserialize, Serialize};

/// How what was left out can be read back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ccr {
    /// The engine offers `headroom_retrieve` where a request has tools and answers its calls unseen.
    #[default]
    Hidden,
    /// The client has the tool itself, from an MCP server; nothing is offered.
    Mcp,
    /// There is no way back: only lossless transforms.
    Off,
}

/// Which usage a client sees after hidden rounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UsageShown {
    /// The sum over all rounds: what is paid.
    #[default]
    Sum,
    /// The last round's: what fills the context.
    Last,
}

/// Settings of an engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EngineOptions {
    /// How texts are compressed. `model` and `format` are each request's own; `ccr` is decided per request.
    pub compress: Options,
    /// The way back.
    pub ccr: Ccr,
    /// Hidden rounds an answer may take; calls after the last are told to do without.
    pub max_rounds: u32,
    /// Usage after hidden rounds.
    pub usage: UsageShown,
    /// The provider's prompt cache is helped: tools are put in the order of their names and, where a client gives
    /// no hints, breakpoints are set for Anthropic and `prompt_cache_key` for OpenAI. Off by default: who speaks
    /// these APIs besides them may refuse the fields.
    pub cache_hints: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            compress: Options::default(),
            ccr: Ccr::default(),
            max_rounds: 3,
            usage: UsageShown::default(),
            cache_hints: false,
        }
    }
}
