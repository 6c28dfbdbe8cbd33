//! The streams and the environment of one run: a process' own, or a test's.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::time::Duration;

use headroom_store::Clock;

use crate::interrupt::Interrupt;
use crate::stop::Stop;

/// Everything a command may touch besides files.
pub struct Io<'a> {
    /// Input.
    pub stdin: &'a mut dyn Read,
    /// Data.
    pub stdout: &'a mut dyn Write,
    /// Talk.
    pub stderr: &'a mut dyn Write,
    /// Which of them is a terminal.
    pub terminals: Terminals,
    /// The value of an environment variable.
    pub environment: &'a dyn Fn(&str) -> Option<OsString>,
    /// What time it is.
    pub clock: Clock,
    /// Where the program is installed: npm packages are looked for beside it.
    pub installed: Option<&'a Path>,
    /// Tells what goes on by itself to end; without one, the signals of this process do.
    pub interrupt: Option<Interrupt>,
}

/// Which streams are terminals, with a person in front.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terminals {
    /// Input is typed.
    pub stdin: bool,
    /// Data is read on a screen.
    pub stdout: bool,
    /// Talk is read on a screen.
    pub stderr: bool,
}

impl Io<'_> {
    /// Writes data, as it is.
    pub(crate) fn data(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), Stop> {
        Ok(self.stdout.write_all(bytes.as_ref())?)
    }

    /// Writes data that a person may read on a screen: there it ends with a line break.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Stop> {
        self.data(text)?;
        if self.terminals.stdout && !text.ends_with('\n') {
            self.data("\n")?;
        }
        Ok(())
    }

    /// Says something. What cannot be said is not worth failing for: the data is what counts.
    pub(crate) fn say(&mut self, text: &str) {
        drop(writeln!(self.stderr, "{text}"));
    }

    pub(crate) fn flush(&mut self) -> Result<(), Stop> {
        drop(self.stderr.flush());
        Ok(self.stdout.flush()?)
    }
}

/// [`crate::run`] with the streams and the environment of this process. `installed`: the folder the program
/// is in. `interrupt`: see [`Io`].
pub fn run_process<A>(
    argv: impl IntoIterator<Item = A>,
    installed: Option<&Path>,
    interrupt: Option<Interrupt>,
) -> i32
where
    A: Into<OsString> + Clone,
{
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let terminals = Terminals {
        stdin: stdin.is_terminal(),
        stdout: stdout.is_terminal(),
        stderr: stderr.is_terminal(),
    };
    let mut io = Io {
        stdin: &mut Patient(stdin.lock()),
        stdout: &mut Patient(stdout.lock()),
        stderr: &mut Patient(stderr),
        terminals,
        environment: &headroom_store::process_environment,
        clock: Clock::system(),
        installed,
        interrupt,
    };
    crate::run(argv, &mut io)
}

/// Writes a line of a log, from any thread.
pub(crate) fn to_stderr(line: &[u8]) {
    #[expect(
        clippy::disallowed_methods,
        reason = "logs come from threads that have no `Io`"
    )]
    let stderr = io::stderr();
    // Where nobody reads, nothing is to be said.
    drop(Patient(stderr).write_all(line));
}

/// A stream that waits where it would have to. A process in a pipe may share its end with one that reads
/// and writes without blocking, as Node does; then blocking calls report that they would block.
struct Patient<S>(S);

const PAUSE: Duration = Duration::from_millis(1);

fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(PAUSE),
            other => return other,
        }
    }
}

impl<S: Read> Read for Patient<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        patiently(|| self.0.read(buffer))
    }
}

impl<S: Write> Write for Patient<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        patiently(|| self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        patiently(|| self.0.flush())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes one byte at every second call.
    struct Reluctant(bool, Vec<u8>);

    impl Write for Reluctant {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = !self.0;
            if self.0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.1.extend(&bytes[..1]);
            Ok(1)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stream_that_would_block_is_waited_for() {
        let mut stream = Patient(Reluctant(false, Vec::new()));
        stream.write_all(b"all of it").unwrap();
        assert_eq!(stream.0.1, b"all of it");
    }
}
