//! The command line, as a function: arguments and streams in, exit code out.
//!
//! The npm `bin` calls [`run_process`] through the addon, the plain binary `headroom` calls it too, and
//! tests call [`run`] without any process. Data goes to stdout, talk to stderr. Exit codes: 0 done, 1
//! failed, 2 wrong usage, 3 not found. A reader that goes away (`headroom … | head`) is no error.
#![forbid(unsafe_code)]

mod arguments;
mod commands;
mod input;
mod interrupt;
mod io;
mod log;
mod settings;
mod stop;
mod style;
mod summary;
mod table;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches};

use arguments::{Arguments, Command};
pub use interrupt::Interrupt;
pub use io::{Io, Terminals, run_process};
use stop::Stop;

/// Runs one command. `argv` does not begin with the name of the program. Returns the exit code.
pub fn run<A>(argv: impl IntoIterator<Item = A>, io: &mut Io<'_>) -> i32
where
    A: Into<OsString> + Clone,
{
    let outcome = match parse(argv) {
        Ok(arguments) => dispatch(&arguments, io),
        Err(error) => Err(Stop::from(error)),
    };
    let outcome = outcome.and_then(|()| io.flush());
    match outcome {
        Ok(()) => 0,
        Err(stop) => stop.tell(io),
    }
}

fn parse<A>(argv: impl IntoIterator<Item = A>) -> Result<Arguments, clap::Error>
where
    A: Into<OsString> + Clone,
{
    let mut command = Arguments::command().no_binary_name(true).term_width(80);
    let mut matches = command.try_get_matches_from_mut(argv)?;
    Arguments::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

fn dispatch(arguments: &Arguments, io: &mut Io<'_>) -> Result<(), Stop> {
    let store = arguments.store.as_deref();
    match &arguments.command {
        Command::Compress(compress) => commands::compress::run(compress, store, io),
        Command::Retrieve(retrieve) => commands::retrieve::run(retrieve, store, io),
        Command::Decode(decode) => commands::decode::run(decode, store, io),
        Command::Stats(stats) => commands::stats::run(stats, store, io),
        Command::Savings(savings) => commands::savings::run(savings, store, io),
        Command::Purge(purge) => commands::purge::run(purge, store, io),
        Command::Model(model) => commands::model::run(model, io),
        Command::Proxy(proxy) => commands::proxy::run(proxy, store, io),
        Command::Config(config) => commands::config::run(config, store, io),
        Command::Demo => commands::demo::run(io),
    }
}
