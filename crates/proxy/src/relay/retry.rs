//! Sending a request again before the first byte of its answer, where the user allows it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use hyper::Response;
use hyper::body::Incoming;
use hyper::http::header::RETRY_AFTER;

use super::answer::Round;
use super::body::Body;
use super::request;
use crate::app::App;
use crate::providers::Failure;

/// Statuses that ask to come again.
const AGAIN: [u16; 6] = [408, 429, 500, 502, 503, 529];

/// The first wait; each later one is up to twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// No wait is longer, whatever the upstream asks for: the client has a timeout of its own.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Sends a request, and again if the upstream cannot take it now.
pub(super) async fn send(
    app: &App,
    round: &Round,
    body: Bytes,
) -> Result<Response<Incoming>, (Failure, String)> {
    let mut attempt = 0;
    loop {
        let mut headers = round.headers.clone();
        if let Some(signer) = app.settings.signer.as_ref().filter(|_| round.signed) {
            let now = SystemTime::now();
            let signed = signer.sign(&round.method, &round.target, &mut headers, &body, now);
            signed.map_err(|error| {
                (
                    Failure::Unreadable,
                    format!("the request cannot be signed: {error}"),
                )
            })?;
        }
        let message = request(
            &round.method,
            round.target.clone(),
            headers,
            Body::full(body.clone()),
        );
        let outcome = app.upstream.send(message).await;
        let last = attempt >= app.settings.retries;
        let wait = match &outcome {
            Ok(response) if AGAIN.contains(&response.status().as_u16()) && !last => asked(response),
            Err((Failure::Unreachable, _)) if !last => None,
            _ => return outcome,
        };
        attempt += 1;
        tokio::time::sleep(wait.unwrap_or_else(|| backoff(attempt)).min(LONGEST_WAIT)).await;
    }
}

/// How long the upstream asks to wait, in whole seconds as nearly all do.
fn asked(response: &Response<Incoming>) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// Exponential with full jitter, so that clients refused at once do not come back at once.
fn backoff(attempt: u32) -> Duration {
    let most = FIRST_WAIT.saturating_mul(1 << attempt.min(6));
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos());
    FIRST_WAIT + most.mul_f64(f64::from(nanos % 1_000_000) / 1e6)
}
