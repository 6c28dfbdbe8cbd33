//! What was done and why, with token counts.

use serde::{Deserialize, Serialize};

use super::plan::Decision;
use super::run::Done;
use crate::message::{ContentKind, Role, Step};
use crate::route::Verdict;

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Name of the wire format; `text` for a bare text.
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
    /// Refs shown, distinct, in order.
    pub refs: Vec<String>,
    /// Every block, in order.
    pub blocks: Vec<BlockReport>,
    /// What to know.
    pub warnings: Vec<Warning>,
}

impl Report {
    /// The account of what became of each decision.
    pub(super) fn new(
        format: String,
        tokenizer: &'static str,
        decisions: Vec<Decision>,
        done: &[Done],
        warnings: Vec<Warning>,
    ) -> Self {
        let tokens_before: usize = decisions.iter().map(|decision| decision.tokens).sum();
        let tokens_after: usize = done.iter().map(|done| done.tokens).sum();
        let ratio = if tokens_before == 0 {
            1.0
        } else {
            tokens_after as f64 / tokens_before as f64
        };
        Self {
            format,
            tokenizer,
            tokens_before,
            tokens_after,
            tokens_saved: tokens_before.saturating_sub(tokens_after),
            compression_ratio: ratio,
            transforms_applied: distinct(
                done.iter()
                    .flat_map(|done| &done.transforms)
                    .map(ToString::to_string),
            ),
            refs: distinct(
                done.iter()
                    .filter_map(|done| done.reference)
                    .map(|reference| reference.to_string()),
            ),
            blocks: decisions
                .into_iter()
                .zip(done)
                .map(|(decision, done)| block(decision, done))
                .collect(),
            warnings,
        }
    }
}

fn block(decision: Decision, done: &Done) -> BlockReport {
    BlockReport {
        path: decision.path,
        message: decision.message,
        role: decision.role,
        tool: decision.tool,
        kind: decision.kind,
        verdict: done.verdict,
        tokens_before: decision.tokens,
        tokens_after: done.tokens,
        r#ref: done.reference.map(|reference| reference.to_string()),
    }
}

/// Without later repetitions; the lists are a handful long.
fn distinct(all: impl Iterator<Item = String>) -> Vec<String> {
    all.fold(Vec::new(), |mut seen, item| {
        if !seen.contains(&item) {
            seen.push(item);
        }
        seen
    })
}
