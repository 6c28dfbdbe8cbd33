//! `headroom decode`.

use crate::console::Console;
use crate::samples::{records, request};

#[test]
fn a_lossless_text_decodes_to_its_json() {
    let mut console = Console::new();
    let compressed = console.pipe(format!("{:#}", records())).run(&["compress"]);
    let ran = console.pipe(&compressed.stdout).run(&["decode"]);
    assert_eq!((ran.code, ran.text()), (0, records().to_string().as_str()));
}

#[test]
fn a_text_with_gaps_decodes_as_long_as_it_is_stored() {
    let mut console = Console::new();
    let original = format!("{:#}\n", records());
    let compressed = console.pipe(&original).run(&["compress", "--ccr"]);
    assert!(compressed.text().contains("left out]"));
    assert_eq!(console.pipe(&compressed.stdout).run(&["decode"]).text(), original);
    assert_eq!(console.run(&["purge", "--all", "--yes"]).code, 0);
    let ran = console.run(&["decode"]);
    assert_eq!(ran.code, 1);
    console.expect("decode-gone", &ran);
}

#[test]
fn a_request_decodes_text_by_text() {
    let mut console = Console::new();
    for flags in [&["compress"][..], &["compress", "--ccr"][..]] {
        let compressed = console.pipe(request()).run(flags);
        assert_ne!(compressed.text(), request());
        assert_eq!(
            console.pipe(&compressed.stdout).run(&["decode"]).text(),
            request()
        );
    }
}

#[test]
fn what_was_never_compressed_is_told() {
    let mut console = Console::new();
    let ran = console.pipe("just text").run(&["decode", "-"]);
    assert_eq!(ran.code, 1);
    console.expect("decode-not-ours", &ran);
    assert_eq!(console.pipe(request()).run(&["decode"]).code, 1);
    assert_eq!(console.pipe(b"\xff").run(&["decode"]).code, 1);
}
