//! A model hub on this machine, as far as installing needs one: files with checksums behind a redirect, ranges,
//! and everything that goes wrong on the way.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use headroom_kompress::manifest::hex;
use sha2::{Digest, Sha256};

pub(crate) const COMMIT: &str = "b1563631b35bfdcee37587ad530147497d820d4c";

/// A file of the hub.
#[derive(Clone)]
pub(crate) struct Hosted {
    pub(crate) bytes: Vec<u8>,
    /// Kept by its checksum, behind a redirect, as large files are.
    pub(crate) large: bool,
    /// A checksum other than its own.
    pub(crate) sha256: Option<String>,
    /// Answers to downloads break off after so many bytes, one after the other.
    pub(crate) breaks: Vec<usize>,
    /// Ranges are not understood: the whole comes.
    pub(crate) whole_only: bool,
}

impl Hosted {
    pub(crate) fn large(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            large: true,
            sha256: None,
            breaks: Vec::new(),
            whole_only: false,
        }
    }

    pub(crate) fn small(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            large: false,
            ..Self::large(bytes)
        }
    }
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Hosted>,
    /// Method, path, range and authorization of every request.
    requests: Vec<[String; 4]>,
    ended: bool,
}

pub(crate) struct FakeHub {
    pub(crate) endpoint: String,
    state: Arc<Mutex<State>>,
    thread: Option<JoinHandle<()>>,
}

impl FakeHub {
    /// Serves `files`, by `owner/name/path`, until dropped.
    pub(crate) fn new(files: &[(&str, Hosted)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let files = files
            .iter()
            .map(|(path, file)| ((*path).to_owned(), file.clone()))
            .collect();
        let state = Arc::new(Mutex::new(State {
            files,
            ..State::default()
        }));
        let shared = Arc::clone(&state);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.lock().unwrap().ended {
                    return;
                }
                // Whoever hangs up in the middle is no concern of the hub.
                drop(answer(&mut stream.unwrap(), &shared));
            }
        });
        Self {
            endpoint,
            state,
            thread: Some(thread),
        }
    }

    pub(crate) fn change(&self, path: &str, change: impl FnOnce(&mut Hosted)) {
        change(self.state.lock().unwrap().files.get_mut(path).unwrap());
    }

    /// What was asked since last time: `GET /cdn/owner/name/path bytes=3-`.
    pub(crate) fn requests(&self) -> Vec<String> {
        let requests = std::mem::take(&mut self.state.lock().unwrap().requests);
        requests
            .into_iter()
            .map(|parts| parts[..3].join(" ").trim_end().to_owned())
            .collect()
    }

    /// Paths of requests that carried credentials, since last time.
    pub(crate) fn authorized(&self) -> Vec<String> {
        let requests = std::mem::take(&mut self.state.lock().unwrap().requests);
        requests
            .into_iter()
            .filter(|parts| !parts[3].is_empty())
            .map(|parts| parts[1].clone())
            .collect()
    }
}

impl Drop for FakeHub {
    fn drop(&mut self) {
        self.state.lock().unwrap().ended = true;
        // Wakes the thread up.
        drop(TcpStream::connect(self.endpoint.trim_start_matches("http://")));
        self.thread.take().unwrap().join().unwrap();
    }
}

fn answer(stream: &mut TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut parts = first.split(' ');
    let (method, path) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let header = |name: &str| headers.get(name).cloned().unwrap_or_default();
    let mut state = state.lock().unwrap();
    state.requests.push([
        method.to_owned(),
        path.to_owned(),
        header("range"),
        header("authorization"),
    ]);
    let cdn = path.strip_prefix("/cdn/").map(str::to_owned);
    let resolved = || {
        let (repository, rest) = path.trim_start_matches('/').split_once("/resolve/")?;
        Some(format!("{repository}/{}", rest.split_once('/')?.1))
    };
    let name = cdn.clone().or_else(resolved).unwrap_or_default();
    let Some(file) = state.files.get_mut(&name) else {
        return write!(
            stream,
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
    };
    if cdn.is_none() && file.large {
        let sha256 = file
            .sha256
            .clone()
            .unwrap_or_else(|| hex(&Sha256::digest(&file.bytes)));
        return write!(
            stream,
            "HTTP/1.1 302 Found\r\nlocation: /cdn/{name}\r\nx-linked-etag: \"{sha256}\"\r\nx-linked-size: {}\r\n\
             x-repo-commit: {COMMIT}\r\netag: \"0000\"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            file.bytes.len()
        );
    }
    send(stream, file, method, &header("range"))
}

fn send(stream: &mut TcpStream, file: &mut Hosted, method: &str, range: &str) -> std::io::Result<()> {
    let from = range
        .strip_prefix("bytes=")
        .and_then(|range| range.trim_end_matches('-').parse().ok());
    let from: usize = from.filter(|_| !file.whole_only).unwrap_or(0);
    let size = file.bytes.len();
    if from > 0 && from >= size {
        return write!(
            stream,
            "HTTP/1.1 416 Range Not Satisfiable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
    }
    let status = if from > 0 {
        format!(
            "206 Partial Content\r\ncontent-range: bytes {from}-{}/{size}",
            size - 1
        )
    } else {
        "200 OK".to_owned()
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\netag: \"33a6\"\r\nx-repo-commit: {COMMIT}\r\nconnection: close\r\n\r\n",
        size - from
    )?;
    if method != "GET" {
        return Ok(());
    }
    let body = &file.bytes[from..];
    let end = if file.breaks.is_empty() {
        body.len()
    } else {
        file.breaks.remove(0).min(body.len())
    };
    stream.write_all(&body[..end])
}
