//! Reading originals back with whatever a model asks for.

use std::collections::HashSet;

use headroom::ccr::{self, Entry, Selection};
use headroom::json::{Document, Value, literal_end};

use crate::document;

/// Most pages of an original of a fuzz input's size, at a token each.
const MAX_PAGES: usize = 20_000;

/// Any selection is answered or refused; reading on from page to page comes to an end.
pub fn retrieve(data: &[u8]) {
    let Some((&choice, rest)) = data.split_first() else {
        return;
    };
    // The selection's fields first, a separator between them, then what the original is made of.
    let mut fields = rest.splitn(5, |&byte| byte == b'\0');
    let mut field = |bit: u8| {
        let field = fields
            .next()
            .and_then(|field| std::str::from_utf8(field).ok())
            .unwrap_or_default();
        (choice & bit != 0).then(|| field.to_owned())
    };
    let selection = Selection {
        lines: field(1),
        rows: field(2),
        path: field(4),
        query: field(8),
        max_tokens: (choice & 16 != 0).then_some(usize::from(choice >> 5) * 9),
    };
    let Some(text) = fields.next().and_then(document) else {
        return;
    };
    // A path names the last of duplicate keys, as `JSON.parse` does; what stands at the others has no path.
    if Document::parse(&text).is_ok_and(|document| has_duplicates(document.root())) {
        return;
    }
    let entry = Entry { text, tool: None };
    read_on(&entry, selection);
}

fn has_duplicates(value: Value<'_, '_>) -> bool {
    let mut keys = HashSet::new();
    value.items().any(has_duplicates)
        || value
            .entries()
            .any(|(key, value)| !keys.insert(key.text()) || has_duplicates(value))
}

/// Follows what every page offers, to the end: no page leads back to itself.
fn read_on(entry: &Entry, selection: Selection) {
    // Every selection once, with the place of the page that offered it.
    let mut asked: Vec<(Selection, Option<usize>)> = vec![(selection, None)];
    let mut at = 0;
    while at < asked.len() {
        let selection = asked[at].0.clone();
        let page = match ccr::retrieve(entry, &selection) {
            Ok(page) => page,
            // The fuzzer's own selection may make no sense; what a page offers must.
            Err(error) => return assert!(at == 0, "an offer is refused: {selection:?}: {error}"),
        };
        for offer in page
            .next
            .iter()
            .flat_map(|next| offers(next, selection.max_tokens))
        {
            let before = std::iter::successors(Some(at), |&page| asked[page].1);
            assert!(
                !before.map(|page| &asked[page].0).any(|asked| *asked == offer),
                "reading on goes round: {offer:?}"
            );
            if !asked.iter().any(|(known, _)| *known == offer) {
                asked.push((offer, Some(at)));
            }
        }
        at += 1;
        assert!(at <= MAX_PAGES, "reading on never ends: {selection:?}");
    }
}

/// The selections `next` offers, e.g. `path "$.items", rows "38-60", then lines "4-9"`.
fn offers(next: &str, max_tokens: Option<usize>) -> Vec<Selection> {
    let empty = || Selection {
        max_tokens,
        ..Selection::default()
    };
    let (mut offers, mut rest) = (vec![empty()], next);
    loop {
        let (name, value) = rest.split_once(' ').expect("an offer is a name and a value");
        let end = literal_end(value).expect("the value of an offer is a JSON string");
        let value_text = Some(serde_json::from_str(&value[..end]).expect("a JSON string"));
        let offer = offers.last_mut().expect("there is one");
        match name {
            "lines" => offer.lines = value_text,
            "rows" => offer.rows = value_text,
            "path" => offer.path = value_text,
            other => panic!("an offer of {other:?} in {next}"),
        }
        rest = &value[end..];
        if let Some(after) = rest.strip_prefix(", then ") {
            offers.push(empty());
            rest = after;
        } else if let Some(after) = rest.strip_prefix(", ") {
            rest = after;
        } else {
            assert_eq!(rest, "", "{next}");
            return offers;
        }
    }
}
