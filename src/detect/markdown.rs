//! Guides: markdown with headings, text and fenced code. Any of it alone is something else: comments start with `#`
//! as headings do, and a log may quote code.

use super::mixed;
use crate::message::ContentKind;

/// Fewest headings.
const FEWEST: usize = 2;
/// Share of the bytes outside of fences that headings, sentences, lists and tables must make up.
const ENOUGH: f64 = 0.8;
/// Share of the bytes in parts with a better compressor.
const DATA: f64 = 0.2;

/// True for a guide. JSON, tables and logs in fences are for their own compressors where they are much of it.
pub(super) fn is_guide(text: &str) -> bool {
    // Nearly every other text is told apart here.
    if memchr::memmem::find(text.as_bytes(), b"\n```").is_none() {
        return false;
    }
    let (mut headings, mut all, mut told, mut fences) = (0, 0, 0, 0);
    let mut is_open = false;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("```") {
            is_open = !is_open;
            fences += 1;
            continue;
        }
        if is_open || line.is_empty() {
            continue;
        }
        let is_heading = is_heading(line);
        headings += usize::from(is_heading);
        all += line.len();
        told += if is_heading || is_told(line) {
            line.len()
        } else {
            0
        };
    }
    let is_guide = !is_open && fences >= 2 && headings >= FEWEST && told as f64 >= ENOUGH * all as f64;
    is_guide && data(text) < (DATA * text.len() as f64) as usize
}

fn is_heading(line: &str) -> bool {
    let text = line.trim_start_matches('#');
    (1..=6).contains(&(line.len() - text.len())) && text.starts_with(' ')
}

/// True for a line of sentences, of a list or of a table.
fn is_told(line: &str) -> bool {
    let starts = ["- ", "* ", "+ ", "> ", "|", "[", "!["];
    if starts.iter().any(|start| line.starts_with(start)) || line.starts_with(|c: char| c.is_ascii_digit()) {
        return true;
    }
    let letters = line.chars().filter(|c| c.is_alphabetic() || *c == ' ').count();
    letters * 10 >= line.chars().count() * 7
}

/// Bytes of parts that are no code and no text.
fn data(text: &str) -> usize {
    let is_data = |kind| {
        !matches!(
            kind,
            ContentKind::Code | ContentKind::Config | ContentKind::Prose | ContentKind::Text
        )
    };
    let sections = mixed::sections(text);
    let data = sections.iter().filter(|section| is_data(section.kind));
    data.map(|section| section.range.len()).sum()
}
