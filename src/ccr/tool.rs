//! The `headroom_retrieve` tool, as plain JSON Schema; the wire formats wrap it.

use serde_json::{Value, json};

use crate::message::ToolDefinition;

/// The tool's bare name. Hosts may prefix it (`mcp__headroom__headroom_retrieve`).
pub const TOOL_NAME: &str = "headroom_retrieve";

/// What the model reads about the tool. Asking for a part is the default shape: reading everything back
/// costs more than not having compressed at all. Every request carries this text, so it says nothing twice.
pub const TOOL_DESCRIPTION: &str = "Reads back what a `[headroom: … left out]` note stands for. Ask for the part you need; a page says how to read on.";

/// JSON Schema of the arguments.
pub fn tool_parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "ref": { "type": "string" },
            "query": { "type": "string", "description": "words to look for" },
            "rows": { "type": "string", "description": "as in the note, e.g. 5-37 or 3,8-12" },
            "lines": { "type": "string", "description": "as in the note, e.g. 120-180" },
            "path": { "type": "string", "description": "JSON path, e.g. $.items[3].name; $12.items: of the JSON in line 12" }
        },
        "required": ["ref"]
    })
}

/// The whole tool, for the wire formats to wrap.
pub fn tool_definition() -> ToolDefinition {
    ToolDefinition {
        name: TOOL_NAME.to_owned(),
        description: TOOL_DESCRIPTION.to_owned(),
        parameters: tool_parameters(),
    }
}
