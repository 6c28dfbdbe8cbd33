//! Which lines of a log stay when parts may be left out.
//!
//! Failures stay whatever they cost, unless they repeat without end: then every distinct one keeps witnesses.
//! Everything else shares a budget that grows with the square root of the text, as a log twice as long
//! mostly repeats itself: context of failures, warnings and rare kinds of lines, totals, beginnings of
//! something new.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::cut;
use super::lines::Lines;
use super::shape::{self, FEW, Kinds};
use super::trace::{self, Reach};
use crate::compress::Elision;
use crate::relevance::{Query, Scorer};
use crate::signal::{self, Signal};

/// Bytes of budget for each root of a byte of text.
const BUDGET: f64 = 16.0;
/// Short logs may keep more: this share, up to so many bytes.
const SHARE: f64 = 0.2;
const ENOUGH: f64 = 4096.0;
/// Lines that always stay at the beginning and at the end.
const HEAD: usize = 3;
const TAIL: usize = 8;
/// What a mark costs, in bytes.
const MARK: usize = 40;

/// Lines by what they cost and whether they stay.
struct Choice<'l, 't> {
    lines: &'l Lines<'t>,
    kept: Vec<bool>,
    spent: usize,
}

impl Choice<'_, '_> {
    fn cost(&self, line: usize) -> usize {
        let length = self.lines.ranges[line].len().min(cut::LONGEST) + 1;
        let beside = |other: Option<usize>| other.is_some_and(|other| self.kept.get(other) == Some(&true));
        let joins = beside(line.checked_sub(1)) || beside(Some(line + 1));
        length + if joins { 0 } else { MARK }
    }

    fn take(&mut self, line: usize) {
        if !self.kept[line] {
            self.spent += self.cost(line);
            self.kept[line] = true;
        }
    }

    /// Takes a line if it fits a budget.
    fn afford(&mut self, line: usize, budget: usize) {
        if self.kept[line] || self.spent + self.cost(line) <= budget {
            self.take(line);
        }
    }
}

/// What stays of a log.
pub(super) struct Selection {
    /// Lines that are shown.
    pub(super) kept: Vec<bool>,
    /// Lines that tell of a failure.
    pub(super) fails: Vec<bool>,
}

/// Which lines stay.
pub(super) fn select(lines: &Lines<'_>, kinds: &Kinds, query: &Query, elision: Elision) -> Selection {
    let size = lines.text.len() as f64;
    let free = (BUDGET * size.sqrt()).max((size * SHARE).min(ENOUGH));
    let budget = elision.bias * elision.target_ratio.map_or(free, |ratio| ratio * size);
    let budget = budget as usize;
    let signals: Vec<Signal> = (0..lines.len())
        .map(|line| signal::of_line(lines.get(line)))
        .collect();
    let mut choice = Choice {
        lines,
        kept: vec![false; lines.len()],
        spent: 0,
    };
    let same = spellings(lines);
    let failures = failures(&mut choice, &signals, &same);
    let last = lines
        .len()
        .saturating_sub(usize::from(lines.text.ends_with('\n')));
    (0..HEAD.min(last))
        .chain(last.saturating_sub(TAIL)..last)
        .for_each(|line| choice.take(line));
    let held = named(&mut choice, kinds, query);
    rare(&mut choice, kinds, free as usize);
    // What failures cost is taken from the others, but not all of it.
    let budget = choice.spent + (budget / 2).max(budget.saturating_sub(choice.spent / 2));
    asked(&mut choice, &signals, &held, budget);
    context(&mut choice, &failures, &signals, &same, budget);
    witnesses(&mut choice, kinds, &signals, budget);
    close_gaps(&mut choice);
    Selection {
        kept: choice.kept,
        fails: signals.iter().map(|signal| signal.is_failure()).collect(),
    }
}

/// A number for each line, equal for lines that differ in numbers and times only.
fn spellings(lines: &Lines<'_>) -> Vec<u64> {
    let of = |line| {
        lines
            .tokens(line)
            .iter()
            .fold(0, |hash, token| shape::mix(hash, token.mask))
    };
    (0..lines.len()).map(of).collect()
}

