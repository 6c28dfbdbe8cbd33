//! Reaching an upstream: straight, or through the proxy the user's network asks for; TLS with the system's roots.

use std::error::Error as StdError;
use std::future::Future;
use std::io::BufReader;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use headroom::{Error, ErrorCode};
use hyper::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::options::NetworkOptions;

/// How often the system looks whether a silent connection is still there.
const KEEP_ALIVE: Duration = Duration::from_mins(1);

/// Opens TCP connections, through a proxy where one is to be used.
#[derive(Clone)]
pub(super) struct Connector {
    tcp: HttpConnector,
    proxies: Arc<Matcher>,
}

/// Connectors with TLS for `https`: one for all versions of HTTP, one for HTTP/1.1 alone.
pub(super) fn connectors(
    options: &NetworkOptions,
    timeout: Duration,
) -> Result<(HttpsConnector<Connector>, HttpsConnector<Connector>), Error> {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(timeout));
    tcp.set_keepalive(Some(KEEP_ALIVE));
    tcp.enforce_http(false);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let proxies = Matcher::builder()
        .https(text(&options.https_proxy))
        .http(text(&options.http_proxy))
        .no(text(&options.no_proxy))
        .build();
    let connector = Connector {
        tcp,
        proxies: Arc::new(proxies),
    };
    let tls = tls(options)?;
    let https = |tls| HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    Ok((
        https(tls.clone())
            .enable_all_versions()
            .wrap_connector(connector.clone()),
        https(tls).enable_http1().wrap_connector(connector),
    ))
}

/// TLS as the system trusts, and the certificates of `ca_file` besides.
fn tls(options: &NetworkOptions) -> Result<rustls::ClientConfig, Error> {
    let wrong = |cause: String| {
        Error::new(
            ErrorCode::InvalidOptions,
            "the certificates to trust cannot be read",
        )
        .because(cause)
    };
    let extra = match &options.ca_file {
        Some(path) => certificates(path).map_err(|cause| wrong(format!("{}: {cause}", path.display())))?,
        None => Vec::new(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider))
        .map_err(|error| wrong(error.to_string()))?;
    let versions = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?;
    Ok(versions
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// The certificates of a PEM file.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    CertificateDer::pem_reader_iter(BufReader::new(file))
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

type Broken = Box<dyn StdError + Send + Sync>;

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = Broken;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Broken>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let Some(proxy) = self.proxies.intercept(&to) else {
            let connecting = self.tcp.call(to);
            return Box::pin(async { connecting.await.map_err(Into::into) });
        };
        // A tunnel for plain HTTP as well: what goes through it is not the network's business either.
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.tcp.clone());
        if let Some(credentials) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        let connecting = tunnel.call(to);
        Box::pin(async { connecting.await.map_err(Into::into) })
    }
}
