//! Plans that somebody else has a say in.
//!
//! Instead of calling back, which a thread would have to wait for, the engine is asked twice: for a [`Draft`], and to
//! go along what was made of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use headroom::ccr::Store;
use headroom::json::Document;
use headroom::pipeline::{Outcome, Plan, Warning};
use headroom::{Error, ErrorCode, Policy};
use serde::Serialize;

use super::prepare::{WayBack, enveloped, model, unreadable};
use super::{Call, CallKind, Engine, envelope};

/// What would be done with a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Draft {
    /// The model, as the request names it.
    pub model: Option<String>,
    /// One decision a block.
    pub plan: Plan,
}

/// What hooks made of a [`Draft`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Advice {
    /// The plan to go by; `None`: our own.
    pub plan: Option<Plan>,
    /// What went wrong with hooks; it goes into the report.
    pub warnings: Vec<Warning>,
}

impl Advice {
    /// No advice, as a hook failed at some place.
    pub fn failed(at: &str, message: String) -> Self {
        Self {
            plan: None,
            warnings: vec![hook_failed(at, message)],
        }
    }
}

impl Engine {
    /// What [`Engine::prepare`] would decide, for those who want a say in it; their [`Advice`] is for
    /// [`Engine::prepare_as`]. `None` where there is nothing to say: in batches, and where the body cannot be read.
    pub fn draft(&self, call: &Call, body: &[u8]) -> Option<Draft> {
        let tried = catch_unwind(AssertUnwindSafe(|| self.try_draft(call, body)));
        tried.ok()?.ok()?
    }

    fn try_draft(&self, call: &Call, body: &[u8]) -> Result<Option<Draft>, Error> {
        if call.kind == CallKind::Batch {
            return Ok(None);
        }
        let source = std::str::from_utf8(body).map_err(|error| unreadable(error.to_string()))?;
        let document = Document::parse(source).map_err(|error| unreadable(error.to_string()))?;
        let Some(inner) = envelope::request(call.format, document.root()) else {
            return self.draft_one(call, &document).map(Some);
        };
        let request = Document::parse(inner.raw()).map_err(|error| unreadable(error.to_string()))?;
        self.draft_one(&enveloped(call, &document), &request).map(Some)
    }

    fn draft_one(&self, call: &Call, document: &Document<'_>) -> Result<Draft, Error> {
        let way_back = self.way_back(call, document);
        let policy = self.policy(call, document, !matches!(way_back, WayBack::None))?;
        Ok(Draft {
            model: model(call, document),
            plan: self.shared.recall.pipeline().plan(document.text(), &policy)?,
        })
    }

    /// What compressing comes to, along the plan of the advice if there is one that can be used.
    pub(super) fn outcome(
        &self,
        source: &str,
        policy: &Policy,
        advice: &Advice,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Outcome, Error> {
        let pipeline = self.shared.recall.pipeline();
        let store = Some(&*self.shared.vault as &dyn Store);
        let along = advice.plan.as_ref();
        let tried = along.map(|plan| pipeline.apply(source, policy, plan, store, cancel));
        let (mut outcome, refused) = match tried {
            Some(Err(error)) if error.code == ErrorCode::InvalidPlan => {
                let own = pipeline.compress(source, policy, store, cancel)?;
                (own, Some(hook_failed("plan", error.to_string())))
            }
            Some(done) => (done?, None),
            None => (pipeline.compress(source, policy, store, cancel)?, None),
        };
        let warnings = &mut outcome.report.warnings;
        warnings.extend(advice.warnings.iter().cloned().chain(refused));
        Ok(outcome)
    }
}

fn hook_failed(at: &str, message: String) -> Warning {
    Warning {
        code: "hook_failed".to_owned(),
        at: at.to_owned(),
        message,
    }
}
