//! What is left out of configuration when there is a way back.
//!
//! Records among many alike are chosen as those of JSON are: a record is shown to SmartCrusher's selection
//! as an object of its settings. Comments go where they are long, unless they warn or say what is asked for.

use std::ops::Range;

use crate::compress::{Elision, json as records, opaque};
use crate::grammar::config::{self, Line, Role};
use crate::json;
use crate::relevance::Scorer;
use crate::signal::{self, Signal};

/// Lists of fewer records, and of fewer plain items, are shown whole.
const FEWEST: usize = 8;
const FEWEST_ITEMS: usize = 24;
/// Settings of a record that are looked at.
const SETTINGS: usize = 256;
/// Lines and bytes of comments that are worth a gap.
const COMMENT_LINES: usize = 3;
const COMMENT_BYTES: usize = 200;
/// Most lines that are shown of a sentence in a comment.
const SENTENCE: usize = 4;
/// A gap of fewer bytes costs about what it saves.
const MIN_GAP: usize = 100;
/// Records nested deeper are shown whole.
const DEEPEST: usize = 8;
/// What tools keep for themselves in what people read.
const KEPT_BY_TOOLS: &[&str] = &["managedFields"];

/// Something left out: bytes, and what they are where line numbers do not say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) range: Range<usize>,
    pub(super) what: String,
}

/// What is left out of a text, in order.
pub(super) fn gaps(text: &str, lines: &[Line], scorer: &Scorer, elision: Elision) -> Vec<Gap> {
    let mut chooser = Chooser {
        text,
        lines,
        scorer,
        elision,
        out: vec![false; lines.len()],
        items: vec![0; lines.len()],
    };
    chooser.comments();
    chooser.walk(0..lines.len(), 0);
    let mut gaps = chooser.line_gaps();
    let opaque = opaque::left_out(text, scorer)
        .into_iter()
        .map(|(range, what)| Gap { range, what });
    gaps.extend(opaque);
    gaps.sort_by_key(|gap| (gap.range.start, usize::MAX - gap.range.end));
    let mut end = 0;
    gaps.retain(|gap| {
        let apart = gap.range.start >= end;
        if apart {
            end = gap.range.end;
        }
        apart
    });
    gaps
}

struct Chooser<'c> {
    text: &'c str,
    lines: &'c [Line],
    scorer: &'c Scorer,
    elision: Elision,
    out: Vec<bool>,
    /// 1 where a record that is left out begins.
    items: Vec<usize>,
}

