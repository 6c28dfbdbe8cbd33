//! The rows of a table back to JSON.

use super::decode::{Decoded, MOST_BYTES, Reader, is_template, key_end, wrong};
use super::emit::{expand, json_text};
use super::spell::{self, CELL, DITTO, KEY_COLUMN};
use crate::json::{self, Document, Kind, Value};

/// What a column says of its cells.
enum Rule<'t> {
    Cells,
    /// JSON of the value in every row.
    Constant(String),
    /// Filled in from other columns.
    Template(&'t str),
    /// Filled in from the cell, between these.
    Affix(&'t str, &'t str),
    Steps(i64, i64),
    /// Values of an object with these keys, as written; or null.
    Record(Vec<&'t str>),
    /// A list of such.
    Records(Vec<&'t str>),
}

struct Column<'t> {
    name: &'t str,
    /// Keys from the record down, as written.
    keys: Vec<&'t str>,
    rule: Rule<'t>,
}

/// Reads `[12 rows] …` or `[12 keys] …`: count, whether rows start with a key, and the columns' text.
pub(super) fn head(text: &str) -> Option<(usize, bool, &str)> {
    let (inner, columns) = text.strip_prefix('[')?.split_once("] ")?;
    let (count, unit) = inner.split_once(' ')?;
    let keyed = match unit {
        "rows" => false,
        "keys" => true,
        _ => return None,
    };
    let columns = if keyed {
        columns.strip_prefix(KEY_COLUMN)?
    } else {
        columns
    };
    Some((count.parse().ok()?, keyed, columns))
}

/// The JSON of the table whose rows are the reader's next lines.
pub(super) fn read(reader: &mut Reader<'_>, count: usize, keyed: bool, columns: &str) -> Decoded<String> {
    let columns = read_columns(reader, columns)?;
    let mut above: Vec<&str> = vec![""; columns.len()];
    let mut out = String::from(if keyed { "{" } else { "[" });
    for index in 0..count {
        let Some(line) = reader.lines.get(reader.at).copied() else {
            return wrong("rows are missing");
        };
        reader.at += 1;
        if index > 0 {
            out.push(',');
        }
        let mut rest = Some(line);
        if keyed {
            let end = key_end(line)?;
            spell::unspell_key(&line[..end], &mut out);
            out.push(':');
            rest = line[end..].strip_prefix(CELL);
        }
        let values = row_values(reader, &columns, rest, index, &mut above)?;
        write_record(&columns, &values, &mut out);
        if out.len() > MOST_BYTES {
            return wrong("too large");
        }
    }
    out.push(if keyed { '}' } else { ']' });
    Ok(out)
}

fn read_columns<'t>(reader: &Reader<'_>, text: &'t str) -> Decoded<Vec<Column<'t>>> {
    let mut columns = Vec::new();
    let mut rest = text;
    loop {
        let (mut keys, mut end) = (Vec::new(), 0);
        loop {
            let len = key_end(&rest[end..])?;
            keys.push(&rest[end..end + len]);
            end += len;
            if !rest[end..].starts_with('.') {
                break;
            }
            end += 1;
        }
        let name = &rest[..end];
        let (rule, after) = match rest[end..].strip_prefix('=') {
            None => (Rule::Cells, &rest[end..]),
            Some(rule) => {
                let len = cell_end(rule)?;
                (read_rule(reader, &rule[..len])?, &rule[len..])
            }
        };
        columns.push(Column { name, keys, rule });
        match after.strip_prefix(CELL) {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(columns),
            None => return wrong("malformed columns"),
        }
    }
}

fn read_rule<'t>(reader: &Reader<'_>, text: &'t str) -> Decoded<Rule<'t>> {
    if let Some(steps) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        let numbers = steps
            .split_once(" step ")
            .and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        return numbers.map_or_else(
            || wrong("malformed steps"),
            |(first, step)| Ok(Rule::Steps(first, step)),
        );
    }
    if let Some(keys) = text
        .strip_prefix("[{")
        .and_then(|text| shape_keys(text.strip_suffix("}]")?))
    {
        return Ok(Rule::Records(keys));
    }
    if let Some(keys) = text
        .strip_prefix('{')
        .and_then(|text| shape_keys(text.strip_suffix('}')?))
    {
        return Ok(Rule::Record(keys));
    }
    if !is_template(text) {
        return Ok(Rule::Constant(reader.literal(text)?));
    }
    Ok(match text.split_once("${}") {
        Some((before, after)) => Rule::Affix(before, after),
        None => Rule::Template(text),
    })
}

/// Keys as written, separated by commas; `None` for anything else, as JSON with its colons is.
fn shape_keys(mut text: &str) -> Option<Vec<&str>> {
    let mut keys = Vec::new();
    loop {
        let end = key_end(text).ok()?;
        keys.push(&text[..end]);
        match text[end..].strip_prefix(',') {
            Some(rest) => text = rest,
            None => return text[end..].is_empty().then_some(keys),
        }
    }
}

/// Where a cell ends: at the next separator outside of JSON.
fn cell_end(text: &str) -> Decoded<usize> {
    let json = match text.as_bytes().first() {
        Some(b'"' | b'[' | b'{') => json::value_end(text),
        Some(b'r') if text.starts_with("raw\"") => {
            json::value_end(&text[spell::RAW.len()..]).map(|end| end + spell::RAW.len())
        }
        _ => return Ok(text.find(CELL).unwrap_or(text.len())),
    };
    json.map_or_else(|| wrong("malformed cell"), Ok)
}

