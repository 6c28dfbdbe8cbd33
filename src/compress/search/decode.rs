//! The inverse of the grouped form, written apart from the writer.

use super::write::{FILE, HEADER, LOSSLESS, OTHER};
use crate::compress::DecodeError;
use crate::grammar::hits;

/// Largest text that is decoded, in bytes: a path is written again for each of its lines.
const MOST_BYTES: usize = 1 << 28;

/// True for a text that starts like grouped search output.
pub fn is_encoded(text: &str) -> bool {
    text.starts_with(HEADER)
}

/// Gives the bytes of the search output back.
pub fn decode(text: &str) -> Result<String, DecodeError> {
    let wrong = DecodeError::behind;
    let (header, body) = text.split_once('\n').ok_or(wrong(0, "there is no header"))?;
    let state = header
        .strip_prefix(HEADER)
        .ok_or(wrong(0, "there is no header"))?;
    if !state.starts_with(LOSSLESS) {
        return Err(wrong(0, "parts were left out"));
    }
    let mut out = String::with_capacity(body.len() * 2);
    let mut path = None;
    for (at, line) in body.split('\n').enumerate() {
        if let Some(other) = line.strip_prefix(OTHER) {
            out.push_str(other);
        } else if line.is_empty() || line == "--" {
            out.push_str(line);
        } else if let Some(numbered) = hits::numbered(line) {
            let path: &str = path.ok_or(wrong(at + 1, "a line stands under no path"))?;
            out.push_str(path);
            out.push(if numbered.is_hit { ':' } else { '-' });
            out.push_str(line);
        } else if hits::hit(line).is_some() {
            out.push_str(line);
        } else {
            path = Some(line.strip_prefix(FILE).unwrap_or(line));
            continue;
        }
        if out.len() > MOST_BYTES {
            return Err(wrong(at + 1, "it decodes to too much text"));
        }
        out.push('\n');
    }
    // Every line but the last ended with a line end; a path alone at the end has no line.
    out.pop();
    Ok(out)
}
