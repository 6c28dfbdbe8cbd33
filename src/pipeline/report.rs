//! What was done and why, with token counts.

use serde::{Deserialize, Serialize};

use crate::message::{ContentKind, Role, Step};

/// Why a block is as it is now. Codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Parts were left out, with markers and a ref.
    Compressed,
    /// A denser spelling of the same content.
    Lossless,
    /// The tool is on the exclusion list.
    ExcludedTool,
    /// User messages are not touched unless asked.
    UserMessage,
    /// System prompts are never touched.
    SystemMessage,
    /// Assistant messages are never touched.
    AssistantMessage,
    /// Under the minimum size.
    BelowMin,
    /// The result would not have had fewer tokens.
    NotSmaller,
    /// Only leaving parts out would help, and the caller has no retrieval path.
    NoRetrieval,
    /// No compressor for this kind of content.
    NoCompressor,
    /// Carries markers of an earlier compression.
    AlreadyCompressed,
    /// An error result: stays as it is.
    ErrorResult,
    /// Not valid Unicode once decoded.
    Undecodable,
    /// The provider wants this shape.
    Opaque,
    /// A hook or an edited plan said so.
    Hook,
    /// A transform failed; see the warnings.
    Error,
}

/// One block in the report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockReport {
    /// Path of the block.
    pub path: Vec<Step>,
    /// Index of its message.
    pub message: usize,
    /// Who wrote it.
    pub role: Role,
    /// The tool that produced it.
    pub tool: Option<String>,
    /// What the text is.
    pub kind: ContentKind,
    /// What came of it.
    pub verdict: Verdict,
    /// Tokens before.
    pub tokens_before: usize,
    /// Tokens after.
    pub tokens_after: usize,
    /// The ref that gives the original back, when parts were left out.
    pub r#ref: Option<String>,
}

/// Something the caller should know; never a reason to fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// Stable code: `volatile_uuid`, `compressor_failed`, `store_failed`, …
    pub code: String,
    /// Where, as a path written out (`messages[3].content`).
    pub at: String,
    /// One sentence; for volatile tokens with a sample.
    pub message: String,
}

/// The account of one request. Token fields count the texts of all blocks.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Name of the wire format.
    pub format: String,
    /// `o200k_base`, `cl100k_base` (exact) or `estimate`.
    pub tokenizer: &'static str,
    /// Tokens before.
    pub tokens_before: usize,
    /// Tokens after.
    pub tokens_after: usize,
    /// Before − after.
    pub tokens_saved: usize,
    /// After ÷ before; 1 for an empty request.
    pub compression_ratio: f64,
    /// Names of what was done, distinct, in order of first use.
    pub transforms_applied: Vec<String>,
    /// Refs shown, in order.
    pub refs: Vec<String>,
    /// Every block, in order.
    pub blocks: Vec<BlockReport>,
    /// What to know.
    pub warnings: Vec<Warning>,
}
