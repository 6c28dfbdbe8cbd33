//! Anchors: the exact identifiers of a question, and finding them again with identifier boundaries.
//!
//! `7015` must not be found in `279147015`, nor `2024` in `2024-05-16`, but `HAT018` is found in
//! `"flight":"HAT018"` and `HAT018` in `hat018`.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};

use super::words::is_stop_word;
use crate::json;

/// Longest anchor, in bytes; what is longer is content, not a name.
const MAX_LEN: usize = 128;
/// Longest quoted phrase, in bytes.
const MAX_QUOTED: usize = 80;

/// Calls `found` with every anchor of a text, quoted phrases first.
pub(super) fn extract<'t>(text: &'t str, mut found: impl FnMut(&'t str)) {
    quoted(text, &mut found);
    for chunk in text.split(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\''
                    | '`'
                    | ','
                    | ';'
                    | '('
                    | ')'
                    | '['
                    | ']'
                    | '{'
                    | '}'
                    | '<'
                    | '>'
                    | '|'
                    | '“'
                    | '”'
                    | '«'
                    | '»'
                    | '„'
                    | '，'
                    | '。'
                    | '、'
            )
    }) {
        // `#4711` and `@name` are found by what follows; `key=value` by both sides.
        for piece in chunk.split('=') {
            let name = piece.trim_matches(|c: char| {
                matches!(c, '.' | ':' | '!' | '?' | '#' | '@' | '*' | '$' | '%' | '&' | '…')
            });
            if is_identifier(name) {
                found(name);
            }
        }
    }
}

/// Phrases between quotation marks on one line. An apostrophe inside a word is not one.
fn quoted<'t>(text: &'t str, found: &mut impl FnMut(&'t str)) {
    const PAIRS: [(char, char); 6] = [
        ('"', '"'),
        ('\'', '\''),
        ('`', '`'),
        ('“', '”'),
        ('«', '»'),
        ('„', '“'),
    ];
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let start = at + character.len_utf8();
        at = start;
        let after_word = text[..start - character.len_utf8()]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        let Some(&(_, close)) = PAIRS.iter().find(|(open, _)| *open == character && !after_word) else {
            continue;
        };
        let inside = text[start..].split(['\n', close]).next().unwrap_or_default();
        let end = start + inside.len();
        if text[end..].starts_with(close) {
            let phrase = inside.trim();
            if phrase.len() <= MAX_QUOTED && is_telling(phrase) {
                found(phrase);
            }
            at = end + close.len_utf8();
        }
    }
}

/// True for a phrase that narrows anything down: two characters or more, not a stop word, not a literal.
pub(super) fn is_telling(phrase: &str) -> bool {
    let lower = phrase.to_lowercase();
    let letters = phrase
        .chars()
        .filter(|character| character.is_alphanumeric())
        .count();
    letters >= 2
        && !is_stop_word(&lower)
        && !matches!(
            lower.as_str(),
            "true" | "false" | "null" | "none" | "asc" | "desc"
        )
}

/// True for a token that names one thing: numbers of four digits or more, ids that mix letters and digits,
/// constants, paths, addresses, host names.
fn is_identifier(token: &str) -> bool {
    if token.len() < 4 || token.len() > MAX_LEN {
        return false;
    }
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    let letters = token
        .chars()
        .filter(|character| character.is_alphabetic())
        .count();
    if letters == 0 {
        return digits >= 4;
    }
    let mixed = digits > 0 && !is_measure(token);
    let constant = token.contains('_') && !token.chars().any(char::is_lowercase);
    mixed || constant || is_path(token) || is_address(token) || is_host(token)
}

/// `10kb`, `3rd`, `250ms`: an amount, not a name.
fn is_measure(token: &str) -> bool {
    let unit = token.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    unit.len() < token.len()
        && token.len() - unit.len() <= 6
        && unit.len() <= 2
        && unit.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_path(token: &str) -> bool {
    let separators = token.bytes().filter(|byte| matches!(byte, b'/' | b'\\')).count();
    let rooted = token.starts_with(['/', '~', '\\']) || token.starts_with("./") || token.starts_with("../");
    separators > 0 && (rooted || separators > 1 || token.contains(['.', '_']))
}

fn is_address(token: &str) -> bool {
    token
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && is_host(host))
}

/// Labels joined by dots, the last of two letters or more: `api.example.com`, `config.yaml`.
fn is_host(token: &str) -> bool {
    let host = token.split(':').next().unwrap_or(token);
    let last = host.rsplit('.').next().unwrap_or_default();
    host.contains('.')
        && host.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })
        && last.len() >= 2
        && last.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Finds anchors in texts.
#[derive(Debug, Clone)]
pub(super) struct Finder {
    automaton: AhoCorasick,
    /// Which anchor each pattern stands for: one may be listed as it is and as JSON spells it.
    anchor_of: Vec<u32>,
    anchors: usize,
}

