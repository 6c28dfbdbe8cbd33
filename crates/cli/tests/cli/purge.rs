//! `headroom purge`.

use crate::console::Console;
use crate::samples::{records, reference};

fn with_records() -> (Console, String) {
    let mut console = Console::new();
    let ran = console.pipe(records().to_string()).run(&["compress", "--ccr"]);
    let reference = reference(ran.text());
    console.pipe("");
    (console, reference)
}

#[test]
fn all_is_forgotten_when_it_is_meant() {
    let (console, reference) = with_records();
    let refused = console.run(&["purge", "--all"]);
    assert_eq!(refused.code, 2);
    console.expect("purge-unsure", &refused);
    assert_eq!(console.run(&["retrieve", &reference]).code, 0);
    console.expect("purge-all", &console.run(&["purge", "--all", "--yes"]));
    assert_eq!(console.run(&["retrieve", &reference]).code, 3);
}

#[test]
fn a_person_is_asked() {
    let (mut console, reference) = with_records();
    console.terminals.stdin = true;
    for (answer, code) in [("", 0), ("n\n", 0), ("yes please\n", 0), ("Y\n", 3)] {
        let ran = console.pipe(answer).run(&["purge", "--all"]);
        if answer == "n\n" {
            console.expect("purge-asked", &ran);
        }
        assert_eq!(console.run(&["retrieve", &reference]).code, code, "{answer:?}");
    }
}

#[test]
fn only_the_old_go() {
    let (console, reference) = with_records();
    console.expect("purge-older", &console.run(&["purge", "--older-than", "1h"]));
    assert_eq!(console.run(&["retrieve", &reference]).code, 0);
}

#[test]
fn wrong_arguments_are_told() {
    let console = Console::new();
    for (name, argv) in [
        ("purge-nothing", &["purge"][..]),
        ("purge-bad-age", &["purge", "--older-than", "soon"]),
        ("purge-both", &["purge", "--all", "--older-than", "7d"]),
    ] {
        let ran = console.run(argv);
        assert_eq!(ran.code, 2, "{name}");
        console.expect(name, &ran);
    }
}
