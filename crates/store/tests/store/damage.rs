//! What a damaged, foreign, locked or forbidden store does: an error or a miss, never wrong text or a panic.

use std::fs;
use std::time::{Duration, Instant};

use crate::probe::{Probe, entry, noise};
use headroom::ErrorCode;
use headroom::ccr::{Ref, Store};
use headroom_store::{Purge, SqliteStore, StoreOptions, Vault};
use rusqlite::Connection;

#[test]
fn a_damaged_row_is_missing_and_the_next_put_heals_it() {
    for damage in [
        "body = zeroblob(200)",
        "body = (SELECT body FROM entry WHERE id = 2)",
        "body = x''",
        "bytes = bytes + 1",
        "bytes = 9223372036854775807",
        "bytes = -1",
        // The bodies change places under their refs.
        "body = (SELECT body FROM entry AS other WHERE other.id = 3 - entry.id) WHERE true; --",
    ] {
        let probe = Probe::new();
        let texts = [noise(1, 500), noise(2, 500)];
        let refs = probe
            .store()
            .put(&texts.each_ref().map(|text| entry(text)))
            .unwrap();
        let sql = format!("UPDATE entry SET {damage} WHERE id = 1");
        Connection::open(&probe.path)
            .unwrap()
            .execute_batch(&sql)
            .unwrap();
        let store = probe.store();
        assert_eq!(store.get(refs[0]).unwrap(), None, "{damage}");
        assert!(store.take_notices()[0].contains("damaged"), "{damage}");
        store.put(&[entry(&texts[0])]).unwrap();
        assert_eq!(store.get(refs[0]).unwrap(), Some(entry(&texts[0])), "{damage}");
    }
}

#[test]
fn a_damaged_file_is_moved_aside_and_a_new_one_begun() {
    for (name, bytes) in [
        ("zeros", vec![0; 8192]),
        ("noise", (0..=255).cycle().take(8192).collect()),
    ] {
        let probe = Probe::new();
        fs::create_dir_all(probe.path.parent().unwrap()).unwrap();
        for round in 1..=2 {
            fs::write(&probe.path, &bytes).unwrap();
            let store = probe.store();
            let reference = store.put(&[entry("text")]).unwrap()[0];
            assert_eq!(store.get(reference).unwrap(), Some(entry("text")), "{name}");
            let aside = format!("store.db.corrupt-{round}");
            assert!(store.take_notices()[0].contains(&aside), "{name}");
            assert!(probe.files().contains(&aside), "{name}");
            assert_eq!(
                fs::read(probe.path.with_file_name(&aside)).unwrap(),
                bytes,
                "{name}"
            );
        }
        assert_eq!(probe.store().purge(Purge::All).unwrap().set_aside, 2);
        assert!(!probe.files().iter().any(|file| file.contains("corrupt")));
    }
}

#[test]
fn damage_inside_the_file_never_gives_wrong_text_and_never_stops_a_put() {
    let probe = Probe::new();
    let texts: Vec<String> = (0..60).map(|seed| noise(seed, 3_000)).collect();
    let entries: Vec<_> = texts.iter().map(|text| entry(text)).collect();
    let refs = probe.store().put(&entries).unwrap();
    let whole = fs::read(&probe.path).unwrap();
    let pages = whole.len() / 4096;
    for page in 0..pages {
        let mut bytes = whole.clone();
        for byte in &mut bytes[page * 4096..(page + 1) * 4096] {
            *byte ^= 0x5a;
        }
        for file in probe.files() {
            fs::remove_file(probe.path.with_file_name(file)).unwrap();
        }
        fs::write(&probe.path, bytes).unwrap();
        let store = probe.store();
        for (reference, entry) in refs.iter().zip(&entries) {
            if let Some(read) = store.get(*reference).unwrap() {
                assert_eq!(&read, entry, "page {page}");
            }
        }
        let again = store.put(&entries);
        let again = again.unwrap_or_else(|error| panic!("page {page}: {error}"));
        for (reference, entry) in again.iter().zip(&entries) {
            assert_eq!(
                store.get(*reference).unwrap().as_ref(),
                Some(entry),
                "page {page}"
            );
        }
    }
}

#[test]
fn two_stores_that_meet_the_same_damage_move_it_once() {
    let probe = Probe::new();
    fs::create_dir_all(probe.path.parent().unwrap()).unwrap();
    for _ in 0..10 {
        fs::write(&probe.path, [0xfe; 8192]).unwrap();
        let before = probe
            .files()
            .iter()
            .filter(|file| file.contains("corrupt"))
            .count();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let store = probe.store();
                scope.spawn(move || store.put(&[entry(&format!("writer {writer}"))]).unwrap());
            }
        });
        let after = probe
            .files()
            .iter()
            .filter(|file| file.contains("corrupt"))
            .count();
        assert_eq!(after, before + 1);
        for writer in 0..4 {
            let reference = Ref::of(&format!("writer {writer}"));
            assert!(probe.store().get(reference).unwrap().is_some(), "writer {writer}");
        }
        for file in ["store.db", "store.db-wal", "store.db-shm"] {
            drop(fs::remove_file(probe.path.with_file_name(file)));
        }
    }
}

