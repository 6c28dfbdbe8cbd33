//! Boards on a server: a key for each value, and a sorted set with the names of each board.
//!
//! A name that is listed may stand for nothing: its value may be over, or its writer may have died in between. A value
//! is never there without its name. So a list is checked against the values, and the set need not be exact.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use headroom::error::Error;
use redis::Connection;

use super::failure::Trouble;
use super::{Kind, RedisVault, expire};
use crate::boards::{Boards, MAX_PINNED, Spot, dated, last_second, undated};
use crate::sealed;

/// The start of the keys of boards.
pub(super) const BOARD: &str = "headroom:b:";

impl Boards for RedisVault {
    fn pin(&self, spot: Spot<'_>, value: &[u8], lifetime: Option<Duration>) -> Result<(), Error> {
        let (key, board) = (spot.key(), key_of(spot.board));
        let last = last_second(self.options.clock.now(), lifetime);
        let expiry = lifetime.map_or(u64::MAX, |lifetime| lifetime.as_secs().max(1));
        self.run("cannot store the shared value", |connection| {
            let body = sealed::seal(key, &dated(last, value))?;
            let turn = turn();
            let mut batch = redis::pipe();
            // Entered before the value, in case this ends in between; and once more behind it with another number,
            // in case somebody takes the value off meanwhile: see `take_off`.
            batch.cmd("ZADD").arg(&board).arg(turn).arg(spot.name).ignore();
            let set = batch.cmd("SET").arg(Kind::Pinned.name(key)).arg(body);
            set.arg("EX").arg(expiry.min(self.expiry())).ignore();
            batch
                .cmd("ZADD")
                .arg(&board)
                .arg(turn + 1)
                .arg(spot.name)
                .ignore();
            batch.add_command(expire(&board, self.expiry())).ignore();
            batch.query::<()>(connection)?;
            self.wait(connection)?;
            trim_board(connection, spot.board)
        })
    }

    fn pinned(&self, spot: Spot<'_>) -> Result<Option<Vec<u8>>, Error> {
        let name = Kind::Pinned.name(spot.key());
        let title = "cannot read the shared value";
        let found: Option<Vec<u8>> = self.run(title, |connection| {
            Ok(redis::cmd("GET").arg(&name).query(connection)?)
        })?;
        let Some(found) = found else { return Ok(None) };
        let Some(dated) = sealed::open(spot.key(), &found) else {
            self.discard(&name, &found);
            return Ok(None);
        };
        let now = self.options.clock.now();
        let Some((last, value)) = undated(&dated, now) else {
            return Ok(None);
        };
        let left = last.map_or(u64::MAX, |last| last.abs_diff(now));
        // In its last second it is left alone: the server counts whole ones, and would keep it for one more.
        if left > 0 {
            self.run(title, |connection| {
                let mut batch = redis::pipe();
                let expiry = self.expiry();
                batch.add_command(expire(&name, left.min(expiry))).ignore();
                batch.add_command(expire(&key_of(spot.board), expiry)).ignore();
                Ok(batch.query::<()>(connection)?)
            })?;
        }
        Ok(Some(value.to_vec()))
    }

    fn unpin(&self, spot: Spot<'_>) -> Result<bool, Error> {
        self.run("cannot remove the shared value", |connection| {
            take_off(connection, spot)
        })
    }

    fn names(&self, board: &str) -> Result<Vec<String>, Error> {
        self.run("cannot list shared values", |connection| {
            let names = listed(connection, board, -most(), -1)?;
            let there = are_there(connection, board, &names)?;
            let names = names.into_iter().zip(there);
            Ok(names.filter(|(_, there)| *there).map(|(name, _)| name).collect())
        })
    }

    fn clear(&self, board: &str) -> Result<u64, Error> {
        self.run("cannot remove the shared values", |connection| {
            let mut cleared = 0;
            for name in listed(connection, board, 0, -1)? {
                cleared += u64::from(take_off(connection, Spot { board, name: &name })?);
            }
            Ok(cleared)
        })
    }
}

/// As many as a board may hold, as the server counts.
fn most() -> i64 {
    i64::try_from(MAX_PINNED).unwrap_or(i64::MAX)
}

/// A number that grows with time: microseconds since 1970, by this machine's clock.
fn turn() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Takes off what was pinned longest ago, beyond as many as a board may hold.
fn trim_board(connection: &mut Connection, board: &str) -> Result<(), Trouble> {
    for name in listed(connection, board, 0, -1 - most())? {
        take_off(connection, Spot { board, name: &name })?;
    }
    Ok(())
}

/// The key of a board's names: it hides what the board is called.
fn key_of(board: &str) -> String {
    let key = Spot { board, name: "" }.key();
    format!("{BOARD}{{{:032x}}}", u128::from_be_bytes(key))
}

/// Names of a board by their places, the one pinned longest ago first; places below zero count from the end.
fn listed(connection: &mut Connection, board: &str, first: i64, last: i64) -> Result<Vec<String>, Trouble> {
    let mut command = redis::cmd("ZRANGE");
    Ok(command
        .arg(key_of(board))
        .arg(first)
        .arg(last)
        .query(connection)?)
}

/// Which of these names have a value.
fn are_there(connection: &mut Connection, board: &str, names: &[String]) -> Result<Vec<bool>, Trouble> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut batch = redis::pipe();
    for name in names {
        batch
            .cmd("EXISTS")
            .arg(Kind::Pinned.name(Spot { board, name }.key()));
    }
    Ok(batch.query(connection)?)
}

/// Removes a value and then its name, unless somebody enters that anew meanwhile. True when there was a value.
fn take_off(connection: &mut Connection, spot: Spot<'_>) -> Result<bool, Trouble> {
    let board = key_of(spot.board);
    redis::cmd("WATCH").arg(&board).query::<()>(connection)?;
    let name = Kind::Pinned.name(spot.key());
    let removed: u64 = redis::cmd("UNLINK").arg(name).query(connection)?;
    let mut transaction = redis::pipe();
    transaction.atomic().cmd("ZREM").arg(&board).arg(spot.name);
    // Nothing: somebody wrote to the set. Then the name stays, with a new value or without one.
    let _struck: Option<(u64,)> = transaction.query(connection)?;
    Ok(removed > 0)
}
