//! What all connections share.

use std::sync::Arc;

use crate::cached_content::CachedContents;
use crate::engine::Engine;
use crate::observe::Observer;
use crate::ops::Ops;
use crate::options::Settings;
use crate::relay::Upstream;

/// See the module.
pub(crate) struct App {
    pub(crate) settings: Settings,
    pub(crate) engine: Engine,
    pub(crate) upstream: Upstream,
    pub(crate) contents: CachedContents,
    pub(crate) ops: Arc<Ops>,
    /// Who is told of each request: [`App::ops`].
    pub(crate) observer: Arc<dyn Observer>,
}
