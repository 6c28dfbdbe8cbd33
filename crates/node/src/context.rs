//! `SharedContext`: values that agents leave for one another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use headroom::pipeline::{TextOutcome, Warning};
use headroom::{Error, ErrorCode, Policy};
use headroom_store::{SharedValue, Spot, share, shared, shared_stats};
use napi::bindgen_prelude::{AsyncTask, Buffer};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::json;

use crate::answer::to_json;
use crate::job::Job;
use crate::kompress;
use crate::request::{policy, warnings};
use crate::store::{NativeStore, Place};

/// Longest name of a context or a value, in bytes.
const MAX_NAME: usize = 1_024;

/// What JavaScript says of a value it leaves.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct About {
    context: String,
    key: String,
    /// Seconds.
    ttl: Option<u64>,
    agent: Option<String>,
    /// The text is the JSON of a value.
    json: bool,
    /// Milliseconds since 1970.
    at: u64,
}

impl About {
    fn read(json: &str) -> Result<Self, Error> {
        serde_json::from_str(json).map_err(|error| {
            Error::new(ErrorCode::InvalidOptions, "cannot read what is said of the value")
                .because(error.to_string())
                .hint("ttl is a whole number of seconds, agent is a string")
        })
    }

    /// Leaves the value; a compression that fails is a warning, and the value is shown as it is.
    fn put(&self, original: &str, policy: &Policy, place: &Place) -> Result<String, Error> {
        let spot = spot(&self.context, &self.key)?;
        let (outcome, mut told) = compress(original, policy, place);
        let mut value = SharedValue {
            json: self.json,
            agent: self.agent.clone(),
            at: self.at,
            ..SharedValue::default()
        };
        if let Some(TextOutcome { text, report }) = outcome {
            value.text = text;
            value.tokens_before = report.tokens_before as u64;
            value.tokens_after = report.tokens_after as u64;
            value.transforms_applied = report.transforms_applied;
            told.extend(report.warnings);
        } else {
            original.clone_into(&mut value.text);
            value.tokens_before = policy.encoding.count(original) as u64;
            value.tokens_after = value.tokens_before;
        }
        policy.encoding.name().clone_into(&mut value.tokenizer);
        let lifetime = self.ttl.map(Duration::from_secs);
        let value = share(&*place.vault()?, spot, original.to_owned(), value, lifetime)?;
        Ok(json!({ "value": value, "warnings": told }).to_string())
    }
}

/// The smaller text, unless that fails; and what there is to say.
fn compress(original: &str, policy: &Policy, place: &Place) -> (Option<TextOutcome>, Vec<Warning>) {
    let call = kompress::call(policy);
    let work = || {
        call.with_pipeline(&[], |pipeline| {
            pipeline.compress_text(original, None, policy, Some(place))
        })
    };
    // What it borrows is only read, or a store, which guards itself.
    let outcome = catch_unwind(AssertUnwindSafe(work));
    let mut told = warnings(&call, Some(place));
    if outcome.is_err() {
        told.push(Warning {
            code: "failed".to_owned(),
            at: "value".to_owned(),
            message: "headroom failed on this value, which is shared as it is; please report it".to_owned(),
        });
    }
    (outcome.ok(), told)
}

fn spot<'a>(board: &'a str, name: &'a str) -> Result<Spot<'a>, Error> {
    for (what, text) in [("the name of a context", board), ("a key", name)] {
        if text.is_empty() || text.len() > MAX_NAME {
            return Err(
                Error::new(ErrorCode::InvalidOptions, format!("{what} cannot be used"))
                    .because(format!("it has {} bytes", text.len()))
                    .hint(format!("use 1 to {MAX_NAME} bytes")),
            );
        }
    }
    Ok(Spot { board, name })
}

/// Leaves a value off the event loop: `{value, warnings}`.
#[napi]
pub fn context_put(store: &NativeStore, original: Buffer, about: String, options: String) -> AsyncTask<Job> {
    let place = store.place();
    Job::on(original, move |original| {
        About::read(&about)?.put(original, &policy(&options)?, &place)
    })
}

/// Reads a value off the event loop: `{value, original}` or null. The original comes only when asked for.
#[napi]
pub fn context_get(store: &NativeStore, context: String, key: String, full: bool) -> AsyncTask<Job> {
    let place = store.place();
    Job::alone(move || {
        let found = shared(&*place.vault()?, spot(&context, &key)?)?;
        to_json(&found.map(|(value, original)| {
            let original = Some(original).filter(|_| full);
            json!({ "value": value, "original": original })
        }))
    })
}

/// Keys of a context off the event loop, the one put longest ago first.
#[napi]
pub fn context_keys(store: &NativeStore, context: String) -> AsyncTask<Job> {
    let place = store.place();
    Job::alone(move || to_json(&place.vault()?.names(&context)?))
}

/// Takes a value away, or all where no key is given, off the event loop: how many.
#[napi]
pub fn context_remove(store: &NativeStore, context: String, key: Option<String>) -> AsyncTask<Job> {
    let place = store.place();
    Job::alone(move || {
        let vault = place.vault()?;
        let removed = match &key {
            Some(key) => u64::from(vault.unpin(spot(&context, key)?)?),
            None => vault.clear(&context)?,
        };
        Ok(removed.to_string())
    })
}

/// What the values of a context come to, off the event loop.
#[napi]
pub fn context_stats(store: &NativeStore, context: String) -> AsyncTask<Job> {
    let place = store.place();
    Job::alone(move || to_json(&shared_stats(&*place.vault()?, &context)?))
}
