//! The command line, called by the npm `bin`.

use std::sync::LazyLock;

use headroom_cli::Interrupt;
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

use crate::job::Job;
use crate::kompress;

/// Signals are JavaScript's in this process.
static INTERRUPT: LazyLock<Interrupt> = LazyLock::new(Interrupt::default);

/// Runs the command line with the arguments after the program's name; answers the exit code. It reads and
/// writes the process' own stdin, stdout and stderr, in the thread pool, so that JavaScript stays able to
/// react to signals.
#[napi]
pub fn run_cli(arguments: Vec<String>) -> AsyncTask<Job> {
    Job::alone(move || {
        let interrupt = Some(INTERRUPT.clone());
        let code = headroom_cli::run_process(arguments.iter(), kompress::installed(), interrupt);
        Ok(code.to_string())
    })
}

/// Passes a signal on to the command that runs. False when it does not listen: then the process has to end.
#[napi]
pub fn interrupt_cli() -> bool {
    INTERRUPT.raise()
}
