//! What is left out of an outline. Empty for the lossless spelling.

use std::ops::Range;

use crate::json::Value;

/// What happens to one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Fate {
    /// Shown.
    #[default]
    Keep,
    /// Left out together with its neighbours.
    Out,
    /// Only the head of a long string is shown.
    Head,
    /// Shown, and not spelled after anything else.
    Literal,
}

/// The fate of every value, by tape index.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    fates: Vec<Fate>,
    /// Tape positions below which something is not shown whole.
    touched: Vec<bool>,
}

/// Neighbours left out together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    /// Their place in the source.
    pub(super) range: Range<usize>,
    /// Which and how many, in source units.
    pub(super) note: String,
}

/// One member or item, or a run of left-out ones.
#[derive(Debug)]
pub(super) enum Cut<'d, 'a> {
    /// Position, key (for items the item itself), value.
    Keep(usize, Value<'d, 'a>, Value<'d, 'a>),
    /// Left out.
    Gap(Gap),
}

impl Cuts {
    /// Nothing left out of a tree whose tape ends at `end`.
    pub(super) fn none(end: usize) -> Self {
        Self {
            fates: vec![Fate::Keep; end],
            touched: vec![false; end],
        }
    }

    /// Sets the fate of a value; `within` are the containers around it.
    pub(super) fn set(&mut self, value: Value<'_, '_>, fate: Fate, within: &[Value<'_, '_>]) {
        self.fates[value.index()] = fate;
        if fate != Fate::Literal {
            self.touched[value.index()] = true;
            for container in within {
                self.touched[container.index()] = true;
            }
        }
    }

    /// True when something below a container is not shown whole.
    pub(super) fn touches(&self, value: Value<'_, '_>) -> bool {
        self.touched.get(value.index()).is_some_and(|touched| *touched)
    }

    /// True for an object some members of which are left out.
    pub(super) fn has_gap(&self, object: Value<'_, '_>) -> bool {
        self.touches(object) && object.entries().any(|(_, member)| self.fate(member) == Fate::Out)
    }

    /// True for a value that is left out.
    pub(super) fn is_out(&self, value: Value<'_, '_>) -> bool {
        self.fate(value) == Fate::Out
    }

    /// True for a long string of which only the head is shown.
    pub(super) fn is_head(&self, value: Value<'_, '_>) -> bool {
        self.fate(value) == Fate::Head
    }

    /// True for a value that the reader will look for as it is.
    pub(super) fn is_literal(&self, value: Value<'_, '_>) -> bool {
        self.fate(value) == Fate::Literal
    }

    fn fate(&self, value: Value<'_, '_>) -> Fate {
        self.fates.get(value.index()).copied().unwrap_or_default()
    }

    /// Members or items with neighbouring left-out ones joined; for items the key is the item.
    pub(super) fn runs<'d, 'a>(
        &self,
        members: impl Iterator<Item = (Value<'d, 'a>, Value<'d, 'a>)>,
    ) -> Vec<Cut<'d, 'a>> {
        let mut runs: Vec<Cut<'d, 'a>> = Vec::with_capacity(members.size_hint().0);
        let mut open: Option<(usize, Range<usize>, bool)> = None;
        let mut count = 0;
        for (index, (key, value)) in members.enumerate() {
            count = index + 1;
            if self.fate(value) == Fate::Out {
                let keyed = key.index() != value.index();
                let (_, range, _) = open.get_or_insert((index, key.span().start..0, keyed));
                range.end = value.span().end;
                continue;
            }
            if let Some(run) = open.take() {
                runs.push(close(run, index));
            }
            runs.push(Cut::Keep(index, key, value));
        }
        if let Some(run) = open.take() {
            runs.push(close(run, count));
        }
        runs
    }
}

fn close<'d, 'a>((from, range, keyed): (usize, Range<usize>, bool), to: usize) -> Cut<'d, 'a> {
    let unit = if keyed { "key" } else { "row" };
    let note = if to - from == 1 {
        format!("{unit} {to}")
    } else {
        format!("{unit}s {}-{to}", from + 1)
    };
    Cut::Gap(Gap { range, note })
}