/// The failures, without the middle of those that say the same word for word: of these more say nothing new.
fn fresh(lines: &Lines<'_>, signals: &[Signal]) -> Vec<usize> {
    const ALIKE: usize = 8;
    let failing = (0..signals.len()).filter(|&line| signals[line].is_failure());
    let said: Vec<(usize, &str)> = failing.map(|line| (line, shape::message(lines, line))).collect();
    let mut left: HashMap<&str, usize, FixedState> = HashMap::default();
    for (_, message) in &said {
        *left.entry(message).or_insert(0) += 1;
    }
    let mut shown: HashMap<&str, usize, FixedState> = HashMap::default();
    let mut fresh = Vec::new();
    for (line, message) in said {
        let left = left.entry(message).or_insert(0);
        let shown = shown.entry(message).or_insert(0);
        *left -= 1;
        if *shown + 1 < ALIKE || *left == 0 {
            *shown += 1;
            fresh.push(line);
        }
    }
    fresh
}

/// Takes the failures; gives back the first of each spelling, in order.
fn failures(choice: &mut Choice<'_, '_>, signals: &[Signal], same: &[u64]) -> Vec<usize> {
    // As much of the text may be failures before they are thinned out.
    const SHARE: usize = 45;
    const SMALL: f64 = 60.0;
    const MOST: usize = 24 << 10;
    const WITNESSES: usize = 64;
    let mut groups: HashMap<u64, usize, FixedState> = HashMap::default();
    let mut members: Vec<Vec<usize>> = Vec::new();
    for line in fresh(choice.lines, signals) {
        let group = *groups.entry(same[line]).or_insert_with(|| {
            members.push(Vec::new());
            members.len() - 1
        });
        members[group].push(line);
    }
    let size = choice.lines.text.len();
    let allowed = (size / SHARE).max(MOST.min((SMALL * (size as f64).sqrt()) as usize));
    let cost = |lines: &[usize], most: usize| -> usize {
        witnesses_of(lines, most).map(|line| choice.cost(line)).sum()
    };
    let mut most = usize::MAX;
    while most > 1 && members.iter().map(|lines| cost(lines, most)).sum::<usize>() > allowed {
        most = (most / 2).min(WITNESSES);
    }
    for lines in &members {
        witnesses_of(lines, most).for_each(|line| choice.take(line));
        if let Some(heading) = trace::heading(choice.lines, lines[0]) {
            choice.take(heading);
        }
    }
    members.iter().map(|lines| lines[0]).collect()
}

/// The first lines of a group and its last.
fn witnesses_of(lines: &[usize], most: usize) -> impl Iterator<Item = usize> {
    let first = lines.len().min(most.saturating_sub(1).max(1));
    let last = lines.last().copied().filter(|_| lines.len() > first && most > 1);
    lines[..first].iter().copied().chain(last)
}

/// Takes lines that hold an identifier of the question or of the tool's arguments; gives back which those are.
fn named(choice: &mut Choice<'_, '_>, kinds: &Kinds, query: &Query) -> Vec<usize> {
    // Beyond this share of the text, one line of each kind stands for the others.
    const SHARE: usize = 10;
    if query.anchors.is_empty() {
        return Vec::new();
    }
    let lines = choice.lines;
    let held = Scorer::new(query).anchored((0..lines.len()).map(|line| lines.get(line)));
    let all: Vec<usize> = (0..lines.len()).filter(|&line| held[line]).collect();
    let cost: usize = all.iter().map(|&line| choice.cost(line)).sum();
    let mut seen = vec![0_usize; kinds.lines.len()];
    let few = cost <= lines.text.len() / SHARE;
    for &line in &all {
        let count = &mut seen[kinds.of[line] as usize];
        *count += 1;
        if few || *count <= 2 {
            choice.take(line);
        }
    }
    all
}

/// What stands between a line that was asked for and failures close by: the body of the failed test.
fn asked(choice: &mut Choice<'_, '_>, signals: &[Signal], held: &[usize], budget: usize) {
    const NEAR: usize = 8;
    for &line in held {
        let from = line.saturating_sub(NEAR);
        let to = signals.len().min(line + NEAR + 1);
        let near: Vec<usize> = (from..to).filter(|&at| signals[at].is_failure()).collect();
        if let (Some(&first), Some(&last)) = (near.first(), near.last()) {
            (first.min(line)..=last.max(line)).for_each(|at| choice.afford(at, budget));
        }
    }
}

