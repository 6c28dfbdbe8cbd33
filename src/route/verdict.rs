//! Why a block is as it is: one closed list of reasons, in plans and in reports.

use serde::{Deserialize, Serialize};

/// Why a block is as it is now. Codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Parts were left out, with markers and a ref.
    Compressed,
    /// A denser spelling of the same content.
    Lossless,
    /// The tool is on the exclusion list.
    ExcludedTool,
    /// User messages are not touched unless asked.
    UserMessage,
    /// System prompts are never touched.
    SystemMessage,
    /// Assistant messages are never touched.
    AssistantMessage,
    /// Under the minimum size.
    BelowMin,
    /// The result would not have had fewer tokens.
    NotSmaller,
    /// Only leaving parts out would help, and there is no way to get them back.
    NoRetrieval,
    /// No compressor for this kind of content.
    NoCompressor,
    /// There is a compressor for this kind of content, but it runs only when asked for (`codeAware`).
    NotAsked,
    /// Code or configuration printed again by the same call, and changed since: the newest reading stays whole.
    ReadAgain,
    /// Carries markers of an earlier compression.
    AlreadyCompressed,
    /// An error result: stays as it is.
    ErrorResult,
    /// Not valid Unicode once decoded.
    Undecodable,
    /// The provider wants this shape.
    Opaque,
    /// A hook or an edited plan said so.
    Hook,
    /// A transform failed; see the warnings.
    Error,
}

impl Verdict {
    /// The code as written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compressed => "compressed",
            Self::Lossless => "lossless",
            Self::ExcludedTool => "excluded_tool",
            Self::UserMessage => "user_message",
            Self::SystemMessage => "system_message",
            Self::AssistantMessage => "assistant_message",
            Self::BelowMin => "below_min",
            Self::NotSmaller => "not_smaller",
            Self::NoRetrieval => "no_retrieval",
            Self::NoCompressor => "no_compressor",
            Self::NotAsked => "not_asked",
            Self::ReadAgain => "read_again",
            Self::AlreadyCompressed => "already_compressed",
            Self::ErrorResult => "error_result",
            Self::Undecodable => "undecodable",
            Self::Opaque => "opaque",
            Self::Hook => "hook",
            Self::Error => "error",
        }
    }

    /// True where only a compressor was missing: earlier text may still be pointed to.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::NoCompressor | Self::NotAsked | Self::NoRetrieval | Self::NotSmaller
        )
    }

    /// True for reasons no plan can overrule: the block is not ours to touch, or is compressed already.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::SystemMessage
                | Self::AssistantMessage
                | Self::AlreadyCompressed
                | Self::ErrorResult
                | Self::Undecodable
                | Self::Opaque
        )
    }
}

/// Keep a block, or hand it to a compressor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Leave it as it is.
    Keep {
        /// Why.
        reason: Verdict,
    },
    /// Compress it.
    Compress {
        /// Name of the compressor.
        with: String,
        /// Parts may be left out.
        elide: bool,
        /// 1 is neutral; above keeps more, below keeps less.
        bias: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_in_json_is_the_code_in_rust() {
        for verdict in [
            Verdict::Compressed,
            Verdict::BelowMin,
            Verdict::AlreadyCompressed,
            Verdict::Hook,
        ] {
            let json = serde_json::to_string(&verdict).unwrap();
            assert_eq!(json, format!("\"{}\"", verdict.as_str()));
        }
    }
}
