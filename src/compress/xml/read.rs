//! XML as a flat tree of spans. Nothing is decoded and no entity is ever replaced, so a bomb is a word.
//!
//! Strict where splicing needs it: tags match, attributes are quoted, there is one root. Anything else is no
//! document, and stays as it is.

use std::ops::Range;

use memchr::{memchr, memmem};

/// Deeper documents stay as they are: writer and decoder recurse, and a worker thread's stack is small.
pub(super) const DEEPEST: usize = 128;

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Element {
        name: Range<usize>,
        /// Into [`Tree::attributes`].
        attributes: Range<usize>,
        /// What stands between its tags; empty at the end of the tag for `<a/>`.
        inner: Range<usize>,
        /// Spelled `<a/>`.
        closed: bool,
    },
    /// Characters and references.
    Text,
    /// `<![CDATA[…]]>`.
    Data,
    /// Comments, processing instructions, the declaration, the document type.
    Other,
}

/// A node in document order.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Bytes of the source, tags included.
    pub(super) span: Range<usize>,
    /// The first node that is no longer inside.
    pub(super) until: usize,
}

/// `name="value"`; the byte before the value is its quotation mark.
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// A document.
#[derive(Debug)]
pub(super) struct Tree<'t> {
    pub(super) source: &'t str,
    pub(super) nodes: Vec<Node>,
    pub(super) attributes: Vec<Attribute>,
    /// The nodes of the one root.
    root: Range<usize>,
}

impl<'t> Tree<'t> {
    /// Reads a document; `None` when it is not well-formed or too deep.
    pub(super) fn read(source: &'t str) -> Option<Self> {
        // A byte order mark is no content.
        let start = source.len() - source.trim_start_matches('\u{feff}').len();
        let mut reader = Reader::new(source, start);
        while reader.at < source.len() {
            reader.step()?;
        }
        let mut tree = reader.tree;
        let roots: Vec<usize> = tree
            .children(0, tree.nodes.len())
            .filter(|at| tree.is_element(*at))
            .collect();
        let &[root] = roots.as_slice() else {
            return None;
        };
        let stray = tree
            .children(0, tree.nodes.len())
            .any(|at| matches!(tree.nodes[at].kind, Kind::Data) || tree.is_text(at) && !tree.is_blank(at));
        tree.root = root..tree.nodes[root].until;
        (reader.open.is_empty() && !stray).then_some(tree)
    }

    /// The end of the one node that starts at a place; `None` when none does.
    pub(super) fn node_end(source: &'t str, at: usize) -> Option<usize> {
        let mut reader = Reader::new(source, at);
        loop {
            reader.step()?;
            if reader.open.is_empty() {
                return Some(reader.at);
            }
        }
    }

    /// The nodes directly between two places.
    pub(super) fn children(&self, from: usize, until: usize) -> impl Iterator<Item = usize> {
        let next = move |at: &usize| Some(self.nodes[*at].until).filter(|next| *next < until);
        std::iter::successors(Some(from).filter(|from| *from < until), next)
    }

    /// The nodes directly inside a node.
    pub(super) fn inside(&self, at: usize) -> impl Iterator<Item = usize> {
        self.children(at + 1, self.nodes[at].until)
    }

