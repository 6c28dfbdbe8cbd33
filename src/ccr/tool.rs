//! The `headroom_retrieve` tool, as plain JSON Schema; the wire formats wrap it.

use serde_json::{Value, json};

use crate::message::ToolDefinition;

/// The tool's bare name. Hosts may prefix it (`mcp__headroom__headroom_retrieve`).
pub const TOOL_NAME: &str = "headroom_retrieve";

/// What the model reads about the tool. Asking for a part is the default shape: reading everything back
/// costs more than not having compressed at all.
pub const TOOL_DESCRIPTION: &str = "Reads back what a `[headroom: … left out]` note stands for. Ask for the part \
you need with query, rows, lines or path; without any of them the first page is returned. Every page says how to \
ask for the next one.";

/// JSON Schema of the arguments.
pub fn tool_parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "ref": { "type": "string", "description": "The 32-digit ref from the note." },
            "query": { "type": "string", "description": "Words to look for; the best matching parts are returned." },
            "rows": { "type": "string", "description": "Row or key numbers as in the note, from 1, e.g. \"5-37\" or \"3,8-12\"." },
            "lines": { "type": "string", "description": "Line numbers as in the note, from 1, e.g. \"120-180\"." },
            "path": { "type": "string", "description": "A JSON path, indexes from 0, e.g. \"$.items[3].name\" or \"$.items[2:5]\"; \"$12.items\" for the JSON that starts in line 12 of a text." }
        },
        "required": ["ref"],
        "additionalProperties": false
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
