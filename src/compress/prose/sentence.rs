//! Where sentences end, in any language.
//!
//! The sentence rules of Unicode (UAX #29, SB6 to SB11) in one pass over the bytes, with what they leave to
//! the application: abbreviations, initials, ordinals, and scripts that set sentences apart by spaces. Where
//! it cannot be told, two sentences stay together: a part that is too long costs tokens, one that is cut in
//! the middle says something else.

use std::ops::Range;

/// Abbreviations that are followed by what they belong to; lower case, sorted, without the last dot.
const ABBREVIATIONS: &[&str] = &[
    "abb", "abs", "al", "approx", "apr", "art", "aug", "bd", "bldg", "bsp", "bzw", "ca", "capt", "cf", "ch",
    "cie", "col", "dec", "dept", "dr", "dra", "ed", "eds", "eq", "etc", "evtl", "feb", "fig", "figs", "fr",
    "gen", "ggf", "gov", "hon", "hr", "inc", "inkl", "jan", "jr", "jul", "jun", "lt", "ltd", "maj", "mar",
    "max", "messrs", "min", "mio", "mlle", "mme", "mr", "mrs", "ms", "mt", "no", "nos", "nov", "nr", "oct",
    "op", "p", "par", "pp", "pres", "prof", "rep", "resp", "rev", "sec", "sen", "sep", "sept", "sgt", "sog",
    "sr", "sra", "st", "str", "tab", "tel", "univ", "usw", "vgl", "vol", "vols", "vs", "zb", "zzgl", "г",
    "гг", "др", "им", "пр", "стр", "ул",
];

/// Calls `found` with every sentence of a paragraph, as ranges of `text` inside `within`, without the space
/// around them.
pub(super) fn sentences(text: &str, within: Range<usize>, mut found: impl FnMut(Range<usize>)) {
    let bytes = text.as_bytes();
    let (mut start, mut at) = (within.start, within.start);
    while at < within.end {
        let byte = bytes[at];
        if byte < 128 && !matches!(byte, b'.' | b'!' | b'?') {
            at += 1;
            continue;
        }
        let Some(here) = text[at..within.end].chars().next() else {
            break;
        };
        let next = at + here.len_utf8();
        let (end, ends) = match ending(here) {
            None => (
                next,
                is_spaced_by_clause(here) && breaks_at_space(&text[next..within.end]),
            ),
            Some(ending) => {
                let end = close(text, at, within.end);
                let ends = matches!(ending, Ending::Wide)
                    || is_break(&text[start..at], here, &text[end..within.end]);
                (end, ends)
            }
        };
        if ends {
            push(text, start..end, &mut found);
            start = end;
        }
        at = end;
    }
    push(text, start..within.end, &mut found);
}

/// How a sign ends a sentence.
enum Ending {
    /// Only where space follows.
    Spaced,
    /// At once: the script has no spaces.
    Wide,
}

fn ending(sign: char) -> Option<Ending> {
    match sign {
        '.' | '!' | '?' | '…' | '‼' | '⁇' | '⁈' | '⁉' | '؟' | '۔' | '؝' | '؞' | '।' | '॥' | '։' | '՜'
        | '՞' | '።' | '፧' | '፨' | '᙮' | '᠃' | '᠉' | '။' | '၊' | '៕' | '។' => {
            Some(Ending::Spaced)
        }
        '。' | '！' | '？' | '．' | '｡' | '︒' => Some(Ending::Wide),
        _ => None,
    }
}

/// The end of the signs that close a sentence: further ends, quotes, brackets, `[12]` as a footnote.
fn close(text: &str, at: usize, limit: usize) -> usize {
    const MAX_NOTE: usize = 40;
    let mut end = at;
    loop {
        let rest = &text[end..limit];
        match rest.chars().next() {
            Some(sign) if ending(sign).is_some() || is_closing(sign) => end += sign.len_utf8(),
            Some('[') => {
                let note = &rest.as_bytes()[..rest.len().min(MAX_NOTE)];
                match note.iter().position(|byte| matches!(byte, b']' | b'\n')) {
                    Some(bracket) if note[bracket] == b']' => end += bracket + 1,
                    _ => return end,
                }
            }
            _ => return end,
        }
    }
}

fn is_closing(sign: char) -> bool {
    matches!(
        sign,
        '"' | '\''
            | ')'
            | ']'
            | '}'
            | '”'
            | '’'
            | '»'
            | '›'
            | '」'
            | '』'
            | '】'
            | '）'
            | '》'
            | '*'
            | '_'
    )
}

fn is_opening(sign: char) -> bool {
    matches!(
        sign,
        '"' | '\''
            | '('
            | '['
            | '{'
            | '“'
            | '‘'
            | '«'
            | '‹'
            | '„'
            | '¿'
            | '¡'
            | '*'
            | '_'
            | '—'
            | '–'
            | '-'
    )
}

