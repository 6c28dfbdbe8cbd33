//! Boards: a row for each value, with the names of its place.

use std::time::Duration;

use headroom::error::Error;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::budget::{self, Own};
use super::failure::Trouble;
use super::sealed_rows::Table;
use super::{Absent, SqliteStore, durable, rows};
use crate::boards::{Boards, MAX_PINNED, Spot, dated, last_second, undated};
use crate::sealed;

impl Boards for SqliteStore {
    fn pin(&self, spot: Spot<'_>, value: &[u8], lifetime: Option<Duration>) -> Result<(), Error> {
        self.despite_damage(|| self.pin_one(spot, value, lifetime))
            .map_err(|trouble| trouble.into_error("cannot store the shared value", &self.path))
    }

    fn pinned(&self, spot: Spot<'_>) -> Result<Option<Vec<u8>>, Error> {
        let found = self.unless_damaged("shared values", self.read_sealed(Table::Pinned, spot.key()));
        let found =
            found.map_err(|trouble| trouble.into_error("cannot read the shared value", &self.path))?;
        let now = self.options.clock.now();
        Ok(found.and_then(|found| Some(undated(&found, now)?.1.to_vec())))
    }

    fn unpin(&self, spot: Spot<'_>) -> Result<bool, Error> {
        let sql = "DELETE FROM pinned WHERE key = ?1 AND ?2 <= expires";
        let now = self.options.clock.now();
        let removed = self.on_file(Absent::Leave, |connection| {
            durable(connection)?;
            Ok(connection
                .prepare_cached(sql)?
                .execute(params![spot.key(), now])?)
        });
        removed
            .map(|removed| removed.is_some_and(|removed| removed > 0))
            .map_err(|trouble| trouble.into_error("cannot remove the shared value", &self.path))
    }

    fn names(&self, board: &str) -> Result<Vec<String>, Error> {
        let now = self.options.clock.now();
        let names = self.on_file(Absent::Leave, |connection| list(connection, board, now));
        let names = self.unless_damaged("shared values", names.map(Option::flatten));
        let names = names.map_err(|trouble| trouble.into_error("cannot list shared values", &self.path))?;
        Ok(names.unwrap_or_default())
    }

    fn clear(&self, board: &str) -> Result<u64, Error> {
        let now = self.options.clock.now();
        let cleared = self.on_file(Absent::Leave, |connection| clear(connection, board, now));
        cleared
            .map(Option::unwrap_or_default)
            .map_err(|trouble| trouble.into_error("cannot remove the shared values", &self.path))
    }
}

impl SqliteStore {
    fn pin_one(&self, spot: Spot<'_>, value: &[u8], lifetime: Option<Duration>) -> Result<(), Trouble> {
        let now = self.options.clock.now();
        let (key, last) = (spot.key(), last_second(now, lifetime));
        let body = sealed::seal(key, &dated(last, value))?;
        self.on_file(Absent::Create, |connection| {
            durable(connection)?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Removed and added anew, so that the triggers keep count and it is the last one of its board.
            transaction
                .prepare_cached("DELETE FROM pinned WHERE key = ?1")?
                .execute([key])?;
            let sql = "INSERT INTO pinned (key, board, name, bytes, created, used, expires, body) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)";
            transaction.prepare_cached(sql)?.execute(params![
                key,
                spot.board,
                spot.name,
                rows::size(value.len()),
                now,
                last.unwrap_or(i64::MAX),
                body
            ])?;
            trim_board(&transaction, spot.board)?;
            budget::trim(&transaction, Own::Pinned(&key), &self.options, now)?;
            transaction.commit()?;
            Ok(())
        })?;
        Ok(())
    }
}

/// Deletes what was pinned longest ago, beyond as many as a board may hold.
fn trim_board(transaction: &Transaction<'_>, board: &str) -> Result<(), Trouble> {
    let sql = "DELETE FROM pinned WHERE id IN \
               (SELECT id FROM pinned WHERE board = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)";
    transaction
        .prepare_cached(sql)?
        .execute(params![board, rows::size(MAX_PINNED)])?;
    Ok(())
}

fn list(connection: &Connection, board: &str, now: i64) -> Result<Option<Vec<String>>, Trouble> {
    let sql = "SELECT name, key FROM pinned WHERE board = ?1 AND ?2 <= expires ORDER BY id";
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query(params![board, now])?;
    let mut names = Vec::new();
    while let Some(row) = rows.next()? {
        let name = row.get_ref(0)?.as_str().unwrap_or_default();
        // A damaged name is nobody's.
        if row.get_ref(1)?.as_blob().ok() == Some(&Spot { board, name }.key()[..]) {
            names.push(name.to_owned());
        }
    }
    Ok(Some(names))
}

/// Deletes all of a board and counts what was there still.
fn clear(connection: &Connection, board: &str, now: i64) -> Result<u64, Trouble> {
    durable(connection)?;
    let sql = "DELETE FROM pinned WHERE board = ?1 RETURNING ?2 <= expires";
    let mut delete = connection.prepare_cached(sql)?;
    let mut rows = delete.query(params![board, now])?;
    let mut cleared = 0;
    while let Some(row) = rows.next()? {
        cleared += u64::from(row.get::<_, bool>(0)?);
    }
    Ok(cleared)
}
