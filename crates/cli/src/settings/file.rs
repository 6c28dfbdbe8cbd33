//! The file of settings: an object with the names of the flags.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use headroom::error::{Error, ErrorCode};
use serde_json::Value;

use super::table;

/// Its name in Headroom's home.
pub(crate) const FILE: &str = "proxy.json";

/// The settings of a file.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    values: BTreeMap<String, Vec<String>>,
}

impl File {
    /// A setting's values, and where they stand.
    pub(super) fn get(&self, name: &str) -> Option<(&[String], &Path)> {
        Some((self.values.get(name)?, &self.path))
    }
}

/// Reads the file; `None` where there is none. Errors: it cannot be read, is no object, or names what is no
/// setting.
pub(super) fn read(home: &Path) -> Result<Option<File>, Error> {
    let path = home.join(FILE);
    let wrong = |cause: String| {
        Error::new(
            ErrorCode::InvalidOptions,
            format!("cannot read the settings in {}", path.display()),
        )
        .because(cause)
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(wrong(error.to_string())),
    };
    let Value::Object(object) = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))? else {
        return Err(wrong("it is not a JSON object".to_owned()));
    };
    let mut values = BTreeMap::new();
    for (name, value) in object {
        if !table::all().any(|setting| setting.name == name) {
            let known: Vec<&str> = table::all().map(|setting| setting.name).collect();
            return Err(wrong(format!("there is no setting {name:?}"))
                .hint(format!("settings are {}", known.join(", "))));
        }
        let texts = texts(&value).ok_or_else(|| {
            wrong(format!(
                "{name:?} is neither a text, a number, true, false nor a list of texts"
            ))
        })?;
        values.insert(name, texts);
    }
    Ok(Some(File { path, values }))
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Number(number) => Some(vec![number.to_string()]),
        Value::Bool(on) => Some(vec![on.to_string()]),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect(),
        Value::Null | Value::Object(_) => None,
    }
}
