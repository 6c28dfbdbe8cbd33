//! Hooks and extensions: who has a say in requests for a model, and is told what becomes of them.
//!
//! A [`Listener`] sees a request stage by stage. It is waited for while it may still change something, and never for
//! long: what panics or is late is a `hook_failed` warning of the report, and the request goes on without it. Where
//! there is no listener, a request costs one look whether there is one.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use headroom::pipeline::Report;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::engine::{Account, Advice, Call, Draft};
use crate::observe::Observation;

/// What is there later.
pub type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a request is known by.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Unique; the answer carries it as `x-headroom-request-id`.
    pub id: String,
    /// Who answers: `anthropic`, `openai`, …
    pub provider: &'static str,
    /// What is asked for.
    pub call: Call,
}

/// What a listener is asked, in this order. It is waited for.
#[derive(Debug, Clone)]
pub enum Question {
    /// Is this how it shall be made smaller? The answer may hold another plan.
    Planned {
        /// The request as it came.
        body: Bytes,
        /// What would be done.
        draft: Draft,
    },
    /// It was made smaller; originals of what was left out are in the store.
    Compressed {
        /// The request as it is sent; `None`: as it came.
        body: Option<Bytes>,
        /// What was done.
        report: Report,
    },
    /// It is about to leave.
    Sending,
}

/// What a listener is told. Nobody waits for it.
#[derive(Debug, Clone)]
pub enum News {
    /// The request has left, and this is the status of what came back.
    Sent(u16),
    /// The answer is complete, or broke off.
    Received(Received),
    /// Nothing more will be heard of the request. The last news of each.
    Over,
}

/// What is known of a whole answer.
#[derive(Debug, Clone, Copy)]
pub struct Received {
    /// Its status.
    pub status: u16,
    /// It was streamed.
    pub stream: bool,
    /// It broke off, or is an error of the proxy's own.
    pub failed: bool,
    /// What it cost, hidden rounds included.
    pub account: Account,
}

/// Whoever has a say in requests.
pub trait Listener: Send + Sync + 'static {
    /// Answers a question. Dropped when its answer is not wanted any more.
    fn ask(&self, request: &Watched, question: Question) -> Later<Advice>;

    /// Takes note. Must not block.
    fn tell(&self, request: &Watched, news: News);
}

/// A listener, and how long an answer of it is waited for.
#[derive(Clone)]
pub struct Listening {
    /// Who listens.
    pub listener: Arc<dyn Listener>,
    /// Longest wait for one answer.
    pub patience: Duration,
}

/// One request that is listened to. Its end is told whatever happens to it.
pub(crate) struct Watch {
    listening: Listening,
    request: Watched,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.request.fmt(f)
    }
}

impl Watch {
    pub(crate) fn new(listening: &Listening, observation: &Observation, call: Call) -> Self {
        Self {
            listening: listening.clone(),
            request: Watched {
                id: observation.id.clone(),
                provider: observation.provider,
                call,
            },
        }
    }

    /// Asks, and waits as long as is allowed.
    pub(crate) async fn ask(&self, question: Question) -> Advice {
        let Listening { listener, patience } = self.listening.clone();
        let request = self.request.clone();
        // A task of its own, so that a panic stays in it; dropped with this call.
        let mut task = JoinSet::new();
        task.spawn(async move { listener.ask(&request, question).await });
        match timeout(patience, task.join_next()).await {
            Ok(Some(Ok(advice))) => advice,
            Ok(_) => Advice::failed("hooks", "a hook panicked".to_owned()),
            Err(_) => {
                let message = format!("no answer within {patience:?}");
                Advice::failed("hooks", message)
            }
        }
    }

    /// The head of the answer is there.
    pub(crate) fn sent(&self, status: u16) {
        self.tell(News::Sent(status));
    }

    /// The answer is over.
    pub(crate) fn received(&self, observation: &Observation) {
        self.tell(News::Received(Received {
            status: observation.status,
            stream: observation.stream,
            failed: observation.failed,
            account: observation.account,
        }));
    }

    fn tell(&self, news: News) {
        let told = catch_unwind(AssertUnwindSafe(|| {
            self.listening.listener.tell(&self.request, news);
        }));
        if told.is_err() {
            tracing::warn!(request = self.request.id, "a hook panicked");
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.tell(News::Over);
    }
}
