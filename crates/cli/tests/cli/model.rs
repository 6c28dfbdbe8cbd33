//! `headroom model`, against a hub on this machine.

use std::fs;
use std::path::Path;

use headroom_kompress::manifest::{Manifest, sha256_of};

use crate::console::{Console, Ran};
use crate::hub::{COMMIT, FakeHub, Hosted};

const INT8: &str = "anna/small/onnx/kompress-int8.onnx";
const TOKENIZER: &str = "anna/small/tokenizer.json";

/// Bytes of which no two parts are alike.
fn network() -> Vec<u8> {
    (0..100_000_u32)
        .flat_map(|number| (number.wrapping_mul(2_654_435_761) >> 7).to_le_bytes())
        .collect()
}

fn hub() -> FakeHub {
    FakeHub::new(&[(INT8, Hosted::large(network())), (TOKENIZER, Hosted::small("{}"))])
}

fn console(hub: &FakeHub) -> Console {
    let mut console = Console::new();
    console
        .environment
        .push(("HF_ENDPOINT", hub.endpoint.clone().into()));
    console
}

fn install(console: &Console) -> Ran {
    console.run(&["model", "install", "hf:anna/small"])
}

fn model(console: &Console) -> std::path::PathBuf {
    console.path("home/models/small")
}

#[test]
fn a_repository_is_installed_with_its_commit_and_checksums() {
    let hub = hub();
    let console = console(&hub);
    let ran = install(&console);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let folder = model(&console);
    assert_eq!(ran.text(), format!("installed small in {}\n", folder.display()));
    assert!(
        ran.stderr
            .contains("onnx/kompress-int8.onnx: 400.0 kB of 400.0 kB, 100%"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        fs::read(folder.join("onnx/kompress-int8.onnx")).unwrap(),
        network()
    );
    let manifest = Manifest::read(&folder).unwrap();
    assert_eq!(
        (manifest.source.as_str(), manifest.revision.as_deref()),
        ("hf:anna/small@main", Some(COMMIT))
    );
    manifest.check_contents(&folder).unwrap();
    let asked = hub.requests();
    assert!(
        asked.contains(&"HEAD /anna/small/resolve/main/onnx/kompress-int8-wo.onnx".to_owned()),
        "{asked:?}"
    );
    assert!(
        asked.contains(&format!("GET /anna/small/resolve/{COMMIT}/tokenizer.json")),
        "{asked:?}"
    );
    let left: Vec<_> = fs::read_dir(console.path("home/models"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["small"], "nothing is left over");
}

#[test]
fn a_download_that_breaks_off_goes_on_by_itself() {
    let hub = hub();
    hub.change(INT8, |file| file.breaks = vec![123_456, 1000]);
    let console = console(&hub);
    let ran = install(&console);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        fs::read(model(&console).join("onnx/kompress-int8.onnx")).unwrap(),
        network()
    );
    let ranges: Vec<String> = hub
        .requests()
        .into_iter()
        .filter(|asked| asked.contains("bytes="))
        .collect();
    // Each once for the hub and once for where it redirects to.
    assert!(
        ranges.iter().any(|asked| asked.ends_with("bytes=123456-")),
        "{ranges:?}"
    );
    assert!(
        ranges.iter().any(|asked| asked.ends_with("bytes=124456-")),
        "{ranges:?}"
    );
}

#[test]
fn a_download_given_up_goes_on_with_the_next_command() {
    let hub = hub();
    hub.change(INT8, |file| file.breaks = vec![50_000, 0, 0]);
    let console = console(&hub);
    let ran = install(&console);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("broke off") && ran.stderr.contains("run the command again"),
        "{}",
        ran.stderr
    );
    assert!(!model(&console).exists(), "half a model is none");
    hub.requests();
    assert_eq!(install(&console).code, 0);
    assert!(hub.requests().iter().any(|asked| asked.ends_with("bytes=50000-")));
    assert_eq!(
        fs::read(model(&console).join("onnx/kompress-int8.onnx")).unwrap(),
        network()
    );
}