impl Finder {
    /// `None` when there is nothing to find.
    pub(super) fn new(anchors: &[String]) -> Option<Self> {
        let mut patterns = Vec::with_capacity(anchors.len());
        let mut anchor_of = Vec::with_capacity(anchors.len());
        for (number, anchor) in anchors
            .iter()
            .enumerate()
            .filter(|(_, anchor)| !anchor.is_empty())
        {
            patterns.push(anchor.clone());
            anchor_of.push(number as u32);
            let quoted = json::quote(anchor);
            let spelled = &quoted[1..quoted.len() - 1];
            if spelled != anchor {
                patterns.push(spelled.to_owned());
                anchor_of.push(number as u32);
            }
        }
        if patterns.is_empty() {
            return None;
        }
        let automaton = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .build(patterns)
            .ok()?;
        Some(Self {
            automaton,
            anchor_of,
            anchors: anchors.len(),
        })
    }

    /// How many anchors were given.
    pub(super) fn len(&self) -> usize {
        self.anchors
    }

    /// Calls `found` with the number of every anchor in the text, until it returns false.
    pub(super) fn each(&self, text: &str, mut found: impl FnMut(usize) -> bool) {
        for hit in self.automaton.find_overlapping_iter(text) {
            if stands_alone(text, hit.start(), hit.end())
                && !found(self.anchor_of[hit.pattern().as_usize()] as usize)
            {
                return;
            }
        }
    }
}

/// True when what stands at `start..end` is not part of a longer identifier.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let found = &text[start..end];
    let (before, after) = (&text[..start], &text[end..]);
    let word = |character: char| character.is_alphanumeric() || character == '_';
    let starts_word = found.chars().next().is_some_and(word);
    let ends_word = found.chars().next_back().is_some_and(word);
    // In JSON source the `n` of `\n` is not a letter.
    let escape = matches!(before.as_bytes(), [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f']);
    if starts_word && !escape && before.chars().next_back().is_some_and(word) {
        return false;
    }
    if ends_word && after.chars().next().is_some_and(word) {
        return false;
    }
    // A bare number is a smaller unit than a date or a decimal.
    let number = found.bytes().all(|byte| byte.is_ascii_digit());
    let joined = |near: Option<u8>, next: Option<u8>| {
        matches!(near, Some(b'-' | b'.')) && next.is_some_and(|byte| byte.is_ascii_alphanumeric())
    };
    let mut back = before.bytes().rev();
    let mut on = after.bytes();
    !(number && (joined(back.next(), back.next()) || joined(on.next(), on.next())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchors(text: &str) -> Vec<&str> {
        let mut all = Vec::new();
        extract(text, |anchor| all.push(anchor));
        all
    }

    fn has(anchor: &str, text: &str) -> bool {
        let mut hit = false;
        if let Some(finder) = Finder::new(&[anchor.to_owned()]) {
            finder.each(text, |_| {
                hit = true;
                false
            });
        }
        hit
    }

    #[test]
    fn identifiers_are_anchors() {
        for anchor in [
            "ivan_muller_7015",
            "txn_25b6071495e8",
            "123e4567-e89b-12d3-a456-426614174000",
            "279147437",
            "HAT018",
            "2024-05-16",
            "deadbeef01",
            "/var/log/syslog",
            "src/main.rs",
            "a/b/c",
            "C:\\temp\\x",
            "jo@example.com",
            "api.example.com",
            "config.yaml",
            "MAX_RETRIES",
            "10.0.0.17",
            "INV-2024-001",
        ] {
            assert_eq!(anchors(&format!("Why does {anchor}, fail?")), [anchor]);
        }
    }

    #[test]
    fn ordinary_words_are_not_anchors() {
        for text in [
            "What is the user_id and/or e.g. the order of 12 items, 10kb, 3rd, 250ms?",
            "I don't, you can't. OK?",
            "v2 2x h1",
        ] {
            assert!(anchors(text).is_empty(), "{:?}", anchors(text));
        }
    }

    #[test]
    fn quoted_phrases_are_anchors() {
        assert_eq!(
            anchors("rows with \"payment failed\" or 'late fee' or `x y`"),
            ["payment failed", "late fee", "x y"]
        );
        assert_eq!(
            anchors("“größer als” and «deux mots»"),
            ["größer als", "deux mots"]
        );
        assert!(anchors("it's the dog's, \"the\" \"\" \"a").is_empty());
    }

    #[test]
    fn boundaries_are_those_of_identifiers() {
        for (anchor, text, expected) in [
            ("2", "279147437", false),
            ("7015", "ivan_muller_7015", false),
            ("7015", "{\"id\":7015}", true),
            ("2024", "2024-05-16", false),
            ("1234", "1234.56", false),
            ("1234", "in 1234.", true),
            ("HAT018", "{\"flight\":\"hat018\"}", true),
            ("HAT018", "HAT0181", false),
            ("main.rs", "src/main.rs:12", true),
            ("HAT018", "a\\nHAT018\\nb", true),
            ("C:\\temp\\x", "{\"p\":\"C:\\\\temp\\\\x\"}", true),
            ("größer als", "x größer als y", true),
            ("ab12", "ab123 ab12", true),
            ("é123", "caé123", false),
        ] {
            assert_eq!(has(anchor, text), expected, "{anchor} in {text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_fine(text in "\\PC*", anchor in "\\PC{0,6}") {
            extract(&text, |anchor| assert!(!anchor.is_empty()));
            has(&anchor, &text);
        }

        #[test]
        fn an_anchor_between_spaces_is_found(anchor in "[a-z0-9_]{4,12}") {
            assert!(has(&anchor, &format!("x {anchor} y")));
        }
    }
}
