//! What all connections share.

use std::sync::Arc;

use crate::engine::Engine;
use crate::observe::Observer;
use crate::ops::Ops;
use crate::options::Settings;
use crate::relay::Upstream;
use crate::routes::Routes;
use crate::watch::Listening;

/// See the module.
pub(crate) struct App {
    pub(crate) settings: Settings,
    pub(crate) engine: Engine,
    pub(crate) upstream: Upstream,
    pub(crate) ops: Arc<Ops>,
    /// Who is told of each request: [`App::ops`].
    pub(crate) observer: Arc<dyn Observer>,
    /// Who has a say in requests.
    pub(crate) listening: Option<Listening>,
    /// Paths that are answered by whoever mounts the proxy.
    pub(crate) routes: Option<Routes>,
}
