//! The only token counters.
//!
//! [`Encoding::count`] is exact for the two public vocabularies of current OpenAI models: for every text
//! the number of tokens that `tiktoken`'s `encode_ordinary` gives, special tokens being plain text. For
//! all other models it is an estimate, and [`Encoding::is_exact`] says so.
//!
//! Counting is the most frequent thing this library does, several times for each block, so it has a shape
//! of its own. Rooms inside, in the order a text passes them:
//!
//! | room | what |
//! |---|---|
//! | `model` | a model's name to its encoding |
//! | `split` | pre-tokenizers: the encodings' regular expressions followed by hand, linear in the text |
//! | `exact` | the loop over the pieces and a small cache of recent ones |
//! | `vocabulary` | a piece's bytes to its rank, in perfect hash tables the build script wrote |
//! | `merge` | byte pair merging of pieces that are not tokens, close to linear for any length |
//! | `estimate` | costs by kind and length of run, for the other models |
//!
//! No table is made at run time: the first count in a process costs a few page faults. No text costs more
//! than a constant for each of its bytes, whatever it is: megabytes of one letter are counted as surely as
//! prose.

mod classes;
mod estimate;
mod exact;
#[expect(dead_code, reason = "what the build script alone needs")]
mod layout;
mod merge;
mod model;
mod split;
mod vocabulary;

/// How a model's tokens are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// OpenAI since GPT-4o: `o200k_base`, exact.
    O200kBase,
    /// OpenAI before that, and its embeddings: `cl100k_base`, exact.
    Cl100kBase,
    /// Everything else: an estimate from the kinds of characters, within about a tenth on English text,
    /// code, JSON and logs.
    Estimate,
}

impl Encoding {
    /// The encoding of a model by its name, as providers, gateways and fine-tunes spell it:
    /// `gpt-4o-mini`, `openai/gpt-5`, `ft:gpt-4o:acme::id`. Case does not matter. Names without a known
    /// public vocabulary, the empty one included, are [`Encoding::Estimate`].
    pub fn for_model(model: &str) -> Self {
        model::encoding(model)
    }

    /// `o200k_base`, `cl100k_base` or `estimate`.
    pub fn name(self) -> &'static str {
        match self {
            Self::O200kBase => "o200k_base",
            Self::Cl100kBase => "cl100k_base",
            Self::Estimate => "estimate",
        }
    }

    /// True when [`count`](Self::count) is the exact number of tokens, false when it is an estimate.
    pub fn is_exact(self) -> bool {
        self != Self::Estimate
    }

    /// Tokens of `text` alone, without what a chat template puts around it.
    ///
    /// Exact counts are not monotone: a longer text may have fewer tokens. The estimate is: appending
    /// text never lowers it.
    pub fn count(self, text: &str) -> usize {
        match self {
            Self::O200kBase => exact::o200k(text),
            Self::Cl100kBase => exact::cl100k(text),
            Self::Estimate => estimate::count(text),
        }
    }
}
