//! From a client's request to the one that goes upstream.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use headroom::ccr::tool_definition;
use headroom::format::{Format, NotOffered};
use headroom::json::{Document, Value};
use headroom::message::{Edit, ToolDefinition, splice};
use headroom::pipeline::{self, Report, Warning};
use headroom::{Error, ErrorCode, Options, Policy};

use super::options::Ccr;
use super::replay::{self, Chain};
use super::{Engine, Exchange, cache, rounds};

/// What is offered: made once, as it is the same in every request.
static TOOL: LazyLock<ToolDefinition> = LazyLock::new(tool_definition);

/// What a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its wire format.
    pub format: Format,
    /// What it asks for.
    pub kind: CallKind,
    /// The model, where the address names it and not the body.
    pub model: Option<String>,
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// An answer of the model.
    Generate,
    /// The number of tokens of such a request: treated the same way, or the client's meter would lie.
    Count,
    /// Many requests, answered some time: nobody is there to answer calls of ours, so nothing is left out.
    Batch,
    /// A message over a connection that stays open: nobody answers calls of ours there either.
    Live,
}

/// What the account of a request needs besides its report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The model, as the request names it.
    pub model: Option<String>,
    /// Tokens of the retrieval tool's definition, where it was offered.
    pub tool_tokens: usize,
    /// Tokens of hidden rounds of earlier answers that were put back.
    pub put_back_tokens: usize,
}

/// A request ready to be sent.
pub struct Prepared {
    /// The body to send; `None`: the client's own.
    pub body: Option<String>,
    /// What was done; `None` when the body could not be read.
    pub report: Option<Report>,
    /// What it costs besides; nothing where the body could not be read.
    pub facts: Facts,
    /// Why the request goes on as it came. Never a reason to fail.
    pub note: Option<Error>,
    /// Reads the answer.
    pub exchange: Exchange,
}

/// What hidden rounds need of the request.
pub(super) struct Conversation {
    /// The body as sent upstream.
    pub(super) body: String,
    /// Over the client's own messages.
    pub(super) chain: Chain,
    /// The provider counts in the stream because we asked for it.
    pub(super) counts_are_ours: bool,
}

impl Engine {
    /// Makes a request smaller, offers the retrieval tool and puts hidden rounds of earlier answers back. Whatever
    /// goes wrong leaves the request as it came; `cancel` is asked before each block.
    pub fn prepare(&self, call: &Call, body: &[u8], cancel: &dyn Fn() -> bool) -> Prepared {
        // A defect of ours is no reason to fail either (law 9). What the work borrows is read-only, or in the store
        // guarded by its own transactions.
        let tried = catch_unwind(AssertUnwindSafe(|| self.try_prepare(call, body, cancel)));
        match tried.unwrap_or_else(|_| Err(panicked())) {
            Ok(prepared) => prepared,
            Err(error) => Prepared {
                body: None,
                report: None,
                facts: Facts::default(),
                note: Some(error),
                exchange: self.relay(call.format),
            },
        }
    }

    /// The reading of an answer to a request that was not touched.
    pub fn relay(&self, format: Format) -> Exchange {
        Exchange::new(Arc::clone(&self.shared), format, None)
    }

    fn try_prepare(&self, call: &Call, body: &[u8], cancel: &dyn Fn() -> bool) -> Result<Prepared, Error> {
        let source = std::str::from_utf8(body).map_err(|error| unreadable(error.to_string()))?;
        let document = Document::parse(source).map_err(|error| unreadable(error.to_string()))?;
        if call.kind == CallKind::Batch {
            return self.prepare_batch(call, source, &document, cancel);
        }
        let way_back = self.way_back(call, &document);
        let policy = self.policy(call, &document, !matches!(way_back, WayBack::None))?;
        let pipeline = self.shared.recall.pipeline();
        let outcome = pipeline.compress(source, &policy, Some(&*self.shared.vault), cancel)?;
        let (expansions, unread) = replay::expand(call.format, &document, &*self.shared.vault);
        let hidden = call.kind == CallKind::Generate && matches!(way_back, WayBack::Hidden(_));
        let offered = way_back.edits();
        let mut facts = Facts {
            model: model(call, &document),
            tool_tokens: tokens(&offered, &policy),
            put_back_tokens: tokens(&expansions, &policy),
        };
        let mut report = outcome.report;
        report.warnings.extend(unread.as_ref().map(not_put_back));
        let mut edits = outcome.edits;
        edits.extend(offered);
        let (adjustments, counts_are_ours) = if hidden {
            rounds::adjust(call.format, &document)
        } else {
            (Vec::new(), false)
        };
        edits.extend(adjustments);
        if self.shared.options.cache_hints {
            edits.extend(cache::hints(call.format, &document));
        }
        // Where what was hidden cannot go between the other edits, the request does without it.
        let body = spliced(source, &edits, expansions).or_else(|| {
            facts.put_back_tokens = 0;
            spliced(source, &edits, Vec::new())
        });
        let conversation = hidden.then(|| Conversation {
            body: body.clone().unwrap_or_else(|| source.to_owned()),
            chain: replay::chain(call.format, &document),
            counts_are_ours,
        });
        Ok(Prepared {
            body,
            report: Some(report),
            facts,
            note: None,
            exchange: Exchange::new(Arc::clone(&self.shared), call.format, conversation),
        })
    }

