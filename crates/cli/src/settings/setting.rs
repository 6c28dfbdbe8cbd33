//! What a setting is, and how its texts are read.

use std::str::FromStr;

use super::Launch;

/// How a setting's values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    One,
    /// Shown to nobody.
    Secret,
    /// Commas between them; as a flag also one by one.
    Many,
    /// On by its name alone.
    Switch,
}

/// What holds when a setting is not made and there is no value that says the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unset(pub(crate) &'static str);

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The flag without its dashes, and the key in the file.
    pub(crate) name: &'static str,
    /// Where help shows it.
    pub(crate) section: &'static str,
    /// What stands for its value.
    pub(crate) value: &'static str,
    pub(crate) kind: Kind,
    /// There is a flag; a few settings are everybody's variables and need none.
    pub(crate) flag: bool,
    /// Variables of the environment; the first that is set counts.
    pub(crate) variables: &'static [&'static str],
    /// The default as it would be written.
    pub(crate) default: Result<&'static str, Unset>,
    pub(crate) help: &'static str,
    /// Reads values; the error says what is wrong with them.
    pub(crate) set: fn(&mut Launch, &[String]) -> Result<(), String>,
}

impl Setting {
    /// What help says.
    pub(crate) fn told(&self) -> String {
        let default = match self.default {
            Ok(text) => text,
            Err(Unset(words)) => words,
        };
        format!(
            "{}. Default: {default}. [{}]",
            self.help,
            self.variables.join(", ")
        )
    }

    /// What it can be set to.
    pub(super) fn takes(&self) -> String {
        let names: Vec<&str> = self.value.split('|').collect();
        match names.as_slice() {
            [what] => format!("it takes {what}; see `headroom proxy --help`"),
            names => format!("it takes one of {}", names.join(", ")),
        }
    }

    /// The values of a text, or of several.
    pub(super) fn split(&self, texts: &[String]) -> Vec<String> {
        match self.kind {
            Kind::Many => {
                let parts = texts.iter().flat_map(|text| text.split(',')).map(str::trim);
                parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
            }
            Kind::One | Kind::Secret | Kind::Switch => texts.to_vec(),
        }
    }
}

pub(super) fn read<T: FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    text.trim()
        .parse()
        .map_err(|error: T::Err| format!("{text:?}: {}", error.to_string()))
}

/// The one value there must be.
pub(super) fn one<T: FromStr<Err: ToString>>(texts: &[String]) -> Result<T, String> {
    match texts {
        [text] if !text.trim().is_empty() => read(text),
        [_] => Err("it is empty".to_owned()),
        _ => Err("it takes one value, not a list".to_owned()),
    }
}

pub(super) fn put<T: FromStr<Err: ToString>>(place: &mut T, texts: &[String]) -> Result<(), String> {
    *place = one(texts)?;
    Ok(())
}

/// One of the values that have names.
pub(super) fn choose<T: Copy>(place: &mut T, texts: &[String], names: &[(&str, T)]) -> Result<(), String> {
    let text = one::<String>(texts)?.to_ascii_lowercase();
    match names.iter().find(|(name, _)| *name == text) {
        Some((_, value)) => *place = *value,
        None => return Err(format!("there is no {text:?}")),
    }
    Ok(())
}
