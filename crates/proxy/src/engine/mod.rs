//! The wire engine: a client's request in, the request to send upstream out, and the reading of its answer.
//!
//! It does no I/O but to the store, keeps no session and knows neither HTTP nor sockets, so that it can be
//! mounted in the proxy and, through the addon, around any `fetch`:
//!
//! ```text
//! request body ─▶ Engine::prepare ─▶ Prepared { body, exchange }      send the body upstream
//! answer head  ─▶ Exchange::begin                                     relay, or rewrite?
//! chunks       ─▶ Exchange::push ─▶ bytes for the client, Step        Step::Settle: stop reading, then
//!                 Exchange::settle ─▶ bytes for the client, next body     send the next body upstream, begin anew
//! end          ─▶ Exchange::end, or Exchange::broke
//! ```
//!
//! [`Engine::prepare`] and [`Exchange::settle`] compute and use the store: call them where blocking is allowed.

mod answer;
mod attach;
mod cache;
mod exchange;
mod options;
mod prepare;
mod recall;
mod replay;
mod rounds;
mod turn;
mod usage;

pub use answer::{Answer, answer_call};
pub use exchange::{Account, Exchange, Head, Kept, Mode, Questions, Step};
pub use options::{Ccr, EngineOptions, UsageShown};
pub use prepare::{Call, CallKind, Facts, Prepared};
pub use recall::Recall;
pub use usage::Usage;

use std::sync::Arc;

use headroom_store::Vault;

/// What all requests share.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

/// The parts of an engine that its exchanges hold on to.
struct Shared {
    options: EngineOptions,
    vault: Arc<dyn Vault>,
    recall: Recall,
}

impl Engine {
    /// An engine. `vault`: originals, and hidden rounds to be put back into later requests.
    pub fn new(options: EngineOptions, vault: Arc<dyn Vault>) -> Self {
        Self {
            shared: Arc::new(Shared {
                options,
                vault,
                recall: Recall::default(),
            }),
        }
    }

    /// Where originals and hidden rounds are.
    pub fn vault(&self) -> &Arc<dyn Vault> {
        &self.shared.vault
    }

    /// What it was made with.
    pub fn options(&self) -> &EngineOptions {
        &self.shared.options
    }

    /// The id the provider knows an answer by, where the client knows it by `id`: a response of several rounds is
    /// the first round's for the client, and continues from the last's. For ids in addresses; those in bodies are
    /// replaced by [`Engine::prepare`].
    pub fn alias(&self, id: &str) -> Option<String> {
        replay::alias(id, &*self.shared.vault)
    }
}
