//! Deduplication inside a request: what already stands in an earlier tool output becomes a pointer to it.
//!
//! Agents read the same file twice, poll the same endpoint, and get back the record they have just changed.
//! Nothing is lost by naming the earlier text, as it is in the same request; earlier text is never altered
//! (law 1), and only text as it was really sent is pointed to. Two kinds of pointer exist: runs of lines
//! ([`lines`]) and JSON that is an earlier JSON but for a few values ([`delta`]). Both are read back with
//! [`expand`] before they are used, so what is called lossless has been proven on this very text.

mod delta;
mod lines;

use std::borrow::Cow;

use crate::ccr::{self, Ref};
use crate::compress::json as outline;
use crate::error::{Error, ErrorCode};
use crate::json::{self, Document};
use crate::message::{Block, ToolCall};
use crate::relevance::Query;
use delta::Hidden;
use lines::Index;

/// Names of what was done, for `transformsApplied`.
const BRIEF: &str = "json-brief";
const LINES: &str = "dedup-lines";
const DELTA: &str = "dedup-json";

/// A shorter text that stands for the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shorter {
    /// The text with pointers.
    pub text: String,
    /// What was done.
    pub transform: &'static str,
    /// True when it was made from the block's own text, false when from what a compressor made of it.
    pub from_source: bool,
    /// True when it leaves out what the compressor left out, and says where to read it.
    pub is_gapped: bool,
    /// True when a reader has to look further up for content, not only for what a sign means.
    pub points: bool,
}

impl Shorter {
    /// True for JSON that is told by its difference to an earlier one.
    pub fn is_like(&self) -> bool {
        self.transform == DELTA
    }
}

/// The tool outputs of a request up to a point, as they are sent.
#[derive(Debug, Default)]
pub struct Above<'a> {
    outputs: Vec<Output<'a>>,
    index: Index,
}

/// One tool output.
#[derive(Debug)]
struct Output<'a> {
    tool: Option<&'a ToolCall<'a>>,
    /// The text as it came.
    source: &'a str,
    /// The text as it is sent.
    sent: Cow<'a, str>,
    /// Notes of what was left out of `sent`; `None` where some of it stands further up.
    gaps: Option<Vec<String>>,
    /// What left them out.
    query: Option<Query>,
}

/// What of a block can be read off what is sent for it, without looking further up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shows<'g> {
    /// All of it.
    All,
    /// All but what these notes say, left out by a query, which can be retrieved.
    AllBut(&'g [String], &'g Query),
    /// Some of it stands further up.
    Pointers,
}

impl<'a> Above<'a> {
    /// Takes note of a tool output: what was sent for it, if not its own text, and what that shows.
    pub fn hear(&mut self, block: &'a Block<'_>, sent: Option<&str>, shows: Shows<'_>) {
        let (gaps, query) = match shows {
            Shows::All => (Some(Vec::new()), None),
            Shows::AllBut(gaps, query) => (Some(gaps.to_vec()), Some(query.clone())),
            Shows::Pointers => (None, None),
        };
        self.outputs.push(Output {
            tool: block.tool.as_ref(),
            source: &block.text,
            sent: sent.map_or(Cow::Borrowed(&*block.text), |text| Cow::Owned(text.to_owned())),
            gaps,
            query,
        });
    }

    /// True when the same call printed something else before. Leaving parts of the newer text out could hide the
    /// very edit it was read again for.
    pub fn has_changed(&self, block: &Block<'_>) -> bool {
        self.outputs.iter().any(|output| {
            output.source != block.text
                && reads_one_file(block.tool.as_ref(), output.tool)
                && output.tool == block.tool.as_ref()
        })
    }

    /// What may stand for a block instead of its text, or of `sent`, which a compressor made of it; the caller
    /// counts and chooses. `gapped`: by what it left parts out, if it did. Every one has been read back.
    pub fn shorter(&mut self, block: &Block<'_>, sent: Option<&str>, gapped: Option<&Query>) -> Vec<Shorter> {
        if self.outputs.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut offer = |text: Option<String>, transform, from_source, is_gapped| {
            found.extend(text.map(|text| Shorter {
                text,
                transform,
                from_source,
                is_gapped,
                points: transform != BRIEF,
            }));
        };
        let brief = sent.and_then(|sent| self.brief(sent));
        let latest = brief.as_deref().or(sent);
        offer(self.like_above(&block.text, None), DELTA, true, false);
        if gapped.is_some() {
            let like = self.like_above(&block.text, gapped);
            offer(
                like.map(|text| with_way_back(text, &block.text)),
                DELTA,
                true,
                true,
            );
        }
        let gapped = gapped.is_some();
        offer(self.pointed(block, &block.text), LINES, true, false);
        offer(
            latest.and_then(|sent| self.pointed(block, sent)),
            LINES,
            false,
            gapped,
        );
        offer(brief, BRIEF, false, gapped);
        found
    }

