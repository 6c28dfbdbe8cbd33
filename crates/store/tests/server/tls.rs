//! TLS, with a certificate the test makes; where `openssl` is missing this is skipped like the rest.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::running::{entry, free_port, start, vault};
use headroom::ccr::Store;
use headroom_store::Vault;

/// A certificate for 127.0.0.1 that signs itself, and its key; false where it cannot be made.
fn certificate(folder: &Path) -> bool {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ])
        .args([
            "-days",
            "2",
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ])
        .args([
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
        ])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    made.is_ok_and(|status| status.success())
}

#[test]
fn originals_cross_the_wire_encrypted_and_a_stranger_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    if !certificate(folder.path()) {
        return;
    }
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (cert, key) = (path("cert.pem"), path("key.pem"));
    let port = free_port().to_string();
    let tls = [
        "--tls-port",
        port.as_str(),
        "--tls-cert-file",
        &cert,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &cert,
        "--tls-auth-clients",
        "no",
    ];
    let Some(server) = start(&tls) else { return };
    let trusting = vault(&format!("rediss://127.0.0.1:{port}?ca={cert}"), |_| {});
    let reference = trusting.put(&[entry("over TLS")]).unwrap()[0];
    assert_eq!(trusting.get(reference).unwrap(), Some(entry("over TLS")));
    assert_eq!(server.vault().get(reference).unwrap(), Some(entry("over TLS")));
    assert_eq!(trusting.place(), format!("rediss://127.0.0.1:{port}"));
    // Without its certificate among those that are trusted.
    let error = vault(&format!("rediss://127.0.0.1:{port}"), |_| {})
        .put(&[entry("text")])
        .unwrap_err();
    assert!(error.hint.is_some(), "{error}");
    let error = vault(&format!("rediss://127.0.0.1:{port}?ca=/not/there.pem"), |_| {})
        .put(&[entry("text")])
        .unwrap_err();
    assert!(error.hint.unwrap().contains("PEM"));
    // TLS was forgotten.
    let error = vault(&format!("redis://127.0.0.1:{port}"), |_| {})
        .put(&[entry("text")])
        .unwrap_err();
    assert!(error.hint.unwrap().contains("rediss://"), "{:?}", error.cause);
}
