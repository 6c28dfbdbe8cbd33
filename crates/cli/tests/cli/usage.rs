//! Help, version and arguments that make no sense.

use crate::console::Console;

#[test]
fn help_is_a_page_a_person_can_use() {
    let console = Console::new();
    for command in [
        "", "proxy", "config", "compress", "retrieve", "decode", "stats", "savings", "purge", "demo",
    ] {
        let mut argv = vec![command, "--help"];
        argv.retain(|argument| !argument.is_empty());
        let ran = console.run(&argv);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert!(
            ran.text().lines().all(|line| line.chars().count() <= 80),
            "{}",
            ran.text()
        );
        console.expect(format!("help {command}").trim().replace(' ', "-").as_str(), &ran);
    }
}

#[test]
fn version_is_one_line() {
    let ran = Console::new().run(&["--version"]);
    assert_eq!(
        (ran.code, ran.text()),
        (0, concat!("headroom ", env!("CARGO_PKG_VERSION"), "\n"))
    );
}

#[test]
fn no_command_shows_help_and_is_wrong_usage() {
    let ran = Console::new().run(&[]);
    assert_eq!((ran.code, ran.text()), (2, ""));
    assert!(ran.stderr.contains("Examples:"), "{}", ran.stderr);
}

#[test]
fn typing_errors_are_told() {
    let console = Console::new();
    for (name, argv) in [
        ("typo-command", &["compres"][..]),
        ("typo-option", &["compress", "--querry", "x"]),
    ] {
        let ran = console.run(argv);
        assert_eq!(ran.code, 2);
        console.expect(name, &ran);
    }
}
