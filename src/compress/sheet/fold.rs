//! Lossless forms of tables: columns that are the same in every row said once, and spaces that only line
//! columns up left out. [`decode`] gives the bytes back and runs on every text before it leaves here.
//!
//! ```text
//! [headroom: table, lossless; comma between cells; the same in every row, left out: column 2 state = open]
//! id,title
//! 17,Crash on start
//!
//! [headroom: table, lossless; left out: spaces up to where columns start (<) or end (>): <0 >21 <27]
//! NAME READY STATUS
//! api-7d9f 1/1 Running
//! ```

use super::{align, same};
use crate::compress::{Compressed, DecodeError, Piece};
use crate::grammar::tables::{Style, Table};

const HEADER: &str = "[headroom: table, lossless; ";
const SPACES: &str = "left out: spaces up to where columns start (<) or end (>): ";

/// True for a text that starts like a folded table.
pub fn is_encoded(text: &str) -> bool {
    text.starts_with(HEADER)
}

/// The smallest lossless form, proven; `None` where nothing is gained.
pub(super) fn lossless(source: &str, tables: &[Table<'_>]) -> Option<Compressed> {
    let [table] = tables else { return None };
    let (what, body, transform) = match table.style {
        Style::Delimited(delimiter) => {
            let (what, body) = same::leave_out(source, table, delimiter)?;
            (what, body, "sheet-constants")
        }
        Style::Aligned => {
            let (marks, body) = align::leave_out(source, table)?;
            (format!("{SPACES}{marks}"), body, "sheet-align")
        }
        Style::Markdown => return None,
    };
    let text = format!("{HEADER}{what}]\n{body}");
    if text.len() >= source.len() {
        return None;
    }
    let proven = decode(&text).is_ok_and(|decoded| decoded == source);
    debug_assert!(proven, "not decodable: {text}");
    proven.then(|| Compressed {
        pieces: vec![Piece::Text(text)],
        transforms: vec![transform],
    })
}

/// Gives the bytes of a table back.
pub fn decode(text: &str) -> Result<String, DecodeError> {
    let missing = DecodeError::new("there is no header");
    let (header, body) = text.split_once("]\n").ok_or(missing.clone())?;
    let what = header.strip_prefix(HEADER).ok_or(missing)?;
    match what.strip_prefix(SPACES) {
        Some(marks) => align::put_back(marks, body),
        None => same::put_back(what, body),
    }
}
