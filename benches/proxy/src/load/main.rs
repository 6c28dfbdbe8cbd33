//! The load generator: sends the same to several servers in turn and prints what it saw as JSON.
//!
//!     load requests KEY=VALUE…     answers in one piece: time for each, answers a second
//!     load streams KEY=VALUE…      paced streams: time to the first frame, delay of each, what got lost
//!
//! | key | what |
//! |---|---|
//! | `to` | ports of the loopback, with commas between; each round goes through them in this order |
//! | `path`, `body` | the request: its path, and the file its body is in |
//! | `stamp` | a text of eight bytes in the body that is another in every request |
//! | `pace` | `FRAMES,MILLISECONDS` |
//! | `connections` | kept open for all rounds |
//! | `rounds` | how often each server's turn comes; the first is not counted |
//! | `each` | requests or streams of a connection in a round |
#![forbid(unsafe_code)]

mod client;
mod figures;
mod requests;
mod streams;

use std::io::{self, Write};

use bytes::Bytes;
use client::Broken;
use headroom_proxy_bench::Pace;

/// What to do, as the arguments say.
pub(crate) struct Plan {
    ports: Vec<u16>,
    path: String,
    body: Bytes,
    stamp: Option<String>,
    pace: Option<Pace>,
    connections: usize,
    rounds: usize,
    each: usize,
}

impl Plan {
    fn read(arguments: &[String]) -> Result<Self, String> {
        let value = |key: &str| {
            arguments
                .iter()
                .find_map(|argument| argument.strip_prefix(key)?.strip_prefix('='))
        };
        let needed = |key: &str| value(key).ok_or_else(|| format!("{key}=… is missing"));
        let number = |key: &str| match value(key) {
            None => Ok(1),
            Some(text) => text.parse().map_err(|error| format!("{key}: {error}")),
        };
        let body = match value("body") {
            Some(file) => std::fs::read(file).map_err(|error| format!("{file}: {error}"))?,
            None => Vec::new(),
        };
        let ports: Result<_, _> = needed("to")?.split(',').map(str::parse).collect();
        Ok(Self {
            ports: ports.map_err(|error| format!("to: {error}"))?,
            path: needed("path")?.to_owned(),
            body: body.into(),
            stamp: value("stamp").map(str::to_owned),
            pace: value("pace")
                .map(|text| Pace::read(text).ok_or("pace: FRAMES,MILLISECONDS"))
                .transpose()?,
            connections: number("connections")?,
            rounds: number("rounds")?,
            each: number("each")?,
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Broken> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let plan = Plan::read(&arguments.collect::<Vec<_>>())?;
    let found = match what.as_str() {
        "requests" => requests::run(plan).await?,
        "streams" => streams::run(plan).await?,
        _ => return Err("say `requests` or `streams`".into()),
    };
    Ok(writeln!(io::stdout(), "[{}]", found.join(","))?)
}
