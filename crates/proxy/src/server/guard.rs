//! Who may speak to the proxy.
//!
//! A browser can be made to send requests to the loopback by any page it shows; it then says so in `Origin`, or
//! names a host of the page's own (DNS rebinding). Programs send no `Origin`. So both are checked on every route,
//! and there is no CORS.

use std::net::IpAddr;

use hyper::Uri;
use hyper::http::header::{AUTHORIZATION, HOST, ORIGIN};
use hyper::http::{HeaderMap, HeaderValue};

use crate::options::Settings;

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Host,
    Origin,
    Token,
}

impl Refusal {
    /// What to say.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Host => "this proxy is not known by that host name; name it with --allow-host",
            Self::Origin => "requests from web pages are refused; name the page's host with --allow-host",
            Self::Token => "this needs the proxy's token, as x-headroom-token or a bearer token",
        }
    }
}

/// Checks what every route checks.
pub(super) fn check(settings: &Settings, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    // HTTP/2 names the host in the address.
    let host = match uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => headers.get(HOST).and_then(|value| value.to_str().ok()),
    };
    if !host.is_some_and(|host| is_ours(settings, host)) {
        return Err(Refusal::Host);
    }
    for origin in headers.get_all(ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let host = origin.split_once("://").map(|(_, host)| host);
        if !host.is_some_and(|host| is_ours(settings, host)) {
            return Err(Refusal::Origin);
        }
    }
    // Whoever is not on this machine needs the token for everything; it goes no further than here.
    if settings.address.ip().is_loopback() || has_token(settings, headers.get("x-headroom-token")) {
        Ok(())
    } else {
        Err(Refusal::Token)
    }
}

/// Checks the token of routes that show originals or change something. On these `authorization` may hold it, as no
/// provider's credentials are expected there.
#[expect(dead_code, reason = "the routes that need it come next")]
pub(super) fn token(settings: &Settings, headers: &HeaderMap) -> Result<(), Refusal> {
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
        .and_then(|token| HeaderValue::from_bytes(token).ok());
    let own = headers.get("x-headroom-token");
    if has_token(settings, own) || has_token(settings, bearer.as_ref()) {
        Ok(())
    } else {
        Err(Refusal::Token)
    }
}

fn has_token(settings: &Settings, given: Option<&HeaderValue>) -> bool {
    match (&settings.token, given) {
        (Some(token), Some(given)) => same(given.as_bytes(), token.as_bytes()),
        _ => false,
    }
}

/// Compares hashes, so that the time it takes says nothing about where two secrets differ.
fn same(given: &[u8], wanted: &[u8]) -> bool {
    blake3::hash(given) == blake3::hash(wanted)
}

/// True for names of the loopback and those that were allowed, with whatever port.
fn is_ours(settings: &Settings, host: &str) -> bool {
    let name = without_port(host).to_ascii_lowercase();
    let address: Option<IpAddr> = name.trim_start_matches('[').trim_end_matches(']').parse().ok();
    name == "localhost"
        || address.is_some_and(|address| address.is_loopback() || address == settings.address.ip())
        || settings.allowed_hosts.contains(&name)
}

fn without_port(host: &str) -> &str {
    match host.rfind(':') {
        Some(colon) if !host[colon..].contains(']') => &host[..colon],
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_no_part_of_a_name() {
        for (host, name) in [
            ("localhost:8787", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("[::1]:80", "[::1]"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(without_port(host), name);
        }
    }
}
