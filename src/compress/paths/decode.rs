//! The inverse of the dense form, written apart from the writer.

use super::{FOLDERS, FORM, Folders, HEADER, LOSSLESS, OTHER, tree};
use crate::compress::DecodeError;
use crate::grammar::paths::BRANCHES;

/// Largest text that is decoded, in bytes: a folder is written again for each path in it.
const MOST_BYTES: usize = 1 << 28;

/// True for a text that starts like a list of paths in the dense form.
pub fn is_encoded(text: &str) -> bool {
    text.starts_with(HEADER)
}

/// Gives the bytes of the list back.
pub fn decode(text: &str) -> Result<String, DecodeError> {
    let wrong = DecodeError::behind;
    let (header, body) = text.split_once('\n').ok_or(wrong(0, "there is no header"))?;
    let state = header
        .strip_prefix(HEADER)
        .ok_or(wrong(0, "there is no header"))?;
    let form = state
        .strip_prefix(LOSSLESS)
        .ok_or(wrong(0, "parts were left out"))?;
    let folders = folders(form).ok_or(wrong(0, "the header is another"))?;
    let end = if body.ends_with('\n') { "\n" } else { "" };
    let body = body.strip_suffix('\n').unwrap_or(body);
    let mut reader = Reader {
        folders,
        above: Vec::new(),
        rows: Vec::new(),
        bytes: 0,
    };
    for (at, line) in body.split('\n').enumerate() {
        reader.line(line).map_err(|reason| wrong(at + 1, reason))?;
    }
    let rows = reader.rows;
    let text = if let Folders::Drawn(nth) = folders {
        let rows: Vec<(&str, bool)> = rows.iter().map(|(row, is_path)| (&**row, *is_path)).collect();
        tree::draw(&rows, BRANCHES[nth]).ok_or(wrong(0, "it is no tree"))?
    } else {
        let rows: Vec<String> = rows.into_iter().map(|(row, _)| row).collect();
        rows.join("\n")
    };
    Ok(text + end)
}

/// How folders stand, as the header says.
fn folders(form: &str) -> Option<Folders> {
    let told = form.strip_prefix(FORM)?.strip_suffix(']')?;
    let told = told
        .strip_suffix("; > marks a line that is no path")
        .unwrap_or(told);
    let way = FOLDERS.iter().find(|(_, text)| *text == told);
    way.map(|(folders, _)| *folders)
}

struct Reader {
    folders: Folders,
    /// Paths of the folders above, each with its slash.
    above: Vec<String>,
    rows: Vec<(String, bool)>,
    bytes: usize,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        if let Some(other) = line.strip_prefix(OTHER) {
            return self.add(other.to_owned(), false);
        }
        let depth = line.len() - line.trim_start_matches(' ').len();
        if depth > self.above.len() {
            return Err("it is indented too far");
        }
        self.above.truncate(depth);
        let mut rest = &line[depth..];
        let mut is_first = true;
        while !rest.is_empty() {
            let (name, after) = token(rest)?;
            rest = after;
            let path = format!("{}{name}", self.above.last().map_or("", String::as_str));
            if is_first && name.ends_with('/') {
                match self.folders {
                    Folders::Unnamed => {}
                    Folders::Slashed => self.add(path.clone(), true)?,
                    Folders::Named | Folders::Drawn(_) => {
                        self.add(path[..path.len() - 1].to_owned(), true)?;
                    }
                }
                self.above.push(path);
            } else {
                self.add(path, true)?;
            }
            is_first = false;
        }
        Ok(())
    }

    fn add(&mut self, row: String, is_path: bool) -> Result<(), &'static str> {
        self.bytes += row.len() + 1;
        self.rows.push((row, is_path));
        if self.bytes > MOST_BYTES {
            return Err("it decodes to too much text");
        }
        Ok(())
    }
}

/// The first name of a line, and what follows it.
fn token(line: &str) -> Result<(&str, &str), &'static str> {
    let (name, rest) = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').ok_or("a quote is not closed")?,
        None => line.split_at(line.find(' ').unwrap_or(line.len())),
    };
    match rest.strip_prefix(' ') {
        Some("") => Err("it ends with a space"),
        Some(rest) => Ok((name, rest)),
        None if rest.is_empty() => Ok((name, "")),
        None => Err("names are not told apart"),
    }
}
