//! `headroom retrieve`.

use crate::console::Console;
use crate::samples::{records, reference};

/// A console whose store holds the records; and their ref.
fn with_records() -> (Console, String) {
    let mut console = Console::new();
    let ran = console.pipe(records().to_string()).run(&["compress", "--ccr"]);
    let reference = reference(ran.text());
    (console, reference)
}

#[test]
fn parts_come_back() {
    let (console, reference) = with_records();
    console.expect(
        "retrieve-rows",
        &console.run(&["retrieve", &reference, "--rows", "5-6"]),
    );
    console.expect(
        "retrieve-path",
        &console.run(&["retrieve", &reference, "--path", "$.jobs[22].error"]),
    );
    console.expect(
        "retrieve-query",
        &console.run(&["retrieve", &reference, "--query", "\"job 31\""]),
    );
    let page = console.run(&["retrieve", &reference, "--max-tokens", "300"]);
    assert!(page.stderr.starts_with("to read on: "), "{}", page.stderr);
}

#[test]
fn a_miss_is_the_end_of_the_matter() {
    let console = Console::new();
    let ran = console.run(&["retrieve", "0123456789abcdef0123456789abcdef"]);
    assert_eq!(ran.code, 3);
    console.expect("retrieve-miss", &ran);
    assert!(!console.path("home").exists(), "asking makes no store");
}

#[test]
fn wrong_arguments_are_told() {
    let (console, reference) = with_records();
    for (name, argv) in [
        ("retrieve-bad-ref", ["retrieve", "123", "--rows", "1-2"]),
        ("retrieve-bad-rows", ["retrieve", &reference, "--rows", "many"]),
    ] {
        let ran = console.run(&argv);
        assert_eq!(ran.code, 2, "{name}");
        console.expect(name, &ran);
    }
}

#[test]
fn the_store_is_where_the_option_or_the_environment_says() {
    let mut console = Console::new();
    let store = console.path("elsewhere/my.db");
    let store = store.to_str().unwrap();
    let ran = console
        .pipe(records().to_string())
        .run(&["--store", store, "compress", "--ccr"]);
    let reference = reference(ran.text());
    assert_eq!(console.run(&["retrieve", &reference, "--store", store]).code, 0);
    assert_eq!(console.run(&["retrieve", &reference]).code, 3);
    console.environment = vec![("HOME", console.path("person").into())];
    console.run(&["compress", "--ccr"]);
    assert!(console.path("person/.headroom/store.db").exists());
    console.environment.clear();
    console.expect("retrieve-no-home", &console.run(&["retrieve", &reference]));
}

#[test]
fn a_store_that_cannot_be_read_is_an_error() {
    let console = Console::new();
    let notes = console.file("notes.md", "# Not a store\n".repeat(100));
    let ran = console.run(&["retrieve", "0123456789abcdef0123456789abcdef", "--store", &notes]);
    assert_eq!(ran.code, 1);
    console.expect("retrieve-not-a-store", &ran);
}

#[test]
fn the_address_of_a_server_is_checked_and_its_password_never_repeated() {
    let console = Console::new();
    let argv = |place| ["retrieve", "0123456789abcdef0123456789abcdef", "--store", place];
    let mut ran = console.run(&argv("redis://anna:hunter2@cache.example.com/main"));
    assert_eq!(ran.code, 2);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    ran.line = ran.line.replace("hunter2", "[PASSWORD]");
    console.expect("retrieve-bad-address", &ran);
}
