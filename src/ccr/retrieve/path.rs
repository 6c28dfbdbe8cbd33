//! Paths into a JSON document: `$.a.b[3]`, `a.b[3]`, `$["odd key"]`, `[-1]`, `[2:5]` as the last step.
//!
//! Indexes count from 0, as in `JSONPath` (RFC 9535), of which this is the part that names one place.

use std::ops::Range;

use crate::error::{Error, ErrorCode};
use crate::json::{self, Kind, Value};

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(i64),
    Slice(Option<i64>, Option<i64>),
}

/// What a path leads to.
#[derive(Debug, Clone)]
pub(super) struct Place<'d, 'a> {
    pub(super) value: Value<'d, 'a>,
    /// The path, spelled out from `$`.
    pub(super) path: String,
    /// Of an array, the items a slice asked for.
    pub(super) items: Option<Range<usize>>,
}

/// Follows a path from the root; an error names the step that leads nowhere and what there is instead.
pub(super) fn follow<'d, 'a>(root: Value<'d, 'a>, path: &str) -> Result<Place<'d, 'a>, Error> {
    let wrong = |cause: String| {
        Error::new(
            ErrorCode::InvalidSelection,
            format!("path {path:?} leads nowhere"),
        )
        .because(cause)
        .hint("spell it like $.items[3].name, with indexes from 0 and odd keys as [\"odd key\"]")
    };
    let steps = parse(path).map_err(wrong)?;
    let mut place = Place {
        value: root,
        path: "$".to_owned(),
        items: None,
    };
    for step in &steps {
        if place.items.is_some() {
            return Err(wrong("a slice can only be the last step".to_owned()));
        }
        place = take(place, step).map_err(wrong)?;
    }
    Ok(place)
}

/// For a path that leads to a string that holds JSON, or further into it: the string's text and the rest of
/// the path, from the root of that JSON.
pub(super) fn into_string(root: Value<'_, '_>, path: &str) -> Option<(String, String)> {
    let steps = parse(path).ok()?;
    let mut place = Place {
        value: root,
        path: "$".to_owned(),
        items: None,
    };
    for (at, step) in steps.iter().enumerate() {
        if place.value.kind() == Kind::String {
            return Some((place.value.text()?.into_owned(), spelled(&steps[at..])));
        }
        place = take(place, step).ok()?;
    }
    (place.value.kind() == Kind::String).then(|| Some((place.value.text()?.into_owned(), String::new())))?
}

/// Steps as a path again.
fn spelled(steps: &[Step]) -> String {
    let end = |end: &Option<i64>| end.map_or(String::new(), |end| end.to_string());
    steps.iter().fold("$".to_owned(), |path, step| match step {
        Step::Key(key) => with_key(&path, key),
        Step::Index(index) => format!("{path}[{index}]"),
        Step::Slice(from, to) => format!("{path}[{}:{}]", end(from), end(to)),
    })
}

fn take<'d, 'a>(at: Place<'d, 'a>, step: &Step) -> Result<Place<'d, 'a>, String> {
    let Place { value, path, .. } = at;
    let len = value.len();
    match (step, value.kind()) {
        (Step::Key(key), Kind::Object) => match value.get(key) {
            Some(member) => Ok(Place {
                value: member,
                path: with_key(&path, key),
                items: None,
            }),
            None => Err(format!(
                "{path} has no key {}, {}",
                json::quote(key),
                keys_of(value)
            )),
        },
        // `items.3` for `items[3]`.
        (Step::Key(key), Kind::Array) => match key.parse() {
            Ok(index) => take(
                Place {
                    value,
                    path,
                    items: None,
                },
                &Step::Index(index),
            ),
            Err(_) => Err(format!(
                "{path} is an array of {len} items and has no keys, ask for {path}[0] or a slice"
            )),
        },
        (Step::Index(index), Kind::Array) => {
            let item = position(*index, len).and_then(|at| Some((at, value.at(at)?)));
            let (at, item) =
                item.ok_or_else(|| format!("{path} has {len} items, [{index}] is not one of them"))?;
            Ok(Place {
                value: item,
                path: with_index(&path, at),
                items: None,
            })
        }
        (Step::Slice(from, to), Kind::Array) => {
            let end = |bound: &Option<i64>, open: usize| match *bound {
                None => open,
                Some(bound) if bound < 0 => {
                    len.saturating_sub(usize::try_from(bound.unsigned_abs()).unwrap_or(len))
                }
                Some(bound) => usize::try_from(bound).unwrap_or(len).min(len),
            };
            let (from, to) = (end(from, 0), end(to, len));
            if from >= to {
                return Err(format!("{path} has {len} items, [{from}:{to}] is none of them"));
            }
            Ok(Place {
                value,
                path,
                items: Some(from..to),
            })
        }
        (_, Kind::Object) => Err(format!("{path} is an object, {}", keys_of(value))),
        (_, kind) => Err(format!(
            "{path} is a {}, there is nothing below it",
            kind_name(kind)
        )),
    }
}

