//! What all connections share.

use crate::engine::Engine;
use crate::observe::Observer;
use crate::options::Settings;
use crate::relay::Upstream;

/// See the module.
pub(crate) struct App {
    pub(crate) settings: Settings,
    pub(crate) engine: Engine,
    pub(crate) upstream: Upstream,
    pub(crate) observer: Box<dyn Observer>,
}
