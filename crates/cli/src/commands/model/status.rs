//! `headroom model status`.

use std::path::Path;

use headroom::error::{Error, ErrorCode};
use headroom::options::KompressOptions;
use headroom_kompress::manifest::Manifest;
use headroom_kompress::{files, library};

use crate::input;
use crate::io::Io;
use crate::stop::Stop;
use crate::style::size;

pub(super) fn run(io: &mut Io<'_>) -> Result<(), Stop> {
    let settings = input::kompress(&KompressOptions::default(), io)?;
    let names = files::installed(&settings.models);
    if names.is_empty() {
        io.data(format!(
            "no model is installed in {}\n",
            settings.models.display()
        ))?;
    }
    let mut damaged = Vec::new();
    for name in names {
        let folder = settings.models.join(&name);
        match whole(&folder) {
            Ok(Manifest {
                source,
                revision,
                files,
            }) => {
                let bytes = files.iter().map(|file| file.bytes).sum();
                let commit = revision
                    .map(|commit| format!(", commit {commit}"))
                    .unwrap_or_default();
                io.data(format!("{name}: whole, {}, from {source}{commit}\n", size(bytes)))?;
            }
            Err(error) => {
                io.data(format!("{name}: damaged\n"))?;
                io.say(&format!("error: {error}"));
                damaged.push(name);
            }
        }
    }
    match library::find(settings.runtime.as_deref(), &settings.roots) {
        Ok(path) => io.data(format!("ONNX Runtime: {}\n", path.display()))?,
        Err(error) => {
            io.data("ONNX Runtime: not found\n")?;
            io.say(&format!("note: {error}"));
        }
    }
    if damaged.is_empty() {
        return Ok(());
    }
    Err(Stop::Failed(
        Error::new(ErrorCode::Model, "not every model is whole").because(damaged.join(", ")),
    ))
}

/// The manifest of a model whose every file is what was installed.
fn whole(folder: &Path) -> Result<Manifest, Error> {
    let manifest = Manifest::read(folder)?;
    manifest.check_contents(folder)?;
    files::Files::of(folder)?;
    Ok(manifest)
}
