//! Handing an answer back: as it comes, rewritten as it comes, or as a whole.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming};
use hyper::http::HeaderMap;
use hyper::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use hyper::http::request::Parts;
use hyper::{Method, Response, Uri};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::body::{Body, Broken, Source};
use super::coding::Decoder;
use super::{headers, refuse, retry};
use crate::app::App;
use crate::engine::{Exchange, Head, Mode, Step};
use crate::observe::Observation;
use crate::providers::{Failure, Route};
use crate::recognise::asks_for_stream;

/// Longest error body of a later round that is told to the client, in bytes.
const MAX_ERROR: usize = 4096;

/// How the requests of an exchange are sent.
pub(super) struct Round {
    pub(super) method: Method,
    pub(super) target: Uri,
    pub(super) headers: HeaderMap,
    /// They are to be signed.
    pub(super) signed: bool,
}

impl Round {
    /// With the headers of the client's request.
    pub(super) fn new(head: &Parts, target: Uri, signed: bool) -> Self {
        Self {
            method: head.method.clone(),
            target,
            headers: headers::for_upstream(head.headers.clone()),
            signed,
        }
    }
}

/// Sends a prepared request and hands its answer back.
pub(super) async fn answer(
    app: &Arc<App>,
    mut observation: Observation,
    route: Route,
    mut round: Round,
    body: Bytes,
    mut exchange: Exchange,
) -> Response<Body> {
    headers::ask_for_plain(&mut round.headers);
    if asks_for_stream(round.target.path()) {
        exchange.expect_stream();
    }
    let response = match retry::send(app, &round, body).await {
        Ok(response) => response,
        Err((failure, why)) => return refuse(app, observation, &route, failure, &why),
    };
    observation.answered(response.status().as_u16());
    let decoder = decoder(&response);
    let readable = decoder.is_some() || !response.headers().contains_key(CONTENT_ENCODING);
    let mode = begin(&mut exchange, &response, readable);
    if mode == Mode::Relay {
        return hand_on(app, observation, response, Some(exchange));
    }
    let (mut head, incoming) = response.into_parts();
    headers::end_to_end(&mut head.headers);
    head.headers.remove(CONTENT_LENGTH);
    head.headers.remove(CONTENT_ENCODING);
    observation.add_headers(&mut head.headers);
    let reading = Reading {
        app: Arc::clone(app),
        round,
        exchange,
        incoming,
        decoder,
        observation: Some(observation),
        state: State::Reading,
    };
    if mode == Mode::Stream {
        Response::from_parts(head, Body::made(reading))
    } else {
        whole(head, reading, &route).await
    }
}

/// Hands an answer on as it comes, read for its costs where it is one of a model.
pub(super) fn hand_on(
    app: &Arc<App>,
    mut observation: Observation,
    response: Response<Incoming>,
    exchange: Option<Exchange>,
) -> Response<Body> {
    observation.answered(response.status().as_u16());
    let readable = !response.headers().contains_key(CONTENT_ENCODING);
    let exchange = exchange.filter(|_| readable).map(|mut exchange| {
        begin(&mut exchange, &response, true);
        exchange
    });
    let (mut head, incoming) = response.into_parts();
    headers::end_to_end(&mut head.headers);
    observation.add_headers(&mut head.headers);
    let body = if hyper::body::Body::is_end_stream(&incoming) {
        app.observer.observe(observation);
        Body::empty()
    } else {
        Body::made(Relay {
            app: Arc::clone(app),
            incoming,
            exchange,
            observation: Some(observation),
            over: false,
        })
    };
    Response::from_parts(head, body)
}

fn begin(exchange: &mut Exchange, response: &Response<Incoming>, readable: bool) -> Mode {
    let content_type = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    exchange.begin(Head {
        status: response.status().as_u16(),
        content_type: if readable { content_type } else { "" },
    })
}

fn decoder(response: &Response<Incoming>) -> Option<Decoder> {
    let coding = response.headers().get(CONTENT_ENCODING)?.to_str().ok()?;
    Decoder::new(coding)
}

