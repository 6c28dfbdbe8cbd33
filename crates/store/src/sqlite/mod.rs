//! Originals, records, boards and the ledger in one SQLite file, shared by any number of processes and threads.
//!
//! # What survives what
//!
//! The journal is a write-ahead log and `synchronous` is FULL. `put`, `put_record` and `pin` return after its commit has
//! been flushed to the disc, so what it stored survives a crash of the process, a SIGKILL at any moment, a crash
//! of the system and, as far as the disc tells the truth about flushing, a loss of power. `synchronous =
//! NORMAL` would survive a dead process as well, but not a loss of power; on a virtual disc the
//! difference is 0.19 against 0.03 ms a put, and only a request with new originals puts at all. That is a
//! fair price for law 4 (stored before shown) without a footnote. The ledger, to which nothing shown points,
//! does with NORMAL.
//!
//! # What happens to damage
//!
//! * A row that is not the text its ref stands for, or not what was sealed under its key, is missing, never
//!   wrong text; it is deleted, so that the next put of the same heals it.
//! * A file that SQLite cannot open, or finds malformed while writing, is moved aside to
//!   `store.db.corrupt-<n>` and a new one is begun: keeping new originals safe comes first. Malformed pages
//!   met while reading only make that original missing, since others may still be readable. Both are told
//!   through [`SqliteStore::take_notices`].
//! * A file that is plain text, another application's database or a newer version's store is left alone:
//!   an error.
//!
//! # Why this shape
//!
//! One rowid table with a unique index over the ref: at 15,000 originals an insert takes 0.03 ms before the
//! flush and a look-up 0.004 ms; `WITHOUT ROWID` 0.07 and 0.017 ms, since bodies then sit in the nodes of a
//! tree in random order; two tables are between. Totals are kept by triggers, for a sum over the table
//! takes 14 ms.
//!
//! A conversation sends the same originals turn after turn. So a put first looks what is there; what is
//! there and was used lately costs one read and neither compression nor a commit.

mod boards;
mod budget;
mod failure;
mod file;
mod ledger;
mod open;
mod purge;
mod records;
mod rows;
mod sealed_rows;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use headroom::ccr::{Entry, Ref, Store};
use headroom::error::Error;
use rusqlite::{Connection, TransactionBehavior};

use crate::notices::Notices;
use crate::options::StoreOptions;
use crate::seconds;
use budget::Own;
use failure::Trouble;
use file::{FileId, Turn};
use rows::Batch;

/// How long to sleep before trying again where SQLite does not wait by itself.
const PAUSE: Duration = Duration::from_millis(5);

/// The durable store. Made without any I/O: file and folder come into being with the first put (0600 and
/// 0700), and asking a store that is not there finds nothing.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    options: StoreOptions,
    open: Mutex<Option<Open>>,
    notices: Notices,
}

/// A connection, and which file it has open.
#[derive(Debug)]
struct Open {
    connection: Connection,
    file: FileId,
}

/// Whether a file that is not there shall be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Absent {
    Create,
    Leave,
}

