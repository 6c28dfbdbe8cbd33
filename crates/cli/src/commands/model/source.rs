//! Where a model comes from, as typed.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Most characters of a name.
const LONGEST: usize = 96;

/// A folder, a file, or a repository of the Hugging Face hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A folder with a network and `tokenizer.json`, or the network itself.
    Path(PathBuf),
    /// `hf:OWNER/NAME[@REV]`.
    Hub(Repository),
}

/// A repository and a branch, tag or commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repository {
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) revision: String,
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(repository) = text.strip_prefix("hf:") else {
            return Ok(Self::Path(PathBuf::from(text)));
        };
        let (path, revision) = repository.split_once('@').unwrap_or((repository, "main"));
        match path.split_once('/') {
            Some((owner, name)) if is_name(owner) && is_name(name) && revision.split('/').all(is_name) => {
                Ok(Self::Hub(Repository {
                    owner: owner.to_owned(),
                    name: name.to_owned(),
                    revision: revision.to_owned(),
                }))
            }
            _ => Err("a repository is written hf:OWNER/NAME or hf:OWNER/NAME@REV".to_owned()),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Hub(repository) => {
                let Repository {
                    owner,
                    name,
                    revision,
                } = repository;
                write!(f, "hf:{owner}/{name}@{revision}")
            }
        }
    }
}

impl Source {
    /// What the model is called unless somebody says otherwise; `None` where the path has no usable name.
    pub(super) fn name(&self) -> Option<String> {
        let name = match self {
            Self::Path(path) => {
                let path = std::path::absolute(path).ok()?;
                let stem = if path.is_dir() {
                    path.file_name()
                } else {
                    path.file_stem()
                };
                stem?.to_str()?.to_owned()
            }
            Self::Hub(repository) => repository.name.clone(),
        };
        is_name(&name).then_some(name)
    }
}

/// A name of a model, as clap reads it.
pub(super) fn name(text: &str) -> Result<String, String> {
    if is_name(text) {
        Ok(text.to_owned())
    } else {
        Err("a name is letters, digits, `-`, `_` and `.`, and does not begin with `.`".to_owned())
    }
}

/// True for what is one harmless part of a path or an address.
fn is_name(text: &str) -> bool {
    let signs = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && text.len() <= LONGEST && !text.starts_with('.') && text.bytes().all(signs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_read() {
        let hub = |text: &str| text.parse::<Source>().map(|source| source.to_string());
        assert_eq!(hub("hf:anna/small").unwrap(), "hf:anna/small@main");
        assert_eq!(hub("hf:anna/small@v1.0").unwrap(), "hf:anna/small@v1.0");
        assert_eq!(hub("hf:anna/small@refs/pr/3").unwrap(), "hf:anna/small@refs/pr/3");
        for wrong in [
            "hf:",
            "hf:anna",
            "hf:anna/",
            "hf:/small",
            "hf:anna/small@",
            "hf:anna/small@../x",
            "hf:a/b/c",
            "hf:a/..",
            "hf:a b/c",
        ] {
            assert!(wrong.parse::<Source>().is_err(), "{wrong}");
        }
        assert_eq!("models/mine".parse(), Ok(Source::Path("models/mine".into())));
    }

    #[test]
    fn names_come_from_the_last_part() {
        assert_eq!(
            "hf:anna/small@v1".parse::<Source>().unwrap().name().unwrap(),
            "small"
        );
        assert_eq!(Source::Path("a/mine.onnx".into()).name().unwrap(), "mine");
        assert_eq!(Source::Path("/".into()).name(), None);
    }
}
