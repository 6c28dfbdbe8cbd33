//! `headroom decode`: a compressed text back to what it was.
//!
//! A text from which nothing was left out is decoded by itself. One with gaps is decoded by its ref, as
//! long as the original is stored. A request is decoded text by text, and the rest of it is not touched.

use std::path::{Path, PathBuf};

use clap::Args;
use headroom::ccr;
use headroom::error::{Error, ErrorCode};
use headroom::format::Format;
use headroom::json::Document;
use headroom::message::{self, Edit, Role};
use headroom::pipeline;
use headroom_store::Vault;

use crate::input::{self, Input};
use crate::io::Io;
use crate::stop::Stop;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Decode {
    /// A compressed text, or a request with such texts; `-` is stdin
    file: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  headroom compress orders.json | headroom decode
  headroom decode smaller.json > request.json

JSON comes back with its numbers, keys and order as they were; only white space
between its parts is not kept, unless the original is stored.";

pub(crate) fn run(arguments: &Decode, store: Option<&Path>, io: &mut Io<'_>) -> Result<(), Stop> {
    let Input { bytes, name } = input::read(arguments.file.as_deref(), io)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Stop::Failed(Error::new(
            ErrorCode::NotDecodable,
            format!("{name} is not UTF-8"),
        ))
    })?;
    let store = input::store(store, io)?;
    let decoded = match decode_request(&text, &*store) {
        Some(decoded) => decoded,
        None => decode_text(&text, &[], &*store),
    };
    input::tell_notices(&*store, io);
    io.text(&decoded?)
}

/// One text: by itself and what stands above it, or by the one ref it names.
fn decode_text(text: &str, above: &[&str], store: &dyn Vault) -> Result<String, Error> {
    let error = match pipeline::decode_below(text, above) {
        Ok(decoded) => return Ok(decoded),
        Err(error) => error,
    };
    let refs = ccr::find_refs(text);
    let [reference] = refs[..] else { return Err(error) };
    match store.get(reference)? {
        Some(entry) => Ok(entry.text),
        None => Err(
            Error::new(ErrorCode::NotDecodable, "parts of this text were left out")
                .because(ccr::missing(reference)),
        ),
    }
}

/// The request with every text decoded that can be, an error when it has no such text; `None` when it is no
/// request.
fn decode_request(input: &str, store: &dyn Vault) -> Option<Result<String, Error>> {
    let document = Document::parse(input).ok()?;
    let format = Format::sniff(&document)?;
    let blocks = format.blocks(&document).ok()?;
    let mut above: Vec<&str> = Vec::new();
    let mut edits = Vec::new();
    for block in &blocks {
        if block.closed.is_none()
            && let Ok(text) = decode_text(&block.text, &above, store)
            && text != block.text
        {
            edits.push(Edit {
                path: block.path.clone(),
                span: block.span.clone(),
                json: format.replacement(block, input, &text),
            });
        }
        if block.role == Role::Tool {
            above.push(&block.text);
        }
    }
    if edits.is_empty() {
        let error = Error::new(ErrorCode::NotDecodable, "this request holds no compressed text");
        return Some(Err(error));
    }
    message::splice(input, &edits).map(Ok)
}
