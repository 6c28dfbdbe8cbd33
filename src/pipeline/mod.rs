//! The way of a request: plan, apply, report.
//!
//! `plan` decides, block by block, and changes nothing; `apply` carries a plan out, edited or not;
//! `compress` is both with the request read once. What replaces a block is a function of the policy and of
//! the messages up to it (law 1), so a request needs no session. Nothing here fails because of a
//! compressor or a store: that is the block's verdict and a warning.

mod plan;
mod question;
mod report;
mod run;
mod stage;

pub use crate::route::{Action, Verdict};
pub use plan::{Decision, Plan};
pub use report::{BlockReport, Report, Warning};
pub use stage::Stage;

use crate::align::{self, Finding};
use crate::ccr::{self, Store};
use crate::compress::{self, Compressor};
use crate::dedup;
use crate::detect::detect;
use crate::error::{Error, ErrorCode};
use crate::format::Format;
use crate::json::{Document, Kind, compact_into};
use crate::message::{self, Block, ContentKind, Edit, Role, Slot, ToolCall, render_path};
use crate::options::Policy;
use crate::route::{self, Router, mixed};
use run::{Done, Run};

/// [`Pipeline::plan`] with the built-in compressors.
pub fn plan(request: &str, policy: &Policy) -> Result<Plan, Error> {
    Pipeline::default().plan(request, policy)
}

/// [`Pipeline::apply`] with the built-in compressors.
pub fn apply(
    request: &str,
    policy: &Policy,
    plan: &Plan,
    store: Option<&dyn Store>,
    cancel: &dyn Fn() -> bool,
) -> Result<Outcome, Error> {
    Pipeline::default().apply(request, policy, plan, store, cancel)
}

/// [`Pipeline::compress`] with the built-in compressors.
pub fn compress(
    request: &str,
    policy: &Policy,
    store: Option<&dyn Store>,
    cancel: &dyn Fn() -> bool,
) -> Result<Outcome, Error> {
    Pipeline::default().compress(request, policy, store, cancel)
}

/// [`Pipeline::compress_text`] with the built-in compressors.
pub fn compress_text(
    text: &str,
    tool: Option<(&str, &str)>,
    policy: &Policy,
    store: Option<&dyn Store>,
) -> TextOutcome {
    Pipeline::default().compress_text(text, tool, policy, store)
}

/// Gives a losslessly compressed text back as it was, up to what its compressor declares insignificant.
///
/// A text from which parts were left out is [`ErrorCode::NotDecodable`], as is one of somebody else's, and
/// one that points to earlier texts: that is for [`decode_below`].
pub fn decode_text(text: &str) -> Result<String, Error> {
    decode_below(text, &[])
}

/// [`decode_text`] for a text in its conversation; `above`: the earlier tool outputs, as they were sent.
pub fn decode_below(text: &str, above: &[&str]) -> Result<String, Error> {
    if let Some(base) = dedup::base_of(text) {
        let known = above.get(base).filter(|base| dedup::base_of(base).is_none());
        let json = known.and_then(|known| json_of(known, &above[..base]));
        return dedup::apply_delta(text, &json.unwrap_or_default());
    }
    let expanded = dedup::expand(text, above)?;
    if expanded != text && !ccr::is_marked(&expanded) {
        return Ok(expanded);
    }
    decode_alone(&expanded)
}

/// The compact JSON that a tool output is, or stands for.
fn json_of(text: &str, above: &[&str]) -> Option<String> {
    let decoded = match Document::parse(text) {
        Ok(_) => text.to_owned(),
        Err(_) => decode_below(text, above).ok()?,
    };
    let mut compact = String::with_capacity(decoded.len());
    compact_into(&decoded, &mut compact);
    Some(compact)
}

