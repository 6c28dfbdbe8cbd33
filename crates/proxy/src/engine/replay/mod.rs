//! Hidden rounds put back into later requests.
//!
//! A client sends back what it has seen. The provider has seen more: our calls and their results. Without them the
//! provider's prompt cache would start anew, and signed blocks would lose the neighbours they were signed with. So
//! what was hidden is kept as a [`Record`] under a key made of the visible message, and put back where it was: the
//! messages of request N are a prefix of those of request N + 1. What cannot be put back whole is not put back at
//! all; the request stays valid either way.
//!
//! A message with an id of the provider's in it (of a call, or a signature) is known by that, wherever it comes
//! back. One without is known by the whole conversation before it, so that two talks with the same words in them
//! are never taken for each other.

mod anthropic;

use headroom::format::Format;
use headroom::json::Document;
use headroom::message::Edit;
use headroom_store::Records;

use super::turn::{Record, Round, visible};

/// A running hash over the visible messages of a conversation.
#[derive(Clone, Default)]
pub(super) struct Chain(blake3::Hasher);

/// What is hashed of a part, and whether that is unique to it.
pub(super) struct PartKey {
    key: String,
    unique: bool,
}

impl Chain {
    fn add(&mut self, role: &str, parts: &[PartKey]) {
        feed(&mut self.0, role);
        for part in parts {
            feed(&mut self.0, &part.key);
        }
    }

    /// The key of an assistant's message with these parts, behind these messages.
    fn key(&self, parts: &[PartKey]) -> [u8; 16] {
        let mut hasher = if parts.iter().any(|part| part.unique) {
            blake3::Hasher::new()
        } else {
            self.0.clone()
        };
        feed(&mut hasher, "turn");
        for part in parts {
            feed(&mut hasher, &part.key);
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        key
    }
}

/// Hashes a text with its length, so that no two lists of texts are alike.
fn feed(hasher: &mut blake3::Hasher, text: &str) {
    hasher.update(&(text.len() as u64).to_le_bytes());
    hasher.update(text.as_bytes());
}

/// The chain over all messages of a request.
pub(super) fn chain(format: Format, document: &Document<'_>) -> Chain {
    match format {
        Format::AnthropicMessages => anthropic::chain(document),
        _ => Chain::default(),
    }
}

/// True when a visible part is there for sure when the client sends the message back.
pub(super) fn counts(format: Format, part: &str) -> bool {
    match format {
        Format::AnthropicMessages => Document::parse(part).is_ok_and(|part| anthropic::counts(part.root())),
        _ => true,
    }
}

/// The key under which the hidden rounds of a turn are kept; `None` when nothing of it is visible.
pub(super) fn key_of_turn(format: Format, rounds: &[Round], chain: &Chain) -> Option<[u8; 16]> {
    let part = |raw: &str| {
        let document = Document::parse(raw).ok()?;
        match format {
            Format::AnthropicMessages => anthropic::part_key(document.root()),
            _ => None,
        }
    };
    let parts: Vec<PartKey> = visible(rounds).into_iter().filter_map(part).collect();
    (!parts.is_empty()).then(|| chain.key(&parts))
}

/// The edits that put hidden rounds back into a request, ascending.
pub(super) fn expand(format: Format, document: &Document<'_>, records: &dyn Records) -> Vec<Edit> {
    // A store that fails is a request without expansion, not a failed request.
    let look_up = |key: [u8; 16]| Record::from_bytes(&records.get_record(key).ok()??);
    match format {
        Format::AnthropicMessages => anthropic::expand(document, &look_up),
        _ => Vec::new(),
    }
}
