//! Options as written by the caller, and the validated [`Policy`] everything else reads.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::{Error, ErrorCode};
use crate::tokens::Encoding;

/// Texts under this many tokens are not worth a look (DESIGN: under 250 tokens nothing is touched).
pub const DEFAULT_MIN_TOKENS: usize = 250;

/// Options exactly as the caller wrote them; JSON in camel case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Options {
    /// Model name; chooses the tokenizer.
    pub model: Option<String>,
    /// Wire format by name; sniffed when absent.
    pub format: Option<String>,
    /// The caller offers `headroom_retrieve`, so parts may be left out (law 5). Off by default.
    pub ccr: bool,
    /// Source code may lose the bodies of its functions; only with `ccr`. Off by default: an agent that reads
    /// code mostly needs all of it.
    pub code_aware: bool,
    /// What matters now, when it is not the user's latest question.
    pub query: Option<String>,
    /// Wanted size of a compressed block as after ÷ before, above 0 and at most 1.
    pub target_ratio: Option<f64>,
    /// Wanted size of the whole request in tokens. Each block gets what the messages before it left over.
    pub token_budget: Option<usize>,
    /// User messages are compressed as well.
    pub compress_user_messages: bool,
    /// Tool names (`*` matches any run of characters) added to the built-in exclusions; a leading `!`
    /// takes a name out again, the last match wins.
    pub exclude_tools: Vec<String>,
    /// Blocks under this many tokens are left alone.
    pub min_tokens: Option<usize>,
    /// What stands in an earlier tool output already becomes a pointer to it. On by default; for callers who
    /// take messages out of the conversation after compressing it.
    pub dedup: Option<bool>,
    /// Prose is scored by a model as well. Written as `true`, or as an object; off by default.
    #[serde(deserialize_with = "switch_or_settings")]
    pub kompress: Option<KompressOptions>,
}

/// How a model scores prose; all fields may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct KompressOptions {
    /// The model: the name of an installed one, or the path of its folder. Without it the only one installed.
    pub model: Option<String>,
    /// Single words of sentences that stay may be left out, too.
    pub word_level: bool,
    /// Path of the ONNX Runtime library, or of a folder that holds it.
    pub runtime: Option<String>,
}

/// Reads `true`, `false`, `null` or an object.
fn switch_or_settings<'de, D: Deserializer<'de>>(from: D) -> Result<Option<KompressOptions>, D::Error> {
    struct Written;

    impl<'de> Visitor<'de> for Written {
        type Value = Option<KompressOptions>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("true, false or an object for kompress")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_bool<E>(self, on: bool) -> Result<Self::Value, E> {
            Ok(on.then(KompressOptions::default))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            KompressOptions::deserialize(MapAccessDeserializer::new(map)).map(Some)
        }
    }

    from.deserialize_any(Written)
}

/// What the options mean, validated once.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that have nothing to do with each other, as callers write them"
)]
pub struct Policy {
    /// The token counter.
    pub encoding: Encoding,
    /// A format by name, or `None` to sniff. [`crate::format`] resolves the name.
    pub format: Option<String>,
    /// Whether a retrieval path exists (laws 4 and 5).
    pub can_retrieve: bool,
    /// See [`Options::code_aware`].
    pub code_aware: bool,
    /// Explicit question, before any found in the messages.
    pub query: Option<String>,
    /// See [`Options::target_ratio`].
    pub target_ratio: Option<f64>,
    /// See [`Options::token_budget`].
    pub token_budget: Option<usize>,
    /// See [`Options::compress_user_messages`].
    pub compress_user_messages: bool,
    /// See [`Options::exclude_tools`]; only what the caller added.
    pub exclude_tools: Vec<String>,
    /// See [`Options::min_tokens`].
    pub min_tokens: usize,
    /// See [`Options::dedup`].
    pub dedup: bool,
    /// See [`Options::kompress`]. The core has no model; whoever runs the pipeline brings it.
    pub kompress: Option<KompressOptions>,
}

impl Options {
    /// Reads options from JSON; an unknown or mistyped option is an error that names it.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        serde_json::from_str(json).map_err(|error| {
            Error::new(ErrorCode::InvalidOptions, "cannot read the options")
                .because(error.to_string())
                .hint("known options: model, format, ccr, codeAware, query, targetRatio, tokenBudget, compressUserMessages, excludeTools, minTokens, dedup, kompress")
        })
    }

    /// Checks ranges and resolves the model.
    pub fn into_policy(self) -> Result<Policy, Error> {
        if let Some(ratio) = self.target_ratio
            && !(ratio > 0.0 && ratio <= 1.0)
        {
            return Err(
                Error::new(ErrorCode::InvalidOptions, "targetRatio is out of range")
                    .because(format!("got {ratio}"))
                    .hint("it is size after ÷ size before: above 0 and at most 1, e.g. 0.3"),
            );
        }
        Ok(Policy {
            encoding: Encoding::for_model(self.model.as_deref().unwrap_or_default()),
            format: self.format,
            can_retrieve: self.ccr,
            code_aware: self.code_aware,
            query: self.query,
            target_ratio: self.target_ratio,
            token_budget: self.token_budget,
            compress_user_messages: self.compress_user_messages,
            exclude_tools: self.exclude_tools,
            min_tokens: self.min_tokens.unwrap_or(DEFAULT_MIN_TOKENS),
            dedup: self.dedup.unwrap_or(true),
            kompress: self.kompress,
        })
    }
}
