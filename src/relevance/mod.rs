//! What a block is judged against: the question and the tool's arguments, as terms and anchors.
//!
//! Terms are ranked with BM25; anchors are exact identifiers, and a row that holds one stays whatever its
//! rank. Used by the compressors to choose what is left out and by retrieval to find what is asked for.

mod anchors;
mod ask;
mod bm25;
mod reader;
mod words;

pub use ask::Ask;
pub use reader::{Reader, Word};

use std::collections::HashSet;

use crate::json::{Document, Kind, Value};

/// Most terms and most anchors of a query: a question that long is a document, and its head and tail
/// say what it is about.
const MAX_TERMS: usize = 256;
/// Bytes read at the head and at the tail of a long question.
const MAX_SIDE: usize = 8 * 1024;
/// Longest argument taken for one exact value, in bytes.
const MAX_VALUE: usize = 80;

/// The terms of the user's latest question before a block and of the tool call's arguments.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Distinct terms, lower case, plural endings folded.
    pub terms: Vec<String>,
    /// How many of the terms, the first ones, the question gave; the others are the call's alone.
    pub asked: usize,
    /// Identifiers quoted exactly (ids, paths, uuids, quoted strings): a row that holds one always stays.
    pub anchors: Vec<String>,
    /// The kinds of answer the question words ask for, each once.
    pub asks: Vec<Ask>,
}

impl Query {
    /// The terms and anchors of a question in words and of a tool call's arguments (JSON; other text is
    /// read as words). Of arguments the scalar values count, not the keys.
    pub fn new(question: Option<&str>, arguments: Option<&str>) -> Self {
        let mut builder = Builder::default();
        if let Some(question) = question {
            builder.read(question);
            builder.asks(question);
            builder.query.asked = builder.query.terms.len();
        }
        if let Some(arguments) = arguments.filter(|arguments| !arguments.trim().is_empty()) {
            match Document::parse(arguments) {
                Ok(document) => builder.values(document.root()),
                Err(_) => builder.read(arguments),
            }
        }
        builder.query
    }

    /// True when there is nothing to judge by.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.anchors.is_empty()
    }
}

/// Gathers distinct terms and anchors in order of first mention.
#[derive(Default)]
struct Builder {
    query: Query,
    terms: HashSet<String>,
    anchors: HashSet<String>,
}

impl Builder {
    fn read(&mut self, text: &str) {
        if text.len() <= 2 * MAX_SIDE {
            self.read_whole(text);
        } else {
            self.read_whole(&text[..text.floor_char_boundary(MAX_SIDE)]);
            self.read_whole(&text[text.ceil_char_boundary(text.len() - MAX_SIDE)..]);
        }
    }

    fn read_whole(&mut self, text: &str) {
        words::scan(text, false, |word, _| self.term(word));
        anchors::extract(text, |anchor| self.anchor(anchor));
    }

    fn asks(&mut self, question: &str) {
        // What is asked stands at the head or at the end of a long question.
        let head = &question[..question.floor_char_boundary(MAX_SIDE)];
        let tail = &question[question
            .ceil_char_boundary(question.len().saturating_sub(MAX_SIDE))
            .max(head.len())..];
        for side in [head, tail] {
            ask::asks(side, |ask| {
                if !self.query.asks.contains(&ask) {
                    self.query.asks.push(ask);
                }
            });
        }
    }

    fn term(&mut self, word: &str) {
        let lower = word.to_lowercase();
        let telling =
            word.chars().nth(1).is_some() || word.chars().all(|c| c.is_ascii_digit() || c as u32 >= 0x2e80);
        if self.query.terms.len() < MAX_TERMS && telling && !words::is_stop_word(&lower) {
            let folded = words::fold(word);
            if self.terms.insert(folded.clone()) {
                self.query.terms.push(folded);
            }
        }
    }

    fn anchor(&mut self, anchor: &str) {
        if self.query.anchors.len() < MAX_TERMS && self.anchors.insert(anchor.to_lowercase()) {
            self.query.anchors.push(anchor.to_owned());
        }
    }

    fn values(&mut self, value: Value<'_, '_>) {
        match value.kind() {
            Kind::Object => value.entries().for_each(|(_, value)| self.values(value)),
            Kind::Array => value.items().for_each(|value| self.values(value)),
            Kind::String => {
                let Some(text) = value.text() else { return };
                self.read(&text);
                let whole = text.trim();
                // A short value is what was asked for, as if it stood in quotation marks.
                if whole.len() <= MAX_VALUE
                    && !whole.contains('\n')
                    && whole.len() >= 3
                    && anchors::is_telling(whole)
                {
                    self.anchor(whole);
                }
            }
            Kind::Number => self.read_whole(value.raw()),
            Kind::Null | Kind::Bool => {}
        }
    }
}

/// A [`Query`] made ready to be held against many texts.
#[derive(Debug, Clone)]
pub struct Scorer {
    terms: bm25::Terms,
    anchors: Option<anchors::Finder>,
}

impl Scorer {
    /// Prepares the terms and anchors.
    pub fn new(query: &Query) -> Self {
        Self {
            terms: bm25::Terms::new(&query.terms),
            anchors: anchors::Finder::new(&query.anchors),
        }
    }

