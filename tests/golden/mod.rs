//! Golden files of a compressor: a folder a case, with `input.txt`, and as needed `question.txt` and
//! `arguments.txt`; what comes out stands in `lossless.txt` and `elided.txt`.
//!
//! `UPDATE_SNAPSHOTS=1` writes the golden files anew; read what changed.
#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::disallowed_methods,
    reason = "each test file uses its part of this, and golden files are files"
)]

use std::fs;
use std::path::Path;

use headroom::ccr;
use headroom::compress::{Compressed, Compressor, Elision, Input, Mark, Piece};
use headroom::message::ContentKind;
use headroom::relevance::Query;
use headroom::tokens::Encoding;

/// Leaves out what the gain curve says.
pub(crate) const ELIDE: Option<Elision> = Some(Elision {
    target_ratio: None,
    bias: 1.0,
});

/// Runs a compressor; a failure fails the test.
pub(crate) fn compress(
    compressor: &dyn Compressor,
    kind: ContentKind,
    text: &str,
    query: &Query,
    elide: Option<Elision>,
) -> Option<Compressed> {
    let input = Input {
        text,
        kind,
        query,
        tool: None,
        encoding: Encoding::O200kBase,
        elide,
    };
    compressor.compress(input).unwrap()
}

/// The pieces as the pipeline writes them, without its last line; the text itself where nothing was gained.
pub(crate) fn render(text: &str, compressed: Option<&Compressed>) -> String {
    let Some(compressed) = compressed else {
        return text.to_owned();
    };
    let mut out = String::new();
    for piece in &compressed.pieces {
        match piece {
            Piece::Keep(range) => out.push_str(&text[range.clone()]),
            Piece::Text(text) => out.push_str(text),
            Piece::Elide { note, mark, .. } => out.push_str(&match mark {
                Mark::Whole => ccr::gap(note),
                Mark::Inline => ccr::inline_gap(note),
                Mark::InCode { open, .. } => ccr::in_comment(open, &ccr::gap(note)),
            }),
        }
    }
    out
}

/// Holds every case below `tests/fixtures/<folder>` against its golden files; what is lossless decodes to the
/// very source.
pub(crate) fn check(
    folder: &str,
    compressor: &dyn Compressor,
    kind: ContentKind,
    decode: &dyn Fn(&str) -> Option<String>,
) {
    check_by(folder, compressor, kind, &|source, out| {
        assert_eq!(decode(out).as_deref(), Some(source), "{out}");
    });
}

/// [`check`] with another proof: it is given the source and the lossless text.
pub(crate) fn check_by(
    folder: &str,
    compressor: &dyn Compressor,
    kind: ContentKind,
    prove: &dyn Fn(&str, &str),
) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(folder);
    let mut cases: Vec<_> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "no fixtures in {folder}");
    for case in cases {
        let input = fs::read_to_string(case.join("input.txt")).unwrap();
        let read = |name: &str| fs::read_to_string(case.join(name)).ok();
        let query = Query::new(read("question.txt").as_deref(), read("arguments.txt").as_deref());
        for (name, elide) in [("lossless.txt", None), ("elided.txt", ELIDE)] {
            let compressed = compress(compressor, kind, &input, &query, elide);
            let out = render(&input, compressed.as_ref());
            if compressed.as_ref().is_some_and(Compressed::is_lossless) {
                prove(&input, &out);
            }
            let golden = case.join(name);
            if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
                fs::write(&golden, &out).unwrap();
            }
            let wanted = fs::read_to_string(&golden).unwrap_or_default();
            assert!(wanted == out, "{} is\n{out}\nwanted\n{wanted}", golden.display());
        }
    }
}
