//! PathsCompressor: lists of files, each folder said once; with a way back, what fills large folders of one kind
//! left out in place.
//!
//! ```text
//! [headroom: paths, lossless: a folder stands once, before what is in it; what is below is indented]
//! src/ lib.rs message.rs
//!  compress/ mod.rs opaque.rs
//!   json/ cut.rs decode.rs
//! ```
//!
//! [`decode`] gives the bytes back and runs on every such text before it leaves here. Paths are never moved: a
//! folder that is come back to stands again.

mod decode;
mod read;
mod select;
mod tree;
mod write;

pub use decode::{decode, is_encoded};

use super::{CompressError, Compressed, Compressor, Elision, Input, Piece, shown};
use read::Listing;

/// How every such text starts.
const HEADER: &str = "[headroom: paths, ";
/// How it goes on where nothing was left out, and where something was.
const LOSSLESS: &str = "lossless: ";
const PARTIAL: &str = "some left out: ";
const FORM: &str = "a folder stands once, before what is in it; what is below is indented";
/// Before a line that is no path.
const OTHER: &str = "> ";

/// How the folders of a list stand in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Folders {
    /// They do not, as in `git ls-files`.
    Unnamed,
    /// As paths of their own before what is in them, as in `find`.
    Named,
    /// So, and with a slash at the end, as in `tar tf`.
    Slashed,
    /// Drawn by `tree`, in the way of this number.
    Drawn(usize),
}

/// Every way, as the first line tells it.
const FOLDERS: [(Folders, &str); 6] = [
    (Folders::Unnamed, ""),
    (Folders::Named, "; each folder is a path, too"),
    (Folders::Slashed, "; each folder is a path, too, with its slash"),
    (Folders::Drawn(0), "; drawn by tree"),
    (Folders::Drawn(1), "; drawn by tree with plain spaces"),
    (Folders::Drawn(2), "; drawn by tree in ASCII"),
];

/// The compressor for lists of paths.
#[derive(Debug, Clone, Copy, Default)]
pub struct PathsCompressor;

impl Compressor for PathsCompressor {
    fn name(&self) -> &'static str {
        "paths"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let listings = Listing::all(input.text);
        let smallest = listings
            .iter()
            .map(|listing| (listing, write::lossless(listing)))
            .min_by_key(|(_, text)| text.len());
        let Some((listing, whole)) = smallest else {
            return Ok(None);
        };
        let size = whole.len().min(input.text.len());
        let elided = input
            .elide
            .and_then(|elision| elided(listing, input, elision, size));
        Ok(elided.or_else(|| lossless(whole, input.text)))
    }
}

/// The list with folders said once, proven by decoding it.
fn lossless(text: String, source: &str) -> Option<Compressed> {
    if text.len() >= source.len() {
        return None;
    }
    let proven = decode(&text).is_ok_and(|decoded| decoded == source);
    debug_assert!(proven, "not decodable: {text}");
    proven.then(|| Compressed {
        pieces: vec![Piece::Text(text)],
        transforms: vec!["paths-group"],
    })
}

/// The list with paths left out; `None` where that is hardly shorter than `size`, the lossless form's.
fn elided(listing: &Listing<'_>, input: Input<'_>, elision: Elision, size: usize) -> Option<Compressed> {
    const WORTH: f64 = 0.85;
    let kept = select::select(listing, input.query, elision)?;
    let pieces = write::with_gaps(listing, &kept, input.text.len());
    ((shown(&pieces) as f64) < WORTH * size as f64).then(|| Compressed {
        pieces,
        transforms: vec!["paths-group", "paths-elide"],
    })
}
