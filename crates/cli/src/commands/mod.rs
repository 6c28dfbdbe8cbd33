//! One file per command: its arguments, and what it does.

pub(crate) mod compress;
pub(crate) mod config;
pub(crate) mod decode;
pub(crate) mod demo;
pub(crate) mod model;
pub(crate) mod proxy;
pub(crate) mod purge;
pub(crate) mod retrieve;
pub(crate) mod savings;
pub(crate) mod stats;
