//! Without the ONNX Runtime library; a file of its own, as a process never lets go of one it loaded.
#![expect(clippy::unwrap_used, reason = "a broken test shall stop")]

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use headroom::compress::prose::{Kompress, ProseCompressor, WordScorer};
use headroom::compress::{Compressor, Elision, Input};
use headroom::message::ContentKind;
use headroom::relevance::Query;
use headroom::tokens::Encoding;
use headroom_kompress::{Scorer, Settings};

/// A scorer of a model in a folder of its own: why one does not load is found out once a folder.
fn scorer(runtime: Option<PathBuf>) -> (Scorer, TempDir) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/modernbert");
    let folder = tempfile::tempdir().unwrap();
    for name in ["tokenizer.json", "onnx/kompress-int8.onnx"] {
        let copy = folder.path().join(name);
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::copy(fixture.join(name), copy).unwrap();
    }
    let scorer = Scorer::new(Settings {
        model: Some(folder.path().display().to_string()),
        models: PathBuf::new(),
        runtime,
        roots: Vec::new(),
    });
    (scorer, folder)
}

#[test]
fn without_the_library_prose_is_compressed_as_without_kompress() {
    let (scorer, _folder) = scorer(None);
    let text = "The keeper lit the lamp. The storm went by. Nobody was hurt in the harbour. ".repeat(40);
    let query = Query::new(Some("Who lit the lamp?"), None);
    let input = Input {
        tool: None,
        text: &text,
        kind: ContentKind::Prose,
        query: &query,
        encoding: Encoding::O200kBase,
        elide: Some(Elision {
            target_ratio: Some(0.2),
            bias: 1.0,
        }),
    };
    let kompress = Kompress {
        scorer: &scorer,
        word_level: true,
    };
    let with = kompress.compress(input).unwrap();
    assert!(with.is_some());
    assert_eq!(with, ProseCompressor.compress(input).unwrap());
    let notice = scorer.take_notice().unwrap();
    assert_eq!(notice.title, "the ONNX Runtime library was not found");
    assert!(notice.hint.unwrap().contains("npm install onnxruntime-node"));
}

#[test]
fn what_is_no_library_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("libonnxruntime.so");
    std::fs::write(&path, "not a library").unwrap();
    let (scorer, _folder) = scorer(Some(path));
    let word = 0..4;
    assert_eq!(scorer.score("word", std::slice::from_ref(&word), &[]), None);
    let notice = scorer.take_notice().unwrap();
    assert_eq!(notice.title, "cannot load the ONNX Runtime library");
    assert!(notice.cause.is_some() && notice.hint.unwrap().contains("HEADROOM_ONNXRUNTIME"));
}

#[test]
fn nothing_is_looked_for_before_a_text_is_scored() {
    let scorer = Scorer::new(Settings {
        model: None,
        models: PathBuf::from("/nowhere"),
        runtime: None,
        roots: Vec::new(),
    });
    assert_eq!(scorer.score("", &[], &[]), None);
    assert!(scorer.take_notice().is_none());
    assert_eq!(scorer.load().unwrap_err().title, "no model is installed");
}
