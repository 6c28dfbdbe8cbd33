//! Source code: which languages are known, by what names and by what lines they are told apart.
//!
//! A file's name says it best, so the call that printed a text is asked first; else its lines are. No text is
//! parsed here: whether it is what it looks like is for a parser to say.

mod call;
mod lines;

pub use call::{Call, read_call};
pub use lines::{Looks, looks};

/// A programming language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the name of a language")]
pub enum Language {
    Bash,
    C,
    Cpp,
    CSharp,
    Go,
    Java,
    JavaScript,
    Php,
    Python,
    Ruby,
    Rust,
    Tsx,
    TypeScript,
}

impl Language {
    /// Every language, in the order of the names.
    pub const ALL: [Self; 13] = [
        Self::Bash,
        Self::C,
        Self::Cpp,
        Self::CSharp,
        Self::Go,
        Self::Java,
        Self::JavaScript,
        Self::Php,
        Self::Python,
        Self::Ruby,
        Self::Rust,
        Self::Tsx,
        Self::TypeScript,
    ];

    /// The endings its files have, lower case and without the dot.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Bash => &["sh", "bash", "bats", "zsh", "ksh"],
            Self::C => &["c", "h"],
            Self::Cpp => &["cc", "cpp", "cxx", "hpp", "hh", "hxx", "ipp", "cu", "cuh", "ino"],
            Self::CSharp => &["cs", "csx"],
            Self::Go => &["go"],
            Self::Java => &["java"],
            Self::JavaScript => &["js", "mjs", "cjs", "jsx"],
            Self::Php => &["php", "phtml", "inc"],
            Self::Python => &["py", "pyi", "pyw"],
            Self::Ruby => &["rb", "rake", "gemspec", "ru"],
            Self::Rust => &["rs"],
            Self::Tsx => &["tsx"],
            Self::TypeScript => &["ts", "mts", "cts"],
        }
    }

    /// The language of a file by its name.
    pub fn of_path(path: &str) -> Option<Self> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let (stem, ending) = name.rsplit_once('.')?;
        let ending = ending.to_ascii_lowercase();
        let known = |language: &Self| language.endings().contains(&ending.as_str());
        // A name that is nothing but an ending is a setting of a program (`.bash`), not a source.
        Self::ALL.into_iter().find(known).filter(|_| !stem.is_empty())
    }

    /// What else a text of this language may be: files of one ending, or texts that look alike.
    pub fn kin(self) -> &'static [Self] {
        match self {
            Self::C => &[Self::Cpp],
            Self::Cpp => &[Self::C],
            Self::JavaScript | Self::TypeScript => &[Self::Tsx],
            Self::Tsx => &[Self::TypeScript],
            _ => &[],
        }
    }

    /// What starts a comment that lasts to the end of the line.
    pub fn line_comment(self) -> &'static str {
        match self {
            Self::Bash | Self::Python | Self::Ruby => "# ",
            _ => "// ",
        }
    }

    /// The same where nothing else stands in a body: some languages want a statement there.
    pub fn body_comment(self) -> &'static str {
        match self {
            Self::Bash => ": # ",
            Self::Python => "...  # ",
            other => other.line_comment(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_tell_the_language() {
        for (path, expected) in [
            ("src/a.py", Some(Language::Python)),
            (r"C:\src\A.CS", Some(Language::CSharp)),
            ("a.test.tsx", Some(Language::Tsx)),
            ("a.d.ts", Some(Language::TypeScript)),
            ("x.h", Some(Language::C)),
            (".bash", None),
            ("Makefile", None),
            ("a.json", None),
            ("dir.py/readme", None),
        ] {
            assert_eq!(Language::of_path(path), expected, "{path}");
        }
    }

    #[test]
    fn no_two_languages_share_an_ending() {
        let all: Vec<&str> = Language::ALL
            .iter()
            .flat_map(|language| language.endings())
            .copied()
            .collect();
        let distinct: std::collections::BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), distinct.len());
    }
}