/// Decodes a text without pointers.
fn decode_alone(text: &str) -> Result<String, Error> {
    let refs: Vec<String> = ccr::find_refs(text).iter().map(ToString::to_string).collect();
    if !refs.is_empty() {
        return Err(Error::new(
            ErrorCode::NotDecodable,
            "parts of this text were left out, so it cannot be decoded",
        )
        .because(format!("it names {}", refs.join(", ")))
        .hint("retrieve the original by its ref"));
    }
    let decoded = if mixed::is_encoded(text) {
        mixed::decode(text, decode_part)
    } else {
        decode_part(text)
    };
    // JSON that only lost its white space says so by itself.
    decoded.or_else(|error| match Document::parse(text) {
        Ok(document) if matches!(document.root().kind(), Kind::Array | Kind::Object) => Ok(text.to_owned()),
        _ => Err(error),
    })
}

/// [`decode_text`] for what one compressor wrote.
fn decode_part(text: &str) -> Result<String, Error> {
    compress::decode(text).map_err(|error| {
        Error::new(ErrorCode::NotDecodable, "this is not a compressed text").because(error.to_string())
    })
}

/// What `apply` gives back.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The replacements, ascending and not overlapping; each span is exactly the span of a block.
    pub edits: Vec<Edit>,
    /// The account.
    pub report: Report,
}

impl Outcome {
    /// The request with the edits made; `request` is what the outcome was made from.
    pub fn body(&self, request: &str) -> String {
        message::splice(request, &self.edits).unwrap_or_else(|| request.to_owned())
    }
}

/// What `compress_text` gives back.
#[derive(Debug, Clone, PartialEq)]
pub struct TextOutcome {
    /// The text to show instead, or the text itself when nothing was gained.
    pub text: String,
    /// The account, of one block with an empty path.
    pub report: Report,
}

/// The way of a request, with a table of compressors.
#[derive(Clone, Default)]
pub struct Pipeline<'c> {
    router: Router<'c>,
}

/// A request as read: its format and its blocks.
struct Request<'a> {
    source: &'a str,
    document: Document<'a>,
    format: Format,
    blocks: Vec<Block<'a>>,
}

impl<'a> Request<'a> {
    fn read(source: &'a str, policy: &Policy) -> Result<Self, Error> {
        let named = policy.format.as_deref().map(Format::from_name).transpose()?;
        let document = Document::parse(source).map_err(|error| {
            Error::new(ErrorCode::InvalidJson, "the request is not JSON").because(error.to_string())
        })?;
        let format = named.or_else(|| Format::sniff(&document)).ok_or_else(|| {
            Error::new(ErrorCode::InvalidFormat, "this is no request in a known format")
                .because("neither an array of messages nor an object that holds one")
                .hint("pass the messages, or name the format")
        })?;
        let blocks = format.blocks(&document)?;
        Ok(Self {
            source,
            document,
            format,
            blocks,
        })
    }
}