/// A line of every rare kind, where rare kinds are few: the one login among failed ones, the one election. Where
/// nearly every line is of its own kind, as in CI logs, being rare says nothing; nor is a test that passed rare for
/// its name.
fn rare(choice: &mut Choice<'_, '_>, kinds: &Kinds, free: usize) {
    let rare = kinds.lines.iter().filter(|lines| lines.len() < FEW);
    let firsts: Vec<usize> = rare
        .map(|lines| lines[0] as usize)
        .filter(|&line| !signal::is_pass(choice.lines.get(line)))
        .collect();
    let cost: usize = firsts.iter().map(|&line| choice.cost(line)).sum();
    if cost <= free {
        for line in firsts {
            choice.take(line);
        }
    }
}

/// What stands around failures: the causes before an end, traces after their heads, the lines beside.
fn context(choice: &mut Choice<'_, '_>, failures: &[usize], signals: &[Signal], same: &[u64], budget: usize) {
    const BEFORE: usize = 3;
    const BEFORE_END: usize = 10;
    const AFTER: usize = 2;
    // The ends first, the last of them first: what ended the run stands before it.
    let mut order: Vec<usize> = failures.to_vec();
    order.sort_by_key(|&line| (signals[line] != Signal::Ending, usize::MAX - line));
    let budget = budget - (budget - choice.spent) / 3;
    let mut seen: HashMap<u64, usize, FixedState> = HashMap::default();
    // Where each was raised, before more of any.
    for (&line, reach) in [Reach::SITE, Reach::WHOLE]
        .into_iter()
        .flat_map(|reach| order.iter().map(move |line| (line, reach)))
    {
        for frame in trace::telling(choice.lines, line, reach) {
            if choice.kept[frame] {
                continue;
            }
            let count = seen.entry(same[frame]).or_insert(0);
            *count += 1;
            if *count <= 2 {
                choice.afford(frame, budget);
            }
        }
    }
    for line in order {
        let before = if signals[line] == Signal::Ending {
            BEFORE_END
        } else {
            BEFORE
        };
        let near = (line.saturating_sub(before)..line)
            .rev()
            .chain(line + 1..=line + AFTER);
        for near in near.filter(|&near| near < same.len()) {
            // A line beside two failures is not two lines, and what passed says nothing about what failed.
            if choice.kept[near] || signal::is_pass(choice.lines.get(near)) {
                continue;
            }
            let count = seen.entry(same[near]).or_insert(0);
            *count += 1;
            if *count <= 2 {
                choice.afford(near, budget);
            }
        }
    }
}

/// One line of every kind, while they last: errors and warnings first, then totals, then what is rare.
fn witnesses(choice: &mut Choice<'_, '_>, kinds: &Kinds, signals: &[Signal], budget: usize) {
    let mut wanted: Vec<(usize, usize, usize)> = Vec::new();
    for lines in &kinds.lines {
        let Some(most) = lines.iter().map(|&line| signals[line as usize]).max() else {
            continue;
        };
        let is_rare = lines.len() < FEW;
        let rank = match most {
            Signal::Error | Signal::Failure | Signal::Ending => usize::from(!is_rare),
            Signal::Summary => 2,
            Signal::Warning => 3,
            // What passed is in the totals.
            Signal::None if signal::is_pass(choice.lines.get(lines[0] as usize)) => continue,
            Signal::None if is_rare => 4,
            Signal::None => 6,
        };
        let mut telling = lines
            .iter()
            .map(|&line| line as usize)
            .filter(|&line| signals[line] == most);
        if let Some(line) = telling.next() {
            // Of equally rare lines the later ones are closer to how it ended.
            wanted.push((rank, lines.len(), usize::MAX - line));
        }
        // Where a kind that tells something was seen last.
        if let Some(line) = telling.next_back().filter(|_| rank <= 2) {
            wanted.push((5, lines.len(), usize::MAX - line));
        }
    }
    wanted.sort_unstable();
    for (rank, _, line) in wanted {
        let line = usize::MAX - line;
        choice.afford(line, budget);
        let tells = choice.kept[line] && rank <= 3;
        if let Some(heading) = tells.then(|| trace::heading(choice.lines, line)).flatten() {
            choice.afford(heading, budget);
        }
    }
}

/// Gaps that would cost more than what they leave out.
fn close_gaps(choice: &mut Choice<'_, '_>) {
    let mut line = 0;
    while line < choice.kept.len() {
        let start = line;
        while line < choice.kept.len() && !choice.kept[line] {
            line += 1;
        }
        let size: usize = (start..line)
            .map(|line| choice.lines.ranges[line].len() + 1)
            .sum();
        if size <= MARK {
            choice.kept[start..line].fill(true);
        }
        line += 1;
    }
}
