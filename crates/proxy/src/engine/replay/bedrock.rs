//! Bedrock converse: what its blocks are known by. The one key of a block says what it is.

use headroom::json::Value;

use super::blocks::{Dialect, text_key};
use super::{PartKey, bare};

/// See the module.
pub(super) struct Bedrock;

impl Dialect for Bedrock {
    fn part_key(&self, block: Value<'_, '_>) -> Option<PartKey> {
        if let Some(text) = block.get("text").and_then(|text| text.text()) {
            return text_key(&text);
        }
        // A mark for the cache, which moves from request to request.
        if block.get("cachePoint").is_some() {
            return None;
        }
        let at = |path: &[&str]| {
            let value = path.iter().try_fold(block, |value, key| value.get(key))?;
            value.text().filter(|text| !text.is_empty())
        };
        if let Some(id) = at(&["toolResult", "toolUseId"]) {
            return Some(PartKey::of_result(&id, block));
        }
        let unique = at(&["toolUse", "toolUseId"])
            .or_else(|| at(&["reasoningContent", "reasoningText", "signature"]))
            .or_else(|| at(&["reasoningContent", "redactedContent"]));
        Some(match unique {
            Some(unique) => PartKey::by_id("block", &unique),
            None => PartKey::common(bare(block)),
        })
    }

    fn is_result(&self, block: Value<'_, '_>) -> bool {
        block.get("toolResult").is_some()
    }

    fn text_block(&self, raw: &str) -> String {
        format!("{{\"text\":{raw}}}")
    }
}
