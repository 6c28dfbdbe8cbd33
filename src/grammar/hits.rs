//! Lines of search output: `path:12:text`, `path:12:5:text`, context as `path-12-text`, `--` between runs,
//! and the form with the path on a line of its own above `12:text`.

/// Digits of the largest line number that is believed.
const MAX_DIGITS: usize = 9;

/// A line with its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit<'a> {
    /// The file, as it was printed.
    pub path: &'a str,
    /// What follows the path and its separator: `12:text` or `12-text`.
    pub rest: &'a str,
}

/// `12:text` or `12-text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbered<'a> {
    /// The line number in the file.
    pub line: u64,
    /// False for a line of context.
    pub is_hit: bool,
    /// What stands after the separator.
    pub text: &'a str,
}

/// Reads `path:12:text`. The path ends at the first number between colons; a colon after a drive letter is
/// part of it. Times of day are no hits: a line number has no leading zero.
pub fn hit(line: &str) -> Option<Hit<'_>> {
    let bytes = line.as_bytes();
    let drive = bytes.len() > 2
        && bytes[0].is_ascii_alphabetic()
        && bytes[1] == b':'
        && matches!(bytes[2], b'\\' | b'/');
    let mut from = if drive { 2 } else { 0 };
    loop {
        let at = from + memchr::memchr(b':', &bytes[from..])?;
        let rest = &line[at + 1..];
        if number(rest).is_some_and(|end| rest.as_bytes().get(end) == Some(&b':')) {
            let path = &line[..at];
            return is_path(path).then_some(Hit { path, rest });
        }
        from = at + 1;
    }
}

/// Reads `path-12-text` or `path:12:text` of a path that is known.
pub fn of_path<'a>(path: &str, line: &'a str) -> Option<&'a str> {
    let rest = line.strip_prefix(path)?;
    let separator = rest.as_bytes().first()?;
    let rest = rest.get(1..)?;
    let end = number(rest)?;
    (matches!(separator, b':' | b'-') && rest.as_bytes().get(end) == Some(separator)).then_some(rest)
}

/// Reads `12:text` or `12-text`.
pub fn numbered(rest: &str) -> Option<Numbered<'_>> {
    let end = number(rest)?;
    let is_hit = match rest.as_bytes().get(end)? {
        b':' => true,
        b'-' => false,
        _ => return None,
    };
    Some(Numbered {
        line: rest[..end].parse().ok()?,
        is_hit,
        text: &rest[end + 1..],
    })
}

/// Where the line number at the start of a text ends.
fn number(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let end = bytes
        .iter()
        .take(MAX_DIGITS + 1)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    ((1..=MAX_DIGITS).contains(&end) && (bytes[0] != b'0')).then_some(end)
}

/// True for what can be a file's name in search output. Spaces are allowed inside a name, but not behind
/// what looks like the number of a line of context.
fn is_path(path: &str) -> bool {
    const MAX_LEN: usize = 1024;
    let named = (1..=MAX_LEN).contains(&path.len())
        && !path.starts_with(char::is_whitespace)
        && !path.ends_with(char::is_whitespace)
        && path.bytes().any(|byte| byte.is_ascii_alphabetic() || byte >= 128);
    let Some(space) = path.find(char::is_whitespace) else {
        return named && !path.contains(['"', '\'', '<', '>', '|', '(', '=']);
    };
    named
        && path.contains(['/', '\\', '.'])
        && !path.contains([
            '"', '\'', '<', '>', '|', '(', ')', '=', ',', ';', ':', '{', '[', '\t',
        ])
        && !path[..space]
            .rsplit(['/', '\\'])
            .next()
            .is_some_and(has_number_between_dashes)
}

/// True when a number stands between dashes, as in a line of context.
pub fn has_number_between_dashes(name: &str) -> bool {
    name.match_indices('-').any(|(at, _)| {
        let rest = &name[at + 1..];
        number(rest).is_some_and(|end| rest.as_bytes().get(end) == Some(&b'-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(&str, &str)> {
        hit(line).map(|hit| (hit.path, hit.rest))
    }

    #[test]
    fn hits_are_read() {
        assert_eq!(read("src/a.rs:12:fn a()"), Some(("src/a.rs", "12:fn a()")));
        assert_eq!(read("src/a.rs:12:5:fn a()"), Some(("src/a.rs", "12:5:fn a()")));
        assert_eq!(
            read(r"C:\src\a.rs:12:x: 1:2:3"),
            Some((r"C:\src\a.rs", "12:x: 1:2:3"))
        );
        assert_eq!(
            read("my docs/a b.txt:7:text"),
            Some(("my docs/a b.txt", "7:text"))
        );
        assert_eq!(read("Makefile:3:"), Some(("Makefile", "3:")));
        assert_eq!(read("host:8080:x"), Some(("host", "8080:x")));
    }

    #[test]
    fn other_lines_are_not_hits() {
        for line in [
            "",
            "--",
            "12:30:45 started",
            "2026-11-23T17:09:22 started",
            "Nov 23 17:09:22 host app: started",
            "src/a.rs:12",
            "src/a.rs",
            "src/a-b.rs-12-  foo:34:bar",
            "let x = a:1:2",
            "a, b.c:12:x",
            ":12:x",
            " at x.js:12:7",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn context_belongs_to_a_known_path() {
        assert_eq!(of_path("a-1-b.rs", "a-1-b.rs-12-  x:3:y"), Some("12-  x:3:y"));
        assert_eq!(of_path("a.rs", "a.rs-12:x"), None);
        assert_eq!(of_path("a.rs", "a.rs"), None);
        assert_eq!(of_path("a", "aé-1-x"), None);
        let context = numbered("12-  x:3:y").unwrap();
        assert_eq!(
            (context.line, context.is_hit, context.text),
            (12, false, "  x:3:y")
        );
        assert_eq!(numbered("012:x"), None);
    }
}
