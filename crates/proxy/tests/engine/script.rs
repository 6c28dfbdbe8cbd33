//! A client and a provider by script.

use std::sync::Arc;

use headroom_proxy::engine::{Account, Call, Engine, EngineOptions, Head, Mode, Prepared, Step};
use headroom_store::MemoryVault;
use serde_json::{Value, json};

use crate::wires::{End, Say, Seen, Wire, call};

/// An engine with a memory of its own.
pub(crate) fn engine(options: EngineOptions) -> Engine {
    Engine::new(options, Arc::new(MemoryVault::default()))
}

/// The model of calls whose address asks for a stream.
pub(crate) const STREAMED: &str = "streamed";

/// One conversation step: what was sent upstream and what the client got.
pub(crate) struct Exchanged {
    /// The bodies sent, the client's first.
    pub(crate) sent: Vec<String>,
    /// What the client got.
    pub(crate) got: Vec<u8>,
    /// What it cost.
    pub(crate) account: Account,
}

/// Sends a request; `provider` answers the body of every round with a content type and a body, which is cut into
/// chunks of `chunk` bytes.
pub(crate) fn exchange(
    engine: &Engine,
    call: &Call,
    request: &str,
    chunk: usize,
    mut provider: impl FnMut(usize, &str) -> (&'static str, Vec<u8>),
) -> Exchanged {
    let Prepared {
        body, mut exchange, ..
    } = engine.prepare(call, request.as_bytes(), &|| false);
    if call.model.as_deref() == Some(STREAMED) {
        exchange.expect_stream();
    }
    let mut body = body.unwrap_or_else(|| request.to_owned());
    let mut sent = Vec::new();
    let mut out = Vec::new();
    loop {
        let (content_type, answer) = provider(sent.len(), &body);
        sent.push(body);
        let mode = exchange.begin(Head {
            status: 200,
            content_type,
        });
        let mut step = Step::More;
        for piece in answer.chunks(chunk.max(1)) {
            if step != Step::More {
                break;
            }
            step = match mode {
                Mode::Relay => {
                    exchange.observe(piece);
                    out.extend_from_slice(piece);
                    Step::More
                }
                Mode::Stream | Mode::Whole => exchange.push(piece, &mut out),
            };
        }
        if step == Step::More {
            step = exchange.end(&mut out);
        }
        match (step == Step::Settle)
            .then(|| exchange.settle(&mut out))
            .flatten()
        {
            Some(next) => body = next,
            None => break,
        }
    }
    Exchanged {
        sent,
        got: out,
        account: exchange.account(),
    }
}

/// What a model says in each round of an answer; the last is said again where more is asked.
pub(crate) type Rounds = [(Vec<Say>, End)];

/// A client of one format with one engine.
pub(crate) struct Client<'a> {
    pub(crate) wire: &'a dyn Wire,
    pub(crate) engine: Engine,
    pub(crate) stream: bool,
    pub(crate) chunk: usize,
    /// The conversation as the client knows it.
    pub(crate) messages: Vec<Value>,
}

impl<'a> Client<'a> {
    /// A client who has got a long tool output and wonders.
    pub(crate) fn new(wire: &'a dyn Wire, options: EngineOptions, stream: bool, chunk: usize) -> Self {
        let mut messages = vec![wire.user("what is item 7?")];
        messages.extend(wire.spoken(&[call("call_1", "list", "{}")]));
        messages.extend(wire.results(&[("call_1", "list", &rows(80))]));
        Self {
            wire,
            engine: engine(options),
            stream,
            chunk,
            messages,
        }
    }

    /// One answer; the client adds it to the conversation.
    pub(crate) fn ask(&mut self, rounds: &Rounds) -> (Exchanged, Seen) {
        let exchanged = self.send(|wire, round, _| {
            let (says, end) = &rounds[round.min(rounds.len() - 1)];
            wire.answer(round, says, *end, self.stream)
        });
        let seen = self.wire.read(&exchanged.got, self.stream);
        self.messages.extend(self.wire.spoken(&seen.says));
        (exchanged, seen)
    }

    /// One request with whatever the provider answers.
    pub(crate) fn send(
        &self,
        mut provider: impl FnMut(&dyn Wire, usize, &str) -> (&'static str, Vec<u8>),
    ) -> Exchanged {
        let request = self.wire.request(&self.messages, self.stream);
        exchange(
            &self.engine,
            &self.wire.call(),
            &request,
            self.chunk,
            |round, body| provider(self.wire, round, body),
        )
    }

    /// The client says something more.
    pub(crate) fn say(&mut self, text: &str) {
        self.messages.push(self.wire.user(text));
    }

    /// The client answers its calls.
    pub(crate) fn answer(&mut self, results: &[(&str, &str, &str)]) {
        self.messages.extend(self.wire.results(results));
    }

    /// The first request of the conversation, as it goes upstream: for the refs in it.
    pub(crate) fn reference(&self) -> String {
        let prepared = self.engine.prepare(
            &self.wire.call(),
            self.wire.request(&self.messages, self.stream).as_bytes(),
            &|| false,
        );
        let body = prepared.body.expect("a smaller body");
        let at = body.find(", ref ").expect("a marker") + 6;
        body[at..at + 32].to_owned()
    }
}

/// A tool output that is worth leaving parts out of.
pub(crate) fn rows(count: usize) -> String {
    let row = |at: usize| json!({"id": at, "name": format!("item {at}"), "state": "ok", "owner": format!("team-{}", at % 7), "note": "nothing to report here, all as it was"});
    Value::Array((0..count).map(row).collect()).to_string()
}
