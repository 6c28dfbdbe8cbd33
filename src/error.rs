//! The one error type of the core: a stable code, a title, the cause and a hint.
//!
//! An error is for a call that makes no sense (bad options, a body that is not the named format, a ref of
//! the wrong shape). What goes wrong inside one block is never an error: it is that block's verdict.

use std::fmt;

/// Stable, machine-readable reason; wording of messages may change, codes may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// An option has the wrong type or is out of range.
    InvalidOptions,
    /// The request is not JSON.
    InvalidJson,
    /// The request is JSON, but not what the format promises.
    InvalidFormat,
    /// A plan does not fit the request it is applied to.
    InvalidPlan,
    /// A ref is not 32 hexadecimal digits.
    InvalidRef,
    /// A retrieval selection cannot be read.
    InvalidSelection,
    /// A text cannot be decoded back: it is not one of ours, or parts were left out of it.
    NotDecodable,
    /// The store failed.
    Store,
    /// A model, or the library that runs it, is missing or cannot be used.
    Model,
    /// The caller cancelled.
    Aborted,
}

impl ErrorCode {
    /// The code as written in JSON and in JavaScript's `error.code`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidOptions => "invalid_options",
            Self::InvalidJson => "invalid_json",
            Self::InvalidFormat => "invalid_format",
            Self::InvalidPlan => "invalid_plan",
            Self::InvalidRef => "invalid_ref",
            Self::InvalidSelection => "invalid_selection",
            Self::NotDecodable => "not_decodable",
            Self::Store => "store",
            Self::Model => "model",
            Self::Aborted => "aborted",
        }
    }
}

/// What a caller sees: title, cause, hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Which kind of failure this is.
    pub code: ErrorCode,
    /// One line: what could not be done.
    pub title: String,
    /// Where and why, if known.
    pub cause: Option<String>,
    /// What to do about it, if there is something.
    pub hint: Option<String>,
}

impl Error {
    /// An error with a title alone.
    pub fn new(code: ErrorCode, title: impl Into<String>) -> Self {
        Self {
            code,
            title: title.into(),
            cause: None,
            hint: None,
        }
    }

    /// Adds where and why.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        if let Some(cause) = &self.cause {
            write!(f, "\n  cause: {cause}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
