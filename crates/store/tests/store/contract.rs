//! The contract of the store: one file per test, real SQLite, a clock that the test moves.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::probe::{DAY, Probe, entry, noise};
use headroom::ccr::{Entry, Ref, Store};
use headroom_store::{Purge, Purged, Stats, StoreOptions, Vault};

#[test]
fn what_was_put_comes_back_in_another_store() {
    let probe = Probe::new();
    let entries = [
        entry("{\"a\": 1}"),
        Entry {
            text: "x".repeat(100_000),
            tool: Some("fetch".into()),
        },
        entry(""),
    ];
    let refs = probe.store().put(&entries).unwrap();
    assert_eq!(
        refs,
        entries
            .iter()
            .map(|entry| Ref::of(&entry.text))
            .collect::<Vec<_>>()
    );
    let other = probe.store();
    for (reference, entry) in refs.iter().zip(&entries) {
        assert_eq!(other.get(*reference).unwrap().as_ref(), Some(entry));
    }
    assert_eq!(other.get(Ref::of("never put")).unwrap(), None);
}

#[test]
fn every_character_survives() {
    let probe = Probe::new();
    let all: String = (0..=u32::from(char::MAX)).filter_map(char::from_u32).collect();
    let tool = Some("wérkzeug\0🦀".to_owned());
    let refs = probe
        .store()
        .put(&[Entry {
            text: all.clone(),
            tool: tool.clone(),
        }])
        .unwrap();
    assert_eq!(
        probe.store().get(refs[0]).unwrap(),
        Some(Entry { text: all, tool })
    );
}

#[test]
fn a_huge_original_survives() {
    let probe = Probe::new();
    let text = noise(1, 25 << 20) + &"{\"compressible\": true}\n".repeat((25 << 20) / 23);
    assert!(text.len() > 50_000_000);
    let refs = probe.store().put(&[entry(&text)]).unwrap();
    assert!(
        probe
            .store()
            .get(refs[0])
            .unwrap()
            .is_some_and(|entry| entry.text == text)
    );
}

#[test]
fn the_same_text_twice_is_one_entry() {
    let probe = Probe::new();
    let store = probe.store();
    let refs = store
        .put(&[entry("same"), entry("other"), entry("same")])
        .unwrap();
    assert_eq!((refs[0], refs.len()), (refs[2], 3));
    store.put(&[entry("same")]).unwrap();
    assert_eq!(store.stats().unwrap().originals.count, 2);
}

#[test]
fn asking_makes_no_file() {
    let probe = Probe::new();
    let store = probe.store();
    assert_eq!(store.get(Ref::of("x")).unwrap(), None);
    assert_eq!(store.stats().unwrap(), Stats::default());
    assert_eq!(store.purge(Purge::All).unwrap(), Purged::default());
    assert!(!probe.path.parent().unwrap().exists());
}

#[cfg(unix)]
#[test]
fn files_are_for_the_owner_alone() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let probe = Probe::new();
    let store = probe.store();
    store.put(&[entry("secret")]).unwrap();
    let folder = probe.path.parent().unwrap();
    assert_eq!((mode(folder), mode(folder.parent().unwrap())), (0o700, 0o700));
    let files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert_eq!(
        files.len(),
        4,
        "database, its lock, log, index of the log: {files:?}"
    );
    assert!(files.iter().all(|file| mode(file) == 0o600));
    drop(store);
    fs::set_permissions(&probe.path, fs::Permissions::from_mode(0o644)).unwrap();
    probe.store().put(&[entry("another")]).unwrap();
    assert_eq!(mode(&probe.path), 0o600);
}

#[test]
fn the_longest_unused_go_when_the_budget_is_full() {
    let probe = Probe::new();
    let store = probe.store_with(|options| options.max_bytes = 85_000);
    let texts: Vec<String> = (0..8).map(|seed| noise(seed, 20_000)).collect();
    for text in &texts {
        probe.pass(DAY / 24);
        store.put(&[entry(text)]).unwrap();
        // The first stays in use.
        assert!(store.get(Ref::of(&texts[0])).unwrap().is_some());
    }
    let held: Vec<bool> = texts
        .iter()
        .map(|text| store.get(Ref::of(text)).unwrap().is_some())
        .collect();
    // Each takes 16,500 bytes: five fit.
    assert_eq!(held, [true, false, false, false, true, true, true, true]);
    assert!((80_000..85_000).contains(&store.stats().unwrap().originals.stored_bytes));
}

#[test]
fn a_put_larger_than_the_budget_keeps_its_own_entries() {
    let probe = Probe::new();
    let store = probe.store_with(|options| options.max_bytes = 10_000);
    store.put(&[entry(&noise(100, 5_000))]).unwrap();
    let batch: Vec<Entry> = (0..5).map(|seed| entry(&noise(seed, 20_000))).collect();
    // One of them is the longest unused when the rest arrives.
    store.put(&batch[..1]).unwrap();
    probe.pass(DAY);
    for reference in store.put(&batch).unwrap() {
        assert!(store.get(reference).unwrap().is_some());
    }
    assert_eq!(store.stats().unwrap().originals.count, 5);
}

