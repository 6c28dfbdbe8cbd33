//! One plan carried out over the blocks of one request: compress, count, store, mark.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::plan::Decision;
use super::question::Question;
use super::report::Warning;
use crate::ccr::{self, Entry, Ref, Store};
use crate::compress::{Compressed, Compressor, Elision, Input, Mark, Piece};
use crate::dedup::{Above, Shorter, Shows};
use crate::error::{Error, ErrorCode};
use crate::message::{Block, ContentKind, Role, render_path};
use crate::options::Policy;
use crate::relevance::Query;
use crate::route::{self, Action, Router, Verdict};

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
    /// Notes of what was left out, and the query that left it out.
    gaps: Option<(Vec<String>, Query)>,
    /// The text points to earlier ones.
    pub(super) points: bool,
}

impl Done {
    fn kept(verdict: Verdict, tokens: usize) -> Self {
        Self {
            verdict,
            tokens,
            text: None,
            transforms: Vec::new(),
            reference: None,
            gaps: None,
            points: false,
        }
    }

    /// This with a shorter text of so many tokens.
    fn shortened(self, shorter: Shorter, tokens: usize) -> Self {
        let mut transforms = if shorter.from_source {
            Vec::new()
        } else {
            self.transforms
        };
        let (reference, gaps) = if shorter.is_gapped {
            (self.reference, self.gaps)
        } else {
            (None, None)
        };
        transforms.push(shorter.transform);
        Self {
            verdict: reference.map_or(Verdict::Lossless, |_| self.verdict),
            tokens,
            text: Some(shorter.text),
            transforms,
            reference,
            gaps,
            points: shorter.points,
        }
    }

    /// What of the block can be read off what is sent for it.
    fn shows(&self) -> Shows<'_> {
        match (self.points, &self.gaps) {
            (true, _) => Shows::Pointers,
            (false, None) => Shows::All,
            (false, Some((notes, query))) => Shows::AllBut(notes, query),
        }
    }
}

/// Everything blocks are treated with.
pub(super) struct Run<'r> {
    pub(super) router: &'r Router<'r>,
    pub(super) policy: &'r Policy,
    pub(super) store: Option<&'r dyn Store>,
    pub(super) cancel: &'r dyn Fn() -> bool,
    /// A block may point to earlier ones.
    pub(super) points: bool,
}

/// A block on its way through a compressor.
struct Job<'j, 'a> {
    block: &'j Block<'a>,
    decision: &'j Decision,
    compressor: &'j dyn Compressor,
    query: Query,
    bias: f64,
    /// Parts may be left out of it.
    elide: Elide,
}

/// Whether parts of a block may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Elide {
    Yes,
    /// The plan says no.
    No,
    /// The plan says yes, and there is no way back.
    Wanted,
}

