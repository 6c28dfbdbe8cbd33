//! Framing: where one event of a stream ends and the next begins.

pub mod array;
pub mod eventstream;
pub mod sse;
pub mod websocket;
