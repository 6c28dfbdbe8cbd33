//! A stream of server-sent events, frame by frame: what every format's reader of streams starts from.

use headroom::json::Document;

use crate::engine::exchange::Step;
use crate::wire::sse::{Frame, Frames, MAX_FRAME};

/// What stands for a last event where events have no types.
pub(super) const DONE: &str = "[DONE]";

/// How far a round's stream has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum State {
    /// More is to come.
    #[default]
    Open,
    /// The round has ended and waits for its answers.
    Ended,
    /// Nothing is held back; whatever may follow is not ours to read.
    Over,
}

/// Reads the frames of one format.
pub(super) trait Reader {
    /// Reads a frame and writes what the client gets of it.
    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) -> State;

    /// True once something of the stream was kept from the client.
    fn hides(&self) -> bool;

    /// True where a stream may end here: formats that have no last event.
    fn may_end(&mut self) -> State {
        State::Open
    }
}

/// Cuts a stream into frames.
#[derive(Debug, Default)]
pub(super) struct Events {
    frames: Frames,
    state: State,
}

impl Events {
    /// A chunk of the stream.
    pub(super) fn push(&mut self, chunk: &[u8], reader: &mut dyn Reader, out: &mut Vec<u8>) -> Step {
        self.frames.push(chunk);
        while self.state == State::Open
            && let Some(frame) = self.frames.next_frame()
        {
            self.state = reader.frame(&frame, out);
        }
        if self.state == State::Over && !reader.hides()
            || self.state == State::Open && self.frames.waiting() > MAX_FRAME
        {
            out.extend_from_slice(self.frames.rest());
        }
        self.step(reader)
    }

    /// The end of the stream. A last frame may lack the blank line behind it; half a frame is none for the client,
    /// and would run into what it is told by `broke` where the message is not complete.
    pub(super) fn end(
        &mut self,
        reader: &mut dyn Reader,
        broke: fn(&str, &mut Vec<u8>),
        out: &mut Vec<u8>,
    ) -> Step {
        let rest = self.frames.rest().to_vec();
        let frame = Frame::read(&rest);
        let whole = Document::parse(&frame.data).is_ok() || frame.data.trim() == DONE;
        if self.state == State::Open && whole {
            self.state = reader.frame(&frame, out);
        }
        if self.state == State::Open {
            self.state = reader.may_end();
            if self.state != State::Open && !whole && !reader.hides() {
                out.extend_from_slice(&rest);
            }
        }
        if self.state == State::Open {
            self.state = State::Over;
            if whole {
                out.extend_from_slice(b"\n\n");
            }
            broke("the provider's stream ended before its message did", out);
        }
        match self.step(reader) {
            Step::More => Step::Done,
            step => step,
        }
    }

    /// Another round's stream begins.
    pub(super) fn next_round(&mut self) {
        *self = Self::default();
    }

    /// Nothing more is read.
    pub(super) fn close(&mut self) {
        self.state = State::Over;
    }

    fn step(&self, reader: &dyn Reader) -> Step {
        match self.state {
            State::Ended => Step::Settle,
            // What follows the end goes on to the client as well, unless its end is of our making.
            State::Over if reader.hides() => Step::Done,
            State::Open | State::Over => Step::More,
        }
    }
}
