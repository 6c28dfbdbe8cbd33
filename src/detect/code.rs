//! Source code: lines that are shaped like code, some of them as one language has them.

use crate::grammar::{listing, source};
use crate::message::ToolCall;

/// Share of the lines that must be shaped like code, and that must bear a mark of the language.
const SHAPED: f64 = 0.7;
const MARKED: f64 = 0.15;
/// Fewest lines with a mark.
const FEWEST: usize = 3;
/// The same when the call printed a file whose name says the language.
const TOLD_SHAPED: f64 = 0.25;
const TOLD_FEWEST: usize = 2;
/// Bytes that are looked at.
const WINDOW: usize = 64 * 1024;

/// True for a source file that the call names: its comments may be a guide, and most of it.
pub(super) fn is_printed(text: &str, tool: Option<&ToolCall<'_>>) -> bool {
    is_told(tool) && is_code(text, tool)
}

fn is_told(tool: Option<&ToolCall<'_>>) -> bool {
    tool.is_some_and(|tool| source::read_call(&tool.name, &tool.arguments).prints)
}

/// True for source code of a language that is known. What a call was made with says much, but programs print
/// other things of sources, too, so the lines have to agree.
pub(super) fn is_code(text: &str, tool: Option<&ToolCall<'_>>) -> bool {
    let head = &text[..text.floor_char_boundary(WINDOW)];
    let looks = match listing::read(head) {
        Some(listing) => source::looks(listing::plain(head, &listing).lines()),
        None => source::looks(head.lines()),
    };
    let share = |part: usize| part as f64 / looks.lines.max(1) as f64;
    if is_told(tool) {
        looks.marked >= TOLD_FEWEST && share(looks.shaped) >= TOLD_SHAPED
    } else {
        looks.marked >= FEWEST && share(looks.marked) >= MARKED && share(looks.shaped) >= SHAPED
    }
}
