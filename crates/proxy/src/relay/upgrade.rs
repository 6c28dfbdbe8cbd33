//! Connections that leave HTTP, as WebSocket does: bytes both ways, until one side ends.
//!
//! OpenAI's responses are also created over a WebSocket. What a client asks for there is made smaller like a posted
//! request, but nothing is left out: there is nobody to answer calls of ours in between.

use std::sync::Arc;
use std::time::Instant;

use hyper::body::Incoming;
use hyper::http::HeaderMap;
use hyper::http::header::{CONNECTION, HeaderName, HeaderValue, UPGRADE};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy, copy_bidirectional, split};

use super::body::Body;
use super::{headers, prepare, refuse, request};
use crate::app::App;
use crate::engine::Call;
use crate::observe::Observation;
use crate::providers::Route;
use crate::wire::websocket::{Front, front, mask, text_frame};

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
    tokio::spawn(join(Arc::clone(app), client, upstream, call, observation));
    Response::from_parts(head, Body::empty())
}

async fn join(
    app: Arc<App>,
    client: OnUpgrade,
    upstream: OnUpgrade,
    call: Option<Call>,
    observation: Observation,
) {
    let (client, upstream) = match tokio::try_join!(client, upstream) {
        Ok((client, upstream)) => (TokioIo::new(client), TokioIo::new(upstream)),
        Err(error) => return tracing::debug!(%error, "a connection was not handed over"),
    };
    let ended = match call {
        Some(call) => read_along(&app, client, upstream, &call, observation).await,
        None => both_ways(client, upstream).await,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

async fn both_ways(mut client: TokioIo<Upgraded>, mut upstream: TokioIo<Upgraded>) -> std::io::Result<()> {
    copy_bidirectional(&mut client, &mut upstream).await.map(drop)
}

/// Like [`both_ways`], with the client's texts made smaller.
async fn read_along(
    app: &Arc<App>,
    client: TokioIo<Upgraded>,
    upstream: TokioIo<Upgraded>,
    call: &Call,
    observation: Observation,
) -> std::io::Result<()> {
    let (from_client, mut to_client) = split(client);
    let (mut from_upstream, to_upstream) = split(upstream);
    tokio::select! {
        ended = requests(app, from_client, to_upstream, call, observation) => ended,
        ended = async {
            copy(&mut from_upstream, &mut to_client).await?;
            to_client.shutdown().await
        } => ended,
    }
}

/// Hands on what the client sends, frame by frame.
async fn requests(
    app: &Arc<App>,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    call: &Call,
    observation: Observation,
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
                    let observation = observation.message(messages, call);
                    match smaller(app, call, observation, &bytes[start..], mask).await {
                        Some(smaller) => to.write_all(&smaller).await?,
                        None => to.write_all(bytes).await?,
                    }
                    at += frame;
                }
            }
        }
        waiting.drain(..at);
        to.flush().await?;
    }
}

/// The frame of a smaller message, `None` where it stays as it is.
async fn smaller(
    app: &Arc<App>,
    call: &Call,
    mut observation: Observation,
    masked: &[u8],
    with: [u8; 4],
) -> Option<Vec<u8>> {
    let mut text = masked.to_vec();
    mask(&mut text, with);
    let begun = Instant::now();
    let mut prepared = prepare(app, call.clone(), text.into(), &mut observation).await;
    observation.prepared(&mut prepared, begun.elapsed());
    observation.sending().await;
    // What is answered is not read here.
    if let Some(watch) = observation.watch.take() {
        watch.sent(observation.status);
    }
    // Messages that ask for nothing are no requests.
    if observation.report.is_some() {
        app.observer.observe(observation);
    }
    Some(text_frame(&prepared.body?, with))
}
