//! What holds for every vault holds for one on a server.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::running::{entry, start};
use headroom::ccr::{Entry, Ref, Store};
use headroom_store::ledger::{Counted, Ledger, LedgerEntry, Prices};
use headroom_store::{MemoryVault, Purge, Purged, Records, Stats, StoreOptions, Vault};

const DAY: Duration = Duration::from_hours(24);

#[test]
fn what_was_put_comes_back_in_another_store() {
    let Some(server) = start(&[]) else { return };
    let all: String = (0..=u32::from(char::MAX)).filter_map(char::from_u32).collect();
    let entries = [
        entry("{\"a\": 1}"),
        Entry {
            text: "x".repeat(100_000),
            tool: Some("wérkzeug\0🦀".into()),
        },
        entry(""),
        Entry {
            text: all,
            tool: Some(String::new()),
        },
        entry("{\"a\": 1}"),
    ];
    let refs = server.vault().put(&entries).unwrap();
    let other = server.vault();
    for (reference, entry) in refs.iter().zip(&entries) {
        assert_eq!(*reference, Ref::of(&entry.text));
        assert_eq!(other.get(*reference).unwrap().as_ref(), Some(entry));
    }
    assert_eq!(other.get(Ref::of("never put")).unwrap(), None);
    assert_eq!(other.put(&[]).unwrap(), []);
    assert_eq!(other.stats().unwrap().originals.count, 4);
}

#[test]
fn records_come_back_byte_for_byte_and_the_last_one_counts() {
    let Some(server) = start(&[]) else { return };
    let (one, other) = (server.vault(), server.vault());
    let value: Vec<u8> = (0..=255).cycle().take(20_000).collect();
    one.put_record([1; 16], b"first").unwrap();
    one.put_record([1; 16], &value).unwrap();
    one.put_record([1; 16], &value).unwrap();
    one.put_record([2; 16], b"").unwrap();
    assert_eq!(other.get_record([1; 16]).unwrap(), Some(value));
    assert_eq!(other.get_record([2; 16]).unwrap(), Some(Vec::new()));
    assert_eq!(other.get_record([3; 16]).unwrap(), None);
    let held = other.stats().unwrap().records;
    assert_eq!((held.count, held.bytes), (2, 20_000));
    // An original under the same bits is something else.
    let reference = one.put(&[entry("text")]).unwrap()[0];
    assert_eq!(one.get_record(*reference.as_bytes()).unwrap(), None);
}

#[test]
fn age_counts_from_the_last_use() {
    let Some(server) = start(&[]) else { return };
    let vault = server.vault_with("", |options| options.max_age = DAY * 3);
    let refs = vault.put(&["read", "put", "left"].map(entry)).unwrap();
    vault.put_record([1; 16], b"record").unwrap();
    let mut raw = server.raw();
    let names: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut raw).unwrap();
    assert_eq!(names.len(), 4);
    for name in &names {
        redis::cmd("EXPIRE")
            .arg(name)
            .arg(100)
            .query::<()>(&mut raw)
            .unwrap();
    }
    vault.get(refs[0]).unwrap();
    vault.put(&[entry("put")]).unwrap();
    vault.get_record([1; 16]).unwrap();
    let mut left = |name: String| -> u64 { redis::cmd("TTL").arg(name).query(&mut raw).unwrap() };
    for fresh in [&refs[0], &refs[1]] {
        assert!(left(format!("headroom:o:{{{fresh}}}")) > 3 * 86_400 - 60);
    }
    assert!(left(format!("headroom:r:{{{}}}", "01".repeat(16))) > 3 * 86_400 - 60);
    assert!(left(format!("headroom:o:{{{}}}", refs[2])) <= 100);
}

#[test]
fn what_is_there_is_not_sent_again() {
    let Some(server) = start(&[]) else { return };
    let vault = server.vault();
    let text = "a conversation sends the same originals turn after turn\n".repeat(20);
    let sent = || -> u64 {
        let info: String = redis::cmd("INFO").arg("stats").query(&mut server.raw()).unwrap();
        let line = info
            .lines()
            .find_map(|line| line.strip_prefix("total_net_input_bytes:"));
        line.unwrap().trim().parse().unwrap()
    };
    let noise: String = (0..4_000).map(|n| Ref::of(&format!("{n}")).to_string()).collect();
    vault.put(&[entry(&text), entry(&noise)]).unwrap();
    let before = sent();
    vault.put(&[entry(&text), entry(&noise)]).unwrap();
    assert!(sent() - before < 2_000);
}

