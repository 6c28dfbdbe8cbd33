//! What source code leaves out, and that what is left is source code.

use headroom::ccr::{Entry, Selection, retrieve};
use headroom::compress::code::CodeAwareCompressor;
use headroom::compress::{Compressor, Elision, Input, Piece};
use headroom::detect::detect;
use headroom::message::{ContentKind, ToolCall};
use headroom::relevance::Query;
use headroom::tokens::Encoding;

/// One ending of each language, for the first byte to choose from.
const ENDINGS: [&str; 13] = [
    "sh", "c", "cpp", "cs", "go", "java", "js", "php", "py", "rb", "rs", "tsx", "ts",
];

/// Laws 3 and 7: every byte is shown verbatim or stands in a gap, and reading a gap's lines back gives its
/// bytes. The first byte chooses a language, the second the wanted size, then the question up to a NUL, then
/// the text.
pub fn code(data: &[u8]) {
    let [choice, size, rest @ ..] = data else {
        return;
    };
    let Some((question, text)) = std::str::from_utf8(rest)
        .ok()
        .and_then(|rest| rest.split_once('\0'))
    else {
        return;
    };
    let ending = ENDINGS[usize::from(*choice) % ENDINGS.len()];
    let tool = ToolCall {
        name: "Bash".into(),
        arguments: format!("{{\"command\":\"cat a.{ending}\"}}").into(),
    };
    detect(text, Some(&tool));
    let input = Input {
        text,
        kind: ContentKind::Code,
        query: &Query::new(Some(question), Some(&tool.arguments)),
        tool: (*choice < 128).then_some(&tool),
        encoding: Encoding::Estimate,
        elide: Some(Elision {
            target_ratio: (*size > 0).then(|| f64::from(*size) / 255.0),
            bias: 1.0,
        }),
    };
    let Some(compressed) = CodeAwareCompressor.compress(input).expect("code never fails") else {
        return;
    };
    let entry = Entry {
        text: text.to_owned(),
        tool: None,
    };
    let mut at = 0;
    for piece in &compressed.pieces {
        let (Piece::Keep(range) | Piece::Elide { range, .. }) = piece else {
            panic!("code has no other spelling: {piece:?}");
        };
        assert_eq!(range.start, at, "a hole or an overlap");
        at = range.end;
        if let Piece::Elide { note, .. } = piece {
            read_back(&entry, note, &text[range.clone()]);
        }
    }
    assert_eq!(at, text.len(), "the end is lost");
}

fn read_back(entry: &Entry, note: &str, missing: &str) {
    let (_, rest) = note.split_once(' ').expect("a unit and numbers");
    let selection = Selection {
        lines: rest.split(" (").next().map(str::to_owned),
        max_tokens: Some(usize::MAX / 64),
        ..Selection::default()
    };
    let page = retrieve(entry, &selection).expect("a note is a selection");
    // A page has a head of its own above every range.
    let bare = |text: &str| {
        let lines = text.split('\n').filter(|line| !line.starts_with("[headroom: "));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert!(
        bare(&page.text).contains(bare(missing).trim_end()),
        "{note} gives {:?}, not {missing:?}",
        page.text
    );
}
