//! Hidden retrieval alone, for callers who make their requests smaller themselves.

use std::sync::Arc;

use headroom::ccr::tool_definition;
use headroom::format::NotOffered;
use headroom::json::Document;
use headroom::{Error, ErrorCode};

use super::prepare::{Conversation, Facts, spliced, unreadable};
use super::{Call, Engine, Exchange, Prepared, replay, rounds};

impl Engine {
    /// Offers the retrieval tool unless it is there, and puts hidden rounds of earlier answers back; nothing is made
    /// smaller. Calls of the tool are answered here whoever offered it.
    ///
    /// Errors: the body is no JSON; its format has no such tool, as where several answers are asked for.
    pub fn attach(&self, call: &Call, body: &[u8]) -> Result<Prepared, Error> {
        let source = std::str::from_utf8(body).map_err(|error| unreadable(error.to_string()))?;
        let document = Document::parse(source).map_err(|error| unreadable(error.to_string()))?;
        let offer = match call.format.offer(&document, &tool_definition()) {
            Ok(edit) => vec![edit],
            Err(NotOffered::Present) => Vec::new(),
            Err(why) => {
                return Err(Error::new(
                    ErrorCode::InvalidFormat,
                    "the model cannot be offered the retrieval tool",
                )
                .because(why.as_str())
                .hint("pass a request with tools, for one answer, in which the model may choose"));
            }
        };
        let (expansions, unread) = replay::expand(call.format, &document, &*self.shared.vault);
        let (adjustments, counts_are_ours) = rounds::adjust(call.format, &document);
        let edits = [offer, adjustments].concat();
        let body = spliced(source, &edits, expansions).or_else(|| spliced(source, &edits, Vec::new()));
        let conversation = Conversation {
            body: body.clone().unwrap_or_else(|| source.to_owned()),
            chain: replay::chain(call.format, &document),
            counts_are_ours,
        };
        Ok(Prepared {
            body,
            report: None,
            facts: Facts::default(),
            note: unread,
            exchange: Exchange::new(Arc::clone(&self.shared), call.format, Some(conversation)),
        })
    }
}
