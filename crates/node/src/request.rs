//! Compressing requests: in one go, or plan and apply with JavaScript's hooks in between.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use headroom::ccr::Store;
use headroom::message::Edit;
use headroom::pipeline::{Outcome, Plan, Warning};
use headroom::{Error, ErrorCode, Options, Policy};
use headroom_kompress::Call;
use headroom_proxy::engine::Recall;
use napi::bindgen_prelude::{AsyncTask, Buffer};
use napi_derive::napi;

use crate::answer::{answer, to_json};
use crate::job::{Job, utf8};
use crate::kompress;
use crate::store::{Discard, NativeStore, Place};

/// What was compressed before in this process: the next turn of a conversation brings it again.
static RECALL: LazyLock<Recall> = LazyLock::new(Recall::default);

/// A flag that a running job looks at before every block.
#[napi]
#[derive(Default)]
pub struct NativeCancel {
    raised: Arc<AtomicBool>,
}

#[napi]
impl NativeCancel {
    /// A flag that is down.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises it.
    #[napi]
    pub fn cancel(&self) {
        self.raised.store(true, Ordering::Relaxed);
    }
}

impl NativeCancel {
    /// The flag, for a job that outlives this call.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.raised)
    }
}

/// What a request is treated with.
struct Treatment {
    options: String,
    plan: Option<String>,
    /// `None`: a simulation; what would be stored is forgotten.
    place: Option<Place>,
    raised: Arc<AtomicBool>,
}

impl Treatment {
    fn new(
        options: String,
        plan: Option<String>,
        store: Option<&NativeStore>,
        cancel: Option<&NativeCancel>,
    ) -> Self {
        let raised = cancel.map(NativeCancel::flag).unwrap_or_default();
        Self {
            options,
            plan,
            place: store.map(NativeStore::place),
            raised,
        }
    }

    /// Plans, and applies that or the plan that came along.
    fn run(&self, body: &str) -> Result<String, Error> {
        let policy = policy(&self.options)?;
        let store: &dyn Store = match &self.place {
            Some(place) => place,
            None => &Discard,
        };
        let cancelled = || self.raised.load(Ordering::Relaxed);
        let call = kompress::call(&policy);
        let mut outcome = call.with_pipeline(&RECALL.rows(), |pipeline| match &self.plan {
            None => pipeline.compress(body, &policy, Some(store), &cancelled),
            Some(plan) => pipeline.apply(body, &policy, &read_plan(plan)?, Some(store), &cancelled),
        })?;
        outcome
            .report
            .warnings
            .extend(warnings(&call, self.place.as_ref()));
        outcome_json(&outcome)
    }
}

/// What there is to say of the model and the store since they were last asked.
pub(crate) fn warnings(call: &Call, place: Option<&Place>) -> Vec<Warning> {
    let notices = place.into_iter().flat_map(Place::notices);
    let notices = notices.map(|message| Warning {
        code: "store_notice".to_owned(),
        at: "store".to_owned(),
        message,
    });
    call.warning().into_iter().chain(notices).collect()
}

pub(crate) fn policy(options: &str) -> Result<Policy, Error> {
    Options::from_json(options)?.into_policy()
}

fn read_plan(plan: &str) -> Result<Plan, Error> {
    serde_json::from_str(plan).map_err(|error| {
        Error::new(ErrorCode::InvalidPlan, "cannot read the plan").because(error.to_string())
    })
}

fn draw(body: &str, options: &str) -> Result<String, Error> {
    let policy = policy(options)?;
    to_json(&kompress::call(&policy).with_pipeline(&[], |pipeline| pipeline.plan(body, &policy))?)
}

/// `{"report": …, "edits": [{"path": …, "value": …}]}`; the new values stand in it as JSON, not as text.
fn outcome_json(outcome: &Outcome) -> Result<String, Error> {
    let edit =
        |Edit { path, json, .. }: &Edit| Ok(format!("{{\"path\":{},\"value\":{json}}}", to_json(path)?));
    let edits = outcome
        .edits
        .iter()
        .map(edit)
        .collect::<Result<Vec<String>, Error>>()?;
    Ok(format!(
        "{{\"report\":{},\"edits\":[{}]}}",
        to_json(&outcome.report)?,
        edits.join(",")
    ))
}

/// Compresses a request off the event loop.
#[napi]
pub fn compress(
    body: Buffer,
    options: String,
    store: Option<&NativeStore>,
    cancel: Option<&NativeCancel>,
) -> AsyncTask<Job> {
    let treatment = Treatment::new(options, None, store, cancel);
    Job::on(body, move |body| treatment.run(body))
}

/// Compresses a request on the calling thread.
#[napi]
pub fn compress_sync(body: Buffer, options: String, store: Option<&NativeStore>) -> String {
    answer(|| Treatment::new(options, None, store, None).run(utf8(&body)?))
}

/// Decides about every block, off the event loop.
#[napi]
pub fn plan(body: Buffer, options: String) -> AsyncTask<Job> {
    Job::on(body, move |body| draw(body, &options))
}

/// Decides about every block, on the calling thread.
#[napi]
pub fn plan_sync(body: Buffer, options: String) -> String {
    answer(|| draw(utf8(&body)?, &options))
}

/// Carries out a plan off the event loop.
#[napi]
pub fn apply(
    body: Buffer,
    options: String,
    plan: String,
    store: Option<&NativeStore>,
    cancel: Option<&NativeCancel>,
) -> AsyncTask<Job> {
    let treatment = Treatment::new(options, Some(plan), store, cancel);
    Job::on(body, move |body| treatment.run(body))
}

/// Carries out a plan on the calling thread.
#[napi]
pub fn apply_sync(body: Buffer, options: String, plan: String, store: Option<&NativeStore>) -> String {
    answer(|| Treatment::new(options, Some(plan), store, None).run(utf8(&body)?))
}

/// Checks options without a request.
#[napi]
pub fn check_options(options: String) -> String {
    answer(|| {
        let policy = policy(&options)?;
        policy
            .format
            .as_deref()
            .map(headroom::format::Format::from_name)
            .transpose()?;
        Ok("null".to_owned())
    })
}
