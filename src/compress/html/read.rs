//! HTML as a flat tree: nodes in document order, each with the bytes it stands in.
//!
//! Tokens come from `html5gum`; what nests in what follows the rules of HTML as far as they show in text: end
//! tags that are left out, tags that have none. Nothing here recurses and no search looks at more than
//! [`REACH`] open elements, so neither deep nor broken markup costs more than its size.

use std::convert::Infallible;
use std::ops::Range;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use super::tag::{Attribute, Tag};

/// Open elements an end tag is looked for among.
const REACH: usize = 256;

/// A text or an element.
#[derive(Debug)]
pub(super) struct Node {
    /// `None` for text.
    pub(super) tag: Option<Tag>,
    /// Bytes of the source, tags included.
    pub(super) span: Range<usize>,
    /// The decoded text of a text node, in [`Page::strings`].
    text: Range<usize>,
    /// Attributes, in [`Page::attributes`].
    attributes: Range<usize>,
    /// The first node that is no longer inside.
    pub(super) until: usize,
}

/// A document or a fragment.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) nodes: Vec<Node>,
    attributes: Vec<(Attribute, Range<usize>)>,
    /// Decoded texts and attribute values.
    strings: Vec<u8>,
}

impl Page {
    /// Reads a text from a place on. Never fails: HTML has an answer to everything.
    pub(super) fn read(source: &str, start: usize) -> Self {
        let mut builder = Builder {
            source,
            start,
            page: Self::default(),
            open: Vec::new(),
            drawings: 0,
            attribute: None,
        };
        let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, span: Span<usize>| {
            builder.see(&event, span);
            None::<Infallible>
        });
        emitter.naively_switch_states(true);
        // Reading from memory does not fail.
        let _ = Tokenizer::new_with_emitter(&source[start..], emitter).finish();
        builder.close_to(0, source.len());
        builder.page
    }

    /// The text of a text node; empty for elements.
    pub(super) fn text(&self, node: &Node) -> &str {
        self.string(&node.text)
    }

    /// The value of an attribute of an element.
    pub(super) fn attribute(&self, node: &Node, wanted: Attribute) -> Option<&str> {
        self.attributes[node.attributes.clone()]
            .iter()
            .find(|(attribute, _)| *attribute == wanted)
            .map(|(_, value)| self.string(value))
    }

    /// The texts of everything inside a node, one after the other.
    pub(super) fn texts(&self, at: usize) -> impl Iterator<Item = &str> {
        self.nodes[at..self.nodes[at].until]
            .iter()
            .map(|node| self.text(node))
    }

    fn string(&self, range: &Range<usize>) -> &str {
        std::str::from_utf8(&self.strings[range.clone()]).unwrap_or_default()
    }
}

struct Builder<'s> {
    source: &'s str,
    /// Where the markup starts.
    start: usize,
    page: Page,
    /// Open elements, outermost first.
    open: Vec<usize>,
    /// Open `svg` and `math` elements: inside them `/>` ends an element.
    drawings: usize,
    /// The attribute whose value is awaited.
    attribute: Option<Attribute>,
}

