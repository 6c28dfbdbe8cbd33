//! A mock of a provider: answers every request with a fixed JSON, or with a paced stream where one is asked for.
//!
//!     upstream        listens on a free port of the loopback, which it prints
//!
//! On one thread, as the load generator is, so that both take the same from the machine whatever stands between.
#![forbid(unsafe_code)]

use std::convert::Infallible;
use std::future::Future;
use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use headroom_proxy_bench::{Mark, PACE, Pace, frame, now};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep_until};

/// What every request without a pace is answered with: some 200 bytes.
const ANSWER: &str = concat!(
    r#"{"id":"msg_01","type":"message","role":"assistant","model":"claude-sonnet-4-5","#,
    r#""content":[{"type":"text","text":"Fine."}],"stop_reason":"end_turn","#,
    r#""usage":{"input_tokens":12,"output_tokens":3}}"#
);

/// What a stream begins with, and what it ends with.
const BEGIN: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_01\",\"type\":\"message\",",
    "\"role\":\"assistant\",\"model\":\"claude-sonnet-4-5\",\"content\":[],\"stop_reason\":null,",
    "\"stop_sequence\":null,\"usage\":{\"input_tokens\":12,\"output_tokens\":1}}}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,",
    "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
);
const END: &str = concat!(
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",",
    "\"stop_sequence\":null},\"usage\":{\"output_tokens\":3}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
);

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(io::stdout(), "{}", listener.local_addr()?.port())?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream));
    }
}

async fn serve(stream: TcpStream) {
    // A client that leaves is no failure of ours.
    drop(
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service_fn(answer))
            .await,
    );
}

async fn answer(request: Request<Incoming>) -> Result<Response<Either<Full<Bytes>, Paced>>, Infallible> {
    let (head, mut body) = request.into_parts();
    while let Some(Ok(_)) = body.frame().await {}
    let pace = head
        .headers
        .get(PACE)
        .and_then(|value| Pace::read(value.to_str().ok()?));
    let (body, kind) = match pace {
        Some(pace) => (Either::Right(Paced::new(pace)), "text/event-stream"),
        None => (Either::Left(Full::from(ANSWER)), "application/json"),
    };
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}

/// A stream: its beginning, numbered frames, the first at once, and its end.
struct Paced {
    pace: Pace,
    /// Frames that left; `None` before the beginning.
    sent: Option<u32>,
    next: Pin<Box<Sleep>>,
    over: bool,
}

impl Paced {
    fn new(pace: Pace) -> Self {
        Self {
            pace,
            sent: None,
            next: Box::pin(sleep_until(Instant::now())),
            over: false,
        }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let data = |text: String| Poll::Ready(Some(Ok(Frame::data(Bytes::from(text)))));
        let Some(number) = this.sent else {
            this.sent = Some(0);
            return data(BEGIN.to_owned());
        };
        if this.over {
            return Poll::Ready(None);
        }
        if number == this.pace.frames {
            this.over = true;
            return data(END.to_owned());
        }
        if number > 0 {
            ready!(this.next.as_mut().poll(cx));
        }
        this.sent = Some(number + 1);
        // From now on and not from when it was due: frames that are late must not come in a bunch.
        let pause = this.pace.every.max(Duration::from_millis(1));
        this.next.as_mut().reset(Instant::now() + pause);
        data(frame(Mark { number, left: now() }))
    }
}
