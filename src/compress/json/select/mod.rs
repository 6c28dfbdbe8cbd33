//! What to leave out of a JSON document when there is a way back.
//!
//! Records are the unit: the items of an array, or the members of an object that is really a map. Of each
//! such collection every record stays that carries signal (law 6): errors, rare values, outliers, change
//! points, odd shapes, the first and the last, and whatever the question or the tool call names. Of the
//! rest a few stay that show the most of what is there; how many is read off the gain curve.
//!
//! A question that names what all records have in common asks for all of them: then every record stays,
//! and only its long texts are cut.

mod columns;
mod gain;
mod long;
mod signals;

use super::cut::{Cuts, Fate};
use crate::compress::{Elision, records};
use crate::json::{Kind, Value};
use crate::relevance::Scorer;

/// Collections of fewer records are shown whole.
const FEWEST: usize = 8;
/// A map of scalars with fewer entries may just be an object.
const FEWEST_ENTRIES: usize = 16;
/// Leaving out less than this share of a collection is not worth the markers.
const WORTH: f64 = 0.2;
/// Collections below this depth are shown whole: every level would be read again for the one above it.
const DEEPEST: usize = 12;
/// Leaving out less than this share of a whole document is not worth the footer and the reader's doubt.
const WORTH_ALL: f64 = 0.1;
/// Records at the start that show what the collection is like.
const FIRST: usize = 2;

/// What a selection is made by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Eliding<'q> {
    /// The question and the tool's arguments, ready to be held against records.
    pub(super) scorer: &'q Scorer,
    /// How strongly.
    pub(super) elision: Elision,
}

/// Chooses what is left out below a value.
pub(super) fn select(root: Value<'_, '_>, eliding: Eliding<'_>) -> Cuts {
    let mut selector = Selector {
        cuts: Cuts::none(root.tape_end()),
        scorer: eliding.scorer,
        elision: eliding.elision,
        within: Vec::new(),
        left_out: 0,
    };
    selector.walk(root, false);
    if (selector.left_out as f64) < WORTH_ALL * root.span().len() as f64 {
        return Cuts::none(root.tape_end());
    }
    selector.cuts
}

/// Which items of an array are shown; `None`: all.
pub(super) fn shown(array: Value<'_, '_>, eliding: Eliding<'_>) -> Option<Vec<bool>> {
    let cuts = select(array, eliding);
    let shown: Vec<bool> = array.items().map(|item| !cuts.is_out(item)).collect();
    (!shown.iter().all(|shown| *shown)).then_some(shown)
}

struct Selector<'q, 'd, 'a> {
    cuts: Cuts,
    scorer: &'q Scorer,
    elision: Elision,
    /// The containers around the value at hand, outermost first.
    within: Vec<Value<'d, 'a>>,
    /// Source bytes left out so far.
    left_out: usize,
}

/// What happens to the records of a collection.
enum Choice {
    /// Shown whole.
    All,
    /// All shown; where `false`, long texts are cut.
    Brief(Vec<bool>),
    /// Shown where `true`.
    Some(Vec<bool>),
    /// Shown where `kept`; of those, long texts are cut where not `whole`.
    Passages { kept: Vec<bool>, whole: Vec<bool> },
}

