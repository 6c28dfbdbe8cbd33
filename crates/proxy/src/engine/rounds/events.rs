//! Streams of server-sent events, frame by frame: all that is the same in every format. A format's [`Reader`] says what
//! a frame means.

use headroom::json::Document;
use serde_json::{Map, Value};

use super::Rounds;
use super::counts::Counts;
use crate::engine::answer::Answer;
use crate::engine::exchange::Step;
use crate::engine::options::UsageShown;
use crate::engine::turn::Round;
use crate::engine::usage::Usage;
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

/// What every reader keeps of an answer.
pub(super) struct SoFar {
    /// The rounds, the last of them still growing.
    pub(super) rounds: Vec<Round>,
    /// What they cost.
    pub(super) counts: Counts,
    /// The frames that end the round, held back.
    pub(super) held: Vec<Vec<u8>>,
    /// Something of the stream was kept from the client.
    pub(super) hides: bool,
}

impl SoFar {
    /// At the beginning of the first round; `read` reads the format's counts.
    pub(super) fn new(read: fn(&Map<String, Value>) -> Usage, shown: UsageShown) -> Self {
        Self {
            rounds: vec![Round::default()],
            counts: Counts::new(read, shown),
            held: Vec::new(),
            hides: false,
        }
    }

    /// True where the client has nothing left to do at the end: what tells it to act is ours.
    pub(super) fn ends(&self) -> bool {
        self.rounds.last().is_some_and(|round| !round.open)
    }
}

/// Reads the frames of one format.
pub(super) trait Reader: Send {
    /// What it has read.
    fn so_far(&self) -> &SoFar;

    /// What it has read, to be changed.
    fn so_far_mut(&mut self) -> &mut SoFar;

    /// Reads a frame and writes what the client gets of it.
    fn frame(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>) -> State;

    /// What a stream that ends here means, in formats that have no last event.
    fn may_end(&mut self) -> State {
        State::Open
    }

    /// See [`Rounds::answer`].
    fn answer(round: &mut Round, answers: &[Answer], body: &str) -> Option<String>;

    /// Forgets what is of one round alone and was not taken at its end.
    fn next_round(&mut self) {}

    /// Writes a frame that was held back, as the end of the answer.
    fn tell(&mut self, frame: &Frame<'_>, out: &mut Vec<u8>);

    /// An error event.
    fn broke(why: &str, out: &mut Vec<u8>);
}

/// The stream of one or more rounds, spliced into one.
pub(super) struct Stream<R> {
    frames: Frames,
    state: State,
    reader: R,
}

impl<R: Reader> Stream<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            frames: Frames::default(),
            state: State::default(),
            reader,
        }
    }

    fn hides(&self) -> bool {
        self.reader.so_far().hides
    }

    fn step(&self) -> Step {
        match self.state {
            State::Ended => Step::Settle,
            // What follows the end goes on to the client as well, unless its end is of our making.
            State::Over if self.hides() => Step::Done,
            State::Open | State::Over => Step::More,
        }
    }
}

impl<R: Reader> Rounds for Stream<R> {
    fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Step {
        self.frames.push(chunk);
        while self.state == State::Open
            && let Some(frame) = self.frames.next_frame()
        {
            self.state = self.reader.frame(&frame, out);
        }
        if self.state == State::Over && !self.hides()
            || self.state == State::Open && self.frames.waiting() > MAX_FRAME
        {
            out.extend_from_slice(self.frames.rest());
        }
        self.step()
    }

    /// A last frame may lack the blank line behind it; half a frame is none for the client, and would run into what
    /// it is told where the message is not complete.
    fn end(&mut self, out: &mut Vec<u8>) -> Step {
        let rest = self.frames.rest().to_vec();
        let frame = Frame::read(&rest);
        let whole = Document::parse(&frame.data).is_ok() || frame.data.trim() == DONE;
        if self.state == State::Open && whole {
            self.state = self.reader.frame(&frame, out);
        }
        if self.state == State::Open {
            self.state = self.reader.may_end();
            if self.state != State::Open && !whole && !self.hides() {
                out.extend_from_slice(&rest);
            }
        }
        if self.state == State::Open {
            self.state = State::Over;
            if whole {
                out.extend_from_slice(b"\n\n");
            }
            R::broke("the provider's stream ended before its message did", out);
        }
        match self.step() {
            Step::More => Step::Done,
            step => step,
        }
    }

    fn broke(&mut self, why: &str, out: &mut Vec<u8>) {
        self.state = State::Over;
        R::broke(why, out);
    }

    fn rounds(&self) -> &[Round] {
        &self.reader.so_far().rounds
    }

    fn answer(&mut self, answers: &[Answer], body: &str) -> Option<String> {
        let so_far = self.reader.so_far_mut();
        let next = R::answer(so_far.rounds.last_mut()?, answers, body)?;
        so_far.counts.next_round();
        so_far.rounds.push(Round::default());
        so_far.held.clear();
        self.reader.next_round();
        self.frames = Frames::default();
        self.state = State::Open;
        Some(next)
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.state = State::Over;
        for bytes in std::mem::take(&mut self.reader.so_far_mut().held) {
            self.reader.tell(&Frame::read(&bytes), out);
        }
    }

    fn usage(&self) -> (Usage, Usage) {
        self.reader.so_far().counts.usage()
    }
}
