//! What is wrong with models, and how it is told.

use std::fs;
use std::path::Path;

use headroom::{Error, ErrorCode};
use headroom_kompress::manifest::{FILE, FileEntry, Manifest, sha256_of};
use headroom_kompress::{Scorer, Settings, files};

use crate::onnx::{FLOAT, FREE, Shape, Side};
use crate::{by_hand, runtime, score, scorer};

/// Why a model does not load, or fails on a text.
fn told(scorer: &Scorer) -> Error {
    assert_eq!(score(scorer, "keep drop"), None);
    let error = scorer.take_notice().unwrap();
    assert_eq!(error.code, ErrorCode::Model);
    assert!(error.cause.is_some(), "{error}");
    error
}

fn cause_of(shape: Shape) -> Option<String> {
    let folder = by_hand(512, shape);
    told(&scorer(folder.path(), runtime()?)).cause
}

#[test]
fn tensors_of_other_names_types_and_shapes_are_refused_by_name() {
    let odd = |change: fn(&mut Shape)| {
        let mut shape = Shape::default();
        change(&mut shape);
        shape
    };
    for (shape, wanted) in [
        (odd(|shape| shape.ids = "ids_in"), "no tensor input_ids"),
        (odd(|shape| shape.scores = "logits"), "no tensor final_scores"),
        (odd(|shape| shape.ids_type = FLOAT), "input_ids is f32"),
        (
            odd(|shape| shape.sides = [FREE[0], Side::Fixed(128)]),
            "input_ids is i64 of shape",
        ),
        (
            odd(|shape| shape.extra_input = true),
            "an input token_type_ids that is unknown",
        ),
        (odd(|shape| shape.deep = true), "final_scores is f32 of shape"),
        (odd(|shape| shape.infinite = true), "no number"),
    ] {
        let Some(cause) = cause_of(shape) else { return };
        assert!(cause.contains(wanted), "{wanted}: {cause}");
    }
}

#[test]
fn a_corrupt_network_is_refused_and_the_next_model_loads() {
    let Some(runtime) = runtime() else { return };
    let folder = by_hand(512, Shape::default());
    let network = folder.path().join(files::NETWORKS[0]);
    let good = fs::read(&network).unwrap();
    for bad in [&b"not a network"[..], &good[..good.len() / 2], &[]] {
        let folder = by_hand(512, Shape::default());
        fs::write(folder.path().join(files::NETWORKS[0]), bad).unwrap();
        let error = told(&scorer(folder.path(), runtime.clone()));
        assert_eq!(error.title, "the model cannot be used");
        assert!(error.hint.unwrap().contains("headroom model install"));
    }
    assert!(score(&scorer(folder.path(), runtime), "keep").is_some());
}

#[test]
fn a_missing_or_broken_file_is_named() {
    let Some(runtime) = runtime() else { return };
    for (path, title) in [
        (files::TOKENIZER, "the model has no tokenizer"),
        (files::NETWORKS[0], "the model has no network"),
    ] {
        let folder = by_hand(512, Shape::default());
        fs::remove_file(folder.path().join(path)).unwrap();
        let error = told(&scorer(folder.path(), runtime.clone()));
        assert_eq!(error.title, title);
        assert!(error.cause.unwrap().contains(path));
    }
    let folder = by_hand(512, Shape::default());
    fs::write(folder.path().join(files::TOKENIZER), "{}").unwrap();
    assert_eq!(
        told(&scorer(folder.path(), runtime)).title,
        "cannot read the tokenizer"
    );
}

#[test]
fn a_file_of_another_size_than_was_installed_is_refused() {
    let Some(runtime) = runtime() else { return };
    let folder = by_hand(512, Shape::default());
    write_manifest(folder.path());
    assert!(score(&scorer(folder.path(), runtime.clone()), "keep").is_some());
    let other = by_hand(512, Shape::default());
    write_manifest(other.path());
    let network = other.path().join(files::NETWORKS[0]);
    fs::write(&network, [fs::read(&network).unwrap(), vec![0]].concat()).unwrap();
    assert_eq!(
        told(&scorer(other.path(), runtime)).title,
        "the model is not what was installed"
    );
}

fn write_manifest(folder: &Path) {
    let entry = |path: &str| {
        let (bytes, sha256) = sha256_of(&folder.join(path)).unwrap();
        FileEntry {
            path: path.to_owned(),
            bytes,
            sha256,
        }
    };
    let manifest = Manifest {
        source: "a test".to_owned(),
        revision: None,
        files: vec![entry(files::NETWORKS[0]), entry(files::TOKENIZER)],
    };
    fs::write(folder.join(FILE), serde_json::to_string(&manifest).unwrap()).unwrap();
}

#[test]
fn the_only_model_installed_needs_no_name() {
    let models = tempfile::tempdir().unwrap();
    let settings = |model: Option<&str>| Settings {
        model: model.map(str::to_owned),
        models: models.path().to_path_buf(),
        runtime: None,
        roots: Vec::new(),
    };
    let error = settings(None).folder().unwrap_err();
    assert_eq!(error.title, "no model is installed");
    assert!(error.hint.unwrap().contains("headroom model install hf:"));
    let install = |name: &str| {
        fs::create_dir(models.path().join(name)).unwrap();
        write_manifest_of_nothing(&models.path().join(name));
    };
    install("one");
    assert_eq!(settings(None).folder().unwrap(), models.path().join("one"));
    install("two");
    let error = settings(None).folder().unwrap_err();
    assert_eq!(error.cause.unwrap(), "one, two");
    assert_eq!(settings(Some("two")).folder().unwrap(), models.path().join("two"));
    assert_eq!(
        settings(Some("three")).folder().unwrap_err().title,
        "the model three is not installed"
    );
    let path = models.path().join("one");
    assert_eq!(settings(path.to_str()).folder().unwrap(), path);
}

fn write_manifest_of_nothing(folder: &Path) {
    fs::write(
        folder.join(FILE),
        r#"{"source":"a test","revision":null,"files":[]}"#,
    )
    .unwrap();
}
