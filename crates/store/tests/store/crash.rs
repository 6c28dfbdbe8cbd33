//! A process killed at any moment leaves a store that opens and holds every ref whose put had returned.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::probe::{Probe, entry, noise};
use headroom::ccr::{Ref, Store};
use headroom_store::{SqliteStore, StoreOptions};

/// Tells the child process, which is this very test binary, which file to write.
const CHILD: &str = "HEADROOM_TEST_CRASH_CHILD";

const KILLS: u64 = 25;

/// Puts until killed and prints each ref once its put has returned. As a test of its own it does nothing.
#[test]
fn child() {
    #[expect(clippy::disallowed_methods, reason = "how the parent test talks to its child")]
    let Some(path) = std::env::var_os(CHILD) else {
        return;
    };
    let store = SqliteStore::new(
        path,
        StoreOptions {
            max_bytes: 2 << 20,
            ..StoreOptions::default()
        },
    );
    let mut out = std::io::stderr();
    for n in u64::from(std::process::id()) << 32.. {
        let large = noise(n, 1_000 + usize::try_from(n * 7919 % 60_000).unwrap());
        let refs = store.put(&[entry(&large), entry(&format!("small {n}"))]).unwrap();
        writeln!(out, "ref {} {}", refs[0], refs[1]).unwrap();
    }
}

#[test]
fn killed_at_any_moment_it_holds_what_was_shown() {
    let probe = Probe::new();
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child", "--nocapture"])
            .env(CHILD, &probe.path)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        // Not before the first put, then after anything between nothing and a few puts.
        let mut shown = vec![lines.next().unwrap().unwrap()];
        std::thread::sleep(Duration::from_micros(kill * 1_234 % 20_000));
        child.kill().unwrap();
        child.wait().unwrap();
        // A line the kill cut short was not shown.
        let whole = shown[0].len();
        shown.extend(lines.map_while(Result::ok).filter(|line| line.len() == whole));

        // With the clock of the child: eviction compares uses.
        let store = SqliteStore::new(&probe.path, StoreOptions::default());
        // The newest fill the child's small budget; older ones may have gone by eviction.
        for line in shown.iter().rev().take(20) {
            for reference in line.split_whitespace().skip(1) {
                let reference: Ref = reference.parse().unwrap();
                assert!(
                    store.get(reference).unwrap().is_some(),
                    "kill {kill}: {reference} is lost"
                );
            }
        }
        assert_eq!(store.take_notices(), Vec::<String>::new());
        let check = rusqlite::Connection::open(&probe.path).unwrap();
        let verdict: String = check
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(verdict, "ok");
        let exact: bool = check
            .query_row(
                "SELECT (SELECT entries FROM total) = (SELECT count(*) FROM entry)",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert!(exact);
    }
}
