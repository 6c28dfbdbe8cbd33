//! Reading and writing originals, one row each.

use std::collections::{HashMap, HashSet};

use headroom::ccr::{Entry, Ref};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::failure::Trouble;
use crate::body;

/// The distinct originals of one put, and their frames as far as they were made.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    entries: Vec<(Ref, &'a Entry)>,
    frames: HashMap<Ref, Vec<u8>>,
}

impl<'a> Batch<'a> {
    /// `refs` and `entries` go together, one by one.
    pub(super) fn new(refs: &[Ref], entries: &'a [Entry]) -> Self {
        let mut seen = HashSet::with_capacity(refs.len());
        let entries = refs
            .iter()
            .copied()
            .zip(entries)
            .filter(|(reference, _)| seen.insert(*reference))
            .collect();
        Self {
            entries,
            frames: HashMap::new(),
        }
    }

    /// Makes the frames of `refs` that are not made yet.
    pub(super) fn pack(&mut self, refs: &HashSet<Ref>) -> Result<(), Trouble> {
        for (reference, entry) in self
            .entries
            .iter()
            .filter(|(reference, _)| refs.contains(reference))
        {
            if !self.frames.contains_key(reference) {
                self.frames.insert(*reference, body::pack(&entry.text)?);
            }
        }
        Ok(())
    }

    pub(super) fn contains(&self, reference: &[u8]) -> bool {
        self.entries.iter().any(|(own, _)| own.as_bytes() == reference)
    }
}

/// What a store holds of a batch.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Not there.
    pub(super) absent: HashSet<Ref>,
    /// All are there, and each use was written down lately enough.
    pub(super) all_fresh: bool,
}

/// Looks up a batch without writing; `fresh_since` is the oldest use that need not be written again.
pub(super) fn look_up(
    connection: &Connection,
    batch: &Batch<'_>,
    fresh_since: i64,
) -> Result<Known, Trouble> {
    let mut known = Known {
        absent: HashSet::new(),
        all_fresh: true,
    };
    let mut query = connection.prepare_cached("SELECT used FROM entry WHERE ref = ?1")?;
    for (reference, _) in &batch.entries {
        let used: Option<i64> = query
            .query_row([reference.as_bytes()], |row| row.get(0))
            .optional()?;
        known.all_fresh &= used.is_some_and(|used| used >= fresh_since);
        if used.is_none() {
            known.absent.insert(*reference);
        }
    }
    Ok(known)
}

/// Adds what is not there and writes down the use of what is. What was there a moment ago may be gone by
/// now, so its frame may have to be made here.
pub(super) fn write(transaction: &Transaction<'_>, batch: &Batch<'_>, now: i64) -> Result<(), Trouble> {
    let mut touch = transaction.prepare_cached("UPDATE entry SET used = max(used, ?2) WHERE ref = ?1")?;
    let mut add = transaction.prepare_cached(
        "INSERT INTO entry (ref, tool, bytes, stored, created, used, body) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
    )?;
    for (reference, entry) in &batch.entries {
        let key = reference.as_bytes();
        if touch.execute(params![key, now])? > 0 {
            continue;
        }
        let made_now;
        let frame = if let Some(frame) = batch.frames.get(reference) {
            frame
        } else {
            made_now = body::pack(&entry.text)?;
            &made_now
        };
        add.execute(params![
            key,
            entry.tool,
            size(entry.text.len()),
            size(frame.len()),
            now,
            frame
        ])?;
    }
    Ok(())
}

/// One row as it lies there; damage may stand in any column.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) id: i64,
    pub(super) used: i64,
    tool: Option<String>,
    bytes: u64,
    frame: Vec<u8>,
}

impl Found {
    /// The entry, or `None` when the row is not what `reference` stands for.
    pub(super) fn into_entry(self, reference: Ref) -> Option<Entry> {
        let text = body::unpack(&self.frame, self.bytes, reference)?;
        Some(Entry {
            text,
            tool: self.tool,
        })
    }
}

/// The row of a ref.
pub(super) fn find(connection: &Connection, reference: Ref) -> Result<Option<Found>, Trouble> {
    let mut query =
        connection.prepare_cached("SELECT id, used, tool, bytes, body FROM entry WHERE ref = ?1")?;
    Ok(query.query_row([reference.as_bytes()], found).optional()?)
}

/// Never fails on what a column holds: a value of the wrong type reads as an empty one, which
/// [`Found::into_entry`] then refuses.
fn found(row: &Row<'_>) -> Result<Found, rusqlite::Error> {
    Ok(Found {
        id: row.get(0)?,
        used: row.get_ref(1)?.as_i64().unwrap_or_default(),
        tool: row.get_ref(2)?.as_str().ok().map(str::to_owned),
        bytes: row
            .get_ref(3)?
            .as_i64()
            .ok()
            .and_then(|bytes| u64::try_from(bytes).ok())
            .unwrap_or_default(),
        frame: row.get_ref(4)?.as_blob().map(<[u8]>::to_vec).unwrap_or_default(),
    })
}

/// Writes down a use.
pub(super) fn touch(connection: &Connection, id: i64, now: i64) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("UPDATE entry SET used = max(used, ?2) WHERE id = ?1")?
        .execute([id, now])?;
    Ok(())
}

/// Deletes a row.
pub(super) fn remove(connection: &Connection, id: i64) -> Result<(), Trouble> {
    connection
        .prepare_cached("DELETE FROM entry WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

/// A length as SQLite's integer; memory is smaller than that.
pub(super) fn size(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
