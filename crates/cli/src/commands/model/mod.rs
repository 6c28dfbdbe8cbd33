//! `headroom model`: installs the models that `--kompress` asks, and says which there are.
//!
//! `install` with an `hf:` source is the only command that reaches out to the network.

mod hub;
mod install;
mod source;
mod staging;
mod status;

use clap::{Args, Subcommand};

use crate::io::Io;
use crate::stop::Stop;

#[derive(Debug, Args)]
pub(crate) struct Model {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Copy or download a model, with its checksums
    Install(install::Install),
    /// Which models there are, whether they are whole, and where their library is
    Status,
}

pub(crate) fn run(arguments: &Model, io: &mut Io<'_>) -> Result<(), Stop> {
    match &arguments.what {
        What::Install(install) => install::run(install, io),
        What::Status => status::run(io),
    }
}
