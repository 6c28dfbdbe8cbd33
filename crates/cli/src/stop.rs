//! Why a command ends before its end, and with which exit code.

use std::io::ErrorKind;

use clap::error::ErrorKind as ClapKind;
use headroom::error::{Error, ErrorCode};

use crate::io::Io;

/// The ways to end early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It could not be done: exit code 1.
    Failed(Error),
    /// The call makes no sense: exit code 2.
    Usage(Error),
    /// There is nothing under that ref: exit code 3.
    NotFound(String),
    /// Arguments that clap refuses, or its help: exit code 2, or 0.
    Arguments(clap::Error),
    /// The reader has gone: exit code 0.
    Closed,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error.code {
            ErrorCode::InvalidOptions | ErrorCode::InvalidRef | ErrorCode::InvalidSelection => {
                Self::Usage(error)
            }
            _ => Self::Failed(error),
        }
    }
}

impl From<clap::Error> for Stop {
    fn from(error: clap::Error) -> Self {
        Self::Arguments(error)
    }
}

/// Only output is written with `?`; input and files have errors of their own.
impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Failed(
                Error::new(ErrorCode::InvalidOptions, "cannot write the output").because(error.to_string()),
            ),
        }
    }
}

impl Stop {
    /// Says why, and returns the exit code.
    pub(crate) fn tell(self, io: &mut Io<'_>) -> i32 {
        match self {
            Self::Failed(error) => {
                io.say(&format!("error: {error}"));
                1
            }
            Self::Usage(error) => {
                io.say(&format!("error: {error}"));
                2
            }
            Self::NotFound(answer) => {
                io.say(&answer);
                3
            }
            Self::Arguments(error) => tell_arguments(&error, io),
            Self::Closed => 0,
        }
    }
}

fn tell_arguments(error: &clap::Error, io: &mut Io<'_>) -> i32 {
    let text = error.render().to_string();
    if matches!(error.kind(), ClapKind::DisplayHelp | ClapKind::DisplayVersion) {
        // Whoever asked for help and went away needs none.
        drop(io.data(&text).and_then(|()| io.flush()));
        return 0;
    }
    io.say(text.trim_end());
    2
}
