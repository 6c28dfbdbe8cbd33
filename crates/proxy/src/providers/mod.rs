//! Who answers: where each provider is, which of its requests are read, and how it words an error.
//!
//! One file per provider. A provider never sees a body; what is in it is the business of [`headroom::format`] and
//! the engine. A path that no provider claims is handed on as it is, to the provider its headers speak for.

mod anthropic;
mod azure;
mod bedrock;
mod cloudcode;
mod gemini;
mod openai;
mod target;
mod vertex;

use headroom::format::Format;
use headroom::{Error, ErrorCode};
use hyper::http::HeaderMap;
use hyper::{Method, Uri};

use crate::engine::{Call, CallKind};
use crate::options::{UpstreamOptions, base};

/// A provider, or whoever speaks its API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Provider {
    Anthropic,
    OpenAi,
    Azure,
    Gemini,
    Vertex,
    Bedrock,
    CloudCode,
}

/// Where a request goes and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) provider: Provider,
    /// Path and query, as the upstream shall get them.
    pub(crate) path: String,
    /// What the request asks for, where it is one that is read.
    pub(crate) call: Option<Call>,
    /// What the texts ask for that are sent over a connection that stays open.
    pub(crate) live: Option<Call>,
}

impl Route {
    /// The id of a response of OpenAI's in the path.
    pub(crate) fn response_id(&self) -> Option<&str> {
        let speaks = matches!(self.provider, Provider::OpenAi | Provider::Azure);
        let (_, rest) = self.path.split_once("/responses/").filter(|_| speaks)?;
        let id = rest.split(['/', '?']).next()?;
        id.starts_with("resp_").then_some(id)
    }
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
    /// The request cannot be read, or has nowhere to go.
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
    /// Every provider, in the order of documentation.
    const ALL: [Self; 7] = [
        Self::Anthropic,
        Self::OpenAi,
        Self::Azure,
        Self::Gemini,
        Self::Vertex,
        Self::Bedrock,
        Self::CloudCode,
    ];

    /// The name used in options, logs, metrics and the ledger.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenAi => "openai",
            Self::Azure => "azure",
            Self::Gemini => "gemini",
            Self::Vertex => "vertex",
            Self::Bedrock => "bedrock",
            Self::CloudCode => "cloudcode",
        }
    }

    /// What a path of this provider asks for; the path as its API has it.
    fn claim(self, method: &Method, path: &str) -> Option<Claim> {
        match self {
            Self::Anthropic => anthropic::claim(method, path),
            Self::OpenAi => openai::claim(method, path),
            Self::Azure => azure::claim(method, path),
            Self::Gemini => gemini::claim(method, path),
            Self::Vertex => vertex::claim(method, path),
            Self::Bedrock => bedrock::claim(method, path),
            Self::CloudCode => cloudcode::claim(method, path),
        }
    }

    /// Where it is, unless the options say otherwise; an Azure resource has an address of its own.
    fn home(self) -> Option<&'static str> {
        match self {
            Self::Anthropic => Some(anthropic::HOME),
            Self::OpenAi => Some(openai::HOME),
            Self::Azure => None,
            Self::Gemini => Some(gemini::HOME),
            Self::Vertex => Some(vertex::HOME),
            Self::Bedrock => Some(bedrock::HOME),
            Self::CloudCode => Some(cloudcode::HOME),
        }
    }

    /// The JSON body of an error of ours.
    pub(crate) fn error(self, failure: Failure, message: &str, request_id: &str) -> String {
        match self {
            Self::Anthropic => anthropic::error(failure, message, request_id),
            Self::OpenAi | Self::Azure => openai::error(failure, message),
            Self::Gemini | Self::Vertex | Self::CloudCode => gemini::error(failure, message),
            Self::Bedrock => bedrock::error(failure, message),
        }
    }
}

/// What one provider makes of a path.
struct Claim {
    /// The path as its API has it.
    path: String,
    call: Option<Call>,
}

