//! Files of older versions: brought up to date by whoever comes first, without losing anything.

use std::fs;

use crate::probe::{Probe, entry, noise};
use headroom::ccr::{Ref, Store};
use headroom_store::{Boards, Records, Spot, Vault};
use rusqlite::{Connection, params};

/// The tables of version 1, as it made them.
const VERSION_1: &str = "
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
END;
PRAGMA application_id = 0x48656164;
PRAGMA user_version = 1;";

/// The tables that version 2 added, as it made them.
const VERSION_2: &str = "
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
PRAGMA user_version = 2;";

/// What version 1 did to add an original.
fn add(connection: &Connection, text: &str) {
    let frame = zstd::bulk::compress(text.as_bytes(), 1).unwrap();
    let sql = "INSERT INTO entry (ref, tool, bytes, stored, created, used, body) \
               VALUES (?1, 'fetch', ?2, ?3, 1800000000, 1800000000, ?4)";
    let key = *Ref::of(text).as_bytes();
    connection
        .execute(sql, params![key, text.len(), frame.len(), frame])
        .unwrap();
}

/// A file of version 1 with one original; it stays open, as in a process that runs on.
fn version_1(probe: &Probe) -> Connection {
    fs::create_dir_all(probe.path.parent().unwrap()).unwrap();
    let connection = Connection::open(&probe.path).unwrap();
    connection
        .execute_batch("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;")
        .unwrap();
    connection.execute_batch(VERSION_1).unwrap();
    connection
        .busy_timeout(std::time::Duration::from_secs(5))
        .unwrap();
    add(&connection, "an old original");
    connection
}

fn version_of(probe: &Probe) -> i32 {
    let connection = Connection::open(&probe.path).unwrap();
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

#[test]
fn a_file_of_version_1_keeps_what_it_holds() {
    let probe = Probe::new();
    drop(version_1(&probe));
    let store = probe.store();
    let old = store.get(Ref::of("an old original")).unwrap().unwrap();
    assert_eq!(
        (old.text.as_str(), old.tool.as_deref()),
        ("an old original", Some("fetch"))
    );
    store.put_record([1; 16], b"a record").unwrap();
    store.put(&[entry("a new original")]).unwrap();
    assert_eq!(version_of(&probe), 3);
    let stats = probe.store().stats().unwrap();
    assert_eq!((stats.originals.count, stats.records.count), (2, 1));
    assert_eq!(store.take_notices(), Vec::<String>::new());
}

#[test]
fn a_process_of_version_1_goes_on_beside_us() {
    let probe = Probe::new();
    let theirs = version_1(&probe);
    let ours = probe.store();
    ours.put_record([1; 16], b"a record").unwrap();
    add(&theirs, "added after the change");
    assert!(ours.get(Ref::of("added after the change")).unwrap().is_some());
    assert_eq!(ours.stats().unwrap().originals.count, 2);
    theirs.execute("DELETE FROM entry", []).unwrap();
    assert_eq!(ours.stats().unwrap().originals.count, 0);
    assert_eq!(ours.get_record([1; 16]).unwrap(), Some(b"a record".to_vec()));
}

#[test]
fn a_process_of_version_2_goes_on_beside_us() {
    let probe = Probe::new();
    let theirs = version_1(&probe);
    theirs.execute_batch(VERSION_2).unwrap();
    let record =
        "INSERT INTO record (key, bytes, created, used, body) VALUES (?1, 5, 1800000000, 1800000000, x'00')";
    theirs.execute(record, [[1_u8; 16]]).unwrap();
    let ours = probe.store();
    let spot = Spot {
        board: "team",
        name: "logs",
    };
    ours.pin(spot, b"value", None).unwrap();
    assert_eq!(version_of(&probe), 3);
    theirs.execute(record, [[2_u8; 16]]).unwrap();
    add(&theirs, "added after the change");
    let stats = ours.stats().unwrap();
    assert_eq!(
        (stats.originals.count, stats.records.count, stats.pinned.count),
        (2, 2, 1)
    );
    assert_eq!(ours.pinned(spot).unwrap(), Some(b"value".to_vec()));
}

#[test]
fn many_that_come_at_once_change_it_once() {
    for _ in 0..10 {
        let probe = Probe::new();
        let theirs = version_1(&probe);
        std::thread::scope(|scope| {
            for n in 0..6_u8 {
                // Each with a connection of its own, as processes have.
                let store = probe.store();
                scope.spawn(move || {
                    store.put_record([n; 16], &[n; 100]).unwrap();
                    store.put(&[entry(&noise(n.into(), 2_000))]).unwrap();
                    assert!(store.get(Ref::of("an old original")).unwrap().is_some());
                });
            }
            scope.spawn(move || add(&theirs, "meanwhile"));
        });
        let store = probe.store();
        let stats = store.stats().unwrap();
        assert_eq!((stats.originals.count, stats.records.count), (8, 6));
        assert_eq!(version_of(&probe), 3);
        assert_eq!(store.take_notices(), Vec::<String>::new());
    }
}

#[test]
fn a_change_that_fails_half_way_leaves_version_1() {
    let probe = Probe::new();
    let theirs = version_1(&probe);
    // The last table of the step is in the way.
    theirs.execute_batch("CREATE TABLE tally (theirs)").unwrap();
    assert!(probe.store().put(&[entry("text")]).is_err());
    assert_eq!(version_of(&probe), 1);
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'record'";
    let records: i64 = theirs.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(records, 0);
    theirs.execute_batch("DROP TABLE tally").unwrap();
    probe.store().put(&[entry("text")]).unwrap();
    assert!(probe.store().get(Ref::of("an old original")).unwrap().is_some());
}
