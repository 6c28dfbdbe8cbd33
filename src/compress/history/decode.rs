//! The inverse of the form without repeated authors, written apart from the writer.

use super::{AUTHOR, DATE, FORM, HEADER, LOSSLESS, MERGE};
use crate::compress::DecodeError;
use crate::grammar::history;

/// Largest text that is decoded, in bytes: an author is written again for each commit.
const MOST_BYTES: usize = 1 << 28;

/// True for a text that starts like a history without repeated authors.
pub fn is_encoded(text: &str) -> bool {
    text.starts_with(HEADER)
}

/// Gives the bytes of the history back.
pub fn decode(text: &str) -> Result<String, DecodeError> {
    let wrong = DecodeError::behind;
    let (header, body) = text.split_once('\n').ok_or(wrong(0, "there is no header"))?;
    let state = header
        .strip_prefix(HEADER)
        .ok_or(wrong(0, "there is no header"))?;
    if state.strip_prefix(LOSSLESS) != Some(FORM) {
        return Err(wrong(0, "parts were left out"));
    }
    let mut out = String::with_capacity(body.len() * 2);
    let mut author = None;
    // Lines since the head of the commit; beyond its merge line and its author it says no more of itself.
    let mut since = None;
    for (at, line) in body.split('\n').enumerate() {
        if history::head(line).is_some() {
            since = Some(false);
        } else if let Some(merged) = since {
            match line {
                line if !merged && line.starts_with(MERGE) => since = Some(true),
                line if line.starts_with(DATE) => {
                    let author: &str = author.ok_or(wrong(at + 1, "no author was said before"))?;
                    out.push_str(AUTHOR);
                    out.push_str(author);
                    out.push('\n');
                    since = None;
                }
                line => {
                    author = line.strip_prefix(AUTHOR).or(author);
                    since = None;
                }
            }
        }
        out.push_str(line);
        out.push('\n');
        if out.len() > MOST_BYTES {
            return Err(wrong(at + 1, "it decodes to too much text"));
        }
    }
    out.pop();
    Ok(out)
}
