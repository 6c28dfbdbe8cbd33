//! What the model gets for a call of `headroom_retrieve`.

use headroom::ccr::{self, Ref, Selection, Store};
use serde::Deserialize;
use serde_json::Value;

/// A call the client never sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HiddenCall {
    /// The provider's id of the call; empty where calls have none.
    pub(crate) id: String,
    /// The arguments as the model wrote them.
    pub(crate) arguments: String,
}

/// What a call is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The text for the model.
    pub text: String,
    /// It could not be done; the text says why.
    pub is_error: bool,
}

impl Answer {
    fn failed(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            is_error: true,
        }
    }

    /// For calls beyond the limit.
    pub fn enough() -> Self {
        Self::failed("No more can be read back in this answer. Go on with what you have.")
    }
}

/// Arguments as the tool's schema has them. Models write numbers for ranges of one.
#[derive(Debug, Deserialize)]
struct Arguments {
    r#ref: String,
    query: Option<String>,
    rows: Option<Value>,
    lines: Option<Value>,
    path: Option<String>,
}

/// Answers a call from the store; its arguments are the JSON the model wrote. Whatever goes wrong is said to the
/// model, as the end of the matter.
pub fn answer_call(arguments: &str, store: &dyn Store) -> Answer {
    let arguments: Arguments = match serde_json::from_str(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return Answer::failed(format!("The arguments cannot be read: {error}.")),
    };
    let reference: Ref = match arguments.r#ref.trim().parse() {
        Ok(reference) => reference,
        Err(error) => return Answer::failed(error_text(&error)),
    };
    let entry = match store.get(reference) {
        Ok(Some(entry)) => entry,
        Ok(None) => return Answer::failed(ccr::missing(reference)),
        Err(error) => return Answer::failed(error_text(&error)),
    };
    let selection = Selection {
        lines: arguments.lines.and_then(range),
        rows: arguments.rows.and_then(range),
        path: arguments.path.filter(|path| !path.is_empty()),
        query: arguments.query.filter(|query| !query.trim().is_empty()),
        max_tokens: None,
    };
    match ccr::retrieve(&entry, &selection) {
        Ok(page) => Answer {
            text: match page.next {
                Some(next) => format!("{}\n[headroom: to read on: {next}]", page.text),
                None => page.text,
            },
            is_error: false,
        },
        Err(error) => Answer::failed(error_text(&error)),
    }
}

fn range(value: Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An error for a model: no codes, what is wrong and what to do.
fn error_text(error: &headroom::Error) -> String {
    let mut text = error.title.clone();
    if let Some(cause) = &error.cause {
        text.push_str(": ");
        text.push_str(cause);
    }
    if let Some(hint) = &error.hint {
        text.push_str(". ");
        text.push_str(hint);
    }
    text
}
