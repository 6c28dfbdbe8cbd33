//! The Node-API boundary, and nothing else: parse options, call the core, convert the result.
//!
//! Bodies cross as `Buffer`s without a copy, everything else as short JSON texts. Every answer is JSON text,
//! `{"ok": …}` or `{"error": {code, title, cause, hint}}`, so that errors keep all their parts and no Rust
//! panic reaches JavaScript ([`answer`]). Work that may take long runs in libuv's thread pool ([`job`]).
//! `ts/native.ts` is the other side and declares the same functions.
//!
//! This is the only crate of the workspace without `forbid(unsafe_code)`: what `#[napi]` expands to needs
//! it. No `unsafe` is written here by hand.
#![expect(unreachable_pub, reason = "`#[napi]` exports what no Rust crate can name")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "JavaScript hands values over; it lends nothing"
)]

mod answer;
mod bridge;
mod cli;
mod context;
mod engine;
mod job;
mod kompress;
mod proxy;
mod request;
mod retrieve;
mod store;
mod text;
