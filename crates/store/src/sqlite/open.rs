//! Opening the file: permissions, the journal, the tables, and what to do with a file that is not ours.

use std::path::Path;

use headroom::error::{Error, ErrorCode};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::failure::Trouble;
use super::file::{self, FileId, Turn};
use super::{Open, StoreOptions};

/// `Head` in ASCII: tells our files from other applications' databases.
const APPLICATION_ID: i32 = 0x4865_6164;

/// Version of the tables: how many of [`STEPS`] were taken.
const VERSION: i32 = 3;

/// What brings the tables from each version to the next one, beginning with none. A step only adds tables:
/// a process of an older version that has the file open goes on beside it, unharmed.
const STEPS: [&str; VERSION as usize] = [ORIGINALS, RECORDS_AND_LEDGER, BOARDS];

/// Times are seconds since 1970, sizes bytes; `stored` is the size of `body`, one zstd frame.
const ORIGINALS: &str = "
CREATE TABLE entry (
    id      INTEGER PRIMARY KEY,
    ref     BLOB NOT NULL UNIQUE,
    tool    TEXT,
    bytes   INTEGER NOT NULL,
    stored  INTEGER NOT NULL,
    created INTEGER NOT NULL,
    used    INTEGER NOT NULL,
    body    BLOB NOT NULL
) STRICT;
CREATE INDEX entry_by_use ON entry (used);
CREATE TABLE total (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    entries INTEGER NOT NULL,
    bytes   INTEGER NOT NULL,
    stored  INTEGER NOT NULL
) STRICT;
INSERT INTO total VALUES (1, 0, 0, 0);
CREATE TRIGGER entry_added AFTER INSERT ON entry BEGIN
    UPDATE total SET entries = entries + 1, bytes = bytes + new.bytes, stored = stored + new.stored;
END;
CREATE TRIGGER entry_removed AFTER DELETE ON entry BEGIN
    UPDATE total SET entries = entries - 1, bytes = bytes - old.bytes, stored = stored - old.stored;
END;";

/// `record.body` is a sealed record, `bytes` the size of its value; `ledger.entry` is JSON and `ledger.at`
/// milliseconds since 1970. `tally` counts both, a row each.
const RECORDS_AND_LEDGER: &str = "
CREATE TABLE record (
    id      INTEGER PRIMARY KEY,
    key     BLOB NOT NULL UNIQUE,
    bytes   INTEGER NOT NULL,
    created INTEGER NOT NULL,
    used    INTEGER NOT NULL,
    body    BLOB NOT NULL
) STRICT;
CREATE INDEX record_by_use ON record (used);
CREATE TABLE ledger (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    entry   TEXT NOT NULL
) STRICT;
CREATE INDEX ledger_by_time ON ledger (at);
CREATE TABLE tally (
    name    TEXT PRIMARY KEY,
    count   INTEGER NOT NULL,
    bytes   INTEGER NOT NULL,
    stored  INTEGER NOT NULL
) STRICT;
INSERT INTO tally VALUES ('record', 0, 0, 0), ('ledger', 0, 0, 0);
CREATE TRIGGER record_added AFTER INSERT ON record BEGIN
    UPDATE tally SET count = count + 1, bytes = bytes + new.bytes, stored = stored + length(new.body)
    WHERE name = 'record';
END;
CREATE TRIGGER record_removed AFTER DELETE ON record BEGIN
    UPDATE tally SET count = count - 1, bytes = bytes - old.bytes, stored = stored - length(old.body)
    WHERE name = 'record';
END;
CREATE TRIGGER ledger_added AFTER INSERT ON ledger BEGIN
    UPDATE tally SET count = count + 1, bytes = bytes + octet_length(new.entry),
        stored = stored + octet_length(new.entry)
    WHERE name = 'ledger';
END;
CREATE TRIGGER ledger_removed AFTER DELETE ON ledger BEGIN
    UPDATE tally SET count = count - 1, bytes = bytes - octet_length(old.entry),
        stored = stored - octet_length(old.entry)
    WHERE name = 'ledger';
END;";

/// `pinned.key` is a hash of `board` and `name`, `body` is sealed under it, `bytes` the size of the value; `expires` is
/// the last second it is there, the largest number where that never comes. `tally` counts them.
const BOARDS: &str = "
CREATE TABLE pinned (
    id      INTEGER PRIMARY KEY,
    key     BLOB NOT NULL UNIQUE,
    board   TEXT NOT NULL,
    name    TEXT NOT NULL,
    bytes   INTEGER NOT NULL,
    created INTEGER NOT NULL,
    used    INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    body    BLOB NOT NULL
) STRICT;
CREATE INDEX pinned_by_board ON pinned (board, id);
CREATE INDEX pinned_by_use ON pinned (used);
CREATE INDEX pinned_by_end ON pinned (expires);
INSERT INTO tally VALUES ('pinned', 0, 0, 0);
CREATE TRIGGER pinned_added AFTER INSERT ON pinned BEGIN
    UPDATE tally SET count = count + 1, bytes = bytes + new.bytes, stored = stored + length(new.body)
    WHERE name = 'pinned';
