//! Reading what a command works on, and finding its store.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use headroom::error::{Error, ErrorCode};
use headroom::options::KompressOptions;
use headroom_kompress::Settings;
use headroom_store::ledger::Prices;
use headroom_store::{StoreOptions, Vault};

use crate::io::Io;
use crate::settings;
use crate::stop::Stop;

/// What was read, and what to call it.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) bytes: Vec<u8>,
    pub(crate) name: String,
}

/// Reads a file, or stdin for `-` or nothing. A person who types nothing in is told what to do instead of
/// being left waiting.
pub(crate) fn read(file: Option<&Path>, io: &mut Io<'_>) -> Result<Input, Stop> {
    let failed = |name: &str, error: &std::io::Error| {
        Stop::Failed(
            Error::new(ErrorCode::InvalidOptions, format!("cannot read {name}")).because(error.to_string()),
        )
    };
    match file.filter(|file| *file != Path::new("-")) {
        Some(file) => {
            let name = file.display().to_string();
            let bytes = fs::read(file).map_err(|error| failed(&name, &error))?;
            Ok(Input { bytes, name })
        }
        None if file.is_none() && io.terminals.stdin => Err(Stop::Usage(
            Error::new(ErrorCode::InvalidOptions, "there is no input")
                .because("no file is named, and nothing is piped in")
                .hint("name a file, pipe something in, or pass `-` to type it"),
        )),
        None => {
            let mut bytes = Vec::new();
            io.stdin
                .read_to_end(&mut bytes)
                .map_err(|error| failed("stdin", &error))?;
            Ok(Input {
                bytes,
                name: "stdin".to_owned(),
            })
        }
    }
}

/// The store named by `--store` or by the settings, or the default one. Opens nothing yet.
pub(crate) fn store(place: Option<&Path>, io: &Io<'_>) -> Result<Arc<dyn Vault>, Stop> {
    let place = settings::store(place, io)?;
    let options = StoreOptions {
        clock: io.clock.clone(),
        ..StoreOptions::default()
    };
    Ok(headroom_store::open_vault(
        place.as_deref(),
        options,
        io.environment,
    )?)
}

/// The user's table of prices, or the one that is built in.
pub(crate) fn prices(io: &Io<'_>) -> Result<Prices, Error> {
    // Without a home there is no table of one's own.
    headroom_store::home(io.environment).map_or_else(|_| Ok(Prices::default()), |home| Prices::load(&home))
}

/// Where models and the library that runs them are, for options that ask for one. Reads nothing yet.
pub(crate) fn kompress(options: &KompressOptions, io: &Io<'_>) -> Result<Settings, Error> {
    let home = headroom_store::home(io.environment)?;
    let roots = io.installed.map(Path::to_path_buf).into_iter().collect();
    Ok(Settings::new(options, &home, io.environment, roots))
}

/// Says what a store has to say.
pub(crate) fn tell_notices(store: &dyn Vault, io: &mut Io<'_>) {
    for notice in store.take_notices() {
        io.say(&format!("warning: {notice}"));
    }
}
