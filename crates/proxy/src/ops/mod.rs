//! Operation: what is counted, said and kept about requests, and the proxy's own endpoints.
//!
//! | file | what |
//! |---|---|
//! | `entry`, `ledger` | what is known of a request as an entry of the ledger; the queue that writes them |
//! | `tally`, `histogram` | counters since the start, and how they are cut for distributions |
//! | `family`, `prometheus`, `otlp` | the counters as metrics; the two ways they leave the process |
//! | `limit` | requests and tokens a minute, tokens a day |
//! | `routes`, `answer` | which paths are the proxy's own and who may ask; their answers |
//! | `health`, `stats`, `recent` | how it is, what it came to, what came last |
//! | `compress`, `retrieve` | the payloads that clients of the Python peer send |
//! | `dashboard` | one page, with nothing from elsewhere |
//!
//! Everything here is off the way of a request: a full queue, a broken disc or a collector that is away costs
//! figures, which is said, and never a request.

mod answer;
mod compress;
mod dashboard;
mod entry;
mod family;
mod health;
mod histogram;
mod ledger;
mod limit;
mod otlp;
mod prometheus;
mod recent;
mod retrieve;
mod routes;
mod stats;
mod tally;

pub(crate) use self::answer::error;
pub(crate) use limit::Credential;
pub(crate) use otlp::Exporter;
pub(crate) use routes::{Access, Endpoint, answer, refuse, whole_body};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use headroom_store::Vault;
use headroom_store::ledger::Prices;

use crate::observe::{Observation, Observer};
use crate::options::ProxyOptions;
use ledger::Writer;
use limit::Limits;
use recent::Recent;
use stats::Summary;
use tally::{Counters, Tally};

/// Everything that is counted and said.
pub(crate) struct Ops {
    /// When it started.
    started: Instant,
    /// No new connection is taken in any more.
    draining: AtomicBool,
    counters: Counters,
    writer: Writer,
    limits: Limits,
    recent: Recent,
    prices: Prices,
    summary: Summary,
    /// Originals that were read back through the proxy's own endpoints.
    retrieved: AtomicU64,
}

impl Ops {
    /// Nothing counted yet. Starts the ledger's writer on the runtime this is called on.
    pub(crate) fn new(options: &ProxyOptions, vault: Arc<dyn Vault>) -> Self {
        Self {
            started: Instant::now(),
            draining: AtomicBool::new(false),
            counters: Counters::default(),
            limits: Limits::new(&options.limits, &*vault),
            writer: Writer::start(vault),
            recent: Recent::default(),
            prices: options.prices.clone(),
            summary: Summary::default(),
            retrieved: AtomicU64::new(0),
        }
    }

    /// From now on [`health`] says that no more requests should come.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Lets one more request in, or says what is used up and when to come again. Without a credential nothing is
    /// limited.
    pub(crate) fn admit(&self, credential: Option<Credential>) -> Result<(), (&'static str, Duration)> {
        let admitted = credential.map_or(Ok(()), |credential| self.limits.admit(credential));
        admitted.inspect_err(|_| self.counters.limited())
    }

    /// A client left before its answer began.
    pub(crate) fn abandoned(&self, request: &str, path: &str, elapsed: Duration) {
        self.counters.abandoned();
        let ms = elapsed.as_millis() as u64;
        tracing::info!(request, path, ms, "the client left before the answer");
    }

    /// Something became of a cached content: it was made, named, prolonged, refused or deleted, or failed.
    pub(crate) fn cached_content(&self, what: &'static str) {
        self.counters.cached_content(what);
    }

    /// Writes what is still to be written.
    pub(crate) async fn close(&self) {
        self.writer.flush().await;
    }

    /// The counters as they are now, with those of the writer.
    fn tally(&self) -> Tally {
        let mut tally = self.counters.read();
        tally.ledger_lost = self.writer.lost();
        tally
    }
}

impl Observer for Ops {
    fn observe(&self, observation: Observation) {
        if let Some(watch) = &observation.watch {
            watch.received(&observation);
        }
        let elapsed = observation.begun.elapsed();
        log(&observation, elapsed);
        self.counters.observe(&observation, elapsed);
        // In the ledger, others would save what is never spent.
        if observation.is_billed() {
            let entry = entry::of(&observation, elapsed);
            self.limits.spend(observation.credential, &entry);
            self.recent.add(&observation);
            self.writer.add(entry);
        }
    }
}

/// One line a request: never a body, a credential or a query string.
fn log(observation: &Observation, elapsed: Duration) {
    let (before, after) = observation.tokens();
    tracing::info!(
        request = observation.id,
        method = observation.method.as_str(),
        path = observation.path,
        provider = observation.provider,
        status = observation.status,
        before,
        after,
        ms = elapsed.as_millis() as u64,
        note = observation.note.as_deref(),
        "request"
    );
}
