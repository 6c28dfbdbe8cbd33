//! Configuration: nearly every line is a setting, an item or a head, and some belong to others.

use crate::grammar::config;

/// True for YAML, TOML, INI, `.env`, properties and lockfiles.
pub(super) fn is_config(text: &str) -> bool {
    config::style_of(text).is_some()
}
