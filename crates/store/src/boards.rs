//! Boards: values under names, which agents leave for one another.
//!
//! A board comes into being with its first value and is gone with its last one. Who writes to a place last has
//! written; nobody waits for anybody.

use std::time::Duration;

use headroom::error::Error;

use crate::seconds;

/// Most values of one board. Beyond it the one pinned longest ago goes, so that a list of names is never long.
pub const MAX_PINNED: usize = 1_000;

/// A place: a board, and a name on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot<'a> {
    /// The board's name.
    pub board: &'a str,
    /// The value's.
    pub name: &'a str,
}

/// Where boards live. Values share the age of originals and records, counted from their last use.
pub trait Boards: Send + Sync {
    /// Makes a value durable; when this returns it is found, also by another process. It takes the place of the
    /// one that is there, and goes after `lifetime`, if there is one, whether it was used or not.
    fn pin(&self, spot: Spot<'_>, value: &[u8], lifetime: Option<Duration>) -> Result<(), Error>;

    /// The value, byte for byte, or `None` when it was never here or is gone. Refreshes its age.
    fn pinned(&self, spot: Spot<'_>) -> Result<Option<Vec<u8>>, Error>;

    /// Takes a value off. True when there was one.
    fn unpin(&self, spot: Spot<'_>) -> Result<bool, Error>;

    /// Names of a board's values, at most [`MAX_PINNED`], the one pinned longest ago first.
    fn names(&self, board: &str) -> Result<Vec<String>, Error>;

    /// Takes everything off a board; returns how many values that were.
    fn clear(&self, board: &str) -> Result<u64, Error>;
}

impl Spot<'_> {
    /// The key the value is kept and sealed under.
    pub(crate) fn key(self) -> [u8; 16] {
        let mut hasher = blake3::Hasher::new();
        // With its length, so that no other board and name read as one are the same.
        hasher.update(&(self.board.len() as u64).to_le_bytes());
        hasher.update(self.board.as_bytes()).update(self.name.as_bytes());
        let mut first = [0; 16];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        first
    }
}

/// The last second, since 1970, at which a value pinned `now` is there.
pub(crate) fn last_second(now: i64, lifetime: Option<Duration>) -> Option<i64> {
    lifetime.map(|lifetime| now.saturating_add(seconds(lifetime)))
}

/// A value behind its last second, as it is sealed; `i64::MAX` where it has none.
pub(crate) fn dated(last: Option<i64>, value: &[u8]) -> Vec<u8> {
    let mut dated = last.unwrap_or(i64::MAX).to_le_bytes().to_vec();
    dated.extend(value);
    dated
}

/// What [`dated`] made: the last second, and the value unless that is over.
pub(crate) fn undated(dated: &[u8], now: i64) -> Option<(Option<i64>, &[u8])> {
    let (last, value) = dated.split_first_chunk::<8>()?;
    let last = i64::from_le_bytes(*last);
    (now <= last).then(|| ((last < i64::MAX).then_some(last), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_a_key_of_its_own() {
        let key = |board, name| Spot { board, name }.key();
        assert_eq!(key("board", "name"), key("board", "name"));
        assert_ne!(key("board", "name"), key("boardn", "ame"));
        assert_ne!(key("", "boardname"), key("boardname", ""));
    }

    #[test]
    fn a_value_is_there_through_its_last_second() {
        let last = last_second(100, Some(Duration::from_secs(5)));
        let with = dated(last, b"value");
        assert_eq!(undated(&with, 105), Some((Some(105), &b"value"[..])));
        assert_eq!(undated(&with, 106), None);
        let without = dated(last_second(100, None), b"");
        assert_eq!(undated(&without, i64::MAX), Some((None, &b""[..])));
        assert_eq!(undated(&without[1..], 0), None);
        let forever = dated(last_second(100, Some(Duration::MAX)), b"value");
        assert_eq!(undated(&forever, i64::MAX), Some((None, &b"value"[..])));
    }
}
