//! Connections: taking them in, and ending them gently.
//!
//! HTTP/1.1 and HTTP/2 on one port, told apart by the first bytes. Headers must come in time and be of a size, so
//! that slow or endless ones hold nothing. Told to end, the proxy takes no new connection, and requests under way
//! get the time they need, up to a limit.

mod guard;
mod lanes;
mod serve;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use headroom::{Error, ErrorCode};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::app::App;
use crate::cached_content::CachedContents;
use crate::engine::Engine;
use crate::ops::{Exporter, Ops};
use crate::options::ProxyOptions;
use crate::relay::Upstream;
use crate::routes::Routes;
use crate::watch::Listening;
use lanes::Lanes;

/// Headers of one request, in bytes and in number.
const MAX_HEADER_BYTES: usize = 64 << 10;
const MAX_HEADERS: usize = 128;

/// Requests at once on one connection of HTTP/2.
const MAX_STREAMS: u32 = 256;

/// After a failure to accept, as when no file descriptor is left.
const PAUSE: Duration = Duration::from_millis(20);

/// A proxy that runs.
pub struct Running {
    address: SocketAddr,
    scheme: &'static str,
    end: watch::Sender<bool>,
    done: JoinHandle<bool>,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base address.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Ends it: new connections are refused, requests under way finish, up to the time the options give them. When
    /// this returns the ledger is written. False where requests were cut off.
    pub async fn close(self) -> bool {
        self.end.send_replace(true);
        self.done.await.unwrap_or(false)
    }
}

/// What whoever mounts a proxy adds to it; nothing by default, and then it costs nothing.
#[derive(Default)]
pub struct Extensions {
    /// Who has a say in requests.
    pub listening: Option<Listening>,
    /// Paths answered by the mounter.
    pub routes: Option<Routes>,
}

/// Starts a proxy on the runtime this is called on.
///
/// Errors: options that make no sense; the address is taken.
pub async fn start(options: &ProxyOptions, engine: Engine) -> Result<Running, Error> {
    start_extended(options, engine, Extensions::default()).await
}

/// [`start`], with extensions.
pub async fn start_extended(
    options: &ProxyOptions,
    engine: Engine,
    extensions: Extensions,
) -> Result<Running, Error> {
    let settings = options.settings()?;
    let tls = options.tls.as_ref().map(tls::acceptor).transpose()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let exporter = options.otel.as_ref().map(Exporter::new).transpose()?.flatten();
    let exporter = exporter.map(Arc::new);
    let listener = TcpListener::bind(settings.address).await.map_err(|error| {
        Error::new(
            ErrorCode::InvalidOptions,
            format!("cannot listen on {}", settings.address),
        )
        .because(error.to_string())
        .hint("is another proxy running? Choose another port with --port")
    })?;
    let address = listener.local_addr().map_err(|error| {
        Error::new(ErrorCode::InvalidOptions, "cannot tell the address").because(error.to_string())
    })?;
    let upstream = Upstream::new(&options.network, settings.connect_timeout, settings.idle_timeout)?;
    let ops = Arc::new(Ops::new(options, Arc::clone(engine.vault())));
    let vault = Arc::clone(engine.vault());
    let app = Arc::new(App {
        contents: Arc::new(CachedContents::new(
            settings.gemini_cache_ttl,
            serve::request_id(),
            vault,
        )),
        settings: Arc::new(settings),
        engine,
        upstream,
        observer: Arc::<Ops>::clone(&ops),
        ops,
        listening: extensions.listening,
        routes: extensions.routes.map(Arc::new),
    });
    let lanes = Lanes::start(&app, options.threads(), tls)?;
    let (end, ending) = watch::channel(false);
    if let Some(exporter) = &exporter {
        tokio::spawn(Arc::clone(exporter).run(Arc::clone(&app), ending.clone()));
    }
    let done = tokio::spawn(async move {
        let (lanes, finished) = run(&app, listener, lanes, ending).await;
        app.contents.close(&app).await;
        lanes.end().await;
        app.ops.close().await;
        if let Some(exporter) = exporter {
            exporter.last(&app).await;
        }
        finished
    });
    Ok(Running {
        address,
        scheme,
        end,
        done,
    })
}

/// Takes connections in until it is told to end. Gives back what still runs when the time is over, and false where some
/// requests had to be left alone.
async fn run(
    app: &Arc<App>,
    listener: TcpListener,
    mut lanes: Lanes,
    mut ending: watch::Receiver<bool>,
) -> (Lanes, bool) {
    let connections = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => lanes.take(stream, connections.watcher()),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken in");
                    tokio::time::sleep(PAUSE).await;
                }
            },
            () = told_to_end(&mut ending) => break,
        }
    }
    drop(listener);
    app.ops.drain();
    let limit = app.settings.drain_timeout;
    let finished = tokio::time::timeout(limit, connections.shutdown()).await.is_ok();
    if !finished {
        tracing::warn!(
            seconds = limit.as_secs(),
            "requests were still under way at the end"
        );
    }
    (lanes, finished)
}

async fn told_to_end(ending: &mut watch::Receiver<bool>) {
    // An error is that nobody can tell any more.
    drop(ending.wait_for(|end| *end).await);
}

/// Takes one connection in, and serves it.
async fn accept(app: Arc<App>, stream: TcpStream, tls: Option<TlsAcceptor>, watcher: Watcher) {
    // Frames of a stream are small and must not wait for one another.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let Some(tls) = tls else {
        return connection(app, stream, watcher).await;
    };
    match tokio::time::timeout(app.settings.header_timeout, tls.accept(stream)).await {
        Ok(Ok(stream)) => connection(app, stream, watcher).await,
        Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
        Err(_) => tracing::debug!("a client that says nothing"),
    }
}

/// Serves one connection.
async fn connection(
    app: Arc<App>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    watcher: Watcher,
) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(app.settings.header_timeout)
        .max_buf_size(MAX_HEADER_BYTES)
        .max_headers(MAX_HEADERS)
        .preserve_header_case(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_BYTES as u32);
    let service = service_fn(move |request| serve::serve(Arc::clone(&app), request));
    let connection = builder
        .serve_connection_with_upgrades(TokioIo::new(stream), service)
        .into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended");
    }
}