    /// Each request of a batch, under `requests[].params`.
    fn prepare_batch(
        &self,
        call: &Call,
        source: &str,
        document: &Document<'_>,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Prepared, Error> {
        let mut edits = Vec::new();
        for request in document.root().get("requests").iter().flat_map(Value::items) {
            let Some(params) = request.get("params") else {
                continue;
            };
            let read = Document::parse(params.raw()).map_err(|error| unreadable(error.to_string()))?;
            let policy = self.policy(call, &read, false)?;
            let start = params.span().start;
            let outcome = pipeline::compress(params.raw(), &policy, None, cancel)?;
            edits.extend(outcome.edits.into_iter().map(|edit| Edit {
                span: start + edit.span.start..start + edit.span.end,
                ..edit
            }));
        }
        Ok(Prepared {
            body: spliced(source, &edits, Vec::new()),
            report: None,
            facts: Facts::default(),
            note: None,
            exchange: self.relay(call.format),
        })
    }

    fn policy(&self, call: &Call, document: &Document<'_>, ccr: bool) -> Result<Policy, Error> {
        Options {
            model: model(call, document),
            format: Some(call.format.name().to_owned()),
            ccr,
            ..self.shared.options.compress.clone()
        }
        .into_policy()
    }

    fn way_back(&self, call: &Call, document: &Document<'_>) -> WayBack {
        let ccr = self.shared.options.ccr;
        match call.format.offer(document, &TOOL) {
            Err(NotOffered::Present) if ccr != Ccr::Off => WayBack::Client,
            Ok(edit)
                if ccr == Ccr::Hidden
                    && call.kind != CallKind::Live
                    && rounds::reads(call.format, document) =>
            {
                WayBack::Hidden(edit)
            }
            _ => WayBack::None,
        }
    }
}

/// Hidden rounds of earlier answers could not be read.
fn not_put_back(error: &Error) -> Warning {
    Warning {
        code: "records_failed".to_owned(),
        at: String::new(),
        message: format!("hidden rounds of earlier answers are not put back: {error}"),
    }
}

fn panicked() -> Error {
    Error::new(ErrorCode::Aborted, "the request was not made smaller").because("preparing it panicked")
}

pub(super) fn unreadable(cause: String) -> Error {
    Error::new(ErrorCode::InvalidJson, "the request is not JSON").because(cause)
}

/// Who can read back what is left out.
enum WayBack {
    None,
    /// The client has the tool.
    Client,
    /// We offer it, with this edit.
    Hidden(Edit),
}

impl WayBack {
    fn edits(self) -> Vec<Edit> {
        match self {
            Self::Hidden(edit) => vec![edit],
            Self::None | Self::Client => Vec::new(),
        }
    }
}

/// The model a request is for.
fn model(call: &Call, document: &Document<'_>) -> Option<String> {
    call.model
        .clone()
        .or_else(|| Some(document.root().get("model")?.text()?.into_owned()))
}

/// Tokens of what edits put in.
fn tokens(edits: &[Edit], policy: &Policy) -> usize {
    edits.iter().map(|edit| policy.encoding.count(&edit.json)).sum()
}

/// The request with all edits, in the order of their places; `None` without any, or when they do not fit together.
pub(super) fn spliced(source: &str, edits: &[Edit], more: Vec<Edit>) -> Option<String> {
    let mut all = more;
    all.extend_from_slice(edits);
    if all.is_empty() {
        return None;
    }
    all.sort_by_key(|edit| (edit.span.start, edit.span.end));
    splice(source, &all).filter(|body| Document::parse(body).is_ok())
}
