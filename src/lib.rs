//! The pure core of Headroom: bytes in, bytes and a report out.
//!
//! No I/O, clock, environment, async or `unsafe` in here. A module names lower layers only and siblings
//! never name each other; `tests/layers.rs` holds the table.
//!
//! | layer | rooms |
//! |---|---|
//! | 0 | [`error`], [`options`], [`tokens`], [`json`] |
//! | 1 | [`message`], [`relevance`], [`grammar`], [`signal`] |
//! | 2 | [`mod@format`], [`detect`], [`align`], [`ccr`], [`compress`] |
//! | 3 | [`route`], [`dedup`] |
//! | 4 | [`pipeline`] |
#![forbid(unsafe_code)]

pub mod error;
pub mod json;
pub mod options;
pub mod tokens;

pub mod grammar;
pub mod message;
pub mod relevance;
pub mod signal;

pub mod align;
pub mod ccr;
pub mod compress;
pub mod detect;
pub mod format;

pub mod dedup;
pub mod route;

pub mod pipeline;

pub use error::{Error, ErrorCode};
pub use options::{Options, Policy};