/// All blocks once through.
#[derive(Default)]
struct Pass {
    done: Vec<Done>,
    warnings: Vec<Warning>,
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
        let mut pass = self.pass(
            blocks,
            decisions,
            self.policy.can_retrieve && self.store.is_some(),
        )?;
        if let Some(cause) = self.store(blocks, &pass.done) {
            // Later blocks may point to earlier ones as they were to be sent: everything is done anew.
            let gapped: Vec<bool> = pass.done.iter().map(|done| done.reference.is_some()).collect();
            pass = self.pass(blocks, decisions, false)?;
            for (block, _) in blocks.iter().zip(gapped).filter(|(_, gapped)| *gapped) {
                let message = format!("nothing is left out here: {cause}");
                pass.warnings
                    .push(warning("store_failed", &render_path(&block.path), &message));
            }
        }
        warnings.append(&mut pass.warnings);
        Ok(pass.done)
    }

    /// `way_back`: what is left out can be stored.
    fn pass(&self, blocks: &[Block<'_>], decisions: &[Decision], way_back: bool) -> Result<Pass, Error> {
        let mut question = Question::default();
        let mut above = Above::default();
        let mut spent = 0;
        let mut pass = Pass::default();
        for (block, decision) in blocks.iter().zip(decisions) {
            if (self.cancel)() {
                return Err(aborted());
            }
            let mut one = match &decision.action {
                Action::Keep { reason } => Done::kept(*reason, decision.tokens),
                _ if is_edited(decision.kind) && above.has_changed(block) => {
                    Done::kept(Verdict::ReadAgain, decision.tokens)
                }
                Action::Compress { with, elide, bias } => match self.router.compressor(with) {
                    None => Done::kept(Verdict::NoCompressor, decision.tokens),
                    Some(compressor) => {
                        let query = question.query(self.policy.query.as_deref(), block);
                        let elide = match (elide, way_back) {
                            (false, _) => Elide::No,
                            (true, false) => Elide::Wanted,
                            (true, true) => Elide::Yes,
                        };
                        let job = Job {
                            block,
                            decision,
                            compressor,
                            query,
                            bias: *bias,
                            elide,
                        };
                        self.compress(&job, spent, &mut pass.warnings)
                    }
                },
            };
            // What was read back is in some requests and hidden from others: it is neither pointed to nor counted, so that
            // "tool output 6" is the same one everywhere.
            if block.role == Role::Tool && !route::reads_back(block) {
                one = self.deduplicate(block, decision, one, &mut above);
                above.hear(block, one.text.as_deref(), one.shows());
            }
            question.hear(block);
            spent += one.tokens;
            pass.done.push(one);
        }
        Ok(pass)
    }

    /// Points to what stands in earlier tool outputs where that is clearly shorter.
    fn deduplicate<'b>(
        &self,
        block: &'b Block<'_>,
        decision: &Decision,
        one: Done,
        above: &mut Above<'b>,
    ) -> Done {
        /// Below this share of the tokens a pointer is worth the reader's look-up.
        const WORTH: f64 = 0.9;
        /// A record told by its changes is put together from two places, and no later one can be told by it: another
        /// record of the same shape is better shown.
        const WORTH_LIKE: f64 = 0.7;
        let open = match decision.action {
            Action::Compress { .. } => one.verdict != Verdict::Error,
            Action::Keep { reason } => reason.is_open(),
        };
        if !self.points || !open {
            return one;
        }
        let gapped = one.gaps.as_ref().map(|(_, query)| query);
        // A panic in here leaves the block as its compressor made it (law 9).
        let shorter = guarded(|| above.shorter(block, one.text.as_deref(), gapped)).unwrap_or_default();
        let counted = shorter.into_iter().map(|shorter| {
            let tokens = self.policy.encoding.count(&shorter.text);
            (tokens, shorter)
        });
        let most = |shorter: &Shorter| {
            if shorter.is_like() {
                WORTH_LIKE * one.tokens as f64
            } else if shorter.points {
                WORTH * one.tokens as f64
            } else {
                one.tokens as f64
            }
        };
        let worth = counted.filter(|(tokens, shorter)| (*tokens as f64) < most(shorter));
        match worth.min_by_key(|(tokens, _)| *tokens) {
            Some((tokens, shorter)) => one.shortened(shorter, tokens),
            None => one,
        }
    }

    /// Law 4: one `put` for the request. `Some`: why nothing could be stored.
    fn store(&self, blocks: &[Block<'_>], done: &[Done]) -> Option<String> {
        let store = self.store?;
        let gapped = blocks
            .iter()
            .zip(done)
            .filter(|(_, done)| done.reference.is_some());
        let entries: Vec<Entry> = gapped
            .map(|(block, _)| Entry {
                text: block.text.clone().into_owned(),
                tool: block.tool.as_ref().map(|tool| tool.name.clone().into_owned()),
            })
            .collect();
        if entries.is_empty() {
            return None;
        }
        let shown = done.iter().filter_map(|done| done.reference);
        match guarded(|| store.put(&entries)) {
            Ok(Ok(refs)) if refs.iter().copied().eq(shown) => None,
            Ok(Ok(_)) => Some("the store answered with other refs".to_owned()),
            Ok(Err(error)) => Some(error.to_string()),
            Err(panic) => Some(panic),
        }
    }

    fn compress(&self, job: &Job<'_, '_>, spent: usize, warnings: &mut Vec<Warning>) -> Done {
        let before = job.decision.tokens;
        if job.elide != Elide::Yes {
            return self.lossless(job, job.elide == Elide::Wanted, warnings);
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
        let note = |piece: &Piece| match piece {
            Piece::Elide { note, .. } => Some(note.clone()),
            _ => None,
        };
        let notes = compressed.pieces.iter().filter_map(note).collect();
        let gaps = reference.map(|_| (notes, job.query.clone()));
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
            gaps,
            points: false,
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

/// True for texts that are read in order to be edited.
fn is_edited(kind: ContentKind) -> bool {
    matches!(kind, ContentKind::Code | ContentKind::Config)
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

/// The caller changed its mind.
pub(super) fn aborted() -> Error {
    Error::new(ErrorCode::Aborted, "the compression was cancelled")
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
