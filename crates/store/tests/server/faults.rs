//! Servers that die, forget, refuse, lie or say nothing: an error with a hint or a miss, never wrong text, and
//! no loss of what was acknowledged.

use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::running::{entry, free_port, start, vault};
use headroom::ErrorCode;
use headroom::ccr::{Ref, Store};
use headroom_store::{Records, RedisVault, StoreOptions, Vault};

#[test]
fn law_4_a_server_killed_during_puts_keeps_what_it_acknowledged() {
    let Some(mut server) = start(&[]) else { return };
    let vault = server.vault();
    for round in 0..3 {
        let (is_down, acknowledged) = (AtomicBool::new(false), AtomicU64::new(0));
        let shown = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..4)
                .map(|writer| {
                    let (vault, is_down, acknowledged) = (&vault, &is_down, &acknowledged);
                    scope.spawn(move || {
                        let mut shown = Vec::new();
                        for n in 0.. {
                            let text = format!("round {round} writer {writer} text {n} ").repeat(50);
                            match vault.put(&[entry(&text)]) {
                                Ok(refs) => {
                                    shown.extend(refs);
                                    acknowledged.fetch_add(1, Ordering::Relaxed);
                                }
                                Err(error) => {
                                    assert_eq!(error.code, ErrorCode::Store);
                                    assert!(error.hint.is_some(), "{error}");
                                    assert!(is_down.load(Ordering::Relaxed), "{error}");
                                    break;
                                }
                            }
                        }
                        shown
                    })
                })
                .collect();
            // In the midst of it, however slow the disc is.
            let go_on = || !writers.iter().all(std::thread::ScopedJoinHandle::is_finished);
            while acknowledged.load(Ordering::Relaxed) < 20 && go_on() {
                std::thread::sleep(Duration::from_millis(1));
            }
            is_down.store(true, Ordering::Relaxed);
            server.kill();
            let shown = writers.into_iter().flat_map(|writer| writer.join().unwrap());
            shown.collect::<Vec<Ref>>()
        });
        assert!(shown.len() >= 20, "{}", shown.len());
        assert!(vault.get(shown[0]).is_err());
        server.restart();
        // The same vault goes on, although its connections are gone.
        for reference in shown {
            assert!(vault.get(reference).unwrap().is_some(), "{reference} is lost");
        }
    }
}

#[test]
fn a_wrong_body_is_missing_and_the_next_put_heals_it() {
    let Some(server) = start(&[]) else { return };
    let vault = server.vault();
    let texts = ["the text that was stored", "another text"];
    let refs = vault.put(&texts.map(entry)).unwrap();
    vault.put_record([1; 16], b"record").unwrap();
    let names = [
        format!("headroom:o:{{{}}}", refs[0]),
        format!("headroom:o:{{{}}}", refs[1]),
        format!("headroom:r:{{{}}}", "01".repeat(16)),
    ];
    let mut raw = server.raw();
    let other: Vec<u8> = redis::cmd("GET").arg(&names[1]).query(&mut raw).unwrap();
    for wrong in [&other[..], b"", b"\0", &[0xff; 40], b"the text that was stored"] {
        for name in [&names[0], &names[2]] {
            redis::cmd("SET")
                .arg(name)
                .arg(wrong)
                .query::<()>(&mut raw)
                .unwrap();
        }
        assert_eq!(vault.get(refs[0]).unwrap(), None);
        assert_eq!(vault.get_record([1; 16]).unwrap(), None);
        assert_eq!(vault.take_notices().len(), 2);
        vault.put(&texts.map(entry)).unwrap();
        vault.put_record([1; 16], b"record").unwrap();
        assert_eq!(vault.get(refs[0]).unwrap(), Some(entry(texts[0])));
        assert_eq!(vault.get_record([1; 16]).unwrap(), Some(b"record".to_vec()));
    }
    // A put heals it by itself where the start is wrong.
    redis::cmd("SET")
        .arg(&names[0])
        .arg([0xff_u8; 40].as_slice())
        .query::<()>(&mut raw)
        .unwrap();
    vault.put(&texts.map(entry)).unwrap();
    assert_eq!(vault.get(refs[0]).unwrap(), Some(entry(texts[0])));
    // A sealed text under a ref that is not its own.
    let sealed: Vec<u8> = redis::cmd("GET").arg(&names[2]).query(&mut raw).unwrap();
    redis::cmd("SET")
        .arg(&names[0])
        .arg(sealed)
        .query::<()>(&mut raw)
        .unwrap();
    assert_eq!(vault.get(refs[0]).unwrap(), None);
    redis::cmd("DEL").arg(&names[0]).query::<()>(&mut raw).unwrap();
    redis::cmd("RPUSH")
        .arg(&names[0])
        .arg("a list")
        .query::<()>(&mut raw)
        .unwrap();
    assert_eq!(vault.get(refs[0]).unwrap_err().code, ErrorCode::Store);
}

#[test]
fn refused_credentials_are_told_and_not_repeated() {
    let Some(server) = start(&["--requirepass", "correct horse"]) else {
        return;
    };
    let port = server.port;
    for address in [
        format!("redis://127.0.0.1:{port}"),
        format!("redis://:hunter2@127.0.0.1:{port}"),
        format!("redis://anna:hunter2@127.0.0.1:{port}"),
    ] {
        let error = vault(&address, |_| {}).put(&[entry("text")]).unwrap_err();
        let told = error.to_string();
        assert!(told.contains("refused the credentials"), "{told}");
        assert!(told.contains("HEADROOM_REDIS_PASSWORD"), "{told}");
        assert!(told.contains("127.0.0.1") && !told.contains("hunter2"), "{told}");
    }
    let right = vault(&format!("redis://:correct%20horse@127.0.0.1:{port}"), |_| {});
    right.put(&[entry("text")]).unwrap();
    assert!(!format!("{right:?}{}", right.place()).contains("horse"));
    let environment = |name: &str| (name == "HEADROOM_REDIS_PASSWORD").then(|| "correct horse".into());
    let by_environment = RedisVault::new(&server.address(), StoreOptions::default(), environment).unwrap();
    assert!(by_environment.get(Ref::of("text")).unwrap().is_some());
}

