//! Cutting a long text into windows a model can read, so that every token is in exactly one.
//!
//! A cut is best where a sentence ends, else between two words, and only inside a word that is longer than a
//! window itself. Windows tile the tokens: none is scored twice, none is left without a score.

use std::ops::Range;

/// A window that is not full to this share is not cut at a sentence's end: what follows would lack the context.
const FULL: f64 = 0.5;

/// The windows over tokens at `places` (bytes of the text, ascending), each of at most `most` tokens (1 or more).
///
/// `words` are ranges of the text, `ends` the places where sentences end, both ascending. Linear.
pub(crate) fn windows(
    places: &[(usize, usize)],
    words: &[Range<usize>],
    ends: &[usize],
    most: usize,
) -> Vec<Range<usize>> {
    let most = most.max(1);
    let mut windows = Vec::new();
    let mut from = 0;
    while from < places.len() {
        let to = if places.len() - from <= most {
            places.len()
        } else {
            cut(places, words, ends, from, from + most)
        };
        windows.push(from..to);
        from = to;
    }
    windows
}

/// Where to cut a window from `from` that reaches to `limit` at most.
fn cut(
    places: &[(usize, usize)],
    words: &[Range<usize>],
    ends: &[usize],
    from: usize,
    limit: usize,
) -> usize {
    let full = from + ((limit - from) as f64 * FULL) as usize;
    let sentence = (full + 1..=limit).rev().find(|&at| {
        let next = ends.partition_point(|&end| end <= places[at - 1].0);
        ends.get(next).is_some_and(|&end| end <= places[at].0)
    });
    let word = || {
        (from + 1..=limit).rev().find(|&at| {
            let holder = words.partition_point(|word| word.end <= places[at].0);
            // The token begins a word, or stands in none.
            words
                .get(holder)
                .is_none_or(|word| places[at - 1].1 <= word.start)
        })
    };
    sentence.or_else(word).unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Read = (Vec<(usize, usize)>, Vec<Range<usize>>, Vec<usize>);

    /// Tokens of one byte each; words and sentences of a text in which space and dot part them.
    fn read(text: &str) -> Read {
        let places = text
            .char_indices()
            .filter(|(_, sign)| *sign != ' ')
            .map(|(at, _)| (at, at + 1))
            .collect();
        let mut words = Vec::new();
        let mut at = 0;
        for word in text.split(' ') {
            if !word.is_empty() {
                words.push(at..at + word.len());
            }
            at += word.len() + 1;
        }
        (
            places,
            words,
            text.match_indices('.').map(|(at, _)| at + 1).collect(),
        )
    }

    fn cuts(text: &str, most: usize) -> Vec<String> {
        let (places, words, ends) = read(text);
        let all = windows(&places, &words, &ends, most);
        all.into_iter()
            .map(|part| text[places[part.start].0..places[part.end - 1].1].to_owned())
            .collect()
    }

    #[test]
    fn windows_end_with_sentences_else_with_words_else_anywhere() {
        assert_eq!(cuts("ab cd. ef gh.", 100), ["ab cd. ef gh."]);
        assert_eq!(cuts("ab cd. ef gh.", 7), ["ab cd.", "ef gh."]);
        assert_eq!(cuts("ab. cdefg hi jk", 8), ["ab. cdefg", "hi jk"]);
        assert_eq!(cuts("a. bcdefg hi jk", 8), ["a. bcdefg", "hi jk"]);
        assert_eq!(cuts("ab cdefghijklm no", 4), ["ab", "cdef", "ghij", "klm", "no"]);
        assert_eq!(cuts("", 4), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn every_token_is_in_exactly_one_window(text in "[a-d. ]{0,80}", most in 1..20_usize) {
            let (places, words, ends) = read(&text);
            let mut at = 0;
            for window in windows(&places, &words, &ends, most) {
                prop_assert!(window.start == at && !window.is_empty() && window.len() <= most);
                at = window.end;
            }
            prop_assert_eq!(at, places.len());
        }

        #[test]
        fn a_word_that_fits_is_never_cut(text in "([a-d]{1,4}[.]? ){0,20}", most in 5..20_usize) {
            let (places, words, ends) = read(&text);
            for window in windows(&places, &words, &ends, most) {
                let start = places[window.start].0;
                prop_assert!(!words.iter().any(|word| word.start < start && start < word.end), "{text:?} {window:?}");
            }
        }
    }
}