    pub(super) fn text(&self, range: &Range<usize>) -> &'t str {
        &self.source[range.clone()]
    }

    pub(super) fn is_element(&self, at: usize) -> bool {
        matches!(self.nodes[at].kind, Kind::Element { .. })
    }

    pub(super) fn is_text(&self, at: usize) -> bool {
        self.nodes[at].kind == Kind::Text
    }

    fn is_blank(&self, at: usize) -> bool {
        self.text(&self.nodes[at].span).bytes().all(is_space)
    }

    /// True for white space that only lays a document out: it stands outside the root, or it breaks a line and
    /// nothing but elements stands beside it.
    pub(super) fn is_layout(&self, at: usize) -> bool {
        let is_outside = || !self.root.contains(&at);
        let breaks = || self.text(&self.nodes[at].span).contains('\n');
        self.is_text(at) && self.is_blank(at) && (is_outside() || breaks())
    }

    /// The name of an element; empty for anything else.
    pub(super) fn name(&self, at: usize) -> &'t str {
        match &self.nodes[at].kind {
            Kind::Element { name, .. } => self.text(name),
            _ => "",
        }
    }

    /// The attributes of an element.
    pub(super) fn attributes(&self, at: usize) -> &[Attribute] {
        match &self.nodes[at].kind {
            Kind::Element { attributes, .. } => &self.attributes[attributes.clone()],
            _ => &[],
        }
    }

    /// What an element holds.
    pub(super) fn content(&self, at: usize) -> Content<'t> {
        let Kind::Element {
            inner,
            closed,
            attributes,
            ..
        } = &self.nodes[at].kind
        else {
            return Content::Mixed;
        };
        let preserves = |attribute: &Attribute| self.text(&attribute.name) == "xml:space";
        if self.attributes[attributes.clone()].iter().any(preserves) {
            return Content::Mixed;
        }
        if *closed {
            return Content::Closed;
        }
        let (mut nodes, mut elements) = (0, 0);
        for child in self.inside(at) {
            match self.nodes[child].kind {
                Kind::Element { .. } => elements += 1,
                Kind::Other => {}
                Kind::Text if self.is_layout(child) => continue,
                _ if self.nodes[child].until == self.nodes[at].until && nodes == 0 => {
                    let data = self.nodes[child].kind == Kind::Data;
                    let whole = self.text(inner);
                    // White space around data would be lost.
                    return match whole.strip_prefix(DATA).and_then(|rest| rest.strip_suffix("]]>")) {
                        Some(text) if data => Content::Data(text),
                        None if !data => Content::Text(whole),
                        _ => Content::Mixed,
                    };
                }
                _ => return Content::Mixed,
            }
            nodes += 1;
        }
        match (nodes, elements) {
            (0, _) => Content::Empty,
            (_, 0) => Content::Mixed,
            _ => Content::Elements,
        }
    }
}

/// What an element holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content<'t> {
    /// `<a/>`.
    Closed,
    /// `<a></a>`, and white space with a line break.
    Empty,
    Text(&'t str),
    /// One `CDATA` section.
    Data(&'t str),
    /// Elements, with comments and instructions.
    Elements,
    /// Text among elements, or what is told to keep its white space.
    Mixed,
}

/// How a `CDATA` section starts.
pub(super) const DATA: &str = "<![CDATA[";

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

struct Reader<'t> {
    tree: Tree<'t>,
    at: usize,
    open: Vec<usize>,
}

impl<'t> Reader<'t> {
    fn new(source: &'t str, at: usize) -> Self {
        let tree = Tree {
            source,
            nodes: Vec::new(),
            attributes: Vec::new(),
            root: 0..0,
        };
        Self {
            tree,
            at,
            open: Vec::new(),
        }
    }

