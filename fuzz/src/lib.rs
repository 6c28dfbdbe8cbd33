//! What must hold for any bytes whatever: one function per fuzz target, each a law with its reason.
//!
//! A target takes bytes and panics when something that must hold does not. Nothing here knows the fuzzer,
//! so a crash is replayed by calling the function with the bytes it left behind. Panics inside a
//! compressor, which the pipeline turns into a verdict, are findings too: libFuzzer's panic hook sees them
//! before they are caught.
#![forbid(unsafe_code)]

mod answers;
mod code;
mod config;
mod format;
mod json;
mod lines;
mod log;
mod markup;
mod mixed;
mod outline;
mod pipeline;
mod prose;
mod retrieve;
mod shape;
mod tokens;
mod wire;

pub use answers::answers;
pub use code::code;
pub use config::config;
pub use format::format;
pub use json::json_parse;
pub use lines::{diff_pieces, history_round_trip, paths_round_trip, search_round_trip, sheet_round_trip};
pub use log::{log_decode, log_round_trip};
pub use markup::{html, xml};
pub use mixed::mixed_round_trip;
pub use outline::{outline_decode, outline_round_trip};
pub use pipeline::{pipeline, request};
pub use prose::{kompress, prose};
pub use retrieve::retrieve;
pub use tokens::tokens;
pub use wire::wire;

/// The JSON text a fuzz input stands for. The first byte chooses: the rest as it is, or a document built
/// from the rest, which reaches tables and templates that mutated text seldom does.
fn document(data: &[u8]) -> Option<String> {
    match data.split_first()? {
        (choice, rest) if choice & 1 == 0 => Some(std::str::from_utf8(rest).ok()?.to_owned()),
        (_, rest) => Some(shape::json(rest)),
    }
}

/// JSON without insignificant whitespace.
fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    headroom::json::compact_into(json, &mut out);
    out
}
