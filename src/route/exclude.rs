//! The tools whose output is never touched, because the agent will act on the exact text.
//!
//! An edit is made against what a read, search or write tool printed; a shortened copy breaks it, or ends
//! up in the file. A missed compression costs tokens, a wrong one costs work, so the match is generous: it
//! ignores case, and what a host puts before the name (`mcp__server__read_file`, `functions.read_file`,
//! `filesystem/read_file`). A caller who knows better takes a name out again with `!name`.

/// What known agents and servers call the tools that read, find, write and edit files; lower case, sorted.
const EXCLUDED: &[&str] = &[
    "apply_diff",
    "apply_patch",
    "create",
    "create_file",
    "edit",
    "edit_file",
    "file_search",
    "find_files",
    "glob",
    "grep",
    "grep_search",
    "multi_edit",
    "multiedit",
    "notebookedit",
    "notebookread",
    "open_file",
    "patch",
    "read",
    "read_file",
    "read_files",
    "read_many_files",
    "read_multiple_files",
    "read_text_file",
    "replace",
    "replace_in_file",
    "rg",
    "ripgrep",
    "search_codebase",
    "search_file_content",
    "search_files",
    "str_replace",
    "str_replace_based_edit_tool",
    "str_replace_editor",
    "view",
    "view_file",
    "write",
    "write_file",
    "write_to_file",
];

/// The name without what a host puts before it.
pub(super) fn bare_name(name: &str) -> &str {
    let tail = name.rsplit(['.', '/', ':']).next().unwrap_or(name);
    tail.rsplit_once("__").map_or(tail, |(_, tail)| tail)
}

/// True when the output of this tool stays as it is. `patterns` are the caller's, applied after the
/// built-in list: `*` matches any run of characters, a leading `!` takes out again, the last match wins.
pub fn is_excluded(name: &str, patterns: &[String]) -> bool {
    let name = name.to_lowercase();
    let bare = bare_name(&name);
    let built_in = EXCLUDED.binary_search(&bare).is_ok();
    patterns.iter().fold(built_in, |excluded, pattern| {
        let pattern = pattern.to_lowercase();
        let (taken_out, pattern) = match pattern.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, pattern.as_str()),
        };
        if matches(pattern, &name) || matches(pattern, bare) {
            !taken_out
        } else {
            excluded
        }
    })
}

/// Whether `text` matches a pattern in which `*` stands for any run of characters. Linear in practice: the
/// last star alone is retried.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut retry = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            retry = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((star, from)) = retry {
            retry = Some((star, from + 1));
            p = star + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(patterns: &[&str]) -> Vec<String> {
        patterns.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_list_is_sorted_and_lower_case() {
        assert!(EXCLUDED.is_sorted());
        assert!(EXCLUDED.iter().all(|name| name.to_lowercase() == *name));
    }

    #[test]
    fn file_tools_are_excluded_under_every_known_name_and_case() {
        let names = [
            "Read",
            "read",
            "read_file",
            "view",
            "read_files",
            "Edit",
            "edit",
            "apply_patch",
            "replace",
            "Write",
            "write",
            "create",
            "Glob",
            "glob",
            "Grep",
            "grep",
            "grep_search",
            "rg",
            "search_codebase",
            "READ_FILE",
        ];
        for name in names {
            assert!(is_excluded(name, &[]), "{name}");
        }
        for name in ["Bash", "get_flights", "reader", "thread", "already", "search"] {
            assert!(!is_excluded(name, &[]), "{name}");
        }
    }

    #[test]
    fn a_host_prefix_does_not_hide_a_file_tool() {
        for name in [
            "mcp__filesystem__read_file",
            "mcp__my_fs__Read",
            "functions.read_file",
            "fs/read_file",
            "fs:view",
        ] {
            assert!(is_excluded(name, &[]), "{name}");
        }
        assert!(!is_excluded("mcp__read__list_orders", &[]));
    }

    #[test]
    fn the_last_matching_pattern_wins() {
        assert!(is_excluded("get_flights", &with(&["get_*"])));
        assert!(is_excluded("mcp__air__get_flights", &with(&["get_*"])));
        assert!(!is_excluded("get_flights", &with(&["get_*", "!get_flights"])));
        assert!(is_excluded("get_flights", &with(&["!get_flights", "GET_*"])));
        assert!(!is_excluded("read_file", &with(&["!read_file"])));
        assert!(!is_excluded("mcp__notion__read", &with(&["!mcp__notion__*"])));
        assert!(is_excluded("mcp__fs__read", &with(&["!mcp__notion__*"])));
        assert!(is_excluded("anything", &with(&["*"])));
    }

    #[test]
    fn stars_match_any_run() {
        for (pattern, text, expected) in [
            ("a*b*c", "a--b--b-c", true),
            ("a*b*c", "a--c--b", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("ab", "abc", false),
            ("*bc", "abcbc", true),
            ("é*", "été", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
