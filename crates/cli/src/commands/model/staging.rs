//! A model on its way in: made ready in a folder beside the others, then put in place in one step.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use headroom::error::{Error, ErrorCode};
use headroom_kompress::manifest::{self, FileEntry, Manifest, sha256_of};

/// The folder in which a model is made ready, locked against a second installation of the same name.
pub(super) struct Staging {
    models: PathBuf,
    name: String,
    folder: PathBuf,
    files: Vec<FileEntry>,
    _lock: File,
}

impl Staging {
    /// Makes the folder, or goes on in what an earlier attempt left. Errors: it cannot be made, or somebody is
    /// installing this model right now.
    pub(super) fn open(models: &Path, name: &str) -> Result<Self, Error> {
        let folder = models.join(format!(".incoming-{name}"));
        make(&folder)?;
        let path = models.join(format!(".incoming-{name}.lock"));
        let lock = private()
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| unwritable(&path, &error))?;
        lock.try_lock().map_err(|error| {
            Error::new(ErrorCode::Model, format!("{name} is being installed already"))
                .because(format!("{}: {error}", path.display()))
                .hint("wait for the other installation, or end it")
        })?;
        Ok(Self {
            models: models.to_path_buf(),
            name: name.to_owned(),
            folder,
            files: Vec::new(),
            _lock: lock,
        })
    }

    /// Where a download is collected. The mark tells contents apart, so that parts of two never meet.
    pub(super) fn part(&self, path: &str, mark: &str) -> PathBuf {
        let mark: String = mark
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(16)
            .collect();
        self.folder
            .join(format!("{}.{mark}.part", path.replace('/', "-")))
    }

    /// Copies a file in.
    pub(super) fn copy(&mut self, from: &Path, path: &str) -> Result<(), Error> {
        let part = self.part(path, "copy");
        let copied = || -> io::Result<()> {
            let mut to = private().create(true).truncate(true).open(&part)?;
            io::copy(&mut File::open(from)?, &mut to)?;
            to.sync_all()
        };
        copied().map_err(|error| unwritable(from, &error))?;
        self.take(&part, path, None)
    }

    /// Takes a collected file as `path` of the model, if it has the checksum it should; else it is thrown away.
    pub(super) fn take(&mut self, part: &Path, path: &str, wanted: Option<&str>) -> Result<(), Error> {
        let (bytes, sha256) = sha256_of(part).map_err(|error| unwritable(part, &error))?;
        if let Some(wanted) = wanted.filter(|wanted| *wanted != sha256) {
            drop(fs::remove_file(part));
            return Err(
                Error::new(ErrorCode::Model, "the download is not what was promised")
                    .because(format!("the SHA-256 of {path} is {sha256}, not {wanted}"))
                    .hint("try again; if it stays so, do not trust this server"),
            );
        }
        let target = self.folder.join(path);
        target.parent().map_or(Ok(()), make)?;
        fs::rename(part, &target).map_err(|error| unwritable(&target, &error))?;
        self.files.push(FileEntry {
            path: path.to_owned(),
            bytes,
            sha256,
        });
        Ok(())
    }

    /// Writes the manifest and puts the model in place of an older one of its name. Returns its folder.
    pub(super) fn finish(self, source: String, revision: Option<String>) -> Result<PathBuf, Error> {
        let Self {
            models,
            name,
            folder,
            files,
            _lock,
        } = self;
        let manifest = Manifest {
            source,
            revision,
            files,
        };
        let path = folder.join(manifest::FILE);
        let json = serde_json::to_string_pretty(&manifest).map_err(|error| unwritable(&path, &error))?;
        let target = models.join(&name);
        let old = models.join(format!(".old-{name}"));
        let put = || -> io::Result<()> {
            let mut file = private().create(true).truncate(true).open(&path)?;
            io::Write::write_all(&mut file, json.as_bytes())?;
            file.sync_all()?;
            drop_parts(&folder)?;
            if old.exists() {
                fs::remove_dir_all(&old)?;
            }
            let replaces = target.exists();
            if replaces {
                fs::rename(&target, &old)?;
            }
            if let Err(error) = fs::rename(&folder, &target) {
                if replaces {
                    fs::rename(&old, &target)?;
                }
                return Err(error);
            }
            Ok(())
        };
        put().map_err(|error| unwritable(&target, &error))?;
        // What is left over takes space and nothing else.
        drop(fs::remove_dir_all(&old));
        drop(fs::remove_file(models.join(format!(".incoming-{name}.lock"))));
        Ok(target)
    }
}

/// Parts of other contents, from attempts that came to nothing.
fn drop_parts(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "part") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Makes a folder that nobody else may look into.
fn make(folder: &Path) -> Result<(), Error> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| unwritable(folder, &error))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true);
    options
}

fn unwritable(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorCode::Model, "cannot install the model")
        .because(format!("{}: {error}", path.display()))
        .hint("check space and permissions; HEADROOM_HOME names another place")
}
