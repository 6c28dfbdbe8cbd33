//! What was installed: every file with its size and checksum, and where it came from.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use headroom::{Error, ErrorCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Name of the manifest in a model's folder.
pub const FILE: &str = "manifest.json";

/// The account of an installation; JSON in camel case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// As typed: a path, or `hf:OWNER/NAME@REV`.
    pub source: String,
    /// The commit it resolved to, where the source has commits.
    pub revision: Option<String>,
    /// Every file but this one.
    pub files: Vec<FileEntry>,
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Path in the model's folder, with `/`.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the contents, 64 hex digits in small letters.
    pub sha256: String,
}

impl Manifest {
    /// Reads the manifest of a model. Errors: there is none, or it cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE);
        let failed = |cause: String| {
            Error::new(ErrorCode::Model, "cannot read what was installed")
                .because(format!("{}: {cause}", path.display()))
                .hint("install the model again with `headroom model install`")
        };
        let text = fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| failed(error.to_string()))
    }

    /// Holds every file's size against the manifest: cheap, and tells a copy that broke off.
    pub fn check_sizes(&self, folder: &Path) -> Result<(), Error> {
        for entry in &self.files {
            let size = fs::metadata(folder.join(&entry.path)).map(|found| found.len());
            match size {
                Ok(size) if size == entry.bytes => {}
                Ok(size) => {
                    return Err(damaged(
                        folder,
                        entry,
                        &format!("it has {size} bytes, not {}", entry.bytes),
                    ));
                }
                Err(error) => return Err(damaged(folder, entry, &error.to_string())),
            }
        }
        Ok(())
    }

    /// Holds every file's contents against the manifest. Reads all of them.
    pub fn check_contents(&self, folder: &Path) -> Result<(), Error> {
        self.check_sizes(folder)?;
        for entry in &self.files {
            match sha256_of(&folder.join(&entry.path)) {
                Ok((_, sha256)) if sha256 == entry.sha256 => {}
                Ok((_, sha256)) => {
                    return Err(damaged(
                        folder,
                        entry,
                        &format!("its SHA-256 is {sha256}, not {}", entry.sha256),
                    ));
                }
                Err(error) => return Err(damaged(folder, entry, &error.to_string())),
            }
        }
        Ok(())
    }
}

fn damaged(folder: &Path, entry: &FileEntry, cause: &str) -> Error {
    Error::new(ErrorCode::Model, "the model is not what was installed")
        .because(format!("{}: {cause}", folder.join(&entry.path).display()))
        .hint("install it again with `headroom model install`")
}

/// Size and SHA-256 of a file, read in pieces.
pub fn sha256_of(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((size, hex(&hash.finalize())));
        }
        hash.update(&buffer[..read]);
        size += read as u64;
    }
}

/// Bytes as hex digits in small letters.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_told_by_its_checksum_and_a_short_one_by_its_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "abc").unwrap();
        let (bytes, sha256) = sha256_of(&path).unwrap();
        assert_eq!(
            (bytes, sha256.as_str()),
            (
                3,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            )
        );
        let manifest = Manifest {
            source: "here".into(),
            revision: None,
            files: vec![FileEntry {
                path: "a".into(),
                bytes,
                sha256,
            }],
        };
        manifest.check_contents(folder.path()).unwrap();
        fs::write(&path, "abd").unwrap();
        manifest.check_sizes(folder.path()).unwrap();
        let error = manifest.check_contents(folder.path()).unwrap_err();
        assert!(error.cause.unwrap().contains("SHA-256"), "{}", error.title);
        fs::write(&path, "ab").unwrap();
        let error = manifest.check_sizes(folder.path()).unwrap_err();
        assert!(error.cause.unwrap().contains("2 bytes, not 3"), "{}", error.title);
    }
}
