//! Sending a request that names what the provider holds of it, and as it is where that is refused.

use std::sync::Arc;

use bytes::Bytes;
use hyper::Response;
use hyper::StatusCode;
use hyper::body::Incoming;

use super::answer::Round;
use super::retry;
use crate::app::App;
use crate::cached_content::Asker;
use crate::providers::Failure;

/// Statuses of requests that name what is gone, not theirs, or not to be used so.
const REFUSED: [StatusCode; 3] = [
    StatusCode::BAD_REQUEST,
    StatusCode::FORBIDDEN,
    StatusCode::NOT_FOUND,
];

/// Sends a request of a round.
pub(super) async fn send(
    app: &Arc<App>,
    round: &Round,
    body: Bytes,
) -> Result<Response<Incoming>, (Failure, String)> {
    // The store may take a disc or a network; other requests must not wait for it.
    let name = |asker: &Arc<Asker>| tokio::task::block_in_place(|| asker.name(app, &body));
    let Some(mut named) = round.asker.as_ref().and_then(name) else {
        return retry::send(app, round, body).await;
    };
    let short = std::mem::take(&mut named.body);
    let response = retry::send(app, round, short.into()).await?;
    let status = response.status();
    if !REFUSED.contains(&status) {
        return Ok(response);
    }
    let again = retry::send(app, round, body).await;
    // What is refused without the name, too, is refused for another reason.
    if again
        .as_ref()
        .is_ok_and(|response| response.status().is_success())
    {
        tokio::task::block_in_place(|| app.contents.refused(app, &named, status));
    }
    again
}