END;
CREATE TRIGGER pinned_removed AFTER DELETE ON pinned BEGIN
    UPDATE tally SET count = count - 1, bytes = bytes - old.bytes, stored = stored - length(old.body)
    WHERE name = 'pinned';
END;";

/// Why a database is left alone.
const OTHER_APPLICATION: &str = "the file is another application's database";

/// Rounds of opening while someone else moves or deletes files.
const ROUNDS: usize = 4;

/// Opens the file, which comes into being if need be; a damaged one is moved aside and `note`d.
pub(super) fn open(path: &Path, options: &StoreOptions, note: impl Fn(String)) -> Result<Open, Trouble> {
    let turn = Turn::take(path, options.patience)?;
    for _ in 0..ROUNDS {
        turn.prepare()?;
        let Some(file) = FileId::of(path) else { continue };
        match connect(path, options) {
            // Swapped between the look and the opening: which file is open is not known for sure.
            Ok(_) if FileId::of(path) != Some(file) => {}
            Ok(connection) => return Ok(Open { connection, file }),
            Err(trouble) if trouble.is_damage() && file::is_plain_text(path) => {
                return Err(Trouble::Worded(not_ours(path, "the file is plain text")));
            }
            Err(trouble) if trouble.is_damage() => {
                if let Some(notice) = turn.set_aside(file)? {
                    note(notice);
                }
            }
            Err(trouble) => return Err(trouble),
        }
    }
    Err(Trouble::Worded(
        Error::new(ErrorCode::Store, "cannot open the store")
            .because(format!("{} is being replaced again and again", path.display()))
            .hint("see which other program writes there"),
    ))
}

fn connect(path: &Path, options: &StoreOptions) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.patience)?;
    // A damaged schema must not run what it likes, and damaged cells shall be seen as such.
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
    match identity(&mut connection)? {
        (APPLICATION_ID, VERSION, _) => {}
        (APPLICATION_ID, newer, _) if newer > VERSION => return Err(Trouble::Worded(too_new(path, newer))),
        (APPLICATION_ID, 1.., _) => upgrade(path, &mut connection)?,
        (0, 0, true) => create(path, &mut connection)?,
        _ => return Err(Trouble::Worded(not_ours(path, OTHER_APPLICATION))),
    }
    // Kept in the file since its making; asked for again in case it was converted by hand.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    super::durable(&connection)?;
    // One huge original must not leave a log of its size behind for good.
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    Ok(connection)
}

/// Application, version and whether there are no tables, in one transaction: another process may be making
/// them right now.
fn identity(connection: &mut Connection) -> Result<(i32, i32, bool), rusqlite::Error> {
    let snapshot = connection.transaction()?;
    // The first look at a table begins the transaction.
    let empty = is_empty(&snapshot)?;
    Ok((
        number(&snapshot, "application_id")?,
        number(&snapshot, "user_version")?,
        empty,
    ))
}

fn create(path: &Path, connection: &mut Connection) -> Result<(), Trouble> {
    // Both only take on a file without tables; the first lets `purge` give space back to the system.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    upgrade(path, connection)
}

/// Takes the steps that are missing, all or none. Another process may have been first, perhaps one of
/// another version; and it may have been another application.
fn upgrade(path: &Path, connection: &mut Connection) -> Result<(), Trouble> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = number(&transaction, "user_version")?;
    let ours = number(&transaction, "application_id")? == APPLICATION_ID;
    let taken = match usize::try_from(version) {
        Ok(taken) if ours || (taken == 0 && is_empty(&transaction)?) => taken,
        _ => return Err(Trouble::Worded(not_ours(path, OTHER_APPLICATION))),
    };
    if version > VERSION {
        return Err(Trouble::Worded(too_new(path, version)));
    }
    for step in STEPS.iter().skip(taken) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

fn number(connection: &Connection, pragma: &str) -> Result<i32, rusqlite::Error> {
    connection.pragma_query_value(None, pragma, |row| row.get(0))
}

fn is_empty(connection: &Connection) -> Result<bool, rusqlite::Error> {
    connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| {
        row.get(0)
    })
}

fn too_new(path: &Path, version: i32) -> Error {
    Error::new(ErrorCode::Store, "the store was written by a newer headroom")
        .because(format!(
            "{} has format {version}, this version knows {VERSION}",
            path.display()
        ))
        .hint("update headroom, or name another file with HEADROOM_HOME or --store")
}

fn not_ours(path: &Path, what: &str) -> Error {
    Error::new(ErrorCode::Store, "not a headroom store")
        .because(format!("{}: {what}", path.display()))
        .hint("name another file with HEADROOM_HOME or --store; this one was not touched")
}