impl Claim {
    /// A path that is handed on.
    fn unread(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            call: None,
        }
    }

    /// A path whose requests are read when they are posted.
    fn read(
        method: &Method,
        path: impl Into<String>,
        format: Format,
        kind: CallKind,
        model: Option<&str>,
    ) -> Self {
        let call = Call {
            format,
            kind,
            model: model.map(str::to_owned),
        };
        Self {
            path: path.into(),
            call: (method == Method::POST).then_some(call),
        }
    }
}

/// Finds out where a request goes.
pub(crate) fn route(method: &Method, uri: &Uri, headers: &HeaderMap) -> Route {
    let path = target::single_version(uri.path());
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let claimed = Provider::ALL
        .into_iter()
        .find_map(|provider| Some((provider, provider.claim(method, &path)?)));
    let (provider, claim) =
        claimed.unwrap_or_else(|| (by_headers(&path, &query, headers), Claim::unread(path.clone())));
    Route {
        provider,
        path: claim.path + &query,
        live: (method == Method::GET).then(|| live(&path)).flatten(),
        call: claim.call,
    }
}

/// True for paths that are a provider's, or may become one's: nothing else may be answered there.
pub(crate) fn is_claimed(path: &str) -> bool {
    let versioned = target::VERSIONS.iter().any(|version| {
        let rest = path.strip_prefix(version);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let claims = |provider: Provider| provider.claim(&Method::POST, path).is_some();
    versioned || Provider::ALL.into_iter().any(claims)
}

/// What is asked for over a WebSocket at a path.
fn live(path: &str) -> Option<Call> {
    let (format, _) = openai::asked(unversioned(path)?).filter(|(_, kind)| *kind == CallKind::Generate)?;
    Some(Call {
        format,
        kind: CallKind::Live,
        model: None,
    })
}

/// Whose credentials a request carries.
fn by_headers(path: &str, query: &str, headers: &HeaderMap) -> Provider {
    let has = |name: &str| headers.contains_key(name);
    if has("anthropic-version") || has("x-api-key") {
        Provider::Anthropic
    } else if has("x-goog-api-key") || path.starts_with("/v1beta/") || query.contains("?key=") {
        Provider::Gemini
    } else if has("api-key") {
        Provider::Azure
    } else {
        Provider::OpenAi
    }
}

/// The configured addresses, in the order of [`Provider::ALL`].
#[derive(Debug, Clone)]
pub(crate) struct Upstreams {
    bases: [Option<Uri>; Provider::ALL.len()],
}

impl Upstreams {
    /// Checks the addresses.
    pub(crate) fn new(options: &UpstreamOptions) -> Result<Self, Error> {
        let mut bases = [const { None }; Provider::ALL.len()];
        for (place, provider) in bases.iter_mut().zip(Provider::ALL) {
            let written = match provider {
                Provider::Anthropic => &options.anthropic,
                Provider::OpenAi => &options.openai,
                Provider::Azure => &options.azure,
                Provider::Gemini => &options.gemini,
                Provider::Vertex => &options.vertex,
                Provider::Bedrock => &options.bedrock,
                Provider::CloudCode => &options.cloudcode,
            };
            *place = written.as_deref().or(provider.home()).map(base).transpose()?;
        }
        Ok(Self { bases })
    }

    /// The host of a provider.
    pub(crate) fn host(&self, provider: Provider) -> Option<&str> {
        self.bases[provider as usize].as_ref()?.host()
    }

    /// The address a route leads to. Nothing in a request names a host: credentials go where the user said.
    pub(crate) fn target(&self, route: &Route) -> Result<Uri, Error> {
        let unset = || {
            let name = route.provider.name();
            Error::new(ErrorCode::InvalidOptions, format!("no address is set for {name}"))
                .hint(format!("start the proxy with --{name}-api-url"))
        };
        let base = self.bases[route.provider as usize].as_ref().ok_or_else(unset)?;
        target::join(base, &route.path)
    }
}

/// A path without the version its API begins with.
fn unversioned(path: &str) -> Option<&str> {
    path.strip_prefix("/v1/").or_else(|| path.strip_prefix('/'))
}

#[cfg(test)]
mod tests;
