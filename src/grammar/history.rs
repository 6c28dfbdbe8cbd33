//! How `git log` prints commits: a head with lines of its own, or all on one line, with a drawn graph before it or
//! not.

/// Shortest and longest names of commits, in hex digits.
const NAME: std::ops::RangeInclusive<usize> = 7..=64;

/// The head of a commit: `commit 1f3a… (tag: v2)`. What stands behind the name; empty without any.
pub fn head(line: &str) -> Option<&str> {
    let rest = ungraphed(line).strip_prefix("commit ")?;
    let (name, refs) = rest.split_once(' ').unwrap_or((rest, ""));
    (is_name(name) && (refs.is_empty() || refs.starts_with('('))).then_some(refs)
}

/// A commit on one line: what stands behind its name.
pub fn one_line(line: &str) -> Option<&str> {
    let (name, rest) = ungraphed(line).split_once(' ')?;
    is_name(name).then_some(rest)
}

/// True for a line that only draws: `|\`, `| | /`.
pub fn is_graph(line: &str) -> bool {
    !line.is_empty() && ungraphed(line).is_empty()
}

/// A line without the graph drawn before it.
fn ungraphed(line: &str) -> &str {
    if line.starts_with(['*', '|', '\\', '/']) {
        line.trim_start_matches(['*', '|', '\\', '/', '_', '-', '.', ' '])
    } else {
        line
    }
}

/// Hex digits, of which some are digits: `feedbac` begins many a sentence.
fn is_name(word: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    NAME.contains(&word.len()) && word.bytes().all(is_hex) && word.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_told_from_other_lines() {
        let name = "1f3a5b7c9d";
        assert_eq!(head(&format!("commit {name}")), Some(""));
        assert_eq!(head(&format!("* commit {name} (tag: v2)")), Some("(tag: v2)"));
        assert_eq!(head(&format!("commit {name} broke it")), None);
        assert_eq!(one_line(&format!("| * {name} Add a door")), Some("Add a door"));
        assert_eq!(one_line("feedbac is welcome"), None);
        assert!(is_graph("|\\") && is_graph("| |/ ") && !is_graph("") && !is_graph("| x"));
    }
}
