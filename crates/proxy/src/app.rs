//! What the connections of a thread share, most of it with all threads.

use std::sync::Arc;

use crate::cached_content::CachedContents;
use crate::engine::Engine;
use crate::observe::Observer;
use crate::ops::Ops;
use crate::options::Settings;
use crate::relay::Upstream;
use crate::routes::Routes;
use crate::watch::Listening;

/// See the module.
pub(crate) struct App {
    pub(crate) settings: Arc<Settings>,
    pub(crate) engine: Engine,
    pub(crate) upstream: Upstream,
    pub(crate) contents: Arc<CachedContents>,
    pub(crate) ops: Arc<Ops>,
    /// Who is told of each request: [`App::ops`].
    pub(crate) observer: Arc<dyn Observer>,
    /// Who has a say in requests.
    pub(crate) listening: Option<Listening>,
    /// Paths that are answered by whoever mounts the proxy.
    pub(crate) routes: Option<Arc<Routes>>,
}

impl App {
    /// The same for another thread, which has connections to upstreams of its own.
    pub(crate) fn another(&self) -> Self {
        Self {
            settings: Arc::clone(&self.settings),
            engine: self.engine.clone(),
            upstream: self.upstream.another(),
            contents: Arc::clone(&self.contents),
            ops: Arc::clone(&self.ops),
            observer: Arc::clone(&self.observer),
            listening: self.listening.clone(),
            routes: self.routes.clone(),
        }
    }
}
