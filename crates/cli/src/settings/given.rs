//! Flags of the settings, made from the table.

use std::collections::BTreeMap;
use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::setting::{Kind, Setting};
use super::table;

/// The flags that were given, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given(BTreeMap<&'static str, Vec<String>>);

impl Given {
    /// These, and the place that `--store` names.
    pub(crate) fn with_store(&self, store: Option<&Path>) -> Self {
        let mut given = self.clone();
        if let Some(store) = store {
            given
                .0
                .insert(table::STORE, vec![store.to_string_lossy().into_owned()]);
        }
        given
    }

    /// The values of a flag, as given.
    pub(super) fn get(&self, name: &str) -> Option<&[String]> {
        self.0.get(name).map(Vec::as_slice)
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Self::default();
        given.update_from_arg_matches(matches)?;
        Ok(given)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for setting in flags() {
            if let Some(values) = matches.get_many::<String>(setting.name) {
                self.0.insert(setting.name, values.cloned().collect());
            }
        }
        Ok(())
    }
}

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        flags().fold(command, |command, setting| command.arg(flag(setting)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The settings that have a flag.
fn flags() -> impl Iterator<Item = &'static Setting> {
    table::all().filter(|setting| setting.flag)
}

fn flag(setting: &'static Setting) -> Arg {
    let arg = Arg::new(setting.name)
        .long(setting.name)
        .value_name(setting.value)
        .help(setting.told())
        .help_heading(setting.section);
    match setting.kind {
        Kind::One | Kind::Secret => arg.action(ArgAction::Set),
        Kind::Many => arg.action(ArgAction::Append),
        Kind::Switch => arg
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
    }
}
