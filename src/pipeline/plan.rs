//! Decisions before anything is done: serialisable, so that hooks can read and edit them.
//!
//! What an edited plan may say: keep any block; compress a block that would be kept for a reason a caller
//! can overrule (`excluded_tool`, `user_message`, `below_min`, `no_compressor`, `not_asked`); another
//! compressor, a bias, no elision. What it may not say is an [`ErrorCode::InvalidPlan`] that names the place,
//! never silently dropped: the caller believed in it.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorCode};
use crate::message::{ContentKind, Role, Step, render_path};
use crate::options::Policy;
use crate::route::{Action, Router, Verdict};

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

impl Plan {
    /// This plan with the actions of `edited`. Only its format, its paths and its actions are read; what
    /// else it says of a block (tokens, kind) is for the reader, and the request's own is kept.
    pub(super) fn edited(
        mut self,
        edited: &Self,
        router: &Router<'_>,
        policy: &Policy,
    ) -> Result<Self, Error> {
        if edited.format != self.format {
            return Err(invalid(
                "format",
                format!(
                    "the request is {}, the plan is for {}",
                    self.format, edited.format
                ),
            ));
        }
        if edited.decisions.len() != self.decisions.len() {
            let counts = (self.decisions.len(), edited.decisions.len());
            return Err(invalid(
                "decisions",
                format!("the request has {} blocks, the plan has {}", counts.0, counts.1),
            ));
        }
        for (index, (own, edited)) in self.decisions.iter_mut().zip(&edited.decisions).enumerate() {
            let place = format!("decisions[{index}] ({})", render_path(&own.path));
            if own.path != edited.path {
                return Err(invalid(
                    &place,
                    format!("the plan has {} here", render_path(&edited.path)),
                ));
            }
            own.action = reconcile(&own.action, &edited.action, router, policy)
                .map_err(|cause| invalid(&place, cause))?;
        }
        Ok(self)
    }
}

fn reconcile(own: &Action, edited: &Action, router: &Router<'_>, policy: &Policy) -> Result<Action, String> {
    match (own, edited) {
        // What no compressor is for may still become a pointer to earlier text, unless a hook keeps it.
        (Action::Keep { reason }, Action::Keep { reason: wanted })
            if !reason.is_open() || *wanted != Verdict::Hook =>
        {
            return Ok(own.clone());
        }
        (_, Action::Keep { .. }) => {
            return Ok(Action::Keep {
                reason: Verdict::Hook,
            });
        }
        (Action::Keep { reason }, Action::Compress { .. }) if reason.is_final() => {
            return Err(format!("this block is never compressed ({})", reason.as_str()));
        }
        (_, Action::Compress { with, elide, bias }) => {
            if router.compressor(with).is_none() {
                return Err(format!("there is no compressor {with:?}"));
            }
            if *elide && !policy.can_retrieve {
                return Err("nothing may be left out without a retrieval path (ccr is off)".to_owned());
            }
            if !bias.is_finite() || *bias <= 0.0 {
                return Err(format!("bias must be a number above 0, got {bias}"));
            }
        }
    }
    Ok(edited.clone())
}

fn invalid(place: &str, cause: String) -> Error {
    Error::new(
        ErrorCode::InvalidPlan,
        format!("the plan does not fit the request at {place}"),
    )
    .because(cause)
    .hint("edit the actions of the plan made for this very request and leave the rest as it is")
}
