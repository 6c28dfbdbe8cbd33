//! `headroom demo`.

use crate::console::Console;

#[test]
fn it_reads_well() {
    let console = Console::new();
    let ran = console.run(&["demo"]);
    console.expect("demo", &ran);
    assert!(ran.text().lines().all(|line| line.chars().count() <= 80));
    assert!(!console.path("home").exists(), "no file is touched");
}

#[test]
fn it_proves_what_it_says() {
    let ran = Console::new().run(&["demo"]);
    for proof in [
        "Of 2 texts with parts left out, 2 are stored whole, byte for byte.",
        "Of 2 texts spelled densely, 2 decode to the same JSON.",
    ] {
        assert!(ran.text().contains(proof), "{}", ran.text());
    }
}

#[test]
fn colour_is_for_terminals_and_adds_nothing() {
    let mut console = Console::new();
    let plain = console.run(&["demo"]);
    assert!(!plain.text().contains('\x1b'));
    console.terminals.stdout = true;
    let coloured = console.run(&["demo"]);
    assert!(coloured.text().contains("\x1b[1m"));
    let mut stripped = coloured.text().to_owned();
    for code in ["0", "1", "2", "32"] {
        stripped = stripped.replace(&format!("\x1b[{code}m"), "");
    }
    assert_eq!(stripped, plain.text());
    console.environment.push(("NO_COLOR", "1".into()));
    assert_eq!(console.run(&["demo"]).text(), plain.text());
}
