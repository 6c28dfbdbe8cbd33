//! What became of the texts of the last requests: names, verdicts, counts and refs, in memory. No text is kept.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::observe::Observation;

/// Requests that are remembered.
pub(super) const REQUESTS: usize = 50;

/// Most texts of one request: a long conversation brings hundreds of small ones, the last are the newest.
const TEXTS: usize = 40;

/// One text.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Text {
    message: usize,
    tool: Option<String>,
    kind: &'static str,
    verdict: &'static str,
    before: usize,
    after: usize,
    r#ref: Option<String>,
}

/// See the module.
#[derive(Default)]
pub(super) struct Recent(Mutex<VecDeque<(String, Vec<Text>)>>);

impl Recent {
    /// Remembers a request; texts that stayed as they were and say nothing are left out.
    pub(super) fn add(&self, observation: &Observation) {
        let Some(report) = &observation.report else { return };
        let changed = report
            .blocks
            .iter()
            .rev()
            .filter(|block| block.tokens_after < block.tokens_before);
        let mut texts: Vec<Text> = changed
            .take(TEXTS)
            .map(|block| Text {
                message: block.message,
                tool: block.tool.clone(),
                kind: block.kind.as_str(),
                verdict: block.verdict.as_str(),
                before: block.tokens_before,
                after: block.tokens_after,
                r#ref: block.r#ref.clone(),
            })
            .collect();
        texts.reverse();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REQUESTS {
            all.pop_front();
        }
        all.push_back((observation.id.clone(), texts));
    }

    /// The texts of a request, where they are remembered.
    pub(super) fn texts(&self, request: &str) -> Option<Vec<Text>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.iter().find(|(id, _)| id == request);
        found.map(|(_, texts)| texts.clone())
    }
}
