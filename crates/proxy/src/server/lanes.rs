//! Threads that move bytes. Each has a runtime, its clients' connections and a pool of connections to upstreams of its
//! own: what wakes a request runs where the request is, and nothing is handed from thread to thread.

use std::sync::Arc;
use std::time::Duration;

use headroom::{Error, ErrorCode};
use hyper_util::server::graceful::Watcher;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use crate::app::App;

/// What still blocks at the end is waited for so long.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lanes of one proxy.
pub(super) struct Lanes {
    all: Vec<Lane>,
    tls: Option<TlsAcceptor>,
    next: usize,
}

struct Lane {
    app: Arc<App>,
    /// Of one worker, and not of the calling thread alone: what blocks in place hands the worker's tasks on.
    runtime: Option<Runtime>,
}

impl Drop for Lane {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Lanes {
    /// Starts `count` of them.
    pub(super) fn start(app: &App, count: usize, tls: Option<TlsAcceptor>) -> Result<Self, Error> {
        let lanes: Result<Vec<Lane>, Error> = (0..count).map(|_| Lane::start(app)).collect();
        Ok(Self {
            all: lanes?,
            tls,
            next: 0,
        })
    }

    /// Ends them all. What they still did is told to whoever counts when this returns.
    pub(super) async fn end(self) {
        let ending = move || self.all.into_iter().for_each(Lane::end);
        // It panics where a lane did, which was said there.
        drop(tokio::task::spawn_blocking(ending).await);
    }

    /// Hands a connection to the lane whose turn it is.
    pub(super) fn take(&mut self, stream: TcpStream, watcher: Watcher) {
        let lane = &self.all[self.next % self.all.len()];
        self.next = self.next.wrapping_add(1);
        if let Err(error) = lane.take(stream, self.tls.clone(), watcher) {
            tracing::warn!(%error, "a connection could not be handed over");
        }
    }
}

impl Lane {
    /// Ends it with whatever it still does, which is over when this returns. Blocks.
    fn end(mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(PATIENCE);
        }
    }

    fn start(app: &App) -> Result<Self, Error> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("headroom-lane")
            .enable_all()
            .build()
            .map_err(|error| {
                Error::new(ErrorCode::InvalidOptions, "cannot start the proxy's threads")
                    .because(error.to_string())
            })?;
        runtime.spawn(tick(app.settings.header_timeout / 2));
        Ok(Self {
            app: Arc::new(app.another()),
            runtime: Some(runtime),
        })
    }

    fn take(&self, stream: TcpStream, tls: Option<TlsAcceptor>, watcher: Watcher) -> std::io::Result<()> {
        let stream = stream.into_std()?;
        let Some(runtime) = &self.runtime else {
            return Ok(());
        };
        // The stream is to wake tasks of this runtime.
        let entered = runtime.enter();
        let stream = TcpStream::from_std(stream)?;
        drop(entered);
        runtime.spawn(super::accept(Arc::clone(&self.app), stream, tls, watcher));
        Ok(())
    }
}

/// A timer that ends before all others makes the runtime write to itself, and every request would set one: so there is
/// always one that ends earlier.
async fn tick(earlier: Duration) {
    loop {
        sleep(earlier).await;
    }
}
