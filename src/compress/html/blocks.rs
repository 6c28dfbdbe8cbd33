//! A page as blocks: lines of readable text, each with the bytes of the source it comes from.
//!
//! Text is the source's, decoded, with white space collapsed where a browser collapses it. What the markup
//! says is spelled as in markdown: headings, lists, links, code, tables, quotes.

use std::ops::Range;

use super::inline::Inline;
use super::read::{Node, Page};
use super::region::{self, Region};
use super::table::{self, Table};
use super::tag::{Attribute, Tag};

/// How deep lists and quotes are indented at most.
const DEEPEST: usize = 8;

/// What a block is, as far as others ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A line among lines: list items, parts of a page.
    Line,
    /// A row of a table.
    Row,
    /// Set apart by blank lines: headings, paragraphs, code.
    Apart,
    /// Data for scripts, as they stand.
    Data,
}

/// A piece of readable text.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// Bytes of the source; ascending, never overlapping.
    pub(super) range: Range<usize>,
    /// Set in what is not content.
    pub(super) region: Option<Region>,
    /// Links in it, and the bytes of text in them.
    pub(super) links: usize,
    pub(super) linked: usize,
}

/// What has no text to show, counted.
#[derive(Debug, Default)]
pub(super) struct Unseen {
    pub(super) scripts: usize,
    pub(super) styles: usize,
    pub(super) drawings: usize,
}

/// The blocks of a page.
pub(super) fn blocks(page: &Page) -> (Vec<Block>, Unseen) {
    let mut writer = Writer {
        page,
        blocks: Vec::new(),
        unseen: Unseen::default(),
        inline: Inline::default(),
        open: Vec::new(),
        lists: Vec::new(),
        quotes: 0,
        lead: String::new(),
        kind: Kind::Line,
        region: None,
        table: None,
        pre: 0,
        in_cell: false,
    };
    let regions = region::find(page);
    let mut at = 0;
    while at < page.nodes.len() {
        writer.close(at);
        if writer.region.is_none_or(|(_, until)| at >= until) {
            let began = regions[at].map(|region| (region, page.nodes[at].until));
            if began.is_some() || writer.region.is_some() {
                writer.flush();
            }
            writer.region = began;
        }
        at = writer.open(at);
    }
    writer.close(page.nodes.len());
    writer.flush();
    (writer.blocks, writer.unseen)
}

struct Writer<'p> {
    page: &'p Page,
    blocks: Vec<Block>,
    unseen: Unseen,
    inline: Inline,
    /// Open elements whose end says something.
    open: Vec<usize>,
    /// Open lists: the number of the next item, or `None` for bullets.
    lists: Vec<Option<u32>>,
    quotes: usize,
    /// Stands before the next text: `## `, `- `.
    lead: String,
    /// Of the next block.
    kind: Kind,
    /// Where the region at hand ends.
    region: Option<(Region, usize)>,
    /// The table of data being read.
    table: Option<Table>,
    /// Open elements in which white space counts.
    pre: usize,
    /// In a cell of that table.
    in_cell: bool,
}

