//! Requests in every wire format, whether they are or not.

use headroom::ccr::tool_definition;
use headroom::format::{Format, NotOffered};
use headroom::json::Document;
use headroom::message::{Block, Edit, splice};

/// What blocks become: texts that look like other things.
const TEXTS: [&str; 4] = ["new text", "", "[]", "{\"output\":{\"new\":1}}"];

/// Any JSON has blocks in order and apart, or is refused; with new texts in them it holds the same blocks with
/// these texts, and an offered tool is there once and changes no block.
///
/// The first byte chooses the format and the new text, the second which blocks get it.
pub fn format(data: &[u8]) {
    let [choice, picked, rest @ ..] = data else {
        return;
    };
    let Ok(source) = std::str::from_utf8(rest) else {
        return;
    };
    let Ok(document) = Document::parse(source) else {
        return;
    };
    let _ = Format::sniff(&document);
    let format = Format::ALL[usize::from(*choice) % Format::ALL.len()];
    let text = TEXTS[usize::from(choice >> 6)];
    if let Ok(blocks) = format.blocks(&document) {
        replaced(format, source, &blocks, text, *picked);
    }
    offered(format, &document, source);
}

fn replaced(format: Format, source: &str, blocks: &[Block<'_>], text: &str, picked: u8) {
    // A text that is the tool's own name is left out where it only says which tool it was.
    let named = |block: &Block<'_>| block.tool.as_ref().is_some_and(|tool| tool.name == text);
    let is_picked = |(index, block): (usize, &Block<'_>)| {
        picked >> (index % 8) & 1 == 1 && block.closed.is_none() && !named(block)
    };
    let mut end = 0;
    let mut edits = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        assert!(block.span.start >= end, "law 2: blocks overlap");
        end = block.span.end;
        if is_picked((index, block)) {
            edits.push(Edit {
                path: block.path.clone(),
                span: block.span.clone(),
                json: format.replacement(block, source, text),
            });
        }
    }
    let sent = splice(source, &edits).expect("law 2: blocks are in order");
    let document = Document::parse(&sent).expect("law 2: the request is JSON still");
    let after = format.blocks(&document).expect("law 2: it is a request still");
    assert_eq!(after.len(), blocks.len(), "law 2: blocks came or went");
    for (index, (before, after)) in blocks.iter().zip(&after).enumerate() {
        let expected = if is_picked((index, before)) {
            text
        } else {
            &before.text
        };
        assert_eq!(after.text, expected, "law 2: another text at {:?}", before.path);
        assert_eq!(before.tool, after.tool, "law 1: a text changed a call");
        assert_eq!(before.closed, after.closed, "law 9: another verdict");
    }
}

fn offered(format: Format, document: &Document<'_>, source: &str) {
    let tool = tool_definition();
    let Ok(edit) = format.offer(document, &tool) else {
        return;
    };
    assert!(edit.span.is_empty(), "law 2: an offer replaces nothing");
    let sent = splice(source, &[edit]).expect("law 2: the place is in the request");
    let with = Document::parse(&sent).expect("law 2: the request is JSON still");
    assert_eq!(format.offer(&with, &tool), Err(NotOffered::Present));
    let texts = |document: &Document<'_>| -> Option<Vec<String>> {
        let blocks = format.blocks(document).ok()?;
        Some(blocks.into_iter().map(|block| block.text.into_owned()).collect())
    };
    assert_eq!(texts(document), texts(&with), "law 2: an offer changed a block");
}