fn position(index: i64, len: usize) -> Option<usize> {
    let back = || len.checked_sub(usize::try_from(index.unsigned_abs()).ok()?);
    if index < 0 {
        back()
    } else {
        usize::try_from(index).ok().filter(|&at| at < len)
    }
}

/// The keys there are, for an error: the first dozen.
fn keys_of(value: Value<'_, '_>) -> String {
    let keys: Vec<&str> = value.entries().take(12).map(|(key, _)| key.raw()).collect();
    match value.len() {
        0 => "it is empty".to_owned(),
        count if count > keys.len() => format!("its {count} keys begin {}", keys.join(", ")),
        _ => format!("its keys are {}", keys.join(", ")),
    }
}

/// What to call a kind of value.
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Bool => "boolean",
        Kind::Number => "number",
        Kind::String => "string",
        Kind::Array => "array",
        Kind::Object => "object",
    }
}

/// `path` with a key below it.
pub(super) fn with_key(path: &str, key: &str) -> String {
    let plain = !key.is_empty()
        && !key.starts_with(|first: char| first.is_ascii_digit())
        && key
            .chars()
            .all(|character| character.is_alphanumeric() || character == '_');
    if plain {
        format!("{path}.{key}")
    } else {
        format!("{path}[{}]", json::quote(key))
    }
}

/// `path` with an index below it.
pub(super) fn with_index(path: &str, index: usize) -> String {
    format!("{path}[{index}]")
}

fn parse(path: &str) -> Result<Vec<Step>, String> {
    let mut rest = path.trim();
    rest = rest.strip_prefix('$').unwrap_or(rest);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (step, after) = bracket(inside)?;
            steps.push(step);
            rest = after;
            continue;
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if rest.starts_with('"') {
            let end = quoted_end(rest).ok_or("a quoted key is not closed")?;
            steps.push(Step::Key(
                json::decode(&rest[..end])
                    .ok_or("a quoted key is not Unicode")?
                    .into_owned(),
            ));
            rest = &rest[end..];
            continue;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        if end == 0 {
            return Err("a key is missing between two dots or at the end".to_owned());
        }
        steps.push(Step::Key(rest[..end].to_owned()));
        rest = &rest[end..];
    }
    Ok(steps)
}

/// What stands in brackets, and what comes after them.
fn bracket(inside: &str) -> Result<(Step, &str), String> {
    if inside.starts_with('"') {
        let end = quoted_end(inside).ok_or("a quoted key is not closed")?;
        let key = json::decode(&inside[..end]).ok_or("a quoted key is not Unicode")?;
        let after = inside[end..].strip_prefix(']').ok_or("a bracket is not closed")?;
        return Ok((Step::Key(key.into_owned()), after));
    }
    if let Some(key) = inside.strip_prefix('\'') {
        let (key, after) = key.split_once("']").ok_or("a quoted key is not closed")?;
        return Ok((Step::Key(key.to_owned()), after));
    }
    let (inside, after) = inside.split_once(']').ok_or("a bracket is not closed")?;
    let number = |text: &str| {
        text.trim()
            .parse::<i64>()
            .map_err(|_| format!("[{inside}] is neither an index nor a slice"))
    };
    let bound = |text: &str| {
        if text.trim().is_empty() {
            Ok(None)
        } else {
            number(text).map(Some)
        }
    };
    let step = match inside.split_once(':') {
        Some((from, to)) => Step::Slice(bound(from)?, bound(to)?),
        None => Step::Index(number(inside)?),
    };
    Ok((step, after))
}