impl Builder<'_> {
    fn see(&mut self, event: &CallbackEvent<'_>, span: Span<usize>) {
        let place = |at: usize| self.source.floor_char_boundary(self.start + at);
        let (start, end) = (place(span.start), place(span.end.max(span.start)));
        match event {
            CallbackEvent::OpenStartTag { name } => {
                let tag = Tag::read(name);
                self.end_implied(tag, start);
                let attributes = self.page.attributes.len();
                self.add(Some(tag), start..end, 0..0, attributes..attributes);
            }
            CallbackEvent::AttributeName { name } => {
                self.attribute = Attribute::read(name);
                if let Some(attribute) = self.attribute {
                    let empty = self.page.strings.len();
                    self.page.attributes.push((attribute, empty..empty));
                }
            }
            CallbackEvent::AttributeValue { value } => {
                if let (Some(_), Some((_, range))) = (self.attribute, self.page.attributes.last_mut()) {
                    let from = self.page.strings.len();
                    self.page.strings.extend(*value);
                    *range = from..self.page.strings.len();
                    self.attribute = None;
                }
            }
            CallbackEvent::CloseStartTag { self_closing } => self.opened(*self_closing, end),
            CallbackEvent::EndTag { name } => {
                let tag = Tag::read(name);
                if let Some(depth) = self.nearest(&[tag], &[]) {
                    self.close_to(depth + 1, start);
                    self.close_to(depth, end);
                }
            }
            CallbackEvent::String { value } => {
                let from = self.page.strings.len();
                self.page.strings.extend(*value);
                let text = from..self.page.strings.len();
                let none = self.page.attributes.len();
                self.add(None, start..end, text, none..none);
            }
            CallbackEvent::Comment { .. } | CallbackEvent::Doctype { .. } | CallbackEvent::Error(_) => {}
        }
    }

    fn add(&mut self, tag: Option<Tag>, span: Range<usize>, text: Range<usize>, attributes: Range<usize>) {
        let until = self.page.nodes.len() + 1;
        self.page.nodes.push(Node {
            tag,
            span,
            text,
            attributes,
            until,
        });
    }

    /// A start tag is complete.
    fn opened(&mut self, self_closing: bool, end: usize) {
        let attributes = self.page.attributes.len();
        let at = self.page.nodes.len().saturating_sub(1);
        let Some(node) = self.page.nodes.last_mut() else {
            return;
        };
        node.attributes.end = attributes;
        node.span.end = end;
        let Some(tag) = node.tag else { return };
        if tag.is_void() || (self_closing && self.drawings > 0) {
            return;
        }
        self.drawings += usize::from(tag.is_drawing());
        self.open.push(at);
    }

    /// Ends what a start tag ends without saying so.
    fn end_implied(&mut self, tag: Tag, at: usize) {
        let (ended, within) = tag.ends();
        if let Some(depth) = self.nearest(ended, within) {
            self.close_to(depth, at);
        }
    }

    /// How deep the innermost of some elements is, unless one of `within` is nearer.
    fn nearest(&self, tags: &[Tag], within: &[Tag]) -> Option<usize> {
        let tag_of = |depth: usize| self.page.nodes[self.open[depth]].tag;
        let is_in = |tags: &[Tag], depth: usize| tag_of(depth).is_some_and(|tag| tags.contains(&tag));
        if tags.is_empty() {
            return None;
        }
        (self.open.len().saturating_sub(REACH)..self.open.len())
            .rev()
            .find(|depth| is_in(tags, *depth) || is_in(within, *depth))
            .filter(|depth| is_in(tags, *depth))
    }

    /// Closes open elements until only `depth` are left.
    fn close_to(&mut self, depth: usize, at: usize) {
        let until = self.page.nodes.len();
        while self.open.len() > depth {
            let Some(closed) = self.open.pop() else { return };
            let node = &mut self.page.nodes[closed];
            node.until = until;
            node.span.end = at.max(node.span.end);
            self.drawings -= usize::from(node.tag.is_some_and(Tag::is_drawing));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(source: &str) -> String {
        let page = Page::read(source, 0);
        let mut out = String::new();
        for (at, node) in page.nodes.iter().enumerate() {
            let depth = page.nodes[..at].iter().filter(|outer| outer.until > at).count();
            let name = match node.tag {
                Some(tag) => format!("{tag:?}"),
                None => format!("{:?}", page.text(node)),
            };
            out.extend([&" ".repeat(depth), &name, " ", &source[node.span.clone()], "\n"]);
        }
        out
    }

    #[test]
    fn end_tags_may_be_left_out() {
        let wanted = "Ul <ul><li>a<li>b</ul>\n Li <li>a\n  \"a\" a\n Li <li>b\n  \"b\" b\nP <p>c\n \"c\" c\nP <p>d &amp; e\n \
                      \"d & e\" d &amp; e\n";
        assert_eq!(outline("<ul><li>a<li>b</ul><p>c<p>d &amp; e"), wanted);
    }

    #[test]
    fn scripts_and_drawings_hold_no_markup() {
        let wanted = "Script <script>a<b></script>\n \"a<b>\" a<b>\nSvg <svg><path/><g/></svg>\n Other <path/>\n Other <g/>\n\
                      B <b>é</b>\n \"é\" é\n";
        assert_eq!(
            outline("<script>a<b></script><svg><path/><g/></svg><b>é</b>"),
            wanted
        );
    }

    #[test]
    fn stray_ends_end_nothing() {
        assert_eq!(outline("</div>a</p></b>"), "\"a\" a\n");
    }
}