#[test]
fn replicas_are_waited_for_where_asked() {
    let Some(primary) = start(&[]) else { return };
    let alone = primary.vault_with("?replicas=1", |options| {
        options.patience = Duration::from_millis(500);
    });
    let error = alone.put(&[entry("text")]).unwrap_err().to_string();
    assert!(error.contains("0 replicas of the 1 asked for"), "{error}");
    assert!(alone.put_record([1; 16], b"record").is_err());
    let port = primary.port.to_string();
    let Some(replica) = start(&[
        "--replicaof",
        "127.0.0.1",
        &port,
        "--repl-diskless-sync-delay",
        "0",
    ]) else {
        return;
    };
    let vault = primary.vault_with("?replicas=1", |_| {});
    let give_up = Instant::now() + Duration::from_secs(30);
    while let Err(error) = vault.put(&[entry("text")]) {
        assert!(Instant::now() < give_up, "{error}");
    }
    let reference = vault.put(&[entry("only now")]).unwrap()[0];
    let name = format!("headroom:o:{{{reference}}}");
    let there: u64 = redis::cmd("EXISTS").arg(name).query(&mut replica.raw()).unwrap();
    assert_eq!(there, 1);
    let error = replica.vault().put(&[entry("new")]).unwrap_err();
    assert!(error.hint.is_some_and(|hint| hint.contains("primary")));
}

#[test]
fn law_4_a_full_server_refuses_a_put() {
    let Some(server) = start(&["--maxmemory", "3mb", "--maxmemory-policy", "noeviction"]) else {
        return;
    };
    let vault = server.vault();
    let mut shown = Vec::new();
    let error = (0..).find_map(|n| {
        let noise: String = (0..2_000)
            .map(|m| Ref::of(&format!("{n} {m}")).to_string())
            .collect();
        match vault.put(&[entry(&noise)]) {
            Ok(refs) => {
                shown.extend(refs);
                assert!(shown.len() < 1_000);
                None
            }
            Err(error) => Some(error),
        }
    });
    assert!(error.unwrap().hint.unwrap().contains("maxmemory"));
    for reference in shown {
        // A full server refuses to write down a use as well; the text is what counts.
        match vault.get(reference) {
            Ok(found) => assert!(found.is_some()),
            Err(error) => assert!(error.hint.unwrap().contains("maxmemory")),
        }
    }
}

#[test]
fn nobody_listening_is_told_and_nothing_is_tried_before() {
    let address = format!("redis://127.0.0.1:{}", free_port());
    let vault = vault(&address, |_| {});
    assert_eq!(vault.place(), address);
    let error = vault.put(&[entry("text")]).unwrap_err();
    assert_eq!(error.code, ErrorCode::Store);
    assert!(error.hint.unwrap().contains("whether the server runs"));
    assert!(vault.get(Ref::of("text")).is_err());
    assert!(vault.stats().is_err());
}

#[test]
fn a_server_that_says_nothing_is_given_up_after_the_patience() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("redis://{}", silent.local_addr().unwrap());
    let vault = vault(&address, |options| options.patience = Duration::from_millis(200));
    let start = Instant::now();
    let error = vault.put(&[entry("text")]).unwrap_err();
    let took = start.elapsed();
    assert!(
        took >= Duration::from_millis(190) && took < Duration::from_secs(20),
        "{took:?}"
    );
    assert!(error.hint.is_some(), "{error}");
}

/// A request asks more than once, and a proxy for many requests: only the first waits.
#[test]
fn a_server_that_said_nothing_is_left_alone_for_a_while_and_found_again() {
    let Some(mut server) = start(&[]) else { return };
    let vault = server.vault_with("", |options| options.patience = Duration::from_millis(300));
    let reference = vault.put(&[entry("text")]).unwrap()[0];
    server.freeze();
    let begun = Instant::now();
    assert!(vault.get(reference).is_err());
    assert!(begun.elapsed() >= Duration::from_millis(290));
    let begun = Instant::now();
    for _ in 0..50 {
        let error = vault.get(reference).unwrap_err();
        assert!(error.to_string().contains("said nothing"), "{error}");
    }
    assert!(
        begun.elapsed() < Duration::from_millis(290),
        "{:?}",
        begun.elapsed()
    );
    server.thaw();
    let give_up = Instant::now() + Duration::from_secs(20);
    while vault.get(reference).is_err() {
        assert!(Instant::now() < give_up, "it is not found again");
        std::thread::sleep(Duration::from_millis(20));
    }
    // All is as before.
    assert!(vault.get(reference).unwrap().is_some());
}

#[test]
fn something_else_that_answers_is_no_server() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("redis://{}", other.local_addr().unwrap());
    let talk = std::thread::spawn(move || {
        use std::io::Write;
        let (mut stream, _) = other.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        std::thread::sleep(Duration::from_millis(50));
    });
    let vault = vault(&address, |options| options.patience = Duration::from_secs(5));
    assert_eq!(vault.put(&[entry("text")]).unwrap_err().code, ErrorCode::Store);
    talk.join().unwrap();
}
