//! What a proxy is started with, and the validated [`Settings`] everything else reads.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use headroom::{Error, ErrorCode};
use headroom_store::ledger::Prices;
use hyper::Uri;
use serde::{Deserialize, Serialize};

use crate::engine::EngineOptions;
use crate::providers::{Provider, Upstreams};
use crate::relay::Signer;

/// Options as written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ProxyOptions {
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 for a free one.
    pub port: u16,
    /// Secret for originals, statistics and requests from other machines. Without one, none of these are open.
    pub token: Option<String>,
    /// Names the proxy may be called by in `Host` and `Origin`, besides those of the loopback.
    pub allowed_hosts: Vec<String>,
    /// Clients speak TLS to the proxy.
    pub tls: Option<TlsOptions>,
    /// Where each provider is reached.
    pub upstreams: UpstreamOptions,
    /// Credentials for Bedrock, for requests that come signed.
    pub aws: Option<AwsOptions>,
    /// How upstreams are reached.
    pub network: NetworkOptions,
    /// Longest request body, in bytes.
    pub max_body_bytes: usize,
    /// How long a client may take to send its headers, and to send more of a body that is read, in seconds.
    pub header_timeout: u64,
    /// How long a connection to an upstream may take, in seconds.
    pub connect_timeout: u64,
    /// How long an upstream may be silent, in seconds.
    pub idle_timeout: u64,
    /// Attempts to reach an upstream that refuses, is overloaded or asks to wait, before the first byte.
    pub retries: u32,
    /// How long requests under way may take after the proxy was told to end, in seconds.
    pub drain_timeout: u64,
    /// Threads that move bytes; one a core by default.
    pub threads: Option<NonZeroUsize>,
    /// How much may be asked for.
    pub limits: LimitOptions,
    /// Where metrics are sent; nowhere by default.
    pub otel: Option<OtelOptions>,
    /// What tokens cost, for the figures in money.
    pub prices: Prices,
    /// What is done with requests.
    pub engine: EngineOptions,
}

/// Limits of requests to providers; `None`: no limit. A request that is refused is answered with status 429 in the
/// provider's words, with `retry-after`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LimitOptions {
    /// Requests a minute and credential.
    pub requests_per_minute: Option<u32>,
    /// Tokens a minute and credential, prompt and output, as providers bill them. They are known when a request is
    /// over: one that goes beyond is let through, and the next ones wait until it is paid for.
    pub tokens_per_minute: Option<u64>,
    /// Tokens a day (UTC) of all requests together, other proxies on the same store not included.
    pub tokens_per_day: Option<u64>,
}

/// OpenTelemetry metrics over HTTP, in JSON, as the standard variables say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct OtelOptions {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: the collector's base address; `/v1/metrics` is added.
    pub endpoint: Option<String>,
    /// `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`: the whole address; goes before the other.
    pub metrics_endpoint: Option<String>,
    /// `OTEL_EXPORTER_OTLP_HEADERS`: `name=value,name=value`, values percent-encoded. They may be secret.
    pub headers: String,
    /// `OTEL_SERVICE_NAME`.
    pub service_name: String,
    /// `OTEL_METRIC_EXPORT_INTERVAL`, in milliseconds.
    pub interval: u64,
}

impl Default for OtelOptions {
    fn default() -> Self {
        Self {
            endpoint: None,
            metrics_endpoint: None,
            headers: String::new(),
            service_name: "headroom".to_owned(),
            interval: 60_000,
        }
    }
}

/// Base addresses; `None`: the provider's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UpstreamOptions {
    /// Anthropic, or whoever speaks its API.
    pub anthropic: Option<String>,
    /// OpenAI, or whoever speaks its API.
    pub openai: Option<String>,
    /// Gemini.
    pub gemini: Option<String>,
    /// Vertex AI.
    pub vertex: Option<String>,
    /// Amazon Bedrock's runtime.
    pub bedrock: Option<String>,
    /// Azure OpenAI.
    pub azure: Option<String>,
}

/// The proxy's own certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TlsOptions {
    /// File of the certificate and its chain (PEM).
    pub cert: PathBuf,
    /// File of its key (PEM).
    pub key: PathBuf,
}

/// Credentials of Amazon Web Services.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AwsOptions {
    /// As `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// As `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
    /// As `AWS_SESSION_TOKEN`.
    #[serde(default)]
    pub session_token: Option<String>,
    /// As `AWS_REGION`; else that of the upstream's address.
    #[serde(default)]
    pub region: Option<String>,
}

