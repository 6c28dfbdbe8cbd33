//! `headroom stats` and `headroom savings`: what was saved, and what it cost.

use headroom_store::ledger::{Counted, Hidden, Ledger, LedgerEntry, Part, Usage};
use headroom_store::{Clock, Records, SqliteStore, StoreOptions};

use crate::console::Console;
use crate::samples::records;

/// Noon on the 25th of November 2026, in seconds since 1970.
const NOON: i64 = 1_795_608_000;

const HOUR: u64 = 60 * 60 * 1000;

/// A console at noon.
fn console() -> Console {
    let mut console = Console::new();
    console.clock = Clock::from_fn(|| NOON);
    console
}

/// A request so many hours before noon.
fn request(hours: u64) -> LedgerEntry {
    LedgerEntry {
        at: 1_795_608_000_000 - hours * HOUR,
        request: format!("req_{hours}"),
        provider: "anthropic".to_owned(),
        model: "claude-sonnet-4-5-20250929".to_owned(),
        format: "anthropic_messages".to_owned(),
        agent: Some("claude-cli".to_owned()),
        status: 200,
        stream: true,
        tokens: Counted {
            before: 42_000,
            after: 18_500,
            counter: "estimate".to_owned(),
            exact: false,
        },
        usage: Some(Usage {
            input: Some(1_200),
            cache_read: Some(30_000),
            cache_write_5m: Some(6_400),
            output: Some(700),
            ..Usage::default()
        }),
        tool_tokens: 180,
        verdicts: [("lossless", 3), ("compressed", 2), ("below_min", 5)]
            .map(|(name, count)| (name.to_owned(), count))
            .into(),
        parts: vec![
            part(Some("Bash"), "log", 30_000, 9_500),
            part(Some("mcp__tracker__list_issues"), "json", 11_000, 8_000),
            part(None, "prose", 1_000, 1_000),
        ],
        upstream_ms: 4_200,
        added_us: 2_300,
        first_byte_ms: Some(310),
        ..LedgerEntry::default()
    }
}

fn part(tool: Option<&str>, kind: &str, before: u64, after: u64) -> Part {
    Part {
        tool: tool.map(str::to_owned),
        kind: kind.to_owned(),
        before,
        after,
    }
}

/// A request with a hidden round.
fn with_round(hours: u64) -> LedgerEntry {
    let usage = Usage {
        input: Some(900),
        cache_read: Some(37_000),
        output: Some(60),
        ..Usage::default()
    };
    let entry = request(hours);
    LedgerEntry {
        usage: entry.usage.map(|first| first.plus(&usage)),
        hidden: Hidden { rounds: 1, usage },
        ..entry
    }
}

/// A request to a model nobody knows a price of.
fn local(hours: u64) -> LedgerEntry {
    LedgerEntry {
        model: "my-own-model".to_owned(),
        usage: None,
        tokens: Counted {
            exact: true,
            ..request(0).tokens
        },
        ..request(hours)
    }
}

fn append(console: &Console, entries: &[LedgerEntry]) {
    let options = StoreOptions {
        clock: Clock::from_fn(|| NOON),
        ..StoreOptions::default()
    };
    let store = SqliteStore::new(console.path("home").join("store.db"), options);
    store.append(entries).unwrap();
    store.put_record([7; 16], &[b'x'; 4_000]).unwrap();
}

fn week(console: &Console) {
    let refused = LedgerEntry {
        status: 529,
        ..request(2)
    };
    append(
        console,
        &[
            request(1),
            refused,
            with_round(3),
            local(30),
            request(100),
            request(24 * 40),
        ],
    );
}

#[test]
fn the_net_effect_is_told_with_what_it_cost() {
    let console = console();
    week(&console);
    console.expect("savings", &console.run(&["savings"]));
    console.expect("savings-csv", &console.run(&["savings", "--csv", "--days", "7"]));
    console.expect(
        "savings-json",
        &console.run(&["savings", "--json", "--days", "1"]),
    );
}

