//! Reading a text word by word as questions are read, each word as a number.
//!
//! For whoever ranks parts of one text against each other: equal numbers are equal words, whatever their
//! case and their plural. The stem is the word's first letters, which in most languages with endings is as
//! good as a stemmer (`McNamee` and Mayfield, "Character N-Gram Tokenization", 2004).

use std::collections::HashSet;
use std::hash::BuildHasherDefault;

use super::Query;
use super::bm25::{Identity, hash};
use super::words::{self, fold, plural, scan};

/// Letters of a stem.
const STEM: usize = 5;

/// One word of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<'t> {
    /// As it stands.
    pub text: &'t str,
    /// The word without case and plural.
    pub term: u64,
    /// Its first letters.
    pub stem: u64,
    /// False for a word that says nothing about what a text is about.
    pub telling: bool,
}

/// Reads texts.
#[derive(Debug, Clone)]
pub struct Reader {
    stops: HashSet<u64, BuildHasherDefault<Identity>>,
}

impl Default for Reader {
    fn default() -> Self {
        let stops = words::stop_words().map(|word| hash(word.bytes())).collect();
        Self { stops }
    }
}

impl Reader {
    /// Calls `found` with every word in order; of joined words with their parts.
    pub fn words<'t>(&self, text: &'t str, mut found: impl FnMut(Word<'t>)) {
        scan(text, false, |word, part| {
            if part {
                found(self.word(word));
            }
        });
    }

    /// The terms of a question as term and stem.
    pub fn terms(query: &Query) -> Vec<(u64, u64)> {
        let numbers = |term: &String| (hash(term.bytes()), stem(term));
        query.terms.iter().map(numbers).collect()
    }

    fn word<'t>(&self, text: &'t str) -> Word<'t> {
        if !text.is_ascii() {
            let folded = fold(text);
            let term = hash(folded.bytes());
            let telling = text.chars().nth(1).is_some() && !self.stops.contains(&term);
            return Word {
                text,
                term,
                stem: stem(&folded),
                telling,
            };
        }
        let bytes = text.as_bytes();
        let whole = hash(bytes.iter().map(u8::to_ascii_lowercase));
        let (keep, ending) = plural(bytes).unwrap_or((bytes.len(), None));
        let lower = || bytes[..keep].iter().map(u8::to_ascii_lowercase).chain(ending);
        Word {
            text,
            term: hash(lower()),
            stem: hash(lower().take(STEM)),
            telling: bytes.len() > 1 && !self.stops.contains(&whole),
        }
    }
}

fn stem(folded: &str) -> u64 {
    let end = folded.char_indices().nth(STEM).map_or(folded.len(), |(at, _)| at);
    hash(folded[..end].bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Word<'_>> {
        let mut all = Vec::new();
        Reader::default().words(text, |word| all.push(word));
        all
    }

    #[test]
    fn case_and_plural_do_not_matter_and_endings_keep_the_stem() {
        for (one, other) in [
            ("Defeated", "defeat"),
            ("Größere", "größer"),
            ("победил", "победили"),
        ] {
            assert_eq!(read(one)[0].stem, read(other)[0].stem, "{one} {other}");
        }
        assert_eq!(read("Cities")[0].term, read("city")[0].term);
        assert_ne!(read("defeated")[0].term, read("defeat")[0].term);
    }

    #[test]
    fn a_question_and_a_text_agree() {
        let query = Query::new(Some("Which cities did Größe Москва 東京都 visit?"), None);
        let text: Vec<(u64, u64)> = read("cities Größe Москва 東京都 visit")
            .iter()
            .map(|word| (word.term, word.stem))
            .collect();
        assert_eq!(Reader::terms(&query), text);
    }

    #[test]
    fn stop_words_are_not_telling() {
        let telling: Vec<bool> = read("The cat was Here").iter().map(|word| word.telling).collect();
        assert_eq!(telling, [false, true, false, false]);
    }
}
