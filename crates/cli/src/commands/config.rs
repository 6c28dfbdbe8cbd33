//! `headroom config`: what the proxy would be started with, and who says so.

use std::path::Path;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::io::Io;
use crate::settings::{self, FILE, Found, Given, Kind, Token};
use crate::stop::Stop;
use crate::style::Style;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, mut_args = |arg| if arg.get_id() == "json" { arg } else { arg.hide(true) })]
pub(crate) struct Config {
    /// As JSON, with flags, variables, defaults and words for each
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    given: Given,
}

const EXAMPLES: &str = "\
Examples:
  headroom config
  headroom config --port 9000 --ccr off
      What `headroom proxy` would make of these flags; it takes all of them.
  headroom config --json | jq .port.source

Secrets are not shown.";

pub(crate) fn run(arguments: &Config, store: Option<&Path>, io: &mut Io<'_>) -> Result<(), Stop> {
    let found = settings::resolve(&arguments.given.with_store(store), Token::Leave, io)?.found;
    if arguments.json {
        let all: Map<String, Value> = found.iter().map(as_json).collect();
        let text = serde_json::to_string_pretty(&all).unwrap_or_default();
        return io.data(text + "\n");
    }
    let style = Style::of(io.terminals.stdout, io);
    let rows: Vec<[String; 3]> = found
        .iter()
        .map(|found| {
            [
                found.setting.name.to_owned(),
                shown(found),
                found.source.told(found.setting),
            ]
        })
        .collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let (names, values) = (width(0), width(1).min(40));
    for [name, value, source] in &rows {
        let line = format!("{name:<names$}  {value:<values$}  ");
        io.data(line + &style.faint(source) + "\n")?;
    }
    if let Ok(home) = headroom_store::home(io.environment) {
        io.say(&format!("the file of settings is {}", home.join(FILE).display()));
    }
    Ok(())
}

/// A value for a person.
fn shown(found: &Found) -> String {
    match (found.setting.kind, found.texts.as_slice(), found.setting.default) {
        (_, [], Err(settings::Unset(words))) => format!("({words})"),
        (_, [], Ok(_)) => "()".to_owned(),
        (Kind::Secret, ..) => "(secret)".to_owned(),
        (_, texts, _) => texts.join(","),
    }
}

fn as_json(found: &Found) -> (String, Value) {
    let setting = found.setting;
    let value = match (setting.kind, found.texts.as_slice()) {
        (_, []) => Value::Null,
        (Kind::Secret, _) => "(secret)".into(),
        (Kind::Many, texts) => texts.into(),
        (_, texts) => texts.join(",").into(),
    };
    let default = match setting.default {
        Ok(text) => text,
        Err(settings::Unset(words)) => words,
    };
    let about = json!({
        "value": value,
        "source": found.source.told(setting),
        "section": setting.section,
        "flag": setting.flag.then(|| format!("--{}", setting.name)),
        "takes": setting.value,
        "variables": setting.variables,
        "default": default,
        "help": setting.help,
    });
    (setting.name.to_owned(), about)
}
