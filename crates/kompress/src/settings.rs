//! From options as written to folders and files.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use headroom::Error;
use headroom::options::KompressOptions;

use crate::files;

/// Which model, and where the library may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The model by name or path; `None`: the one that is installed.
    pub model: Option<String>,
    /// Folder of installed models, one folder each.
    pub models: PathBuf,
    /// The ONNX Runtime library, or a folder that holds it.
    pub runtime: Option<PathBuf>,
    /// Folders from which `node_modules` are searched upwards for `onnxruntime-node`.
    pub roots: Vec<PathBuf>,
}

impl Settings {
    /// Reads options. `home` is the folder of everything Headroom keeps; `lookup` gives environment variables,
    /// of which [`crate::library::HEADROOM_ONNXRUNTIME`] stands for a library that the options do not name.
    pub fn new(
        options: &KompressOptions,
        home: &Path,
        lookup: impl Fn(&str) -> Option<OsString>,
        roots: Vec<PathBuf>,
    ) -> Self {
        let runtime = options.runtime.as_ref().map(PathBuf::from);
        let named = || lookup(crate::library::HEADROOM_ONNXRUNTIME).filter(|path| !path.is_empty());
        Self {
            model: options.model.clone(),
            models: home.join(files::MODELS),
            runtime: runtime.or_else(|| named().map(PathBuf::from)),
            roots,
        }
    }

    /// The folder of the model. Errors: it is not installed, or several are and none is named.
    pub fn folder(&self) -> Result<PathBuf, Error> {
        files::find(&self.models, self.model.as_deref())
    }
}