impl SqliteStore {
    /// A store in the file `path`; nothing is opened yet.
    pub fn new(path: impl Into<PathBuf>, options: StoreOptions) -> Self {
        Self {
            path: path.into(),
            options,
            open: Mutex::new(None),
            notices: Notices::default(),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What a person should know and no result can say (a damaged file was moved aside, an original was
    /// damaged), oldest first, each once.
    pub fn take_notices(&self) -> Vec<String> {
        self.notices.take()
    }

    fn note(&self, notice: String) {
        self.notices.note(notice);
    }

    /// Runs `work` on the file under the path, opening it if need be. Once more while another process is in
    /// the way and patience lasts, and when the file was moved or deleted meanwhile: what was put there no
    /// one else would ever find. `None`: there is no file and none was to be made.
    fn on_file<T>(
        &self,
        absent: Absent,
        mut work: impl FnMut(&mut Connection) -> Result<T, Trouble>,
    ) -> Result<Option<T>, Trouble> {
        let give_up = Instant::now() + self.options.patience;
        loop {
            let mut slot = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let attempt = match self.ensure_open(&mut slot, absent) {
                Ok(Some(open)) => {
                    work(&mut open.connection).map(|done| (FileId::of(&self.path) == Some(open.file), done))
                }
                Ok(None) => return Ok(None),
                Err(trouble) => Err(trouble),
            };
            drop(slot);
            let out_of_time = Instant::now() >= give_up;
            match attempt {
                Ok((landed, done)) if landed || out_of_time => return Ok(Some(done)),
                Err(trouble) if out_of_time || !trouble.is_busy() => return Err(trouble),
                _ => std::thread::sleep(PAUSE),
            }
        }
    }

    /// The connection to the file that stands under the path now.
    fn ensure_open<'a>(
        &self,
        slot: &'a mut Option<Open>,
        absent: Absent,
    ) -> Result<Option<&'a mut Open>, Trouble> {
        let there = FileId::of(&self.path);
        if slot.as_ref().is_some_and(|open| there != Some(open.file)) {
            *slot = None;
        }
        if slot.is_none() {
            if there.is_none() && absent == Absent::Leave {
                return Ok(None);
            }
            *slot = Some(open::open(&self.path, &self.options, |notice| self.note(notice))?);
        }
        Ok(slot.as_mut())
    }

    /// Moves the file that is open out of the way.
    fn set_aside(&self) -> Result<(), Trouble> {
        let mut slot = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = slot.take() else { return Ok(()) };
        drop(open.connection);
        let turn = Turn::take(&self.path, self.options.patience)?;
        if let Some(notice) = turn.set_aside(open.file)? {
            self.note(notice);
        }
        Ok(())
    }

    /// Runs what writes; once more on a new file when the one there turns out to be damaged.
    fn despite_damage(&self, mut work: impl FnMut() -> Result<(), Trouble>) -> Result<(), Trouble> {
        let outcome = work();
        if outcome.as_ref().is_err_and(Trouble::is_damage) {
            self.set_aside()?;
            return work();
        }
        outcome
    }

    /// Malformed pages met while reading only make missing what was asked for; that is told, and nothing else is
    /// wrong.
    fn unless_damaged<T>(
        &self,
        what: &str,
        outcome: Result<Option<T>, Trouble>,
    ) -> Result<Option<T>, Trouble> {
        if !outcome.as_ref().is_err_and(Trouble::is_damage) {
            return outcome;
        }
        self.note(format!(
            "{} is damaged, some {what} cannot be read",
            self.path.display()
        ));
        Ok(None)
    }

    fn put_batch(&self, batch: &mut Batch<'_>) -> Result<(), Trouble> {
        let now = self.options.clock.now();
        let fresh_since = now.saturating_sub(seconds(self.options.refresh_after));
        let known = self.on_file(Absent::Create, |connection| {
            rows::look_up(connection, batch, fresh_since)
        })?;
        let known = known.unwrap_or_default();
        if known.all_fresh {
            return Ok(());
        }
        // Outside the lock: a retrieval in another thread need not wait for a compression.
        batch.pack(&known.absent)?;
        self.on_file(Absent::Create, |connection| {
            durable(connection)?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            rows::write(&transaction, batch, now)?;
            budget::trim(&transaction, Own::Originals(batch), &self.options, now)?;
            transaction.commit()?;
            Ok(())
        })?;
        Ok(())
    }

    fn read(&self, reference: Ref) -> Result<Option<Entry>, Trouble> {
        let Some(found) = self.on_file(Absent::Leave, |connection| {
            let found = rows::find(connection, reference)?;
            if let Some(row) = &found {
                let id = row.id;
                self.refresh(connection, row.used, |connection, now| {
                    rows::touch(connection, id, now)
                });
            }
            Ok(found)
        })?
        else {
            return Ok(None);
        };
        let Some(row) = found else { return Ok(None) };
        let id = row.id;
        if let Some(entry) = row.into_entry(reference) {
            return Ok(Some(entry));
        }
        self.note(format!(
            "the original {reference} in {} is damaged and was removed",
            self.path.display()
        ));
        if self
            .on_file(Absent::Leave, |connection| rows::remove(connection, id))
            .is_err()
        {
            // It stays and is refused again next time.
        }
        Ok(None)
    }

    /// Writes down a use. Reading must not fail or wait for it: a use that is lost costs nothing but a
    /// place in the order of eviction.
    fn refresh(
        &self,
        connection: &Connection,
        used: i64,
        touch: impl FnOnce(&Connection, i64) -> Result<(), rusqlite::Error>,
    ) {
        let now = self.options.clock.now();
        if now.saturating_sub(used) < seconds(self.options.refresh_after) {
            return;
        }
        let hurried = connection.busy_timeout(Duration::ZERO);
        if hurried.and_then(|()| touch(connection, now)).is_err() {
            // Read-only, or another process is writing: the next use will do.
        }
        if connection.busy_timeout(self.options.patience).is_err() {
            // Only a closed connection refuses; then the next call says so.
        }
    }
}

impl Store for SqliteStore {
    fn put(&self, entries: &[Entry]) -> Result<Vec<Ref>, Error> {
        let refs: Vec<Ref> = entries.iter().map(|entry| Ref::of(&entry.text)).collect();
        let mut batch = Batch::new(&refs, entries);
        self.despite_damage(|| self.put_batch(&mut batch))
            .map_err(|trouble| trouble.into_error("cannot store the originals", &self.path))?;
        Ok(refs)
    }

    fn get(&self, reference: Ref) -> Result<Option<Entry>, Error> {
        self.unless_damaged("originals", self.read(reference))
            .map_err(|trouble| trouble.into_error("cannot read the original", &self.path))
    }
}

/// What is committed from here on has been flushed to the disc when the commit returns.
fn durable(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "synchronous", "FULL")
}
