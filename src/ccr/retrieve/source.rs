//! Where in an original rows and paths lead: the original itself where it is JSON, its lines where they are,
//! else a part of it, named by the line it starts in (`$12.items`).

use std::borrow::Cow;

use super::{Selection, invalid};
use crate::error::Error;
use crate::json::embedded::{self, Part};
use crate::json::{Document, sequence};

/// JSON to select from, as one document.
pub(super) struct Source<'t> {
    pub(super) text: Cow<'t, str>,
    /// How paths into it start.
    pub(super) root: String,
    /// What to select from it.
    pub(super) selection: Selection,
}

/// The JSON a selection is about; `None` where it is about lines.
///
/// Errors: rows or a path are asked for and lead to no JSON, or do not say to which.
pub(super) fn of<'t>(text: &'t str, selection: &Selection) -> Result<Option<Source<'t>>, Error> {
    if selection.lines.is_some() && selection.path.is_none() {
        return Ok(None);
    }
    let whole = |text| Source {
        text,
        root: "$".to_owned(),
        selection: selection.clone(),
    };
    if Document::parse(text).is_ok() {
        return Ok(Some(whole(Cow::Borrowed(text))));
    }
    if let Some(array) = sequence::as_array(text) {
        return Ok(Some(whole(Cow::Owned(array))));
    }
    if selection.rows.is_none() && selection.path.is_none() {
        return Ok(None);
    }
    let parts = embedded::parts(text);
    let named = selection.path.as_deref().and_then(line_of);
    let part = match (named, parts.as_slice()) {
        (Some((line, _)), _) => parts.iter().find(|part| part.line == line),
        (None, [part]) => Some(part),
        (None, _) => None,
    };
    let Some(part) = part else {
        return Err(nowhere(selection, &parts));
    };
    let path = match named {
        // Its rows are those of its main array, the part itself is all of it.
        Some((_, "")) => selection.rows.is_none().then(|| "$".to_owned()),
        Some((_, rest)) => Some(format!("${rest}")),
        None => selection.path.clone(),
    };
    Ok(Some(Source {
        text: json(&text[part.range.clone()], part),
        root: format!("${}", part.line),
        selection: Selection {
            path,
            ..selection.clone()
        },
    }))
}

/// The part that holds a line of a text, from 0, with the name of its root.
pub(super) fn around(text: &str, line: usize) -> Option<(Cow<'_, str>, String)> {
    let holds = |part: &&Part| {
        let lines = memchr::memchr_iter(b'\n', &text.as_bytes()[part.range.clone()]).count();
        (part.line..=part.line + lines).contains(&(line + 1))
    };
    let parts = embedded::parts(text);
    let part = parts.iter().find(holds)?;
    Some((json(&text[part.range.clone()], part), format!("${}", part.line)))
}

fn json<'t>(text: &'t str, part: &Part) -> Cow<'t, str> {
    let array = (part.values > 1).then(|| sequence::as_array(text)).flatten();
    array.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The line a path starts with, and the rest of it: `$12.items` is `.items` in line 12.
fn line_of(path: &str) -> Option<(usize, &str)> {
    let rest = path.trim().strip_prefix('$')?;
    let len = rest.bytes().take_while(u8::is_ascii_digit).count();
    Some((rest[..len].parse().ok()?, &rest[len..]))
}

fn nowhere(selection: &Selection, parts: &[Part]) -> Error {
    const MOST: usize = 20;
    let what = if selection.path.is_some() { "paths" } else { "rows" };
    if parts.is_empty() {
        return invalid(
            &format!("this original has no {what}"),
            "it is not JSON; ask for lines or a query",
        );
    }
    let names: Vec<String> = parts
        .iter()
        .take(MOST)
        .map(|part| format!("\"${}\"", part.line))
        .collect();
    invalid(
        "which JSON of this text is meant is not said",
        &format!("start the path with the line it starts in: {}", names.join(", ")),
    )
}
