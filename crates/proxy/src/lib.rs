//! The proxy: requests on their way to a provider become smaller, and what was left out can be read back
//! without the client knowing.
//!
//! | room | what |
//! |---|---|
//! | [`engine`] | the wire engine, without I/O of its own: a request in, the request to send and an [`engine::Exchange`] out, which reads the answer |
//! | [`wire`] | how bytes are framed: server-sent events |
#![forbid(unsafe_code)]

pub mod engine;
pub mod wire;
