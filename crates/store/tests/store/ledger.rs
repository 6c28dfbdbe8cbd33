//! The ledger: appended cheaply, read in order, kept within its limits; the same sums from every vault.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::probe::{DAY, Probe, entry, vaults};
use headroom_store::ledger::{Counted, Ledger, LedgerEntry, Part, Prices, Usage};
use headroom_store::{Purge, Vault};
use rusqlite::Connection;

/// A request at the clock of the probe.
fn request(probe: &Probe, n: u64) -> LedgerEntry {
    let now = u64::try_from(probe.now.load(Ordering::Relaxed)).unwrap();
    LedgerEntry {
        at: now * 1_000 + n,
        request: format!("req_{n}"),
        provider: "anthropic".to_owned(),
        model: "claude-sonnet-4-5".to_owned(),
        status: 200,
        tokens: Counted {
            before: 1_000,
            after: 400,
            counter: "estimate".to_owned(),
            exact: false,
        },
        usage: Some(Usage {
            input: Some(500),
            cache_read: Some(1_500),
            output: Some(20),
            ..Usage::default()
        }),
        parts: vec![Part {
            tool: Some("bash".to_owned()),
            kind: "log".to_owned(),
            before: 1_000,
            after: 400,
        }],
        ..LedgerEntry::default()
    }
}

fn all(vault: &dyn Vault) -> Vec<LedgerEntry> {
    let mut found = Vec::new();
    vault.read(0..u64::MAX, &mut |entry| found.push(entry)).unwrap();
    found
}

#[test]
fn what_was_appended_is_read_oldest_first() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        let entries: Vec<LedgerEntry> = [3, 1, 2, 2].map(|n| request(&probe, n)).into();
        vault.append(&entries[..1]).unwrap();
        vault.append(&entries[1..]).unwrap();
        vault.append(&[]).unwrap();
        let mut sorted = entries.clone();
        sorted.sort_by_key(|entry| entry.at);
        assert_eq!(all(&*vault), sorted);
        let span = request(&probe, 2).at..request(&probe, 3).at;
        assert_eq!(vault.savings(span, &Prices::default()).unwrap().total.requests, 2);
        let recent = vault.recent(3).unwrap();
        sorted.reverse();
        assert_eq!(recent, sorted[..3]);
        let held = vault.stats().unwrap().ledger;
        assert_eq!(held.count, 4);
        let json: usize = entries
            .iter()
            .map(|entry| serde_json::to_string(entry).unwrap().len())
            .sum();
        assert_eq!(held.bytes, json as u64);
    }
}

#[test]
fn every_vault_gives_the_same_sums() {
    let probe = Probe::new();
    let [sqlite, memory] = vaults(&probe, |_| {});
    // More than two pages, many at the same millisecond.
    let entries: Vec<LedgerEntry> = (0..1_207).map(|n| request(&probe, n / 100)).collect();
    let sums = [&sqlite, &memory].map(|vault| {
        vault.append(&entries).unwrap();
        vault.savings(0..u64::MAX, &Prices::default()).unwrap()
    });
    assert_eq!(sums[0], sums[1]);
    assert_eq!(sums[0].total.requests, 1_207);
    assert_eq!(sums[0].total.net, 1_207 * 600);
    assert_eq!(sums[0].tools["bash"].saved(), 1_207 * 600);
    assert_eq!(sums[0].total.cache_hit_rate(), Some(0.75));
}

#[test]
fn what_is_too_old_or_too_much_goes_oldest_first() {
    let probe = Probe::new();
    let size = serde_json::to_string(&request(&probe, 1)).unwrap().len() as u64;
    for vault in vaults(&probe, |options| options.ledger_max_bytes = 10 * size) {
        for n in 0..20 {
            vault.append(&[request(&probe, n % 10)]).unwrap();
        }
        assert_eq!(vault.stats().unwrap().ledger.count, 10);
        probe.pass(DAY * 401);
        vault.append(&[request(&probe, 7)]).unwrap();
        let left = all(&*vault);
        assert_eq!(left.len(), 1, "{}", vault.place());
        assert_eq!(left[0].request, "req_7");
    }
}

#[test]
fn purge_takes_the_ledger_only_with_everything() {
    let probe = Probe::new();
    for vault in vaults(&probe, |_| {}) {
        vault.append(&[request(&probe, 1)]).unwrap();
        probe.pass(DAY * 30);
        vault.purge(Purge::OlderThan(DAY)).unwrap();
        assert_eq!(all(&*vault).len(), 1);
        assert_eq!(vault.purge(Purge::All).unwrap().requests, 1);
        assert_eq!(all(&*vault).len(), 0);
        assert_eq!(vault.stats().unwrap().ledger.bytes, 0);
    }
}

#[test]
fn reading_makes_no_file() {
    let probe = Probe::new();
    let store = probe.store();
    assert_eq!(all(&store), []);
    assert_eq!(store.recent(5).unwrap(), []);
    assert!(!probe.path.parent().unwrap().exists());
}

#[test]
fn an_entry_that_cannot_be_read_is_passed_over() {
    let probe = Probe::new();
    let store = probe.store();
    store.append(&[1, 2, 3].map(|n| request(&probe, n))).unwrap();
    let connection = Connection::open(&probe.path).unwrap();
    connection
        .execute_batch("UPDATE ledger SET entry = '{\"at\": \"soon\"}' WHERE id = 2")
        .unwrap();
    assert_eq!(all(&store).len(), 2);
    assert_eq!(store.recent(5).unwrap().len(), 2);
    let sums = store.savings(0..u64::MAX, &Prices::default()).unwrap();
    assert_eq!(sums.total.requests, 2);
}

#[test]
fn threads_append_beside_puts() {
    let probe = Probe::new();
    for vault in vaults(&probe, |options| options.patience = Duration::from_secs(30)) {
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (vault, probe) = (Arc::clone(&vault), &probe);
                scope.spawn(move || {
                    for n in 0..30 {
                        vault.append(&[request(probe, n), request(probe, n)]).unwrap();
                        vault.put(&[entry(&format!("{thread} {n}"))]).unwrap();
                    }
                });
            }
        });
        assert_eq!(all(&*vault).len(), 240);
    }
}
