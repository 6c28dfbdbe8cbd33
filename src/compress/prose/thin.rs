//! Words left out of sentences that stay: only where a model says that nothing is lost, and never silently.
//!
//! `…` stands for a run of them; a line at the top says so, how many they are in all and in which lines. A number
//! at each would cost as much as the words. Everything else is the source's, spaces and line breaks included. What a reader, or the next tool call, takes literally is never a matter of
//! score: only plain words in small letters go, and of these neither negations nor restrictions nor numbers nor
//! words of the question. Sentences that tell of failure, hold an identifier of the question, or have a sign of
//! code in them stay whole.

use std::collections::HashSet;
use std::ops::Range;

use super::judge::Judgement;
use super::layout::Layout;
use crate::compress::{Input, Mark, Piece};
use crate::relevance::{Reader, Scorer};
use crate::signal::mentions_error;

/// Words that score below this go: the model's own border between keeping and leaving out.
const BORDER: f32 = 0.5;
/// Longest word that may go, in bytes; a longer one is a name for something.
const LONGEST: usize = 24;

/// Negations, restrictions and numbers of widely written languages: a sentence without them says something
/// else. Lower case, sorted.
#[rustfmt::skip]
const MUST_STAY: &[&str] = &[
    "acht", "after", "aldrig", "all", "alle", "always", "any", "apenas", "aucun", "aucune", "außer", "bara",
    "before", "below", "bevor", "bez", "billion", "bis", "both", "but", "cannot", "catorce", "cent",
    "cento", "cien", "cinco", "cinq", "cinque", "dix", "doce", "dos", "dozen", "drei", "duas", "due",
    "eight", "eighteen", "eighty", "ein", "eine", "eleven", "elf", "erst", "every", "except", "fewer",
    "fifteen", "fifty", "first", "five", "forty", "four", "fourteen", "fünf", "geen", "half", "hardly",
    "huit", "hundert", "hundred", "if", "ikke", "ingen", "inget", "inte", "jamais", "kein", "keine",
    "keinen", "kun", "least", "less", "mai", "may", "might", "mil", "mille", "million", "more", "most",
    "must", "nadie", "nein", "neither", "nessun", "nessuna", "nessuno", "neuf", "neun", "never", "ni",
    "nicht", "nichts", "nie", "niemals", "niemand", "niente", "niet", "nine", "nineteen", "ninety",
    "ninguna", "ninguno", "no", "nobody", "non", "none", "nor", "not", "nothing", "nove", "nowhere",
    "nueve", "nulla", "nunca", "nur", "não", "ocho", "ohne", "once", "one", "only", "onze", "or", "otto",
    "out", "pas", "pero", "personne", "quatre", "quatro", "quattro", "rarely", "rien", "sans", "sauf",
    "scarcely", "seis", "seldom", "sem", "senza", "sept", "sette", "seul", "seulement", "seven",
    "seventeen", "seventy", "should", "sieben", "siete", "sin", "six", "sixteen", "sixty", "slechts",
    "solo", "soltanto", "some", "sólo", "tausend", "ten", "than", "third", "thirteen", "thirty", "thousand",
    "three", "tre", "trece", "tres", "trois", "twelve", "twenty", "twice", "two", "un", "una", "under",
    "une", "unless", "uno", "until", "utan", "vier", "without", "yet", "zehn", "zero", "zonder", "zwei",
    "zwölf",
];

/// The pieces with words left out of what is kept, when that pays for what it takes to say so.
pub(super) fn thin(
    input: &Input<'_>,
    layout: &Layout,
    kept: &[bool],
    judgement: &Judgement,
    question: &Scorer,
    pieces: Vec<Piece>,
) -> Vec<Piece> {
    // A mark must not be mistaken for the author's own.
    if input.text.contains('…') {
        return pieces;
    }
    let gaps = gaps(input, layout, kept, judgement, question);
    let (Some(first), Some(last)) = (gaps.first(), gaps.last()) else {
        return pieces;
    };
    let words = gaps.iter().map(|gap| gap.words).sum();
    let head = head(input.text, words, first.range.start..last.range.end);
    let won: usize = gaps.iter().map(|gap| gap.won).sum();
    if won <= input.encoding.count(&head) {
        return pieces;
    }
    let mut thinned = vec![Piece::Text(head)];
    let mut gaps = gaps.into_iter().peekable();
    for piece in pieces {
        let Piece::Keep(range) = piece else {
            thinned.push(piece);
            continue;
        };
        let mut at = range.start;
        while let Some(gap) = gaps.next_if(|gap| gap.range.end <= range.end) {
            keep(at..gap.range.start, &mut thinned);
            at = gap.range.end;
            thinned.push(Piece::Elide {
                range: gap.range,
                note: String::new(),
                mark: Mark::Inline,
            });
        }
        keep(at..range.end, &mut thinned);
    }
    thinned
}

fn keep(range: Range<usize>, pieces: &mut Vec<Piece>) {
    if !range.is_empty() {
        pieces.push(Piece::Keep(range));
    }
}

/// What the marks mean, how many words they stand for, and the lines that `headroom_retrieve` gives back whole.
fn head(text: &str, words: usize, within: Range<usize>) -> String {
    let breaks = |part: &str| memchr::memchr_iter(b'\n', part.as_bytes()).count();
    let first = 1 + breaks(&text[..within.start]);
    let last = first + breaks(&text[within]);
    let lines = if first == last {
        format!("line {first}")
    } else {
        format!("lines {first}-{last}")
    };
    format!("[headroom: each … in {lines} stands for words left out, {words} in all]\n")
}

