//! The token of this install: made once, readable by its owner alone.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Its file in Headroom's home.
const FILE: &str = "token";

/// The token and its file. Where there is none, one is made, or it is `None`.
pub(super) fn of_install(home: &Path, or_make: bool) -> io::Result<Option<(String, PathBuf)>> {
    let path = home.join(FILE);
    match read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound && or_make => make(home, &path)?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => return Ok(Some((other?, path))),
    }
    Ok(Some((read(&path)?, path)))
}

fn read(path: &Path) -> io::Result<String> {
    let text = fs::read_to_string(path)?;
    match text.trim() {
        "" => Err(io::Error::new(ErrorKind::InvalidData, "the token is empty")),
        token => Ok(token.to_owned()),
    }
}

/// Makes the file under another name first: of several proxies that start at once one's token is everybody's, and
/// none reads half of it.
fn make(home: &Path, path: &Path) -> io::Result<()> {
    private_folder(home)?;
    let token = format!("{:032x}{:032x}", random()?, random()?);
    let staged = home.join(format!("{FILE}.{}", std::process::id()));
    drop(fs::remove_file(&staged));
    private_file(&staged)?.write_all(token.as_bytes())?;
    let linked = match fs::hard_link(&staged, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // Not every file system has links.
        Err(_) => fs::copy(&staged, path).map(drop),
        Ok(()) => Ok(()),
    };
    drop(fs::remove_file(&staged));
    linked
}

fn random() -> io::Result<u128> {
    let mut bytes = [0; size_of::<u128>()];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(u128::from_le_bytes(bytes))
}

#[cfg(unix)]
fn private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        assert!(of_install(&home, false).unwrap().is_none() && !home.exists());
        let (first, path) = of_install(&home, true).unwrap().unwrap();
        assert_eq!(first.len(), 64);
        assert_eq!(of_install(&home, true).unwrap(), Some((first, path.clone())));
        assert_eq!(fs::read_dir(&home).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(&home)), (0o600, 0o700));
        }
    }

    #[test]
    fn all_who_start_at_once_have_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let one = of_install(&home, true).unwrap();
        // As whoever came second sees it.
        make(&home, &home.join(FILE)).unwrap();
        assert_eq!(of_install(&home, true).unwrap(), one);
    }
}