#[test]
fn a_server_without_ranges_sends_the_whole_again() {
    let hub = hub();
    hub.change(INT8, |file| (file.breaks, file.whole_only) = (vec![50_000], true));
    let console = console(&hub);
    assert_eq!(install(&console).code, 0);
    assert_eq!(
        fs::read(model(&console).join("onnx/kompress-int8.onnx")).unwrap(),
        network()
    );
}

#[test]
fn a_part_of_another_file_is_not_gone_on_with() {
    let hub = hub();
    hub.change(INT8, |file| file.breaks = vec![50_000, 0, 0]);
    let console = console(&hub);
    assert_eq!(install(&console).code, 1);
    let other: Vec<u8> = network().into_iter().rev().collect();
    hub.change(INT8, |file| file.bytes.clone_from(&other));
    assert_eq!(install(&console).code, 0);
    assert_eq!(
        fs::read(model(&console).join("onnx/kompress-int8.onnx")).unwrap(),
        other
    );
}

#[test]
fn another_checksum_than_promised_is_refused_and_thrown_away() {
    let hub = hub();
    hub.change(INT8, |file| file.sha256 = Some("ab".repeat(32)));
    let console = console(&hub);
    for _ in 0..2 {
        let ran = install(&console);
        assert_eq!(ran.code, 1);
        assert!(
            ran.stderr.contains("the download is not what was promised"),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains(&"ab".repeat(32)) && !model(&console).exists());
    }
    hub.change(INT8, |file| file.sha256 = None);
    assert_eq!(install(&console).code, 0);
}

