//! One plan carried out over the blocks of one request: compress, count, store, mark.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::plan::Decision;
use super::question::Question;
use super::report::Warning;
use crate::ccr::{self, Entry, Ref, Store};
use crate::compress::{Compressed, Compressor, Elision, Input, Mark, Piece};
use crate::error::{Error, ErrorCode};
use crate::message::{Block, render_path};
use crate::options::Policy;
use crate::relevance::Query;
use crate::route::{Action, Router, Verdict};

/// Smallest ratio a token budget asks for: an overspent budget still leaves a block its outline.
const MIN_RATIO: f64 = 0.05;

/// What became of a block.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) verdict: Verdict,
    /// Tokens of the text that is sent.
    pub(super) tokens: usize,
    /// The new text, unless the block stays as it was.
    pub(super) text: Option<String>,
    pub(super) transforms: Vec<&'static str>,
    /// Set when parts were left out.
    pub(super) reference: Option<Ref>,
}

impl Done {
    fn kept(verdict: Verdict, tokens: usize) -> Self {
        Self {
            verdict,
            tokens,
            text: None,
            transforms: Vec::new(),
            reference: None,
        }
    }
}

/// Everything blocks are treated with.
pub(super) struct Run<'r> {
    pub(super) router: &'r Router<'r>,
    pub(super) policy: &'r Policy,
    pub(super) store: Option<&'r dyn Store>,
    pub(super) cancel: &'r dyn Fn() -> bool,
}

/// A block on its way through a compressor.
struct Job<'j, 'a> {
    block: &'j Block<'a>,
    decision: &'j Decision,
    compressor: &'j dyn Compressor,
    query: Query,
    bias: f64,
}

impl Run<'_> {
    /// Carries out the decisions, one a block. Warnings are appended; a cancelled run is an error and leaves
    /// nothing in the store.
    pub(super) fn blocks(
        &self,
        blocks: &[Block<'_>],
        decisions: &[Decision],
        warnings: &mut Vec<Warning>,
    ) -> Result<Vec<Done>, Error> {
        if self.policy.can_retrieve && self.store.is_none() {
            warnings.push(warning(
                "no_store",
                "store",
                "ccr is on, but there is no store: nothing is left out",
            ));
        }
        let mut question = Question::default();
        let mut spent = 0;
        let mut jobs = Vec::new();
        let mut done: Vec<Done> = Vec::with_capacity(blocks.len());
        for (index, (block, decision)) in blocks.iter().zip(decisions).enumerate() {
            if (self.cancel)() {
                return Err(Error::new(ErrorCode::Aborted, "the compression was cancelled"));
            }
            let one = match &decision.action {
                Action::Keep { reason } => Done::kept(*reason, decision.tokens),
                Action::Compress { with, elide, bias } => match self.router.compressor(with) {
                    None => Done::kept(Verdict::NoCompressor, decision.tokens),
                    Some(compressor) => {
                        let query = question.query(self.policy.query.as_deref(), block);
                        let job = Job {
                            block,
                            decision,
                            compressor,
                            query,
                            bias: *bias,
                        };
                        let one = self.compress(&job, *elide, spent, warnings);
                        if one.reference.is_some() {
                            jobs.push((index, job));
                        }
                        one
                    }
                },
            };
            question.hear(block);
            spent += one.tokens;
            done.push(one);
        }
        self.store(&jobs, &mut done, warnings);
        Ok(done)
    }

    /// Law 4: one `put` for the request; what could not be stored is not left out.
    fn store(&self, jobs: &[(usize, Job<'_, '_>)], done: &mut [Done], warnings: &mut Vec<Warning>) {
        let (Some(store), false) = (self.store, jobs.is_empty()) else {
            return;
        };
        let entry = |job: &Job<'_, '_>| Entry {
            text: job.block.text.clone().into_owned(),
            tool: job.block.tool.as_ref().map(|tool| tool.name.clone().into_owned()),
        };
        let entries: Vec<Entry> = jobs.iter().map(|(_, job)| entry(job)).collect();
        let shown = jobs.iter().map(|&(index, _)| done[index].reference);
        let cause = match guarded(|| store.put(&entries)) {
            Ok(Ok(refs)) if refs.iter().copied().map(Some).eq(shown) => return,
            Ok(Ok(_)) => "the store answered with other refs".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(panic) => panic,
        };
        for (index, job) in jobs {
            let at = render_path(&job.block.path);
            warnings.push(warning(
                "store_failed",
                &at,
                &format!("nothing is left out here: {cause}"),
            ));
            done[*index] = self.lossless(job, true, warnings);
        }
    }

    fn compress(&self, job: &Job<'_, '_>, elide: bool, spent: usize, warnings: &mut Vec<Warning>) -> Done {
        let before = job.decision.tokens;
        if !elide || !self.policy.can_retrieve || self.store.is_none() {
            return self.lossless(job, elide, warnings);
        }
        let elision = Elision {
            target_ratio: target_ratio(self.policy, before, spent),
            bias: job.bias,
        };
        match self.attempt(job, Some(elision)) {
            Ok(Some(done)) if done.tokens < before => done,
            // Marks and footer ate up what was won: without them it may still be worth it.
            Ok(Some(done)) if done.reference.is_some() => self.lossless(job, false, warnings),
            Ok(_) => Done::kept(Verdict::NotSmaller, before),
            Err(cause) => failed(job, &cause, warnings),
        }
    }

    /// `wanted_more`: leaving parts out was wanted and is not possible.
    fn lossless(&self, job: &Job<'_, '_>, wanted_more: bool, warnings: &mut Vec<Warning>) -> Done {
        let before = job.decision.tokens;
        match self.attempt(job, None) {
            Ok(Some(done)) if done.tokens < before => done,
            Ok(_) if wanted_more => Done::kept(Verdict::NoRetrieval, before),
            Ok(_) => Done::kept(Verdict::NotSmaller, before),
            Err(cause) => failed(job, &cause, warnings),
        }
    }

    /// Runs the compressor and renders its pieces. `Err`: why it failed.
    fn attempt(&self, job: &Job<'_, '_>, elide: Option<Elision>) -> Result<Option<Done>, String> {
        let text = job.block.text.as_ref();
        let input = Input {
            text,
            kind: job.decision.kind,
            query: &job.query,
            tool: job.block.tool.as_ref(),
            encoding: self.policy.encoding,
            elide,
        };
        let result = guarded(|| job.compressor.compress(input))?.map_err(|error| error.to_string())?;
        let Some(compressed) = result else {
            return Ok(None);
        };
        let lossless = compressed.is_lossless();
        if elide.is_none() && !lossless {
            return Err("it left something out although nothing may be".to_owned());
        }
        let reference = (!lossless).then(|| Ref::of(text));
        let text = render(text, &compressed, reference)?;
        let verdict = if lossless {
            Verdict::Lossless
        } else {
            Verdict::Compressed
        };
        let tokens = self.policy.encoding.count(&text);
        Ok(Some(Done {
            verdict,
            tokens,
            text: Some(text),
            transforms: compressed.transforms,
            reference,
        }))
    }
}

