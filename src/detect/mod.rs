//! What a text is. Linear time, no model.
//!
//! JSON is recognised by how it starts and ends, not parsed: its compressor parses it anyway, and answers
//! for a text that only looked like it. The other kinds are judged by positive evidence in a bounded number
//! of lines, so a look costs the same whatever the size of the text.

mod code;
mod config;
mod diff;
mod history;
mod log;
mod markdown;
mod markup;
mod mixed;
mod opaque;
mod paths;
mod prose;
mod reports;
mod search;
mod table;

pub use mixed::{Section, sections};

use crate::json::sequence;
use crate::message::{ContentKind, ToolCall};

/// The kind of a text. `tool` is the call that printed it, as evidence for kinds that text alone cannot
/// settle.
pub fn detect(text: &str, tool: Option<&ToolCall<'_>>) -> ContentKind {
    look(text, tool, true)
}

/// The kind of a part that is not divided further.
fn single(text: &str, tool: Option<&ToolCall<'_>>) -> ContentKind {
    look(text, tool, false)
}

fn look(text: &str, tool: Option<&ToolCall<'_>>, divide: bool) -> ContentKind {
    if looks_like_json(text) {
        if !sequence::ends_early(text) {
            return ContentKind::Json;
        }
        if sequence::is_sequence(text) {
            return ContentKind::JsonLines;
        }
    }
    if let Some(kind) = markup::kind(text, tool) {
        return kind;
    }
    let table = table::evidence(text);
    let is_log = || log::is_log(text, tool);
    if diff::is_diff(text) {
        ContentKind::Diff
    } else if history::is_history(text) {
        ContentKind::History
    } else if search::is_search(text, tool) {
        ContentKind::Search
    } else if paths::is_paths(text, tool) {
        ContentKind::Paths
    } else if divide && markdown::is_guide(text) && !code::is_printed(text, tool) {
        ContentKind::Prose
    } else if code::is_code(text, tool) {
        ContentKind::Code
    } else if table == table::Evidence::Structure {
        ContentKind::Table
    } else if config::is_config(text) {
        ContentKind::Config
    } else if divide && mixed::is_mixed(text, is_log) {
        ContentKind::Mixed
    } else if is_log() {
        ContentKind::Log
    } else if table == table::Evidence::Columns {
        ContentKind::Table
    } else if prose::is_prose(text) {
        ContentKind::Prose
    } else if opaque::is_opaque(text) {
        ContentKind::Opaque
    } else {
        ContentKind::Text
    }
}

/// True when the name or the arguments of the call hold one of `programs` as a word of its own.
fn runs(tool: Option<&ToolCall<'_>>, programs: &[&str]) -> bool {
    const MAX_ARGUMENTS: usize = 4096;
    let Some(tool) = tool else { return false };
    let arguments = &tool.arguments[..tool.arguments.floor_char_boundary(MAX_ARGUMENTS)];
    [tool.name.as_ref(), arguments].iter().any(|text| {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| programs.iter().any(|program| word.eq_ignore_ascii_case(program)))
    })
}

/// One object or array and nothing around it, judged by the first two tokens and the last.
fn looks_like_json(text: &str) -> bool {
    let space = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
    let mut bytes = text.bytes().filter(|byte| !space(byte));
    let (open, second) = (bytes.next(), bytes.next());
    let close = text.bytes().rev().find(|byte| !space(byte));
    match (open, close) {
        (Some(b'{'), Some(b'}')) => matches!(second, Some(b'"' | b'}')),
        (Some(b'['), Some(b']')) => {
            matches!(
                second,
                Some(b'{' | b'[' | b'"' | b']' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n')
            )
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_containers_are_json() {
        for text in [
            "{}",
            "[]",
            " {\"a\":1}\n",
            "[1]",
            "[ -1 ]",
            "[null]",
            "{\n  \"a\": [\n]}",
            "[[[]]]",
            "[\"é\"]",
        ] {
            assert_eq!(detect(text, None), ContentKind::Json, "{text}");
        }
    }

    #[test]
    fn other_texts_are_text() {
        for text in [
            "",
            " ",
            "{",
            "]",
            "12",
            "\"a\"",
            "[INFO] done [ok]",
            "{name}",
            "{\"a\":1} and more",
            "é}",
        ] {
            assert_eq!(detect(text, None), ContentKind::Text, "{text}");
        }
    }
}
