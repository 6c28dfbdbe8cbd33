//! Boards: named values that several processes share; the last writer wins, lists are bounded, nothing is ever wrong.

use std::sync::Arc;
use std::time::Duration;

use crate::probe::{DAY, Probe, entry, noise, vaults};
use headroom::ccr::Ref;
use headroom_store::{Boards, MAX_PINNED, Purge, SharedValue, Spot, share, shared, shared_stats};
use rusqlite::Connection;

fn at<'a>(board: &'a str, name: &'a str) -> Spot<'a> {
    Spot { board, name }
}

#[test]
fn what_was_pinned_comes_back_byte_for_byte_and_the_last_one_counts() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        let place = vault.place();
        let values = [
            Vec::new(),
            (0..=255).collect::<Vec<u8>>().repeat(40),
            noise(1, 300_000).into_bytes(),
        ];
        let spot = at("team", "wérkzeug\0🦀");
        assert_eq!(vault.pinned(spot).unwrap(), None, "{place}");
        for value in &values {
            vault.pin(spot, value, None).unwrap();
            assert_eq!(vault.pinned(spot).unwrap().as_ref(), Some(value), "{place}");
        }
        let held = vault.stats().unwrap().pinned;
        assert_eq!((held.count, held.bytes), (1, 300_000), "{place}");
    }
    let other = probe.store();
    assert!(other.pinned(at("team", "wérkzeug\0🦀")).unwrap().is_some());
}

#[test]
fn boards_do_not_see_each_other() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        vault.pin(at("one", "name"), b"1", None).unwrap();
        vault.pin(at("two", "name"), b"2", None).unwrap();
        vault.pin(at("onen", "ame"), b"3", None).unwrap();
        assert_eq!(vault.pinned(at("one", "name")).unwrap(), Some(b"1".to_vec()));
        assert_eq!(vault.names("one").unwrap(), ["name"]);
        assert_eq!(vault.clear("one").unwrap(), 1);
        assert_eq!(vault.names("one").unwrap(), [""; 0]);
        assert_eq!(vault.pinned(at("two", "name")).unwrap(), Some(b"2".to_vec()));
        assert_eq!(vault.clear("nobody's").unwrap(), 0);
    }
}

#[test]
fn names_come_in_the_order_they_were_pinned_in() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        for name in ["b", "a", "c", "b"] {
            vault.pin(at("team", name), b"value", None).unwrap();
        }
        assert_eq!(vault.names("team").unwrap(), ["a", "c", "b"]);
        assert!(vault.unpin(at("team", "c")).unwrap());
        assert!(!vault.unpin(at("team", "c")).unwrap());
        assert_eq!(vault.pinned(at("team", "c")).unwrap(), None);
        assert_eq!(vault.names("team").unwrap(), ["a", "b"]);
    }
}

#[test]
fn a_value_goes_when_its_time_is_over_however_much_it_is_used() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        vault
            .pin(at("team", "short"), b"value", Some(Duration::from_mins(1)))
            .unwrap();
        vault.pin(at("team", "long"), b"value", None).unwrap();
        for _ in 0..3 {
            probe.pass(Duration::from_secs(20));
            assert!(vault.pinned(at("team", "short")).unwrap().is_some());
        }
        probe.pass(Duration::from_secs(1));
        assert_eq!(vault.names("team").unwrap(), ["long"], "{}", vault.place());
        assert_eq!(vault.pinned(at("team", "short")).unwrap(), None);
        assert!(!vault.unpin(at("team", "short")).unwrap());
        vault
            .pin(at("team", "long"), b"value", Some(Duration::from_mins(1)))
            .unwrap();
        probe.pass(Duration::from_secs(61));
        vault.put(&[entry("a put that trims")]).unwrap();
        if vault.place() != "memory" {
            assert_eq!(vault.stats().unwrap().pinned.count, 0);
        }
        assert_eq!(vault.clear("team").unwrap(), 0);
    }
}

#[test]
fn a_board_holds_the_values_pinned_last() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        // Elsewhere, and older than all.
        vault.pin(at("other", "name"), b"value", None).unwrap();
        for n in 0..MAX_PINNED + 3 {
            let name = n.to_string();
            vault.pin(at("team", &name), b"value", None).unwrap();
            if n == 10 {
                // Put again, so not the oldest any more.
                vault.pin(at("team", "0"), b"again", None).unwrap();
            }
        }
        let names = vault.names("team").unwrap();
        assert_eq!(names.len(), MAX_PINNED);
        assert_eq!(names[..2], ["4", "5"]);
        assert_eq!(vault.pinned(at("team", "3")).unwrap(), None);
        assert!(vault.pinned(at("team", "0")).unwrap().is_some());
        assert_eq!(vault.names("other").unwrap(), ["name"]);
        assert_eq!(vault.stats().unwrap().pinned.count, MAX_PINNED as u64 + 1);
    }
}

#[test]
fn age_counts_from_the_last_use_and_the_budget_is_everyones() {
    let probe = Probe::new();
    for vault in vaults(&probe, |options| options.max_bytes = 60_000) {
        vault.pin(at("team", "read"), b"value", None).unwrap();
        vault.pin(at("team", "left"), b"value", None).unwrap();
        for _ in 0..3 {
            probe.pass(DAY * 20);
            assert!(vault.pinned(at("team", "read")).unwrap().is_some());
        }
        vault.put(&[entry("a put that trims")]).unwrap();
        assert_eq!(vault.names("team").unwrap(), ["read"], "{}", vault.place());
        for n in 0..4 {
            probe.pass(DAY / 24);
            let value = noise(n, 20_000);
            vault
                .pin(at("team", &n.to_string()), value.as_bytes(), None)
                .unwrap();
        }
        let names = vault.names("team").unwrap();
        assert!(names.ends_with(&["2".to_owned(), "3".to_owned()]), "{names:?}");
        assert!(vault.stats().unwrap().pinned.stored_bytes <= 60_000);
        let large = noise(9, 200_000);
        vault.pin(at("team", "large"), large.as_bytes(), None).unwrap();
        assert_eq!(vault.names("team").unwrap(), ["large"]);
    }
}

