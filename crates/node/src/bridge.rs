//! From the proxy's threads to JavaScript and back: hooks, extensions and routes that live there.
//!
//! Something is said as JSON text, with bytes where there are some, and a ticket. What JavaScript answers comes back
//! under that ticket through `NativeProxy.answer`; with ticket 0 nobody waits. No thread waits for JavaScript, and an
//! answer nobody wants any more is dropped.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use headroom::pipeline::{Plan, Warning};
use headroom_proxy::engine::{Account, Advice, Usage};
use headroom_proxy::{
    Handler, Later, Listener, News, Pieces, Question, Received, RouteAnswer, RouteRequest, Watched,
};
use napi::Status;
use napi::bindgen_prelude::{Buffer, FnArgs};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::engine::Asked;

/// What JavaScript is called with: ticket, text, bytes.
type Said = FnArgs<(u32, String, Option<Buffer>)>;

/// The function in JavaScript. It does not keep the process alive, and it must not throw.
pub(crate) type Callback = ThreadsafeFunction<Said, (), Said, Status, false, true>;

/// What JavaScript answers: text and bytes.
type Answer = (String, Option<Vec<u8>>);

/// Who waits for which ticket.
#[derive(Default)]
pub(crate) struct Waiting {
    tickets: Mutex<HashMap<u32, oneshot::Sender<Answer>>>,
    last: AtomicU32,
}

impl Waiting {
    /// Hands an answer to whoever waits for it.
    pub(crate) fn answer(&self, ticket: u32, text: String, bytes: Option<Vec<u8>>) {
        if let Some(waiter) = self.take(ticket) {
            // Whoever waited may have left.
            drop(waiter.send((text, bytes)));
        }
    }

    fn take(&self, ticket: u32) -> Option<oneshot::Sender<Answer>> {
        self.tickets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&ticket)
    }

    fn ticket(self: &Arc<Self>) -> (Ticket, oneshot::Receiver<Answer>) {
        let (sender, receiver) = oneshot::channel();
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        let number = loop {
            let number = self.last.fetch_add(1, Ordering::Relaxed);
            if number != 0 && !tickets.contains_key(&number) {
                break number;
            }
        };
        tickets.insert(number, sender);
        let waiting = Arc::clone(self);
        (Ticket { number, waiting }, receiver)
    }
}

/// A place in the queue, given back when nobody waits any more.
struct Ticket {
    number: u32,
    waiting: Arc<Waiting>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.waiting.take(self.number);
    }
}

/// The way to JavaScript.
pub(crate) struct Bridge {
    callback: Callback,
    waiting: Arc<Waiting>,
}

impl Bridge {
    pub(crate) fn new(callback: Callback, waiting: Arc<Waiting>) -> Self {
        Self { callback, waiting }
    }

    fn say(&self, ticket: u32, what: &Value, bytes: Option<Vec<u8>>) -> Result<(), String> {
        let said = (ticket, what.to_string(), bytes.map(Buffer::from)).into();
        match self.callback.call(said, ThreadsafeFunctionCallMode::NonBlocking) {
            Status::Ok => Ok(()),
            // A worker that ended takes its hooks along.
            status => Err(format!("JavaScript cannot be reached: {status}")),
        }
    }

    /// Says something and gives what is answered. Errors: there is nobody any more.
    fn ask(
        &self,
        what: &Value,
        bytes: Option<Vec<u8>>,
    ) -> impl Future<Output = Result<Answer, String>> + use<> {
        let (ticket, answer) = self.waiting.ticket();
        let said = self.say(ticket.number, what, bytes);
        async move {
            let _held = ticket;
            said?;
            answer.await.map_err(|_| "JavaScript does not answer".to_owned())
        }
    }
}

/// What a listener in JavaScript answers.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Advised {
    plan: Option<Value>,
    warnings: Vec<Warning>,
}

impl Advised {
    /// Reads advice. What cannot be read is a warning.
    pub(crate) fn read(json: &str) -> Advice {
        let Self { plan, mut warnings } = match serde_json::from_str(json) {
            Ok(advised) => advised,
            Err(error) => return Advice::failed("hooks", error.to_string()),
        };
        let plan = plan.and_then(|plan| match serde_json::from_value::<Plan>(plan) {
            Ok(plan) => Some(plan),
            Err(error) => {
                warnings.extend(Advice::failed("plan", error.to_string()).warnings);
                None
            }
        });
        Advice { plan, warnings }
    }
}

