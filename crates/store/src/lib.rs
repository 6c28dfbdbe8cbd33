//! Durable originals.
#![forbid(unsafe_code)]