#[test]
fn what_is_not_there_is_told() {
    let hub = FakeHub::new(&[("anna/other/config.json", Hosted::small("{}"))]);
    let console = console(&hub);
    let ran = console.run(&["model", "install", "hf:anna/other@v2"]);
    assert_eq!(ran.code, 1);
    console.expect("model-no-network", &ran);
    let hub = FakeHub::new(&[(INT8, Hosted::large("x"))]);
    let console = self::console(&hub);
    let ran = install(&console);
    assert!(
        ran.code == 1 && ran.stderr.contains("there is no tokenizer"),
        "{}",
        ran.stderr
    );
    assert!(
        hub.requests()
            .contains(&"HEAD /answerdotai/ModernBERT-base/resolve/main/tokenizer.json".to_owned())
    );
    let mut console = Console::new();
    // Nobody listens there.
    console
        .environment
        .push(("HF_ENDPOINT", "http://127.0.0.1:1".into()));
    let ran = install(&console);
    assert!(
        ran.code == 1 && ran.stderr.contains("cannot download the model"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_published_tokenizer_stands_in_for_a_missing_one() {
    let hub = FakeHub::new(&[
        (INT8, Hosted::large("x")),
        (
            "answerdotai/ModernBERT-base/tokenizer.json",
            Hosted::small("{\"a\":1}"),
        ),
    ]);
    let console = console(&hub);
    assert_eq!(install(&console).code, 0);
    assert_eq!(
        fs::read(model(&console).join("tokenizer.json")).unwrap(),
        b"{\"a\":1}"
    );
}

#[test]
fn the_better_network_is_taken_and_an_older_model_replaced() {
    let hub = hub();
    let console = console(&hub);
    assert_eq!(install(&console).code, 0);
    let better = FakeHub::new(&[
        (INT8, Hosted::large(network())),
        ("anna/small/onnx/kompress-int8-wo.onnx", Hosted::large("better")),
        (TOKENIZER, Hosted::small("{}")),
    ]);
    let mut console = console;
    console.environment.retain(|(name, _)| *name != "HF_ENDPOINT");
    console
        .environment
        .push(("HF_ENDPOINT", better.endpoint.clone().into()));
    assert_eq!(install(&console).code, 0);
    assert_eq!(
        fs::read(model(&console).join("onnx/kompress-int8-wo.onnx")).unwrap(),
        b"better"
    );
    assert!(!model(&console).join("onnx/kompress-int8.onnx").exists());
}

#[test]
fn law_11_a_token_goes_to_the_hub_and_not_where_it_redirects_to() {
    let hub = hub();
    let mut console = console(&hub);
    console.environment.push(("HF_TOKEN", "hf_secret".into()));
    let ran = install(&console);
    assert_eq!(ran.code, 0);
    assert!(!ran.stderr.contains("hf_secret") && !ran.text().contains("hf_secret"));
    let authorized = hub.authorized();
    assert!(
        authorized.iter().any(|path| path.contains("/resolve/")),
        "{authorized:?}"
    );
    assert!(
        !authorized.iter().any(|path| path.contains("/cdn/")),
        "{authorized:?}"
    );
    console.environment.retain(|(name, _)| *name != "HF_ENDPOINT");
    console
        .environment
        .push(("HF_ENDPOINT", "http://models.example".into()));
    let ran = install(&console);
    assert!(
        ran.code == 2 && ran.stderr.contains("neither https nor on this machine"),
        "{}",
        ran.stderr
    );
}

#[cfg(unix)]
#[test]
fn law_11_what_is_installed_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let hub = hub();
    let console = console(&hub);
    assert_eq!(install(&console).code, 0);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = model(&console);
    for path in [
        console.path("home"),
        console.path("home/models"),
        folder.clone(),
        folder.join("onnx"),
    ] {
        assert_eq!(mode(&path), 0o700, "{}", path.display());
    }
    for name in ["manifest.json", "tokenizer.json", "onnx/kompress-int8.onnx"] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
}

#[test]
fn a_folder_or_a_file_is_copied() {
    let console = Console::new();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kompress/tests/fixtures/modernbert");
    let fixture = fixture.to_str().unwrap();
    assert_eq!(console.run(&["model", "install", fixture]).code, 0);
    let file = format!("{fixture}/onnx/kompress-int8.onnx");
    assert_eq!(
        console.run(&["model", "install", &file, "--name", "second"]).code,
        0
    );
    let sum = |path: &Path| sha256_of(path).unwrap();
    let source = sum(Path::new(&file));
    assert_eq!(
        sum(&console.path("home/models/modernbert/onnx/kompress-int8.onnx")),
        source
    );
    assert_eq!(
        sum(&console.path("home/models/second/onnx/kompress-fp32.onnx")),
        source
    );
    let status = console.run(&["model", "status"]);
    assert_eq!(status.code, 0, "{}", status.stderr);
    assert!(status.text().starts_with("modernbert: whole, ") && status.text().contains("\nsecond: whole, "));
}

#[test]
fn a_damaged_model_is_told_by_status() {
    let hub = hub();
    let console = console(&hub);
    console.expect("model-status-none", &console.run(&["model", "status"]));
    assert_eq!(install(&console).code, 0);
    let path = model(&console).join("onnx/kompress-int8.onnx");
    let mut bytes = network();
    bytes[7] ^= 1;
    fs::write(path, bytes).unwrap();
    let ran = console.run(&["model", "status"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.text().starts_with("small: damaged\n") && ran.stderr.contains("SHA-256"),
        "{}",
        ran.stderr
    );
}

#[test]
fn wrong_arguments_are_told() {
    let console = Console::new();
    for (name, argv) in [
        ("model-bad-source", &["model", "install", "hf:anna"][..]),
        ("model-bad-name", &["model", "install", "x", "--name", "../x"]),
        ("model-nothing-there", &["model", "install", "nowhere"]),
    ] {
        let ran = console.run(argv);
        assert_eq!(ran.code, 2, "{name}: {}", ran.stderr);
        if name != "model-nothing-there" {
            console.expect(name, &ran);
        }
    }
}

#[test]
fn without_a_model_kompress_is_a_warning_and_the_text_is_compressed_all_the_same() {
    let mut console = Console::new();
    let text = "The keeper lit the lamp. The storm went by in the night. Nobody was hurt in the harbour. "
        .repeat(40);
    let plain = console
        .pipe(&text)
        .run(&["compress", "--ccr", "--query", "Who lit the lamp?"]);
    let ran = console.pipe(&text).run(&[
        "compress",
        "--ccr",
        "--query",
        "Who lit the lamp?",
        "--kompress",
        "--word-level",
    ]);
    assert_eq!((ran.code, ran.text()), (0, plain.text()));
    assert!(
        ran.stderr.contains("warning: kompress: no model is installed"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("headroom model install"), "{}", ran.stderr);
}
