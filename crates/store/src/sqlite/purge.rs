//! Forgetting on request, and saying what is there.

use std::time::Duration;

use headroom::error::Error;
use rusqlite::{Connection, TransactionBehavior};

use super::failure::Trouble;
use super::{Absent, SqliteStore, file, seconds};

/// What to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purge {
    /// Originals that were not used for this long.
    OlderThan(Duration),
    /// Every original, and damaged files that were moved aside.
    All,
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Originals.
    pub entries: u64,
    /// Their bytes as text; on disc they took less.
    pub bytes: u64,
    /// Damaged files that had been moved aside.
    pub set_aside: usize,
}

/// What a store holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Originals.
    pub entries: u64,
    /// Their bytes as text.
    pub bytes: u64,
    /// Their bytes as stored, which [`crate::StoreOptions::max_bytes`] limits.
    pub stored_bytes: u64,
    /// Bytes of the file and the log beside it.
    pub file_bytes: u64,
    /// Last use of the longest unused original, in seconds since 1970.
    pub oldest_use: Option<i64>,
}

impl SqliteStore {
    /// Forgets originals for good: their bytes are overwritten, and the space goes back to the system as
    /// far as no other process is reading at that moment.
    pub fn purge(&self, what: Purge) -> Result<Purged, Error> {
        self.purge_rows(what)
            .map_err(|trouble| trouble.into_error("cannot purge the store", self.path()))
    }

    /// What the store holds; all zero when there is none yet.
    pub fn stats(&self) -> Result<Stats, Error> {
        let counted = self.on_file(Absent::Leave, |connection| Ok(count(connection)?));
        let counted = counted.map_err(|trouble| trouble.into_error("cannot read the store", self.path()))?;
        Ok(Stats {
            file_bytes: file::size(self.path()),
            ..counted.unwrap_or_default()
        })
    }

    fn purge_rows(&self, what: Purge) -> Result<Purged, Trouble> {
        let used_before = match what {
            Purge::OlderThan(age) => self.options.clock.now().saturating_sub(seconds(age)),
            Purge::All => i64::MAX,
        };
        let purged = self.on_file(Absent::Leave, |connection| delete(connection, used_before))?;
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

fn delete(connection: &mut Connection, used_before: i64) -> Result<Purged, Trouble> {
    connection.pragma_update(None, "secure_delete", "ON")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let before = count(&transaction)?;
    transaction.execute("DELETE FROM entry WHERE used < ?1", [used_before])?;
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
        entries: before.entries - after.entries,
        bytes: before.bytes - after.bytes,
        set_aside: 0,
    })
}

fn count(connection: &Connection) -> Result<Stats, rusqlite::Error> {
    let sql = "SELECT entries, bytes, stored, (SELECT min(used) FROM entry) FROM total";
    connection.query_row(sql, [], |row| {
        Ok(Stats {
            entries: row.get(0)?,
            bytes: row.get(1)?,
            stored_bytes: row.get(2)?,
            file_bytes: 0,
            oldest_use: row.get(3)?,
        })
    })
}
