//! What goes wrong under a store, and how it is told.

use std::io;
use std::path::Path;

use headroom::error::{Error, ErrorCode};
use rusqlite::ErrorCode as Code;

/// A failure on its way up: SQLite's own, the system's, or one that is worded already.
#[derive(Debug)]
pub(super) enum Trouble {
    Sqlite(rusqlite::Error),
    Io(io::Error),
    Worded(Error),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Trouble {
    fn code(&self) -> Option<Code> {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code(),
            Self::Io(_) | Self::Worded(_) => None,
        }
    }

    /// The file itself is malformed.
    pub(super) fn is_damage(&self) -> bool {
        matches!(self.code(), Some(Code::DatabaseCorrupt | Code::NotADatabase))
    }

    /// Another process is in the way; later it may not be.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.code(), Some(Code::DatabaseBusy | Code::DatabaseLocked))
    }

    /// The worded error.
    pub(super) fn into_error(self, title: &str, path: &Path) -> Error {
        let hint = self.hint();
        let cause = match self {
            Self::Worded(error) => return error,
            Self::Sqlite(error) => error.to_string(),
            Self::Io(error) => error.to_string(),
        };
        let error = Error::new(ErrorCode::Store, title).because(format!("{}: {cause}", path.display()));
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    fn hint(&self) -> Option<&'static str> {
        if let Self::Io(error) = self {
            return match error.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Some(ELSEWHERE),
                io::ErrorKind::TimedOut => Some(BUSY),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(FULL),
                _ => None,
            };
        }
        match self.code()? {
            Code::DatabaseBusy | Code::DatabaseLocked => Some(BUSY),
            Code::ReadOnly | Code::CannotOpen | Code::PermissionDenied => Some(ELSEWHERE),
            Code::DiskFull => Some(FULL),
            Code::TooBig => Some("an original may have 1 GB once compressed"),
            Code::SystemIoFailure => {
                Some("check the disc, or use a folder on another one with HEADROOM_HOME")
            }
            Code::DatabaseCorrupt | Code::NotADatabase => {
                Some("`headroom purge --all` begins a new store; originals in the old one are lost")
            }
            _ => None,
        }
    }
}

const BUSY: &str = "another process has been writing for long; try again, or end it";
const ELSEWHERE: &str = "make it writable for you, or name another place with HEADROOM_HOME or --store";
const FULL: &str = "free some space; `headroom purge --older-than 7d` gives back the store's own";

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    fn told(code: i32) -> Error {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        Trouble::from(error).into_error("cannot store the originals", Path::new("store.db"))
    }

    #[test]
    fn a_full_disc_is_told_with_what_frees_it() {
        for error in [
            told(ffi::SQLITE_FULL),
            Trouble::from(io::Error::from(io::ErrorKind::StorageFull)).into_error("t", Path::new("store.db")),
        ] {
            assert_eq!(error.code, ErrorCode::Store);
            assert!(error.cause.is_some_and(|cause| cause.starts_with("store.db: ")));
            assert!(
                error
                    .hint
                    .is_some_and(|hint| hint.contains("headroom purge --older-than"))
            );
        }
    }

    #[test]
    fn a_read_only_store_is_told_with_where_else() {
        for code in [ffi::SQLITE_READONLY, ffi::SQLITE_CANTOPEN, ffi::SQLITE_PERM] {
            assert!(told(code).hint.is_some_and(|hint| hint.contains("HEADROOM_HOME")));
        }
    }
}
