//! Giving back what was left out.

use headroom::ccr::{self, Ref, Selection, Store};
use headroom::{Error, ErrorCode};
use headroom_proxy::engine::{Answer, answer_call};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use serde::Deserialize;
use serde_json::json;

use crate::answer::answer;
use crate::job::Job;
use crate::store::NativeStore;

/// A selection as JavaScript writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    lines: Option<String>,
    rows: Option<String>,
    path: Option<String>,
    query: Option<String>,
    max_tokens: Option<usize>,
}

impl Wanted {
    fn read(json: &str) -> Result<Selection, Error> {
        let Self {
            lines,
            rows,
            path,
            query,
            max_tokens,
        } = serde_json::from_str(json).map_err(|error| {
            Error::new(ErrorCode::InvalidSelection, "cannot read what to give back")
                .because(error.to_string())
                .hint(
                    "lines, rows, path and query are strings, maxTokens is a whole number; all are optional",
                )
        })?;
        Ok(Selection {
            lines,
            rows,
            path,
            query,
            max_tokens,
        })
    }
}

/// Reads a page of an original off the event loop.
#[napi]
pub fn retrieve(store: &NativeStore, reference: String, selection: String) -> AsyncTask<Job> {
    let place = store.place();
    Job::alone(move || {
        let reference: Ref = reference.parse()?;
        let selection = Wanted::read(&selection)?;
        let page = match place.get(reference)? {
            Some(entry) => {
                let page = ccr::retrieve(&entry, &selection)?;
                json!({ "found": true, "text": page.text, "next": page.next })
            }
            None => json!({ "found": false, "text": ccr::missing(reference), "next": null }),
        };
        Ok(page.to_string())
    })
}

/// The answer to calls beyond the limit of hidden rounds: `{text, isError}`.
#[napi]
pub fn enough_retrieved() -> String {
    answer(|| Ok(answered(&Answer::enough())))
}

fn answered(answer: &Answer) -> String {
    json!({ "text": answer.text, "isError": answer.is_error }).to_string()
}

/// Answers a call of `headroom_retrieve` off the event loop: `{text, isError}`, never an error of its own.
#[napi]
pub fn answer_retrieval(store: &NativeStore, arguments: String) -> AsyncTask<Job> {
    let place = store.place();
    Job::alone(move || Ok(answered(&answer_call(&arguments, &place))))
}
