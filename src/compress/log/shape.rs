//! Which lines are of one kind: Drain's idea (He et al. 2017) in two steps.
//!
//! Lines whose tokens are equal up to numbers are of one kind. Kinds of a few lines are then put together
//! where most of their tokens agree, within buckets of equal length and equal first words as in Drain's
//! tree. Large kinds are left as they are: their differing word tells more than a column would save.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::lines::{Lines, Token};

/// Kinds with fewer lines than this look for others to join.
pub(super) const FEW: usize = 5;
/// Share of a line's tokens that must agree.
const SIMILAR: f64 = 0.6;
/// Tokens of the start that must agree.
const HEAD: usize = 2;
/// Tokens of the message that must agree as well where they are words: they say what happened.
const WORDS: usize = 2;
/// Tokens looked at for where the logger's own header ends.
const HEADER: usize = 8;
/// How many kinds of one bucket a line is held against; keeps the work linear.
const TRIED: usize = 24;

/// The kinds of a log's lines.
#[derive(Debug)]
pub(super) struct Kinds {
    /// Kind of each line.
    pub(super) of: Vec<u32>,
    /// Lines of each kind, ascending.
    pub(super) lines: Vec<Vec<u32>>,
}

impl Kinds {
    pub(super) fn of(lines: &Lines<'_>) -> Self {
        let equal = equal_masks(lines);
        let mut joined: Vec<Vec<u32>> = Vec::new();
        let mut buckets: HashMap<u64, Vec<usize>, FixedState> = HashMap::default();
        for members in equal {
            let home = (members.len() < FEW)
                .then(|| home(lines, &joined, &mut buckets, members[0]))
                .flatten();
            match home {
                Some(kind) => joined[kind].extend(members),
                None => joined.push(members),
            }
        }
        let mut of = vec![0; lines.len()];
        for (kind, members) in joined.iter_mut().enumerate() {
            members.sort_unstable();
            for &line in members.iter() {
                of[line as usize] = kind as u32;
            }
        }
        Self { of, lines: joined }
    }
}

/// Lines by the hash of their masked tokens, in order of first appearance.
fn equal_masks(lines: &Lines<'_>) -> Vec<Vec<u32>> {
    let mut known: HashMap<u64, usize, FixedState> = HashMap::default();
    let mut kinds: Vec<Vec<u32>> = Vec::new();
    for line in 0..lines.len() {
        let hash = lines
            .tokens(line)
            .iter()
            .fold(0, |hash: u64, token| mix(hash, token.mask));
        let kind = *known.entry(hash).or_insert_with(|| {
            kinds.push(Vec::new());
            kinds.len() - 1
        });
        kinds[kind].push(line as u32);
    }
    kinds
}

pub(super) fn mix(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(7) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A kind in the line's bucket that most of its tokens agree with; else the line's kind (the next one)
/// joins the bucket.
fn home(
    lines: &Lines<'_>,
    joined: &[Vec<u32>],
    buckets: &mut HashMap<u64, Vec<usize>, FixedState>,
    line: u32,
) -> Option<usize> {
    let tokens = lines.tokens(line as usize);
    let said = tokens.iter().filter(|token| !token.is_time);
    let message = tokens[header(lines, tokens)..].iter().take(WORDS);
    let head = said
        .take(HEAD)
        .chain(message.filter(|&&token| is_word(lines.token(token))))
        .fold(tokens.len() as u64, |hash, token| mix(hash, token.mask));
    let bucket = buckets.entry(head).or_default();
    let agrees = |&&kind: &&usize| {
        let other = lines.tokens(joined[kind][0] as usize);
        let same = tokens.iter().zip(other).filter(|(a, b)| a.mask == b.mask).count();
        let times =
            tokens.len() == other.len() && tokens.iter().zip(other).all(|(a, b)| a.is_time == b.is_time);
        times && same as f64 >= SIMILAR * tokens.len() as f64
    };
    let found = bucket.iter().rev().take(TRIED).find(agrees).copied();
    if found.is_none() {
        bucket.push(joined.len());
    }
    found
}

/// How many tokens stand before the message: stamps, and what ends as names of hosts, loggers and levels do in
/// front of a message, with at most one other token before each.
fn header(lines: &Lines<'_>, tokens: &[Token]) -> usize {
    let mut end = 0;
    for (at, &token) in tokens.iter().take(HEADER).enumerate() {
        let closes = token.is_time || lines.token(token).ends_with([':', ']', '-', '|']);
        if closes && at <= end + 1 {
            end = at + 1;
        }
    }
    end
}

/// What a line says behind its header.
pub(super) fn message<'t>(lines: &Lines<'t>, line: usize) -> &'t str {
    let tokens = lines.tokens(line);
    let start = tokens
        .get(header(lines, tokens))
        .map_or(lines.span(line).end, |token| token.start as usize);
    &lines.text[start..lines.span(line).end]
}

/// True for a plain word; levels and codes in capitals are none.
fn is_word(token: &str) -> bool {
    let word = token.trim();
    word.len() > 1
        && word.bytes().all(|byte| byte.is_ascii_alphabetic())
        && word.bytes().any(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<u32> {
        Kinds::of(&Lines::of(text).unwrap()).of
    }

    #[test]
    fn numbers_make_no_kind_and_rare_words_join() {
        assert_eq!(kinds("got 1 of 2\ngot 17 of 20"), [0, 0]);
        assert_eq!(
            kinds("the user anna logged in at home\nthe user bob logged in at home"),
            [0, 0]
        );
        assert_eq!(kinds("user anna logged in\nno such file here"), [0, 1]);
    }

    /// The one login among failed ones was of their kind, and so of no interest.
    #[test]
    fn what_happened_makes_a_kind_behind_any_header() {
        for header in [
            "Jan  2 10:00:10 web1 sshd[7]: ",
            "2026-01-02 10:00:00,123 - INFO  [main:Auth@20] - ",
        ] {
            let text = format!(
                "{header}Failed password for eve from 10.0.0.1 port 22 ssh2\n{header}Accepted password for bob from 10.0.0.9 port 22 ssh2"
            );
            assert_eq!(kinds(&text), [0, 1], "{header}");
        }
    }

    #[test]
    fn frequent_kinds_stay_apart() {
        let text = format!(
            "{}{}",
            "state is now on x 1\n".repeat(6),
            "state is now off x 2\n".repeat(6)
        );
        let kinds = kinds(text.trim_end());
        assert_ne!(kinds[0], kinds[6]);
    }
}