    /// BM25 scores of documents (JSON source or plain text), in order; 0 where no term occurs. Linear.
    pub fn bm25<'t>(&self, documents: impl IntoIterator<Item = &'t str>) -> Vec<f64> {
        bm25::scores(&self.terms, documents.into_iter())
    }

    /// True when the text holds an anchor, not merely as part of a longer identifier.
    pub fn contains_anchor(&self, text: &str) -> bool {
        let mut found = false;
        if let Some(finder) = &self.anchors {
            finder.each(text, |_| {
                found = true;
                false
            });
        }
        found
    }

    /// True when a short text is, as a whole, something the question names: each of its telling words is a
    /// term. `Platinum Card` is named by "my platinum cards", a sentence about cards is not.
    pub fn names(&self, whole: &str) -> bool {
        const MAX_WHOLE: usize = 64;
        const MAX_WORDS: usize = 6;
        if whole.len() > MAX_WHOLE {
            return false;
        }
        let words = whole
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        let telling = words.filter(|word| !words::is_stop_word(&word.to_lowercase()));
        let mut count = 0;
        let all = telling.take(MAX_WORDS + 1).all(|word| {
            count += 1;
            self.terms.find(word).is_some()
        });
        all && (1..=MAX_WORDS).contains(&count)
    }

    /// Which documents hold an anchor that tells them apart. An anchor in more than half of the documents
    /// (the airport that was searched for, in every hit of the search) would keep them all and is passed
    /// over, unless there are hardly any documents.
    pub fn anchored<'t>(&self, documents: impl IntoIterator<Item = &'t str>) -> Vec<bool> {
        let documents = documents.into_iter();
        let Some(finder) = &self.anchors else {
            return documents.map(|_| false).collect();
        };
        let mut held: Vec<Vec<u32>> = vec![Vec::new(); finder.len()];
        let mut count = 0_u32;
        for document in documents {
            finder.each(document, |anchor| {
                if held[anchor].last() != Some(&count) {
                    held[anchor].push(count);
                }
                true
            });
            count += 1;
        }
        let common = (count as usize / 2).max(3);
        let mut anchored = vec![false; count as usize];
        for document in held.iter().filter(|holders| holders.len() <= common).flatten() {
            anchored[*document as usize] = true;
        }
        anchored
    }
}

/// BM25 scores of `lengths.len()` documents counted beforehand: hits are (document, term, how often), grouped
/// by document, terms are numbers below `terms`, lengths are in words.
pub fn bm25_of_counts(terms: usize, hits: &[(u32, u32, u32)], lengths: &[u32]) -> Vec<f64> {
    bm25::weigh(terms, hits, lengths)
}

/// [`Scorer::bm25`] for one use.
pub fn bm25<'t>(query: &Query, documents: impl IntoIterator<Item = &'t str>) -> Vec<f64> {
    Scorer::new(query).bm25(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_gives_terms_and_anchors() {
        let query = Query::new(
            Some("What is the status of the reservations of ivan_muller_7015?"),
            None,
        );
        assert_eq!(
            query.terms,
            [
                "status",
                "reservation",
                "ivan",
                "muller",
                "7015",
                "ivan_muller_7015"
            ]
        );
        assert_eq!(query.anchors, ["ivan_muller_7015"]);
    }

    #[test]
    fn arguments_give_values_and_not_keys() {
        let query = Query::new(
            None,
            Some(
                r#"{"origin":"JFK","page":2,"active":true,"filter":{"ids":[4711,"a b"]},"sort":"desc","x":null}"#,
            ),
        );
        assert_eq!(query.anchors, ["JFK", "4711", "a b"]);
        assert!(query.terms.contains(&"jfk".to_owned()) && !query.terms.contains(&"origin".to_owned()));
    }

    #[test]
    fn words_that_ask_for_nothing_are_an_empty_query() {
        for text in ["", "yes, please continue", "ok", "Thanks!"] {
            assert!(Query::new(Some(text), None).is_empty(), "{text}");
        }
        assert!(Query::new(None, Some("")).is_empty());
        assert!(Query::new(None, Some("{}")).is_empty());
    }

    #[test]
    fn arguments_that_are_not_json_are_words() {
        assert_eq!(
            Query::new(None, Some("grep -rn payload src/main.rs")).anchors,
            ["src/main.rs"]
        );
    }

    #[test]
    fn a_long_question_is_read_at_both_ends() {
        let text = format!("needle_0001 {} needle_9999", "word ".repeat(20_000));
        assert_eq!(
            Query::new(Some(&text), None).anchors,
            ["needle_0001", "needle_9999"]
        );
    }

    #[test]
    fn an_anchor_held_by_most_rows_does_not_keep_them_all() {
        let rows: Vec<String> = (1000..1040)
            .map(|n| format!("{{\"from\":\"JFK\",\"id\":{n}}}"))
            .collect();
        let query = Query::new(Some("and 1007?"), Some("{\"from\":\"JFK\"}"));
        let scorer = Scorer::new(&query);
        let anchored = scorer.anchored(rows.iter().map(String::as_str));
        assert_eq!(anchored.iter().filter(|&&held| held).count(), 1);
        assert!(anchored[7] && scorer.contains_anchor(&rows[0]));
        assert_eq!(
            Scorer::new(&Query::default()).anchored(["a", "b"]),
            [false, false]
        );
    }

    #[test]
    fn scoring_is_a_function_of_its_arguments() {
        let query = Query::new(Some("late orders of cust_0042"), None);
        let documents = ["late order", "cust_0042", "nothing"];
        assert_eq!(bm25(&query, documents), bm25(&query.clone(), documents));
    }
}
