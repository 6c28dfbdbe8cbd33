//! The proxy: requests on their way to a provider become smaller, and what was left out can be read back
//! without the client knowing.
//!
//! | room | what |
//! |---|---|
//! | [`engine`] | the wire engine, without I/O of its own: a request in, the request to send and an [`engine::Exchange`] out, which reads the answer |
//! | [`wire`] | how bytes are framed: server-sent events |
//! | `providers` | who answers: addresses, paths, words of errors |
//! | `relay` | the way of one request, upstream and back |
//! | `cached_content` | what Gemini holds of requests: made, named, prolonged, deleted |
//! | `server` | connections, who may speak, the end |
//! | `recognise` | which requests are for a model, by their address alone |
//! | `observe` | what is known of a request when it is over |
//! | `ops` | what is counted, said and kept of it; the proxy's own endpoints |
//! | `watch` | hooks and extensions: who has a say in requests |
//! | `routes` | paths answered by whoever mounts the proxy |
#![forbid(unsafe_code)]

mod app;
mod cached_content;
pub mod engine;
mod observe;
mod ops;
mod options;
mod providers;
mod recognise;
mod relay;
mod routes;
mod server;
mod watch;
pub mod wire;

pub use options::{
    AwsOptions, LimitOptions, NetworkOptions, OtelOptions, ProxyOptions, TlsOptions, UpstreamOptions,
};
pub use recognise::{asks_for_stream, recognise};
pub use routes::{Handler, Pieces, RouteAnswer, RouteRequest, Routes};
pub use server::{Extensions, Running, start, start_extended};
pub use watch::{Later, Listener, Listening, News, Question, Received, Watched};
