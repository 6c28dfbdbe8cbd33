//! Framing: where one event of a stream ends and the next begins.

pub mod sse;
pub mod websocket;
