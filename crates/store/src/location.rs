//! Where the store is when nobody names a file. The one room of the services that reads the environment.

use std::ffi::OsString;
use std::path::PathBuf;

use headroom::error::{Error, ErrorCode};

/// Folder of everything Headroom keeps; `~/.headroom` when unset.
pub const HEADROOM_HOME: &str = "HEADROOM_HOME";

/// Older name of [`HEADROOM_HOME`], read when that one is unset.
pub const HEADROOM_WORKSPACE_DIR: &str = "HEADROOM_WORKSPACE_DIR";

/// Name of the folder in the person's home folder.
const FOLDER: &str = ".headroom";

/// Name of the file in it.
const FILE: &str = "store.db";

/// The folder of everything Headroom keeps: `$HEADROOM_HOME`, else `$HEADROOM_WORKSPACE_DIR`, else `~/.headroom`.
///
/// `lookup` gives the value of an environment variable; [`process_environment`] outside tests. An empty
/// value counts as unset. Fails with [`ErrorCode::Store`] when there is no home folder either.
pub fn home(lookup: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, Error> {
    let folder = |name: &str| lookup(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder(HEADROOM_HOME)
        .or_else(|| folder(HEADROOM_WORKSPACE_DIR))
        .or_else(|| {
            folder("HOME")
                .or_else(|| folder("USERPROFILE"))
                .map(|home| home.join(FOLDER))
        })
        .ok_or_else(|| {
            Error::new(ErrorCode::Store, "cannot tell where Headroom keeps its files")
                .because("neither HEADROOM_HOME nor a home folder is set")
                .hint("set HEADROOM_HOME to a folder of your own, or name a file with --store")
        })
}

/// `store.db` in [`home`], whose errors it has.
pub fn default_path(lookup: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, Error> {
    Ok(home(lookup)?.join(FILE))
}

/// The value of a variable in this process' environment.
pub fn process_environment(name: &str) -> Option<OsString> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    std::env::var_os(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<OsString> {
        |name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        }
    }

    #[test]
    fn the_first_variable_that_is_set_wins() {
        let all = with(&[
            ("HEADROOM_HOME", "a"),
            ("HEADROOM_WORKSPACE_DIR", "b"),
            ("HOME", "c"),
        ]);
        assert_eq!(default_path(all).unwrap(), PathBuf::from("a").join("store.db"));
        let older = with(&[
            ("HEADROOM_HOME", ""),
            ("HEADROOM_WORKSPACE_DIR", "b"),
            ("HOME", "c"),
        ]);
        assert_eq!(default_path(older).unwrap(), PathBuf::from("b").join("store.db"));
        let home = with(&[("HOME", "c")]);
        assert_eq!(
            default_path(home).unwrap(),
            PathBuf::from("c").join(".headroom").join("store.db")
        );
        let profile = with(&[("USERPROFILE", "d")]);
        assert_eq!(
            default_path(profile).unwrap(),
            PathBuf::from("d").join(".headroom").join("store.db")
        );
    }

    #[test]
    fn no_home_is_an_error_that_says_what_to_set() {
        let error = default_path(|_| None).unwrap_err();
        assert_eq!(error.code, ErrorCode::Store);
        assert!(error.hint.unwrap().contains("HEADROOM_HOME"));
    }
}
