//! Records, one row each: looked up and written like originals.

use headroom::error::Error;
use rusqlite::{Transaction, TransactionBehavior, params};

use super::budget::{self, Own};
use super::failure::Trouble;
use super::sealed_rows::{Table, look_up};
use super::{Absent, SqliteStore, durable, rows, seconds};
use crate::Records;
use crate::sealed;

impl Records for SqliteStore {
    fn put_record(&self, key: [u8; 16], value: &[u8]) -> Result<(), Error> {
        self.despite_damage(|| self.put_one(key, value))
            .map_err(|trouble| trouble.into_error("cannot store the record", &self.path))
    }

    fn get_record(&self, key: [u8; 16]) -> Result<Option<Vec<u8>>, Error> {
        self.unless_damaged("records", self.read_sealed(Table::Record, key))
            .map_err(|trouble| trouble.into_error("cannot read the record", &self.path))
    }
}

impl SqliteStore {
    fn put_one(&self, key: [u8; 16], value: &[u8]) -> Result<(), Trouble> {
        let now = self.options.clock.now();
        let fresh_since = now.saturating_sub(seconds(self.options.refresh_after));
        let is_fresh = self.on_file(Absent::Create, |connection| {
            let found = look_up(connection, Table::Record, key)?;
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
