//! Clients that speak TLS to the proxy.

use std::sync::Arc;

use headroom_proxy::{ProxyOptions, TlsOptions};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_speak_tls() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = TlsOptions {
        cert: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
    };
    std::fs::write(&files.cert, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let world = World::with(vec![], |options| options.tls = Some(files)).await;
    assert!(world.proxy.url().starts_with("https://"));

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(world.proxy.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    let request = "GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // The end of the connection may come without the words that TLS has for it.
    drop(stream.read_to_string(&mut answer).await);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_cannot_be_read_is_an_error_with_its_path() {
    let options = ProxyOptions {
        port: 0,
        tls: Some(TlsOptions {
            cert: "/nowhere/cert.pem".into(),
            key: "/nowhere/key.pem".into(),
        }),
        ..ProxyOptions::default()
    };
    let error = headroom_proxy::start(&options, crate::world::engine(&options))
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("/nowhere/cert.pem"), "{error}");
}
