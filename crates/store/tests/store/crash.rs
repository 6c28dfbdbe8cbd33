//! A process killed at any moment leaves a store that opens and holds every ref whose put had returned.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::probe::{Probe, entry, noise};
use headroom::ccr::{Ref, Store};
use headroom_store::{SqliteStore, StoreOptions};

/// Tells the child process, which is this very test binary, which file to write.
const CHILD: &str = "HEADROOM_TEST_CRASH_CHILD";

const KILLS: u64 = 25;

/// Refs that surely fit the child's budget together.
const NEWEST: usize = 40;

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

fn spawn(probe: &Probe) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--nocapture"])
        .env(CHILD, &probe.path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Lets the child run on for a while, kills it and returns the refs it had shown, oldest first.
fn kill(mut child: Child, after: Duration) -> Vec<Ref> {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    // Not before its first put has returned.
    let mut shown = vec![lines.next().unwrap().unwrap()];
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    // A line the kill cut short was not shown.
    let whole = shown[0].len();
    shown.extend(lines.map_while(Result::ok).filter(|line| line.len() == whole));
    let refs = shown.iter().flat_map(|line| line.split_whitespace().skip(1));
    refs.map(|reference| reference.parse().unwrap()).collect()
}

#[test]
fn killed_at_any_moment_it_holds_what_was_shown() {
    let probe = Probe::new();
    for round in 0..KILLS {
        let shown = kill(spawn(&probe), Duration::from_micros(round * 1_234 % 20_000));
        assert_holds(&probe, &shown);
    }
}

#[test]
fn processes_share_one_file() {
    let probe = Probe::new();
    let children: Vec<Child> = (0..3).map(|_| spawn(&probe)).collect();
    let shown: Vec<Vec<Ref>> = children
        .into_iter()
        .map(|child| kill(child, Duration::from_millis(50)))
        .collect();
    // The last one was killed last; what the others showed may have gone by its evictions.
    assert_holds(&probe, &shown[2]);
}

/// The newest of `shown` are there (older ones may have gone by eviction), and the file is in order.
fn assert_holds(probe: &Probe, shown: &[Ref]) {
    // With the clock of the child: eviction compares uses.
    let store = SqliteStore::new(&probe.path, StoreOptions::default());
    for reference in shown.iter().rev().take(NEWEST) {
        assert!(store.get(*reference).unwrap().is_some(), "{reference} is lost");
    }
    assert_eq!(store.take_notices(), Vec::<String>::new());
    let file = rusqlite::Connection::open(&probe.path).unwrap();
    let verdict: String = file
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
    let totals = "SELECT (SELECT entries FROM total) = (SELECT count(*) FROM entry)";
    assert!(file.query_row(totals, [], |row| row.get::<_, bool>(0)).unwrap());
}
