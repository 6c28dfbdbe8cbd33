//! What is known of a request when it is over: for the log, the metrics and the ledger. Never its texts, never
//! credentials.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use headroom::format::Format;
use headroom::pipeline::Report;
use hyper::http::header::CONTENT_TYPE;
use hyper::http::{HeaderMap, HeaderValue};
use hyper::{Method, Request};

use crate::engine::{Account, Call, CallKind, Facts, Prepared};
use crate::ops::Credential;
use crate::providers::Route;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Observation {
    /// Unique; also in the answer's headers and in the log.
    pub(crate) id: String,
    /// Who answers.
    pub(crate) provider: &'static str,
    /// The wire format and what was asked for, where the request is one of a model.
    pub(crate) call: Option<(Format, CallKind)>,
    /// The model, where the request names it and was read.
    pub(crate) model: Option<String>,
    /// Whose request it is, where that is told apart.
    pub(crate) credential: Option<Credential>,
    /// The request's method.
    pub(crate) method: Method,
    /// Path without its query.
    pub(crate) path: String,
    /// The client, as its `user-agent` begins.
    pub(crate) agent: Option<String>,
    /// When it came, in milliseconds since 1970.
    pub(crate) at: u64,
    /// When it came.
    pub(crate) begun: Instant,
    /// When it was ready to be sent.
    pub(crate) ready: Option<Instant>,
    /// What was done; absent where the request was not read.
    pub(crate) report: Option<Report>,
    /// What it costs besides.
    pub(crate) facts: Facts,
    /// Why it was not read, where it should have been; or what failed while it was made smaller.
    pub(crate) note: Option<String>,
    /// Time spent on making it smaller.
    pub(crate) added: Duration,
    /// The answer's status.
    pub(crate) status: u16,
    /// The answer was streamed.
    pub(crate) stream: bool,
    /// Time until the answer's head was there.
    pub(crate) head: Option<Duration>,
    /// Time until its first byte went to the client.
    pub(crate) first: Option<Duration>,
    /// What it cost.
    pub(crate) account: Account,
    /// It failed because of us, or the upstream broke off.
    pub(crate) failed: bool,
}

/// Whoever counts.
pub(crate) trait Observer: Send + Sync {
    /// A request is over. Must not block.
    fn observe(&self, observation: Observation);
}

impl Observation {
    /// At the beginning of a request.
    pub(crate) fn new(id: String, route: &Route, request: &Request<impl Sized>) -> Self {
        let agent = request
            .headers()
            .get("user-agent")
            .and_then(|value| value.to_str().ok());
        let agent = agent.and_then(|agent| agent.split([' ', '/']).next());
        let call = route.call.as_ref();
        Self {
            id,
            provider: route.provider.name(),
            call: call.map(|call| (call.format, call.kind)),
            model: call.and_then(|call| call.model.clone()),
            credential: request.extensions().get().copied(),
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            agent: agent.map(|agent| agent.chars().take(32).collect()),
            at: now(),
            begun: Instant::now(),
            ready: None,
            report: None,
            facts: Facts::default(),
            note: None,
            added: Duration::ZERO,
            status: 0,
            stream: false,
            head: None,
            first: None,
            account: Account::default(),
            failed: false,
        }
    }

    /// One of the requests a client sends over a connection that stays open; this is of the connection.
    pub(crate) fn message(&self, number: u32, call: &Call) -> Self {
        Self {
            id: format!("{}.{number}", self.id),
            call: Some((call.format, call.kind)),
            at: now(),
            begun: Instant::now(),
            stream: true,
            ..self.clone()
        }
    }

    /// The request was made smaller, or not; takes the account of it.
    pub(crate) fn prepared(&mut self, prepared: &mut Prepared, added: Duration) {
        self.report = prepared.report.take();
        self.facts = std::mem::take(&mut prepared.facts);
        if self.facts.model.is_some() {
            self.model.clone_from(&self.facts.model);
        }
        self.note = prepared
            .note
            .as_ref()
            .map(ToString::to_string)
            .or_else(|| self.failure());
        self.added = added;
        self.ready = Some(Instant::now());
    }

