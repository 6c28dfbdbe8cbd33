//! `headroom config`: which source wins, and what is shown of it.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::console::{Console, update};

fn with_file(text: &str) -> Console {
    let console = Console::new();
    fs::create_dir_all(console.path("home")).unwrap();
    console.file("home/proxy.json", text);
    console
}

fn set(console: &mut Console, variables: &[(&'static str, &str)]) {
    let variables = variables
        .iter()
        .map(|(name, value)| (*name, OsString::from(value)));
    console.environment.extend(variables);
}

fn settings(console: &Console, flags: &[&str]) -> Value {
    let ran = console.run(&[&["config", "--json"], flags].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    serde_json::from_str(ran.text()).unwrap()
}

#[test]
fn flags_win_over_variables_over_the_file_over_defaults() {
    let mut console = with_file(
        r#"{"port": 1, "ccr": "mcp", "min-tokens": 100, "exclude-tool": ["a", "b"], "code-aware": true}"#,
    );
    set(
        &mut console,
        &[
            ("HEADROOM_PORT", "2"),
            ("HEADROOM_CCR", "off"),
            ("HEADROOM_EXCLUDE_TOOLS", "c, d,"),
        ],
    );
    set(
        &mut console,
        &[
            ("HEADROOM_USAGE", ""),
            ("OPENAI_TARGET_API_URL", "http://openai.example/v1"),
        ],
    );
    let all = settings(
        &console,
        &["--port", "3", "--allow-host", "x,y", "--allow-host", "z"],
    );
    let file = console.path("home/proxy.json").display().to_string();
    for (name, value, source) in [
        ("port", "\"3\"", "--port"),
        ("ccr", "\"off\"", "HEADROOM_CCR"),
        ("min-tokens", "\"100\"", file.as_str()),
        ("code-aware", "\"true\"", &file),
        ("exclude-tool", r#"["c","d"]"#, "HEADROOM_EXCLUDE_TOOLS"),
        ("allow-host", r#"["x","y","z"]"#, "--allow-host"),
        (
            "openai-api-url",
            "\"http://openai.example/v1\"",
            "OPENAI_TARGET_API_URL",
        ),
        ("usage", "\"sum\"", "default"),
        ("anthropic-api-url", "null", "default"),
    ] {
        let got = (
            all[name]["value"].to_string(),
            all[name]["source"].as_str().unwrap(),
        );
        assert_eq!(got, (value.to_owned(), source), "{name}");
    }
}

#[test]
fn every_command_looks_where_the_store_is_set_to_be() {
    let of_file = "redis://:tk-secret@127.0.0.1:9/";
    let mut console = with_file(&format!(r#"{{"store": "{of_file}"}}"#));
    let place = |console: &Console, arguments: &[&str]| {
        let ran = console.run(&[&["stats", "--json"], arguments].concat());
        ran.text().to_owned() + &ran.stderr
    };
    assert!(place(&console, &[]).contains("127.0.0.1:9"));
    let source = |console: &Console, flags: &[&str]| settings(console, flags)["store"]["source"].clone();
    assert_eq!(
        source(&console, &[]),
        console.path("home/proxy.json").to_str().unwrap()
    );
    assert!(!console.run(&["config"]).text().contains("tk-secret"));
    let (variable, flag) = (console.path("variable.db"), console.path("flag.db"));
    set(&mut console, &[("HEADROOM_STORE", variable.to_str().unwrap())]);
    assert!(place(&console, &[]).contains("variable.db"));
    assert_eq!(source(&console, &[]), "HEADROOM_STORE");
    let flags = ["--store", flag.to_str().unwrap()];
    assert!(place(&console, &flags).contains("flag.db"));
    assert_eq!(source(&console, &flags), "--store");
}

#[test]
fn a_switch_can_be_switched_off_again() {
    let console = with_file(r#"{"code-aware": true}"#);
    for (flags, value) in [
        (&[][..], "true"),
        (&["--code-aware"], "true"),
        (&["--code-aware=false"], "false"),
    ] {
        assert_eq!(settings(&console, flags)["code-aware"]["value"], value);
    }
}

#[test]
fn it_is_a_page_and_shows_no_secret() {
    let mut console = with_file(r#"{"drain-timeout": 5}"#);
    set(
        &mut console,
        &[
            ("HEADROOM_PROXY_TOKEN", "tk-secret"),
            ("HTTPS_PROXY", "http://u:tk-secret@proxy.example"),
        ],
    );
    let ran = console.run(&["config", "--host", "0.0.0.0"]);
    assert!(!ran.text().contains("tk-secret"));
    console.expect("config", &ran);
    assert!(!console.run(&["config", "--json"]).text().contains("tk-secret"));
}

#[test]
fn looking_makes_no_token() {
    let console = Console::new();
    assert_eq!(settings(&console, &[])["token"]["value"], Value::Null);
    assert!(!console.path("home").exists());
}

#[test]
fn what_makes_no_sense_is_told_with_its_source() {
    for (name, text, variable, flags) in [
        ("config-unknown-key", r#"{"prot": 1}"#, None, &[][..]),
        ("config-not-json", "{", None, &[]),
        ("config-bad-key", r#"{"usage": {}}"#, None, &[]),
        ("config-bad-file", r#"{"usage": "all"}"#, None, &[]),
        (
            "config-bad-variable",
            "{}",
            Some(("HEADROOM_PORT", "eighty")),
            &[],
        ),
        ("config-bad-flag", "{}", None, &["--ccr", "maybe"]),
        (
            "config-bad-address",
            "{}",
            None,
            &["--gemini-api-url", "gemini.example"],
        ),
        ("config-open", "{}", None, &["--host", "0.0.0.0"]),
    ] {
        let mut console = with_file(text);
        set(&mut console, variable.as_slice());
        let ran = console.run(&[&["config"], flags].concat());
        assert_eq!((ran.code, ran.text()), (2, ""), "{name}");
        console.expect(name, &ran);
    }
}

/// One table for people, made from the one the code has.
#[test]
fn the_documentation_names_every_setting() {
    let all = settings(&Console::new(), &[]);
    let mut page = "# Configuration of the proxy\n\n\
        A flag wins over a variable of the environment, that over the file `proxy.json` in Headroom's home \
        (`$HEADROOM_HOME`, else `~/.headroom`), that over the default. The file is an object with the names below, as \
        `{\"port\": 9000, \"exclude-tool\": [\"deploy\"]}`. `headroom config` prints what holds, and where it says so.\n"
        .to_owned();
    let mut section = String::new();
    for (name, about) in all.as_object().unwrap() {
        let text = |key: &str| about[key].as_str().unwrap_or_default().replace('|', "\\|");
        if text("section") != section {
            section = text("section");
            write!(
                page,
                "\n## {section}\n\n| name | flag | variables | default | what |\n|---|---|---|---|---|\n"
            )
            .unwrap();
        }
        let flag = match about["flag"].as_str() {
            Some(flag) => format!("`{flag}` {}", text("takes")),
            None => "none".to_owned(),
        };
        let variables = about["variables"].as_array().unwrap().iter();
        let variables: Vec<String> = variables
            .map(|name| format!("`{}`", name.as_str().unwrap()))
            .collect();
        let (variables, default, help) = (variables.join(", "), text("default"), text("help"));
        writeln!(page, "| `{name}` | {flag} | {variables} | {default} | {help} |").unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    if update() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/configuration.md differs; UPDATE_SNAPSHOTS=1 writes it anew"
    );
}
