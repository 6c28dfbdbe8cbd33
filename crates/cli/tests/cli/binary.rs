//! The plain binary, as a process: real streams, and readers that go away.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::samples::records;

fn headroom() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_headroom"));
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[test]
fn streams_are_wired() {
    let mut child = headroom()
        .args(["compress", "--model", "gpt-4o"])
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(records().to_string().as_bytes())
        .unwrap();
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    assert!(done.stdout.starts_with(b"[headroom: "));
    assert!(done.stderr.starts_with(b"text: 1 of 1 block changed"));
    let wrong = headroom().args(["retrieve", "x"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    // More than a pipe holds, and not UTF-8, so that it is passed through as it is.
    let input = vec![0xff; 4 << 20];
    let mut child = headroom().args(["compress", "-"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    writer.join().unwrap().unwrap();
    let mut talk = String::new();
    child.stderr.take().unwrap().read_to_string(&mut talk).unwrap();
    assert_eq!((child.wait().unwrap().code(), talk.as_str()), (Some(0), ""));
}