/// `before` is the sentence up to its closing sign, `after` what follows it and its quotes.
fn is_break(before: &str, sign: char, after: &str) -> bool {
    let Some(space) = after.chars().next() else {
        return true;
    };
    if !space.is_whitespace() {
        return false;
    }
    // SB8: what goes on in small letters is the same sentence.
    let next = after
        .chars()
        .find(|sign| !sign.is_whitespace() && !is_opening(*sign));
    match next {
        Some(next) if next.is_lowercase() => false,
        _ => sign != '.' || !is_abbreviated(before, next),
    }
}

/// True when a dot belongs to the word before it.
fn is_abbreviated(before: &str, next: Option<char>) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || is_opening(c)).next();
    let word = word.unwrap_or_default();
    let last = word.rsplit('.').next().unwrap_or_default();
    let mut letters = last.chars();
    match (letters.next(), letters.next()) {
        // `...` ends a sentence, `J.` does not.
        (None, _) => word.is_empty(),
        (Some(one), None) if one.is_uppercase() || (one.is_alphabetic() && word.len() > last.len()) => true,
        // `am 3. Oktober`, `1. Item`.
        (Some(one), _) if one.is_ascii_digit() && last.len() <= 2 => {
            word.len() == last.len() && next.is_some_and(char::is_alphabetic)
        }
        _ => {
            let lower = last.to_lowercase();
            ABBREVIATIONS.binary_search(&lower.as_str()).is_ok()
        }
    }
}

/// Thai, Lao, Khmer, Myanmar: no sign ends a sentence, a space does.
fn is_spaced_by_clause(sign: char) -> bool {
    matches!(sign, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

fn breaks_at_space(after: &str) -> bool {
    let mut signs = after.chars();
    signs.next() == Some(' ') && signs.next().is_some_and(is_spaced_by_clause)
}

fn push(text: &str, range: Range<usize>, found: &mut impl FnMut(Range<usize>)) {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    let end = start + part.trim().len();
    if start < end {
        found(start..end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        let mut all = Vec::new();
        sentences(text, 0..text.len(), |range| all.push(&text[range]));
        all
    }

    #[test]
    fn abbreviations_are_sorted() {
        assert!(ABBREVIATIONS.is_sorted());
    }

    #[test]
    fn sentences_end_where_a_reader_says() {
        for (text, parts) in [
            ("One. Two! Three? Four", vec!["One.", "Two!", "Three?", "Four"]),
            (
                "It cost 3.50 in all. Fine.",
                vec!["It cost 3.50 in all.", "Fine."],
            ),
            (
                "Dr. A. B. Meier came. He left.",
                vec!["Dr. A. B. Meier came.", "He left."],
            ),
            (
                "See e.g. Berlin and the U.S. Senate. End",
                vec!["See e.g. Berlin and the U.S. Senate.", "End"],
            ),
            (
                "\"Stop!\" he said. \"Why?\" She left.",
                vec!["\"Stop!\" he said.", "\"Why?\"", "She left."],
            ),
            (
                "Am 3. Oktober war es. In 1990. Dann",
                vec!["Am 3. Oktober war es.", "In 1990.", "Dann"],
            ),
            (
                "A note.[12] Next.[not given] Last.",
                vec!["A note.[12]", "Next.[not given]", "Last."],
            ),
            (
                "Wait... What? Go to a.b.example.com now.",
                vec!["Wait...", "What?", "Go to a.b.example.com now."],
            ),
            (
                "今日は雨です。傘を持つ！「行こう。」終わり",
                vec!["今日は雨です。", "傘を持つ！", "「行こう。」", "終わり"],
            ),
            (
                "Это дом. Он в г. Москве. Да.",
                vec!["Это дом.", "Он в г. Москве.", "Да."],
            ),
            ("यह घर है। वह बड़ा है।", vec!["यह घर है।", "वह बड़ा है।"]),
            ("هل هذا بيت؟ نعم. شكرا", vec!["هل هذا بيت؟", "نعم.", "شكرا"]),
            ("¿Quién? ¡Yo! Bien.", vec!["¿Quién?", "¡Yo!", "Bien."]),
            ("ฝนตก แดดออก", vec!["ฝนตก", "แดดออก"]),
            (
                "wrapped at\nthe edge. Next\nline.",
                vec!["wrapped at\nthe edge.", "Next\nline."],
            ),
            ("", vec![]),
            (" . ", vec!["."]),
        ] {
            assert_eq!(split(text), parts, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_but_space_is_between_sentences(text in "[A-Za-z.!?\"')\\[\\] \n0-9。é]{0,60}|\\PC{0,40}") {
            let mut last = 0;
            sentences(&text, 0..text.len(), |range| {
                assert!(text[last..range.start].trim().is_empty() && !range.is_empty());
                last = range.end;
            });
            assert!(text[last..].trim().is_empty());
        }
    }
}
