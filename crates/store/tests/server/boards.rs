//! Boards on a server: what holds for every vault, what the server expires, and what writers leave that die.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use crate::running::{entry, start, vault};
use headroom::ccr::Store;
use headroom_store::{Boards, Clock, MAX_PINNED, Purge, SharedValue, Spot, Stats, Vault, share, shared};

const DAY: Duration = Duration::from_hours(24);

fn at<'a>(board: &'a str, name: &'a str) -> Spot<'a> {
    Spot { board, name }
}

#[test]
fn what_one_machine_pins_another_reads() {
    let Some(server) = start(&[]) else { return };
    let (one, other) = (server.vault(), server.vault());
    let value: Vec<u8> = (0..=255).cycle().take(20_000).collect();
    for name in ["b", "a", "c", "b"] {
        one.pin(at("team", name), b"first", None).unwrap();
        one.pin(at("team", name), &value, None).unwrap();
    }
    one.pin(at("other", "b"), b"", None).unwrap();
    assert_eq!(other.pinned(at("team", "b")).unwrap(), Some(value));
    assert_eq!(other.pinned(at("other", "b")).unwrap(), Some(Vec::new()));
    assert_eq!(other.pinned(at("team", "d")).unwrap(), None);
    assert_eq!(other.names("team").unwrap(), ["a", "c", "b"]);
    assert_eq!(other.stats().unwrap().pinned.count, 4);
    assert!(other.unpin(at("team", "c")).unwrap());
    assert!(!one.unpin(at("team", "c")).unwrap());
    assert_eq!(one.names("team").unwrap(), ["a", "b"]);
    assert_eq!(one.clear("team").unwrap(), 2);
    assert_eq!(other.names("team").unwrap(), [""; 0]);
    assert_eq!(other.names("other").unwrap(), ["b"]);
    // What the server holds says nothing of the names of boards.
    let names: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut server.raw()).unwrap();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.iter().all(|name| !name.contains("other")));
}

#[test]
fn lifetimes_and_ages_are_the_servers_to_end() {
    let Some(server) = start(&[]) else { return };
    let vault = server.vault_with("", |options| options.max_age = DAY * 3);
    let left = |prefix: &str| -> Vec<i64> {
        let mut raw = server.raw();
        let names: Vec<String> = redis::cmd("KEYS")
            .arg(format!("{prefix}*"))
            .query(&mut raw)
            .unwrap();
        let of = |name: &String| redis::cmd("TTL").arg(name).query(&mut raw).unwrap();
        names.iter().map(of).collect()
    };
    let seconds = |left: &[i64], wanted: i64| assert!((wanted - 5..=wanted).contains(&left[0]), "{left:?}");
    vault
        .pin(at("team", "name"), b"value", Some(Duration::from_secs(100)))
        .unwrap();
    seconds(&left("headroom:p:"), 100);
    seconds(&left("headroom:b:"), 3 * 86_400);
    // A use does not prolong it.
    vault.pinned(at("team", "name")).unwrap();
    seconds(&left("headroom:p:"), 100);
    vault.pin(at("team", "name"), b"value", None).unwrap();
    let mut raw = server.raw();
    let names: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut raw).unwrap();
    for name in names {
        redis::cmd("EXPIRE")
            .arg(name)
            .arg(50)
            .query::<()>(&mut raw)
            .unwrap();
    }
    vault.pinned(at("team", "name")).unwrap();
    seconds(&left("headroom:p:"), 3 * 86_400);
    seconds(&left("headroom:b:"), 3 * 86_400);
    for lifetime in [Duration::ZERO, Duration::MAX] {
        vault.pin(at("team", "name"), b"value", Some(lifetime)).unwrap();
        assert!(vault.pinned(at("team", "name")).unwrap().is_some());
    }
}

#[test]
fn a_use_in_its_last_second_keeps_no_value_longer() {
    let Some(server) = start(&[]) else { return };
    let vault = server.vault();
    vault
        .pin(at("team", "name"), b"value", Some(Duration::from_secs(1)))
        .unwrap();
    let give_up = Instant::now() + Duration::from_secs(10);
    while vault.pinned(at("team", "name")).unwrap().is_some() {
        assert!(Instant::now() < give_up);
    }
    assert_eq!(vault.names("team").unwrap(), [""; 0]);
    assert!(!vault.unpin(at("team", "name")).unwrap());
}

#[test]
fn a_value_whose_time_is_over_is_gone_although_the_server_has_it() {
    let Some(server) = start(&[]) else { return };
    let now = Arc::new(AtomicI64::new(Clock::system().now()));
    let clock = Arc::clone(&now);
    let vault = server.vault_with("", |options| {
        options.clock = Clock::from_fn(move || clock.load(Ordering::Relaxed));
    });
    vault
        .pin(at("team", "name"), b"value", Some(Duration::from_secs(100)))
        .unwrap();
    now.fetch_add(101, Ordering::Relaxed);
    assert_eq!(vault.pinned(at("team", "name")).unwrap(), None);
}

