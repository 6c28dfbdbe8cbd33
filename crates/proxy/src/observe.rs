//! What is known of a request when it is over: for the log, the metrics and the ledger. Never its texts, never
//! credentials.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use headroom::Error;
use headroom::pipeline::Report;
use hyper::Request;
use hyper::http::{HeaderMap, HeaderValue};

use crate::engine::Account;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Observation {
    /// Unique; also in the answer's headers and in the log.
    pub(crate) id: String,
    /// Who answers.
    pub(crate) provider: &'static str,
    /// Path without its query.
    pub(crate) path: String,
    /// The client, as its `user-agent` begins.
    pub(crate) agent: Option<String>,
    /// When it came.
    pub(crate) begun: Instant,
    /// What was done; absent where the request was not read.
    pub(crate) report: Option<Report>,
    /// Why it was not, where it should have been.
    pub(crate) note: Option<String>,
    /// Time spent on making it smaller.
    pub(crate) added: Duration,
    /// The answer's status.
    pub(crate) status: u16,
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

/// Nobody.
pub(crate) struct Unobserved;

impl Observer for Unobserved {
    fn observe(&self, _observation: Observation) {}
}

impl Observation {
    /// At the beginning of a request.
    pub(crate) fn new(id: String, provider: &'static str, request: &Request<impl Sized>) -> Self {
        let agent = request
            .headers()
            .get("user-agent")
            .and_then(|value| value.to_str().ok());
        let agent = agent.and_then(|agent| agent.split([' ', '/']).next());
        Self {
            id,
            provider,
            path: request.uri().path().to_owned(),
            agent: agent.map(|agent| agent.chars().take(32).collect()),
            begun: Instant::now(),
            report: None,
            note: None,
            added: Duration::ZERO,
            status: 0,
            head: None,
            first: None,
            account: Account::default(),
            failed: false,
        }
    }

    /// The request was made smaller, or not.
    pub(crate) fn prepared(&mut self, report: Option<&Report>, note: Option<&Error>, added: Duration) {
        self.report = report.cloned();
        self.note = note.map(ToString::to_string);
        self.added = added;
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
    pub(crate) fn add_headers(&self, headers: &mut HeaderMap) {
        let mut add = |name: &'static str, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        add("x-headroom-request-id", &self.id);
        let Some(report) = &self.report else { return };
        add("x-headroom-tokens-before", &report.tokens_before.to_string());
        add("x-headroom-tokens-after", &report.tokens_after.to_string());
        add("x-headroom-tokens-saved", &report.tokens_saved.to_string());
        let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
        for block in &report.blocks {
            *verdicts.entry(block.verdict.as_str()).or_default() += 1;
        }
        let verdicts: Vec<String> = verdicts
            .into_iter()
            .map(|(verdict, count)| format!("{verdict}={count}"))
            .collect();
        add("x-headroom-verdicts", &verdicts.join(","));
    }
}
