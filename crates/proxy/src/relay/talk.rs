//! What is asked and answered over a connection that stays open: each request counts by itself.
//!
//! A request is a `response.create`; it is over with the event that says so, which has what it cost. Several may be
//! under way, in lanes (`stream_id`); in a lane they are answered in their order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use headroom::json::Document;
use hyper::StatusCode;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use super::prepare;
use crate::app::App;
use crate::engine::{Call, Exchange, Head};
use crate::observe::Observation;
use crate::providers::{Failure, Provider};
use crate::wire::websocket::{mask, masked_text, plain_text};

/// What asks for an answer.
const ASKS: &str = "response.create";

/// Events that end an answer.
const ENDS: [&str; 4] = [
    "response.completed",
    "response.incomplete",
    "response.failed",
    "error",
];

/// Most requests that wait for their end; providers take fewer.
const MOST_PENDING: usize = 64;

/// One connection.
pub(super) struct Talk {
    app: Arc<App>,
    provider: Provider,
    call: Call,
    /// Of the connection.
    observation: Observation,
    /// Frames of ours for the client.
    ours: UnboundedSender<Vec<u8>>,
    pending: Mutex<VecDeque<Asked>>,
}

/// Where answers follow each other; most connections have one, without a name.
#[derive(Debug, PartialEq, Eq)]
struct Lane(Option<String>);

/// A request that is not over.
struct Asked {
    lane: Lane,
    observation: Observation,
    exchange: Exchange,
}

/// What becomes of a client's frame.
pub(super) enum Fate {
    /// It goes on as it is.
    Stays,
    /// This goes on instead.
    Becomes(Vec<u8>),
    /// It goes nowhere; the client is told.
    Refused,
}

impl Talk {
    pub(super) fn new(
        app: &Arc<App>,
        provider: Provider,
        call: Call,
        observation: Observation,
        ours: UnboundedSender<Vec<u8>>,
    ) -> Self {
        Self {
            app: Arc::clone(app),
            provider,
            call,
            observation,
            ours,
            pending: Mutex::default(),
        }
    }

    /// Takes in the client's message number `number`, as it is masked `with`.
    pub(super) async fn said(&self, number: u32, masked: &[u8], with: [u8; 4]) -> Fate {
        let mut text = masked.to_vec();
        mask(&mut text, with);
        let lane = asks(&text);
        // The connection itself was let in for its first message.
        if let Some(lane) = lane.as_ref().filter(|_| number > 1)
            && let Err((why, wait)) = self.app.ops.admit(self.observation.credential)
        {
            let why = format!("headroom: {why}; come again in {} seconds", wait.as_secs() + 1);
            // Where nobody takes it, the connection is over anyway.
            drop(self.ours.send(plain_text(&self.refusal(&why, lane.0.as_deref()))));
            return Fate::Refused;
        }
        let mut observation = self.observation.message(number, &self.call);
        let begun = Instant::now();
        let mut prepared = prepare(&self.app, self.call.clone(), text.into(), &mut observation).await;
        observation.prepared(&mut prepared, begun.elapsed());
        observation.sending().await;
        // Whoever listens is not told of answers that come over a connection that stays open.
        if let Some(watch) = observation.watch.take() {
            watch.sent(observation.status);
        }
        if let Some(lane) = lane {
            self.wait(Asked {
                lane,
                observation,
                exchange: prepared.exchange,
            });
        }
        prepared
            .body
            .map_or(Fate::Stays, |body| Fate::Becomes(masked_text(&body, with)))
    }

    /// Takes in a message of the provider's.
    pub(super) fn heard(&self, text: &[u8]) {
        let mut pending = self.pending();
        let may_end = ENDS
            .iter()
            .any(|kind| memchr::memmem::find(text, kind.as_bytes()).is_some());
        if !may_end && pending.iter().all(|asked| asked.observation.first.is_some()) {
            return;
        }
        let Ok(event) = serde_json::from_slice::<Value>(text) else {
            return;
        };
        let lane = event["stream_id"].as_str();
        let Some(at) = pending.iter().position(|asked| asked.lane.0.as_deref() == lane) else {
            return;
        };
        if let Some(asked) = pending
            .get_mut(at)
            .filter(|asked| asked.observation.first.is_none())
        {
            asked
                .observation
                .answered(StatusCode::SWITCHING_PROTOCOLS.as_u16());
            asked.observation.first_byte();
        }
        let kind = event["type"].as_str().unwrap_or_default();
        if ENDS.contains(&kind)
            && let Some(mut asked) = pending.remove(at)
        {
            asked.end(kind, &event);
            self.app.observer.observe(asked.observation);
        }
    }

    /// The connection is over, and what was not answered with it.
    pub(super) fn end(&self) {
        for asked in self.pending().drain(..) {
            self.app.observer.observe(asked.observation);
        }
    }

    fn wait(&self, asked: Asked) {
        let mut pending = self.pending();
        pending.push_back(asked);
        if pending.len() > MOST_PENDING
            && let Some(asked) = pending.pop_front()
        {
            self.app.observer.observe(asked.observation);
        }
    }

    fn pending(&self) -> MutexGuard<'_, VecDeque<Asked>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The event for a request beyond the limits.
    fn refusal(&self, why: &str, lane: Option<&str>) -> String {
        let body = self.provider.error(Failure::TooMany, why, &self.observation.id);
        let mut event: Value = serde_json::from_str(&body).unwrap_or_default();
        event["type"] = "error".into();
        event["status"] = Failure::TooMany.status().into();
        if let Some(lane) = lane {
            event["stream_id"] = lane.into();
        }
        event.to_string()
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.end();
    }
}

impl Asked {
    /// Takes in the event that ends the answer, and with it what it cost.
    fn end(&mut self, kind: &str, event: &Value) {
        self.exchange.begin(Head {
            status: 200,
            content_type: "text/event-stream",
        });
        self.exchange.observe(format!("data: {event}\n\n").as_bytes());
        self.observation.account = self.exchange.account();
        self.observation.failed = matches!(kind, "error" | "response.failed");
        if let Some(status) = event["status"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
        {
            self.observation.status = status;
        }
    }
}

/// The lane of a message that asks for an answer; `None` for other messages.
fn asks(text: &[u8]) -> Option<Lane> {
    let document = Document::parse(std::str::from_utf8(text).ok()?).ok()?;
    let member = |key: &str| Some(document.root().get(key)?.text()?.into_owned());
    (member("type")? == ASKS).then(|| Lane(member("stream_id")))
}
