//! The dashboard: one page that brings everything along.
//!
//! The page itself tells nothing and is for everybody who may speak to the proxy. The token stands behind the `#` of
//! its address, which no browser sends anywhere; the page puts it into the header of what it asks for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use hyper::http::header::{CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY};
use hyper::{Response, StatusCode};

use super::answer;
use crate::relay::body::Body;

const HTML: &str = include_str!("index.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page. Its own style and script may run, told by a word that no other answer has; it may ask this proxy and
/// nobody else.
pub(super) fn page() -> Response<Body> {
    let nonce = nonce();
    let page = HTML
        .replace("{nonce}", &nonce)
        .replace("/*style*/", STYLE)
        .replace("/*script*/", SCRIPT);
    let mut response = answer::text(StatusCode::OK, "text/html; charset=utf-8", page);
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// A word for one answer. Nothing of anybody else's is ever written into the page, so nobody could use it.
fn nonce() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let moment = format!("{:?} {count}", SystemTime::now());
    blake3::hash(moment.as_bytes()).to_hex()[..32].to_owned()
}
