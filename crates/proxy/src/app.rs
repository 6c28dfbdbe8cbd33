//! What the connections of a thread share, most of it with all threads.

use std::sync::Arc;

use crate::engine::Engine;
use crate::observe::Observer;
use crate::ops::Ops;
use crate::options::Settings;
use crate::relay::Upstream;

/// See the module.
pub(crate) struct App {
    pub(crate) settings: Arc<Settings>,
    pub(crate) engine: Engine,
    pub(crate) upstream: Upstream,
    pub(crate) ops: Arc<Ops>,
    /// Who is told of each request: [`App::ops`].
    pub(crate) observer: Arc<dyn Observer>,
}

impl App {
    /// The same for another thread, which has connections to upstreams of its own.
    pub(crate) fn another(&self) -> Self {
        Self {
            settings: Arc::clone(&self.settings),
            engine: self.engine.clone(),
            upstream: self.upstream.another(),
            ops: Arc::clone(&self.ops),
            observer: Arc::clone(&self.observer),
        }
    }
}
