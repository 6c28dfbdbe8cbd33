//! `headroom proxy`, as a process: what it says, what it is told, and how it ends.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, ChildStderr, Command, Stdio};

use crate::upstream::{Upstream, ask, read_until};

struct Proxy {
    child: Child,
    stderr: BufReader<ChildStderr>,
    /// What it said so far.
    said: String,
    home: tempfile::TempDir,
}

impl Proxy {
    fn start(arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_headroom"))
            .args(["proxy", "--port", "0"])
            .args(arguments)
            .env_clear()
            .env("HEADROOM_HOME", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self {
            child,
            stderr,
            said: String::new(),
            home,
        }
    }

    /// Reads what it says until there is `mark`.
    fn says(&mut self, mark: &str) -> &str {
        while !self.said.contains(mark) {
            let read = self.stderr.read_line(&mut self.said).unwrap();
            assert!(read > 0, "it ended, and said: {}", self.said);
        }
        &self.said
    }

    /// Where it listens, once it does.
    fn address(&mut self) -> String {
        let said = self.says("http://127.0.0.1:");
        let at = said.find("127.0.0.1:").unwrap();
        let end = said[at..].find(|char: char| !char.is_ascii_digit() && char != '.' && char != ':');
        said[at..at + end.unwrap()].to_owned()
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([name, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for its end; gives the exit code and all it said.
    fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        self.stderr.read_to_string(&mut self.said).unwrap();
        (code, std::mem::take(&mut self.said))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

const BODY: &str =
    r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"a text nobody logs"}]}"#;

#[test]
fn it_says_what_to_set_where_and_relays() {
    let upstream = Upstream::new();
    let mut proxy = Proxy::start(&["--anthropic-api-url", &upstream.url]);
    let address = proxy.address();
    let said = proxy.says("Ctrl-C").to_owned();
    for line in [
        format!("export ANTHROPIC_BASE_URL=http://{address}\n"),
        format!("export OPENAI_BASE_URL=http://{address}/v1\n"),
        format!("export GOOGLE_GEMINI_BASE_URL=http://{address}\n"),
    ] {
        assert!(said.contains(&line), "{said}");
    }
    let mut client = ask(&address, "x-api-key: k\r\n", BODY);
    assert!(upstream.got().ends_with(BODY));
    upstream.finish();
    read_until(&mut client, "last");
    assert!(proxy.home.path().join("token").exists());
}

#[cfg(unix)]
#[test]
fn the_first_signal_lets_requests_finish() {
    for signal in ["-TERM", "-INT"] {
        let upstream = Upstream::new();
        let mut proxy = Proxy::start(&["--anthropic-api-url", &upstream.url]);
        let address = proxy.address();
        let mut client = ask(&address, "", BODY);
        read_until(&mut client, "ping");
        proxy.signal(signal);
        proxy.says("a second signal ends at once");
        upstream.finish();
        read_until(&mut client, "last");
        assert_eq!(proxy.end().0, Some(0));
    }
}

#[cfg(unix)]
#[test]
fn the_second_signal_ends_at_once() {
    let upstream = Upstream::new();
    let mut proxy = Proxy::start(&["--anthropic-api-url", &upstream.url]);
    let address = proxy.address();
    let mut client = ask(&address, "", BODY);
    read_until(&mut client, "ping");
    proxy.signal("-TERM");
    proxy.says("a second signal ends at once");
    proxy.signal("-TERM");
    let (code, said) = proxy.end();
    assert_eq!(code, Some(1));
    assert!(said.contains("ended before all requests were finished"), "{said}");
}

#[cfg(unix)]
#[test]
fn requests_that_take_too_long_are_cut_off_and_the_exit_code_says_so() {
    let upstream = Upstream::new();
    let mut proxy = Proxy::start(&["--drain-timeout", "1", "--anthropic-api-url", &upstream.url]);
    let address = proxy.address();
    let mut client = ask(&address, "", BODY);
    read_until(&mut client, "ping");
    proxy.signal("-TERM");
    let (code, said) = proxy.end();
    assert_eq!(code, Some(1));
    assert!(
        said.contains("longer than the 1 seconds of --drain-timeout"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn logs_hold_neither_texts_nor_credentials() {
    let upstream = Upstream::new();
    let json = ["--log-format", "json", "--log-level", "debug"];
    let mut proxy = Proxy::start(&[&json[..], &["--anthropic-api-url", &upstream.url]].concat());
    let address = proxy.address();
    let headers = "x-api-key: sk-secret\r\nauthorization: Bearer tk-secret\r\n";
    let mut client = ask(&address, headers, BODY);
    upstream.finish();
    read_until(&mut client, "last");
    // Refused requests are logged, too.
    drop(ask(
        &address,
        "origin: https://evil.example\r\nx-api-key: sk-secret\r\n",
        BODY,
    ));
    proxy.signal("-TERM");
    drop(client);
    let (code, said) = proxy.end();
    assert_eq!(code, Some(0));
    for line in said.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            value["level"].is_string() && value["message"].is_string(),
            "{line}"
        );
    }
    for secret in ["sk-secret", "tk-secret", "nobody logs"] {
        assert!(!said.contains(secret), "{said}");
    }
}

#[test]
fn a_port_that_is_taken_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let home = tempfile::tempdir().unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_headroom"))
        .args(["proxy", "--port", &port])
        .env("HEADROOM_HOME", home.path())
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(
        said.starts_with(&format!("error: cannot listen on 127.0.0.1:{port}\n")),
        "{said}"
    );
    assert!(said.contains("--port"), "{said}");
}
