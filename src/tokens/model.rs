//! Which encoding a model's name stands for.

use super::Encoding;

/// What may stand in front of a model's own name besides a path: provider registries, fine-tunes.
const PREFIXES: [&str; 5] = ["ft:", "openai:", "openai.", "azure:", "azure-"];

/// Families by the beginning of their names, the longer ones first where one begins another.
const FAMILIES: [(&str, Rest, Encoding); 19] = [
    ("gpt-4o", Rest::NotDigit, Encoding::O200kBase),
    ("gpt-4.1", Rest::NotDigit, Encoding::O200kBase),
    ("gpt-4.5", Rest::NotDigit, Encoding::O200kBase),
    ("gpt-5", Rest::NotDigit, Encoding::O200kBase),
    ("gpt-oss", Rest::NotDigit, Encoding::O200kBase),
    ("chatgpt-4o", Rest::NotDigit, Encoding::O200kBase),
    ("o1", Rest::Separated, Encoding::O200kBase),
    ("o3", Rest::Separated, Encoding::O200kBase),
    ("o4", Rest::Separated, Encoding::O200kBase),
    ("gpt-4", Rest::Separated, Encoding::Cl100kBase),
    ("gpt-3.5", Rest::NotDigit, Encoding::Cl100kBase),
    // The spelling of deployment names that allow no dot.
    ("gpt-35", Rest::NotDigit, Encoding::Cl100kBase),
    ("text-embedding-3", Rest::Separated, Encoding::Cl100kBase),
    ("text-embedding-ada-002", Rest::Separated, Encoding::Cl100kBase),
    ("davinci-002", Rest::Separated, Encoding::Cl100kBase),
    ("babbage-002", Rest::Separated, Encoding::Cl100kBase),
    ("o200k_base", Rest::Nothing, Encoding::O200kBase),
    ("o200k_harmony", Rest::Nothing, Encoding::O200kBase),
    ("cl100k_base", Rest::Nothing, Encoding::Cl100kBase),
];

/// What may follow a family's name.
#[derive(Clone, Copy)]
enum Rest {
    /// Anything but another digit of a version.
    NotDigit,
    /// Nothing, or a separator and more.
    Separated,
    /// Nothing.
    Nothing,
}

impl Rest {
    fn allows(self, rest: &str) -> bool {
        match (self, rest.chars().next()) {
            (_, None) => true,
            (Self::NotDigit, Some(next)) => !next.is_ascii_digit(),
            (Self::Separated, Some(next)) => matches!(next, '-' | ':' | '@' | '_'),
            (Self::Nothing, Some(_)) => false,
        }
    }
}

/// The encoding of `model`; an estimate for every name that is not known to have a public vocabulary.
pub(super) fn encoding(model: &str) -> Encoding {
    let name = model.trim().to_ascii_lowercase();
    let mut name = name.rsplit('/').next().unwrap_or_default();
    while let Some(rest) = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)) {
        name = rest;
    }
    let found = FAMILIES
        .iter()
        .find(|(family, rest, _)| name.strip_prefix(family).is_some_and(|after| rest.allows(after)));
    found.map_or(Encoding::Estimate, |&(_, _, encoding)| encoding)
}