#[test]
fn purge_covers_boards_and_leaves_no_bytes_behind() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        vault.pin(at("team", "old"), b"value", None).unwrap();
        probe.pass(DAY * 8);
        let secret = noise(7, 40);
        vault.pin(at("team", "new"), secret.as_bytes(), None).unwrap();
        assert_eq!(vault.purge(Purge::OlderThan(DAY * 7)).unwrap().pinned, 1);
        assert_eq!(vault.names("team").unwrap(), ["new"]);
        assert_eq!(vault.purge(Purge::All).unwrap().pinned, 1);
        assert_eq!(vault.names("team").unwrap(), [""; 0]);
        if vault.place() != "memory" {
            let bytes = probe.bytes_on_disc();
            assert!(!bytes.windows(40).any(|bytes| bytes == secret.as_bytes()));
        }
    }
}

#[test]
fn asking_makes_no_file() {
    let probe = Probe::new();
    let store = probe.store();
    assert_eq!(store.pinned(at("team", "name")).unwrap(), None);
    assert_eq!(store.names("team").unwrap(), [""; 0]);
    assert!(!store.unpin(at("team", "name")).unwrap());
    assert_eq!(store.clear("team").unwrap(), 0);
    assert!(!probe.path.parent().unwrap().exists());
}

#[test]
fn a_damaged_value_is_missing_and_the_next_pin_heals_it() {
    for damage in [
        "body = zeroblob(200)",
        "body = x''",
        "body = substr(body, 1, length(body) - 1)",
        // Two values change places, and one gets another name.
        "body = (SELECT body FROM pinned AS other WHERE other.id = 3 - pinned.id) WHERE true; --",
        "name = 'c' WHERE id = 1; --",
    ] {
        let probe = Probe::new();
        for name in ["a", "b"] {
            probe
                .store()
                .pin(at("team", name), name.as_bytes(), None)
                .unwrap();
        }
        let connection = Connection::open(&probe.path).unwrap();
        connection
            .execute_batch(&format!("UPDATE pinned SET {damage}"))
            .unwrap();
        let store = probe.store();
        let names = store.names("team").unwrap();
        assert!(!names.contains(&"c".to_owned()), "{damage}");
        for name in ["a", "b"] {
            let read = store.pinned(at("team", name)).unwrap();
            assert!(read.is_none_or(|read| read == name.as_bytes()), "{damage}");
            store.pin(at("team", name), name.as_bytes(), None).unwrap();
            assert_eq!(
                store.pinned(at("team", name)).unwrap(),
                Some(name.as_bytes().to_vec())
            );
        }
        if damage.contains("body") {
            assert!(store.take_notices()[0].contains("a shared value"), "{damage}");
        }
    }
}

#[test]
fn threads_share_a_board() {
    let probe = Probe::new();
    for vault in vaults(&probe, |options| options.patience = Duration::from_secs(30)) {
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let vault = Arc::clone(&vault);
                scope.spawn(move || {
                    for n in 0..30 {
                        let (own, shared) = (format!("{thread} {n}"), n.to_string());
                        vault.pin(at("team", &own), own.as_bytes(), None).unwrap();
                        vault.pin(at("team", &shared), shared.as_bytes(), None).unwrap();
                        let read = vault.pinned(at("team", &shared)).unwrap();
                        assert_eq!(read, Some(shared.clone().into_bytes()));
                        assert!(vault.names("team").unwrap().contains(&own));
                    }
                });
            }
        });
        assert_eq!(vault.names("team").unwrap().len(), 30 + 4 * 30);
    }
}

#[test]
fn a_shared_value_is_whole_or_gone() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        let value = SharedValue {
            text: "smaller".to_owned(),
            agent: Some("anna".to_owned()),
            tokens_before: 10,
            tokens_after: 2,
            ..SharedValue::default()
        };
        let spot = at("team", "logs");
        let left = share(&*vault, spot, "the original".to_owned(), value.clone(), None).unwrap();
        assert_eq!(left.reference, Ref::of("the original").to_string());
        let (read, original) = shared(&*vault, spot).unwrap().unwrap();
        assert_eq!((read, original.as_str()), (left, "the original"));
        share(&*vault, at("team", "more"), "another".to_owned(), value, None).unwrap();
        let stats = shared_stats(&*vault, "team").unwrap();
        assert_eq!(
            (stats.entries, stats.tokens_before, stats.tokens_after),
            (2, 20, 4)
        );
        // Reading what is shown keeps its original, too.
        for _ in 0..3 {
            probe.pass(DAY * 20);
            assert!(shared(&*vault, spot).unwrap().is_some());
        }
        vault.put(&[entry("a put that trims")]).unwrap();
        assert!(vault.get(Ref::of("the original")).unwrap().is_some());
        assert_eq!(vault.get(Ref::of("another")).unwrap(), None);
    }
    // An original that went on its own.
    let store = probe.store();
    Connection::open(&probe.path)
        .unwrap()
        .execute("DELETE FROM entry", [])
        .unwrap();
    assert!(store.pinned(at("team", "logs")).unwrap().is_some());
    assert_eq!(shared(&store, at("team", "logs")).unwrap(), None);
}
