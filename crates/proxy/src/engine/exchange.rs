//! Reading one answer: the state machine between the upstream's chunks and the client.

use std::sync::Arc;

use headroom::format::Format;
use headroom_store::Vault;

use super::answer::{Answer, HiddenCall, answer_call};
use super::prepare::Conversation;
use super::rounds::{self, Rounds};
use super::usage::Usage;
use super::{Shared, replay};

/// What the head of an upstream's answer says.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// HTTP status.
    pub status: u16,
    /// The `content-type`, empty where there is none.
    pub content_type: &'a str,
}

/// What to do with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Hand everything on as it comes, and show it to [`Exchange::observe`].
    Relay,
    /// Hand the head on but for its length, then what [`Exchange::push`] gives.
    Stream,
    /// Hold the head back until the body is complete: a later round may still fail.
    Whole,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Read on.
    More,
    /// Stop reading this answer and call [`Exchange::settle`].
    Settle,
    /// Everything the client gets was written.
    Done,
}

/// What an answer cost, for the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    /// The sum over all rounds.
    pub usage: Usage,
    /// Of which the rounds after the first.
    pub hidden_usage: Usage,
    /// Hidden rounds.
    pub hidden_rounds: u32,
    /// What was to be kept of them for later requests and could not be stored.
    pub lost_records: u32,
}

/// One request of a client and its answer, which may take several requests upstream.
pub struct Exchange {
    shared: Arc<Shared>,
    format: Format,
    /// What went upstream, where hidden rounds may follow.
    conversation: Option<Conversation>,
    reading: Reading,
    hidden_rounds: u32,
    lost_records: u32,
    /// A stream is expected whatever its content type says.
    expects_stream: bool,
}

/// Hidden calls that wait for their answers.
pub struct Questions {
    vault: Arc<dyn Vault>,
    calls: Vec<HiddenCall>,
    enough: bool,
}

impl Questions {
    /// The answers, from the store: blocks.
    pub fn answer(self) -> Vec<Answer> {
        let answer = |call: &HiddenCall| {
            if self.enough {
                Answer::enough()
            } else {
                answer_call(&call.arguments, &*self.vault)
            }
        };
        self.calls.iter().map(answer).collect()
    }
}

/// Hidden rounds to be put back into later requests.
pub struct Kept {
    vault: Arc<dyn Vault>,
    records: Vec<([u8; 16], Vec<u8>)>,
}

impl Kept {
    /// True where nothing is to be kept.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Puts them into the store: blocks. Gives the number of those that could not be stored: without one the next
    /// request is still valid, only shorter than what the provider has seen.
    pub fn keep(self) -> u32 {
        let kept = self
            .records
            .iter()
            .map(|(key, record)| self.vault.put_record(*key, record));
        kept.map(|kept| u32::from(kept.is_err())).sum()
    }
}

enum Reading {
    Nothing,
    Relay(rounds::Tap),
    Rewrite(Box<dyn Rounds>, Mode),
}

impl Exchange {
    pub(super) fn new(shared: Arc<Shared>, format: Format, conversation: Option<Conversation>) -> Self {
        Self {
            shared,
            format,
            conversation,
            reading: Reading::Nothing,
            hidden_rounds: 0,
            lost_records: 0,
            expects_stream: false,
        }
    }

    /// The client has asked for a stream by the address: Gemini's streams are JSON arrays without `alt=sse`, and
    /// nothing in their head tells them from answers in one piece.
    pub fn expect_stream(&mut self) {
        self.expects_stream = true;
    }

    /// True when hidden rounds may follow: the upstream must answer in a coding this can read.
    pub fn rewrites(&self) -> bool {
        self.conversation.is_some()
    }

    /// The head of an answer, the first or a later one. A later one that is not [`Mode::Stream`] or
    /// [`Mode::Whole`] as the first was is a failed round: [`Exchange::broke`], or for [`Mode::Whole`] hand it on.
    pub fn begin(&mut self, head: Head<'_>) -> Mode {
        let is = |kind: &str| {
            head.content_type
                .trim_start()
                .get(..kind.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(kind))
        };
        let streamed = is("text/event-stream");
        let binary = is("application/vnd.amazon.eventstream");
        let json = is("application/json");
        let array = json && self.expects_stream && self.format == Format::Gemini;
        let mode = match (head.status, self.conversation.is_some()) {
            (200..=299, true) if streamed || binary || array => Mode::Stream,
            (200..=299, true) if json => Mode::Whole,
            _ => Mode::Relay,
        };
        if let Reading::Rewrite(_, earlier) = &self.reading {
            return if *earlier == mode { mode } else { Mode::Relay };
        }
        let rounds = match mode {
            Mode::Relay => None,
            Mode::Stream if binary => rounds::binary(self.format, self.shared.options.usage),
            Mode::Stream if array => rounds::array(self.format, self.shared.options.usage),
            Mode::Stream => {
                let ours = self
                    .conversation
                    .as_ref()
                    .is_some_and(|conversation| conversation.counts_are_ours);
                rounds::stream(self.format, self.shared.options.usage, ours)
            }
            Mode::Whole => rounds::whole(self.format, self.shared.options.usage),
        };
        if let Some(rounds) = rounds {
            self.reading = Reading::Rewrite(rounds, mode);
            return mode;
        }
        self.reading = Reading::Relay(match (streamed, binary) {
            (true, _) => rounds::Tap::events(self.format),
            (_, true) => rounds::Tap::binary(self.format),
            _ => rounds::Tap::whole(self.format),
        });
        Mode::Relay
    }