#[test]
fn a_file_named_by_mistake_is_left_alone() {
    let probe = Probe::new();
    fs::create_dir_all(probe.path.parent().unwrap()).unwrap();
    let refuses_it = || {
        let before = fs::read(&probe.path).unwrap();
        let error = probe.store().put(&[entry("text")]).unwrap_err();
        assert!(error.title.contains("not a headroom store"), "{error}");
        assert_eq!(probe.files(), ["store.db", "store.db.lock"]);
        assert!(fs::read(&probe.path).unwrap() == before);
    };
    // The limit of what is looked at cuts a character in two.
    fs::write(&probe.path, "# Notes ä\n".repeat(100)).unwrap();
    refuses_it();
    fs::remove_file(&probe.path).unwrap();
    let theirs = Connection::open(&probe.path).unwrap();
    theirs
        .execute_batch("CREATE TABLE theirs (x); PRAGMA user_version = 1")
        .unwrap();
    drop(theirs);
    refuses_it();
}

#[test]
fn a_newer_format_is_refused_with_a_hint() {
    let probe = Probe::new();
    let reference = probe.store().put(&[entry("text")]).unwrap()[0];
    Connection::open(&probe.path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let error = probe.store().get(reference).unwrap_err();
    assert_eq!(error.code, ErrorCode::Store);
    assert!(error.title.contains("newer"), "{error}");
    assert!(error.hint.is_some_and(|hint| hint.contains("update")));
}

#[test]
fn a_store_that_stays_locked_is_an_error_after_the_patience() {
    let probe = Probe::new();
    let reference = probe.store().put(&[entry("text")]).unwrap()[0];
    let blocker = Connection::open(&probe.path).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store = probe.store_with(|options| {
        options.patience = Duration::from_millis(200);
        options.refresh_after = Duration::ZERO;
    });
    let start = Instant::now();
    // Reading goes on beside a writer, although its use cannot be written down.
    assert!(store.get(reference).unwrap().is_some());
    assert!(start.elapsed() < Duration::from_millis(150));
    let error = store.put(&[entry("new")]).unwrap_err();
    assert!(start.elapsed() >= Duration::from_millis(200));
    assert!(error.hint.is_some_and(|hint| hint.contains("another process")));
    blocker.execute_batch("COMMIT").unwrap();
    store.put(&[entry("new")]).unwrap();
}

#[test]
fn a_deleted_file_is_noticed_and_made_anew() {
    let probe = Probe::new();
    let store = probe.store();
    store.put(&[entry("gone")]).unwrap();
    for file in probe.files() {
        fs::remove_file(probe.path.with_file_name(file)).unwrap();
    }
    assert_eq!(store.get(Ref::of("gone")).unwrap(), None);
    let reference = store.put(&[entry("kept")]).unwrap()[0];
    assert!(
        probe.store().get(reference).unwrap().is_some(),
        "another process would look under the path"
    );
}

#[test]
fn a_put_that_fails_half_way_stores_nothing() {
    let probe = Probe::new();
    let store = probe.store();
    let reference = store.put(&[entry("small")]).unwrap()[0];
    drop(store);
    Connection::open(&probe.path)
        .unwrap()
        .execute_batch(
            "CREATE TRIGGER fails AFTER INSERT ON entry WHEN new.bytes > 1000000 BEGIN \
             SELECT RAISE(ABORT, 'no more'); END",
        )
        .unwrap();
    let store = probe.store();
    let error = store
        .put(&[entry("rides along"), entry(&noise(1, 2_000_000))])
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::Store);
    assert!(error.to_string().contains("no more"), "{error}");
    assert_eq!(
        store.get(Ref::of("rides along")).unwrap(),
        None,
        "a part was stored"
    );
    assert!(store.get(reference).unwrap().is_some());
}

#[cfg(unix)]
#[test]
fn a_forbidden_folder_is_an_error_that_says_where() {
    let probe = Probe::new();
    // A file stands where a folder should be; permissions alone would not stop a test run by root.
    fs::write(probe.path.parent().unwrap().parent().unwrap(), "in the way").unwrap();
    let error = probe.store().put(&[entry("text")]).unwrap_err();
    assert!(error.cause.is_some_and(|cause| cause.contains("store.db")));
    let folder = SqliteStore::new("/", StoreOptions::default());
    assert_eq!(folder.put(&[entry("text")]).unwrap_err().code, ErrorCode::Store);
    assert_eq!(folder.get(Ref::of("text")).unwrap_err().code, ErrorCode::Store);
}
