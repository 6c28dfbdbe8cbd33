//! What people write into sources for those who come after them: `BUG: …` and its kin.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// The words, in two halves: they are about other sources, not about this one.
const WORDS: [[&str; 2]; 5] = [
    ["TO", "DO"],
    ["FIX", "ME"],
    ["BU", "G"],
    ["XX", "X"],
    ["HA", "CK"],
];

static FINDER: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(WORDS.map(|halves| halves.concat())).ok());

/// Where such a word stands by itself, ascending.
pub fn reminders(text: &str) -> Vec<usize> {
    let Some(finder) = FINDER.as_ref() else {
        return Vec::new();
    };
    let bytes = text.as_bytes();
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let alone = |from: usize, to: usize| {
        !is_word(from.checked_sub(1).and_then(|before| bytes.get(before))) && !is_word(bytes.get(to))
    };
    finder
        .find_iter(text)
        .filter(|found| alone(found.start(), found.end()))
        .map(|found| found.start())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reminders_stand_alone_and_in_capitals() {
        assert_eq!(reminders("// BUG: x\nDEBUG BUG_1 bug (HACK)"), [3, 27]);
    }
}
