//! Words of a text, as questions and documents are both read: one scanner, so that they always agree.
//!
//! A word is a run of letters and digits. Runs joined by `_`, `-` or `.`, and the humps of `camelCase`, are
//! given one by one and once more as a whole (`user_id`: `user`, `id`, `user_id`). Scripts written without
//! spaces are given as pairs of neighbouring characters, the usual stand-in for words there.

/// Words that say nothing about what is asked for. English; other languages are left to the rarity weight.
const STOP_WORDS: &[&str] = &[
    "a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be",
    "because", "been", "before", "being", "but", "by", "can", "continue", "could", "did", "do", "does",
    "doing", "done", "each", "find", "for", "from", "get", "give", "go", "had", "has", "have", "having",
    "he", "hello", "help", "her", "here", "hi", "him", "his", "how", "i", "if", "in", "into", "is", "it",
    "its", "just", "know", "let", "like", "list", "look", "make", "may", "me", "might", "my", "need", "no",
    "not", "now", "of", "ok", "okay", "on", "or", "our", "out", "please", "proceed", "say", "see", "she",
    "should", "show", "so", "some", "sure", "tell", "than", "thank", "thanks", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "those", "to", "too", "up", "us", "use", "want", "was",
    "we", "were", "what", "when", "where", "which", "while", "who", "whose", "why", "will", "with", "would",
    "yes", "you", "your",
];

/// True for a lower-case word that says nothing about what is asked for.
pub(super) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// All of them, lower case.
pub(super) fn stop_words() -> impl Iterator<Item = &'static str> {
    STOP_WORDS.iter().copied()
}

/// A word as it is compared: lower case, English plural endings folded (`cities` as `city`, `rows` as
/// `row`; after the S-stemmer of Harman, "How effective is suffixing?", 1991).
pub(super) fn fold(word: &str) -> String {
    let mut folded = word.to_lowercase();
    if let Some((keep, ending)) = plural(folded.as_bytes()) {
        folded.truncate(keep);
        folded.extend(ending.map(char::from));
    }
    folded
}

/// How many bytes of a word stay without its plural ending, and what comes instead. Ignores ASCII case.
pub(super) fn plural(word: &[u8]) -> Option<(usize, Option<u8>)> {
    let len = word.len();
    let back = |steps: usize| {
        len.checked_sub(steps)
            .map_or(0, |at| word[at].to_ascii_lowercase())
    };
    if len <= 3 || back(1) != b's' {
        return None;
    }
    match (back(3), back(2)) {
        (b'i', b'e') if len > 4 && !matches!(back(4), b'a' | b'e') => Some((len - 3, Some(b'y'))),
        // `addresses`, `indexes`.
        (b's', b'e') if back(4) == b's' => Some((len - 2, None)),
        (b'x', b'e') => Some((len - 2, None)),
        (_, b's' | b'u' | b'i') => None,
        (_, before) => before.is_ascii_lowercase().then_some((len - 1, None)),
    }
}

/// What one byte is for the scanner.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Lower,
    Upper,
    Digit,
    Joiner,
    Wide,
    Other,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' => Class::Lower,
            b'A'..=b'Z' => Class::Upper,
            b'0'..=b'9' => Class::Digit,
            b'_' | b'-' | b'.' => Class::Joiner,
            128.. => Class::Wide,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

/// Calls `word` with every word of `text`: the parts with `true`, joined wholes with `false` after their
/// parts. In `escaped` texts (JSON source) the letter of `\n`, `\t`, `\r` is not part of a word.
pub(super) fn scan<'t>(text: &'t str, escaped: bool, mut word: impl FnMut(&'t str, bool)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match CLASSES[bytes[at] as usize] {
            Class::Lower | Class::Upper | Class::Digit => at = compound(text, at, &mut word),
            Class::Wide => at = wide(text, at, &mut word),
            Class::Joiner => at += 1,
            Class::Other => {
                let skipped = escaped
                    && bytes[at] == b'\\'
                    && matches!(bytes.get(at + 1), Some(b'n' | b't' | b'r' | b'\\'));
                at += 1 + usize::from(skipped);
            }
        }
    }
}

