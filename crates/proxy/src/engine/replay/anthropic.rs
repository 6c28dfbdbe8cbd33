//! Anthropic messages: what their blocks are known by.

use headroom::json::Value;

use super::blocks::{Dialect, text_key};
use super::{PartKey, bare};

/// See the module.
pub(super) struct Anthropic;

impl Dialect for Anthropic {
    fn part_key(&self, block: Value<'_, '_>) -> Option<PartKey> {
        let text = |key: &str| block.get(key).and_then(|value| value.text());
        let kind = text("type").unwrap_or_default();
        let unique = match kind.as_ref() {
            "text" => return text_key(&text("text").unwrap_or_default()),
            "tool_result" => {
                let call = text("tool_use_id").unwrap_or_default();
                return Some(PartKey::of_result(&call, block));
            }
            "thinking" => text("signature"),
            "redacted_thinking" => text("data"),
            _ => text("id"),
        };
        Some(match unique.filter(|unique| !unique.is_empty()) {
            Some(unique) => PartKey::by_id(&kind, &unique),
            None => PartKey::common(bare(block)),
        })
    }

    fn is_result(&self, block: Value<'_, '_>) -> bool {
        block.get("type").and_then(|kind| kind.text()).as_deref() == Some("tool_result")
    }

    fn text_block(&self, raw: &str) -> String {
        format!("{{\"type\":\"text\",\"text\":{raw}}}")
    }
}
