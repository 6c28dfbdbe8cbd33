//! The one spelling two documents share that differ in layout alone: without white space between tags, with
//! one space between attributes. What the proof of an outline compares.

use super::read::{Content, Kind, Tree};

/// Writes nodes without their layout.
pub(super) fn write(tree: &Tree<'_>, from: usize, until: usize, out: &mut String) {
    for at in tree.children(from, until) {
        let node = &tree.nodes[at];
        let Kind::Element { closed, .. } = &node.kind else {
            if !tree.is_layout(at) {
                out.push_str(tree.text(&node.span));
            }
            continue;
        };
        let content = tree.content(at);
        start(tree, at, out);
        if *closed {
            out.push_str("/>");
            continue;
        }
        out.push('>');
        match (content, &node.kind) {
            (Content::Mixed, Kind::Element { inner, .. }) => out.push_str(tree.text(inner)),
            (Content::Empty, _) => {}
            _ => write(tree, at + 1, node.until, out),
        }
        out.push_str("</");
        out.push_str(tree.name(at));
        out.push('>');
    }
}

/// The start tag of an element up to its end.
fn start(tree: &Tree<'_>, at: usize, out: &mut String) {
    out.push('<');
    out.push_str(tree.name(at));
    for attribute in tree.attributes(at) {
        out.push(' ');
        out.push_str(tree.text(&attribute.name));
        out.push('=');
        out.push_str(tree.text(&(attribute.value.start - 1..attribute.value.end + 1)));
    }
}

/// The whole document.
pub(super) fn document(tree: &Tree<'_>) -> String {
    let mut out = String::with_capacity(tree.source.len());
    write(tree, 0, tree.nodes.len(), &mut out);
    out
}