/// The JSON of every column in one row; `None` where the key is absent.
fn row_values<'t>(
    reader: &Reader<'_>,
    columns: &[Column<'t>],
    mut rest: Option<&'t str>,
    index: usize,
    above: &mut [&'t str],
) -> Decoded<Vec<Option<String>>> {
    let mut values: Vec<Option<String>> = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        let value = match &column.rule {
            Rule::Constant(json) => Some(json.clone()),
            Rule::Steps(first, step) => {
                let steps = i64::try_from(index)
                    .ok()
                    .and_then(|index| step.checked_mul(index));
                let Some(number) = steps.and_then(|steps| first.checked_add(steps)) else {
                    return wrong("steps out of range");
                };
                Some(number.to_string())
            }
            Rule::Template(template) => {
                let text = expand(template, &[], |name| {
                    let known = columns[..at].iter().position(|column| column.name == name);
                    match known.and_then(|known| values[known].as_deref()) {
                        Some(json) => json_text(json),
                        None => wrong("reference to nothing"),
                    }
                })?;
                Some(quoted(reader, &text))
            }
            Rule::Cells | Rule::Affix(..) | Rule::Record(_) | Rule::Records(_) => {
                let Some(text) = rest else {
                    return wrong("cells are missing");
                };
                let end = cell_end(text)?;
                let mut cell = &text[..end];
                rest = text[end..].strip_prefix(CELL);
                if rest.is_none() && end < text.len() {
                    return wrong("malformed cell");
                }
                if cell == DITTO {
                    cell = above[at];
                }
                above[at] = cell;
                read_cell(reader, &column.rule, cell)?
            }
        };
        values.push(value);
    }
    match rest {
        Some(text) if !text.is_empty() => wrong("too many cells"),
        _ => Ok(values),
    }
}

fn quoted(reader: &Reader<'_>, text: &str) -> String {
    let mut json = String::new();
    reader.style.quote_into(text, &mut json);
    json
}

fn read_cell(reader: &Reader<'_>, rule: &Rule<'_>, cell: &str) -> Decoded<Option<String>> {
    if let (Rule::Record(keys), true) = (rule, cell.starts_with('[')) {
        return values_to_object(Document::parse(cell).ok(), keys).map(Some);
    }
    if let (Rule::Records(keys), true) = (rule, cell.starts_with('[')) {
        return values_to_list(cell, keys).map(Some);
    }
    let Rule::Affix(before, after) = rule else {
        if is_template(cell) {
            let text = expand(cell, &reader.definitions, |_| {
                wrong("a cell refers to definitions only")
            })?;
            return Ok(Some(quoted(reader, &text)));
        }
        return if cell.is_empty() {
            Ok(None)
        } else {
            reader.literal(cell).map(Some)
        };
    };
    let inner = if cell.starts_with('"') {
        json_text(cell)?
    } else {
        cell.to_owned()
    };
    Ok(Some(quoted(reader, &format!("{before}{inner}{after}"))))
}

fn values_to_object(document: Option<Document<'_>>, keys: &[&str]) -> Decoded<String> {
    let Some(document) = document else {
        return wrong("malformed cell");
    };
    let mut out = String::new();
    put_object(document.root(), keys, &mut out)?;
    Ok(out)
}

fn values_to_list(cell: &str, keys: &[&str]) -> Decoded<String> {
    let Ok(document) = Document::parse(cell) else {
        return wrong("malformed cell");
    };
    let mut out = String::from("[");
    for (index, values) in document.root().items().enumerate() {
        if index > 0 {
            out.push(',');
        }
        put_object(values, keys, &mut out)?;
    }
    out.push(']');
    Ok(out)
}

fn put_object(values: Value<'_, '_>, keys: &[&str], out: &mut String) -> Decoded<()> {
    if values.kind() != Kind::Array || values.len() != keys.len() {
        return wrong("values do not fit the keys");
    }
    out.push('{');
    for (index, (key, value)) in keys.iter().zip(values.items()).enumerate() {
        if index > 0 {
            out.push(',');
        }
        spell::unspell_key(key, out);
        out.push(':');
        json::compact_into(value.raw(), out);
    }
    out.push('}');
    Ok(())
}

/// One record, with the columns' dotted keys nested again.
fn write_record(columns: &[Column<'_>], values: &[Option<String>], out: &mut String) {
    let mut open: Vec<&str> = Vec::new();
    let mut first = true;
    out.push('{');
    for (column, value) in columns.iter().zip(values) {
        let Some(value) = value else { continue };
        let Some((leaf, outer)) = column.keys.split_last() else {
            continue;
        };
        let shared = open.iter().zip(outer).take_while(|(a, b)| a == b).count();
        out.extend(std::iter::repeat_n('}', open.len() - shared));
        open.truncate(shared);
        if !first {
            out.push(',');
        }
        for key in &outer[shared..] {
            spell::unspell_key(key, out);
            out.push_str(":{");
            open.push(key);
        }
        spell::unspell_key(leaf, out);
        out.push(':');
        out.push_str(value);
        first = false;
    }
    out.extend(std::iter::repeat_n('}', open.len() + 1));
}
