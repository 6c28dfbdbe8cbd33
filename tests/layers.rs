//! The house rules a compiler does not hold: layers, sizes, words.
//!
//! Sources are read as text; comments and string literals are blanked first where only code counts. Every
//! message says what to do about it.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a broken test shall stop; it reads the sources"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Neighbours that may be named all the same: who, whom.
const NEIGHBOURS: &[(&str, &str)] = &[("options", "error"), ("options", "tokens")];

/// What the crate root hands on under a name of its own, and the room it lives in.
const REEXPORTS: &[(&str, &str)] = &[
    ("Error", "error"),
    ("ErrorCode", "error"),
    ("Options", "options"),
    ("Policy", "options"),
];

/// Who may name whom among the crates of the workspace.
const CRATES: &[(&str, &[&str])] = &[
    ("store", &["headroom"]),
    ("kompress", &["headroom"]),
    ("proxy", &["headroom", "headroom-store"]),
    (
        "cli",
        &[
            "headroom",
            "headroom-kompress",
            "headroom-proxy",
            "headroom-store",
        ],
    ),
    (
        "node",
        &[
            "headroom",
            "headroom-cli",
            "headroom-kompress",
            "headroom-proxy",
            "headroom-store",
        ],
    ),
];

/// Longest file, in lines.
const MAX_LINES: usize = 500;

/// Files that may be longer, each a table or the like.
const LONG_FILES: &[&str] = &[];

/// Folders whose code is held to the rules.
const CODE: &[&str] = &[
    "src", "crates", "ts", "evals", "benches", "fuzz", "scripts", "bin", "tests", "__test__",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file under a folder of the project, with its path from the root.
fn files(folder: &str) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut waiting = vec![root().join(folder)];
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                let skipped = [
                    "target",
                    "node_modules",
                    "corpus",
                    "artifacts",
                    "fixtures",
                    "snapshots",
                ];
                if !skipped.contains(&name.as_str()) {
                    waiting.push(path);
                }
            } else {
                found.push((
                    path.strip_prefix(root())
                        .unwrap()
                        .to_string_lossy()
                        .replace('\\', "/"),
                    path,
                ));
            }
        }
    }
    found.sort();
    found
}

/// Files of the code folders with one of these endings, with their texts.
fn sources(endings: &[&str]) -> Vec<(String, String)> {
    let all = CODE.iter().flat_map(|folder| files(folder));
    let wanted = all.filter(|(name, _)| endings.iter().any(|ending| name.ends_with(ending)));
    wanted
        .map(|(name, path)| (name, fs::read_to_string(path).unwrap()))
        .collect()
}

/// Rust code with comments, strings and characters blanked out, line by line as it was.
fn code_of(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match chars[at] {
            '/' if chars.get(at + 1) == Some(&'/') => until(&chars, at, |rest| rest[0] == '\n'),
            '/' if chars.get(at + 1) == Some(&'*') => {
                until(&chars, at + 2, |rest| rest.starts_with(&['*', '/'])) + 2
            }
            '"' => string_end(&chars, at),
            'r' if raw_hashes(&chars, at).is_some() => raw_end(&chars, at),
            '\'' => char_end(&chars, at),
            _ => at,
        };
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(
                chars[at..end.min(chars.len())]
                    .iter()
                    .map(|&char| if char == '\n' { '\n' } else { ' ' }),
            );
            at = end;
        }
    }
    out
}

fn until(chars: &[char], from: usize, stop: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len())
        .find(|&at| stop(&chars[at..]))
        .unwrap_or(chars.len())
}

fn string_end(chars: &[char], at: usize) -> usize {
    let mut at = at + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// The number of `#` of a raw string that starts here.
fn raw_hashes(chars: &[char], at: usize) -> Option<usize> {
    let inside_word =
        at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_') && chars[at - 1] != 'b';
    let hashes = chars[at + 1..].iter().take_while(|&&char| char == '#').count();
    (!inside_word && chars.get(at + 1 + hashes) == Some(&'"')).then_some(hashes)
}

fn raw_end(chars: &[char], at: usize) -> usize {
    let hashes = raw_hashes(chars, at).unwrap_or_default();
    let closing: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', hashes))
        .collect();
    until(chars, at + hashes + 2, |rest| rest.starts_with(&closing)) + closing.len()
}

/// The end of a character literal; `at` itself for a lifetime.
fn char_end(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => until(chars, at + 3, |rest| rest[0] == '\'') + 1,
        (Some(_), Some('\'')) => at + 3,
        _ => at,
    }
}

/// The room of a core file: `src/json/lex.rs` and `src/json/mod.rs` are in `json`, `src/lib.rs` in none.
fn room_of(name: &str) -> Option<&str> {
    let room = name.strip_prefix("src/")?.split('/').next()?;
    let room = room.strip_suffix(".rs").unwrap_or(room);
    (room != "lib").then_some(room)
}

/// How many modules deep a core file is: 1 for a room itself.
fn depth_of(name: &str) -> usize {
    let path = name.strip_prefix("src/").unwrap_or(name);
    path.matches('/').count() + usize::from(!path.ends_with("/mod.rs"))
}

