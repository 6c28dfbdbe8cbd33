//! Which elements of a run of equals are shown: decided as for records in JSON, to which they are shown as such.
//!
//! Failures stay at any depth: the selection looks at the values near the top of a record, and a report nests
//! its failures deeper.

use super::read::{Content, Kind, Tree};
use crate::compress::{Elision, json, records};
use crate::relevance::{Query, Scorer};
use crate::signal;

/// Runs of fewer elements are shown whole.
const FEWEST: usize = 8;
/// Runs below this depth of runs are shown whole: every level is read again for the one above it.
const DEEPEST: usize = 12;
/// Words of failure point to something only while few elements have them.
const TELLING: f64 = 0.3;

/// Elements that state a failure.
const FAILURES: &[&str] = &[
    "failure",
    "error",
    "fault",
    "exception",
    "flakyFailure",
    "flakyError",
    "rerunFailure",
    "rerunError",
    "stackTrace",
];

/// Elements looked at to learn which words of the question all have.
const SAMPLE: usize = 16;
/// Bytes of each that are.
const SAMPLE_BYTES: usize = 2048;

/// What a selection is made by.
pub(super) struct Selector<'q> {
    query: &'q Query,
    elision: Elision,
    whole: Scorer,
    /// One a term and one an anchor.
    terms: Vec<Scorer>,
    anchors: Vec<Scorer>,
}

impl<'q> Selector<'q> {
    pub(super) fn new(query: &'q Query, elision: Elision) -> Self {
        let term = |term: &String| {
            Scorer::new(&Query {
                terms: vec![term.clone()],
                ..Query::default()
            })
        };
        let anchor = |anchor: &String| {
            Scorer::new(&Query {
                anchors: vec![anchor.clone()],
                ..Query::default()
            })
        };
        Self {
            query,
            elision,
            whole: Scorer::new(query),
            terms: query.terms.iter().map(term).collect(),
            anchors: query.anchors.iter().map(anchor).collect(),
        }
    }

    /// The query without what most elements of a run have: it tells them not apart. A feed is asked for by the
    /// address of its server, which then stands in every link. `None`: all of it tells.
    fn telling(&self, texts: &[&str]) -> Option<Scorer> {
        let step = texts.len().div_ceil(SAMPLE);
        let head = |text: &str| text.floor_char_boundary(SAMPLE_BYTES);
        let sample: Vec<&str> = texts
            .iter()
            .step_by(step)
            .map(|text| &text[..head(text)])
            .collect();
        let few = |holders: usize| holders <= sample.len() / 2;
        let names_few = |scorer: &&Scorer| {
            let scores = scorer.bm25(sample.iter().copied());
            few(scores.iter().filter(|score| **score > 0.0).count())
        };
        let holds_few =
            |scorer: &&Scorer| few(sample.iter().filter(|text| scorer.contains_anchor(text)).count());
        let Query {
            terms, anchors, asks, ..
        } = self.query;
        let told = |all: &[String], scorers: &[Scorer], tells: &dyn Fn(&&Scorer) -> bool| -> Vec<String> {
            let telling = all.iter().zip(scorers).filter(|(_, scorer)| tells(scorer));
            telling.map(|(text, _)| text.clone()).collect()
        };
        let query = Query {
            terms: told(terms, &self.terms, &names_few),
            anchors: told(anchors, &self.anchors, &holds_few),
            asks: asks.clone(),
            asked: self.query.asked,
        };
        (query != *self.query).then(|| Scorer::new(&query))
    }

