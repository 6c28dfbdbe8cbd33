//! TLS for clients on other machines: the certificate and key are read once, at the start.

use std::path::Path;
use std::sync::Arc;

use headroom::{Error, ErrorCode};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::options::TlsOptions;

/// Takes TLS connections in.
///
/// Errors: a file that cannot be read, or a key that is not the certificate's.
pub(super) fn acceptor(options: &TlsOptions) -> Result<TlsAcceptor, Error> {
    let certificates = CertificateDer::pem_file_iter(&options.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(&options.cert, &error.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(&options.key)
        .map_err(|error| unreadable(&options.key, &error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|versions| versions.with_no_client_auth().with_single_cert(certificates, key))
        .map_err(|error| unreadable(&options.cert, &error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn unreadable(path: &Path, cause: &str) -> Error {
    Error::new(
        ErrorCode::InvalidOptions,
        "the certificate for TLS cannot be used",
    )
    .because(format!("{}: {cause}", path.display()))
    .hint("give a PEM file of the certificate and its chain, and one of its key")
}
