//! A client and a provider by script.

use std::sync::Arc;

use headroom_proxy::engine::{Call, Engine, EngineOptions, Head, Mode, Prepared, Step};
use headroom_store::MemoryVault;

/// An engine with a memory of its own.
pub(crate) fn engine(options: EngineOptions) -> Engine {
    Engine::new(options, Arc::new(MemoryVault::default()))
}

/// One conversation step: what was sent upstream and what the client got.
pub(crate) struct Exchanged {
    /// The bodies sent, the client's first.
    pub(crate) sent: Vec<String>,
    /// What the client got.
    pub(crate) got: String,
    /// Hidden rounds.
    pub(crate) rounds: u32,
}

/// Sends a request; `provider` answers each body with a content type and a body, which is cut into chunks of
/// `chunk` bytes.
pub(crate) fn exchange(
    engine: &Engine,
    call: &Call,
    request: &str,
    chunk: usize,
    mut provider: impl FnMut(&str) -> (&'static str, String),
) -> Exchanged {
    let Prepared {
        body, mut exchange, ..
    } = engine.prepare(call, request.as_bytes(), &|| false);
    let mut body = body.unwrap_or_else(|| request.to_owned());
    let mut sent = Vec::new();
    let mut out = Vec::new();
    loop {
        let (content_type, answer) = provider(&body);
        sent.push(body);
        let mode = exchange.begin(Head {
            status: 200,
            content_type,
        });
        let mut step = Step::More;
        for piece in answer.as_bytes().chunks(chunk.max(1)) {
            if step != Step::More {
                break;
            }
            step = match mode {
                Mode::Relay => {
                    exchange.observe(piece);
                    out.extend_from_slice(piece);
                    Step::More
                }
                Mode::Stream | Mode::Whole => exchange.push(piece, &mut out),
            };
        }
        if step == Step::More {
            step = exchange.end(&mut out);
        }
        match (step == Step::Settle)
            .then(|| exchange.settle(&mut out))
            .flatten()
        {
            Some(next) => body = next,
            None => break,
        }
    }
    Exchanged {
        sent,
        got: String::from_utf8(out).unwrap(),
        rounds: exchange.account().hidden_rounds,
    }
}
