//! A console of a test's own: streams in memory, an environment, a folder for files and the store.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use headroom_cli::{Io, Terminals};
use headroom_store::Clock;

pub(crate) struct Console {
    folder: tempfile::TempDir,
    pub(crate) stdin: Vec<u8>,
    pub(crate) terminals: Terminals,
    pub(crate) environment: Vec<(&'static str, OsString)>,
    pub(crate) clock: Clock,
}

/// What one run left.
pub(crate) struct Ran {
    pub(crate) line: String,
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Console {
    /// With a home of its own, nothing typed and no terminal.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home").into_os_string();
        Self {
            folder,
            stdin: Vec::new(),
            terminals: Terminals::default(),
            environment: vec![("HEADROOM_HOME", home)],
            clock: Clock::system(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file in the folder; returns its path as an argument.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), bytes).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn pipe(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.stdin = bytes.as_ref().to_vec();
        self
    }

    pub(crate) fn run(&self, argv: &[&str]) -> Ran {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let lookup = |name: &str| {
            let found = self.environment.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.clone())
        };
        let mut io = Io {
            stdin: &mut self.stdin.as_slice(),
            stdout: &mut stdout,
            stderr: &mut stderr,
            terminals: self.terminals,
            environment: &lookup,
            clock: self.clock.clone(),
            installed: None,
            interrupt: None,
        };
        let code = headroom_cli::run(argv.iter().copied(), &mut io);
        Ran {
            line: argv.join(" "),
            code,
            stdout,
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// The whole of a run against the snapshot of that name. The folder of the test stands as `[DIR]`.
    pub(crate) fn expect(&self, name: &str, ran: &Ran) {
        let mut got = format!("$ headroom {}\nexit code {}\n", ran.line, ran.code);
        for (stream, text) in [("stdout", ran.text()), ("stderr", ran.stderr.as_str())] {
            write!(got, "----- {stream} -----\n{text}").unwrap();
            if !text.is_empty() && !text.ends_with('\n') {
                got += "(no line break)\n";
            }
        }
        let got = got.replace(self.folder.path().to_str().unwrap(), "[DIR]");
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/cli/snapshots")
            .join(format!("{name}.txt"));
        if update() {
            fs::write(&path, got).unwrap();
            return;
        }
        let want = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            got == want,
            "{name} differs; UPDATE_SNAPSHOTS=1 writes it anew. Got:\n{got}\nWant:\n{want}"
        );
    }
}

impl Ran {
    /// The run without its data, for a snapshot of what was said.
    pub(crate) fn talk(self) -> Self {
        Self {
            stdout: Vec::new(),
            ..self
        }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }
}

/// Snapshots are to be written anew.
pub(crate) fn update() -> bool {
    #[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the tests")]
    std::env::var_os("UPDATE_SNAPSHOTS").is_some()
}
