//! Decisions before anything is done: serialisable, so that hooks can read and edit them.

use serde::{Deserialize, Serialize};

use super::report::Verdict;
use crate::message::{ContentKind, Role, Step};

/// One decision per block, in the order of the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Name of the wire format.
    pub format: String,
    /// The decisions.
    pub decisions: Vec<Decision>,
}

/// What shall happen to a block, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Path of the block from the messages array (or the request).
    pub path: Vec<Step>,
    /// Index of its message.
    pub message: usize,
    /// Who wrote it.
    pub role: Role,
    /// The tool that produced it, where known.
    pub tool: Option<String>,
    /// What the text is.
    pub kind: ContentKind,
    /// Its tokens before.
    pub tokens: usize,
    /// What to do.
    #[serde(flatten)]
    pub action: Action,
}

/// Keep a block, or hand it to a compressor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Leave it as it is.
    Keep {
        /// Why.
        reason: Verdict,
    },
    /// Compress it.
    Compress {
        /// Name of the compressor.
        with: String,
        /// Parts may be left out.
        elide: bool,
        /// 1 is neutral; above keeps more, below keeps less.
        bias: f64,
    },
}