/// Where the JSON string that starts a text ends, quotes included.
fn quoted_end(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at + 1),
            b'\\' => bytes.next().map(|_| ())?,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Document;

    const TEXT: &str = r#"{"a":{"b":[1,{"c d":"x"},[2,3]],"k":null},"é":1,"":{"3":4},"q\"x":5}"#;

    fn at(path: &str) -> Result<(String, String), String> {
        let document = Document::parse(TEXT).unwrap();
        match follow(document.root(), path) {
            Ok(place) => Ok((place.value.raw().to_owned(), place.path)),
            Err(error) => Err(error.cause.unwrap_or_default()),
        }
    }

    #[test]
    fn every_spelling_leads_there() {
        for (path, raw, spelled) in [
            ("$.a.b[0]", "1", "$.a.b[0]"),
            ("a.b[0]", "1", "$.a.b[0]"),
            ("$.a.b.0", "1", "$.a.b[0]"),
            ("$.a.b[-1][0]", "2", "$.a.b[2][0]"),
            ("$.a.b[1][\"c d\"]", "\"x\"", "$.a.b[1][\"c d\"]"),
            ("$['a'].k", "null", "$.a.k"),
            ("é", "1", "$.é"),
            ("$[\"\"][\"3\"]", "4", "$[\"\"][\"3\"]"),
            ("$[\"q\\\"x\"]", "5", "$[\"q\\\"x\"]"),
        ] {
            let (found, canonical) = at(path).unwrap();
            assert_eq!((found.as_str(), canonical.as_str()), (raw, spelled));
            // The spelled-out path leads to the same place.
            assert_eq!(at(&canonical).unwrap().0, raw);
        }
        assert_eq!(at("$").unwrap().0, TEXT);
        assert_eq!(at("").unwrap().0, TEXT);
    }

    #[test]
    fn slices_are_half_open() {
        let document = Document::parse(TEXT).unwrap();
        let items = |path| follow(document.root(), path).unwrap().items;
        assert_eq!(items("$.a.b[0:2]"), Some(0..2));
        assert_eq!(items("$.a.b[1:]"), Some(1..3));
        assert_eq!(items("$.a.b[-2:]"), Some(1..3));
        assert_eq!(items("$.a.b[:99]"), Some(0..3));
    }

    #[test]
    fn what_is_missing_is_named_with_what_there_is() {
        for (path, cause) in [
            ("$.a.z", "$.a has no key \"z\", its keys are \"b\", \"k\""),
            ("$.a.b[7]", "$.a.b has 3 items, [7] is not one of them"),
            ("$.a.b[-4]", "$.a.b has 3 items, [-4] is not one of them"),
            ("$.a.b.z", "$.a.b is an array of 3 items"),
            ("$.é.x", "$.é is a number, there is nothing below it"),
            ("$.a[0]", "$.a is an object"),
            ("$.a.b[5:9]", "is none of them"),
            ("$.a.b[0:2].c", "a slice can only be the last step"),
            ("$.a.", "a key is missing"),
            ("$..a", "a key is missing"),
            ("$.a[", "a bracket is not closed"),
            ("$[\"a", "a quoted key is not closed"),
            ("$.a.b[x]", "[x] is neither an index nor a slice"),
            ("$.a.b[9223372036854775808]", "neither an index"),
        ] {
            let error = at(path).unwrap_err();
            assert!(error.contains(cause), "{path}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_path_is_answered(path in "[$.\\[\\]\"'a-c0-3:\\\\é-]{0,12}") {
            let _ = at(&path);
        }
    }
}
