//! Back from what compressors wrote: whose form a text is in, and why it cannot be read.
//!
//! Every lossless form starts with a header of its own. JSON outlines are tried last: what is in no other form is
//! theirs to refuse.

use std::borrow::Cow;

use super::{config, history, json, log, paths, search, sheet, xml};

/// Why a text is not what a compressor wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", .line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct DecodeError {
    /// Where, as a line of the text counted from 1, where that is known.
    pub line: Option<usize>,
    /// What is wrong there.
    pub reason: Cow<'static, str>,
}

impl DecodeError {
    /// Somewhere in the text.
    pub(super) const fn new(reason: &'static str) -> Self {
        Self {
            line: None,
            reason: Cow::Borrowed(reason),
        }
    }

    /// In the line behind `lines` others.
    pub(super) const fn behind(lines: usize, reason: &'static str) -> Self {
        Self {
            line: Some(lines + 1),
            reason: Cow::Borrowed(reason),
        }
    }

    /// In words made for the case.
    pub(super) fn because(reason: String) -> Self {
        Self {
            line: None,
            reason: Cow::Owned(reason),
        }
    }
}

/// A form: whether a text is in it, and its reader.
type Form = (fn(&str) -> bool, fn(&str) -> Result<String, DecodeError>);

/// The forms with a header that only they have.
const FORMS: [Form; 7] = [
    (sheet::is_encoded, sheet::decode),
    (xml::is_encoded, xml::decode),
    (config::is_encoded, config::decode),
    (search::is_encoded, search::decode),
    (paths::is_encoded, paths::decode),
    (history::is_encoded, history::decode),
    (log::is_encoded, log::decode),
];

/// Reads a text that one compressor wrote without loss.
pub fn decode(text: &str) -> Result<String, DecodeError> {
    let form = FORMS.iter().find(|(is_encoded, _)| is_encoded(text));
    form.map_or(json::decode as fn(&str) -> _, |(_, decode)| *decode)(text)
}
