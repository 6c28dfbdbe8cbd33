//! Connections that leave HTTP, as WebSocket does: bytes both ways, until one side ends.
//!
//! OpenAI's responses are also created over a WebSocket. What a client asks for there is made smaller like a posted
//! request, but nothing is left out: there is nobody to answer calls of ours in between.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::http::HeaderMap;
use hyper::http::header::{CONNECTION, HeaderName, HeaderValue, UPGRADE};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional, split};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::body::Body;
use super::talk::{Fate, Talk};
use super::{headers, refuse, request};
use crate::app::App;
use crate::engine::Call;
use crate::observe::Observation;
use crate::providers::{Provider, Route};
use crate::wire::websocket::{Front, Texts, front};

/// Bytes read at once.
const PIECE: usize = 16 << 10;

/// Extensions change what frames hold; without an offer there are none.
const EXTENSIONS: HeaderName = HeaderName::from_static("sec-websocket-extensions");

/// True when a request asks to leave HTTP.
pub(super) fn asks(headers: &HeaderMap) -> bool {
    let connection = headers.get(CONNECTION).and_then(|value| value.to_str().ok());
    let tokens = connection.into_iter().flat_map(|value| value.split(','));
    headers.contains_key(UPGRADE)
        && tokens
            .into_iter()
            .any(|token| token.trim().eq_ignore_ascii_case("upgrade"))
}

/// Asks the upstream, and joins the two connections if it agrees.
pub(super) async fn relay(
    app: &Arc<App>,
    mut observation: Observation,
    route: &Route,
    target: Uri,
    mut incoming: Request<Incoming>,
) -> Response<Body> {
    let client = hyper::upgrade::on(&mut incoming);
    let (head, _) = incoming.into_parts();
    let protocol = head.headers.get(UPGRADE).cloned();
    let mut to_send = headers::for_upstream(head.headers);
    let call = route.live.clone();
    if call.is_some() {
        to_send.remove(EXTENSIONS);
    }
    to_send.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    if let Some(protocol) = protocol {
        to_send.insert(UPGRADE, protocol);
    }
    let sent = app
        .upstream
        .send_upgrade(request(&head.method, target, to_send, Body::empty()))
        .await;
    let mut response = match sent {
        Ok(response) => response,
        Err((failure, why)) => return refuse(app, observation, route, failure, &why),
    };
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return super::answer::hand_on(app, observation, response, None);
    }
    let upstream = hyper::upgrade::on(&mut response);
    let (head, _) = response.into_parts();
    observation.answered(head.status.as_u16());
    app.observer.observe(observation.clone());
    let call = call.map(|call| (route.provider, call));
    tokio::spawn(join(Arc::clone(app), client, upstream, call, observation));
    Response::from_parts(head, Body::empty())
}

async fn join(
    app: Arc<App>,
    client: OnUpgrade,
    upstream: OnUpgrade,
    call: Option<(Provider, Call)>,
    observation: Observation,
) {
    let (client, upstream) = match tokio::try_join!(client, upstream) {
        Ok((client, upstream)) => (TokioIo::new(client), TokioIo::new(upstream)),
        Err(error) => return tracing::debug!(%error, "a connection was not handed over"),
    };
    let ended = match call {
        Some((provider, call)) => read_along(&app, client, upstream, provider, call, observation).await,
        None => both_ways(client, upstream).await,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

async fn both_ways(mut client: TokioIo<Upgraded>, mut upstream: TokioIo<Upgraded>) -> std::io::Result<()> {
    copy_bidirectional(&mut client, &mut upstream).await.map(drop)
}

/// Like [`both_ways`], with the client's texts made smaller and the answers' costs read.
async fn read_along(
    app: &Arc<App>,
    client: TokioIo<Upgraded>,
    upstream: TokioIo<Upgraded>,
    provider: Provider,
    call: Call,
    observation: Observation,
) -> std::io::Result<()> {
    let (from_client, to_client) = split(client);
    let (from_upstream, to_upstream) = split(upstream);
    let (ours, to_say) = unbounded_channel();
    let talk = Talk::new(app, provider, call, observation, ours);
    tokio::select! {
        ended = requests(app, &talk, from_client, to_upstream) => ended,
        ended = responses(&talk, from_upstream, to_client, to_say) => ended,
    }
}

/// Hands on what the provider sends, as it comes; between its messages also what we have to say.
async fn responses(
    talk: &Talk,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut to_say: UnboundedReceiver<Vec<u8>>,
) -> std::io::Result<()> {
    let mut texts = Texts::default();
    let mut piece = vec![0; PIECE];
    loop {
        let read = tokio::select! {
            read = from.read(&mut piece) => read?,
            Some(frame) = to_say.recv(), if texts.is_between() => {
                to.write_all(&frame).await?;
                to.flush().await?;
                continue;
            }
        };
        if read == 0 {
            talk.end();
            return to.shutdown().await;
        }
        to.write_all(&piece[..read]).await?;
        to.flush().await?;
        texts.push(&piece[..read], |text| talk.heard(text));
    }
}

/// Hands on what the client sends, frame by frame.
async fn requests(
    app: &App,
    talk: &Talk,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
) -> std::io::Result<()> {
    let mut messages: u32 = 0;
    let mut waiting: Vec<u8> = Vec::new();
    // Bytes of a frame that is not read and has not come in full.
    let mut passing: u64 = 0;
    loop {
        let start = waiting.len();
        waiting.resize(start + PIECE, 0);
        let read = from.read(&mut waiting[start..]).await?;
        waiting.truncate(start + read);
        if read == 0 {
            to.write_all(&waiting).await?;
            return to.shutdown().await;
        }
        let mut at = 0;
        while at < waiting.len() {
            if passing > 0 {
                let now = passing.min((waiting.len() - at) as u64) as usize;
                to.write_all(&waiting[at..at + now]).await?;
                (at, passing) = (at + now, passing - now as u64);
                continue;
            }
            match front(&waiting[at..], app.settings.max_body_bytes) {
                Front::Unknown => break,
                Front::Other(length) => passing = length,
                Front::Text { frame, start, mask } => {
                    let bytes = &waiting[at..at + frame];
                    messages += 1;
                    match talk.said(messages, &bytes[start..], mask).await {
                        Fate::Stays => to.write_all(bytes).await?,
                        Fate::Becomes(smaller) => to.write_all(&smaller).await?,
                        Fate::Refused => {}
                    }
                    at += frame;
                }
            }
        }
        waiting.drain(..at);
        to.flush().await?;
    }
}