impl fmt::Debug for AwsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AwsOptions")
    }
}

/// The way out of the user's network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NetworkOptions {
    /// Proxy for `https` upstreams, as `HTTPS_PROXY` has it.
    pub https_proxy: Option<String>,
    /// Proxy for `http` upstreams, as `HTTP_PROXY` has it.
    pub http_proxy: Option<String>,
    /// Hosts to reach without a proxy, as `NO_PROXY` has them.
    pub no_proxy: Option<String>,
    /// File of certificates (PEM) to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

impl Default for ProxyOptions {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8787,
            token: None,
            allowed_hosts: Vec::new(),
            tls: None,
            upstreams: UpstreamOptions::default(),
            aws: None,
            network: NetworkOptions::default(),
            max_body_bytes: 100 << 20,
            header_timeout: 30,
            connect_timeout: 10,
            idle_timeout: 600,
            retries: 0,
            drain_timeout: 30,
            threads: None,
            limits: LimitOptions::default(),
            otel: None,
            prices: Prices::default(),
            engine: EngineOptions::default(),
        }
    }
}

/// What the options mean.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) address: SocketAddr,
    pub(crate) token: Option<String>,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) upstreams: Upstreams,
    pub(crate) signer: Option<Signer>,
    pub(crate) max_body_bytes: usize,
    pub(crate) header_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) retries: u32,
    pub(crate) drain_timeout: Duration,
}

impl ProxyOptions {
    /// Checks what was written without starting anything.
    ///
    /// Errors: another address than the loopback without a token; an upstream that is no base address; options of
    /// the compression that make no sense.
    pub fn check(&self) -> Result<(), Error> {
        self.settings().map(drop)
    }

    /// Threads that move bytes.
    pub(crate) fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.threads.unwrap_or_else(cores).get()
    }

    /// Checks what was written.
    ///
    /// Errors: another address than the loopback without a token; an upstream that is no base address.
    pub(crate) fn settings(&self) -> Result<Settings, Error> {
        let token = self.token.clone().filter(|token| !token.is_empty());
        if !self.host.is_loopback() && token.is_none() {
            return Err(Error::new(
                ErrorCode::InvalidOptions,
                "the proxy does not listen on other addresses than the loopback without a token",
            )
            .because(format!("{} can be reached by other machines", self.host))
            .hint("set HEADROOM_PROXY_TOKEN, or leave --host out"));
        }
        let upstreams = Upstreams::new(&self.upstreams)?;
        // Checked once, so that no request can fail for it.
        self.engine.compress.clone().into_policy()?;
        Ok(Settings {
            address: SocketAddr::new(self.host, self.port),
            token,
            allowed_hosts: self
                .allowed_hosts
                .iter()
                .map(|host| host.trim().to_ascii_lowercase())
                .collect(),
            signer: self
                .aws
                .as_ref()
                .map(|aws| Signer::new(aws, upstreams.host(Provider::Bedrock))),
            upstreams,
            max_body_bytes: self.max_body_bytes,
            header_timeout: Duration::from_secs(self.header_timeout),
            connect_timeout: Duration::from_secs(self.connect_timeout),
            idle_timeout: Duration::from_secs(self.idle_timeout),
            retries: self.retries,
            drain_timeout: Duration::from_secs(self.drain_timeout),
        })
    }
}

/// A base address, without a slash at its end.
pub(crate) fn base(text: &str) -> Result<Uri, Error> {
    let wrong = |cause: &str| {
        Error::new(
            ErrorCode::InvalidOptions,
            format!("{text:?} is no address of an upstream"),
        )
        .because(cause.to_owned())
        .hint("write it as https://host or https://host/path")
    };
    let uri: Uri = text
        .trim()
        .trim_end_matches('/')
        .parse()
        .map_err(|error: hyper::http::uri::InvalidUri| wrong(&error.to_string()))?;
    match (uri.scheme_str(), uri.authority(), uri.query()) {
        (Some("http" | "https"), Some(authority), None) if !authority.as_str().contains('@') => Ok(uri),
        (Some("http" | "https"), Some(_), _) => Err(wrong("it must have neither a query nor a password")),
        _ => Err(wrong("it must begin with http:// or https://")),
    }
}
