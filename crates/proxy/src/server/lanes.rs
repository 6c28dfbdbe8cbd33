//! Threads that move bytes. Each has a runtime, its clients' connections and a pool of connections to upstreams of its
//! own: what wakes a request runs where the request is, and nothing is handed from thread to thread.
//!
//! Work that takes long (compressing, the store) is not done here but on threads of its own, or the other requests of
//! the lane would wait for it.

use std::io;
use std::net::TcpStream as Accepted;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use headroom::{Error, ErrorCode};
use hyper_util::server::graceful::Watcher;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::app::App;

/// A client's connection on its way to a lane.
type Connection = (Accepted, Watcher);

/// The lanes of one proxy.
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    next: usize,
}

struct Lane {
    connections: UnboundedSender<Connection>,
    thread: JoinHandle<()>,
}

impl Lanes {
    /// Starts `count` of them.
    pub(super) fn start(app: &App, count: usize, tls: Option<&TlsAcceptor>) -> Result<Self, Error> {
        let lanes: Result<Vec<Lane>, io::Error> = (0..count)
            .map(|_| Lane::start(app.another(), tls.cloned()))
            .collect();
        let lanes = lanes.map_err(|error| {
            Error::new(ErrorCode::InvalidOptions, "cannot start the proxy's threads")
                .because(error.to_string())
        })?;
        Ok(Self { lanes, next: 0 })
    }

    /// Hands a connection to the lane whose turn it is.
    pub(super) fn take(&mut self, stream: TcpStream, watcher: Watcher) {
        let lane = self.next % self.lanes.len();
        self.next = self.next.wrapping_add(1);
        match stream.into_std() {
            // A lane that is gone is one that panicked; the client sees its connection close.
            Ok(stream) => drop(self.lanes[lane].connections.send((stream, watcher))),
            Err(error) => tracing::warn!(%error, "a connection could not be handed over"),
        }
    }

    /// Ends them with whatever they still do. Blocks for a moment.
    pub(super) fn end(self) {
        let threads: Vec<_> = self.lanes.into_iter().map(|lane| lane.thread).collect();
        for thread in threads {
            // What a panic has to say was said where it happened.
            drop(thread.join());
        }
    }
}

impl Lane {
    fn start(app: App, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let (connections, coming) = unbounded_channel();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new()
            .name("headroom-lane".to_owned())
            .spawn(move || run(runtime, &Arc::new(app), coming, tls.as_ref()))?;
        Ok(Self { connections, thread })
    }
}

fn run(
    runtime: Runtime,
    app: &Arc<App>,
    mut coming: UnboundedReceiver<Connection>,
    tls: Option<&TlsAcceptor>,
) {
    // A timer that is to end before all others makes the runtime write to itself, and every request would set one: so
    // there is always one that ends earlier.
    let earlier = app.settings.header_timeout / 2;
    runtime.block_on(async {
        loop {
            match timeout(earlier, coming.recv()).await {
                Ok(Some((stream, watcher))) => take_over(app, stream, tls, watcher),
                Ok(None) => break,
                Err(_) => {}
            }
        }
    });
    // What blocks would be waited for.
    runtime.shutdown_background();
}

fn take_over(app: &Arc<App>, stream: Accepted, tls: Option<&TlsAcceptor>, watcher: Watcher) {
    match TcpStream::from_std(stream) {
        Ok(stream) => {
            tokio::spawn(super::accept(Arc::clone(app), stream, tls.cloned(), watcher));
        }
        Err(error) => tracing::warn!(%error, "a connection could not be taken over"),
    }
}
