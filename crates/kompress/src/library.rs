//! Where the ONNX Runtime library is, and loading it: once a process, when first needed.
//!
//! It is in a place the user names, or in the npm package `onnxruntime-node`, which carries it for every
//! system. Nothing is searched in system folders: a library of another version there would be worse than none.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use headroom::{Error, ErrorCode};
use ort::environment::Environment;

/// Environment variable that names the library, or a folder that holds it.
pub const HEADROOM_ONNXRUNTIME: &str = "HEADROOM_ONNXRUNTIME";

/// The npm package that carries the library.
const PACKAGE: &str = "onnxruntime-node";

/// Finds the library: `named` if given, else in the nearest `node_modules/onnxruntime-node` from each of `roots`
/// upwards. Errors name every place looked at.
pub fn find(named: Option<&Path>, roots: &[PathBuf]) -> Result<PathBuf, Error> {
    let absent = |cause: String| {
        Error::new(ErrorCode::Model, "the ONNX Runtime library was not found")
            .because(cause)
            .hint(format!(
                "run `npm install {PACKAGE}`, or name the library with {HEADROOM_ONNXRUNTIME}"
            ))
    };
    if let Some(named) = named {
        if named.is_file() {
            return Ok(named.to_path_buf());
        }
        return in_folder(named).ok_or_else(|| absent(format!("{} is no such library", named.display())));
    }
    let places = roots.iter().flat_map(|root| root.ancestors());
    let mut packages = places.map(|folder| folder.join("node_modules").join(PACKAGE));
    if let Some(library) = packages.find_map(|package| in_package(&package)) {
        return Ok(library);
    }
    let searched: Vec<String> = roots.iter().map(|root| root.display().to_string()).collect();
    Err(absent(match searched.as_slice() {
        [] => format!("{HEADROOM_ONNXRUNTIME} is not set"),
        _ => format!(
            "no {PACKAGE} with a library for {}-{} in node_modules at or above {}",
            system(),
            processor(),
            searched.join(", ")
        ),
    }))
}

/// Node's name of this system.
fn system() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    }
}

/// Node's name of this processor.
fn processor() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// The library in a copy of the package: `bin/napi-v6/linux/x64/libonnxruntime.so.1`.
fn in_package(package: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(package.join("bin")).ok()?;
    let mut builds: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    builds.sort();
    builds
        .iter()
        .rev()
        .find_map(|build| in_folder(&build.join(system()).join(processor())))
}

/// The library in a folder, whatever version its name ends with.
fn in_folder(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(is_library)
        })
        .collect();
    found.sort();
    found.into_iter().next()
}

fn is_library(name: &str) -> bool {
    let (stem, ending) = match std::env::consts::OS {
        "windows" => ("onnxruntime", ".dll"),
        "macos" => ("libonnxruntime", ".dylib"),
        _ => ("libonnxruntime", ".so"),
    };
    // `libonnxruntime_providers_shared.so` is another one.
    let rest = name.strip_prefix(stem);
    rest.is_some_and(|rest| rest.starts_with('.') && rest.contains(ending))
}

/// The library of this process. The first that loads stays: it cannot be had twice, nor taken out again.
static LOADED: Mutex<Option<Environment>> = Mutex::new(None);

/// Loads the library, unless one is loaded. Errors: the system refuses it, or it is too old.
pub(crate) fn load(find: impl FnOnce() -> Result<PathBuf, Error>) -> Result<Environment, Error> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*loaded {
        return Ok(environment.clone());
    }
    let path = find()?;
    let refused = |cause: String| {
        Error::new(ErrorCode::Model, "cannot load the ONNX Runtime library")
            .because(cause)
            .hint(format!(
                "it must be built for this system and be version 1.{} or newer; name another with {HEADROOM_ONNXRUNTIME}",
                ort::MINOR_VERSION
            ))
    };
    // An absolute path: a relative one would be searched for beside the program first.
    let path = std::path::absolute(&path).unwrap_or(path);
    let builder = ort::init_from(&path).map_err(|error| refused(error.to_string()))?;
    let environment = builder
        .with_name("headroom")
        .with_telemetry(false)
        // What the library would print: everything that matters comes back as an error.
        .with_logger(std::sync::Arc::new(|_, _, _, _, _| {}))
        .build()
        .map_err(|error| refused(error.to_string()))?;
    Ok(loaded.insert(environment).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_library_is_told_by_its_name() {
        for name in [
            "libonnxruntime.so",
            "libonnxruntime.so.1",
            "libonnxruntime.so.1.19.0",
        ] {
            assert!(is_library(name), "{name}");
        }
        for name in [
            "libonnxruntime_providers_shared.so",
            "onnxruntime_binding.node",
            "libonnxruntime.txt",
        ] {
            assert!(!is_library(name), "{name}");
        }
    }

    #[test]
    fn the_package_is_searched_upwards_and_newer_builds_first() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("node_modules").join(PACKAGE);
        let name = match std::env::consts::OS {
            "windows" => "onnxruntime.dll",
            "macos" => "libonnxruntime.1.dylib",
            _ => "libonnxruntime.so.1",
        };
        for build in ["napi-v3", "napi-v6"] {
            let build = package.join("bin").join(build).join(system()).join(processor());
            fs::create_dir_all(&build).unwrap();
            fs::write(build.join(name), "").unwrap();
        }
        let deep = folder.path().join("packages").join("app").join("src");
        fs::create_dir_all(&deep).unwrap();
        let found = find(None, &[deep]).unwrap();
        assert!(found.to_string_lossy().contains("napi-v6"), "{}", found.display());
        assert_eq!(found.file_name().unwrap(), name);
        assert_eq!(find(found.parent(), &[]).unwrap(), found);
        assert_eq!(find(Some(&found), &[]).unwrap(), found);
    }

    #[test]
    fn a_missing_library_is_told_with_where_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        for (named, roots) in [
            (None, vec![folder.path().to_path_buf()]),
            (None, Vec::new()),
            (Some(folder.path().join("nowhere")), Vec::new()),
        ] {
            let error = find(named.as_deref(), &roots).unwrap_err();
            assert_eq!(error.code, ErrorCode::Model);
            assert!(error.cause.is_some() && error.hint.unwrap().contains("npm install onnxruntime-node"));
        }
    }
}