impl Writer<'_> {
    /// Enters a node and says where to go on.
    fn open(&mut self, at: usize) -> usize {
        let page = self.page;
        let node = &page.nodes[at];
        let Some(tag) = node.tag else {
            let text = page.text(node);
            if self.pre > 0 {
                self.inline.verbatim(text, &node.span);
            } else {
                self.inline.text(text, &node.span);
            }
            return at + 1;
        };
        if let Some(next) = self.special(at, node, tag) {
            return next;
        }
        if tag.is_block() {
            self.flush();
        }
        match tag {
            Tag::Heading(rank) => {
                self.lead = "#".repeat(usize::from(rank)) + " ";
                self.kind = Kind::Apart;
            }
            Tag::P | Tag::Blockquote => {
                if self.lead.is_empty() {
                    self.kind = Kind::Apart;
                }
                self.quotes += usize::from(tag == Tag::Blockquote);
            }
            Tag::Ul => self.lists.push(None),
            Tag::Ol => {
                let start = page
                    .attribute(node, Attribute::Start)
                    .and_then(|start| start.parse().ok());
                self.lists.push(Some(start.unwrap_or(1)));
            }
            Tag::Li => self.item(),
            Tag::Dd => self.lead.push_str(": "),
            Tag::Pre => {
                let language = language(page, at).unwrap_or_default();
                self.inline.code_block(&language);
                self.pre += 1;
                self.kind = Kind::Apart;
            }
            Tag::Table if self.pre == 0 && self.table.is_none() && table::is_data(page, at) => {
                self.table = Some(Table::default());
            }
            Tag::TableCell | Tag::TableHead if self.table.is_some() => {
                self.flush();
                self.in_cell = true;
            }
            _ if self.pre == 0 => self.begin_inline(node, tag),
            _ => {}
        }
        self.open.push(at);
        at + 1
    }

    /// What an element in running text puts before its own.
    fn begin_inline(&mut self, node: &Node, tag: Tag) {
        let page = self.page;
        match tag {
            Tag::Code => self.inline.open_sign("`"),
            Tag::Del => self.inline.open_sign("~~"),
            Tag::Sup => self.inline.open_sign("^"),
            Tag::Button => self.inline.open_sign("[button: "),
            Tag::Textarea | Tag::Select => {
                self.inline.open_sign(&format!("[{}: ", label(page, node)));
            }
            Tag::Option if page.attribute(node, Attribute::Selected).is_some() => self.inline.sign("*"),
            Tag::A => {
                let href = page.attribute(node, Attribute::Href).unwrap_or_default();
                let named = page.attribute(node, Attribute::AriaLabel);
                let label = named.or_else(|| page.attribute(node, Attribute::Title));
                self.inline
                    .begin_link(href, label.unwrap_or_default(), &node.span);
            }
            _ => {}
        }
    }

    /// Elements that are read as a whole.
    fn special(&mut self, at: usize, node: &Node, tag: Tag) -> Option<usize> {
        let page = self.page;
        match tag {
            Tag::Script => {
                self.unseen.scripts += 1;
                self.data(at, node);
            }
            Tag::Style => self.unseen.styles += 1,
            Tag::Svg => {
                self.unseen.drawings += 1;
                if let Some(label) = page.attribute(node, Attribute::AriaLabel) {
                    self.inline.text(label, &node.span);
                }
            }
            Tag::Template => {}
            Tag::Title => {
                self.flush();
                self.lead.push_str("title: ");
                for text in page.texts(at) {
                    self.inline.text(text, &node.span);
                }
                self.flush();
            }
            Tag::Meta => self.meta(node),
            Tag::Img => {
                if let Some(alt) = page
                    .attribute(node, Attribute::Alt)
                    .filter(|alt| !alt.trim().is_empty())
                {
                    self.inline.token(&format!("![{}]", alt.trim()), &node.span);
                }
            }
            Tag::Input => self.input(node),
            Tag::Br => self.inline.line_break(),
            Tag::Hr => {
                self.flush();
                self.kind = Kind::Apart;
            }
            Tag::Frame => {
                if let Some(source) = page
                    .attribute(node, Attribute::Src)
                    .filter(|source| !source.is_empty())
                {
                    self.inline
                        .token(&format!("[{}]({source})", label(page, node)), &node.span);
                }
                return Some(at + 1);
            }
            _ => return None,
        }
        Some(node.until)
    }

    /// Leaves the elements that end before a node.
    fn close(&mut self, at: usize) {
        while let Some(&open) = self.open.last() {
            let node = &self.page.nodes[open];
            if node.until > at {
                return;
            }
            self.open.pop();
            if let Some(tag) = node.tag {
                self.leave(tag, node);
            }
        }
    }

    fn leave(&mut self, tag: Tag, node: &Node) {
        match tag {
            Tag::TableCell | Tag::TableHead if self.table.is_some() => return self.cell(tag, node),
            Tag::Tr if self.table.is_some() => return self.row(node),
            Tag::Pre => self.pre -= 1,
            _ if self.pre == 0 => self.end_inline(tag, node),
            _ => {}
        }
        if !tag.is_block() {
            return;
        }
        self.flush();
        match tag {
            Tag::Ul | Tag::Ol => drop(self.lists.pop()),
            Tag::Blockquote => self.quotes -= 1,
            Tag::Table => self.table = None,
            _ => {}
        }
        self.lead.clear();
        self.kind = Kind::Line;
    }

    /// What an element in running text puts after its own.
    fn end_inline(&mut self, tag: Tag, node: &Node) {
        match tag {
            Tag::Code => self.inline.end_sign("`"),
            Tag::Del => self.inline.end_sign("~~"),
            Tag::Sup => self.inline.end_sign(""),
            Tag::A => self.inline.end_link(),
            Tag::Abbr => self.said(self.page.attribute(node, Attribute::Title)),
            Tag::Time => self.said(self.page.attribute(node, Attribute::Datetime)),
            Tag::Button | Tag::Textarea => self.inline.end_sign("]"),
            Tag::Option => self.inline.sign(", "),
            Tag::Select => {
                self.inline.drop_sign(", ");
                self.inline.end_sign("]");
            }
            _ => {}
        }
    }

    fn cell(&mut self, tag: Tag, node: &Node) {
        let span = |name| self.page.attribute(node, name).and_then(|span| span.parse().ok());
        let (wide, high) = (span(Attribute::Colspan), span(Attribute::Rowspan));
        let cell = self.inline.take();
        self.lead.clear();
        self.in_cell = false;
        if let Some(table) = &mut self.table {
            table.cell(&cell, wide.unwrap_or(1), high.unwrap_or(1), tag == Tag::TableHead);
        }
    }

    /// What an element means besides its text, where the text does not say it.
    fn said(&mut self, meaning: Option<&str>) {
        if let Some(meaning) =
            meaning.filter(|meaning| !meaning.is_empty() && !self.inline.ends_with(meaning))
        {
            self.inline.sign(&format!(" ({meaning})"));
        }
    }

    fn item(&mut self) {
        let depth = self.lists.len().saturating_sub(1).min(DEEPEST);
        let sign = match self.lists.last_mut() {
            Some(Some(number)) => {
                let sign = format!("{number}. ");
                *number = number.saturating_add(1);
                sign
            }
            _ => "- ".to_owned(),
        };
        self.lead = "  ".repeat(depth) + &sign;
    }

    fn meta(&mut self, node: &Node) {
        let name = self
            .page
            .attribute(node, Attribute::Name)
            .or_else(|| self.page.attribute(node, Attribute::Property))
            .unwrap_or_default();
        let told = [
            "description",
            "author",
            "article:published_time",
            "article:modified_time",
        ];
        let content = self.page.attribute(node, Attribute::Content).unwrap_or_default();
        if told.iter().any(|told| told.eq_ignore_ascii_case(name)) && !content.is_empty() {
            self.flush();
            self.lead = format!("{name}: ");
            self.inline.text(content, &node.span);
            self.flush();
        }
    }

    /// A field of a form: what it is called and what it holds.
    fn input(&mut self, node: &Node) {
        let value = |name| self.page.attribute(node, name).unwrap_or_default();
        let kind = value(Attribute::Type);
        let checked = if self.page.attribute(node, Attribute::Checked).is_some() {
            "x"
        } else {
            " "
        };
        let token = match kind {
            "hidden" => return,
            "checkbox" => format!("[{checked}]"),
            "radio" => format!("({checked})"),
            "submit" | "button" | "reset" => format!("[button: {}]", value(Attribute::Value)),
            _ => format!("[{}: {}]", label(self.page, node), value(Attribute::Value)),
        };
        self.inline.token(&token, &node.span);
    }

    /// Data a page carries for programs, as a block of its own.
    fn data(&mut self, at: usize, node: &Node) {
        let kind = self.page.attribute(node, Attribute::Type).unwrap_or_default();
        if !kind.contains("json") || kind.contains("importmap") {
            return;
        }
        let text: String = self.page.texts(at).collect();
        if text.trim().is_empty() {
            return;
        }
        self.flush();
        self.inline
            .verbatim(&format!("{kind}: {}", text.trim()), &node.span);
        self.kind = Kind::Data;
        self.flush();
    }

    fn row(&mut self, node: &Node) {
        let _ = self.inline.take();
        if let Some(table) = &mut self.table {
            let rows = table.row();
            for text in rows {
                self.push(Block {
                    kind: Kind::Row,
                    text,
                    range: node.span.clone(),
                    region: self.region.map(|(region, _)| region),
                    links: 0,
                    linked: 0,
                });
            }
        }
    }

    /// Adds a block. Broken markup has text of a row before and after what stands in it: places only go on.
    fn push(&mut self, mut block: Block) {
        let end = self.blocks.last().map_or(0, |last| last.range.end);
        block.range.start = block.range.start.max(end);
        block.range.end = block.range.end.max(block.range.start);
        self.blocks.push(block);
    }

    /// Ends the block at hand; in a cell of a table, where there are no blocks, a line.
    fn flush(&mut self) {
        if self.in_cell {
            return self.inline.space();
        }
        if self.pre > 0 {
            return self.inline.line_break();
        }
        let Some(mut done) = self.inline.finish() else {
            return;
        };
        let mut text = "> ".repeat(self.quotes.min(DEEPEST));
        if self.quotes > 0 {
            let quote = format!("\n{text}");
            done.text = done.text.replace('\n', &quote);
        }
        text.push_str(&self.lead);
        text.push_str(&done.text);
        self.push(Block {
            kind: self.kind,
            text,
            range: done.range,
            region: self.region.map(|(region, _)| region),
            links: done.links,
            linked: done.linked,
        });
        self.lead.clear();
        self.kind = Kind::Line;
    }
}

/// What an element is called when its text does not say it.
fn label<'p>(page: &'p Page, node: &Node) -> &'p str {
    let names = [
        Attribute::AriaLabel,
        Attribute::Title,
        Attribute::Placeholder,
        Attribute::Name,
        Attribute::Id,
        Attribute::Type,
    ];
    names
        .iter()
        .find_map(|name| page.attribute(node, *name).filter(|label| !label.is_empty()))
        .unwrap_or_default()
}

/// The language of a code block: `class="language-rust"` of it or of the element in it.
fn language(page: &Page, at: usize) -> Option<String> {
    page.nodes[at..page.nodes[at].until]
        .iter()
        .take(2)
        .find_map(|node| {
            let classes = page.attribute(node, Attribute::Class)?;
            classes
                .split_ascii_whitespace()
                .find_map(|class| {
                    class
                        .strip_prefix("language-")
                        .or_else(|| class.strip_prefix("lang-"))
                })
                .map(str::to_owned)
        })
}