fn about(request: &Watched) -> Value {
    json!({ "id": request.id, "provider": request.provider, "asked": Asked::of(request.call.clone(), false) })
}

impl Listener for Bridge {
    fn ask(&self, request: &Watched, question: Question) -> Later<Advice> {
        let request = about(request);
        let (what, bytes) = match question {
            Question::Planned { body, draft } => (
                json!({ "at": "planned", "request": request, "draft": draft }),
                Some(body.into()),
            ),
            Question::Compressed { body, report } => (
                json!({ "at": "compressed", "request": request, "report": report }),
                body.map(Vec::from),
            ),
            Question::Sending => (json!({ "at": "sending", "request": request }), None),
        };
        let asked = self.ask(&what, bytes);
        Box::pin(async move {
            match asked.await {
                Ok((text, _)) => Advised::read(&text),
                Err(why) => Advice::failed("hooks", why),
            }
        })
    }

    fn tell(&self, request: &Watched, news: News) {
        let request = about(request);
        let what = match news {
            News::Sent(status) => {
                json!({ "at": "sent", "request": request, "response": { "status": status } })
            }
            News::Received(received) => {
                json!({ "at": "received", "request": request, "response": response(&received) })
            }
            News::Over => json!({ "at": "over", "request": request }),
        };
        // Nobody to tell is nothing to fail for.
        drop(self.say(0, &what, None));
    }
}

/// An answer as events show it.
fn response(received: &Received) -> Value {
    let mut shown = account(&received.account);
    shown["status"] = received.status.into();
    shown["stream"] = received.stream.into();
    shown["failed"] = received.failed.into();
    shown
}

/// What an answer cost, as events show it.
pub(crate) fn account(account: &Account) -> Value {
    json!({ "usage": usage(&account.usage), "hiddenRounds": account.hidden_rounds })
}

/// Tokens as events show them; what the provider did not say is not there.
fn usage(usage: &Usage) -> Value {
    let cache_write = match (usage.cache_write_5m, usage.cache_write_1h) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
    };
    let mut shown = json!({});
    for (key, tokens) in [
        ("input", usage.input),
        ("cacheRead", usage.cache_read),
        ("cacheWrite", cache_write),
        ("output", usage.output),
    ] {
        if let Some(tokens) = tokens {
            shown[key] = tokens.into();
        }
    }
    shown
}

/// The head of a route's answer.
#[derive(Deserialize)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

/// Routes in JavaScript.
pub(crate) struct Handlers(pub(crate) Arc<Bridge>);

impl Handler for Handlers {
    fn handle(&self, request: RouteRequest) -> Later<Result<RouteAnswer, String>> {
        let bridge = Arc::clone(&self.0);
        let RouteRequest {
            route,
            target,
            headers,
            body,
        } = request;
        Box::pin(async move {
            let (ticket, answer) = bridge.waiting.ticket();
            let what = json!({ "at": "route", "route": route, "target": target, "headers": headers });
            // From here on JavaScript is told when nobody wants the answer any more.
            let stream = Stream {
                bridge: Arc::clone(&bridge),
                number: ticket.number,
            };
            bridge.say(ticket.number, &what, (!body.is_empty()).then(|| body.into()))?;
            let (text, _) = answer
                .await
                .map_err(|_| "JavaScript does not answer".to_owned())?;
            let head: Head = serde_json::from_str(&text).map_err(|_| text)?;
            Ok(RouteAnswer {
                status: head.status,
                headers: head.headers,
                pieces: Box::new(stream),
            })
        })
    }
}

/// The body of an answer that JavaScript makes, by the ticket of its request.
struct Stream {
    bridge: Arc<Bridge>,
    number: u32,
}

impl Pieces for Stream {
    fn next(&mut self) -> Later<Option<Result<Bytes, String>>> {
        let asked = self
            .bridge
            .ask(&json!({ "at": "piece", "stream": self.number }), None);
        Box::pin(async move {
            match asked.await {
                Ok((_, Some(bytes))) => Some(Ok(bytes.into())),
                Ok((why, None)) if !why.is_empty() => Some(Err(why)),
                Ok(_) => None,
                Err(why) => Some(Err(why)),
            }
        })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        drop(
            self.bridge
                .say(0, &json!({ "at": "gone", "stream": self.number }), None),
        );
    }
}