#[test]
fn age_counts_from_the_last_use() {
    let probe = Probe::new();
    let store = probe.store();
    let kept_by_get = store.put(&[entry("read now and then")]).unwrap()[0];
    let kept_by_put = store.put(&[entry("sent turn after turn")]).unwrap()[0];
    let forgotten = store.put(&[entry("never asked for")]).unwrap()[0];
    for _ in 0..3 {
        probe.pass(DAY * 20);
        assert!(store.get(kept_by_get).unwrap().is_some());
        store.put(&[entry("sent turn after turn")]).unwrap();
    }
    store.put(&[entry("a put that trims")]).unwrap();
    assert!(store.get(kept_by_get).unwrap().is_some());
    assert!(store.get(kept_by_put).unwrap().is_some());
    assert_eq!(store.get(forgotten).unwrap(), None);
}

#[test]
fn a_use_is_written_down_at_most_once_in_a_while() {
    let probe = Probe::new();
    let store = probe.store();
    let start = probe.now.load(Ordering::Relaxed);
    let reference = store.put(&[entry("text")]).unwrap()[0];
    probe.pass(Duration::from_mins(1));
    store.get(reference).unwrap();
    store.put(&[entry("text")]).unwrap();
    assert_eq!(store.stats().unwrap().oldest_use, Some(start));
    probe.pass(Duration::from_mins(10));
    store.get(reference).unwrap();
    assert_eq!(store.stats().unwrap().oldest_use, Some(start + 660));
}

#[test]
fn purge_forgets_what_was_not_used_lately() {
    let probe = Probe::new();
    let store = probe.store();
    let old = store.put(&[entry("old, eight")]).unwrap()[0];
    probe.pass(DAY * 8);
    let new = store.put(&[entry("new")]).unwrap()[0];
    let purged = store.purge(Purge::OlderThan(DAY * 7)).unwrap();
    assert_eq!(
        purged,
        Purged {
            entries: 1,
            bytes: 10,
            ..Purged::default()
        }
    );
    assert_eq!(store.get(old).unwrap(), None);
    assert!(store.get(new).unwrap().is_some());
}

#[test]
fn purge_leaves_no_bytes_behind() {
    let probe = Probe::new();
    let store = probe.store();
    // So short a noise is stored as it is, and its bytes can be looked for.
    let secret = noise(7, 40);
    let is_on_disc = || {
        probe
            .bytes_on_disc()
            .windows(40)
            .any(|bytes| bytes == secret.as_bytes())
    };
    store.put(&[entry(&secret), entry(&noise(8, 3_000_000))]).unwrap();
    assert!(is_on_disc());
    assert!(store.stats().unwrap().file_bytes > 2_000_000);
    assert_eq!(store.purge(Purge::All).unwrap().entries, 2);
    assert!(store.stats().unwrap().file_bytes < 200_000);
    assert!(!is_on_disc());
    store.put(&[entry("goes on")]).unwrap();
}

#[test]
fn threads_and_stores_share_one_file() {
    let probe = Probe::new();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let store = probe.store();
            scope.spawn(move || {
                for n in 0..40 {
                    let shared = entry(&format!("shared {n}"));
                    let own = entry(&format!("writer {writer} text {n}"));
                    for reference in store.put(&[shared, own]).unwrap() {
                        assert!(store.get(reference).unwrap().is_some());
                    }
                }
            });
        }
    });
    assert_eq!(probe.store().stats().unwrap().originals.count, 40 + 4 * 40);
}

#[test]
fn one_store_serves_several_threads() {
    let probe = Probe::new();
    let store = probe.store();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for n in 0..40 {
                    let reference = store.put(&[entry(&format!("{thread} {n}"))]).unwrap()[0];
                    assert!(store.get(reference).unwrap().is_some());
                }
            });
        }
    });
}

#[test]
fn limits_at_their_extremes_do_no_harm() {
    let probe = Probe::new();
    let set = |options: &mut StoreOptions| {
        options.max_bytes = u64::MAX;
        options.max_age = Duration::MAX;
        options.refresh_after = Duration::MAX;
    };
    let reference = probe.store_with(set).put(&[entry("text")]).unwrap()[0];
    probe.pass(DAY * 1000);
    assert!(probe.store_with(set).get(reference).unwrap().is_some());
    let none = |options: &mut StoreOptions| {
        options.max_bytes = 0;
        options.max_age = Duration::ZERO;
        options.refresh_after = Duration::ZERO;
    };
    let own = probe.store_with(none).put(&[entry("just put")]).unwrap()[0];
    assert!(probe.store_with(none).get(own).unwrap().is_some());
}
