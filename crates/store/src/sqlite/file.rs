//! The store as a file: its identity, who may read it, and how a damaged one gets out of the way.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::PAUSE;

/// What SQLite keeps beside a database, by suffix.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// Which file a path leads to. Two files that exist at the same time never share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId {
    #[cfg(unix)]
    device_and_inode: (u64, u64),
    /// Elsewhere an open file can be neither moved nor deleted, so a rough answer will do.
    #[cfg(not(unix))]
    created: Option<std::time::SystemTime>,
}

impl FileId {
    /// `None` when nothing is there, or nothing we may see.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Some(Self {
                device_and_inode: (metadata.dev(), metadata.ino()),
            })
        }
        #[cfg(not(unix))]
        {
            Some(Self {
                created: metadata.created().ok(),
            })
        }
    }
}

/// The right to open, make or move the file: one process, and one thread of it, at a time.
///
/// Without it the second of two that meet the same damage would move away the new file of the first, or
/// open a file whose companions are just being moved. It also keeps [`Turn::prepare`] from closing a file
/// that another thread has open already, which would drop SQLite's own locks on it.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    path: &'a Path,
    _lock: File,
}

impl<'a> Turn<'a> {
    /// Waits for the turn; makes the folders (0700) if they are not there. A folder that was there already
    /// is not ours to change.
    pub(super) fn take(path: &'a Path, patience: Duration) -> io::Result<Self> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(folder)?;
        }
        let give_up = Instant::now() + patience;
        let mut options = OpenOptions::new();
        let lock = private(options.write(true).create(true).truncate(false)).open(beside(path, ".lock"))?;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < give_up => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::TimedOut.into()),
                // A file system without locks: then as well as can be done there.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => break,
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(Self { path, _lock: lock })
    }

    /// Makes the file (0600) if it is not there; SQLite gives its companions the same permissions. One that
    /// others may read is closed to them.
    pub(super) fn prepare(&self) -> io::Result<()> {
        match private(OpenOptions::new().write(true).create_new(true)).open(self.path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        close_to_others(self.path);
        Ok(())
    }

    /// Moves the file and its companions to `….corrupt-<n>`, unless the path leads to another file by now.
    /// Returns what a person should know.
    pub(super) fn set_aside(&self, damaged: FileId) -> io::Result<Option<String>> {
        if FileId::of(self.path) != Some(damaged) {
            return Ok(None);
        }
        let mut targets = (1..u32::MAX).map(|n| beside(self.path, &format!(".corrupt-{n}")));
        let Some(target) = targets.find(|target| !target.exists()) else {
            return Err(io::ErrorKind::AlreadyExists.into());
        };
        fs::rename(self.path, &target)?;
        for suffix in COMPANIONS {
            match fs::rename(beside(self.path, suffix), beside(&target, suffix)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(Some(format!(
            "the store {} is damaged; it was moved to {} and a new one was begun",
            self.path.display(),
            target.display()
        )))
    }
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Best effort: where it cannot be done (another owner, a file system without permissions) the store is as
/// private as its owner made it.
fn close_to_others(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let open_to_others = |metadata: &fs::Metadata| metadata.permissions().mode() & 0o077 != 0;
        if fs::metadata(path).is_ok_and(|metadata| open_to_others(&metadata)) {
            drop(fs::set_permissions(path, fs::Permissions::from_mode(0o600)));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// True for a file that damage cannot have made: text a person wrote. It was named by mistake.
pub(super) fn is_plain_text(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(512).read_to_end(&mut start));
    let control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    // A character cut off by the limit is no error.
    let is_utf8 = std::str::from_utf8(&start).map_or_else(|error| error.error_len().is_none(), |_| true);
    read.is_ok() && !start.is_empty() && is_utf8 && !start.iter().any(control)
}

/// Deletes what [`Turn::set_aside`] moved out of the way; returns how many files were moved aside once.
pub(super) fn remove_set_aside(path: &Path) -> io::Result<usize> {
    let mut removed = 0;
    let prefix = beside(Path::new(path.file_name().unwrap_or_default()), ".corrupt-").into_os_string();
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let files = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        files => files?,
    };
    for file in files {
        let file = file?;
        let name = file.file_name();
        let Some(rest) = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes()) else {
            continue;
        };
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let suffix = &rest[digits..];
        if digits == 0 || !(suffix.is_empty() || COMPANIONS.iter().any(|known| known.as_bytes() == suffix)) {
            continue;
        }
        fs::remove_file(file.path())?;
        removed += usize::from(suffix.is_empty());
    }
    Ok(removed)
}

/// Bytes on disc of the file and its companions.
pub(super) fn size(path: &Path) -> u64 {
    let companions = COMPANIONS.iter().map(|suffix| beside(path, suffix));
    let files = std::iter::once(path.to_path_buf()).chain(companions);
    files
        .filter_map(|file| fs::metadata(file).ok())
        .map(|metadata| metadata.len())
        .sum()
}

/// The path with something added to its last name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_turn_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let first = Turn::take(&path, Duration::ZERO).unwrap();
        let second = Turn::take(&path, Duration::ZERO);
        assert_eq!(second.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(first);
        Turn::take(&path, Duration::ZERO).unwrap();
    }

    #[test]
    fn only_the_damaged_file_is_moved_not_its_successor() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let turn = Turn::take(&path, Duration::ZERO).unwrap();
        turn.prepare().unwrap();
        let damaged = FileId::of(&path).unwrap();
        assert!(turn.set_aside(damaged).unwrap().is_some());
        turn.prepare().unwrap();
        assert_eq!(turn.set_aside(damaged).unwrap(), None);
        assert!(path.exists());
    }
}
