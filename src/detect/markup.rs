//! Web pages and XML: how a text starts, and for XML how it ends.
//!
//! A text is a page when it says so (`<!doctype html>`, `<html>`), whatever stands before that, as headers of
//! a reply do; or when it starts with an element of HTML and goes on with more of them. It is XML when it
//! starts with a declaration or a tag and ends with the end of its first element. Text that merely stands
//! between a pair of tags is neither.

use crate::grammar::markup::page_start;
use crate::message::{ContentKind, ToolCall};

/// Bytes in which tags are counted.
const SAMPLE: usize = 16 * 1024;
/// Bytes of a text a tag at most, on average.
const SPARSE: usize = 256;
/// Tags of HTML a fragment must have.
const FEWEST: usize = 5;

/// Elements a fragment of a page may start with, in order.
const ELEMENTS: &[&str] = &[
    "a",
    "article",
    "aside",
    "blockquote",
    "body",
    "button",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "img",
    "li",
    "main",
    "meta",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "select",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

/// What markup a text is, if any.
pub(super) fn kind(text: &str, tool: Option<&ToolCall<'_>>) -> Option<ContentKind> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if page_start(text).is_some() {
        return (!is_source_file(tool)).then_some(ContentKind::Html);
    }
    if !text.starts_with('<') || !text.ends_with('>') {
        return None;
    }
    // Document types of pages were seen above.
    let declared = text.starts_with("<?xml") || text.starts_with("<!DOCTYPE");
    let root = root(text)?;
    let name = name_of(root);
    let sample = &text[..text.floor_char_boundary(SAMPLE)];
    let tags = memchr::memchr_iter(b'<', sample.as_bytes()).count();
    let is_element = ELEMENTS
        .binary_search(&name.to_ascii_lowercase().as_str())
        .is_ok();
    let names_space = root.split('>').next().is_some_and(|tag| tag.contains("xmlns"));
    if is_element && !declared && !names_space {
        let is_page = tags >= FEWEST && tags * SPARSE >= sample.len() && !is_source_file(tool);
        return is_page.then_some(ContentKind::Html);
    }
    let ended = text[..text.len() - 1].trim_end();
    let ends = ended.strip_suffix(name).is_some_and(|rest| rest.ends_with("</"));
    (ends && (declared || tags * SPARSE >= sample.len())).then_some(ContentKind::Xml)
}

/// Where the first element starts, behind declaration, comments and document type.
fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let end = match rest {
            _ if rest.starts_with("<?") => rest.find("?>")? + 2,
            _ if rest.starts_with("<!--") => rest.find("-->")? + 3,
            _ if rest.starts_with("<!") => {
                // A document type may hold declarations of its own.
                let close = rest.find(['>', '['])?;
                if rest[close..].starts_with('[') {
                    rest.find("]>")? + 2
                } else {
                    close + 1
                }
            }
            _ => return rest.starts_with('<').then_some(rest),
        };
        rest = &rest[end..];
    }
}

fn name_of(tag: &str) -> &str {
    let name = &tag[1..];
    let end = name
        .find(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<'))
        .unwrap_or(name.len());
    let name = &name[..end];
    if name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        name
    } else {
        "/"
    }
}

/// True for calls that read a file of a project: its markup is what is worked on.
fn is_source_file(tool: Option<&ToolCall<'_>>) -> bool {
    let arguments = tool.map_or("", |tool| &tool.arguments);
    let names = |end: &str| {
        arguments
            .match_indices(end)
            .any(|(at, _)| !arguments[at + end.len()..].starts_with(|c: char| c.is_alphanumeric()))
    };
    !arguments.contains("://")
        && [".html", ".htm", ".xhtml", ".vue", ".svelte", ".hbs", ".erb"]
            .iter()
            .any(|end| names(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<ContentKind> {
        kind(text, None)
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(ELEMENTS.is_sorted());
    }

    #[test]
    fn pages_and_fragments_are_html() {
        for text in [
            "<!DOCTYPE html><title>x</title>",
            "\u{feff}\n<HTML lang=en>",
            "HTTP/1.1 200 OK\ncontent-type: text/html\n\n<!doctype html>\n<p>x",
            "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"x\"><html xmlns=\"http://www.w3.org/1999/xhtml\"></html>",
            "<div class=a><p>One</p><p>Two</p></div>",
        ] {
            assert_eq!(of(text), Some(ContentKind::Html), "{text}");
        }
    }

    #[test]
    fn documents_with_one_root_are_xml() {
        for text in [
            "<?xml version=\"1.0\"?>\n<a/>\n<!-- end --></a>",
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>x</title></feed>\n",
            "<!DOCTYPE plist PUBLIC \"-//x\" \"y\">\n<plist version=\"1.0\"><dict/></plist>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a >",
            "<section xmlns=\"http://docbook.org/ns/docbook\"><para>x</para></section>",
        ] {
            assert_eq!(of(text), Some(ContentKind::Xml), "{text}");
        }
    }

    #[test]
    fn other_texts_are_neither() {
        let prose = format!("<answer>{}</answer>", "A long text without tags. ".repeat(40));
        for text in [
            prose.as_str(),
            "<34>1 2003-10-11T22:14:15.003Z host su: 'su root' failed>",
            "use <html> tags",
            "<p>alone",
            "<a>b</c>",
            "< a>",
            "<",
            "<>",
            "<!-- <a></a>",
            "",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn a_file_that_is_worked_on_is_no_page() {
        let tool = |arguments: &'static str| ToolCall {
            name: "bash".into(),
            arguments: arguments.into(),
        };
        let page = "<!doctype html><title>x</title>";
        assert_eq!(
            kind(page, Some(&tool("{\"command\":\"cat src/index.html\"}"))),
            None
        );
        let fetched = tool("{\"command\":\"curl -s https://a.example/index.html\"}");
        assert_eq!(kind(page, Some(&fetched)), Some(ContentKind::Html));
    }
}
