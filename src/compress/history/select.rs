//! Which commits stay when there is a way back.
//!
//! A history is read for what happened last, for what the question names, and for what stands out: releases,
//! reverts, merges where they are few. Of the rest some are shown that differ most, up to the knee of the gain
//! curve.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::read::{Commit, History};
use crate::compress::{Elision, records};
use crate::relevance::{Query, Scorer};
use crate::signal;

/// Fewer commits are all shown.
const FEWEST: usize = 12;
/// The latest that are shown, and the first of all.
const LATEST: usize = 8;
/// Kinds of commits of at most this share are rare.
const RARE: f64 = 0.1;
/// Shorter gaps cost about as much as they save, in bytes.
const MARKER: usize = 160;

/// One flag a commit; `None`: all are shown.
pub(super) fn select(history: &History<'_>, query: &Query, elision: Elision) -> Option<Vec<bool>> {
    let commits = &history.commits;
    if commits.len() < FEWEST {
        return None;
    }
    let scorer = Scorer::new(query);
    let texts = || commits.iter().map(|commit| commit.text);
    let mut kept = scorer.anchored(texts());
    rare(commits, &mut kept);
    let latest = ((LATEST as f64 * elision.bias).ceil() as usize).min(commits.len());
    kept[..latest].fill(true);
    kept[commits.len() - 1] = true;
    let order = records::order(&kept, &features(commits), &scorer.bm25(texts()));
    let whole: usize = commits.iter().map(|commit| commit.text.len()).sum();
    let room = elision
        .target_ratio
        .map(|ratio| (whole as f64 * ratio * elision.bias) as usize);
    let wanted = (order.knee as f64 * elision.bias).ceil() as usize;
    let mut size: usize = commits
        .iter()
        .zip(&kept)
        .filter(|(_, kept)| **kept)
        .map(|(commit, _)| commit.text.len())
        .sum();
    for (rank, at) in order.records.into_iter().enumerate() {
        size += commits[at].text.len();
        if !room.map_or(rank < wanted, |room| size <= room) {
            break;
        }
        kept[at] = true;
    }
    close_small_gaps(commits, &mut kept);
    (!kept.iter().all(|kept| *kept)).then_some(kept)
}

/// Keeps what few commits are.
fn rare(commits: &[Commit<'_>], kept: &mut [bool]) {
    let kinds: [&dyn Fn(&Commit<'_>) -> bool; 5] = [
        &|commit| !commit.refs.is_empty(),
        &|commit| commit.is_merge,
        &|commit| commit.subject.starts_with("Revert ") || commit.text.contains("This reverts commit "),
        &|commit| commit.subject.contains("!:") || commit.text.contains("BREAKING CHANGE"),
        &|commit| signal::mentions_error(commit.subject),
    ];
    for is_one in kinds {
        let ones: Vec<usize> = (0..commits.len()).filter(|at| is_one(&commits[*at])).collect();
        if ones.len() as f64 <= (RARE * commits.len() as f64).max(1.0) {
            for at in ones {
                kept[at] = true;
            }
        }
    }
}

/// What a commit shows: its author, and how its message starts.
fn features(commits: &[Commit<'_>]) -> records::Features {
    let mut numbers: HashMap<(u8, &str), u32, FixedState> = HashMap::default();
    let mut of = Vec::with_capacity(commits.len());
    for commit in commits {
        let author = commit.author.map_or("", |(_, author)| author);
        let word = commit
            .subject
            .split([' ', ':', '(', '/'])
            .next()
            .unwrap_or_default();
        let mut feature = |kind, text| {
            let next = numbers.len() as u32;
            *numbers.entry((kind, text)).or_insert(next)
        };
        of.push(vec![feature(0, author), feature(1, word)]);
    }
    records::Features {
        of,
        count: numbers.len(),
    }
}

/// Keeps what would cost about as much to leave out.
fn close_small_gaps(commits: &[Commit<'_>], kept: &mut [bool]) {
    let mut from = 0;
    while from < kept.len() {
        let to = (from..kept.len())
            .find(|at| kept[*at] != kept[from])
            .unwrap_or(kept.len());
        let size: usize = commits[from..to].iter().map(|commit| commit.text.len() + 1).sum();
        if !kept[from] && size < MARKER {
            kept[from..to].fill(true);
        }
        from = to;
    }
}