/// The names that follow every path to the crate root in a file: `crate::a`, `crate::{a, b::c}`, or
/// `super::a` from a room itself; with their lines.
fn named_from_root(code: &str, depth: usize) -> Vec<(usize, String)> {
    let root_by_super = format!("{}::", vec!["super"; depth].join("::"));
    let mut found = Vec::new();
    for prefix in ["crate::", root_by_super.as_str()] {
        for (at, _) in code.match_indices(prefix) {
            let before = code[..at].chars().next_back();
            // `$crate::`, `a_crate::` and longer chains of `super` are other paths.
            if before.is_some_and(|char| char.is_alphanumeric() || matches!(char, '_' | '$' | ':')) {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            found.extend(
                first_names(&code[at + prefix.len()..])
                    .into_iter()
                    .map(|name| (line, name)),
            );
        }
    }
    found
}

/// The first segments of a path or of a group of paths.
fn first_names(rest: &str) -> Vec<String> {
    let word = |text: &str| {
        text.trim_start()
            .chars()
            .take_while(|char| char.is_alphanumeric() || *char == '_')
            .collect()
    };
    let Some(group) = rest.strip_prefix('{') else {
        return vec![word(rest)];
    };
    let (mut names, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, char) in group.char_indices() {
        match char {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(word(&group[from..at]));
                from = at + 1;
                if char == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
        .into_iter()
        .filter(|name: &String| !name.is_empty())
        .collect()
}

/// The layers from low to high, each with its rooms, as the table in the documentation of `src/lib.rs` has them.
fn layers() -> Vec<Vec<String>> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rows = lib
        .lines()
        .filter_map(|line| line.strip_prefix("//! | ")?.split_once(" | "));
    let numbered = rows.filter(|(number, _)| number.parse::<usize>().is_ok());
    let rooms = |rooms: &str| {
        rooms
            .split('`')
            .skip(1)
            .step_by(2)
            .map(|room| room.replace("mod@", ""))
            .collect()
    };
    numbered.map(|(_, links)| rooms(links)).collect()
}

#[test]
fn a_module_names_lower_layers_only() {
    let layers = layers();
    let layer_of = |room: &str| {
        layers
            .iter()
            .position(|rooms| rooms.iter().any(|known| known == room))
    };
    let mut wrong = Vec::new();
    for (name, source) in sources(&[".rs"]) {
        let Some(room) = room_of(&name) else {
            continue;
        };
        let Some(layer) = layer_of(room) else {
            wrong.push(format!(
                "{name}: the room `{room}` is in no layer: add it to the table in src/lib.rs and in ARCHITECTURE.md"));
            continue;
        };
        let code = code_of(&source);
        for (line, named) in named_from_root(&code, depth_of(&name)) {
            let target = REEXPORTS
                .iter()
                .find(|(export, _)| *export == named)
                .map_or(named.as_str(), |(_, room)| room);
            let Some(other) = layer_of(target) else {
                continue;
            };
            if target != room && other >= layer && !NEIGHBOURS.contains(&(room, target)) {
                wrong.push(format!(
                    "{name}:{line}: `{room}` (layer {layer}) names `{target}` (layer {other}). Only lower layers may be \
                     named: move what both need down, or pass it in as an argument"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_table_names_every_room() {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let modules = code_of(&lib)
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect::<BTreeSet<_>>();
    let rooms: Vec<String> = layers().concat();
    assert_eq!(
        rooms.iter().cloned().collect::<BTreeSet<_>>(),
        modules,
        "the table in src/lib.rs and its modules differ"
    );
    assert_eq!(
        rooms.len(),
        modules.len(),
        "a room stands in the table of src/lib.rs twice"
    );
}

#[test]
fn crates_depend_downwards() {
    for (name, path) in files("crates")
        .into_iter()
        .filter(|(name, _)| name.ends_with("/Cargo.toml"))
    {
        let crate_name = name.split('/').nth(1).unwrap();
        let known = CRATES.iter().find(|(known, _)| *known == crate_name);
        let (_, allowed) = known.unwrap_or_else(|| panic!("{name}: add the crate to CRATES in this test"));
        for line in fs::read_to_string(path).unwrap().lines() {
            let dependency = line.split(['.', ' ', '=']).next().unwrap();
            let ours = dependency == "headroom" || dependency.starts_with("headroom-");
            assert!(
                !ours || allowed.contains(&dependency),
                "{name} depends on {dependency}, which is beside or above it. Allowed are {allowed:?}: move what both \
                 need down, or into a crate of its own"
            );
        }
    }
}

#[test]
fn unsafe_stays_at_the_boundary() {
    let boundary = |name: &str| name.starts_with("crates/node/") || name.starts_with("fuzz/fuzz_targets/");
    for (name, source) in sources(&[".rs"]) {
        if boundary(&name) {
            continue;
        }
        for (index, line) in code_of(&source).lines().enumerate() {
            let word = line
                .split(|char: char| !char.is_alphanumeric() && char != '_')
                .any(|word| word == "unsafe");
            assert!(
                !word,
                "{name}:{}: `unsafe` is for crates/node alone: look for a safe way, or a crate that has it",
                index + 1
            );
        }
        let parent = name.rsplit('/').nth(1).unwrap_or_default();
        let is_root = name.ends_with("src/lib.rs") || name.ends_with("src/main.rs") || parent == "bin";
        let forbids = source.contains("#![forbid(unsafe_code)]");
        assert!(
            !is_root || forbids,
            "{name} is the root of a crate and lacks `#![forbid(unsafe_code)]`"
        );
    }
}

#[test]
fn files_stay_short() {
    let test =
        |name: &str| name.starts_with("tests/") || name.starts_with("__test__/") || name.contains("/tests/");
    for (name, source) in sources(&[".rs", ".ts", ".mjs", ".js", ".cjs"]) {
        let lines = source.lines().count();
        let long = LONG_FILES.contains(&name.as_str());
        assert!(
            lines <= MAX_LINES || long || test(&name),
            "{name} has {lines} lines, {MAX_LINES} are the limit. Split it by concept; only a table may go into \
             LONG_FILES in this test"
        );
        assert!(
            !long || lines > MAX_LINES,
            "{name} is short enough now: take it out of LONG_FILES"
        );
    }
}

#[test]
fn comments_do_not_tell_the_history_of_the_work() {
    // In two halves, so that this file is not its own finding.
    let words = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["XX", "X:"],
        ["PR", "-"],
        ["Pha", "se "],
    ]
    .map(|halves| halves.concat());
    for (name, source) in sources(&[".rs", ".ts", ".mjs", ".js", ".cjs", ".toml"])
        .into_iter()
        .chain(documents())
    {
        for (index, line) in source.lines().enumerate() {
            let found = words.iter().find(|word| has_word(line, word));
            assert!(
                found.is_none(),
                "{name}:{}: {found:?}. Do it now, or open an issue: code says what is, not what was or will be",
                index + 1
            );
        }
    }
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    let here = root().to_string_lossy();
    let home = std::env::var("HOME").unwrap_or_default();
    let places = [here.as_ref(), home.as_str()];
    for (name, source) in sources(&[".rs", ".ts", ".mjs", ".js", ".cjs", ".toml", ".json"])
        .into_iter()
        .chain(documents())
    {
        for (index, line) in source.lines().enumerate() {
            for place in places.iter().filter(|place| place.len() > 1) {
                let found = line
                    .match_indices(place)
                    .any(|(at, _)| !line[at + place.len()..].starts_with(char::is_alphanumeric));
                assert!(
                    !found,
                    "{name}:{}: {place} is a folder of this machine: write a path from the root of the project",
                    index + 1
                );
            }
        }
    }
}

/// The documents of the project, and what else people read at its root.
fn documents() -> Vec<(String, String)> {
    let read = |name: &str| Some((name.to_owned(), fs::read_to_string(root().join(name)).ok()?));
    [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "docs/architecture/compressors.md",
        "docs/architecture/doors.md",
        "docs/architecture/formats.md",
        "docs/architecture/proxy.md",
        "docs/architecture/store.md",
        "docs/configuration.md",
        "docs/python.md",
        "examples/README.md",
        "Cargo.toml",
        "deny.toml",
        ".ci/run",
    ]
    .into_iter()
    .filter_map(read)
    .collect()
}

/// True when a word stands in a line and no longer word around its start.
fn has_word(line: &str, word: &str) -> bool {
    let mut starts = line
        .match_indices(word)
        .map(|(at, _)| line[..at].chars().next_back());
    starts.any(|before| !before.is_some_and(|char| char.is_alphanumeric() || char == '_'))
}

#[test]
fn only_code_is_read_as_code() {
    let source = "a // crate::x\n/* crate::y */ b \"crate::\\\"z\" r#\"crate::\"w\"# 'c' '\\'' <'a> br\"q\"";
    let code = code_of(source);
    assert_eq!(
        code.split_whitespace().collect::<Vec<_>>(),
        ["a", "b", "<'a>", "b"]
    );
    assert_eq!(code.matches('\n').count(), 1);
}

#[test]
fn paths_to_the_root_are_found() {
    let names = |code: &str, depth| {
        named_from_root(code, depth)
            .into_iter()
            .map(|(_, name)| name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names("use crate::a::b;\nlet x = crate::c();", 1), ["a", "c"]);
    assert_eq!(names("use crate::{a, b::{c, d}, e as f};", 1), ["a", "b", "e"]);
    assert_eq!(
        names("use super::{a}; super::super::b; mine_crate::c; $crate::d", 2),
        ["b"]
    );
    assert_eq!(
        (
            depth_of("src/a.rs"),
            depth_of("src/a/mod.rs"),
            depth_of("src/a/b/c.rs")
        ),
        (1, 1, 3)
    );
    assert_eq!(room_of("src/a/b.rs").zip(room_of("src/a.rs")), Some(("a", "a")));
}
