//! Forgetting on request, and saying what is there.

use headroom::error::Error;
use rusqlite::{Connection, Row, TransactionBehavior};

use super::failure::Trouble;
use super::{Absent, SqliteStore, file};
use crate::seconds;
use crate::vault::{Held, Purge, Purged, Stats, Vault};

impl Vault for SqliteStore {
    fn place(&self) -> String {
        self.path().display().to_string()
    }

    fn take_notices(&self) -> Vec<String> {
        Self::take_notices(self)
    }

    /// The bytes are overwritten, and the space goes back to the system as far as no other process is
    /// reading at that moment.
    fn purge(&self, what: Purge) -> Result<Purged, Error> {
        self.purge_rows(what)
            .map_err(|trouble| trouble.into_error("cannot purge the store", self.path()))
    }

    fn stats(&self) -> Result<Stats, Error> {
        let counted = self.on_file(Absent::Leave, |connection| Ok(count(connection)?));
        let counted = counted.map_err(|trouble| trouble.into_error("cannot read the store", self.path()))?;
        Ok(Stats {
            file_bytes: file::size(self.path()),
            ..counted.unwrap_or_default()
        })
    }
}

impl SqliteStore {
    fn purge_rows(&self, what: Purge) -> Result<Purged, Trouble> {
        let used_before = match what {
            Purge::OlderThan(age) => self.options.clock.now().saturating_sub(seconds(age)),
            Purge::All => i64::MAX,
        };
        let purged = self.on_file(Absent::Leave, |connection| {
            delete(connection, used_before, what == Purge::All)
        })?;
        let set_aside = if what == Purge::All {
            file::remove_set_aside(self.path())?
        } else {
            0
        };
        Ok(Purged {
            set_aside,
            ..purged.unwrap_or_default()
        })
    }
}

fn delete(connection: &mut Connection, used_before: i64, ledger: bool) -> Result<Purged, Trouble> {
    connection.pragma_update(None, "secure_delete", "ON")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let before = count(&transaction)?;
    transaction.execute("DELETE FROM entry WHERE used < ?1", [used_before])?;
    transaction.execute("DELETE FROM record WHERE used < ?1", [used_before])?;
    transaction.execute("DELETE FROM pinned WHERE used < ?1", [used_before])?;
    if ledger {
        transaction.execute("DELETE FROM ledger", [])?;
    }
    let after = count(&transaction)?;
    transaction.commit()?;
    // Each row of this pragma is one step of work; the log then shrinks to nothing.
    let mut vacuum = connection.prepare("PRAGMA incremental_vacuum")?;
    let mut steps = vacuum.query([])?;
    while steps.next()?.is_some() {}
    drop(steps);
    drop(vacuum);
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    connection.pragma_update(None, "secure_delete", "OFF")?;
    Ok(Purged {
        entries: before.originals.count - after.originals.count,
        bytes: before.originals.bytes - after.originals.bytes,
        records: before.records.count - after.records.count,
        pinned: before.pinned.count - after.pinned.count,
        requests: before.ledger.count - after.ledger.count,
        set_aside: 0,
    })
}

fn count(connection: &Connection) -> Result<Stats, rusqlite::Error> {
    let sql = "SELECT entries, bytes, stored, (SELECT min(used) FROM entry) FROM total";
    let (originals, oldest_use) = connection.query_row(sql, [], |row| Ok((held(row)?, row.get(3)?)))?;
    let mut tally = connection.prepare_cached("SELECT count, bytes, stored FROM tally WHERE name = ?1")?;
    Ok(Stats {
        originals,
        records: tally.query_row(["record"], held)?,
        pinned: tally.query_row(["pinned"], held)?,
        ledger: tally.query_row(["ledger"], held)?,
        file_bytes: 0,
        oldest_use,
    })
}

/// A row of count, bytes and stored bytes.
fn held(row: &Row<'_>) -> Result<Held, rusqlite::Error> {
    Ok(Held {
        count: row.get(0)?,
        bytes: row.get(1)?,
        stored_bytes: row.get(2)?,
    })
}