    /// The text with runs of lines replaced by pointers.
    fn pointed(&mut self, block: &Block<'_>, text: &str) -> Option<String> {
        for number in self.index.outputs()..self.outputs.len() {
            self.index.add(&self.outputs[number].sent);
        }
        let sent: Vec<&str> = self.outputs.iter().map(|output| &*output.sent).collect();
        let may_name = |output: usize| {
            let other = self.outputs[output].tool;
            !reads_one_file(block.tool.as_ref(), other)
        };
        let pointed = self.index.point(text, &sent, may_name)?;
        expand(&pointed, &sent)
            .is_ok_and(|expanded| expanded == text)
            .then_some(pointed)
    }

    /// The text as a change of an earlier JSON: of one that shows all of itself or, with the query that left parts
    /// out of this text, of one of which the same query left parts out. What did not matter there and has not
    /// changed does not matter here; what has changed stands here.
    fn like_above(&self, text: &str, gapped: Option<&Query>) -> Option<String> {
        let now = Document::parse(text).ok()?;
        let fits = |output: &Output<'_>| match &output.gaps {
            Some(gaps) => gaps.is_empty() == gapped.is_none() && output.query.as_ref() == gapped,
            None => false,
        };
        let bases = self.outputs.iter().enumerate().rev();
        let bases = bases.filter(|(_, output)| fits(output) && delta::could_be(output.source, text));
        let likened = bases
            .take(delta::MOST_BASES)
            .filter_map(|(at, output)| {
                let base = Document::parse(output.source).ok()?;
                let hidden = Hidden::read(output.gaps.as_deref().unwrap_or_default());
                let changes = delta::changes(base.root(), now.root(), &hidden)?;
                let name = output.tool.map(|tool| tool.name.as_ref());
                Some((delta::write(at + 1, name, gapped.is_some(), &changes), at))
            })
            .min_by_key(|(text, _)| text.len());
        let (likened, at) = likened?;
        let base = compact(self.outputs[at].source);
        delta::apply(&likened, &base)
            .is_ok_and(|json| json == compact(text))
            .then_some(likened)
    }

    /// An outline that does not explain again what an earlier one explained.
    fn brief(&self, sent: &str) -> Option<String> {
        outline::brief(sent, self.outputs.iter().map(|output| &*output.sent))
    }
}

fn compact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    json::compact_into(text, &mut out);
    out
}

/// A text with the line that says where to read what is left out of `source`.
fn with_way_back(text: String, source: &str) -> String {
    text + "\n" + &ccr::footer(Ref::of(source))
}

/// True when both calls name the same file. Of a file read again after an edit the newest reading stays whole:
/// it is edited against, and nobody should have to put it together from two states.
fn reads_one_file(a: Option<&ToolCall<'_>>, b: Option<&ToolCall<'_>>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    let others: Vec<&str> = files(&b.arguments).collect();
    files(&a.arguments).any(|file| others.contains(&file))
}

/// What looks like a file in the arguments of a call: a last component with an extension.
fn files(arguments: &str) -> impl Iterator<Item = &str> {
    const MOST: usize = 4096;
    const LONGEST_EXTENSION: usize = 8;
    let head = &arguments[..arguments.floor_char_boundary(MOST)];
    head.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '/' | '_' | '-' | '~' | '@' | '+')))
        .filter(|word| {
            let name = word.rsplit('/').next().unwrap_or(word);
            name.rsplit_once('.').is_some_and(|(stem, extension)| {
                !stem.is_empty()
                    && (1..=LONGEST_EXTENSION).contains(&extension.len())
                    && extension.bytes().any(|byte| byte.is_ascii_alphabetic())
                    && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
        })
}

/// A text with its pointers replaced by what they point to; `above` are the earlier tool outputs as sent.
/// A text without pointers comes back as it is.
///
/// Errors: [`ErrorCode::NotDecodable`] when a pointer names what is not there.
pub fn expand(text: &str, above: &[&str]) -> Result<String, Error> {
    lines::expand(text, above)
}

/// True when a text is JSON told by its difference to an earlier one.
pub fn is_delta(text: &str) -> bool {
    delta::base_of(text).is_some()
}

/// The number, from 0, of the earlier tool output that a difference is told against.
pub fn base_of(text: &str) -> Option<usize> {
    delta::base_of(text)
}

/// The compact JSON a difference stands for; `base` is the compact JSON of the output it is told against.
///
/// Errors: [`ErrorCode::NotDecodable`] when it does not fit.
pub fn apply_delta(text: &str, base: &str) -> Result<String, Error> {
    delta::apply(text, base)
}

fn not_decodable(cause: &str) -> Error {
    Error::new(
        ErrorCode::NotDecodable,
        "this text points to what is not in the tool outputs above",
    )
    .because(cause.to_owned())
    .hint("decode it with all earlier tool outputs of the conversation, as they were sent")
}