    /// One flag an element of a run; `None`: all are shown. `again`: what such elements are like has been shown
    /// before, so only those stay that are not like them.
    pub(super) fn shown(&self, tree: &Tree<'_>, run: &[usize], again: bool) -> Option<Vec<bool>> {
        if run.len() < FEWEST || !tree.is_element(run[0]) {
            return None;
        }
        let mut array = String::from("[");
        for (nth, at) in run.iter().enumerate() {
            array.push_str(if nth > 0 { "," } else { "" });
            push_json(tree, *at, 0, &mut array);
        }
        array.push(']');
        let source = |at: usize| tree.text(&tree.nodes[at].span);
        let texts: Vec<&str> = run.iter().map(|at| source(*at)).collect();
        let fewer = self.telling(&texts);
        let scorer = fewer.as_ref().unwrap_or(&self.whole);
        let mut elision = self.elision;
        if again
            && scorer
                .bm25(texts.iter().copied())
                .iter()
                .all(|score| *score <= 0.0)
        {
            elision.bias = 0.0;
        }
        let mut shown = json::shown_records(&array, scorer, elision)?;
        let mentioned: Vec<bool> = run.iter().map(|at| signal::mentions_error(source(*at))).collect();
        let count = mentioned.iter().filter(|mentioned| **mentioned).count();
        let few = count as f64 <= TELLING * run.len() as f64;
        for ((shown, at), mentioned) in shown.iter_mut().zip(run).zip(mentioned) {
            *shown |= (few && mentioned) || fails(tree, *at);
        }
        Some(shown)
    }
}

/// True when an element or one inside it states a failure.
fn fails(tree: &Tree<'_>, at: usize) -> bool {
    (at..tree.nodes[at].until).any(|node| {
        let name = tree.name(node);
        let local = name.rsplit(':').next().unwrap_or_default();
        let is_no = |text: &str| {
            let text = text.trim();
            ["", "0", "false", "no", "none", "null", "ok"]
                .iter()
                .any(|no| text.eq_ignore_ascii_case(no))
        };
        let says = match tree.content(node) {
            Content::Closed | Content::Empty => !tree.attributes(node).is_empty() || at != node,
            Content::Text(text) | Content::Data(text) => !is_no(text),
            Content::Elements | Content::Mixed => true,
        };
        at != node && FAILURES.iter().any(|failure| failure.eq_ignore_ascii_case(local)) && says
    })
}

/// An element as JSON: an object of its attributes and children, those of one name as an array; its text when
/// it has nothing else.
fn push_json(tree: &Tree<'_>, at: usize, depth: usize, out: &mut String) {
    let attributes = tree.attributes(at);
    let text = match tree.content(at) {
        Content::Closed | Content::Empty => "",
        Content::Text(text) | Content::Data(text) => text,
        Content::Elements if depth < DEEPEST => {
            return push_object(tree, at, depth, out);
        }
        Content::Elements | Content::Mixed => match &tree.nodes[at].kind {
            Kind::Element { inner, .. } => tree.text(inner),
            _ => "",
        },
    };
    if attributes.is_empty() && depth > 0 {
        return records::push_value(text, out);
    }
    out.push('{');
    push_attributes(tree, at, out);
    if !text.is_empty() {
        out.push_str(if attributes.is_empty() { "" } else { "," });
        out.push_str("\"text\":");
        records::push_value(text, out);
    }
    out.push('}');
}

fn push_attributes(tree: &Tree<'_>, at: usize, out: &mut String) {
    for (nth, attribute) in tree.attributes(at).iter().enumerate() {
        out.push_str(if nth > 0 { ",\"" } else { "\"" });
        out.push_str(tree.text(&attribute.name));
        out.push_str("\":");
        records::push_value(tree.text(&attribute.value), out);
    }
}

fn push_object(tree: &Tree<'_>, at: usize, depth: usize, out: &mut String) {
    out.push('{');
    push_attributes(tree, at, out);
    let mut first = tree.attributes(at).is_empty();
    let all: Vec<usize> = tree.inside(at).filter(|at| tree.is_element(*at)).collect();
    for alike in all.chunk_by(|a, b| tree.name(*a) == tree.name(*b)) {
        out.push_str(if first { "\"" } else { ",\"" });
        first = false;
        out.push_str(tree.name(alike[0]));
        out.push_str(if alike.len() > 1 { "\":[" } else { "\":" });
        for (nth, at) in alike.iter().enumerate() {
            out.push_str(if nth > 0 { "," } else { "" });
            push_json(tree, *at, depth + 1, out);
        }
        out.push_str(if alike.len() > 1 { "]" } else { "" });
    }
    out.push('}');
}
