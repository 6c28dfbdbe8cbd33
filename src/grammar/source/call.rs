//! What a tool call says about the text it printed: is it the text of a file, and of which.

use super::Language;

/// Bytes of the arguments that are looked at.
const MAX_ARGUMENTS: usize = 4096;

/// Programs that print files as they are.
const PRINTERS: &[&str] = &[
    "bat",
    "batcat",
    "cat",
    "get-content",
    "head",
    "less",
    "more",
    "nl",
    "sed",
    "tac",
    "tail",
    "type",
];

/// Words in the names of tools that give the text of a file back.
const READERS: &[&str] = &[
    "read", "view", "open", "cat", "file", "fetch", "get", "show", "source",
];

/// What a call says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'a> {
    /// The file it names, if its language is known by its name.
    pub file: Option<(&'a str, Language)>,
    /// True when the text of that file is what was asked for.
    pub prints: bool,
}

/// Reads a call: the tool's name and its arguments, JSON or not.
///
/// `cat src/a.py`, `sed -n 1,80p a.py`, `git show HEAD:a.py` and `{"path":"a.py"}` of a tool that reads print a
/// file; `pytest a.py` and `grep x a.py` only name it.
pub fn read_call<'a>(name: &str, arguments: &'a str) -> Call<'a> {
    let arguments = &arguments[..arguments.floor_char_boundary(MAX_ARGUMENTS)];
    let mut call = Call {
        file: None,
        prints: false,
    };
    let (mut printer, mut shell, mut before) = (false, false, "");
    for word in words(arguments) {
        if let Some(language) = Language::of_path(word) {
            call.file.get_or_insert((word, language));
        } else if is_program(word) {
            let prints =
                PRINTERS.contains(&word.to_ascii_lowercase().as_str()) || (word == "show" && before == "git");
            printer |= prints;
            shell |= !prints && RUNNERS.contains(&word);
        }
        before = word;
    }
    let reads = name
        .split(|c: char| !c.is_ascii_alphabetic())
        .flat_map(humps)
        .any(|word| READERS.iter().any(|known| word.eq_ignore_ascii_case(known)));
    call.prints = call.file.is_some() && !shell && (printer || reads);
    call
}

/// Programs that print something else of the files they are called with.
const RUNNERS: &[&str] = &[
    "ack", "ag", "awk", "bash", "black", "cargo", "diff", "egrep", "eslint", "find", "git-diff", "go",
    "grep", "java", "javac", "jest", "ls", "make", "mocha", "mypy", "node", "npm", "npx", "php", "pytest",
    "python", "python3", "rg", "ruby", "ruff", "rustc", "sh", "tsc", "vitest", "wc",
];

/// The words of a command line or of JSON.
fn words(arguments: &str) -> impl Iterator<Item = &str> {
    let apart = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | ',' | ';' | '|' | '&' | '(' | ')' | '[' | ']' | '{' | '}' | '=' | ':'
            )
    };
    arguments.split(apart).filter(|word| !word.is_empty())
}

fn is_program(word: &str) -> bool {
    word.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// `readFile` as `read` and `File`.
fn humps(word: &str) -> impl Iterator<Item = &str> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest[first.len_utf8()..]
            .find(|c: char| c.is_ascii_uppercase())
            .map_or(rest.len(), |at| at + first.len_utf8());
        let (hump, tail) = rest.split_at(end);
        rest = tail;
        Some(hump)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_print_files() {
        for (name, arguments, file) in [
            ("Bash", r#"{"command":"cat src/a.py"}"#, "src/a.py"),
            (
                "Bash",
                r#"{"command":"cd /x && sed -n '1,80p' src/a.rs"}"#,
                "src/a.rs",
            ),
            ("bash", "git show HEAD~1:lib/a.rb", "lib/a.rb"),
            ("read_file", r#"{"path":"a b/c.go"}"#, "b/c.go"),
            ("getFileContents", r#"{"repo":"x","path":"c.ts"}"#, "c.ts"),
            ("exec", r#"["head","-50","x.java"]"#, "x.java"),
        ] {
            let call = read_call(name, arguments);
            assert!(call.prints, "{arguments}");
            assert_eq!(call.file.map(|(path, _)| path), Some(file));
        }
    }

    #[test]
    fn calls_that_only_name_files() {
        for (name, arguments) in [
            ("Bash", r#"{"command":"python x.py"}"#),
            ("Bash", r#"{"command":"grep -n foo x.py | head -20"}"#),
            ("Bash", r#"{"command":"pytest tests/x.py | tail -5"}"#),
            ("Bash", r#"{"command":"cat notes.md"}"#),
            ("run", r#"{"file":"a/b.json"}"#),
            ("", ""),
        ] {
            assert!(!read_call(name, arguments).prints, "{arguments}");
        }
    }
}
