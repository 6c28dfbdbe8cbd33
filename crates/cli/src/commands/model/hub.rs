//! Files of a repository on the Hugging Face hub, or on a server that answers as it does.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use headroom::error::{Error, ErrorCode};
use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body, Proxy};

use super::source::Repository;

/// Where the hub is unless `HF_ENDPOINT` says otherwise.
const ENDPOINT: &str = "https://huggingface.co";
/// Longest wait for a connection, for an answer, and for the next bytes of one.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often a download that breaks off is taken up again.
const ATTEMPTS: usize = 3;

/// The way to a hub.
pub(super) struct Hub {
    agent: Agent,
    endpoint: String,
    token: Option<String>,
}

/// A file as the hub describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remote {
    url: String,
    /// SHA-256 of the contents, for files the hub keeps by it: large ones.
    pub(super) sha256: Option<String>,
    /// In bytes.
    pub(super) size: Option<u64>,
    /// The commit that the revision resolved to.
    pub(super) commit: Option<String>,
}

/// Why a download ended before its end.
enum Broken {
    /// Trying again from where it ended may help.
    Off(String),
    /// It will not.
    Final(String),
}

impl Hub {
    /// Reads `HF_ENDPOINT`, `HF_TOKEN` and the usual variables for proxies. Opens no connection. Errors: a
    /// variable makes no sense.
    pub(super) fn new(environment: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let variable = |name: &str| {
            environment(name)?
                .into_string()
                .ok()
                .filter(|value| !value.is_empty())
        };
        let endpoint = variable("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned());
        let secure = endpoint.starts_with("https://");
        if !secure && !is_loopback(&endpoint) {
            return Err(Error::new(ErrorCode::InvalidOptions, "HF_ENDPOINT is not safe")
                .because(format!("{endpoint} is neither https nor on this machine")));
        }
        let named = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
            .into_iter()
            .find_map(variable);
        let proxy = named
            .filter(|_| secure)
            .map(|url| Proxy::new(&url))
            .transpose()
            .map_err(|error| {
                Error::new(ErrorCode::InvalidOptions, "the proxy cannot be used").because(error.to_string())
            })?;
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(secure)
            .proxy(proxy)
            .tls_config(tls)
            .user_agent(concat!("headroom/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_per_read(Some(PATIENCE))
            .build();
        Ok(Self {
            agent: config.new_agent(),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token: variable("HF_TOKEN"),
        })
    }

    /// Asks about a file; `None`: there is none of that name.
    pub(super) fn look(&self, repository: &Repository, path: &str) -> Result<Option<Remote>, Error> {
        let Repository {
            owner,
            name,
            revision,
        } = repository;
        let revision = revision.replace('/', "%2F");
        let url = format!("{}/{owner}/{name}/resolve/{revision}/{path}", self.endpoint);
        // The answer that says what the file is redirects to where its bytes are.
        let request = self
            .agent
            .head(&url)
            .config()
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        let request = self.token.iter().fold(request, |request, token| {
            request.header("authorization", format!("Bearer {token}"))
        });
        let answer = request
            .call()
            .map_err(|error| unreachable(&url, &error.to_string()))?;
        let status = answer.status();
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(Error::new(
                ErrorCode::Model,
                format!("{owner}/{name} is not open to you, or is not there"),
            )
            .because(format!("{url} answered {status}"))
            .hint("check the name; for a private one set HF_TOKEN"));
        }
        if !status.is_success() && !status.is_redirection() {
            return Err(unreachable(&url, &format!("it answered {status}")));
        }
        Ok(Some(Remote::read(url, answer.headers())))
    }

    /// Downloads a file into `part`, from where an earlier attempt ended. `told` gets the bytes there are.
    pub(super) fn fetch(&self, remote: &Remote, part: &Path, told: &mut dyn FnMut(u64)) -> Result<(), Error> {
        let mut cause = String::new();
        for _ in 0..ATTEMPTS {
            match self.attempt(remote, part, told) {
                Ok(()) => return Ok(()),
                Err(Broken::Off(why)) => cause = why,
                Err(Broken::Final(why)) => return Err(unreachable(&remote.url, &why)),
            }
        }
        Err(unreachable(&remote.url, &cause).hint("run the command again: it goes on from where it ended"))
    }

    fn attempt(&self, remote: &Remote, part: &Path, told: &mut dyn FnMut(u64)) -> Result<(), Broken> {
        // Only where a checksum tells in the end that the two parts are of one file.
        let there = part.metadata().map_or(0, |metadata| metadata.len());
        let there = if remote.sha256.is_some() { there } else { 0 };
        if there > 0 && Some(there) == remote.size {
            return Ok(());
        }
        let mut request = self.agent.get(&remote.url);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if there > 0 {
            request = request.header("range", format!("bytes={there}-"));
        }
        let answer = request.call().map_err(|error| Broken::Off(error.to_string()))?;
        let from = match answer.status() {
            StatusCode::OK => 0,
            StatusCode::PARTIAL_CONTENT if starts_at(&answer, there) => there,
            StatusCode::RANGE_NOT_SATISFIABLE | StatusCode::PARTIAL_CONTENT => {
                drop(std::fs::remove_file(part));
                return Err(Broken::Off("the server has another file than before".to_owned()));
            }
            status if status.is_server_error() => return Err(Broken::Off(format!("it answered {status}"))),
            status => return Err(Broken::Final(format!("it answered {status}"))),
        };
        let size = save(answer, part, from, told)?;
        match remote.size {
            Some(wanted) if wanted != size => Err(Broken::Off(format!(
                "it broke off after {size} of {wanted} bytes"
            ))),
            _ => Ok(()),
        }
    }
}

impl Remote {
    fn read(url: String, headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let sums = ["x-linked-etag", "etag"].into_iter().filter_map(text);
        let sums = sums.map(|tag| {
            tag.trim_start_matches("W/")
                .trim_matches('"')
                .to_ascii_lowercase()
        });
        let is_sha256 = |tag: &String| tag.len() == 64 && tag.bytes().all(|byte| byte.is_ascii_hexdigit());
        // Of a redirect, the length is that of the redirect.
        let own = if text("location").is_none() {
            text("content-length")
        } else {
            None
        };
        Self {
            url,
            sha256: sums.into_iter().find(is_sha256),
            size: text("x-linked-size").or(own).and_then(|size| size.parse().ok()),
            commit: text("x-repo-commit").map(str::to_owned),
        }
    }
}

/// Appends the body to what is there up to `from`; gives the size of the whole.
fn save(answer: Response<Body>, part: &Path, from: u64, told: &mut dyn FnMut(u64)) -> Result<u64, Broken> {
    let failed = |error: io::Error| Broken::Final(format!("{}: {error}", part.display()));
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.create(true).append(true).open(part).map_err(failed)?;
    file.set_len(from).map_err(failed)?;
    let mut body = answer.into_body().into_reader();
    let mut buffer = vec![0; 1 << 16];
    let mut size = from;
    loop {
        told(size);
        let read = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) => return Err(Broken::Off(format!("it broke off after {size} bytes: {error}"))),
        };
        file.write_all(&buffer[..read]).map_err(failed)?;
        size += read as u64;
    }
    file.sync_all().map_err(failed)?;
    Ok(size)
}

/// `content-range: bytes 100-199/200` for 100.
fn starts_at(answer: &Response<Body>, place: u64) -> bool {
    let range = answer
        .headers()
        .get("content-range")
        .and_then(|range| range.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {place}-")))
}

fn is_loopback(endpoint: &str) -> bool {
    let host = endpoint
        .strip_prefix("http://")
        .unwrap_or_default()
        .split(['/', ':'])
        .next();
    matches!(host, Some("localhost" | "127.0.0.1"))
}

fn unreachable(url: &str, cause: &str) -> Error {
    Error::new(ErrorCode::Model, "cannot download the model")
        .because(format!("{url}: {cause}"))
        .hint("HF_ENDPOINT names another server, HTTPS_PROXY a proxy; a folder can be installed without a network")
}