impl Chooser<'_> {
    fn line(&self, at: usize) -> &str {
        &self.text[self.lines[at].range.clone()]
    }

    fn source(&self, lines: Range<usize>) -> &str {
        &self.text[self.lines[lines.start].range.start..self.lines[lines.end - 1].range.end]
    }

    /// Leaves long comments out, but for lines that warn or are asked for.
    fn comments(&mut self) {
        let mut at = 0;
        while at < self.lines.len() {
            if self.lines[at].role != Role::Comment {
                at += 1;
                continue;
            }
            let mut end = at + 1;
            while end < self.lines.len() && self.lines[end].role != Role::Text {
                end += 1;
            }
            while self.lines[end - 1].role == Role::Blank {
                end -= 1;
            }
            let long = end - at >= COMMENT_LINES && self.source(at..end).len() >= COMMENT_BYTES;
            // A line that tells something is read to the end of its sentence.
            let mut told = 0;
            for line in (at..end).filter(|_| long) {
                told = if self.tells(self.line(line)) {
                    SENTENCE
                } else {
                    told
                };
                self.out[line] = told == 0;
                told = if ends_sentence(self.line(line)) {
                    0
                } else {
                    told.saturating_sub(1)
                };
            }
            at = end;
        }
    }

    /// True for a line that warns, promises work, or holds what is asked for.
    fn tells(&self, line: &str) -> bool {
        const WORDS: [&str; 9] = [
            "todo",
            "fixme",
            "warn",
            "caution",
            "danger",
            "deprecated",
            "important",
            "do not",
            "must",
        ];
        let lower = line.to_ascii_lowercase();
        WORDS.iter().any(|word| lower.contains(word))
            || signal::of_line(line) != Signal::None
            || self.scorer.contains_anchor(line)
            || self.scorer.bm25([line]).iter().any(|score| *score > 0.0)
    }

    /// Chooses among the records of every list in a range of lines.
    fn walk(&mut self, range: Range<usize>, level: usize) {
        let mut records: Vec<Range<usize>> = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let line = &self.lines[at];
            if line.role == Role::Text {
                records.push(at..line.end);
            }
            at = line.end.max(at + 1);
        }
        let shown = if level < DEEPEST {
            self.choose(&records)
        } else {
            None
        };
        for (nth, record) in records.iter().enumerate() {
            if shown.as_ref().is_some_and(|shown| !shown[nth]) {
                self.out[record.clone()].fill(true);
                self.items[record.start] = 1;
            } else if self.is_kept_by_tools(record) {
                self.out[record.start + 1..record.end].fill(true);
            } else if record.len() > 1 {
                self.walk(record.start + 1..record.end, level + 1);
            }
        }
    }

    fn is_kept_by_tools(&self, record: &Range<usize>) -> bool {
        let key = config::setting(self.line(record.start).trim()).map_or("", |(key, _)| key);
        KEPT_BY_TOOLS.contains(&key)
            && !self.scorer.names(key)
            && !record.clone().any(|line| self.must_stay(line))
    }

    /// Which of the records of one list are shown; `None`: all.
    fn choose(&self, records: &[Range<usize>]) -> Option<Vec<bool>> {
        let is_item = |record: &Range<usize>| config::is_item(self.line(record.start).trim());
        let many = records.iter().filter(|record| record.len() > 1).count();
        let alike = many * 4 >= records.len() * 3;
        let plain = records.iter().all(is_item);
        let worth = (alike && records.len() >= FEWEST) || (plain && records.len() >= FEWEST_ITEMS);
        if !worth || (alike && !self.share_keys(records)) {
            return None;
        }
        let mut array = String::from("[");
        for (nth, record) in records.iter().enumerate() {
            if nth > 0 {
                array.push(',');
            }
            self.as_json(record, &mut array);
        }
        array.push(']');
        let mut shown = records::shown_records(&array, self.scorer, self.elision)?;
        for (shown, record) in shown.iter_mut().zip(records) {
            *shown |= record.clone().any(|line| self.must_stay(line));
        }
        Some(shown)
    }

    /// True for a line that keeps the record it stands in: a failure, an identifier that was asked for, a
    /// comment that warns.
    fn must_stay(&self, line: usize) -> bool {
        let text = self.line(line);
        signal::of_line(text) >= Signal::Error
            || self.scorer.contains_anchor(text)
            || (self.lines[line].role == Role::Comment && self.tells(text))
    }

    /// The lines of a record without what tools keep for themselves.
    fn own(&self, record: &Range<usize>) -> impl Iterator<Item = usize> {
        let mut kept_until = 0;
        record.clone().filter(move |&line| {
            if line >= kept_until && self.is_kept_by_tools(&(line..self.lines[line].end)) {
                kept_until = self.lines[line].end;
            }
            line >= kept_until
        })
    }

    /// True where records have most of their settings' names in common.
    fn share_keys(&self, records: &[Range<usize>]) -> bool {
        let keys = |record: &Range<usize>| -> Vec<&str> {
            let lines = record.clone().skip(1).take(SETTINGS);
            lines
                .filter_map(|line| Some(config::setting(self.line(line).trim())?.0))
                .collect()
        };
        let model = records
            .iter()
            .max_by_key(|record| record.len())
            .map(keys)
            .unwrap_or_default();
        let like = |record: &&Range<usize>| {
            let keys = keys(record);
            !keys.is_empty() && 2 * keys.iter().filter(|key| model.contains(key)).count() >= keys.len()
        };
        records.iter().filter(like).count() * 4 >= records.len() * 3
    }

    /// A record as an object of its settings, or the text of an item.
    fn as_json(&self, record: &Range<usize>, out: &mut String) {
        let first = self.line(record.start).trim();
        if record.len() == 1 && config::setting(first).is_none() {
            return json::quote_into(first, out);
        }
        out.push_str("{\"\":");
        json::quote_into(first, out);
        for line in self.own(record).take(SETTINGS) {
            let Some((key, value)) = config::setting(self.line(line).trim()) else {
                continue;
            };
            if value.is_empty() {
                continue;
            }
            out.push(',');
            json::quote_into(key, out);
            out.push(':');
            let bare = value.trim_end_matches(',').trim_matches(['"', '\'']);
            if json::is_number(bare) || matches!(bare, "true" | "false" | "null") {
                out.push_str(bare);
            } else {
                json::quote_into(bare, out);
            }
        }
        out.push('}');
    }

    /// Runs of lines left out as gaps of whole lines; blank lines between join them.
    fn line_gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let mut at = 0;
        while at < self.lines.len() {
            if !self.out[at] {
                at += 1;
                continue;
            }
            let (start, mut end, mut next) = (at, at + 1, at + 1);
            while next < self.lines.len() && (self.out[next] || self.lines[next].role == Role::Blank) {
                if self.out[next] {
                    end = next + 1;
                }
                next += 1;
            }
            at = next;
            let range = self.lines[start].range.start..self.lines[end - 1].range.end;
            if range.len() < MIN_GAP {
                continue;
            }
            let items: usize = self.items[start..end].iter().sum();
            gaps.push(Gap {
                range,
                what: if items > 1 {
                    format!("{items} items")
                } else {
                    String::new()
                },
            });
        }
        gaps
    }
}

/// True for a line of a comment that no sentence goes on behind.
fn ends_sentence(line: &str) -> bool {
    let words = line.trim().trim_start_matches(['#', ';', '!', ' ']);
    words.is_empty() || words.ends_with(['.', '!', '?', ':'])
}
