//! Records, one row each: looked up, written and read like originals.

use headroom::error::Error;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::budget::{self, Own};
use super::failure::Trouble;
use super::{Absent, SqliteStore, durable, rows, seconds};
use crate::Records;
use crate::sealed;

impl Records for SqliteStore {
    fn put_record(&self, key: [u8; 16], value: &[u8]) -> Result<(), Error> {
        self.despite_damage(|| self.put_one(key, value))
            .map_err(|trouble| trouble.into_error("cannot store the record", &self.path))
    }

    fn get_record(&self, key: [u8; 16]) -> Result<Option<Vec<u8>>, Error> {
        match self.read_record(key) {
            Err(trouble) if trouble.is_damage() => {
                self.note(format!(
                    "{} is damaged, some records cannot be read",
                    self.path.display()
                ));
                Ok(None)
            }
            other => other.map_err(|trouble| trouble.into_error("cannot read the record", &self.path)),
        }
    }
}

impl SqliteStore {
    fn put_one(&self, key: [u8; 16], value: &[u8]) -> Result<(), Trouble> {
        let now = self.options.clock.now();
        let fresh_since = now.saturating_sub(seconds(self.options.refresh_after));
        let is_fresh = self.on_file(Absent::Create, |connection| {
            let found = look_up(connection, key)?;
            Ok(found
                .is_some_and(|(used, start)| used >= fresh_since && sealed::is_seal_of(key, value, &start)))
        })?;
        if is_fresh == Some(true) {
            return Ok(());
        }
        let body = sealed::seal(key, value)?;
        self.on_file(Absent::Create, |connection| {
            durable(connection)?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            write(&transaction, key, value.len(), &body, now)?;
            budget::trim(&transaction, Own::Record(&key), &self.options, now)?;
            transaction.commit()?;
            Ok(())
        })?;
        Ok(())
    }

    fn read_record(&self, key: [u8; 16]) -> Result<Option<Vec<u8>>, Trouble> {
        let found = self.on_file(Absent::Leave, |connection| {
            let found = find(connection, key)?;
            if let Some((id, used, _)) = found {
                self.refresh(connection, used, |connection, now| touch(connection, id, now));
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
            "a record in {} is damaged and was removed",
            self.path.display()
        ));
        if self
            .on_file(Absent::Leave, |connection| remove(connection, id))
            .is_err()
        {
            // It stays and is refused again next time.
        }
        Ok(None)
    }
}

/// Last use and the start of the body; never fails on what a column holds.
fn look_up(connection: &Connection, key: [u8; 16]) -> Result<Option<(i64, Vec<u8>)>, Trouble> {
    let mut query =
        connection.prepare_cached("SELECT used, substr(body, 1, ?2) FROM record WHERE key = ?1")?;
    let found = query.query_row(params![key, rows::size(sealed::START)], |row| {
        Ok((
            row.get_ref(0)?.as_i64().unwrap_or_default(),
            row.get_ref(1)?.as_blob().map(<[u8]>::to_vec).unwrap_or_default(),
        ))
    });
    Ok(found.optional()?)
}

/// Row, last use and body; never fails on what a column holds.
fn find(connection: &Connection, key: [u8; 16]) -> Result<Option<(i64, i64, Vec<u8>)>, Trouble> {
    let mut query = connection.prepare_cached("SELECT id, used, body FROM record WHERE key = ?1")?;
    let found = query.query_row([key], |row| {
        Ok((
            row.get(0)?,
            row.get_ref(1)?.as_i64().unwrap_or_default(),
            row.get_ref(2)?.as_blob().map(<[u8]>::to_vec).unwrap_or_default(),
        ))
    });
    Ok(found.optional()?)
}

fn write(
    transaction: &Transaction<'_>,
    key: [u8; 16],
    bytes: usize,
    body: &[u8],
    now: i64,
) -> Result<(), Trouble> {
    // Removed and added anew, so that the triggers keep count.
    transaction
        .prepare_cached("DELETE FROM record WHERE key = ?1")?
        .execute([key])?;
    transaction
        .prepare_cached("INSERT INTO record (key, bytes, created, used, body) VALUES (?1, ?2, ?3, ?3, ?4)")?
        .execute(params![key, rows::size(bytes), now, body])?;
    Ok(())
}

fn touch(connection: &Connection, id: i64, now: i64) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("UPDATE record SET used = max(used, ?2) WHERE id = ?1")?
        .execute([id, now])?;
    Ok(())
}

fn remove(connection: &Connection, id: i64) -> Result<(), Trouble> {
    connection
        .prepare_cached("DELETE FROM record WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}