#[test]
fn names_without_values_are_not_listed() {
    let Some(server) = start(&[]) else { return };
    let vault = server.vault();
    for name in ["a", "b"] {
        vault.pin(at("team", name), b"value", None).unwrap();
    }
    // As when its time is over, or its writer died before the value was there.
    let mut raw = server.raw();
    let names: Vec<String> = redis::cmd("KEYS").arg("headroom:p:*").query(&mut raw).unwrap();
    redis::cmd("DEL").arg(&names[0]).query::<()>(&mut raw).unwrap();
    assert_eq!(vault.names("team").unwrap().len(), 1);
    assert_eq!(vault.clear("team").unwrap(), 1);
}

#[test]
fn a_board_holds_the_values_pinned_last() {
    let Some(server) = start(&[]) else { return };
    let vault = server.vault();
    for n in 0..MAX_PINNED + 3 {
        vault.pin(at("team", &n.to_string()), b"value", None).unwrap();
    }
    let names = vault.names("team").unwrap();
    assert_eq!((names.len(), names[0].as_str()), (MAX_PINNED, "3"));
    assert_eq!(vault.pinned(at("team", "2")).unwrap(), None);
    assert_eq!(vault.stats().unwrap().pinned.count, MAX_PINNED as u64);
}

/// A port that leads to the server's, and takes its time with what is large.
fn slow_road(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let (mut answers, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut answers, &mut back));
            std::thread::spawn(move || {
                let mut piece = vec![0; 100_000];
                while let Ok(length @ 1..) = client.read(&mut piece) {
                    server.write_all(&piece[..length]).unwrap();
                    if length > 10_000 {
                        std::thread::sleep(Duration::from_millis(5));
                    }
                }
            });
        }
    });
    own
}

#[test]
fn a_value_taken_off_while_it_is_written_is_listed_when_it_is_there() {
    let Some(server) = start(&[]) else { return };
    let road = format!("redis://127.0.0.1:{}", slow_road(server.port));
    let (writer, cleaner) = (vault(&road, |_| {}), server.vault());
    // It does not get smaller.
    let mut state = 1_u64;
    let value: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    })
    .take(1_000_000)
    .collect();
    for round in 0..4 {
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                writer.pin(at("team", "name"), &value, None).unwrap();
                is_done.store(true, Ordering::Relaxed);
            });
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    cleaner.clear("team").unwrap();
                    std::thread::sleep(Duration::from_millis(2));
                }
            });
        });
        let is_there = cleaner.pinned(at("team", "name")).unwrap().is_some();
        let listed = cleaner.names("team").unwrap().len();
        assert_eq!(listed, usize::from(is_there), "round {round}");
    }
}

#[test]
fn a_wrong_body_is_missing_and_the_next_pin_heals_it() {
    let Some(server) = start(&[]) else { return };
    let vault = server.vault();
    let mut raw = server.raw();
    vault.pin(at("team", "name"), b"value", None).unwrap();
    let names: Vec<String> = redis::cmd("KEYS").arg("headroom:p:*").query(&mut raw).unwrap();
    for wrong in [&b""[..], b"\0", &[0xff; 40], b"value"] {
        redis::cmd("SET")
            .arg(&names[0])
            .arg(wrong)
            .query::<()>(&mut raw)
            .unwrap();
        assert_eq!(vault.pinned(at("team", "name")).unwrap(), None);
        assert_eq!(vault.take_notices().len(), 1);
        vault.pin(at("team", "name"), b"value", None).unwrap();
        assert_eq!(vault.pinned(at("team", "name")).unwrap(), Some(b"value".to_vec()));
    }
}

#[test]
fn purge_covers_boards() {
    let Some(server) = start(&[]) else { return };
    let vault = server.vault();
    vault.put(&[entry("text")]).unwrap();
    vault.pin(at("team", "name"), b"value", None).unwrap();
    assert_eq!(vault.purge(Purge::OlderThan(DAY)).unwrap().pinned, 0);
    assert_eq!(vault.purge(Purge::All).unwrap().pinned, 1);
    assert_eq!(vault.stats().unwrap(), Stats::default());
    let left: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut server.raw()).unwrap();
    assert_eq!(left, [""; 0]);
}

#[test]
fn a_server_killed_between_puts_keeps_what_it_acknowledged() {
    let Some(mut server) = start(&[]) else { return };
    let vault = server.vault();
    let value = |n: u64| SharedValue {
        text: format!("text {n}"),
        ..SharedValue::default()
    };
    for round in 0..3 {
        let name = round.to_string();
        share(
            &vault,
            at("team", &name),
            format!("original {round}"),
            value(round),
            None,
        )
        .unwrap();
        server.kill();
        let error = share(&vault, at("team", "lost"), "lost".to_owned(), value(9), None).unwrap_err();
        assert!(error.hint.is_some(), "{error}");
        server.restart();
        for known in 0..=round {
            let name = known.to_string();
            let (read, original) = shared(&vault, at("team", &name)).unwrap().unwrap();
            assert_eq!(
                (read.text, original),
                (format!("text {known}"), format!("original {known}"))
            );
        }
        assert_eq!(shared(&vault, at("team", "lost")).unwrap(), None);
    }
}
