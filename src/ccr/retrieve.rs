//! Giving back what was left out, a page at a time.
//!
//! What a page shows is verbatim source: lines as they are, rows on one line each with their number, a
//! value as it is spelled. Around it stand lines in the marker grammar that say which part it is, and
//! [`Page::next`] says what to ask for to read on; following it reads to the end. Rows and lines count
//! from 1 as in the notes, indexes of a path from 0 as in `JSONPath`.

mod page;
mod path;
mod ranges;
mod sheet;
mod source;

use std::ops::Range;
use std::slice::from_ref;

use super::{Entry, Ref};
use crate::error::{Error, ErrorCode};
use crate::json::{Document, Value};
use path::Place;
use sheet::Sheet;
use source::Source;

/// Size of a page when none is asked for, in tokens.
pub const DEFAULT_PAGE_TOKENS: usize = 2_000;

/// What to give back. Nothing selected: the whole original if it fits a page, else its first page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// `a-b`, 1-based, inclusive; lines of the text, or of the string at `path`. `n:a-b` are characters
    /// `a` to `b` of line `n`. Several are joined by commas, as gap notes write them: `5:201-,6-7,8:1-99`.
    pub lines: Option<String>,
    /// `a-b`, 1-based, inclusive; rows of the array (members of the object) at `path`, or of the
    /// document's main array.
    pub rows: Option<String>,
    /// JSON path.
    pub path: Option<String>,
    /// Words to look for, in what the other fields select.
    pub query: Option<String>,
    /// Size of the page in tokens (estimated); [`DEFAULT_PAGE_TOKENS`] when absent.
    pub max_tokens: Option<usize>,
}

/// One page of an original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Verbatim parts of the original, with lines that say which.
    pub text: String,
    /// What to ask for to read on, e.g. `rows "38-60"`; `None` at the end.
    pub next: Option<String>,
}

/// Reads the selected part of an original.
///
/// Errors: [`ErrorCode::InvalidSelection`], with what there is instead.
pub fn retrieve(entry: &Entry, selection: &Selection) -> Result<Page, Error> {
    let limit = selection.max_tokens.unwrap_or(DEFAULT_PAGE_TOKENS).max(1);
    if selection.lines.is_some() && selection.rows.is_some() {
        return Err(invalid(
            "lines and rows cannot both be asked for",
            "they are two ways to count the same text",
        ));
    }
    let all = selection.lines.is_none() && selection.rows.is_none() && selection.query.is_none();
    if all && selection.path.is_none() && page::fits(&entry.text, limit) {
        return Ok(Page {
            text: entry.text.clone(),
            next: None,
        });
    }
    if let Some(source) = source::of(&entry.text, selection)? {
        return select_from(&source, entry, limit);
    }
    let sheet = Sheet::lines(&entry.text, None);
    match search_within(&sheet, &entry.text, selection, limit) {
        Some(page) => Ok(page),
        None => select(&sheet, None, selection, limit),
    }
}

/// A page of a JSON document.
fn select_from(source: &Source<'_>, entry: &Entry, limit: usize) -> Result<Page, Error> {
    let selection = &source.selection;
    let Selection {
        lines,
        rows,
        path,
        query,
        ..
    } = selection;
    let document = Document::parse(&source.text).map_err(|error| {
        let cause = error.to_string();
        invalid("this part is no JSON", &cause)
    })?;
    if let Some((text, selection)) = inside_string(document.root(), selection) {
        let tool = entry.tool.clone();
        return retrieve(&Entry { text, tool }, &selection);
    }
    let mut place = match path {
        Some(path) => path::follow(document.root(), path)?,
        None => sheet::main_place(&document),
    };
    place.path.replace_range(..1, &source.root);
    let whole = lines.is_none() && rows.is_none() && query.is_none();
    if whole && path.is_some() && place.items.is_none() && page::fits(place.value.raw(), limit) {
        return Ok(Page {
            text: place.value.raw().to_owned(),
            next: None,
        });
    }
    // What is asked about may stand beside the main array.
    let root = (path.is_none() && rows.is_none()).then(|| document.root());
    select_in(place, root, selection, limit)
}

/// A query that JSON in a text answers best, where that is not read by lines: too long to be shown as one.
fn search_within(sheet: &Sheet<'_>, text: &str, selection: &Selection, limit: usize) -> Option<Page> {
    let query = selection.query.as_deref().filter(|_| selection.lines.is_none())?;
    let line = page::best(sheet, query)?;
    if page::fits(&sheet.text(line), limit) {
        return None;
    }
    let (json, root) = source::around(text, line)?;
    let document = Document::parse(&json).ok()?;
    let mut place = sheet::main_place(&document);
    place.path.replace_range(..1, &root);
    let rows = Sheet::rows(place.value, place.path);
    page::search(&rows, from_ref(&rows.all()), query, limit)
}

