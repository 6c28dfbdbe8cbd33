//! The `headroom_retrieve` tool, as plain JSON Schema; [`crate::format`] wraps it for each wire format.

use serde_json::{Value, json};

/// The tool's bare name. Hosts may prefix it (`mcp__headroom__headroom_retrieve`).
pub const TOOL_NAME: &str = "headroom_retrieve";

/// What the model reads about the tool.
pub const TOOL_DESCRIPTION: &str = "Reads back what a `[headroom: … left out]` note stands for. Ask for the part \
you need with query, rows, lines or path; without any of them the first page is returned.";

/// JSON Schema of the arguments.
pub fn tool_parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "ref": { "type": "string", "description": "The 32-digit ref from the note." },
            "query": { "type": "string", "description": "Words to look for; the best matching parts are returned." },
            "rows": { "type": "string", "description": "Row numbers as in the note, e.g. \"5-37\"." },
            "lines": { "type": "string", "description": "Line numbers, e.g. \"120-180\"." },
            "path": { "type": "string", "description": "A JSON path as in the note, e.g. \"$.items[3].name\"." }
        },
        "required": ["ref"],
        "additionalProperties": false
    })
}