    /// A chunk that is handed on as it is, read for what the answer costs.
    pub fn observe(&mut self, chunk: &[u8]) {
        if let Reading::Relay(tap) = &mut self.reading {
            tap.push(chunk);
        }
    }

    /// A chunk of the answer; what the client gets is appended to `out`.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Step {
        match &mut self.reading {
            Reading::Rewrite(rounds, _) => rounds.push(chunk, out),
            Reading::Relay(tap) => {
                tap.push(chunk);
                out.extend_from_slice(chunk);
                Step::More
            }
            Reading::Nothing => Step::More,
        }
    }

    /// The upstream's answer ended as it should.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Step {
        match &mut self.reading {
            Reading::Rewrite(rounds, _) => rounds.end(out),
            Reading::Relay(_) | Reading::Nothing => Step::Done,
        }
    }

    /// The upstream died, or a later round was refused: an error event in the provider's shape, never a clean end.
    pub fn broke(&mut self, why: &str, out: &mut Vec<u8>) {
        match &mut self.reading {
            Reading::Rewrite(rounds, _) => rounds.broke(why, out),
            Reading::Relay(tap) => tap.broke(why, out),
            Reading::Nothing => {}
        }
    }

    /// After [`Step::Settle`]: answers hidden calls from the store. Gives the body of the next round, or, with the
    /// rest of what the client gets in `out`, `None` at the end. What the next request needs is stored by then.
    ///
    /// Where nothing may block, its parts are called one by one: [`Exchange::questions`], [`Exchange::go_on`],
    /// [`Exchange::records`], [`Exchange::finish`].
    pub fn settle(&mut self, out: &mut Vec<u8>) -> Option<String> {
        if let Some(questions) = self.questions() {
            let next = self.go_on(&questions.answer());
            if next.is_some() {
                return next;
            }
        }
        let lost = self.records().keep();
        self.lost(lost);
        self.finish(out);
        None
    }

    /// The hidden calls of the round that has ended, if they are to be answered.
    pub fn questions(&self) -> Option<Questions> {
        let Reading::Rewrite(rounds, _) = &self.reading else {
            return None;
        };
        let calls = rounds.calls();
        let limit = self.shared.options.max_rounds;
        // Beyond the limit calls are told to do without, and one that comes all the same is dropped.
        (self.conversation.is_some() && !calls.is_empty() && self.hidden_rounds <= limit).then(|| Questions {
            vault: Arc::clone(&self.shared.vault),
            calls,
            enough: self.hidden_rounds == limit,
        })
    }

    /// Takes the answers in, in their order. Gives the body of the next round; `None` where the client acts first.
    pub fn go_on(&mut self, answers: &[Answer]) -> Option<String> {
        let Reading::Rewrite(rounds, _) = &mut self.reading else {
            return None;
        };
        let conversation = self.conversation.as_mut()?;
        let next = rounds.answer(answers, &conversation.body)?;
        self.hidden_rounds += 1;
        conversation.body.clone_from(&next);
        Some(next)
    }

    /// What later requests of the conversation need.
    pub fn records(&self) -> Kept {
        let records = match (&self.reading, &self.conversation) {
            (Reading::Rewrite(rounds, _), Some(conversation)) => {
                replay::remember(self.format, rounds.rounds(), &conversation.chain)
            }
            _ => Vec::new(),
        };
        Kept {
            vault: Arc::clone(&self.shared.vault),
            records,
        }
    }

    /// What [`Kept::keep`] could not store, for the account.
    pub fn lost(&mut self, records: u32) {
        self.lost_records += records;
    }

    /// Writes the end of the answer that was held back.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if let (Reading::Rewrite(rounds, _), Some(_)) = (&mut self.reading, &self.conversation) {
            rounds.finish(out);
        }
    }

    /// What the answer cost so far.
    pub fn account(&self) -> Account {
        let (usage, hidden_usage) = match &self.reading {
            Reading::Rewrite(rounds, _) => rounds.usage(),
            Reading::Relay(tap) => (tap.usage(), Usage::default()),
            Reading::Nothing => (Usage::default(), Usage::default()),
        };
        Account {
            usage,
            hidden_usage,
            hidden_rounds: self.hidden_rounds,
            lost_records: self.lost_records,
        }
    }
}
