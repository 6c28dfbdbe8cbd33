//! Code Assist: every response is in an envelope, `{"response":…,"traceId":…}`.

use super::{Body, Reading};
use crate::engine::answer::Answer;
use crate::engine::envelope;
use crate::engine::exchange::Step;
use crate::engine::options::UsageShown;
use crate::engine::rounds::Rounds;
use crate::engine::rounds::envelope::{Enveloped, Framing, Piece};
use crate::engine::rounds::events::Stream;
use crate::engine::rounds::whole::Whole;
use crate::engine::turn::Round;
use crate::engine::usage::Usage;
use crate::wire::sse::Frames;

/// The reader of a stream.
pub(in crate::engine::rounds) fn enveloped_stream(shown: UsageShown) -> Box<dyn Rounds> {
    let stream = Box::new(Stream::new(Reading::new(shown)));
    Box::new(Enveloped::new(Responses::default(), stream))
}

/// The reader of an answer in one piece.
pub(in crate::engine::rounds) fn enveloped_whole(shown: UsageShown) -> Box<dyn Rounds> {
    Box::new(One {
        inner: Whole::new(shown),
        body: Vec::new(),
    })
}

/// The responses of a stream without what is around them.
#[derive(Default)]
struct Responses {
    frames: Frames,
    /// What stood around the last one, for those of our making.
    around: Option<(String, String)>,
}

impl Framing for Responses {
    fn push(&mut self, chunk: &[u8]) {
        self.frames.push(chunk);
    }

    fn next_piece(&mut self) -> Option<Piece> {
        let frame = self.frames.next_frame()?;
        let bytes = frame.bytes.to_vec();
        // An error has none around it, and is read as it is.
        let Some([before, response, after]) = envelope::answer(&frame.data) else {
            return Some(Piece::Event(bytes.clone(), bytes));
        };
        self.around = Some((before.to_owned(), after.to_owned()));
        // An event is one line, and JSON has line ends between values only.
        let line = response.replace(['\n', '\r'], " ");
        Some(Piece::Event(bytes, format!("data: {line}\n\n").into_bytes()))
    }

    fn rest(&mut self) -> Vec<u8> {
        self.frames.rest().to_vec()
    }

    fn write(&mut self, _event: &str, data: &str, out: &mut Vec<u8>) {
        let failed = data.starts_with("{\"error\"");
        let around = self.around.as_ref().filter(|_| !failed);
        let (before, after) = around.map_or(("", ""), |(before, after)| (before, after));
        let line = format!("{before}{data}{after}").replace(['\n', '\r'], " ");
        out.extend_from_slice(format!("data: {line}\n\n").as_bytes());
    }

    fn next_round(&mut self) {
        self.frames = Frames::default();
    }
}

/// An answer in one piece.
struct One {
    inner: Whole<Body>,
    body: Vec<u8>,
}

impl One {
    fn parts(&self) -> Option<[&str; 3]> {
        envelope::answer(std::str::from_utf8(&self.body).ok()?)
    }
}

impl Rounds for One {
    fn push(&mut self, chunk: &[u8], _out: &mut Vec<u8>) -> Step {
        self.body.extend_from_slice(chunk);
        Step::More
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Step {
        let response = self.parts().map(|[_, response, _]| response.to_owned());
        let mut unused = Vec::new();
        if let Some(response) = response {
            self.inner.push(response.as_bytes(), &mut unused);
            if self.inner.end(&mut unused) == Step::Settle {
                return Step::Settle;
            }
        }
        out.append(&mut self.body);
        Step::Done
    }

    fn broke(&mut self, _why: &str, _out: &mut Vec<u8>) {}

    fn rounds(&self) -> &[Round] {
        self.inner.rounds()
    }

    fn answer(&mut self, answers: &[Answer], body: &str) -> Option<String> {
        let next = self.inner.answer(answers, body)?;
        self.body.clear();
        Some(next)
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let mut response = Vec::new();
        self.inner.finish(&mut response);
        let [before, _, after] = self.parts().unwrap_or_default();
        out.extend_from_slice(before.as_bytes());
        out.extend_from_slice(&response);
        out.extend_from_slice(after.as_bytes());
    }

    fn usage(&self) -> (Usage, Usage) {
        self.inner.usage()
    }
}
