//! Re-expansion records: durable, idempotent, under one budget with the originals, never wrong.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::probe::{DAY, Probe, entry, noise, vaults};
use headroom::ccr::{Ref, Store};
use headroom_store::{Purge, Purged, Records, Vault};
use rusqlite::Connection;

fn key(n: u32) -> [u8; 16] {
    let mut key = [0; 16];
    key[..4].copy_from_slice(&n.to_le_bytes());
    key
}

#[test]
fn what_was_put_comes_back_byte_for_byte() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        let place = vault.place();
        let values = [
            Vec::new(),
            b"{\"role\": \"assistant\"}".to_vec(),
            (0..=255).collect::<Vec<u8>>().repeat(40),
            noise(1, 300_000).into_bytes(),
        ];
        for (n, value) in (0..).zip(&values) {
            assert_eq!(vault.get_record(key(n)).unwrap(), None, "{place}");
            vault.put_record(key(n), value).unwrap();
            assert_eq!(vault.get_record(key(n)).unwrap().as_ref(), Some(value), "{place}");
        }
        let held = vault.stats().unwrap().records;
        assert_eq!((held.count, held.bytes), (4, 310_261), "{place}");
        assert_eq!(vault.stats().unwrap().originals.count, 0);
    }
    let other = probe.store();
    assert_eq!(other.get_record(key(0)).unwrap(), Some(Vec::new()));
}

#[test]
fn the_same_again_is_one_record_and_another_takes_its_place() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        vault.put_record(key(1), b"first").unwrap();
        vault.put_record(key(1), b"first").unwrap();
        assert_eq!(vault.stats().unwrap().records.bytes, 5);
        vault.put_record(key(1), b"second").unwrap();
        assert_eq!(vault.get_record(key(1)).unwrap(), Some(b"second".to_vec()));
        let held = vault.stats().unwrap().records;
        assert_eq!((held.count, held.bytes), (1, 6));
    }
}

#[test]
fn a_record_and_an_original_never_meet() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        let reference = vault.put(&[entry("text")]).unwrap()[0];
        assert_eq!(vault.get_record(*reference.as_bytes()).unwrap(), None);
        vault.put_record(*reference.as_bytes(), b"record").unwrap();
        assert_eq!(vault.get(reference).unwrap(), Some(entry("text")));
    }
}

#[test]
fn age_counts_from_the_last_use() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        for n in 0..3 {
            vault.put_record(key(n), b"value").unwrap();
        }
        for _ in 0..3 {
            probe.pass(DAY * 20);
            assert!(vault.get_record(key(0)).unwrap().is_some());
            vault.put_record(key(1), b"value").unwrap();
        }
        vault.put(&[entry("a put that trims")]).unwrap();
        let there = [0, 1, 2].map(|n| vault.get_record(key(n)).unwrap().is_some());
        assert_eq!(there, [true, true, false], "{}", vault.place());
    }
}

#[test]
fn records_and_originals_share_one_budget() {
    let probe = Probe::new();
    for vault in vaults(&probe, |options| options.max_bytes = 85_000) {
        let mut refs = Vec::new();
        for n in 0..4 {
            probe.pass(DAY / 24);
            vault
                .put_record(key(n), noise(n.into(), 20_000).as_bytes())
                .unwrap();
            probe.pass(DAY / 24);
            let text = noise(u64::from(n) + 100, 20_000);
            refs.extend(vault.put(&[entry(&text)]).unwrap());
            // The first stays in use.
            assert!(vault.get_record(key(0)).unwrap().is_some());
        }
        let records = [0, 1, 2, 3].map(|n| vault.get_record(key(n)).unwrap().is_some());
        let originals = refs
            .iter()
            .map(|reference| vault.get(*reference).unwrap().is_some());
        assert_eq!(records, [true, false, vault.place() != "memory", true]);
        assert_eq!(originals.collect::<Vec<_>>(), [false, false, true, true]);
        let stats = vault.stats().unwrap();
        assert!(stats.originals.stored_bytes + stats.records.stored_bytes <= 85_000);
    }
}

#[test]
fn a_record_larger_than_the_budget_is_kept() {
    let probe = Probe::new();
    for vault in vaults(&probe, |options| options.max_bytes = 1_000) {
        vault.put(&[entry("goes")]).unwrap();
        probe.pass(DAY);
        vault.put_record(key(1), noise(1, 5_000).as_bytes()).unwrap();
        assert!(vault.get_record(key(1)).unwrap().is_some());
        assert_eq!(vault.get(Ref::of("goes")).unwrap(), None);
    }
}

