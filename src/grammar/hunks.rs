//! Lines of unified diffs: the heads of files and of hunks.

/// The head of a hunk: `@@ -3,7 +3,9 @@ fn name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head<'a> {
    /// First line and number of lines in the old file.
    pub old: (usize, usize),
    /// First line and number of lines in the new file.
    pub new: (usize, usize),
    /// What stands after the second `@@`.
    pub section: &'a str,
}

/// Reads the head of a hunk; those of combined diffs (`@@@`) are none.
pub fn head(line: &str) -> Option<Head<'_>> {
    let rest = line.strip_prefix("@@ -")?;
    let (old, rest) = rest.split_once(" +")?;
    let (new, section) = rest.split_once(" @@")?;
    Some(Head {
        old: range(old)?,
        new: range(new)?,
        section,
    })
}

fn range(text: &str) -> Option<(usize, usize)> {
    const MOST: usize = 1 << 40;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<usize>()
            .ok()
            .filter(|number| digits && *number < MOST)
    };
    match text.split_once(',') {
        Some((start, len)) => Some((number(start)?, number(len)?)),
        None => Some((number(text)?, 1)),
    }
}

/// True for a line that starts the part of a file, of `git`, `hg` and `svn`.
pub fn is_file(line: &str) -> bool {
    [
        "diff --git ",
        "diff -r ",
        "diff --cc ",
        "diff --combined ",
        "Index: ",
    ]
    .iter()
    .any(|start| line.starts_with(start))
}

/// True for `--- name` above `+++ name`.
pub fn is_names(line: &str, next: Option<&str>) -> bool {
    line.starts_with("--- ") && next.is_some_and(|next| next.starts_with("+++ "))
}

/// How many of the lines after a head are its hunk's, with notes like `\ No newline at end of file`. `None`
/// when they are not what the head says.
pub fn body<'t>(head: &Head<'_>, lines: impl IntoIterator<Item = &'t str>) -> Option<usize> {
    let (mut old, mut new, mut count) = (head.old.1, head.new.1, 0);
    for line in lines {
        match line.as_bytes().first() {
            Some(b'\\') => {}
            _ if old == 0 && new == 0 => return Some(count),
            Some(b'-') => old = old.checked_sub(1)?,
            Some(b'+') => new = new.checked_sub(1)?,
            // Some programs drop the space of an empty line.
            Some(b' ' | b'\r') | None => {
                old = old.checked_sub(1)?;
                new = new.checked_sub(1)?;
            }
            Some(_) => return None,
        }
        count += 1;
    }
    (old == 0 && new == 0).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        let read = head("@@ -3,7 +4 @@ fn a() @@").unwrap();
        assert_eq!((read.old, read.new, read.section), ((3, 7), (4, 1), " fn a() @@"));
        for line in [
            "@@@ -1 -1 +1 @@@",
            "@@ -1 @@",
            "@@ -a +1 @@",
            "@@ -+1 +1 @@",
            "@@",
        ] {
            assert_eq!(head(line), None, "{line}");
        }
    }

    #[test]
    fn a_hunk_ends_where_its_head_says() {
        let head = head("@@ -1,2 +1,2 @@").unwrap();
        let lines = [
            "-a",
            "--- b",
            "+c",
            "+++ d",
            "\\ No newline at end of file",
            "--- e",
        ];
        assert_eq!(body(&head, lines), Some(5));
        assert_eq!(body(&head, ["-a", "-b", "-c"]), None);
        assert_eq!(body(&head, [" a", "x"]), None);
        assert_eq!(body(&head, [" a"]), None);
    }
}
