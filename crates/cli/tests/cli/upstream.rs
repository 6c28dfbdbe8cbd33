//! A provider on this machine that answers one request in two parts, and a client that asks through a proxy.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// Answers one request: its head and a first event at once, the last one when told to.
pub(crate) struct Upstream {
    pub(crate) url: String,
    finish: Sender<()>,
    got: Receiver<String>,
}

impl Upstream {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (finish, wait) = channel();
        let (tell, got) = channel();
        thread::spawn(move || {
            let Ok((mut stream, _)) = listener.accept() else {
                return;
            };
            tell.send(request(&mut stream)).unwrap();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(b"data: {\"type\":\"ping\"}\n\n").unwrap();
            // An error is that the test is over.
            if wait.recv().is_ok() {
                drop(stream.write_all(b"data: {\"type\":\"last\"}\n\n"));
            }
        });
        Self { url, finish, got }
    }

    /// What was asked, headers and body.
    pub(crate) fn got(&self) -> String {
        self.got.recv().unwrap()
    }

    pub(crate) fn finish(&self) {
        self.finish.send(()).unwrap();
    }
}

/// Reads a request that says how long it is.
fn request(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut text = String::new();
    while reader.read_line(&mut text).unwrap() > 2 {}
    let length = text
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    text + &String::from_utf8(body).unwrap()
}

/// A connection that has asked for an answer of the model; nothing is read yet.
pub(crate) fn ask(address: &str, headers: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /v1/messages HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .unwrap();
    stream
}

/// Reads until `mark` has come.
pub(crate) fn read_until(stream: &mut TcpStream, mark: &str) -> String {
    let mut got = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&got).contains(mark) {
        assert_eq!(
            stream.read(&mut byte).unwrap(),
            1,
            "{}",
            String::from_utf8_lossy(&got)
        );
        got.push(byte[0]);
    }
    String::from_utf8(got).unwrap()
}
