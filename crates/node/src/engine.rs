//! The wire engine as JavaScript drives it: what `headroomFetch` and `CcrStream` are made of.
//!
//! An exchange is made empty, takes in a request and then its answer. Answers say what to do next; bytes that came
//! of it are fetched with `output` and `takeBody`, so that bodies never cross as JSON.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headroom::format::Format;
use headroom::json::Document;
use headroom::{Error, ErrorCode};
use headroom_proxy::engine::{Call, CallKind, Engine, EngineOptions, Exchange, Head, Mode, Prepared, Step};
use headroom_proxy::{asks_for_stream, recognise as recognised};
use napi::bindgen_prelude::{AsyncTask, Buffer};
use napi_derive::napi;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::answer::{answer, to_json};
use crate::job::{Job, utf8};
use crate::request::NativeCancel;
use crate::store::NativeStore;

/// A [`Call`] as it crosses.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Found out from the body when absent.
    #[serde(default)]
    format: Option<String>,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    model: Option<String>,
    /// A stream is expected whatever the head of the answer says.
    #[serde(default)]
    stream: bool,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Generate,
    Count,
    Batch,
    Live,
}

impl Asked {
    fn read(json: &str, body: &[u8]) -> Result<(Call, bool), Error> {
        let asked: Self = serde_json::from_str(json).map_err(|error| {
            Error::new(ErrorCode::InvalidOptions, "cannot tell what is asked for").because(error.to_string())
        })?;
        let call = Call {
            format: asked
                .format
                .map_or_else(|| sniffed(body), |name| Format::from_name(&name))?,
            kind: match asked.kind {
                Kind::Generate => CallKind::Generate,
                Kind::Count => CallKind::Count,
                Kind::Batch => CallKind::Batch,
                Kind::Live => CallKind::Live,
            },
            model: asked.model,
        };
        Ok((call, asked.stream))
    }

    fn of(call: Call, stream: bool) -> Self {
        Self {
            format: Some(call.format.name().to_owned()),
            kind: match call.kind {
                CallKind::Generate => Kind::Generate,
                CallKind::Count => Kind::Count,
                CallKind::Batch => Kind::Batch,
                CallKind::Live => Kind::Live,
            },
            model: call.model,
            stream,
        }
    }
}

/// The format of a request that came to an address which says nothing of it.
fn sniffed(body: &[u8]) -> Result<Format, Error> {
    let document = Document::parse(utf8(body)?).map_err(|error| {
        Error::new(ErrorCode::InvalidJson, "the request is not JSON").because(error.to_string())
    })?;
    Format::sniff(&document).ok_or_else(|| {
        Error::new(ErrorCode::InvalidFormat, "this is no request for a model")
            .because("it has no list of messages, `input` or `contents` in a known format")
    })
}

/// What a request asks for, by its address: `{format, kind, model, stream}` or null. See `headroom_proxy::recognise`.
#[napi]
pub fn recognise(method: String, url: String, versioned: bool) -> String {
    answer(|| {
        to_json(&recognised(&method, &url, versioned).map(|call| Asked::of(call, asks_for_stream(&url))))
    })
}

/// Options as written, without settings of the core that belong to single calls.
pub(crate) fn read_options(json: &str) -> Result<EngineOptions, Error> {
    let options: EngineOptions = serde_json::from_str(json).map_err(|error| {
        Error::new(ErrorCode::InvalidOptions, "cannot read the options").because(error.to_string())
    })?;
    options.compress.clone().into_policy()?;
    Ok(options)
}

/// What all exchanges share.
#[napi]
pub struct NativeEngine {
    engine: Result<Engine, Error>,
}

#[napi]
impl NativeEngine {
    /// An engine; `check` says whether it is one.
    #[napi(constructor)]
    pub fn new(options: String, store: &NativeStore) -> Self {
        let made = read_options(&options).and_then(|options| {
            let vault = store.place().vault()?;
            Ok(Engine::new(options, vault))
        });
        Self { engine: made }
    }

    /// Null, or what is wrong with the options or the store.
    #[napi]
    pub fn check(&self) -> String {
        answer(|| self.engine.clone().map(|_| "null".to_owned()))
    }

    /// An exchange without a request.
    #[napi]
    pub fn exchange(&self) -> NativeExchange {
        NativeExchange {
            engine: self.engine.clone(),
            state: Arc::default(),
        }
    }
}

/// One request and its answer, which may take several requests.
#[napi]
pub struct NativeExchange {
    engine: Result<Engine, Error>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    exchange: Option<Exchange>,
    /// For the client, not fetched yet.
    out: Vec<u8>,
    /// To be sent upstream, not fetched yet.
    body: Option<String>,
}

