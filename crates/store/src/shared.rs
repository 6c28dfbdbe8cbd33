//! Values that agents share: on a board the text to show, in the store of originals what it stands for.
//!
//! The original lies by its ref like any other, so `retrieve` finds it and a text that is there already is not
//! kept twice. A value is whole or gone: one whose original went is not shown any more.

use std::time::Duration;

use headroom::ccr::{Entry, Ref};
use headroom::error::{Error, ErrorCode};
use serde::{Deserialize, Serialize};

use crate::boards::Spot;
use crate::vault::Vault;

/// A value, without its original.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SharedValue {
    /// What to show: the compressed text, or the original where nothing was gained.
    pub text: String,
    /// The original's ref.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The original is the JSON of a value, not a text.
    pub json: bool,
    /// Who left it, if that was said.
    pub agent: Option<String>,
    /// When, in milliseconds since 1970 by the clock of who left it.
    pub at: u64,
    /// Tokens of the original.
    pub tokens_before: u64,
    /// Tokens of the text.
    pub tokens_after: u64,
    /// What counted them.
    pub tokenizer: String,
    /// What was done.
    pub transforms_applied: Vec<String>,
}

/// What the values of a board come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SharedStats {
    /// How many.
    pub entries: u64,
    /// Tokens of the originals.
    pub tokens_before: u64,
    /// Tokens of the texts.
    pub tokens_after: u64,
}

/// Leaves a value: first its original (law 4), then what is shown. Returns it with its ref.
pub fn share(
    vault: &dyn Vault,
    spot: Spot<'_>,
    original: String,
    value: SharedValue,
    lifetime: Option<Duration>,
) -> Result<SharedValue, Error> {
    let entry = Entry {
        text: original,
        tool: None,
    };
    let refs = vault.put(&[entry])?;
    let value = SharedValue {
        reference: refs.first().map(Ref::to_string).unwrap_or_default(),
        ..value
    };
    let written = serde_json::to_vec(&value).map_err(|error| {
        Error::new(ErrorCode::Store, "cannot write the shared value").because(error.to_string())
    })?;
    vault.pin(spot, &written, lifetime)?;
    Ok(value)
}

/// A value and its original; both are used by that. `None` when it was never here or is gone.
pub fn shared(vault: &dyn Vault, spot: Spot<'_>) -> Result<Option<(SharedValue, String)>, Error> {
    let Some(written) = vault.pinned(spot)? else {
        return Ok(None);
    };
    // A version to come may have written it.
    let Ok(value) = serde_json::from_slice::<SharedValue>(&written) else {
        return Ok(None);
    };
    let Ok(reference) = value.reference.parse::<Ref>() else {
        return Ok(None);
    };
    Ok(vault.get(reference)?.map(|entry| (value, entry.text)))
}

/// What the values of a board come to; reads every one of them.
pub fn shared_stats(vault: &dyn Vault, board: &str) -> Result<SharedStats, Error> {
    let mut stats = SharedStats::default();
    for name in vault.names(board)? {
        let spot = Spot { board, name: &name };
        if let Some((value, _)) = shared(vault, spot)? {
            stats.entries += 1;
            stats.tokens_before += value.tokens_before;
            stats.tokens_after += value.tokens_after;
        }
    }
    Ok(stats)
}