    /// Tokens of what may be compressed, as the client sent them and as they were sent on, what was put back
    /// included.
    pub(crate) fn tokens(&self) -> (u64, u64) {
        self.report.as_ref().map_or((0, 0), |report| {
            let after = report.tokens_after + self.facts.put_back_tokens;
            (report.tokens_before as u64, after as u64)
        })
    }

    /// True for requests that are billed by their tokens, when they are answered. What only asks for a count is
    /// not, and a batch is billed some other time.
    pub(crate) fn is_billed(&self) -> bool {
        matches!(self.call, Some((_, CallKind::Generate | CallKind::Live)))
    }

    /// How many blocks got which verdict.
    pub(crate) fn verdicts(&self) -> BTreeMap<&'static str, u64> {
        let mut verdicts = BTreeMap::new();
        for block in self.report.iter().flat_map(|report| &report.blocks) {
            *verdicts.entry(block.verdict.as_str()).or_default() += 1;
        }
        verdicts
    }

    /// How many warnings of which code its report has; with what was lost once the answer is over.
    pub(crate) fn warnings(&self) -> BTreeMap<&str, u64> {
        let mut warnings = BTreeMap::new();
        for warning in self.report.iter().flat_map(|report| &report.warnings) {
            *warnings.entry(warning.code.as_str()).or_default() += 1;
        }
        if self.account.lost_records > 0 {
            *warnings.entry("records_failed").or_default() += u64::from(self.account.lost_records);
        }
        warnings
    }

    /// The first failure of ours among them, in words.
    fn failure(&self) -> Option<String> {
        let mut warnings = self.report.iter().flat_map(|report| &report.warnings);
        let failed = warnings.find(|warning| warning.code.ends_with("_failed"))?;
        Some(format!("{}: {}", failed.code, failed.message))
    }

    /// The head of the answer is there.
    pub(crate) fn answered(&mut self, status: u16) {
        self.status = status;
        self.head = Some(self.begun.elapsed());
    }

    /// A byte of the answer goes to the client.
    pub(crate) fn first_byte(&mut self) {
        if self.first.is_none() {
            self.first = Some(self.begun.elapsed());
        }
    }

    /// The answer broke off.
    pub(crate) fn broke(&mut self, why: &str) {
        self.failed = true;
        tracing::error!(request = self.id, why, "the answer broke off");
    }

    /// Says in the answer's headers what was done.
    pub(crate) fn add_headers(&mut self, headers: &mut HeaderMap) {
        let streams = |kind: &HeaderValue| {
            let kind = kind.as_bytes();
            kind.starts_with(b"text/event-stream") || kind.starts_with(b"application/vnd.amazon.eventstream")
        };
        self.stream = headers.get(CONTENT_TYPE).is_some_and(streams);
        let mut add = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        add("x-headroom-request-id", &self.id);
        if self.report.is_none() {
            return;
        }
        let (before, after) = self.tokens();
        add("x-headroom-tokens-before", &before.to_string());
        add("x-headroom-tokens-after", &after.to_string());
        // Negative where more was put back than saved.
        add(
            "x-headroom-tokens-saved",
            &(i128::from(before) - i128::from(after)).to_string(),
        );
        add("x-headroom-verdicts", &counts(&self.verdicts()));
        let warnings = self.warnings();
        if !warnings.is_empty() {
            add("x-headroom-warnings", &counts(&warnings));
        }
    }
}

/// Names with their counts, as headers have them.
fn counts(of: &BTreeMap<&str, u64>) -> String {
    let counts: Vec<String> = of.iter().map(|(name, count)| format!("{name}={count}")).collect();
    counts.join(",")
}

/// Milliseconds since 1970.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}
