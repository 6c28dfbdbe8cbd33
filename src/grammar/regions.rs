//! Lines that say where one output in a text ends and another begins: prompts with a command, names of
//! files between rules, fences of markdown.

use std::ops::Range;

/// A part of a text between such lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region<'t> {
    /// Whole lines, without those that mark its ends.
    pub range: Range<usize>,
    /// What the line before says of it: a command, the name of a file, the language of a fence. Empty where
    /// nothing is said.
    pub label: &'t str,
}

/// The regions of a text, in order; a text without marks is one.
pub fn regions(text: &str) -> Vec<Region<'_>> {
    let mut regions = Vec::new();
    let (mut from, mut label, mut at) = (0, "", 0);
    let mut open: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        let bare = line.trim_end();
        let (next, closes) = match open {
            Some(fence) if is_end(bare, fence) => (Some(""), true),
            Some(_) => (None, false),
            None => match fence(bare) {
                Some((fence, language)) => {
                    open = Some(fence);
                    (Some(language), false)
                }
                None => (command(bare).or_else(|| file_name(bare)), false),
            },
        };
        if closes {
            open = None;
        }
        if let Some(next) = next {
            push(&mut regions, from..start, label);
            (from, label) = (end, next);
        }
    }
    push(&mut regions, from..text.len(), label);
    regions
}

fn push<'t>(regions: &mut Vec<Region<'t>>, range: Range<usize>, label: &'t str) {
    if !range.is_empty() {
        regions.push(Region { range, label });
    }
}

/// The signs a fence is made of, and its language.
fn fence(line: &str) -> Option<(&str, &str)> {
    let text = line.trim_start_matches(' ');
    let sign = text.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let language = text.trim_start_matches(sign);
    let signs = text.len() - language.len();
    let known = signs >= 3 && line.len() - text.len() <= 3 && !language.contains(sign);
    known.then(|| (&text[..signs], language.trim()))
}

fn is_end(line: &str, fence: &str) -> bool {
    let text = line.trim_start_matches(' ');
    text.starts_with(fence) && text.bytes().all(|byte| fence.as_bytes()[0] == byte)
}

/// The command after a prompt: `$ ls`, `ada@host:~/src$ ls`, `[ada@host src]$ ls`, `PS C:\src> ls`.
fn command(line: &str) -> Option<&str> {
    const LONGEST: usize = 120;
    const LONGEST_PROMPT: usize = 80;
    let (prompt, command) = match line.strip_prefix("PS ") {
        Some(rest) => rest.split_once("> ").filter(|(path, _)| path.contains(":\\"))?,
        None => line.split_once("$ ")?,
    };
    let is_prompt = prompt.is_empty()
        || line.starts_with("PS ")
        || prompt.len() <= LONGEST_PROMPT && prompt.contains('@') && !prompt.contains(['"', '=', ',']);
    let starts =
        command.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '.' | '/' | '~'));
    (is_prompt && starts).then(|| &command[..command.floor_char_boundary(LONGEST)])
}

/// The name between rules: `==> app.log <==`, `=== app.log ===`.
fn file_name(line: &str) -> Option<&str> {
    let inner = line
        .strip_prefix("==> ")
        .and_then(|rest| rest.strip_suffix(" <=="));
    inner.or_else(|| {
        let rest = line.strip_prefix("===")?.trim_start_matches('=');
        let name = rest.strip_suffix("===")?.trim_end_matches('=');
        (name.starts_with(' ') && name.ends_with(' ') && name.len() > 2).then(|| name.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, &str)> {
        let of = |region: Region<'_>| (region.label.to_owned(), region.range);
        let found: Vec<_> = regions(text).into_iter().map(of).collect();
        found
            .into_iter()
            .map(|(label, range)| {
                let at = text.find(&label).unwrap_or_default();
                (&text[at..at + label.len()], &text[range])
            })
            .collect()
    }

    #[test]
    fn prompts_names_and_fences_divide() {
        for (text, expected) in [
            ("a\nb", vec![("", "a\nb")]),
            (
                "$ ls\na\n$ git diff\nb\n",
                vec![("ls", "a\n"), ("git diff", "b\n")],
            ),
            ("ada@host:~$ ls -l\r\na\r\n", vec![("ls -l", "a\r\n")]),
            ("PS C:\\x> dir\na", vec![("dir", "a")]),
            (
                "==> a.log <==\nx\n\n==> b.log <==\ny",
                vec![("a.log", "x\n\n"), ("b.log", "y")],
            ),
            (
                "t\n```json\n{}\n```\nu",
                vec![("", "t\n"), ("json", "{}\n"), ("", "u")],
            ),
            ("````\n```\n````\n", vec![("", "```\n")]),
            (
                "costs $ 5\n$ 5\n=== \n======\n",
                vec![("", "costs $ 5\n$ 5\n=== \n======\n")],
            ),
            ("", vec![]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