/// The pieces as one text, with a mark where something is missing and the way back at the end.
fn render(source: &str, compressed: &Compressed, reference: Option<Ref>) -> Result<String, String> {
    let mut out = String::with_capacity(source.len() / 2);
    let mut comment = "";
    for piece in &compressed.pieces {
        match piece {
            Piece::Keep(range) => out.push_str(
                source
                    .get(range.clone())
                    .ok_or("it kept a range that is not in the text")?,
            ),
            Piece::Text(text) => out.push_str(text),
            Piece::Elide { range, note, mark } => {
                source
                    .get(range.clone())
                    .ok_or("it left out a range that is not in the text")?;
                out.push_str(&match mark {
                    Mark::Whole => ccr::gap(note),
                    Mark::Inline => ccr::inline_gap(note),
                    Mark::InCode { open, foot } => {
                        comment = foot;
                        ccr::in_comment(open, &ccr::gap(note))
                    }
                });
            }
        }
    }
    if let Some(reference) = reference {
        if !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str(&ccr::in_comment(comment, &ccr::footer(reference)));
    }
    Ok(out)
}

/// The wanted size of a block of `own` tokens as after ÷ before. A budget is spent from the front: a block
/// gets what the blocks before it, as sent, have left of it. Nothing is set aside for what may come later,
/// so that a longer conversation never changes its beginning (law 1).
fn target_ratio(policy: &Policy, own: usize, spent: usize) -> Option<f64> {
    let left = policy
        .token_budget
        .map(|budget| budget.saturating_sub(spent) as f64 / own.max(1) as f64);
    let by_budget = left
        .filter(|&ratio| ratio < 1.0)
        .map(|ratio| ratio.max(MIN_RATIO));
    match (policy.target_ratio, by_budget) {
        (Some(wanted), Some(left)) => Some(wanted.min(left)),
        (wanted, left) => wanted.or(left),
    }
}

/// Law 9: the block stays as it was and the report says why.
fn failed(job: &Job<'_, '_>, cause: &str, warnings: &mut Vec<Warning>) -> Done {
    let message = format!(
        "{} failed and the text stays as it was: {cause}",
        job.compressor.name()
    );
    warnings.push(warning(
        "compressor_failed",
        &render_path(&job.block.path),
        &message,
    ));
    Done::kept(Verdict::Error, job.decision.tokens)
}

pub(super) fn warning(code: &str, at: &str, message: &str) -> Warning {
    Warning {
        code: code.to_owned(),
        at: at.to_owned(),
        message: message.to_owned(),
    }
}

/// Runs foreign code; a panic becomes its message.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    // What `work` borrows is read-only or, in a store, guarded by its own transactions.
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|panic| format!("panicked: {}", panic_message(panic.as_ref())))
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    fn ratio(
        target_ratio: Option<f64>,
        token_budget: Option<usize>,
        own: usize,
        spent: usize,
    ) -> Option<f64> {
        let options = Options {
            target_ratio,
            token_budget,
            ..Options::default()
        };
        super::target_ratio(&options.into_policy().unwrap(), own, spent)
    }

    #[test]
    fn a_budget_is_spent_from_the_front() {
        assert_eq!(ratio(None, None, 100, 0), None);
        assert_eq!(ratio(None, Some(1000), 100, 0), None);
        assert_eq!(ratio(None, Some(1000), 500, 900), Some(0.2));
        assert_eq!(ratio(None, Some(1000), 500, 2000), Some(MIN_RATIO));
        assert_eq!(ratio(Some(0.5), None, 100, 0), Some(0.5));
        assert_eq!(ratio(Some(0.5), Some(1000), 500, 900), Some(0.2));
        assert_eq!(ratio(Some(0.1), Some(1000), 500, 900), Some(0.1));
    }
}