#[test]
fn purge_covers_records() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        vault.put_record(key(1), b"old").unwrap();
        probe.pass(DAY * 8);
        vault.put_record(key(2), b"new").unwrap();
        let purged = vault.purge(Purge::OlderThan(DAY * 7)).unwrap();
        assert_eq!((purged.records, purged.entries), (1, 0));
        assert_eq!(vault.get_record(key(1)).unwrap(), None);
        assert!(vault.get_record(key(2)).unwrap().is_some());
        let purged = vault.purge(Purge::All).unwrap();
        assert_eq!(
            purged,
            Purged {
                records: 1,
                ..Purged::default()
            }
        );
        assert_eq!(vault.get_record(key(2)).unwrap(), None);
    }
}

#[test]
fn purge_leaves_no_bytes_of_a_record_behind() {
    let probe = Probe::new();
    let store = probe.store();
    let secret = noise(7, 40);
    let is_on_disc = || {
        let bytes = probe.bytes_on_disc();
        bytes.windows(40).any(|bytes| bytes == secret.as_bytes())
    };
    store.put_record(key(1), secret.as_bytes()).unwrap();
    assert!(is_on_disc());
    store.purge(Purge::All).unwrap();
    assert!(!is_on_disc());
}

#[test]
fn a_damaged_record_is_missing_and_the_next_put_heals_it() {
    for damage in [
        "body = zeroblob(200)",
        "body = x''",
        "body = substr(body, 1, length(body) - 1)",
        "body = (SELECT body FROM record AS other WHERE other.id = 3 - record.id) WHERE true; --",
    ] {
        let probe = Probe::new();
        let values = [b"a short value".to_vec(), b"a long value ".repeat(100)];
        for (n, value) in (1..).zip(&values) {
            probe.store().put_record(key(n), value).unwrap();
        }
        for id in [1, 2] {
            let sql = format!("UPDATE record SET {damage} WHERE id = {id}");
            let connection = Connection::open(&probe.path).unwrap();
            connection.execute_batch(&sql).unwrap();
        }
        let store = probe.store();
        for (n, value) in (1..).zip(&values) {
            assert!(
                store
                    .get_record(key(n))
                    .unwrap()
                    .is_none_or(|read| read == *value),
                "{damage}"
            );
            store.put_record(key(n), value).unwrap();
            assert_eq!(
                store.get_record(key(n)).unwrap().as_ref(),
                Some(value),
                "{damage}"
            );
        }
        if !damage.contains("WHERE") {
            assert!(store.take_notices()[0].contains("a record"), "{damage}");
        }
    }
}

#[test]
fn a_damaged_file_never_stops_a_record() {
    let probe = Probe::new();
    std::fs::create_dir_all(probe.path.parent().unwrap()).unwrap();
    std::fs::write(&probe.path, [0xfe; 8192]).unwrap();
    let store = probe.store();
    store.put_record(key(1), b"value").unwrap();
    assert_eq!(store.get_record(key(1)).unwrap(), Some(b"value".to_vec()));
    assert!(store.take_notices()[0].contains("store.db.corrupt-1"));
}

#[test]
fn a_vault_is_a_store_where_only_that_is_asked_for() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        let store: Arc<dyn Store> = vault.clone();
        let reference = store.put(&[entry("text")]).unwrap()[0];
        assert!(vault.get(reference).unwrap().is_some());
    }
}

#[test]
fn asking_for_a_record_makes_no_file() {
    let probe = Probe::new();
    assert_eq!(probe.store().get_record(key(1)).unwrap(), None);
    assert!(!probe.path.parent().unwrap().exists());
}

#[test]
fn threads_share_records() {
    let probe = Probe::new();
    let start = probe.now.load(Ordering::Relaxed);
    for vault in vaults(&probe, |options| options.refresh_after = Duration::ZERO) {
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let vault = Arc::clone(&vault);
                scope.spawn(move || {
                    for n in 0..40 {
                        let (shared, own) = (key(n), key(1000 * (thread + 1) + n));
                        vault.put_record(shared, &n.to_le_bytes()).unwrap();
                        vault.put_record(own, b"own").unwrap();
                        let read = vault.get_record(shared).unwrap();
                        assert_eq!(read, Some(n.to_le_bytes().to_vec()));
                        assert!(vault.get_record(own).unwrap().is_some());
                    }
                });
            }
        });
        assert_eq!(vault.stats().unwrap().records.count, 40 + 4 * 40);
        assert_eq!(probe.now.load(Ordering::Relaxed), start);
    }
}
