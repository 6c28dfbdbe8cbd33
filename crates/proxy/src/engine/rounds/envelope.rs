//! Streams that are not server-sent events, read as if they were.
//!
//! A message of another framing is shown to a format's reader as the event it stands for. What comes out as it went
//! in is handed on in the bytes it came in; what does not is framed anew.

use super::Rounds;
use crate::engine::answer::Answer;
use crate::engine::exchange::Step;
use crate::engine::turn::Round;
use crate::engine::usage::Usage;
use crate::wire::sse::Frames;

/// What a framing has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A message: its bytes, and the event it stands for.
    Event(Vec<u8>, Vec<u8>),
    /// A message that stands for no event.
    Other(Vec<u8>),
    /// The provider says that it failed; nothing of ours follows.
    Failure(Vec<u8>),
}

/// How messages are put on the wire.
pub(super) trait Framing: Send {
    /// Takes a chunk in.
    fn push(&mut self, chunk: &[u8]);

    /// The next message.
    fn next_piece(&mut self) -> Option<Piece>;

    /// What is left at the end.
    fn rest(&mut self) -> Vec<u8>;

    /// Frames an event. `error` is the event's name where it says that the answer failed.
    fn write(&mut self, event: &str, data: &str, out: &mut Vec<u8>);

    /// A message was handed on as it came.
    fn passed(&mut self) {}

    /// True where the bytes of a message do not depend on the messages around it.
    fn stands_alone(&self) -> bool {
        true
    }

    /// Another round's stream begins.
    fn next_round(&mut self);

    /// Ends a stream of our making.
    fn close(&mut self, _out: &mut Vec<u8>) {}
}

/// See the module.
pub(super) struct Enveloped<F> {
    framing: F,
    inner: Box<dyn Rounds>,
    /// Something was framed anew or kept back.
    changed: bool,
    over: bool,
}

impl<F: Framing> Enveloped<F> {
    pub(super) fn new(framing: F, inner: Box<dyn Rounds>) -> Self {
        Self {
            framing,
            inner,
            changed: false,
            over: false,
        }
    }

    /// Frames events anew.
    fn write(&mut self, events: &[u8], out: &mut Vec<u8>) {
        let mut frames = Frames::default();
        frames.push(events);
        while let Some(frame) = frames.next_frame() {
            if !frame.data.is_empty() {
                self.framing.write(&frame.event, &frame.data, out);
            }
        }
    }
}

impl<F: Framing> Rounds for Enveloped<F> {
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Step {
        if self.over {
            out.extend_from_slice(chunk);
            return Step::More;
        }
        self.framing.push(chunk);
        while let Some(piece) = self.framing.next_piece() {
            match piece {
                Piece::Event(bytes, event) => {
                    let mut events = Vec::new();
                    let step = self.inner.push(&event, &mut events);
                    if events == event && (!self.changed || self.framing.stands_alone()) {
                        out.extend_from_slice(&bytes);
                        self.framing.passed();
                    } else {
                        self.changed = true;
                        self.write(&events, out);
                    }
                    if step == Step::Done {
                        self.framing.close(out);
                    }
                    if step != Step::More {
                        return step;
                    }
                }
                Piece::Other(bytes) => out.extend_from_slice(&bytes),
                Piece::Failure(bytes) => {
                    self.over = true;
                    out.extend_from_slice(&bytes);
                    out.extend_from_slice(&self.framing.rest());
                    return Step::More;
                }
            }
        }
        Step::More
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Step {
        if self.over {
            return Step::Done;
        }
        let rest = self.framing.rest();
        let mut events = Vec::new();
        let step = self.inner.end(&mut events);
        let changed = self.changed || !events.is_empty();
        if !changed {
            out.extend_from_slice(&rest);
        }
        self.write(&events, out);
        if changed && step != Step::Settle {
            self.framing.close(out);
        }
        step
    }

    fn broke(&mut self, why: &str, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        let mut events = Vec::new();
        self.inner.broke(why, &mut events);
        self.write(&events, out);
        self.framing.close(out);
    }

    fn rounds(&self) -> &[Round] {
        self.inner.rounds()
    }

    fn answer(&mut self, answers: &[Answer], body: &str) -> Option<String> {
        let next = self.inner.answer(answers, body)?;
        self.framing.next_round();
        self.changed = true;
        Some(next)
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let mut events = Vec::new();
        self.inner.finish(&mut events);
        self.write(&events, out);
        self.framing.close(out);
        self.over = true;
    }

    fn usage(&self) -> (Usage, Usage) {
        self.inner.usage()
    }
}