/// The run of words and joiners that starts at an ASCII word character; returns where it ends.
fn compound<'t>(text: &'t str, start: usize, word: &mut impl FnMut(&'t str, bool)) -> usize {
    let bytes = text.as_bytes();
    let class = |at: usize| bytes.get(at).map_or(Class::Other, |&byte| CLASSES[byte as usize]);
    let (mut at, mut part, mut parts, mut before) = (start, start, 0, Class::Other);
    loop {
        let here = class(at);
        match here {
            Class::Lower | Class::Digit => {}
            Class::Upper => {
                let hump =
                    before == Class::Lower || (before == Class::Upper && class(at + 1) == Class::Lower);
                if hump {
                    word(&text[part..at], true);
                    parts += 1;
                    part = at;
                }
            }
            Class::Joiner => {
                word(&text[part..at], true);
                parts += 1;
                if !matches!(class(at + 1), Class::Lower | Class::Upper | Class::Digit) {
                    break;
                }
                part = at + 1;
            }
            // A letter outside ASCII goes on with the same word, so that `café` is one.
            Class::Wide => match text[at..].chars().next() {
                Some(character) if character.is_alphanumeric() && !is_unspaced(character) => {
                    at += character.len_utf8() - 1;
                }
                _ => {
                    word(&text[part..at], true);
                    parts += 1;
                    break;
                }
            },
            Class::Other => {
                word(&text[part..at], true);
                parts += 1;
                break;
            }
        }
        before = here;
        at += 1;
    }
    if parts > 1 {
        word(&text[start..at], false);
    }
    at
}

/// A run that starts outside ASCII: one word, or neighbouring pairs where the script has no spaces.
fn wide<'t>(text: &'t str, start: usize, word: &mut impl FnMut(&'t str, bool)) -> usize {
    let Some(first) = text[start..].chars().next() else {
        return text.len();
    };
    let mut at = start + first.len_utf8();
    if is_unspaced(first) {
        let mut before = start;
        let mut pairs = 0;
        for character in text[at..].chars().take_while(|&character| is_unspaced(character)) {
            let end = at + character.len_utf8();
            word(&text[before..end], true);
            pairs += 1;
            (before, at) = (at, end);
        }
        if pairs == 0 {
            word(&text[start..at], true);
        }
        return at;
    }
    if !first.is_alphanumeric() {
        return at;
    }
    at += text[at..]
        .chars()
        .take_while(|&character| character.is_alphanumeric() && !is_unspaced(character))
        .map(char::len_utf8)
        .sum::<usize>();
    word(&text[start..at], true);
    at
}

/// Scripts written without spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han.
fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let mut all = Vec::new();
        scan(text, false, |word, _| all.push(word));
        all
    }

    #[test]
    fn stop_words_are_sorted() {
        assert!(STOP_WORDS.is_sorted());
    }

    #[test]
    fn identifiers_come_whole_and_in_parts() {
        assert_eq!(words("user_id"), ["user", "id", "user_id"]);
        assert_eq!(words("getUserById()"), ["get", "User", "By", "Id", "getUserById"]);
        assert_eq!(words("HTTPServer"), ["HTTP", "Server", "HTTPServer"]);
        assert_eq!(
            words("api.example.com."),
            ["api", "example", "com", "api.example.com"]
        );
        assert_eq!(words("a--b -c- _d"), ["a", "b", "c", "d"]);
        assert_eq!(
            words("{\"flight_number\":\"HAT018\"}"),
            ["flight", "number", "flight_number", "HAT018"]
        );
    }

    #[test]
    fn other_scripts_are_words_too() {
        assert_eq!(words("café Größe naïve-é"), ["café", "Größe", "naïve", "é"]);
        assert_eq!(words("привет мир"), ["привет", "мир"]);
        assert_eq!(words("東京都 x"), ["東京", "京都", "x"]);
        assert_eq!(words("犬"), ["犬"]);
        assert_eq!(words("abc東京"), ["abc", "東京"]);
    }

    #[test]
    fn escapes_of_json_source_are_not_letters() {
        let mut all = Vec::new();
        scan("one\\ntwo \\\\three", true, |word, _| all.push(word));
        assert_eq!(all, ["one", "two", "three"]);
    }

    #[test]
    fn plurals_fold() {
        for (word, expected) in [
            ("Cities", "city"),
            ("rows", "row"),
            ("addresses", "address"),
            ("indexes", "index"),
            ("cases", "case"),
            ("status", "status"),
            ("class", "class"),
            ("is", "is"),
            ("ids", "ids"),
        ] {
            assert_eq!(fold(word), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn scanning_never_panics_and_words_are_slices(text in "\\PC*") {
            scan(&text, true, |word, _| assert!(!word.is_empty()));
        }
    }
}
