//! The lifecycle of a request, the same for SDK, middleware and proxy.
//!
//! The core only names the stages and their order; whoever carries a request through fires the events.

use serde::{Deserialize, Serialize};

/// A point in the life of a process or of a request, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Stage {
    /// Options are validated.
    Setup,
    /// Before the store is opened and, in a proxy, the port.
    PreStart,
    /// Ready to work.
    PostStart,
    /// A request has come in.
    InputReceived,
    /// What of it the provider will have cached is known.
    InputCached,
    /// Every block has a decision.
    InputRouted,
    /// The edits are made.
    InputCompressed,
    /// The originals behind the refs are durable.
    InputRemembered,
    /// The request is about to leave.
    PreSend,
    /// The request has left.
    PostSend,
    /// The response is complete.
    ResponseReceived,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 11] = [
        Self::Setup,
        Self::PreStart,
        Self::PostStart,
        Self::InputReceived,
        Self::InputCached,
        Self::InputRouted,
        Self::InputCompressed,
        Self::InputRemembered,
        Self::PreSend,
        Self::PostSend,
        Self::ResponseReceived,
    ];

    /// The name in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "SETUP",
            Self::PreStart => "PRE_START",
            Self::PostStart => "POST_START",
            Self::InputReceived => "INPUT_RECEIVED",
            Self::InputCached => "INPUT_CACHED",
            Self::InputRouted => "INPUT_ROUTED",
            Self::InputCompressed => "INPUT_COMPRESSED",
            Self::InputRemembered => "INPUT_REMEMBERED",
            Self::PreSend => "PRE_SEND",
            Self::PostSend => "POST_SEND",
            Self::ResponseReceived => "RESPONSE_RECEIVED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_in_order_and_named_alike_everywhere() {
        assert!(Stage::ALL.is_sorted());
        for stage in Stage::ALL {
            assert_eq!(
                serde_json::to_string(&stage).unwrap(),
                format!("\"{}\"", stage.as_str())
            );
        }
    }
}