#[test]
fn the_ledger_is_read_in_order_and_gives_the_same_sums_as_any() {
    let Some(server) = start(&[]) else { return };
    let now = u64::try_from(headroom_store::Clock::system().now()).unwrap() * 1_000;
    let day = 24 * 60 * 60 * 1_000;
    let request = |n: u64| LedgerEntry {
        at: now - (n % 3) * day - n * 1_000,
        request: format!("req_{n}"),
        status: 200,
        model: "gpt-4o".to_owned(),
        tokens: Counted {
            before: 100 + n,
            after: n,
            ..Counted::default()
        },
        ..LedgerEntry::default()
    };
    let entries: Vec<LedgerEntry> = (0..2_500).map(request).collect();
    let (one, other) = (server.vault(), server.vault());
    one.append(&entries[..1_000]).unwrap();
    other.append(&entries[1_000..]).unwrap();
    // As after an answer that was lost on the way.
    other.append(&entries[1_000..]).unwrap();
    one.append(&[]).unwrap();
    let mut read = Vec::new();
    one.read(0..u64::MAX, &mut |entry| read.push(entry)).unwrap();
    assert_eq!(read.len(), 2_500);
    assert!(read.is_sorted_by_key(|entry| entry.at));
    let memory = MemoryVault::default();
    memory.append(&entries).unwrap();
    for span in [0..u64::MAX, now - day..now, now - day / 2..now + 1, 5..5] {
        let sums = |ledger: &dyn Ledger| ledger.savings(span.clone(), &Prices::default()).unwrap();
        let (ours, theirs) = (sums(&one), sums(&memory));
        assert_eq!(
            (ours.total.net, ours.days.len()),
            (theirs.total.net, theirs.days.len())
        );
        assert_eq!(
            ours.models.get("gpt-4o").map(|sum| sum.requests),
            theirs.models.get("gpt-4o").map(|sum| sum.requests)
        );
    }
    let recent = one.recent(1_300).unwrap();
    read.reverse();
    assert_eq!(recent, read[..1_300]);
    let held = one.stats().unwrap().ledger;
    assert!(held.count == 2_500 && held.bytes > 100_000, "{held:?}");
}

#[test]
fn purge_forgets_what_was_asked() {
    let Some(server) = start(&[]) else { return };
    let vault = server.vault();
    let refs = vault.put(&["old, eight", "new"].map(entry)).unwrap();
    vault.put_record([1; 16], b"record").unwrap();
    vault.append(&[LedgerEntry::default()]).unwrap();
    let mut raw = server.raw();
    // Not used for eight days of thirty.
    let name = format!("headroom:o:{{{}}}", refs[0]);
    redis::cmd("EXPIRE")
        .arg(name)
        .arg(22 * 86_400)
        .query::<()>(&mut raw)
        .unwrap();
    redis::cmd("SET")
        .arg("somebody:else")
        .arg("stays")
        .query::<()>(&mut raw)
        .unwrap();
    let purged = vault.purge(Purge::OlderThan(DAY * 7)).unwrap();
    let one = Purged {
        entries: 1,
        bytes: 10 + 8,
        ..Purged::default()
    };
    assert_eq!(purged, one);
    assert_eq!(vault.get(refs[0]).unwrap(), None);
    assert!(vault.get(refs[1]).unwrap().is_some());
    let purged = vault.purge(Purge::All).unwrap();
    assert_eq!((purged.entries, purged.records, purged.requests), (1, 1, 1));
    assert_eq!(vault.stats().unwrap(), Stats::default());
    let left: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut raw).unwrap();
    assert_eq!(left, ["somebody:else"]);
}

#[test]
fn threads_share_a_few_connections() {
    let Some(server) = start(&[]) else { return };
    let vault = server.vault();
    let most = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..24 {
            let (vault, server, most) = (&vault, &server, &most);
            scope.spawn(move || {
                for n in 0..20 {
                    let own = format!("{thread} {n}");
                    for reference in vault.put(&[entry(&own), entry(&format!("shared {n}"))]).unwrap() {
                        assert!(vault.get(reference).unwrap().is_some());
                    }
                }
                let info: String = redis::cmd("INFO")
                    .arg("clients")
                    .query(&mut server.raw())
                    .unwrap();
                let line = info
                    .lines()
                    .find_map(|line| line.strip_prefix("connected_clients:"));
                most.fetch_max(line.unwrap().trim().parse().unwrap(), Ordering::Relaxed);
            });
        }
    });
    assert_eq!(vault.stats().unwrap().originals.count, 20 + 24 * 20);
    // Ours, and at most one beside them for each thread.
    assert!(most.into_inner() <= 16 + 24);
}

#[test]
fn limits_at_their_extremes_do_no_harm() {
    let Some(server) = start(&[]) else { return };
    for age in [Duration::ZERO, Duration::MAX] {
        let vault = server.vault_with("", |options: &mut StoreOptions| {
            options.max_age = age;
            options.ledger_max_age = age;
        });
        let reference = vault.put(&[entry("text")]).unwrap()[0];
        if age > Duration::ZERO {
            assert!(vault.get(reference).unwrap().is_some());
        }
        vault.append(&[LedgerEntry::default()]).unwrap();
        vault.recent(1).unwrap();
    }
}