/// A run of words to leave out.
struct Gap {
    range: Range<usize>,
    words: usize,
    /// Tokens it makes fewer.
    won: usize,
}

/// The runs that go, ascending; each pays for its own mark.
fn gaps(
    input: &Input<'_>,
    layout: &Layout,
    kept: &[bool],
    judgement: &Judgement,
    question: &Scorer,
) -> Vec<Gap> {
    let asked = Asked::new(input);
    let mut gaps = Vec::new();
    let (mut from, mut indented) = (0, is_indented(input.text));
    for (at, unit) in layout.units.iter().enumerate() {
        if let Some(line) = memchr::memrchr(b'\n', &input.text.as_bytes()[from..unit.range.start]) {
            indented = is_indented(&input.text[from + line + 1..]);
        }
        from = unit.range.start;
        let sentence = &input.text[unit.range.clone()];
        let open = kept[at] && unit.is_sentence && !indented && is_plain(sentence);
        if !open || question.contains_anchor(sentence) {
            continue;
        }
        let mut run: Option<(Range<usize>, usize)> = None;
        for (word, score) in judgement.words(at) {
            let text = &input.text[word.clone()];
            let core = (score < BORDER).then(|| core(text)).flatten();
            let core = core.filter(|core| !asked.has(core));
            let Some(core) = core else {
                gaps.extend(run.take().and_then(|run| gap(input, run)));
                continue;
            };
            let here = word.start..word.start + core.len();
            run = match run.take() {
                Some((range, count)) if is_space(&input.text[range.end..here.start]) => {
                    Some((range.start..here.end, count + 1))
                }
                before => {
                    gaps.extend(before.and_then(|run| gap(input, run)));
                    Some((here, 1))
                }
            };
        }
        gaps.extend(run.and_then(|run| gap(input, run)));
    }
    gaps
}

/// A run as a gap, where that saves tokens.
fn gap(input: &Input<'_>, (range, words): (Range<usize>, usize)) -> Option<Gap> {
    // With the space before it, which the vocabularies take into the first token.
    let cost = input.encoding.count(" …");
    let won = input.encoding.count(&format!(" {}", &input.text[range.clone()]));
    let won = won.checked_sub(cost).filter(|&won| won > 0)?;
    Some(Gap { range, words, won })
}

/// Spaces within a line: a run crosses neither line breaks nor the comma behind a word.
fn is_space(between: &str) -> bool {
    !between.is_empty() && between.bytes().all(|byte| byte == b' ')
}

/// True for a sentence without signs of code, columns or failures.
fn is_plain(sentence: &str) -> bool {
    const SIGNS: [char; 11] = ['`', '{', '}', '=', '<', '>', '|', '\\', '$', '\t', '#'];
    let apart = sentence.contains("  ") || sentence.lines().skip(1).any(is_indented);
    !(sentence.contains(SIGNS) || apart || mentions_error(sentence))
}

/// True for a line that is set in as code is.
fn is_indented(line: &str) -> bool {
    line.starts_with("    ") || line.starts_with('\t')
}

/// The part of a word that may go: all of it but the punctuation behind it. `None`: it must stay.
fn core(word: &str) -> Option<&str> {
    let core = word.trim_end_matches([',', '.', ';', ':', '!', '?']);
    let small = |sign: char| sign.is_lowercase() && sign < '\u{250}';
    let plain = !core.is_empty() && core.len() <= LONGEST && core.chars().all(small);
    (plain && MUST_STAY.binary_search(&core).is_err()).then_some(core)
}

/// The question's terms and their stems.
struct Asked {
    reader: Reader,
    terms: HashSet<u64, foldhash::fast::FixedState>,
    stems: HashSet<u64, foldhash::fast::FixedState>,
}

impl Asked {
    fn new(input: &Input<'_>) -> Self {
        let (terms, stems) = Reader::terms(input.query).into_iter().unzip();
        Self {
            reader: Reader::default(),
            terms,
            stems,
        }
    }

    fn has(&self, word: &str) -> bool {
        let mut has = false;
        self.reader.words(word, |word| {
            has |= self.terms.contains(&word.term) || self.stems.contains(&word.stem);
        });
        has
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(MUST_STAY.is_sorted() && MUST_STAY.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn only_plain_words_in_small_letters_may_go() {
        for word in ["the", "of,", "which.", "größer", "été"] {
            assert!(core(word).is_some(), "{word}");
        }
        for word in [
            "not",
            "never",
            "no",
            "don't",
            "isn't",
            "cannot",
            "without",
            "nicht",
            "pas",
            "two",
            "7",
            "0x1f",
            "3rd",
            "deadbeef01",
            "/etc/hosts",
            "src/lib",
            "-v",
            "--force",
            "CamelCase",
            "camelCase",
            "URL",
            "a.b",
            "e.g.",
            "Berlin",
            "(the",
            "\"the",
            "well-known",
            "snake_case",
            "x=1",
            "@ann",
            "東京",
            "это",
            "",
        ] {
            assert!(core(word).is_none(), "{word}");
        }
    }
}
