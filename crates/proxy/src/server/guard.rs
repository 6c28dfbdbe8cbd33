//! Who may speak to the proxy.
//!
//! What is the proxy's own is told from what is a provider's by the path, so paths that servers may read in two ways
//! (`/v1/../stats`, `%2e%2e`) are refused, and so is `CONNECT`.
//!
//! A browser can be made to send requests to the loopback by any page it shows; it then says so in `Origin`, or
//! names a host of the page's own (DNS rebinding). Programs send no `Origin`. So both are checked on every route,
//! and there is no CORS.

use std::net::IpAddr;

use hyper::http::header::{AUTHORIZATION, HOST, ORIGIN};
use hyper::http::uri::Authority;
use hyper::http::{HeaderMap, HeaderValue};
use hyper::{Method, Uri};

use crate::ops::Access;
use crate::options::Settings;

/// Where the proxy's token is sent.
const TOKEN: &str = "x-headroom-token";

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Host,
    Origin,
    Token,
    Path,
    Method,
}

impl Refusal {
    /// The error's type.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Host | Self::Origin => "forbidden",
            Self::Token => "unauthorized",
            Self::Path | Self::Method => "invalid_request",
        }
    }

    /// What to say.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Host => "this proxy is not known by that host name; name it with --allow-host",
            Self::Origin => "requests from web pages are refused; name the page's host with --allow-host",
            Self::Token => "this needs the proxy's token, as x-headroom-token or a bearer token",
            Self::Path => "paths with . or .. in them are refused",
            Self::Method => "this proxy opens no tunnels",
        }
    }
}

/// Checks what every route checks.
pub(super) fn check(
    settings: &Settings,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    if method == Method::CONNECT {
        return Err(Refusal::Method);
    }
    if walks(uri.path()) {
        return Err(Refusal::Path);
    }
    // HTTP/2, and HTTP/1.1 to a proxy, name the host in the address; where there is a header, too, both count.
    let mut hosts = headers
        .get_all(HOST)
        .iter()
        .map(|value| value.to_str().unwrap_or_default())
        .chain(uri.authority().map(Authority::as_str))
        .peekable();
    if hosts.peek().is_none() || !hosts.all(|host| is_ours(settings, host)) {
        return Err(Refusal::Host);
    }
    for origin in headers.get_all(ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let host = origin.split_once("://").map(|(_, host)| host);
        if !host.is_some_and(|host| is_ours(settings, host)) {
            return Err(Refusal::Origin);
        }
    }
    Ok(())
}

/// True for a path that leads elsewhere once somebody resolves it.
fn walks(path: &str) -> bool {
    if !path.contains('%') && !path.contains('.') {
        return false;
    }
    let plain = path
        .to_ascii_lowercase()
        .replace("%2e", ".")
        .replace("%2f", "/")
        .replace("%5c", "\\");
    plain.split(['/', '\\']).any(|part| part == "." || part == "..")
}

/// Checks who sends a request to a provider. Whoever is not on this machine needs the token; it goes no further
/// than here.
pub(super) fn client(settings: &Settings, headers: &HeaderMap) -> Result<(), Refusal> {
    if settings.address.ip().is_loopback() || has_token(settings, headers.get(TOKEN)) {
        Ok(())
    } else {
        Err(Refusal::Token)
    }
}

/// Checks who asks one of the proxy's own endpoints.
pub(super) fn may(settings: &Settings, access: Access, headers: &HeaderMap) -> Result<(), Refusal> {
    match access {
        Access::Anybody => Ok(()),
        Access::Clients => client(settings, headers).or_else(|_| token(settings, headers)),
        Access::Token => token(settings, headers),
    }
}

/// Checks the token of routes that show originals or figures. On these `authorization` may hold it, as no
/// provider's credentials are expected there.
fn token(settings: &Settings, headers: &HeaderMap) -> Result<(), Refusal> {
    if has_token(settings, headers.get(TOKEN)) || has_token(settings, bearer(headers).as_ref()) {
        Ok(())
    } else {
        Err(Refusal::Token)
    }
}

/// Takes our token out of `authorization`: a client that has no provider's key sends it there with everything, and
/// no provider may see it.
pub(super) fn keep_token(settings: &Settings, headers: &mut HeaderMap) {
    if has_token(settings, bearer(headers).as_ref()) {
        headers.remove(AUTHORIZATION);
    }
}

fn bearer(headers: &HeaderMap) -> Option<HeaderValue> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let token = value
        .get(..7)
        .filter(|scheme| scheme.eq_ignore_ascii_case(b"bearer "));
    HeaderValue::from_bytes(&value[token?.len()..]).ok()
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

    #[test]
    fn paths_that_lead_elsewhere_are_told_from_names_with_dots() {
        for path in [
            "/v1/../stats",
            "/..",
            "/./v1",
            "/v1/%2e%2E/stats",
            "/v1/.%2e",
            "/v1/..%2fstats",
            "/v1\\..\\stats",
            "/v1/%5c..%5Cstats",
        ] {
            assert!(walks(path), "{path}");
        }
        for path in [
            "/v1/models/gpt-4.1",
            "/v1/...",
            "/v1beta/models/gemini-2.5-pro:generateContent",
            "/model/us.anthropic.claude%3A0/invoke",
            "//x",
        ] {
            assert!(!walks(path), "{path}");
        }
    }
}
