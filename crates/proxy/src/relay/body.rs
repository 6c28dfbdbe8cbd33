//! Bodies on their way, in both directions.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::time::timeout;

/// Why a body broke off.
pub(crate) type Broken = Box<dyn StdError + Send + Sync>;

/// One more piece of a body, and what makes the pieces after it.
type Piece<S> = Option<(Result<Frame<Bytes>, Broken>, S)>;

/// What makes the pieces of a body, one at a time and only when asked.
pub(crate) trait Source: Send + Sized + 'static {
    /// The next piece; `None` at the end.
    fn next(self) -> impl Future<Output = Piece<Self>> + Send;
}

/// A body.
pub(crate) enum Body {
    /// Known as a whole.
    Full(Option<Bytes>),
    /// Handed on as it comes.
    Incoming(Incoming),
    /// Made piece by piece.
    Made(Pin<Box<dyn HttpBody<Data = Bytes, Error = Broken> + Send>>),
}

impl Body {
    /// A body that is known.
    pub(crate) fn full(bytes: impl Into<Bytes>) -> Self {
        Self::Full(Some(bytes.into()))
    }

    /// No body.
    pub(crate) fn empty() -> Self {
        Self::Full(None)
    }

    /// A body from a source.
    pub(crate) fn made<S: Source>(source: S) -> Self {
        Self::Made(Box::pin(Made {
            source: Some(source),
            waiting: None,
        }))
    }
}

/// Why a body is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Missing {
    /// It is longer than it may be.
    TooLarge,
    /// The client broke off, or is too slow: why, in words.
    Broken(String),
}

/// A whole body of at most `limit` bytes. Every piece must come within `patience`, or a client that sends a byte now
/// and then holds what it has sent so far for ever.
pub(crate) async fn collect(
    mut incoming: Incoming,
    limit: usize,
    patience: Duration,
) -> Result<Bytes, Missing> {
    let mut pieces: Vec<Bytes> = Vec::new();
    let mut length = 0;
    loop {
        let frame = match timeout(patience, incoming.frame()).await {
            Ok(None) => break,
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) => return Err(Missing::Broken(error.to_string())),
            Err(_) => {
                let seconds = patience.as_secs();
                return Err(Missing::Broken(format!(
                    "no more of the request came for {seconds} seconds"
                )));
            }
        };
        if let Ok(data) = frame.into_data() {
            length += data.len();
            if length > limit {
                return Err(Missing::TooLarge);
            }
            pieces.push(data);
        }
    }
    Ok(match pieces.len() {
        1 => pieces.remove(0),
        _ => pieces.concat().into(),
    })
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match self.get_mut() {
            Self::Full(bytes) => Poll::Ready(
                bytes
                    .take()
                    .filter(|bytes| !bytes.is_empty())
                    .map(|bytes| Ok(Frame::data(bytes))),
            ),
            Self::Incoming(incoming) => Pin::new(incoming).poll_frame(cx).map_err(Into::into),
            Self::Made(made) => made.as_mut().poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Self::Incoming(incoming) => incoming.is_end_stream(),
            Self::Made(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Incoming(incoming) => incoming.size_hint(),
            Self::Made(_) => SizeHint::default(),
        }
    }
}

type Waiting<S> = Pin<Box<dyn Future<Output = Piece<S>> + Send>>;

struct Made<S> {
    source: Option<S>,
    waiting: Option<Waiting<S>>,
}

// Nothing in here is pinned in place; the future is behind a pointer of its own.
impl<S> Unpin for Made<S> {}

impl<S: Source> HttpBody for Made<S> {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = self.get_mut();
        if this.waiting.is_none() {
            let Some(source) = this.source.take() else {
                return Poll::Ready(None);
            };
            this.waiting = Some(Box::pin(source.next()));
        }
        let Some(waiting) = this.waiting.as_mut() else {
            return Poll::Ready(None);
        };
        let piece = ready!(waiting.as_mut().poll(cx));
        this.waiting = None;
        Poll::Ready(piece.map(|(frame, source)| {
            this.source = Some(source);
            frame
        }))
    }
}
