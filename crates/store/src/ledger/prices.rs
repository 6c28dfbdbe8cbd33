//! What tokens cost: a small table built in, and one of the user's own.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use headroom::error::{Error, ErrorCode};
use serde::{Deserialize, Serialize};

/// Name of the user's table in the Headroom home.
pub const PRICES_FILE: &str = "prices.json";

/// The table that is built in: list prices in US dollars.
const BUILT_IN: &str = include_str!("prices.json");

/// Prices of one model per million tokens. A cache price that is left out is that of the input.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Prompt at full price.
    pub input: f64,
    /// Prompt read from the cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<f64>,
    /// Prompt written to the cache for 5 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_5m: Option<f64>,
    /// Prompt written to the cache for an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write_1h: Option<f64>,
    /// Output.
    pub output: f64,
}

impl Price {
    fn is_sound(&self) -> bool {
        let all = [
            Some(self.input),
            self.cache_read,
            self.cache_write_5m,
            self.cache_write_1h,
            Some(self.output),
        ];
        all.into_iter()
            .flatten()
            .all(|price| price.is_finite() && price >= 0.0)
    }
}

/// A table of prices, by the names of models.
///
/// A name stands for the model of that name and for its dated or numbered releases (`claude-opus-4-5` for
/// `claude-opus-4-5-20251101`, but not for `claude-opus-4-5-mini`). One that ends in `*` stands for every
/// model that begins so. The longest that fits counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// What the prices are in: `USD`.
    pub currency: String,
    /// When they were looked up, as written: `2026-10`.
    pub as_of: String,
    /// Prices by the name of the model.
    pub models: BTreeMap<String, Price>,
}

impl Default for Prices {
    /// The table that is built in.
    fn default() -> Self {
        let empty = Self {
            currency: "USD".to_owned(),
            as_of: String::new(),
            models: BTreeMap::new(),
        };
        // A test holds that it can be read.
        serde_json::from_str(BUILT_IN).unwrap_or(empty)
    }
}

impl Prices {
    /// The user's table in a folder: it takes the place of the one that is built in. Without such a file,
    /// that one. Fails with [`ErrorCode::InvalidOptions`] when the file cannot be read.
    pub fn load(home: &Path) -> Result<Self, Error> {
        let path = home.join(PRICES_FILE);
        let failed = |cause: String| {
            Error::new(ErrorCode::InvalidOptions, "cannot read the table of prices")
                .because(format!("{}: {cause}", path.display()))
                .hint("correct it, or delete it to use the table that is built in")
        };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed(error.to_string())),
        };
        let prices: Self = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
        match prices.models.iter().find(|(_, price)| !price.is_sound()) {
            Some((model, _)) => Err(failed(format!("a price of {model} is negative"))),
            None => Ok(prices),
        }
    }

    /// The price of a model, as a request names it.
    pub fn of(&self, model: &str) -> Option<&Price> {
        // Gateways and clouds put names in front: `openai/gpt-4o`, `eu.anthropic.claude-…`.
        let tail = model.rsplit('/').next().unwrap_or(model);
        let tail = tail.rsplit_once("anthropic.").map_or(tail, |(_, tail)| tail);
        let names = [model, tail];
        let fitting = self
            .models
            .iter()
            .filter(|(key, _)| names.iter().any(|name| fits(key, name)));
        fitting
            .max_by_key(|(key, _)| (key.trim_end_matches('*').len(), !key.ends_with('*')))
            .map(|(_, price)| price)
    }
}

/// Whether a name of the table stands for a model.
fn fits(key: &str, model: &str) -> bool {
    if let Some(start) = key.strip_suffix('*') {
        return model.starts_with(start);
    }
    let Some(rest) = model.strip_prefix(key) else {
        return false;
    };
    let release = rest.trim_start_matches(['-', '@', ':']);
    let digits = release.bytes().take_while(u8::is_ascii_digit).count();
    let version = release.strip_prefix('v').unwrap_or_default();
    rest.is_empty()
        || (release.len() < rest.len()
            && (digits >= 3
                || version.starts_with(|char: char| char.is_ascii_digit())
                || matches!(release, "latest" | "preview")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_that_is_built_in_can_be_read() {
        let prices = Prices::default();
        assert!(prices.models.len() > 10 && prices.as_of.len() == 7);
        assert!(prices.models.values().all(Price::is_sound));
        for model in [
            "claude-sonnet-4-5-20250929",
            "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "claude-sonnet-4-5@20250929",
            "anthropic/claude-sonnet-4-5",
        ] {
            let price = prices.of(model);
            assert_eq!(price.map(|price| price.input), Some(3.0), "{model}");
        }
        assert_eq!(
            prices.of("gpt-4o-mini-2024-07-18").map(|price| price.input),
            Some(0.15)
        );
        assert_eq!(
            prices.of("models/gemini-2.5-pro").map(|price| price.input),
            Some(1.25)
        );
    }

    #[test]
    fn another_model_is_not_guessed() {
        let prices = Prices::default();
        for model in [
            "",
            "gpt-5-pro",
            "gpt-5.9",
            "gpt",
            "claude-opus-4-5-mini",
            "llama-3",
        ] {
            assert_eq!(prices.of(model), None, "{model}");
        }
    }

    #[test]
    fn the_longest_name_counts_and_a_star_stands_for_all() {
        let price = |input| Price {
            input,
            cache_read: None,
            cache_write_5m: None,
            cache_write_1h: None,
            output: 1.0,
        };
        let names = [("*", 1.0), ("my-*", 2.0), ("my-model", 3.0), ("my-model*", 4.0)];
        let prices = Prices {
            models: names
                .into_iter()
                .map(|(name, input)| (name.to_owned(), price(input)))
                .collect(),
            ..Prices::default()
        };
        for (model, input) in [
            ("x", 1.0),
            ("my-x", 2.0),
            ("my-model", 3.0),
            ("my-model-20250101", 3.0),
            ("my-model-x", 4.0),
        ] {
            let found = prices.of(model).map(|price| price.input);
            assert_eq!(found, Some(input), "{model}");
        }
    }

    #[test]
    fn a_table_that_cannot_be_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Prices::load(folder.path()).unwrap(), Prices::default());
        for (text, cause) in [
            ("{", "EOF"),
            (
                r#"{"currency": "EUR", "as_of": "", "models": {"m": {"input": -1, "output": 1}}}"#,
                "price of m is negative",
            ),
            (
                r#"{"currency": "EUR", "as_of": "", "models": {"m": {"inptu": 1, "output": 1}}}"#,
                "unknown field",
            ),
        ] {
            fs::write(folder.path().join(PRICES_FILE), text).unwrap();
            let error = Prices::load(folder.path()).unwrap_err();
            assert!(error.cause.unwrap().contains(cause), "{text}");
        }
        let own = r#"{"currency": "EUR", "as_of": "2026", "models": {"m": {"input": 1, "output": 2}}}"#;
        fs::write(folder.path().join(PRICES_FILE), own).unwrap();
        let prices = Prices::load(folder.path()).unwrap();
        assert_eq!((prices.currency.as_str(), prices.of("gpt-4o")), ("EUR", None));
    }
}
