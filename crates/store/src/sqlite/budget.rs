//! Keeping a store within its limits, inside the transaction of a put. Only the longest unused go, and never
//! an entry of that put.

use rusqlite::Transaction;

use super::failure::Trouble;
use super::rows::Batch;
use super::seconds;
use crate::options::StoreOptions;

/// Most expired entries deleted by one put, so that none has to pay for a long absence; a put adds far
/// fewer than it may delete, hence the store still shrinks to its limits.
const EXPIRED_PER_PUT: i64 = 256;

/// Deletes what is too old, then the longest unused until the rest fits.
pub(super) fn trim(
    transaction: &Transaction<'_>,
    own: &Batch<'_>,
    options: &StoreOptions,
    now: i64,
) -> Result<(), Trouble> {
    let expired = now.saturating_sub(seconds(options.max_age));
    transaction
        .prepare_cached(
            "DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE used < ?1 ORDER BY used LIMIT ?2)",
        )?
        .execute([expired, EXPIRED_PER_PUT])?;

    let stored: i64 = transaction
        .prepare_cached("SELECT stored FROM total")?
        .query_row([], |row| row.get(0))?;
    let mut excess = stored.saturating_sub(i64::try_from(options.max_bytes).unwrap_or(i64::MAX));
    if excess <= 0 {
        return Ok(());
    }
    let mut victims = Vec::new();
    let mut oldest_first =
        transaction.prepare_cached("SELECT id, stored, ref FROM entry ORDER BY used, id")?;
    let mut rows = oldest_first.query([])?;
    while excess > 0
        && let Some(row) = rows.next()?
    {
        if !own.contains(row.get_ref(2)?.as_blob().unwrap_or_default()) {
            victims.push(row.get::<_, i64>(0)?);
            excess -= row.get::<_, i64>(1)?;
        }
    }
    let mut delete = transaction.prepare_cached("DELETE FROM entry WHERE id = ?1")?;
    for id in victims {
        delete.execute([id])?;
    }
    Ok(())
}
