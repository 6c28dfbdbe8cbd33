//! JSON inside a JSON string, as tool servers like to send it: shown as the outline of what it holds.
//!
//! ```text
//! text: [json text, indented 2] [3 rows] id|name
//! ```
//!
//! Only where the string can be given back exactly: its whitespace is one of the usual kinds.

use super::DEEPEST;
use super::spell::Style;
use crate::json::{Document, Kind, Spacing};

/// Shorter strings are not worth the words.
const SHORTEST: usize = 80;
/// How the tag in front starts.
const TAG: &str = "[json text, ";

/// How a string holds JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Embedding {
    pub(super) spacing: Spacing,
    pub(super) style: Style,
}

impl Embedding {
    /// Reads a string's text; `None` if it is no JSON container or has whitespace of its own.
    pub(super) fn of(text: &str) -> Option<Self> {
        if text.len() < SHORTEST || !text.starts_with(['{', '[']) {
            return None;
        }
        let document = Document::parse(text)
            .ok()
            .filter(|document| document.depth() <= DEEPEST)?;
        let container =
            matches!(document.root().kind(), Kind::Array | Kind::Object) && !document.root().is_empty();
        let spacing = Spacing::of(&document).filter(|_| container)?;
        Some(Self {
            spacing,
            style: Style::of(&document),
        })
    }

    /// The tag that stands before the outline.
    pub(super) fn tag(self) -> String {
        let spacing = match self.spacing {
            Spacing::Compact => "compact".to_owned(),
            Spacing::Spaced => "spaced".to_owned(),
            Spacing::Indented(width) => format!("indented {width}"),
        };
        let style = self.style.words();
        let comma = if style.is_empty() { "" } else { ", escapes " };
        format!("{TAG}{spacing}{comma}{style}] ")
    }

    /// Reads a tag back, with what follows it.
    pub(super) fn read(text: &str) -> Option<(Self, &str)> {
        let (words, rest) = text.strip_prefix(TAG)?.split_once(']')?;
        let (spacing, style) = words.split_once(", escapes ").unwrap_or((words, ""));
        let spacing = match spacing.split_once(' ') {
            None if spacing == "compact" => Spacing::Compact,
            None if spacing == "spaced" => Spacing::Spaced,
            Some(("indented", width)) => Spacing::Indented(width.parse().ok()?),
            _ => return None,
        };
        if !spacing.is_usual() {
            return None;
        }
        Some((
            Self {
                spacing,
                style: Style::from_words(style),
            },
            rest.strip_prefix(' ').unwrap_or(rest),
        ))
    }
}
