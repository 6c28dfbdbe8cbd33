//! Who answers: where each provider is, which of its requests are read, and how it words an error.
//!
//! One file per provider. A provider never sees a body; what is in it is the business of [`headroom::format`] and
//! the engine. A path that no provider claims is handed on as it is, to the provider its headers speak for.

mod anthropic;
mod gemini;
mod openai;
mod target;

use headroom::Error;
use hyper::http::HeaderMap;
use hyper::{Method, Uri};

use crate::engine::Call;
use crate::options::{UpstreamOptions, base};

/// A provider, or whoever speaks its API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Provider {
    Anthropic,
    OpenAi,
    Gemini,
}

/// Where a request goes and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) provider: Provider,
    /// Path and query, as the upstream shall get them.
    pub(crate) path: String,
    /// What the request asks for, where it is one that is read.
    pub(crate) call: Option<Call>,
}

/// An error of ours in the provider's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The upstream cannot be reached, or broke off.
    Unreachable,
    /// The upstream did not answer in time.
    Silent,
    /// The request is too large.
    TooLarge,
    /// The request cannot be read.
    Unreadable,
    /// Too many requests.
    TooMany,
}

impl Failure {
    /// The HTTP status.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::Unreachable => 502,
            Self::Silent => 504,
            Self::TooLarge => 413,
            Self::Unreadable => 400,
            Self::TooMany => 429,
        }
    }
}

impl Provider {
    /// The name used in logs, metrics and the ledger.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenAi => "openai",
            Self::Gemini => "gemini",
        }
    }

    /// The JSON body of an error of ours.
    pub(crate) fn error(self, failure: Failure, message: &str, request_id: &str) -> String {
        match self {
            Self::Anthropic => anthropic::error(failure, message, request_id),
            Self::OpenAi => openai::error(failure, message),
            Self::Gemini => gemini::error(failure, message),
        }
    }
}

/// Finds out where a request goes.
pub(crate) fn route(method: &Method, uri: &Uri, headers: &HeaderMap) -> Route {
    let path = target::single_version(uri.path());
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let found = anthropic::route(method, &path)
        .or_else(|| openai::route(method, &path))
        .or_else(|| gemini::route(method, &path));
    let (provider, path, call) = found.unwrap_or_else(|| (by_headers(&path, &query, headers), path, None));
    Route {
        provider,
        path: format!("{path}{query}"),
        call,
    }
}

/// What one provider makes of a path: itself, the path as its API has it, and what is asked for.
type Claim = Option<(Provider, String, Option<Call>)>;

/// Whose credentials a request carries.
fn by_headers(path: &str, query: &str, headers: &HeaderMap) -> Provider {
    let has = |name: &str| headers.contains_key(name);
    if has("anthropic-version") || has("x-api-key") {
        Provider::Anthropic
    } else if has("x-goog-api-key") || path.starts_with("/v1beta/") || query.contains("?key=") {
        Provider::Gemini
    } else {
        Provider::OpenAi
    }
}

/// The configured addresses.
#[derive(Debug, Clone)]
pub(crate) struct Upstreams {
    anthropic: Uri,
    openai: Uri,
    gemini: Uri,
}

impl Upstreams {
    /// Checks the addresses.
    pub(crate) fn new(options: &UpstreamOptions) -> Result<Self, Error> {
        let read = |written: &Option<String>, default: &str| base(written.as_deref().unwrap_or(default));
        Ok(Self {
            anthropic: read(&options.anthropic, anthropic::HOME)?,
            openai: read(&options.openai, openai::HOME)?,
            gemini: read(&options.gemini, gemini::HOME)?,
        })
    }

    /// The address a route leads to.
    pub(crate) fn target(&self, route: &Route) -> Result<Uri, Error> {
        let base = match route.provider {
            Provider::Anthropic => &self.anthropic,
            Provider::OpenAi => &self.openai,
            Provider::Gemini => &self.gemini,
        };
        target::join(base, &route.path)
    }
}
