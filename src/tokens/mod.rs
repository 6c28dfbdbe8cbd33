//! The only token counters.

/// How tokens are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// o200k_base
    O200kBase,
    /// cl100k_base
    Cl100kBase,
    /// A labelled estimate.
    Estimate,
}

impl Encoding {
    /// By model name.
    pub fn for_model(_model: &str) -> Encoding {
        Encoding::Estimate
    }
    /// Its name.
    pub fn name(self) -> &'static str {
        "estimate"
    }
    /// True when counts are exact.
    pub fn is_exact(self) -> bool {
        false
    }
    /// Tokens of a text.
    pub fn count(self, text: &str) -> usize {
        text.len().div_ceil(4)
    }
}