#[test]
fn a_loss_is_told_as_one() {
    let console = console();
    let mut loss = with_round(1);
    loss.tokens.after = 41_900;
    append(&console, &[loss]);
    console.expect("savings-loss", &console.run(&["savings", "--days", "1"]));
}

#[test]
fn nothing_is_told_as_nothing() {
    let console = console();
    console.expect("savings-none", &console.run(&["savings"]));
    console.expect("stats-none", &console.run(&["stats"]));
    assert!(!console.path("home").exists(), "asking makes no store");
}

#[test]
fn prices_are_the_users_own() {
    let console = console();
    week(&console);
    let own = r#"{"currency": "EUR", "as_of": "today",
        "models": {"my-*": {"input": 2, "output": 8}, "claude*": {"input": 1, "output": 2}}}"#;
    std::fs::write(console.path("home/prices.json"), own).unwrap();
    let ran = console.run(&["savings", "--days", "7"]);
    assert!(ran.text().contains("EUR") && ran.text().contains("list prices of today"));
    assert!(!ran.text().contains("no price"), "{}", ran.text());
    std::fs::write(console.path("home/prices.json"), "{\"models\": 3}").unwrap();
    let ran = console.run(&["savings"]);
    assert_eq!(ran.code, 2);
    console.expect("savings-bad-prices", &ran);
}

#[test]
fn what_is_stored_is_told() {
    let mut console = console();
    console.pipe(records().to_string()).run(&["compress", "--ccr"]);
    week(&console);
    let ran = console.run(&["stats"]);
    // The size of a file is SQLite's.
    let on_disc = |line: &str| line.ends_with(" on disc");
    assert!(ran.text().lines().any(on_disc), "{}", ran.text());
    let rest: Vec<&str> = ran.text().lines().filter(|line| !on_disc(line)).collect();
    let told = crate::console::Ran {
        stdout: (rest.join("\n") + "\n").into_bytes(),
        ..console.run(&["stats"])
    };
    console.expect("stats", &told);
    let json = console.run(&["stats", "--json"]);
    let json: serde_json::Value = serde_json::from_str(json.text()).unwrap();
    assert_eq!(json["stored"]["records"]["count"], 1);
    assert_eq!(json["last_24_hours"]["total"]["net"], 2 * (23_500 - 180) - 37_900);
}

#[test]
fn everything_is_purged_with_the_ledger() {
    let mut console = console();
    week(&console);
    console.terminals.stdin = true;
    let asked = console.run(&["purge", "--all"]);
    assert!(
        asked.stderr.contains(" and the ledger of 6 requests in "),
        "{}",
        asked.stderr
    );
    console.terminals.stdin = false;
    console.expect("purge-ledger", &console.run(&["purge", "--all", "--yes"]));
    let ran = console.run(&["savings", "--json"]);
    let json: serde_json::Value = serde_json::from_str(ran.text()).unwrap();
    assert_eq!(json["total"]["requests"], 0);
}

#[test]
fn every_line_fits_a_screen_and_needs_no_colour() {
    let console = console();
    let mut wide = request(1);
    wide.model = "a-provider/a-model-with-a-name-that-goes-on-and-on-and-on".to_owned();
    wide.tokens.before = 1_234_567_890;
    wide.parts = (0..40)
        .map(|n| {
            part(
                Some(&format!("tool_with_a_long_name_and_the_number_{n}")),
                "json",
                1_000_000_000,
                5,
            )
        })
        .collect();
    append(&console, &[wide, request(2)]);
    for command in [&["savings"][..], &["stats"]] {
        let ran = console.run(command);
        for line in ran
            .text()
            .lines()
            .filter(|line| !line.contains(console.path("home").to_str().unwrap()))
        {
            assert!(line.chars().count() <= 80, "{line}");
        }
        assert!(!ran.text().contains('\x1b'));
    }
    assert_eq!(console.run(&["savings", "--days", "0"]).code, 2);
    assert_eq!(console.run(&["savings", "--csv", "--json"]).code, 2);
}
