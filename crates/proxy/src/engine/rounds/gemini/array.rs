//! Streams without `alt=sse`: one JSON array of responses. What is no array is an answer in one piece.

use super::{Body, Reading, enveloped_stream, enveloped_whole, error};
use crate::engine::answer::Answer;
use crate::engine::exchange::Step;
use crate::engine::options::UsageShown;
use crate::engine::rounds::Rounds;
use crate::engine::rounds::envelope::{Enveloped, Framing, Piece};
use crate::engine::rounds::events::Stream;
use crate::engine::rounds::whole::Whole;
use crate::engine::turn::Round;
use crate::engine::usage::Usage;
use crate::wire::array::Elements;

/// See the module.
pub(in crate::engine::rounds) struct Array {
    shown: UsageShown,
    /// Responses are in envelopes.
    enveloped: bool,
    /// White space before the first byte that decides.
    blank: Vec<u8>,
    streamed: bool,
    inner: Option<Box<dyn Rounds>>,
}

impl Array {
    pub(in crate::engine::rounds) fn new(shown: UsageShown, enveloped: bool) -> Self {
        Self {
            shown,
            enveloped,
            blank: Vec::new(),
            streamed: false,
            inner: None,
        }
    }
}

impl Rounds for Array {
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Step {
        if let Some(inner) = &mut self.inner {
            return inner.push(chunk, out);
        }
        self.blank.extend_from_slice(chunk);
        let Some(first) = self.blank.iter().find(|byte| !byte.is_ascii_whitespace()) else {
            return Step::More;
        };
        self.streamed = *first == b'[';
        let mut inner: Box<dyn Rounds> = match (self.streamed, self.enveloped) {
            (true, true) => Box::new(Enveloped::new(Items::default(), enveloped_stream(self.shown))),
            (true, false) => {
                let stream = Box::new(Stream::new(Reading::new(self.shown)));
                Box::new(Enveloped::new(Items::default(), stream))
            }
            (false, true) => enveloped_whole(self.shown),
            (false, false) => Box::new(Whole::<Body>::new(self.shown)),
        };
        let step = inner.push(&std::mem::take(&mut self.blank), out);
        self.inner = Some(inner);
        step
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Step {
        if let Some(inner) = &mut self.inner {
            return inner.end(out);
        }
        out.append(&mut self.blank);
        Step::Done
    }

    fn broke(&mut self, why: &str, out: &mut Vec<u8>) {
        match &mut self.inner {
            Some(inner) if self.streamed => inner.broke(why, out),
            // Nothing of an answer in one piece was handed on yet.
            _ => out.extend_from_slice(error(why).to_string().as_bytes()),
        }
    }

    fn rounds(&self) -> &[Round] {
        self.inner.as_ref().map_or(&[], |inner| inner.rounds())
    }

    fn answer(&mut self, answers: &[Answer], body: &str) -> Option<String> {
        self.inner.as_mut()?.answer(answers, body)
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if let Some(inner) = &mut self.inner {
            inner.finish(out);
        }
    }

    fn usage(&self) -> (Usage, Usage) {
        self.inner.as_ref().map(|inner| inner.usage()).unwrap_or_default()
    }
}

/// The elements of the array as events.
#[derive(Default)]
struct Items {
    elements: Elements,
    /// The client has got an element.
    begun: bool,
    closed: bool,
}

impl Framing for Items {
    fn push(&mut self, chunk: &[u8]) {
        self.elements.push(chunk);
    }

    fn next_piece(&mut self) -> Option<Piece> {
        let element = self.elements.next_element()?;
        let value = String::from_utf8_lossy(&element.bytes[element.value.clone()]);
        // An event is one line, and JSON has line ends between values only.
        let line = value.replace(['\n', '\r'], " ");
        Some(Piece::Event(
            element.bytes.to_vec(),
            format!("data: {line}\n\n").into_bytes(),
        ))
    }

    fn rest(&mut self) -> Vec<u8> {
        self.elements.rest().to_vec()
    }

    fn write(&mut self, _event: &str, data: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.begun { b",\r\n" } else { b"[" });
        out.extend_from_slice(data.as_bytes());
        self.begun = true;
    }

    fn passed(&mut self) {
        self.begun = true;
    }

    fn stands_alone(&self) -> bool {
        false
    }

    fn next_round(&mut self) {
        self.elements = Elements::default();
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.closed, true) {
            out.extend_from_slice(if self.begun { b"]" } else { b"[]" });
        }
    }
}
