//! What the words of a unit give away about it: which answers could stand in it, and whether it speaks of
//! what the unit before it names.

use crate::relevance::{Ask, Word};

/// Months, as dates name them.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Numbers in words.
const NUMBERS: [&str; 18] = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty",
    "thirty", "hundred", "thousand", "million", "half", "dozen",
];

/// What joins an effect to its cause; lower case, sorted.
const CAUSES: &[&str] = &[
    "because",
    "cause",
    "caused",
    "causes",
    "consequently",
    "debido",
    "due",
    "hence",
    "owing",
    "parce",
    "perché",
    "porque",
    "reason",
    "reasons",
    "since",
    "therefore",
    "thus",
    "wegen",
    "weil",
    "поэтому",
];

/// Personal, possessive and demonstrative words that stand for what was named before; lower case, sorted.
const POINTERS: &[&str] = &[
    "both", "ce", "ces", "cette", "diese", "dieser", "dieses", "elle", "elles", "er", "este", "esto",
    "estos", "he", "her", "his", "ihr", "ihre", "il", "ils", "it", "its", "leur", "leurs", "seine", "seiner",
    "she", "sie", "su", "such", "sus", "that", "their", "these", "they", "this", "those", "его", "он", "она",
    "они", "эта", "это", "этот",
];

/// Words at the start of a unit among which a pointer says that it goes on about what was named before:
/// `In his paper, he …`.
const START: u32 = 3;

/// What answers could stand in a unit, and what it starts with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Forms {
    /// One flag a kind of answer.
    answers: [bool; 4],
    /// The unit starts with a word that stands for what was named before.
    pub(super) points_back: bool,
}

impl Forms {
    pub(super) fn has(self, ask: Ask) -> bool {
        self.answers[ask as usize]
    }

    fn note(&mut self, ask: Ask, holds: bool) {
        self.answers[ask as usize] |= holds;
    }

    /// `place`: the word's number in the unit; where it is the first, a capital says nothing. `asked`: the
    /// question has the word.
    pub(super) fn see(&mut self, word: Word<'_>, place: u32, asked: bool) {
        let start = word.text.chars().next();
        if start.is_some_and(|sign| sign.is_ascii_digit()) {
            self.note(Ask::Amount, !asked);
            let year = word.text.len() == 4 && matches!(word.text.as_bytes()[0], b'1' | b'2');
            self.note(Ask::Time, year && !asked);
            return;
        }
        if start.is_some_and(char::is_uppercase) {
            self.note(Ask::Time, MONTHS.contains(&word.text));
            self.note(Ask::Name, place > 0 && !asked && word.telling);
        } else {
            self.note(Ask::Time, word.text == "century");
            self.note(Ask::Amount, NUMBERS.contains(&word.text));
        }
        self.note(Ask::Reason, is_among(CAUSES, word.text));
        self.points_back |= place < START && is_among(POINTERS, word.text);
    }
}

/// True when a sorted list of lower-case words has a word in whatever case.
fn is_among(words: &[&str], word: &str) -> bool {
    const LONGEST: usize = 12;
    if word.len() > LONGEST {
        return false;
    }
    if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return words.binary_search(&word).is_ok();
    }
    words.binary_search(&word.to_lowercase().as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relevance::Reader;

    fn forms(text: &str) -> Forms {
        let (mut forms, mut place) = (Forms::default(), 0);
        Reader::default().words(text, |word| {
            forms.see(word, place, false);
            place += 1;
        });
        forms
    }

    #[test]
    fn the_lists_are_sorted() {
        assert!(CAUSES.is_sorted());
        assert!(POINTERS.is_sorted());
    }

    #[test]
    fn a_unit_has_the_form_of_what_it_could_answer() {
        let has = |text: &str, ask| forms(text).has(ask);
        assert!(has("It was built by Anna Meier.", Ask::Name) && !has("Built by hand.", Ask::Name));
        assert!(has("It ended in 1921.", Ask::Time) && !has("It ended with 34 men.", Ask::Time));
        assert!(has("Some twelve men left.", Ask::Amount) && !has("Some men left.", Ask::Amount));
        assert!(has("It broke because of ice.", Ask::Reason) && !has("It broke.", Ask::Reason));
    }

    #[test]
    fn a_unit_that_starts_with_a_pronoun_points_back() {
        for text in [
            "It was sold.",
            "In his paper, he said no.",
            "Это было.",
            "These are old.",
        ] {
            assert!(forms(text).points_back, "{text}");
        }
        for text in ["Anna sold the old car.", "The bridge was old, and it fell."] {
            assert!(!forms(text).points_back, "{text}");
        }
    }
}
