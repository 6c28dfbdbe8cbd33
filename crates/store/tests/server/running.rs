//! A server of a test's own.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::time::{Duration, Instant};

use headroom::ccr::Entry;
use headroom_store::{RedisVault, StoreOptions};
use redis::Connection;

/// How long a server may take to start, and to end: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Running {
    child: Child,
    pub(crate) port: u16,
    arguments: Vec<String>,
    pub(crate) folder: tempfile::TempDir,
}

/// A server that flushes every write, with further arguments; `None` where there is no `redis-server`.
pub(crate) fn start(arguments: &[&str]) -> Option<Running> {
    static TOLD: Once = Once::new();
    let there = Command::new("redis-server")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if there.is_err() {
        // Not with `eprintln!`, which the test runner keeps to itself while all is well.
        TOLD.call_once(|| {
            drop(writeln!(
                std::io::stderr(),
                "skipped: redis-server is not on the PATH, so nothing of Redis was tested"
            ));
        });
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let own = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];
    let arguments: Vec<String> = own
        .iter()
        .chain(arguments)
        .map(|argument| (*argument).to_owned())
        .collect();
    let child = spawn(folder.path(), port, &arguments);
    let running = Running {
        child,
        port,
        arguments,
        folder,
    };
    running.until_ready();
    Some(running)
}

/// A port nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn spawn(folder: &Path, port: u16, arguments: &[String]) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--dir"])
        .arg(folder)
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

impl Running {
    pub(crate) fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn vault(&self) -> RedisVault {
        self.vault_with("", |_| {})
    }

    /// With more behind the address, and other options.
    pub(crate) fn vault_with(&self, more: &str, change: impl FnOnce(&mut StoreOptions)) -> RedisVault {
        vault(&(self.address() + more), change)
    }

    /// A connection beside the vault.
    pub(crate) fn raw(&self) -> Connection {
        redis::Client::open(self.address())
            .unwrap()
            .get_connection()
            .unwrap()
    }

    /// Ends the server like a loss of power.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Lets it say nothing, with its connections open, until [`Running::thaw`].
    pub(crate) fn freeze(&mut self) {
        self.signal("STOP");
    }

    pub(crate) fn thaw(&mut self) {
        self.signal("CONT");
    }

    fn signal(&mut self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Starts it again where it was, after [`Running::kill`].
    pub(crate) fn restart(&mut self) {
        self.child = spawn(self.folder.path(), self.port, &self.arguments);
        self.until_ready();
    }

    fn until_ready(&self) {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let client = redis::Client::open(self.address()).unwrap();
            let answer = client
                .get_connection_with_timeout(Duration::from_secs(1))
                .and_then(|mut connection| redis::cmd("PING").query::<String>(&mut connection));
            match answer {
                Ok(_) => return,
                // It runs, and wants a password.
                Err(error) if error.code() == Some("NOAUTH") => return,
                Err(error) => assert!(Instant::now() < give_up, "{error}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub(crate) fn vault(address: &str, change: impl FnOnce(&mut StoreOptions)) -> RedisVault {
    let mut options = StoreOptions {
        patience: PATIENCE,
        ..StoreOptions::default()
    };
    change(&mut options);
    RedisVault::new(address, options, |_| None).unwrap()
}

pub(crate) fn entry(text: &str) -> Entry {
    Entry {
        text: text.to_owned(),
        tool: None,
    }
}
