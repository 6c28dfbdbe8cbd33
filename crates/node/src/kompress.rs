//! Where a call finds the model it asks for.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use headroom::options::KompressOptions;
use headroom::{Error, Policy};
use headroom_kompress::{Call, Settings};
use headroom_store::{home, process_environment};
use napi_derive::napi;

/// The folder of the package.
static INSTALLED: OnceLock<PathBuf> = OnceLock::new();

/// Tells the addon in which folder its package is; the loader does so once.
#[napi]
pub fn installed_in(folder: String) {
    INSTALLED.get_or_init(|| PathBuf::from(folder));
}

/// The folder of the package, once told.
pub(crate) fn installed() -> Option<&'static Path> {
    INSTALLED.get().map(PathBuf::as_path)
}

/// What a call with this policy needs of Kompress. npm packages are looked for beside this one and from the
/// working folder on, which is the application's.
pub(crate) fn call(policy: &Policy) -> Call {
    Call::new(policy, settings)
}

fn settings(options: &KompressOptions) -> Result<Settings, Error> {
    let roots = installed()
        .map(Path::to_path_buf)
        .into_iter()
        .chain(std::env::current_dir().ok());
    Ok(Settings::new(
        options,
        &home(process_environment)?,
        process_environment,
        roots.collect(),
    ))
}
