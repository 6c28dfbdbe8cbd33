//! Tables of sealed values, one row each: how records and values on boards are looked up, read and kept young.

use rusqlite::{Connection, OptionalExtension, params};

use super::failure::Trouble;
use super::{Absent, SqliteStore, rows};
use crate::sealed;

/// A table with the columns `key`, `used` and `body`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Record,
    Pinned,
}

impl Table {
    /// Its name.
    const fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Pinned => "pinned",
        }
    }

    /// One of its values, for people.
    const fn value(self) -> &'static str {
        match self {
            Self::Record => "a record",
            Self::Pinned => "a shared value",
        }
    }
}

impl SqliteStore {
    /// What is sealed under a key, which is used by that; what is damaged is removed.
    pub(super) fn read_sealed(&self, table: Table, key: [u8; 16]) -> Result<Option<Vec<u8>>, Trouble> {
        let found = self.on_file(Absent::Leave, |connection| {
            let found = find(connection, table, key)?;
            if let Some((id, used, _)) = found {
                self.refresh(connection, used, |connection, now| {
                    touch(connection, table, id, now)
                });
            }
            Ok(found)
        })?;
        let Some((id, _, body)) = found.flatten() else {
            return Ok(None);
        };
        if let Some(value) = sealed::open(key, &body) {
            return Ok(Some(value));
        }
        self.note(format!(
            "{} in {} is damaged and was removed",
            table.value(),
            self.path.display()
        ));
        if self
            .on_file(Absent::Leave, |connection| remove(connection, table, id, &body))
            .is_err()
        {
            // It stays and is refused again next time.
        }
        Ok(None)
    }
}

/// Last use and the start of the body; never fails on what a column holds.
pub(super) fn look_up(
    connection: &Connection,
    table: Table,
    key: [u8; 16],
) -> Result<Option<(i64, Vec<u8>)>, Trouble> {
    let sql = format!(
        "SELECT used, substr(body, 1, ?2) FROM {} WHERE key = ?1",
        table.name()
    );
    let mut query = connection.prepare_cached(&sql)?;
    let found = query.query_row(params![key, rows::size(sealed::START)], |row| {
        Ok((
            row.get_ref(0)?.as_i64().unwrap_or_default(),
            row.get_ref(1)?.as_blob().map(<[u8]>::to_vec).unwrap_or_default(),
        ))
    });
    Ok(found.optional()?)
}

/// Row, last use and body; never fails on what a column holds.
fn find(
    connection: &Connection,
    table: Table,
    key: [u8; 16],
) -> Result<Option<(i64, i64, Vec<u8>)>, Trouble> {
    let sql = format!("SELECT id, used, body FROM {} WHERE key = ?1", table.name());
    let mut query = connection.prepare_cached(&sql)?;
    let found = query.query_row([key], |row| {
        Ok((
            row.get(0)?,
            row.get_ref(1)?.as_i64().unwrap_or_default(),
            row.get_ref(2)?.as_blob().map(<[u8]>::to_vec).unwrap_or_default(),
        ))
    });
    Ok(found.optional()?)
}

fn touch(connection: &Connection, table: Table, id: i64, now: i64) -> Result<(), rusqlite::Error> {
    let sql = format!("UPDATE {} SET used = max(used, ?2) WHERE id = ?1", table.name());
    connection.prepare_cached(&sql)?.execute([id, now])?;
    Ok(())
}

/// Deletes a row, unless another body has taken the place of this one meanwhile.
fn remove(connection: &Connection, table: Table, id: i64, body: &[u8]) -> Result<(), Trouble> {
    let sql = format!("DELETE FROM {} WHERE id = ?1 AND body = ?2", table.name());
    connection.prepare_cached(&sql)?.execute(params![id, body])?;
    Ok(())
}
