//! Text to tokens, as the model was trained on.

use std::path::Path;

use headroom::{Error, ErrorCode};
use tokenizers::Tokenizer;

/// A tokenizer without its padding and truncation: what is cut, and where, is decided here.
#[derive(Debug)]
pub(crate) struct Tokens {
    tokenizer: Tokenizer,
    /// What stands before and after every window.
    pub(crate) before: Vec<i64>,
    pub(crate) after: Vec<i64>,
}

/// A text as tokens.
#[derive(Debug, Default)]
pub(crate) struct Encoded {
    pub(crate) ids: Vec<i64>,
    /// Bytes of the text each stands for.
    pub(crate) places: Vec<(usize, usize)>,
}

impl Tokens {
    /// Reads `tokenizer.json`. Errors: it is none.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let wrong = |cause: &dyn std::fmt::Display| {
            Error::new(ErrorCode::Model, "cannot read the tokenizer")
                .because(format!("{}: {cause}", path.display()))
                .hint("install the model again with `headroom model install`")
        };
        let mut tokenizer = Tokenizer::from_file(path).map_err(|error| wrong(&error))?;
        tokenizer
            .with_truncation(None)
            .map_err(|error| wrong(&error))?
            .with_padding(None);
        // `[SEP]` in somebody's text is five signs and no separator.
        tokenizer.set_encode_special_tokens(true);
        let probe = tokenizer.encode("a", true).map_err(|error| wrong(&error))?;
        let special = probe.get_special_tokens_mask();
        let start = special.iter().take_while(|&&special| special == 1).count();
        let end = special
            .iter()
            .rev()
            .take_while(|&&special| special == 1)
            .count()
            .min(special.len() - start);
        let ids: Vec<i64> = probe.get_ids().iter().map(|&id| i64::from(id)).collect();
        Ok(Self {
            tokenizer,
            before: ids[..start].to_vec(),
            after: ids[ids.len() - end..].to_vec(),
        })
    }

    /// Reads a text, all of it.
    pub(crate) fn encode(&self, text: &str) -> Result<Encoded, Error> {
        let encoding = self.tokenizer.encode(text, false).map_err(|error| {
            Error::new(ErrorCode::Model, "the tokenizer failed").because(error.to_string())
        })?;
        Ok(Encoded {
            ids: encoding.get_ids().iter().map(|&id| i64::from(id)).collect(),
            places: encoding.get_offsets().to_vec(),
        })
    }
}
