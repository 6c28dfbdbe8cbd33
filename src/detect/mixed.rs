//! Texts of several kinds: what stands in them, part by part.
//!
//! JSON is found wherever it is; prompts, names of files and fences divide the rest. A text is mixed only
//! where parts with a structure of their own make up much of it: a log that quotes a request stays a log.

use std::ops::Range;

use super::single;
use crate::grammar::regions;
use crate::json::embedded::{self, Part};
use crate::message::{ContentKind, ToolCall};

/// Shorter parts stay as they are, in bytes.
const LEAST: usize = 400;
/// Share of the bytes in parts with a structure of their own.
const ENOUGH: f64 = 0.2;
/// In what else would be a log: as much, or parts that are few and large.
const ENOUGH_OF_LOG: f64 = 0.5;
const FEW: f64 = 0.05;
const LARGE: usize = 2048;
/// More parts must be large ones: a record in every line is a log.
const MANY: usize = 48;

/// A part of a text, of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// What it is.
    pub kind: ContentKind,
}

/// The parts of a text that are of a kind of their own and not small, in order. What is between them is
/// text.
pub fn sections(text: &str) -> Vec<Section> {
    let json = embedded::parts(text);
    let mut rest = json.as_slice();
    let mut sections = Vec::new();
    for region in regions::regions(text) {
        let before = rest.partition_point(|part| part.range.end <= region.range.start);
        let within = rest.partition_point(|part| part.range.end <= region.range.end);
        let parts = &rest[before..within.max(before)];
        rest = &rest[within..];
        if region.range.len() >= LEAST {
            add(&mut sections, text, region.range, region.label, parts);
        }
    }
    sections
}

/// The sections of a region: the JSON in it and what that leaves, or all of it as one.
fn add(sections: &mut Vec<Section>, text: &str, region: Range<usize>, label: &str, parts: &[Part]) {
    let inside = |part: &&Part| part.range.start >= region.start;
    let json: usize = parts.iter().filter(inside).map(|part| part.range.len()).sum();
    let kind = (json as f64 <= FEW * region.len() as f64)
        .then(|| labelled(&text[region.clone()], label))
        .filter(|kind| *kind != ContentKind::Text);
    if let Some(kind) = kind {
        return sections.push(Section { range: region, kind });
    }
    let mut from = region.start;
    for part in parts.iter().filter(inside) {
        between(sections, text, from..part.range.start, label);
        let kind = if part.values > 1 {
            ContentKind::JsonLines
        } else {
            ContentKind::Json
        };
        if part.range.len() >= LEAST {
            sections.push(Section {
                range: part.range.clone(),
                kind,
            });
        }
        from = part.range.end;
    }
    if from > region.start {
        between(sections, text, from..region.end, label);
    }
}

/// What JSON leaves of a region, if it is something by itself: whole lines.
fn between(sections: &mut Vec<Section>, text: &str, range: Range<usize>, label: &str) {
    let part = &text[range.clone()];
    let (Some(first), Some(last)) = (part.find('\n'), part.rfind('\n')) else {
        return;
    };
    let start = if range.start == 0 || text[..range.start].ends_with('\n') {
        range.start
    } else {
        range.start + first + 1
    };
    let end = range.start + last + 1;
    if start + LEAST <= end {
        let kind = labelled(&text[start..end], label);
        if kind != ContentKind::Text {
            sections.push(Section {
                range: start..end,
                kind,
            });
        }
    }
}

/// The kind of a part; its label is evidence as a call of a tool would be.
fn labelled(part: &str, label: &str) -> ContentKind {
    let call = ToolCall {
        name: label.into(),
        arguments: "".into(),
    };
    single(part, Some(&call).filter(|_| !label.is_empty()))
}

/// True when parts with a structure of their own make up enough of a text. `is_log`: without them it would
/// be a log.
pub(super) fn is_mixed(text: &str, is_log: impl FnOnce() -> bool) -> bool {
    let sections = sections(text);
    if matches!(sections.as_slice(), [one] if one.range.len() == text.len()) {
        return false;
    }
    let structured = sections.iter().filter(|section| {
        !matches!(
            section.kind,
            ContentKind::Log | ContentKind::Prose | ContentKind::Text
        )
    });
    let (count, size) = structured.fold((0, 0), |(count, size), section| {
        (count + 1, size + section.range.len())
    });
    let share = size as f64 / text.len().max(1) as f64;
    let are_large = size >= count * LARGE;
    if count == 0 || share < FEW || (count > MANY && !are_large) {
        return false;
    }
    share >= ENOUGH_OF_LOG || (are_large && count <= MANY) || (share >= ENOUGH && !is_log())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::detect;

    fn records(count: usize) -> String {
        let record = |n: usize| format!("{{\"id\":{n},\"name\":\"item {n}\",\"state\":\"open\"}}");
        let all: Vec<String> = (0..count).map(record).collect();
        all.join("\n")
    }

    fn kinds(text: &str) -> Vec<(ContentKind, &str)> {
        sections(text)
            .into_iter()
            .map(|section| (section.kind, &text[section.range]))
            .collect()
    }

    #[test]
    fn json_between_other_lines_is_a_section() {
        let lines = records(20);
        let array = format!("[{}]", lines.replace('\n', ",\n"));
        for (text, expected) in [
            (
                format!("> GET /\n< 200\n{array}* left intact\n"),
                vec![(ContentKind::Json, array.as_str())],
            ),
            (
                format!("\n> start\n\n{lines}\nError: x\n    at y\n{lines}\n"),
                vec![(ContentKind::JsonLines, lines.as_str()); 2],
            ),
            (
                format!("# Found\n\n```json\n{array}\n```\n\nSo much.\n"),
                vec![(ContentKind::Json, array.as_str())],
            ),
        ] {
            assert_eq!(kinds(&text), expected);
            assert_eq!(detect(&text, None), ContentKind::Mixed, "{text}");
        }
    }

    #[test]
    fn a_log_that_quotes_requests_stays_a_log() {
        let request = records(4);
        let line = |n: usize| {
            format!(
                "2025-01-01 10:00:{:02} INFO took the request {n} from the queue\n",
                n % 60
            )
        };
        let quoted = |n: usize| format!("{}2025-01-01 10:00:00 INFO body: {request}\n", line(n).repeat(12));
        let text: String = (0..20).map(quoted).collect();
        assert_eq!(detect(&text, None), ContentKind::Log);
        let prefixed = format!("web-1  | {}", records(90).replace('\n', "\nweb-1  | "));
        assert_ne!(detect(&prefixed, None), ContentKind::Mixed);
    }
}