/// The next piece of an upstream's answer; `None` at its end.
async fn next_piece(incoming: &mut Incoming, silence: Duration) -> Option<Result<Frame<Bytes>, String>> {
    match timeout(silence, incoming.frame()).await {
        Ok(None) => None,
        Ok(Some(Ok(frame))) => Some(Ok(frame)),
        Ok(Some(Err(error))) => Some(Err(format!("the provider's answer broke off: {error}"))),
        Err(_) => Some(Err(format!(
            "the provider was silent for {} seconds",
            silence.as_secs()
        ))),
    }
}

/// An answer handed on as it comes.
struct Relay {
    app: Arc<App>,
    incoming: Incoming,
    exchange: Option<Exchange>,
    observation: Option<Observation>,
    over: bool,
}

impl Source for Relay {
    async fn next(mut self) -> Option<(Result<Frame<Bytes>, Broken>, Self)> {
        if self.over {
            return None;
        }
        match next_piece(&mut self.incoming, self.app.settings.idle_timeout).await? {
            Ok(frame) => {
                if let (Some(exchange), Some(data)) = (self.exchange.as_mut(), frame.data_ref()) {
                    exchange.observe(data);
                }
                if let Some(observation) = &mut self.observation {
                    observation.first_byte();
                }
                Some((Ok(frame), self))
            }
            Err(why) => {
                self.over = true;
                let mut event = Vec::new();
                if let Some(exchange) = &mut self.exchange {
                    exchange.broke(&why, &mut event);
                }
                if let Some(observation) = &mut self.observation {
                    observation.broke(&why);
                }
                // Where there is no event to say it in, the connection says it by ending in the middle.
                let piece = if event.is_empty() {
                    Err(why.into())
                } else {
                    Ok(Frame::data(event.into()))
                };
                Some((piece, self))
            }
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        report(&self.app, self.observation.take(), self.exchange.as_ref());
    }
}

/// Hands what is known of a request to whoever counts.
fn report(app: &App, observation: Option<Observation>, exchange: Option<&Exchange>) {
    if let Some(mut observation) = observation {
        if let Some(exchange) = exchange {
            observation.account = exchange.account();
        }
        app.observer.observe(observation);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    Over,
}

/// An answer that may take several requests.
struct Reading {
    app: Arc<App>,
    round: Round,
    exchange: Exchange,
    incoming: Incoming,
    decoder: Option<Decoder>,
    observation: Option<Observation>,
    state: State,
}

impl Drop for Reading {
    fn drop(&mut self) {
        report(&self.app, self.observation.take(), Some(&self.exchange));
    }
}

fn undecoded(error: &std::io::Error) -> String {
    format!("the provider's answer cannot be decoded: {error}")
}

/// What a round that is over leads to.
enum Next {
    /// The answer is complete.
    Done,
    /// Another answer is there to be read.
    Round,
    /// It was refused, or cannot be reached: its head and body, or why.
    Refused(Response<Incoming>),
    Failed(Failure, String),
}

impl Reading {
    /// Reads one chunk; what the client gets is appended.
    async fn read(&mut self, out: &mut Vec<u8>) -> Result<Step, String> {
        let piece = next_piece(&mut self.incoming, self.app.settings.idle_timeout).await;
        let Some(frame) = piece.transpose()? else {
            self.decoder
                .as_mut()
                .map_or(Ok(()), Decoder::end)
                .map_err(|error| undecoded(&error))?;
            return Ok(self.exchange.end(out));
        };
        let Some(data) = frame.data_ref() else {
            return Ok(Step::More);
        };
        match &mut self.decoder {
            None => Ok(self.exchange.push(data, out)),
            Some(decoder) => {
                let plain = decoder.push(data).map_err(|error| undecoded(&error))?;
                Ok(self.exchange.push(&plain, out))
            }
        }
    }

    /// Answers hidden calls and sends the next round, if there is one.
    async fn settle(&mut self, out: &mut Vec<u8>) -> Next {
        let Some(body) = self.next_body().await else {
            let records = self.exchange.records();
            if !records.is_empty() {
                let lost = spawn_blocking(move || records.keep()).await;
                self.exchange.lost(lost.unwrap_or(1));
            }
            self.exchange.finish(out);
            return Next::Done;
        };
        match retry::send(&self.app, &self.round, body.into()).await {
            Ok(response) => {
                let decoder = decoder(&response);
                let readable = decoder.is_some() || !response.headers().contains_key(CONTENT_ENCODING);
                if begin(&mut self.exchange, &response, readable) == Mode::Relay {
                    return Next::Refused(response);
                }
                self.decoder = decoder;
                self.incoming = response.into_body();
                Next::Round
            }
            Err((failure, why)) => Next::Failed(failure, why),
        }
    }

    /// The body of the next round, if there is one. The store may take a disc or a network, and other requests must not
    /// wait for it.
    async fn next_body(&mut self) -> Option<String> {
        let questions = self.exchange.questions()?;
        let answers = spawn_blocking(move || questions.answer()).await.ok()?;
        self.exchange.go_on(&answers)
    }

    /// The stream cannot go on: says so in it.
    fn broke(&mut self, why: &str, out: &mut Vec<u8>) {
        self.state = State::Over;
        if let Some(observation) = &mut self.observation {
            observation.broke(why);
        }
        self.exchange.broke(why, out);
    }

    /// One turn of a stream.
    async fn turn(&mut self, out: &mut Vec<u8>) {
        match self.read(out).await {
            Ok(Step::More) => {}
            Ok(Step::Done) => self.state = State::Over,
            Ok(Step::Settle) => match self.settle(out).await {
                Next::Round => {}
                Next::Done => self.state = State::Over,
                Next::Refused(response) => {
                    let why = told(response).await;
                    self.broke(&why, out);
                }
                Next::Failed(_, why) => self.broke(&why, out),
            },
            Err(why) => self.broke(&why, out),
        }
    }
}

impl Source for Reading {
    async fn next(mut self) -> Option<(Result<Frame<Bytes>, Broken>, Self)> {
        let mut out = Vec::new();
        while out.is_empty() {
            if self.state == State::Over {
                return None;
            }
            self.turn(&mut out).await;
        }
        if let Some(observation) = &mut self.observation {
            observation.first_byte();
        }
        Some((Ok(Frame::data(out.into())), self))
    }
}

/// Why a later round was refused, in the upstream's words.
async fn told(response: Response<Incoming>) -> String {
    let status = response.status();
    let body = http_body_util::Limited::new(response.into_body(), MAX_ERROR);
    let text = body
        .collect()
        .await
        .map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned())
        .unwrap_or_default();
    format!("the provider refused to go on after reading back: {status} {text}")
}

/// Reads an answer in one piece, all its rounds.
async fn whole(head: hyper::http::response::Parts, mut reading: Reading, route: &Route) -> Response<Body> {
    let mut out = Vec::new();
    loop {
        let failed = match reading.read(&mut out).await {
            Ok(Step::More) => continue,
            Ok(Step::Done) => None,
            Ok(Step::Settle) => match reading.settle(&mut out).await {
                Next::Round => continue,
                Next::Done => None,
                Next::Refused(response) => {
                    let (app, observation) = (Arc::clone(&reading.app), reading.observation.take());
                    return match observation {
                        Some(observation) => hand_on(&app, observation, response, None),
                        None => Response::new(Body::empty()),
                    };
                }
                Next::Failed(failure, why) => Some((failure, why)),
            },
            Err(why) => Some((Failure::Unreachable, why)),
        };
        let app = Arc::clone(&reading.app);
        return match (failed, reading.observation.take()) {
            (Some((failure, why)), Some(observation)) => refuse(&app, observation, route, failure, &why),
            (_, observation) => {
                report(&app, observation, Some(&reading.exchange));
                Response::from_parts(head, Body::full(out))
            }
        };
    }
}
