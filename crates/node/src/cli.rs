//! The command line, called by the npm `bin`.

use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

use crate::job::Job;
use crate::kompress;

/// Runs the command line with the arguments after the program's name; answers the exit code. It reads and
/// writes the process' own stdin, stdout and stderr, in the thread pool, so that JavaScript stays able to
/// react to signals.
#[napi]
pub fn run_cli(arguments: Vec<String>) -> AsyncTask<Job> {
    Job::alone(move || Ok(headroom_cli::run_process(arguments.iter(), kompress::installed()).to_string()))
}
