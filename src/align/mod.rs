//! CacheAligner: what in a system prompt or tool definition changes from turn to turn. Reports, never edits.
//!
//! System text and tools stand first in a provider's cache key, so one fresh date or id there makes every
//! request a cache miss. What looks like such a token is reported with its place; whether it really changes
//! only the caller knows. Shapes that are as often constants (model names with a date, round numbers,
//! versions, phone numbers, prices) are left out.

mod shape;

use serde::Serialize;

use crate::message::{FixedText, Step};

/// At most this many findings per text: one is enough to lose the cache.
pub const MAX_FINDINGS: usize = 10;

/// Longest sample in characters.
pub const MAX_SAMPLE: usize = 40;

/// How much of a token that may be a credential is shown.
const SECRET_SAMPLE: usize = 12;

/// What kind of volatile token was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Volatile {
    /// 8-4-4-4-12 hexadecimal digits.
    Uuid,
    /// A date or date with time, years 2000 to 2099; also with a space for the `T`.
    Iso8601,
    /// Seconds (10 digits) or milliseconds (13) since 1970, of the years 2001 to 2033.
    Epoch,
    /// A JSON web token.
    Jwt,
    /// 32 or more hexadecimal digits, letters and digits among them.
    HexHash,
}

impl Volatile {
    /// The name used in reports: `uuid`, `iso8601`, `epoch`, `jwt`, `hex_hash`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Iso8601 => "iso8601",
            Self::Epoch => "epoch",
            Self::Jwt => "jwt",
            Self::HexHash => "hex_hash",
        }
    }
}

/// One volatile token and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it looks like.
    pub kind: Volatile,
    /// Path of the text it stands in.
    pub path: Vec<Step>,
    /// Where in that text it starts, in bytes.
    pub offset: usize,
    /// The token, cut to [`MAX_SAMPLE`] characters; of a web token only its first few.
    pub sample: String,
}

/// The volatile tokens of some texts, in order, at most [`MAX_FINDINGS`] per text. Takes linear time.
pub fn inspect(texts: &[FixedText<'_>]) -> Vec<Finding> {
    let in_text = |text| shape::find(text).take(MAX_FINDINGS);
    texts
        .iter()
        .flat_map(|fixed| in_text(&fixed.text).map(|(kind, span)| finding(fixed, kind, span)))
        .collect()
}

fn finding(fixed: &FixedText<'_>, kind: Volatile, span: std::ops::Range<usize>) -> Finding {
    let token = &fixed.text[span.clone()];
    let shown = if kind == Volatile::Jwt {
        SECRET_SAMPLE
    } else {
        MAX_SAMPLE
    };
    let sample = if token.len() <= shown {
        token.to_owned()
    } else {
        format!("{}…", &token[..shown - 1])
    };
    Finding {
        kind,
        path: fixed.path.clone(),
        offset: span.start,
        sample,
    }
}