    fn rest(&self) -> &'t str {
        &self.tree.source[self.at..]
    }

    /// Reads one text, tag or other node.
    fn step(&mut self) -> Option<()> {
        let rest = self.rest();
        if !rest.starts_with('<') {
            let end = memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
            return (end > 0).then(|| self.leaf(Kind::Text, end));
        }
        if rest.starts_with("</") {
            return self.close();
        }
        let to = |end: &str| memmem::find(rest.as_bytes(), end.as_bytes()).map(|at| at + end.len());
        let (kind, length) = if rest.starts_with(DATA) {
            (Kind::Data, to("]]>")?)
        } else if rest.starts_with("<!--") {
            let end = memmem::find(rest.get(4..)?.as_bytes(), b"-->")?;
            (Kind::Other, 4 + end + 3)
        } else if rest.starts_with("<?") {
            (Kind::Other, to("?>")?)
        } else if rest.starts_with("<!") {
            (Kind::Other, declaration_end(rest)?)
        } else {
            return self.element();
        };
        self.leaf(kind, length);
        Some(())
    }

    fn leaf(&mut self, kind: Kind, length: usize) {
        let span = self.at..self.at + length;
        self.at = span.end;
        let until = self.tree.nodes.len() + 1;
        self.tree.nodes.push(Node { kind, span, until });
    }

    fn element(&mut self) -> Option<()> {
        let start = self.at;
        self.at += 1;
        let name = self.name()?;
        let from = self.tree.attributes.len();
        loop {
            let spaced = self.space();
            let rest = self.rest();
            if rest.starts_with('>') || rest.starts_with("/>") {
                break;
            }
            if !spaced {
                return None;
            }
            let name = self.name()?;
            self.space();
            self.at += self.rest().starts_with('=').then_some(1)?;
            self.space();
            let quote = *self
                .rest()
                .as_bytes()
                .first()
                .filter(|byte| matches!(byte, b'"' | b'\''))?;
            let value = self.at + 1;
            let end = value + memchr(quote, self.tree.source.get(value..)?.as_bytes())?;
            if self.tree.source[value..end].contains('<') {
                return None;
            }
            self.at = end + 1;
            self.tree.attributes.push(Attribute {
                name,
                value: value..end,
            });
        }
        let closed = self.rest().starts_with("/>");
        self.at += 1 + usize::from(closed);
        let at = self.tree.nodes.len();
        self.tree.nodes.push(Node {
            kind: Kind::Element {
                name,
                attributes: from..self.tree.attributes.len(),
                inner: self.at..self.at,
                closed,
            },
            span: start..self.at,
            until: at + 1,
        });
        if !closed {
            self.open.push(at);
        }
        (self.open.len() <= DEEPEST).then_some(())
    }

    fn close(&mut self) -> Option<()> {
        let start = self.at;
        let at = self.open.pop()?;
        self.at += 2;
        let name = self.name()?;
        self.space();
        self.at += self.rest().starts_with('>').then_some(1)?;
        if self.tree.text(&name) != self.tree.name(at) {
            return None;
        }
        let until = self.tree.nodes.len();
        let node = &mut self.tree.nodes[at];
        node.until = until;
        node.span.end = self.at;
        if let Kind::Element { inner, .. } = &mut node.kind {
            inner.end = start;
        }
        Some(())
    }

    fn name(&mut self) -> Option<Range<usize>> {
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let name = &rest[..end];
        // A colon at the end would read as the one before a text.
        let proper = name.starts_with(|c: char| c.is_alphabetic() || c == '_') && !name.ends_with(':');
        let span = self.at..self.at + end;
        self.at = span.end;
        proper.then_some(span)
    }

    fn space(&mut self) -> bool {
        let count = self.rest().bytes().take_while(|byte| is_space(*byte)).count();
        self.at += count;
        count > 0
    }
}

/// The end of a document type, with what it declares inside.
fn declaration_end(rest: &str) -> Option<usize> {
    let (mut within, mut quote) = (false, None);
    for (at, byte) in rest.bytes().enumerate() {
        if let Some(open) = quote {
            quote = Some(open).filter(|open| *open != byte);
            continue;
        }
        match byte {
            b'"' | b'\'' => quote = Some(byte),
            b'[' => within = true,
            b']' => within = false,
            b'>' if !within => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_well_formed_is_no_document() {
        for text in [
            "",
            "x",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a b></a>",
            "<a b=c/>",
            "<a b=\"<\"/>",
            "<a b=\"c\"d=\"e\"/>",
            "<a/>text",
            "<a:/>",
            "< a/>",
            "<a>&",
            "<a><!-- </a>",
            "<!DOCTYPE a [ <a/>",
        ] {
            assert!(Tree::read(text).is_none(), "{text}");
        }
        assert!(Tree::read(&format!("{}{}", "<a>".repeat(200), "</a>".repeat(200))).is_none());
    }

    #[test]
    fn content_is_what_stands_between_tags() {
        let content = |text| Tree::read(text).map(|tree| tree.content(0));
        for (text, wanted) in [
            ("<a/>", Content::Closed),
            ("<a></a >", Content::Empty),
            ("<a>\n</a>", Content::Empty),
            ("<a> </a>", Content::Text(" ")),
            ("<a>&amp;</a>", Content::Text("&amp;")),
            ("<a><![CDATA[x]]></a>", Content::Data("x")),
            ("<a>\n<![CDATA[x]]></a>", Content::Mixed),
            ("<a>\n<b/></a>", Content::Elements),
            ("<a> <b/></a>", Content::Mixed),
            ("<a>x<b/></a>", Content::Mixed),
            ("<a><b/>x</a>", Content::Mixed),
            ("<a><!-- x --></a>", Content::Mixed),
            ("<a xml:space=\"preserve\">\n<b/></a>", Content::Mixed),
        ] {
            assert_eq!(content(text), Some(wanted), "{text}");
        }
    }
}
