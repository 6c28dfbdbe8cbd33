//! The files of a model and where installed models are.

use std::fs;
use std::path::{Path, PathBuf};

use headroom::{Error, ErrorCode};

use crate::manifest::{self, Manifest};

/// Name of the folder of installed models in Headroom's home.
pub const MODELS: &str = "models";

/// The network, by the names it is published under, best first: weights as INT8, full precision, INT8 of the
/// first version.
pub const NETWORKS: [&str; 3] = [
    "onnx/kompress-int8-wo.onnx",
    "onnx/kompress-fp32.onnx",
    "onnx/kompress-int8.onnx",
];

/// The tokenizer.
pub const TOKENIZER: &str = "tokenizer.json";

/// The two files a model is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The network, ONNX.
    pub network: PathBuf,
    /// The tokenizer, JSON.
    pub tokenizer: PathBuf,
}

impl Files {
    /// Finds them in a folder and holds their sizes against the manifest, if there is one. A network may also
    /// lie beside the tokenizer.
    pub fn of(folder: &Path) -> Result<Self, Error> {
        let missing = |what: &str, tried: &str| {
            Error::new(ErrorCode::Model, format!("the model has no {what}"))
                .because(format!("there is no {tried} in {}", folder.display()))
                .hint("install it again with `headroom model install`")
        };
        let network = network(folder).ok_or_else(|| missing("network", &NETWORKS.join(", no ")))?;
        let tokenizer = folder.join(TOKENIZER);
        if !tokenizer.is_file() {
            return Err(missing("tokenizer", TOKENIZER));
        }
        if folder.join(manifest::FILE).is_file() {
            Manifest::read(folder)?.check_sizes(folder)?;
        }
        Ok(Self { network, tokenizer })
    }
}

/// The first network of [`NETWORKS`] in a folder.
pub fn network(folder: &Path) -> Option<PathBuf> {
    let beside = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let names = NETWORKS.iter().map(|name| (*name).to_owned());
    let names = names.chain(NETWORKS.iter().map(|name| beside(name)));
    names.map(|name| folder.join(name)).find(|path| path.is_file())
}

/// Names of the installed models, sorted.
pub fn installed(models: &Path) -> Vec<String> {
    let entries = fs::read_dir(models).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.path().join(manifest::FILE).is_file());
    let mut names: Vec<String> = folders
        .filter_map(|folder| folder.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// The folder of a model: a path as it is, a name below `models`, without either the only one installed.
pub(crate) fn find(models: &Path, model: Option<&str>) -> Result<PathBuf, Error> {
    let absent = |title: String| {
        Error::new(ErrorCode::Model, title)
            .hint("`headroom model install hf:chopratejas/kompress-v2-base` installs one")
    };
    if let Some(model) = model {
        let is_path = model.starts_with('.') || model.contains(['/', '\\']);
        let folder = if is_path {
            PathBuf::from(model)
        } else {
            models.join(model)
        };
        if folder.is_dir() {
            return Ok(folder);
        }
        return Err(absent(format!("the model {model} is not installed"))
            .because(format!("{} is no folder", folder.display())));
    }
    match installed(models).as_slice() {
        [only] => Ok(models.join(only)),
        [] => {
            Err(absent("no model is installed".to_owned())
                .because(format!("{} holds none", models.display())))
        }
        several => Err(Error::new(
            ErrorCode::Model,
            "several models are installed, and none is named",
        )
        .because(several.join(", "))
        .hint("name one with the option kompress.model, or --kompress=NAME")),
    }
}
