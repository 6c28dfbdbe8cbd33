//! The ledger, one row of JSON a request.

use std::ops::Range;

use headroom::error::Error;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::failure::Trouble;
use super::{Absent, SqliteStore, rows, seconds};
use crate::ledger::{Ledger, LedgerEntry};

/// Rows read at a time: between pages others may use the connection.
const PAGE: usize = 500;

/// Most expired rows deleted by one append, as with originals.
const EXPIRED_PER_APPEND: i64 = 256;

impl Ledger for SqliteStore {
    fn append(&self, entries: &[LedgerEntry]) -> Result<(), Error> {
        if entries.is_empty() {
            return Ok(());
        }
        self.despite_damage(|| self.append_rows(entries))
            .map_err(|trouble| trouble.into_error("cannot write the ledger", &self.path))
    }

    fn read(&self, span: Range<u64>, each: &mut dyn FnMut(LedgerEntry)) -> Result<(), Error> {
        self.read_rows(&span, each)
            .map_err(|trouble| trouble.into_error("cannot read the ledger", &self.path))
    }

    fn recent(&self, count: usize) -> Result<Vec<LedgerEntry>, Error> {
        let sql = "SELECT entry FROM ledger ORDER BY at DESC, id DESC LIMIT ?1";
        let found = self.on_file(Absent::Leave, |connection| {
            let mut query = connection.prepare_cached(sql)?;
            let mut rows = query.query([rows::size(count)])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.extend(parse(row.get_ref(0)?.as_str().unwrap_or_default()));
            }
            Ok(found)
        });
        let found = found.map_err(|trouble| trouble.into_error("cannot read the ledger", &self.path))?;
        Ok(found.unwrap_or_default())
    }
}

impl SqliteStore {
    fn append_rows(&self, entries: &[LedgerEntry]) -> Result<(), Trouble> {
        let rows: Vec<(i64, String)> = entries.iter().filter_map(row_of).collect();
        let oldest = self
            .options
            .clock
            .now()
            .saturating_sub(seconds(self.options.ledger_max_age))
            .saturating_mul(1_000);
        self.on_file(Absent::Create, |connection| {
            // Nothing that is shown points to an entry: the next flush of an original takes it along.
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            {
                let mut add = transaction.prepare_cached("INSERT INTO ledger (at, entry) VALUES (?1, ?2)")?;
                for (at, entry) in &rows {
                    add.execute(params![at, entry])?;
                }
            }
            trim(&transaction, oldest, self.options.ledger_max_bytes)?;
            transaction.commit()?;
            Ok(())
        })?;
        Ok(())
    }

    fn read_rows(&self, span: &Range<u64>, each: &mut dyn FnMut(LedgerEntry)) -> Result<(), Trouble> {
        let until = signed(span.end);
        let mut from = (signed(span.start), i64::MIN);
        loop {
            let page = self.on_file(Absent::Leave, |connection| read_page(connection, from, until))?;
            let page = page.unwrap_or_default();
            for (_, entry) in &page {
                if let Some(entry) = parse(entry) {
                    each(entry);
                }
            }
            match page.last() {
                Some((place, _)) if page.len() == PAGE => from = *place,
                _ => return Ok(()),
            }
        }
    }
}

/// Deletes what is older than `oldest`, then the oldest until the rest fits.
fn trim(transaction: &Transaction<'_>, oldest: i64, max_bytes: u64) -> Result<(), Trouble> {
    transaction
        .prepare_cached(
            "DELETE FROM ledger WHERE id IN (SELECT id FROM ledger WHERE at < ?1 ORDER BY at LIMIT ?2)",
        )?
        .execute([oldest, EXPIRED_PER_APPEND])?;
    let stored: i64 = transaction
        .prepare_cached("SELECT stored FROM tally WHERE name = 'ledger'")?
        .query_row([], |row| row.get(0))?;
    let mut excess = stored.saturating_sub(signed(max_bytes));
    if excess <= 0 {
        return Ok(());
    }
    let mut victims = Vec::new();
    let mut oldest_first =
        transaction.prepare_cached("SELECT id, octet_length(entry) FROM ledger ORDER BY at, id")?;
    let mut rows = oldest_first.query([])?;
    while excess > 0
        && let Some(row) = rows.next()?
    {
        victims.push(row.get::<_, i64>(0)?);
        excess -= row.get::<_, i64>(1)?;
    }
    let mut delete = transaction.prepare_cached("DELETE FROM ledger WHERE id = ?1")?;
    for id in victims {
        delete.execute([id])?;
    }
    Ok(())
}

/// A row: its place in the order, and the entry as written.
type Row = ((i64, i64), String);

/// The rows after a place and before a time, oldest first.
fn read_page(connection: &Connection, after: (i64, i64), until: i64) -> Result<Vec<Row>, Trouble> {
    let mut query = connection.prepare_cached(
        "SELECT at, id, entry FROM ledger WHERE (at, id) > (?1, ?2) AND at < ?3 ORDER BY at, id LIMIT ?4",
    )?;
    let mut rows = query.query(params![after.0, after.1, until, rows::size(PAGE)])?;
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        let entry = row.get_ref(2)?.as_str().unwrap_or_default().to_owned();
        page.push(((row.get(0)?, row.get(1)?), entry));
    }
    Ok(page)
}

fn row_of(entry: &LedgerEntry) -> Option<(i64, String)> {
    let json = serde_json::to_string(&entry.bounded()).ok()?;
    Some((signed(entry.at), json))
}

fn parse(json: &str) -> Option<LedgerEntry> {
    serde_json::from_str(json).ok()
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::PoisonError;

    use headroom::ccr::{Entry, Store};

    use super::*;
    use crate::{Records, StoreOptions};

    #[test]
    fn law_4_an_append_does_not_weaken_the_next_put() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::new(folder.path().join("store.db"), StoreOptions::default());
        let synchronous = || -> i32 {
            let slot = store.open.lock().unwrap_or_else(PoisonError::into_inner);
            let connection = &slot.as_ref().unwrap().connection;
            connection
                .pragma_query_value(None, "synchronous", |row| row.get(0))
                .unwrap()
        };
        let (normal, full) = (1, 2);
        let text = |n: u32| Entry {
            text: n.to_string(),
            tool: None,
        };
        for n in 0..2 {
            store.append(&[LedgerEntry::default()]).unwrap();
            assert_eq!(synchronous(), normal);
            store.put(&[text(n)]).unwrap();
            assert_eq!(synchronous(), full);
            store.append(&[LedgerEntry::default()]).unwrap();
            store.put_record([1; 16], &n.to_le_bytes()).unwrap();
            assert_eq!(synchronous(), full);
        }
    }
}