/// A selection inside a string that holds JSON, as tool servers send it: that JSON's text and what to select
/// from it.
fn inside_string(root: Value<'_, '_>, selection: &Selection) -> Option<(String, Selection)> {
    let (text, rest) = path::into_string(root, selection.path.as_deref()?)?;
    let parts = selection.rows.is_some() || !rest.is_empty();
    let container = Document::parse(&text).is_ok_and(|document| !document.root().is_empty());
    let path = (!rest.is_empty()).then_some(rest);
    (parts && container).then(|| {
        (
            text,
            Selection {
                path,
                ..selection.clone()
            },
        )
    })
}

/// What to tell the reader when the store has no entry: the end of the matter, and what to do instead.
pub fn missing(reference: Ref) -> String {
    format!(
        "Nothing is stored for ref {reference}: it is gone, or was never stored here. Do not ask for this ref \
         again. If the content is still needed, run the tool that printed it once more."
    )
}

/// Pages through a value: rows, or lines where they are asked for or there are no rows. A query that finds
/// nothing there is put to the members of `root`.
fn select_in(
    place: Place<'_, '_>,
    root: Option<Value<'_, '_>>,
    selection: &Selection,
    limit: usize,
) -> Result<Page, Error> {
    let Place { value, path, items } = place;
    if selection.lines.is_some() || value.is_empty() {
        if selection.rows.is_some() {
            let kind = path::kind_name(value.kind());
            return Err(invalid(
                &format!("{path} has no rows"),
                &format!("it is a {kind} without any"),
            ));
        }
        let text = value.text().unwrap_or_else(|| value.raw().into());
        return select(&Sheet::lines(&text, Some(path)), None, selection, limit);
    }
    if items.is_some() && selection.rows.is_some() {
        return Err(invalid(
            "a slice and rows cannot both be asked for",
            "they are two ways to pick from an array",
        ));
    }
    let sheet = Sheet::rows(value, path);
    if let (Some(query), Some(root)) = (
        &selection.query,
        root.filter(|root| root.index() != value.index()),
    ) {
        let sheets = [sheet, Sheet::rows(root, "$".to_owned())];
        let search = |sheet: &Sheet<'_>| page::search(sheet, from_ref(&sheet.all()), query, limit);
        let nothing = || page::nothing(&sheets[0], from_ref(&sheets[0].all()), query);
        return Ok(sheets.iter().find_map(search).unwrap_or_else(nothing));
    }
    select(&sheet, items, selection, limit)
}

fn select(
    sheet: &Sheet<'_>,
    slice: Option<Range<usize>>,
    selection: &Selection,
    limit: usize,
) -> Result<Page, Error> {
    let spec = selection.lines.as_deref().or(selection.rows.as_deref());
    if let Some(spec) = spec.filter(|spec| sheet.unit == "line" && spec.contains(':')) {
        return parts(sheet, spec, limit);
    }
    let all = slice.unwrap_or_else(|| sheet.all());
    let ranges = spec
        .map(|spec| ranges::parse(spec, sheet.unit, sheet.len()))
        .transpose()?;
    let picked = ranges.as_deref().unwrap_or(from_ref(&all));
    Ok(match &selection.query {
        None => page::read(sheet, picked, limit),
        Some(query) => {
            page::search(sheet, picked, query, limit).unwrap_or_else(|| page::nothing(sheet, picked, query))
        }
    })
}

/// Lines and characters of lines, `5:201-,6-7,8:1-99`, as many as fit; at least a part of the first.
fn parts(sheet: &Sheet<'_>, spec: &str, limit: usize) -> Result<Page, Error> {
    let mut specs = spec.split(',').map(str::trim).filter(|part| !part.is_empty());
    let mut all = Page {
        text: String::new(),
        next: None,
    };
    while let Some(part) = specs.next() {
        let page = match part.split_once(':') {
            Some((line, characters)) => {
                let line = ranges::parse(line, "line", sheet.len())?[0].start;
                let length = sheet.text(line).chars().count();
                let characters = ranges::parse(characters, "character", length)?[0].clone();
                page::window(sheet, line, characters, &[], limit)
            }
            None => page::read(sheet, &ranges::parse(part, "line", sheet.len())?, limit),
        };
        let fits = all.text.is_empty() || page::fits(&format!("{}{}", all.text, page.text), limit);
        if !fits {
            let rest: Vec<&str> = std::iter::once(part).chain(specs).collect();
            all.next = Some(page::ask_for(sheet, &rest.join(",")));
            break;
        }
        if !all.text.is_empty() {
            all.text.push('\n');
        }
        all.text.push_str(&page.text);
        if page.next.is_some() {
            let rest: Vec<&str> = specs.collect();
            let further = (!rest.is_empty()).then(|| page::ask_for(sheet, &rest.join(",")));
            all.next = page::then(page.next.into_iter().chain(further));
            break;
        }
    }
    Ok(all)
}

fn invalid(title: &str, cause: &str) -> Error {
    Error::new(ErrorCode::InvalidSelection, title).because(cause)
}
