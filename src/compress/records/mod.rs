//! What the compressors of records share, whatever the records are: items of an array, rows of a table,
//! hits of a search. Which words state a failure, and which further records are worth showing.

mod cover;
mod failure;

pub(super) use cover::{Features, order};
pub(super) use failure::{is_failure, mentions_error};
