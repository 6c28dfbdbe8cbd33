//! ContentRouter: block and policy to decision; a table and its exceptions.
//!
//! The table says which compressor is for which content kind; adding a compressor is one row. The
//! exceptions come first, in the fixed order of [`Router::route`], and each names its reason.

mod exclude;
pub mod mixed;
mod verdict;

pub use exclude::is_excluded;
pub use verdict::{Action, Verdict};

use crate::ccr;
use crate::compress::Compressor;
use crate::compress::code::CodeAwareCompressor;
use crate::compress::config::ConfigCompressor;
use crate::compress::diff::DiffCompressor;
use crate::compress::history::HistoryCompressor;
use crate::compress::html::HtmlCompressor;
use crate::compress::json::SmartCrusher;
use crate::compress::log::LogCompressor;
use crate::compress::opaque::OpaqueCompressor;
use crate::compress::paths::PathsCompressor;
use crate::compress::prose::ProseCompressor;
use crate::compress::search::SearchCompressor;
use crate::compress::sheet::SheetCompressor;
use crate::message::{Block, Closed, ContentKind, Role};
use crate::options::Policy;
use mixed::{MixedCompressor, ReportCompressor};

/// Which compressor is for which kind; the first row of a kind wins.
const TABLE: &[(ContentKind, &'static dyn Compressor)] = &[
    (ContentKind::Json, &SmartCrusher),
    (ContentKind::JsonLines, &SmartCrusher),
    (ContentKind::Diff, &DiffCompressor),
    (ContentKind::History, &HistoryCompressor),
    (ContentKind::Search, &SearchCompressor),
    (ContentKind::Paths, &PathsCompressor),
    (ContentKind::Table, &SheetCompressor),
    (ContentKind::Code, &CodeAwareCompressor),
    (ContentKind::Log, &LogCompressor),
    (ContentKind::Prose, &ProseCompressor),
    (ContentKind::Html, &HtmlCompressor),
    (ContentKind::Xml, &ReportCompressor),
    (ContentKind::Config, &ConfigCompressor),
    (ContentKind::Opaque, &OpaqueCompressor),
    (ContentKind::Mixed, &MixedCompressor),
];

/// The built-in compressors and what each is for.
pub fn table() -> &'static [(ContentKind, &'static dyn Compressor)] {
    TABLE
}

/// A built-in compressor by name.
pub fn compressor(name: &str) -> Option<&'static dyn Compressor> {
    TABLE
        .iter()
        .map(|&(_, compressor)| compressor)
        .find(|compressor| compressor.name() == name)
}

/// Decides block by block, from a table of compressors.
#[derive(Clone)]
pub struct Router<'c> {
    rows: Vec<(ContentKind, &'c dyn Compressor)>,
}

impl Default for Router<'_> {
    fn default() -> Self {
        Self { rows: TABLE.to_vec() }
    }
}

impl<'c> Router<'c> {
    /// The built-in table with rows of the caller's before it.
    #[must_use]
    pub fn with(compressors: &[(ContentKind, &'c dyn Compressor)]) -> Self {
        let mut rows = compressors.to_vec();
        rows.extend_from_slice(TABLE);
        Self { rows }
    }

    /// A compressor of the table by name.
    pub fn compressor(&self, name: &str) -> Option<&'c dyn Compressor> {
        self.rows
            .iter()
            .map(|&(_, compressor)| compressor)
            .find(|compressor| compressor.name() == name)
    }

    /// What shall happen to a block of `tokens` tokens. A pure function of its arguments.
    pub fn route(&self, block: &Block<'_>, kind: ContentKind, tokens: usize, policy: &Policy) -> Action {
        if let Some(reason) = exception(block, tokens, policy) {
            return Action::Keep { reason };
        }
        if let Some(reason) = unfit(&block.text, kind, policy) {
            return Action::Keep { reason };
        }
        match self.rows.iter().find(|(for_kind, _)| *for_kind == kind) {
            Some((_, compressor)) => Action::Compress {
                with: compressor.name().to_owned(),
                elide: policy.can_retrieve,
                bias: 1.0,
            },
            None => Action::Keep {
                reason: Verdict::NoCompressor,
            },
        }
    }
}

/// Why the compressor of a kind is not for this text. Code is exact text more often than not, so its bodies are
/// left out only where the caller asks for it; and nothing else makes it smaller. A small page has hardly any
/// boilerplate, and who fetched it may well be after its markup.
fn unfit(text: &str, kind: ContentKind, policy: &Policy) -> Option<Verdict> {
    const SMALL_PAGE: usize = 4096;
    match kind {
        ContentKind::Html if text.len() < SMALL_PAGE => Some(Verdict::NoCompressor),
        ContentKind::Code if !policy.code_aware => Some(Verdict::NotAsked),
        ContentKind::Code if !policy.can_retrieve => Some(Verdict::NoRetrieval),
        _ => None,
    }
}

/// Why a block is left alone whatever its text says: who wrote it, or what it is an answer to.
pub fn standing(block: &Block<'_>, policy: &Policy) -> Option<Verdict> {
    let closed = block.closed.map(|closed| match closed {
        Closed::ErrorResult => Verdict::ErrorResult,
        Closed::Undecodable => Verdict::Undecodable,
        Closed::Opaque => Verdict::Opaque,
    });
    let role = match block.role {
        Role::System => Some(Verdict::SystemMessage),
        Role::Assistant => Some(Verdict::AssistantMessage),
        Role::User if !policy.compress_user_messages => Some(Verdict::UserMessage),
        Role::User | Role::Tool => None,
    };
    closed.or(role)
}

/// True for what the retrieval tool printed, also behind a host's prefix.
pub fn reads_back(block: &Block<'_>) -> bool {
    let tool = block.tool.as_ref();
    tool.is_some_and(|tool| exclude::bare_name(&tool.name) == ccr::TOOL_NAME)
}

/// The first reason to leave a block alone, whatever its kind.
fn exception(block: &Block<'_>, tokens: usize, policy: &Policy) -> Option<Verdict> {
    let excluded = || {
        let tool = block.tool.as_ref()?;
        // What was just read back must not be folded away again.
        (reads_back(block) || is_excluded(&tool.name, &policy.exclude_tools)).then_some(Verdict::ExcludedTool)
    };
    let small = || (tokens < policy.min_tokens).then_some(Verdict::BelowMin);
    let marked = || ccr::is_marked(&block.text).then_some(Verdict::AlreadyCompressed);
    standing(block, policy)
        .or_else(excluded)
        .or_else(small)
        .or_else(marked)
}
