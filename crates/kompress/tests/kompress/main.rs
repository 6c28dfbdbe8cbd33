//! Kompress with a real ONNX Runtime: a small ModernBERT with random weights (`make_model.py` makes it), and
//! networks written by hand with everything that can be wrong.
//!
//! The library comes from `node scripts/onnxruntime.mjs` or `HEADROOM_ONNXRUNTIME`. Without it these tests say so
//! and pass, except in CI, where they fail.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a broken test shall stop; it reads its surroundings"
)]
#![forbid(unsafe_code)]

mod broken;
mod onnx;
mod pipeline;
mod scores;

use std::fs;
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use headroom::compress::prose::WordScorer;
use headroom_kompress::{Scorer, Settings, files, library};
use tempfile::TempDir;

/// The root of the project.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The library, or `None` after having said that nothing is tested.
fn runtime() -> Option<PathBuf> {
    let named = std::env::var_os(library::HEADROOM_ONNXRUNTIME).map(PathBuf::from);
    match library::find(named.as_deref(), &[root().join("target/onnxruntime"), root()]) {
        Ok(path) => Some(path),
        Err(error) if std::env::var_os("CI").is_none() => {
            // Not with `eprintln!`, which the test runner keeps to itself while all is well.
            drop(writeln!(
                std::io::stderr(),
                "NOT TESTED: {error}\n  in a clone: node scripts/onnxruntime.mjs"
            ));
            None
        }
        Err(error) => panic!("{error}\n  in a clone: node scripts/onnxruntime.mjs"),
    }
}

/// A scorer of the model in a folder.
fn scorer(folder: &Path, runtime: PathBuf) -> Scorer {
    Scorer::new(Settings {
        model: Some(format!("{}/", folder.display())),
        models: PathBuf::new(),
        runtime: Some(runtime),
        roots: Vec::new(),
    })
}

/// The small ModernBERT.
fn modernbert(runtime: PathBuf) -> Scorer {
    scorer(&fixture(), runtime)
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/modernbert")
}

/// The small ModernBERT once more: one that is loaded anew.
fn copy_of_modernbert() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("onnx")).unwrap();
    for name in [files::TOKENIZER, files::NETWORKS[2]] {
        fs::copy(fixture().join(name), folder.path().join(name)).unwrap();
    }
    folder
}

/// Scores of every word between spaces; sentences end with a full stop.
fn score(scorer: &Scorer, text: &str) -> Option<Vec<f32>> {
    scorer.score(text, &words(text), &ends(text))
}

fn words(text: &str) -> Vec<Range<usize>> {
    let place = |word: &str| word.as_ptr().addr() - text.as_ptr().addr();
    text.split_whitespace()
        .map(|word| place(word)..place(word) + word.len())
        .collect()
}

fn ends(text: &str) -> Vec<usize> {
    text.match_indices('.').map(|(at, _)| at + 1).collect()
}

/// The vocabulary of the networks written by hand, with each word's weight.
const VOCABULARY: [(&str, f32); 8] = [
    ("[UNK]", 0.25),
    ("[CLS]", 0.0),
    ("[SEP]", 0.0),
    ("keep", 1.0),
    ("drop", 0.0),
    ("most", 0.75),
    ("half", 0.5),
    (".", 0.125),
];

/// A model of a network written by hand, in a folder of its own.
fn by_hand(longest: usize, shape: onnx::Shape) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let weights = VOCABULARY.map(|(_, weight)| weight);
    fs::create_dir(folder.path().join("onnx")).unwrap();
    fs::write(
        folder.path().join(files::NETWORKS[0]),
        onnx::network(&weights, longest, shape),
    )
    .unwrap();
    fs::write(folder.path().join(files::TOKENIZER), tokenizer()).unwrap();
    folder
}

/// One token a word or sign; `∅` is dropped before anything is read. It asks for truncation and padding, as
/// published files do.
fn tokenizer() -> String {
    let ids: serde_json::Map<String, serde_json::Value> = VOCABULARY
        .iter()
        .zip(0..)
        .map(|((word, _), id)| ((*word).to_owned(), id.into()))
        .collect();
    let special = |id: usize| {
        serde_json::json!({
            "id": id, "content": VOCABULARY[id].0, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true,
        })
    };
    let template = |name: &str| serde_json::json!({ "SpecialToken": { "id": name, "type_id": 0 } });
    let text = serde_json::json!({ "Sequence": { "id": "A", "type_id": 0 } });
    serde_json::json!({
        "version": "1.0",
        "truncation": { "direction": "Right", "max_length": 16, "strategy": "LongestFirst", "stride": 0 },
        "padding": {
            "strategy": { "Fixed": 32 }, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
            "pad_type_id": 0, "pad_token": "[UNK]",
        },
        "added_tokens": [special(0), special(1), special(2)],
        "normalizer": { "type": "Replace", "pattern": { "String": "∅" }, "content": "" },
        "pre_tokenizer": { "type": "Whitespace" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [template("[CLS]"), text, template("[SEP]")],
            "pair": [template("[CLS]"), text],
            "special_tokens": {
                "[CLS]": { "id": "[CLS]", "ids": [1], "tokens": ["[CLS]"] },
                "[SEP]": { "id": "[SEP]", "ids": [2], "tokens": ["[SEP]"] },
            },
        },
        "decoder": null,
        "model": { "type": "WordLevel", "vocab": ids, "unk_token": "[UNK]" },
    })
    .to_string()
}
