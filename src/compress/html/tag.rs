//! The elements and attributes that matter to a reader.

/// An element, as far as it is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    A,
    Abbr,
    Article,
    Aside,
    B,
    Block,
    Blockquote,
    Body,
    Br,
    Button,
    Code,
    Dd,
    Del,
    Dl,
    Dt,
    Footer,
    Form,
    Frame,
    Head,
    Header,
    Heading(u8),
    Hr,
    Img,
    Input,
    Li,
    Link,
    Main,
    Math,
    Meta,
    Nav,
    Noscript,
    Ol,
    Option,
    P,
    Pre,
    Script,
    Select,
    Style,
    Sup,
    Svg,
    Table,
    TableCell,
    TableHead,
    TablePart,
    Template,
    Textarea,
    Time,
    Title,
    Tr,
    Ul,
    Void,
    Other,
}

impl Tag {
    /// The element of a name, which is in lower case.
    pub(super) fn read(name: &[u8]) -> Self {
        match name {
            b"a" => Self::A,
            b"abbr" => Self::Abbr,
            b"article" => Self::Article,
            b"aside" => Self::Aside,
            b"b" | b"strong" | b"em" | b"i" | b"span" | b"font" | b"u" => Self::B,
            b"address" | b"center" | b"details" | b"dialog" | b"div" | b"fieldset" | b"figcaption"
            | b"figure" | b"hgroup" | b"legend" | b"search" | b"section" | b"summary" | b"caption"
            | b"optgroup" => Self::Block,
            b"blockquote" => Self::Blockquote,
            b"body" => Self::Body,
            b"br" => Self::Br,
            b"button" => Self::Button,
            b"code" | b"kbd" | b"samp" | b"tt" => Self::Code,
            b"dd" => Self::Dd,
            b"del" | b"s" | b"strike" => Self::Del,
            b"dl" => Self::Dl,
            b"dt" => Self::Dt,
            b"footer" => Self::Footer,
            b"form" => Self::Form,
            b"audio" | b"canvas" | b"iframe" | b"object" | b"video" => Self::Frame,
            b"h1" => Self::Heading(1),
            b"h2" => Self::Heading(2),
            b"h3" => Self::Heading(3),
            b"h4" => Self::Heading(4),
            b"h5" => Self::Heading(5),
            b"h6" => Self::Heading(6),
            b"head" => Self::Head,
            b"header" => Self::Header,
            b"hr" => Self::Hr,
            b"img" => Self::Img,
            b"input" => Self::Input,
            b"li" => Self::Li,
            b"link" => Self::Link,
            b"main" => Self::Main,
            b"math" => Self::Math,
            b"menu" | b"ul" => Self::Ul,
            b"meta" => Self::Meta,
            b"nav" => Self::Nav,
            b"noscript" => Self::Noscript,
            b"ol" => Self::Ol,
            b"option" => Self::Option,
            b"p" => Self::P,
            b"listing" | b"pre" | b"xmp" => Self::Pre,
            b"script" => Self::Script,
            b"select" => Self::Select,
            b"style" => Self::Style,
            b"sup" => Self::Sup,
            b"svg" => Self::Svg,
            b"table" => Self::Table,
            b"td" => Self::TableCell,
            b"th" => Self::TableHead,
            b"tbody" | b"tfoot" | b"thead" => Self::TablePart,
            b"template" => Self::Template,
            b"textarea" => Self::Textarea,
            b"time" => Self::Time,
            b"title" => Self::Title,
            b"tr" => Self::Tr,
            b"area" | b"base" | b"col" | b"embed" | b"param" | b"source" | b"track" | b"wbr" => Self::Void,
            _ => Self::Other,
        }
    }

    /// True for elements that have no end tag.
    pub(super) fn is_void(self) -> bool {
        matches!(
            self,
            Self::Br | Self::Hr | Self::Img | Self::Input | Self::Link | Self::Meta | Self::Void
        )
    }

    /// True for elements with another grammar inside.
    pub(super) fn is_drawing(self) -> bool {
        matches!(self, Self::Svg | Self::Math)
    }

    /// True for elements that begin a line of their own.
    pub(super) fn is_block(self) -> bool {
        !matches!(
            self,
            Self::A
                | Self::Abbr
                | Self::B
                | Self::Br
                | Self::Button
                | Self::Code
                | Self::Del
                | Self::Frame
                | Self::Img
                | Self::Input
                | Self::Link
                | Self::Math
                | Self::Option
                | Self::Script
                | Self::Style
                | Self::Sup
                | Self::Svg
                | Self::Template
                | Self::Textarea
                | Self::Time
                | Self::Void
                | Self::Other
        )
    }

    /// Which open elements the start of this one ends, and which of them shield what is around them.
    pub(super) fn ends(self) -> (&'static [Self], &'static [Self]) {
        const LISTS: &[Tag] = &[Tag::Ul, Tag::Ol, Tag::TableCell, Tag::TableHead, Tag::Table];
        const ROWS: &[Tag] = &[Tag::Table];
        match self {
            Self::A => (&[Self::A], &[Self::TableCell, Self::TableHead, Self::Table]),
            Self::Li => (&[Self::Li], LISTS),
            Self::Dt | Self::Dd => (
                &[Self::Dt, Self::Dd],
                &[Self::Dl, Self::TableCell, Self::TableHead, Self::Table],
            ),
            Self::Tr => (&[Self::Tr], ROWS),
            Self::TableCell | Self::TableHead => {
                (&[Self::TableCell, Self::TableHead], &[Self::Tr, Self::Table])
            }
            Self::TablePart => (&[Self::TablePart, Self::Tr], ROWS),
            Self::Option => (&[Self::Option], &[Self::Select]),
            Self::Body => (&[Self::Head], &[]),
            // What may not stand in a paragraph ends it.
            _ if self.is_block()
                && !matches!(self, Self::Select | Self::Title | Self::Meta | Self::Noscript) =>
            {
                (
                    &[Self::P],
                    &[
                        Self::Block,
                        Self::Li,
                        Self::TableCell,
                        Self::TableHead,
                        Self::Button,
                        Self::Blockquote,
                    ],
                )
            }
            _ => (&[], &[]),
        }
    }
}

/// An attribute that says something to a reader, or about what its element is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attribute {
    Action,
    Alt,
    AriaLabel,
    Checked,
    Class,
    Colspan,
    Content,
    Datetime,
    Href,
    Id,
    Method,
    Name,
    Placeholder,
    Property,
    Role,
    Rowspan,
    Selected,
    Src,
    Start,
    Title,
    Type,
    Value,
}

impl Attribute {
    /// The attribute of a name in lower case; `None` for all that are not looked at.
    pub(super) fn read(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"action" => Self::Action,
            b"alt" => Self::Alt,
            b"aria-label" => Self::AriaLabel,
            b"checked" => Self::Checked,
            b"class" => Self::Class,
            b"colspan" => Self::Colspan,
            b"content" => Self::Content,
            b"datetime" => Self::Datetime,
            b"href" => Self::Href,
            b"id" => Self::Id,
            b"method" => Self::Method,
            b"name" => Self::Name,
            b"placeholder" => Self::Placeholder,
            b"property" => Self::Property,
            b"role" => Self::Role,
            b"rowspan" => Self::Rowspan,
            b"selected" => Self::Selected,
            b"src" => Self::Src,
            b"start" => Self::Start,
            b"title" => Self::Title,
            b"type" => Self::Type,
            b"value" => Self::Value,
            _ => return None,
        })
    }
}
