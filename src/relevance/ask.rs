//! What kind of answer a question asks for, by its question words.
//!
//! The answer of "when" stands in a sentence with a date, of "how many" in one with a number: the answer
//! types of Li and Roth, "Learning Question Classifiers" (2002), as far as single words give them away.

use super::words::scan;

/// A kind of answer whose form is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ask {
    /// A person or a place: a name.
    Name,
    /// A point in time.
    Time,
    /// A number.
    Amount,
    /// What makes something so.
    Reason,
}

/// Question words. Languages with spaces; lower case, sorted.
const WORDS: &[(&str, Ask)] = &[
    ("age", Ask::Amount),
    ("amount", Ask::Amount),
    ("called", Ask::Name),
    ("cause", Ask::Reason),
    ("century", Ask::Time),
    ("chi", Ask::Name),
    ("city", Ask::Name),
    ("combien", Ask::Amount),
    ("country", Ask::Name),
    ("cuándo", Ask::Time),
    ("cuántas", Ask::Amount),
    ("cuántos", Ask::Amount),
    ("date", Ask::Time),
    ("decade", Ask::Time),
    ("donde", Ask::Name),
    ("dove", Ask::Name),
    ("dónde", Ask::Name),
    ("many", Ask::Amount),
    ("much", Ask::Amount),
    ("name", Ask::Name),
    ("named", Ask::Name),
    ("nickname", Ask::Name),
    ("où", Ask::Name),
    ("percent", Ask::Amount),
    ("percentage", Ask::Amount),
    ("perché", Ask::Reason),
    ("pourquoi", Ask::Reason),
    ("quand", Ask::Time),
    ("quando", Ask::Time),
    ("quanti", Ask::Amount),
    ("quem", Ask::Name),
    ("qui", Ask::Name),
    ("quién", Ask::Name),
    ("reason", Ask::Reason),
    ("viele", Ask::Amount),
    ("wann", Ask::Time),
    ("warum", Ask::Reason),
    ("wem", Ask::Name),
    ("wen", Ask::Name),
    ("wer", Ask::Name),
    ("weshalb", Ask::Reason),
    ("when", Ask::Time),
    ("where", Ask::Name),
    ("who", Ask::Name),
    ("whom", Ask::Name),
    ("whose", Ask::Name),
    ("why", Ask::Reason),
    ("wieso", Ask::Reason),
    ("wo", Ask::Name),
    ("year", Ask::Time),
    ("years", Ask::Time),
    ("где", Ask::Name),
    ("когда", Ask::Time),
    ("кто", Ask::Name),
    ("почему", Ask::Reason),
    ("сколько", Ask::Amount),
    ("أين", Ask::Name),
    ("كم", Ask::Amount),
    ("لماذا", Ask::Reason),
    ("متى", Ask::Time),
    ("कब", Ask::Time),
    ("कहाँ", Ask::Name),
    ("कितने", Ask::Amount),
    ("कौन", Ask::Name),
    ("क्यों", Ask::Reason),
];

/// Question words of scripts without spaces.
const PARTS: &[(&str, Ask)] = &[
    ("何時", Ask::Time),
    ("什么时候", Ask::Time),
    ("いつ", Ask::Time),
    ("誰", Ask::Name),
    ("谁", Ask::Name),
    ("どこ", Ask::Name),
    ("哪里", Ask::Name),
    ("多少", Ask::Amount),
    ("いくつ", Ask::Amount),
];

/// Words that ask for an amount after "how": how long, how old.
const DEGREES: &[&str] = &[
    "big",
    "deep",
    "efficient",
    "far",
    "fast",
    "heavy",
    "high",
    "large",
    "long",
    "old",
    "often",
    "tall",
    "wide",
];

/// Calls `found` with each kind of answer a question names, possibly more than once.
pub(super) fn asks(question: &str, mut found: impl FnMut(Ask)) {
    let mut after_how = false;
    let mut read = |word: &str| {
        let lower = word.to_lowercase();
        if let Ok(at) = WORDS.binary_search_by(|(known, _)| known.cmp(&lower.as_str())) {
            found(WORDS[at].1);
        }
        if after_how && DEGREES.contains(&lower.as_str()) {
            found(Ask::Amount);
        }
        after_how = lower == "how";
    };
    scan(question, false, |word, part| {
        if part {
            read(word);
        }
    });
    for (known, ask) in PARTS {
        if !question.is_ascii() && question.contains(known) {
            found(*ask);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(WORDS.is_sorted_by_key(|(word, _)| *word));
    }

    #[test]
    fn question_words_name_the_answer() {
        for (question, expected) in [
            ("Who won?", vec![Ask::Name]),
            ("In what year did it end?", vec![Ask::Time]),
            ("How long is it?", vec![Ask::Amount]),
            ("How is it done? Long ago?", vec![]),
            ("Why did it end?", vec![Ask::Reason]),
            ("What was it called?", vec![Ask::Name]),
            ("Сколько?", vec![Ask::Amount]),
            ("誰ですか", vec![Ask::Name]),
            ("What is it?", vec![]),
        ] {
            let mut all = Vec::new();
            asks(question, |ask| all.push(ask));
            assert_eq!(all, expected, "{question}");
        }
    }
}
