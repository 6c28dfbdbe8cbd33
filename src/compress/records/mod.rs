//! What the compressors of records share, whatever the records are: items of an array, rows of a table,
//! hits of a search: which further ones are worth showing.

mod cover;

pub(super) use cover::{CLOSE, Features, order};