impl<'c> Pipeline<'c> {
    /// The built-in compressors with others before them.
    #[must_use]
    pub fn with(compressors: &[(ContentKind, &'c dyn Compressor)]) -> Self {
        Self {
            router: Router::with(compressors),
        }
    }

    /// Decides about every block of a request and changes nothing.
    ///
    /// Errors: the request is not JSON, or not in the format named (or any known one).
    pub fn plan(&self, request: &str, policy: &Policy) -> Result<Plan, Error> {
        let request = Request::read(request, policy)?;
        self.decide(&request, policy, &|| false)
    }

    /// Carries out a plan made for this request and policy, edited or not.
    ///
    /// Parts are left out only where the policy has a retrieval path and there is a store; the originals are
    /// in it when this returns. Errors: as [`Pipeline::plan`]; the plan is for another request or asks for
    /// what must not be; `cancel` said so (asked before each block).
    pub fn apply(
        &self,
        request: &str,
        policy: &Policy,
        plan: &Plan,
        store: Option<&dyn Store>,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Outcome, Error> {
        let request = Request::read(request, policy)?;
        let own = self.decide(&request, policy, cancel)?;
        let plan = own.edited(plan, &self.router, policy)?;
        self.carry_out(&request, policy, plan, store, cancel)
    }

    /// Plans and applies. Errors: as [`Pipeline::plan`], or cancelled.
    pub fn compress(
        &self,
        request: &str,
        policy: &Policy,
        store: Option<&dyn Store>,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Outcome, Error> {
        let request = Request::read(request, policy)?;
        let plan = self.decide(&request, policy, cancel)?;
        self.carry_out(&request, policy, plan, store, cancel)
    }

    /// Compresses one bare tool output. `tool`: name and arguments (JSON) of the call, where known.
    pub fn compress_text(
        &self,
        text: &str,
        tool: Option<(&str, &str)>,
        policy: &Policy,
        store: Option<&dyn Store>,
    ) -> TextOutcome {
        let tool = tool.map(|(name, arguments)| ToolCall {
            name: name.into(),
            arguments: arguments.into(),
        });
        let blocks = [Block {
            path: Vec::new(),
            message: 0,
            span: 0..text.len(),
            role: Role::Tool,
            text: text.into(),
            tool,
            slot: Slot::String,
            closed: None,
        }];
        let decisions = vec![self.decision(&blocks[0], policy)];
        let run = Run {
            router: &self.router,
            policy,
            store,
            cancel: &|| false,
            points: false,
        };
        let mut warnings = Vec::new();
        // Only a cancelled run is an error, and nobody cancels this one.
        let mut done = run.blocks(&blocks, &decisions, &mut warnings).unwrap_or_default();
        let report = Report::new(
            "text".to_owned(),
            policy.encoding.name(),
            decisions,
            &done,
            warnings,
        );
        let text = done
            .pop()
            .and_then(|done| done.text)
            .unwrap_or_else(|| text.to_owned());
        TextOutcome { text, report }
    }

    fn decide(
        &self,
        request: &Request<'_>,
        policy: &Policy,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Plan, Error> {
        let decide = |block: &Block<'_>| {
            if cancel() {
                return Err(run::aborted());
            }
            Ok(self.decision(block, policy))
        };
        Ok(Plan {
            format: request.format.name().to_owned(),
            decisions: request.blocks.iter().map(decide).collect::<Result<_, Error>>()?,
        })
    }

    fn decision(&self, block: &Block<'_>, policy: &Policy) -> Decision {
        // Nobody looks at what is left alone whatever it is: a user's message may be megabytes.
        let kind = match route::standing(block, policy) {
            Some(_) => ContentKind::Text,
            None => detect(&block.text, block.tool.as_ref()),
        };
        let tokens = policy.encoding.count(&block.text);
        Decision {
            path: block.path.clone(),
            message: block.message,
            role: block.role,
            tool: block.tool.as_ref().map(|tool| tool.name.clone().into_owned()),
            kind,
            tokens,
            action: self.router.route(block, kind, tokens, policy),
        }
    }

    fn carry_out(
        &self,
        request: &Request<'_>,
        policy: &Policy,
        plan: Plan,
        store: Option<&dyn Store>,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Outcome, Error> {
        let fixed = request.format.fixed_texts(&request.document);
        let mut warnings = align::inspect(&fixed).iter().map(volatile).collect();
        let run = Run {
            router: &self.router,
            policy,
            store,
            cancel,
            points: policy.dedup && !request.format.forgets(&request.document),
        };
        let done = run.blocks(&request.blocks, &plan.decisions, &mut warnings)?;
        let edits = request
            .blocks
            .iter()
            .zip(&done)
            .filter_map(|(block, done)| edit(request, block, done))
            .collect();
        let report = Report::new(
            plan.format,
            policy.encoding.name(),
            plan.decisions,
            &done,
            warnings,
        );
        Ok(Outcome { edits, report })
    }
}

/// What CacheAligner found, as a warning: nothing is changed, the caller decides.
fn volatile(finding: &Finding) -> Warning {
    let kind = finding.kind.as_str();
    let message = format!(
        "{:?} looks like a token that changes ({kind}); if it does, the provider's prompt cache starts anew with it",
        finding.sample
    );
    run::warning(&format!("volatile_{kind}"), &render_path(&finding.path), &message)
}

fn edit(request: &Request<'_>, block: &Block<'_>, done: &Done) -> Option<Edit> {
    let text = done.text.as_deref()?;
    let json = request.format.replacement(block, request.source, text);
    Some(Edit {
        path: block.path.clone(),
        span: block.span.clone(),
        json,
    })
}
