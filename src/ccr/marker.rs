//! The one marker grammar. Everything Headroom writes into a text for a reader starts with `[headroom: `.
//!
//! ```text
//! [headroom: rows 5-37 left out]                            in place, in source units
//! …1234                                                     inside a line, in characters
//! [headroom: lines 3-90 of tool output 6 above ("import")]  stands there verbatim, and so not here
//! [headroom: this JSON is that of tool output 7 above (get_order), but for:]
//! // [headroom: lines 41-88 left out]                       in source code, in a comment of its language
//! …                                                         inside a sentence, words; a line at the top counts them
//! [headroom: what is left out above … ref 0123…cdef]        once, at the end of a block
//! [headroom: rows 5-9 of 37 in $.items]                     over a part that was read back
//! ```

use super::{Ref, tool::TOOL_NAME};
use crate::json;

/// How every marker starts; reserved, greppable.
pub(super) const OPEN: &str = "[headroom: ";

/// A line about the text around it.
pub(super) fn label(text: &str) -> String {
    format!("{OPEN}{text}]")
}

/// The marker in the place of something left out.
pub fn gap(note: &str) -> String {
    label(&format!("{note} left out"))
}

/// What stands inside a line for the rest of a long value, with its size, or inside a sentence for words, without.
/// The text says at its top what `…` is.
pub fn inline_gap(size: &str) -> String {
    format!("…{size}")
}

/// A marker (or the line at the end) in source code, behind what starts a comment there. A marker has no line
/// break and closes no comment, so the comment may last to the end of the line or stand around it.
pub fn in_comment(open: &str, marker: &str) -> String {
    format!("{open}{marker}")
}

/// The line at the end of a block that says how to get back what was left out.
pub fn footer(reference: Ref) -> String {
    label(&format!(
        "what is left out above can be read with {TOOL_NAME}, ref {reference}"
    ))
}

/// Lines of an earlier tool output that a line stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// Which tool output of the conversation, counted from 1.
    pub output: usize,
    /// First and last line there, counted from 1; `None`: all of it.
    pub lines: Option<(usize, usize)>,
    /// How they start, for a reader; may be empty.
    pub starts: String,
}

const ABOVE: &str = "tool output ";
const LIKE: &str = "this JSON is that of tool output ";

/// The line that stands for lines of an earlier tool output.
pub fn pointer(pointer: &Pointer) -> String {
    let which = match pointer.lines {
        None => "all of ".to_owned(),
        Some((from, to)) if from == to => format!("line {from} of "),
        Some((from, to)) => format!("lines {from}-{to} of "),
    };
    let starts = match pointer.starts.as_str() {
        "" => String::new(),
        starts => format!(" ({})", json::quote(starts)),
    };
    label(&format!("{which}{ABOVE}{} above{starts}", pointer.output))
}

/// Reads a line that [`pointer`] wrote; `None` for any other.
pub fn read_pointer(line: &str) -> Option<Pointer> {
    let inner = line.strip_prefix(OPEN)?.strip_suffix(']')?;
    let (which, rest) = inner.split_once(ABOVE)?;
    let lines = match which.strip_suffix(" of ")? {
        "all" => None,
        which => {
            let (from, to) = match which.strip_prefix("lines ") {
                Some(range) => range.split_once('-')?,
                None => which.strip_prefix("line ").map(|line| (line, line))?,
            };
            Some((from.parse().ok()?, to.parse().ok()?))
        }
    };
    let (output, starts) = rest.split_once(" above")?;
    let starts = match starts
        .strip_prefix(" (")
        .and_then(|starts| starts.strip_suffix(')'))
    {
        Some(quoted) => json::decode(quoted)?.into_owned(),
        None if starts.is_empty() => String::new(),
        None => return None,
    };
    Some(Pointer {
        output: output.parse().ok()?,
        lines,
        starts,
    })
}

/// The first line of JSON that is told by its difference to an earlier tool output, counted from 1. `tool` is
/// what printed that, for a reader; `gapped`: parts of that are left out; `differs`: lines with changes follow.
pub fn like_above(output: usize, tool: Option<&str>, gapped: bool, differs: bool) -> String {
    const LONGEST: usize = 64;
    let plain = |name: &&str| {
        name.len() <= LONGEST
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte))
    };
    let tool = tool
        .filter(plain)
        .map(|name| format!(" ({name})"))
        .unwrap_or_default();
    let gaps = if gapped {
        ", including what is left out there"
    } else {
        ""
    };
    let but_for = if differs { ", but for:" } else { "" };
    label(&format!("{LIKE}{output} above{tool}{gaps}{but_for}"))
}

/// The output a line by [`like_above`] names; `None` for any other line.
pub fn read_like_above(line: &str) -> Option<usize> {
    let inner = line.strip_prefix(OPEN)?.strip_suffix(']')?;
    inner.strip_prefix(LIKE)?.split_once(" above")?.0.parse().ok()
}

/// True when a text carries markers already; such a text is left alone.
pub fn is_marked(text: &str) -> bool {
    find_marker(text).is_some()
}

/// Where the first marker in a text starts, in bytes.
pub fn find_marker(text: &str) -> Option<usize> {
    memchr::memmem::find(text.as_bytes(), OPEN.as_bytes())
}

/// The refs named by footers in a text, in order.
pub fn find_refs(text: &str) -> Vec<Ref> {
    text.match_indices(OPEN)
        .filter_map(|(at, _)| {
            let marker = text[at..].split(']').next()?;
            marker.rsplit_once("ref ")?.1.parse().ok()
        })
        .collect()
}