impl State {
    /// Takes a prepared request in; gives `{report, note, rewrites}`.
    fn take(&mut self, mut prepared: Prepared, stream: bool) -> String {
        if stream {
            prepared.exchange.expect_stream();
        }
        let note = prepared
            .note
            .map(|error| json!({ "code": error.code.as_str(), "text": error.to_string() }));
        let about = json!({
            "report": prepared.report,
            "note": note,
            "rewrites": prepared.exchange.rewrites(),
        });
        self.body = prepared.body;
        self.exchange = Some(prepared.exchange);
        about.to_string()
    }

    fn exchange(&mut self) -> Result<(&mut Exchange, &mut Vec<u8>), Error> {
        match &mut self.exchange {
            Some(exchange) => Ok((exchange, &mut self.out)),
            None => Err(Error::new(
                ErrorCode::InvalidOptions,
                "the exchange has no request yet",
            )),
        }
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn step(step: Step) -> String {
    let name = match step {
        Step::More => "more",
        Step::Settle => "settle",
        Step::Done => "done",
    };
    format!("\"{name}\"")
}

#[napi]
impl NativeExchange {
    /// Makes a request smaller off the event loop; what to send is in `takeBody`, unless it is the body itself.
    #[napi]
    pub fn prepare(&self, call: String, body: Buffer, cancel: Option<&NativeCancel>) -> AsyncTask<Job> {
        let (engine, state) = (self.engine.clone(), Arc::clone(&self.state));
        let raised = cancel.map(NativeCancel::flag).unwrap_or_default();
        Job::on(body, move |body| {
            let (call, stream) = Asked::read(&call, body.as_bytes())?;
            let engine = engine.clone()?;
            let prepared = engine.prepare(&call, body.as_bytes(), &|| raised.load(Ordering::Relaxed));
            Ok(locked(&state).take(prepared, stream))
        })
    }

    /// Takes a request in that is small already; see `Engine::attach`.
    #[napi]
    pub fn attach(&self, call: String, body: Buffer) -> String {
        answer(|| {
            let (call, stream) = Asked::read(&call, &body)?;
            let prepared = self.engine.clone()?.attach(&call, &body)?;
            Ok(locked(&self.state).take(prepared, stream))
        })
    }

    /// The head of an answer: `relay`, `stream` or `whole`.
    #[napi]
    pub fn begin(&self, status: u16, content_type: String) -> String {
        answer(|| {
            let mut state = locked(&self.state);
            let head = Head {
                status,
                content_type: &content_type,
            };
            let mode = match state.exchange()?.0.begin(head) {
                Mode::Relay => "relay",
                Mode::Stream => "stream",
                Mode::Whole => "whole",
            };
            Ok(format!("\"{mode}\""))
        })
    }

    /// A chunk of the answer: `more`, `settle` or `done`.
    #[napi]
    pub fn push(&self, chunk: Buffer) -> String {
        answer(|| {
            let mut state = locked(&self.state);
            let (exchange, out) = state.exchange()?;
            Ok(step(exchange.push(&chunk, out)))
        })
    }

    /// The answer ended as it should.
    #[napi]
    pub fn end(&self) -> String {
        answer(|| {
            let mut state = locked(&self.state);
            let (exchange, out) = state.exchange()?;
            Ok(step(exchange.end(out)))
        })
    }

    /// The answer broke off.
    #[napi]
    pub fn broke(&self, why: String) -> String {
        answer(|| {
            let mut state = locked(&self.state);
            let (exchange, out) = state.exchange()?;
            exchange.broke(&why, out);
            Ok(step(Step::Done))
        })
    }

    /// After `settle`: answers hidden calls off the event loop. True: `takeBody` has the next request.
    #[napi]
    pub fn settle(&self) -> AsyncTask<Job> {
        let state = Arc::clone(&self.state);
        Job::alone(move || {
            let mut state = locked(&state);
            let (exchange, out) = state.exchange()?;
            let next = exchange.settle(out);
            state.body = next;
            Ok(state.body.is_some().to_string())
        })
    }

    /// The body to send, once.
    #[napi]
    pub fn take_body(&self) -> Option<Buffer> {
        let body = locked(&self.state).body.take();
        body.map(|body| Buffer::from(body.into_bytes()))
    }

    /// What the client gets and was not fetched yet.
    #[napi]
    pub fn output(&self) -> Buffer {
        Buffer::from(std::mem::take(&mut locked(&self.state).out))
    }
}