impl<'d, 'a> Selector<'_, 'd, 'a> {
    fn walk(&mut self, value: Value<'d, 'a>, brief: bool) {
        let records: Vec<Value<'d, 'a>> = match value.kind() {
            Kind::Array => value.items().collect(),
            Kind::Object => value.entries().map(|(_, member)| member).collect(),
            _ => return,
        };
        let is_choice = || is_collection(value, &records) || self.are_asked_passages(&records);
        let choice = if self.within.len() < DEEPEST && is_choice() {
            self.choose(value, &records)
        } else {
            Choice::All
        };
        self.within.push(value);
        for (at, record) in records.iter().enumerate() {
            match &choice {
                Choice::Some(kept) | Choice::Passages { kept, .. } if !kept[at] => {
                    self.left_out += record.span().len();
                    self.cuts.set(*record, Fate::Out, &self.within);
                }
                Choice::Brief(whole) | Choice::Passages { whole, .. } => {
                    self.walk_member(value, *record, brief || !whole[at]);
                }
                _ => self.walk_member(value, *record, brief),
            }
        }
        self.within.pop();
    }

    fn walk_member(&mut self, parent: Value<'d, 'a>, value: Value<'d, 'a>, brief: bool) {
        let cut = match value.kind() {
            Kind::String => long::is_cut(value, brief),
            Kind::Array | Kind::Object => brief && parent.kind() == Kind::Object && long::is_long(value),
            _ => false,
        };
        if cut && !self.is_named(value) {
            self.left_out += value.span().len();
            self.cuts.set(value, Fate::Head, &self.within);
            return;
        }
        if value.kind() == Kind::String && self.is_named(value) {
            self.cuts.set(value, Fate::Literal, &self.within);
        }
        self.walk(value, brief);
    }

    /// True for passages that the question tells apart.
    fn are_asked_passages(&self, records: &[Value<'_, '_>]) -> bool {
        records.len() > FIRST
            && passages(records)
            && self
                .scorer
                .bm25(records.iter().map(Value::raw))
                .iter()
                .any(|score| *score > 0.0)
    }

    fn is_named(&self, value: Value<'_, '_>) -> bool {
        self.scorer.contains_anchor(value.raw())
    }

    fn choose(&self, value: Value<'d, 'a>, records: &[Value<'d, 'a>]) -> Choice {
        // For maps the key is part of what a question may name.
        let texts: Vec<&str> = match value.kind() {
            Kind::Object => value
                .entries()
                .map(|(key, member)| source_between(value, key, member))
                .collect(),
            _ => records.iter().map(Value::raw).collect(),
        };
        let columns = columns::of(records);
        let mut matched = self.scorer.anchored(texts.iter().copied());
        let mut named: Vec<bool> = texts
            .iter()
            .map(|text| self.scorer.contains_anchor(text))
            .collect();
        for (record, cell) in columns.columns.iter().flat_map(|column| &column.cells) {
            named[*record] |=
                cell.kind() == Kind::String && cell.text().is_some_and(|text| self.scorer.names(&text));
        }
        if named.iter().filter(|named| **named).count() > records.len() / 2 {
            return Choice::Brief(matched);
        }
        matched
            .iter_mut()
            .zip(named)
            .for_each(|(matched, named)| *matched |= named);
        let mut whole = matched.clone();
        let mut kept = signals::find(records, &columns);
        kept.iter_mut()
            .zip(matched)
            .for_each(|(kept, matched)| *kept |= matched);
        kept[..FIRST].fill(true);
        kept[records.len() - 1] = true;
        let scores = self.scorer.bm25(texts.iter().copied());
        self.fill(&mut kept, &columns, &texts, &scores);
        close_small_gaps(&mut kept, &texts);
        let best = scores.iter().copied().fold(0.0, f64::max);
        if best > 0.0 && passages(records) {
            for (at, score) in scores.iter().enumerate() {
                whole[at] |= *score >= records::CLOSE * best;
                kept[at] |= *score >= best;
            }
            return Choice::Passages { kept, whole };
        }
        let left_out: usize = texts
            .iter()
            .zip(&kept)
            .filter(|(_, kept)| !**kept)
            .map(|(text, _)| text.len())
            .sum();
        if (left_out as f64) < WORTH * value.span().len() as f64 {
            Choice::All
        } else {
            Choice::Some(kept)
        }
    }

    /// Adds what answers the question best and what shows most of the rest.
    fn fill(&self, kept: &mut [bool], columns: &columns::Columns<'_, '_>, texts: &[&str], scores: &[f64]) {
        let order = records::order(kept, &gain::features(kept, columns), scores);
        let room = match self.elision.target_ratio {
            Some(ratio) => {
                let whole: usize = texts.iter().map(|text| text.len()).sum();
                Some((whole as f64 * ratio * self.elision.bias) as usize)
            }
            None => None,
        };
        let mut size: usize = texts
            .iter()
            .zip(kept.iter())
            .filter(|(_, kept)| **kept)
            .map(|(text, _)| text.len())
            .sum();
        let wanted = (order.knee as f64 * self.elision.bias).ceil() as usize;
        for (rank, &at) in order.records.iter().enumerate() {
            let fits = match room {
                Some(room) => size + texts[at].len() <= room,
                None => rank < wanted,
            };
            if !fits {
                break;
            }
            kept[at] = true;
            size += texts[at].len();
        }
    }
}

/// Keeps what would cost about as much to leave out: a marker is some ten tokens.
fn close_small_gaps(kept: &mut [bool], texts: &[&str]) {
    const MARKER: usize = 120;
    let mut from = 0;
    while from < kept.len() {
        let to = (from..kept.len())
            .find(|at| kept[*at] != kept[from])
            .unwrap_or(kept.len());
        if !kept[from] && texts[from..to].iter().map(|text| text.len()).sum::<usize>() < MARKER {
            kept[from..to].fill(true);
        }
        from = to;
    }
}

fn source_between<'a>(container: Value<'_, 'a>, key: Value<'_, 'a>, member: Value<'_, 'a>) -> &'a str {
    let offset = container.span().start;
    &container.raw()[key.span().start - offset..member.span().end - offset]
}

/// True for what a search through texts gives: records each of which is mostly one text of sentences.
fn passages(records: &[Value<'_, '_>]) -> bool {
    const LONG: usize = 256;
    let is_text = |text: &str| {
        let other = text.bytes().filter(|byte| *byte == b' ' || *byte >= 128).count();
        text.len() >= LONG && other * 12 >= text.len()
    };
    let is_passage = |record: &Value<'_, '_>| {
        let mut members = record.entries().map(|(_, member)| member);
        members.any(|member| {
            let text = member.raw();
            member.kind() == Kind::String && 2 * text.len() >= record.raw().len() && is_text(text)
        })
    };
    records
        .iter()
        .filter(|record| record.kind() == Kind::Object && is_passage(record))
        .count()
        * 4
        >= records.len() * 3
}

/// True for arrays of records and for objects that are maps.
fn is_collection(value: Value<'_, '_>, records: &[Value<'_, '_>]) -> bool {
    if records.len() < FEWEST {
        return false;
    }
    match value.kind() {
        Kind::Array => true,
        _ if records.iter().all(|record| record.kind() == Kind::Object) => columns::share_keys(records),
        _ => records.len() >= FEWEST_ENTRIES && is_map(value),
    }
}

/// True when the keys look like data: most carry digits, as ids, dates and hashes do.
fn is_map(value: Value<'_, '_>) -> bool {
    let kind = value.entries().next().map(|(_, member)| member.kind());
    let numbered = value
        .entries()
        .filter(|(key, _)| key.raw().bytes().filter(u8::is_ascii_digit).count() >= 2)
        .count();
    numbered * 10 >= value.len() * 8 && value.entries().all(|(_, member)| Some(member.kind()) == kind)
}
