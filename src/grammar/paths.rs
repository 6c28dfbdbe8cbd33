//! Lists of paths: one a line (`find`, `git ls-files`, `tar tf`), or drawn as a tree (`tree`).

/// How `tree` draws: the bar before what is not last, the space before what is, and the two branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branches {
    bar: &'static str,
    space: &'static str,
    fork: &'static str,
    last: &'static str,
}

/// Every way `tree` draws: with spaces that do not break, as terminals get them; with plain ones; in ASCII.
pub const BRANCHES: [Branches; 3] = [
    Branches {
        bar: "│\u{a0}\u{a0} ",
        space: "    ",
        fork: "├── ",
        last: "└── ",
    },
    Branches {
        bar: "│   ",
        space: "    ",
        fork: "├── ",
        last: "└── ",
    },
    Branches {
        bar: "|   ",
        space: "    ",
        fork: "|-- ",
        last: "`-- ",
    },
];

impl Branches {
    /// How deep a drawn line is, from 1, and the name it ends with.
    pub fn read(self, line: &str) -> Option<(usize, &str)> {
        let mut rest = line;
        let mut depth = 1;
        loop {
            if let Some(name) = rest
                .strip_prefix(self.fork)
                .or_else(|| rest.strip_prefix(self.last))
            {
                return (!name.is_empty()).then_some((depth, name));
            }
            rest = rest
                .strip_prefix(self.bar)
                .or_else(|| rest.strip_prefix(self.space))?;
            depth += 1;
        }
    }

    /// Appends what stands before a name: for each level above it whether more follows there, then for its own.
    pub fn draw(self, above: &[bool], more: bool, out: &mut String) {
        for more in above {
            out.push_str(if *more { self.bar } else { self.space });
        }
        out.push_str(if more { self.fork } else { self.last });
    }
}

/// What a line of a list of paths is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// A path with a folder in it.
    Path,
    /// What may be a name without one.
    Name,
    /// Anything else.
    Other,
}

/// Judges a line. Addresses, messages, settings and code are no paths.
pub fn line(line: &str) -> Line {
    const LONGEST: usize = 400;
    let foreign = |byte: u8| byte.is_ascii_control() || b"\"<>|;={}*?".contains(&byte);
    if line.is_empty()
        || line.len() > LONGEST
        || line.bytes().any(foreign)
        || line.contains(": ")
        || line.contains("://")
        || line.ends_with([':', ',', '.']) && line != "." && line != ".."
    {
        return Line::Other;
    }
    let spaces = line.bytes().filter(|byte| *byte == b' ').count();
    let is_rooted = line.starts_with("./") || line.starts_with("../") || line.starts_with('/');
    // A name may have spaces; what has more of them than folders is a sentence, and what has one before its first
    // folder says something of a path: `PASS src/a.test.ts`, `[3/90] spec/a.rb`, `M src/a.rs`.
    let folders = line.bytes().filter(|byte| *byte == b'/').count();
    let begins = || {
        let first = line.split('/').next().unwrap_or_default();
        !first.contains(' ') && !first.starts_with('[')
    };
    match (folders, spaces) {
        (0, 0) => Line::Name,
        (0, _) => Line::Other,
        (_, 0) => Line::Path,
        _ if is_rooted || spaces <= folders && begins() => Line::Path,
        _ => Line::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_lists_are_told_from_other_lines() {
        for (text, expected) in [
            ("./src/a.rs", Line::Path),
            ("src/My File.txt", Line::Path),
            ("README.md", Line::Name),
            (".", Line::Name),
            ("", Line::Other),
            ("find: ./x: Permission denied", Line::Other),
            ("https://example.com/a/b", Line::Other),
            ("use a/b and then run it twice", Line::Other),
            ("PASS src/cart/total.test.ts", Line::Other),
            ("[3/90] spec/cart_spec.rb", Line::Other),
            ("a = b/c;", Line::Other),
        ] {
            assert_eq!(line(text), expected, "{text}");
        }
    }

    #[test]
    fn drawn_lines_are_read_and_drawn_again() {
        for branches in BRANCHES {
            let mut line = String::new();
            branches.draw(&[true, false], false, &mut line);
            line.push_str("a b.rs");
            assert_eq!(branches.read(&line), Some((3, "a b.rs")));
            assert_eq!(branches.read("a.rs"), None);
        }
    }
}
