//! Keeping a store within its limits, inside the transaction of a put. Originals, records and values on boards
//! share one budget; only the longest unused go, and never what that put stores.

use rusqlite::Transaction;

use super::failure::Trouble;
use super::rows::Batch;
use super::seconds;
use crate::options::StoreOptions;

/// Most expired rows of a table deleted by one put, so that none has to pay for a long absence; a put adds
/// far fewer than it may delete, hence the store still shrinks to its limits.
const EXPIRED_PER_PUT: i64 = 256;

/// The tables that share the budget, and how to delete a row of each.
const REMOVE: [&str; 3] = [
    "DELETE FROM entry WHERE id = ?1",
    "DELETE FROM record WHERE id = ?1",
    "DELETE FROM pinned WHERE id = ?1",
];

/// What a put stores itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum Own<'a> {
    Originals(&'a Batch<'a>),
    Record(&'a [u8; 16]),
    Pinned(&'a [u8; 16]),
}

impl Own<'_> {
    /// `table` is a place in [`REMOVE`].
    fn contains(self, table: usize, key: &[u8]) -> bool {
        match self {
            Self::Originals(batch) => table == 0 && batch.contains(key),
            Self::Record(own) => table == 1 && key == own,
            Self::Pinned(own) => table == 2 && key == own,
        }
    }
}

/// Deletes what is too old, then the longest unused until the rest fits.
pub(super) fn trim(
    transaction: &Transaction<'_>,
    own: Own<'_>,
    options: &StoreOptions,
    now: i64,
) -> Result<(), Trouble> {
    let expired = now.saturating_sub(seconds(options.max_age));
    for (sql, before) in [
        (
            "DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE used < ?1 ORDER BY used LIMIT ?2)",
            expired,
        ),
        (
            "DELETE FROM record WHERE id IN (SELECT id FROM record WHERE used < ?1 ORDER BY used LIMIT ?2)",
            expired,
        ),
        (
            "DELETE FROM pinned WHERE id IN (SELECT id FROM pinned WHERE used < ?1 ORDER BY used LIMIT ?2)",
            expired,
        ),
        (
            "DELETE FROM pinned WHERE id IN (SELECT id FROM pinned WHERE expires < ?1 ORDER BY expires LIMIT ?2)",
            now,
        ),
    ] {
        transaction
            .prepare_cached(sql)?
            .execute([before, EXPIRED_PER_PUT])?;
    }

    let stored: i64 = transaction
        .prepare_cached(
            "SELECT (SELECT stored FROM total) + (SELECT sum(stored) FROM tally WHERE name IN ('record', 'pinned'))",
        )?
        .query_row([], |row| row.get(0))?;
    let mut excess = stored.saturating_sub(i64::try_from(options.max_bytes).unwrap_or(i64::MAX));
    if excess <= 0 {
        return Ok(());
    }
    let mut victims = Vec::new();
    // Each part comes in order from its index, so this reads no further than it is asked.
    let mut oldest_first = transaction.prepare_cached(
        "SELECT 0, id, used, stored, ref FROM entry \
         UNION ALL SELECT 1, id, used, length(body), key FROM record \
         UNION ALL SELECT 2, id, used, length(body), key FROM pinned ORDER BY used, id",
    )?;
    let mut rows = oldest_first.query([])?;
    while excess > 0
        && let Some(row) = rows.next()?
    {
        let table = row.get(0)?;
        if !own.contains(table, row.get_ref(4)?.as_blob().unwrap_or_default()) {
            victims.push((table, row.get::<_, i64>(1)?));
            excess -= row.get::<_, i64>(3)?;
        }
    }
    for (table, id) in victims {
        if let Some(remove) = REMOVE.get(table) {
            transaction.prepare_cached(remove)?.execute([id])?;
        }
    }
    Ok(())
}
