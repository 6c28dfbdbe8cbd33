//! Natural language: sentences of words, in any script.
//!
//! Positive evidence only: most of the text in lines that read like sentences, ends of sentences, and the
//! small words that hold sentences together. Logs, code, listings and tables have words, too, but few of
//! these. Scripts without such words in the table must show more of the rest.

use std::ops::Range;

/// Bytes looked at in each of three places of a long text.
const WINDOW: usize = 16 * 1024;

/// The commonest small words of widely written languages; lower case, sorted.
#[rustfmt::skip]
const SMALL_WORDS: &[&str] = &[
    "a", "aan", "aber", "about", "adalah", "af", "al", "ale", "alla", "als", "an", "anche", "and", "ao",
    "are", "as", "at", "att", "au", "auch", "auf", "av", "avec", "az", "be", "bij", "bir", "bu", "but",
    "by", "can", "care", "ce", "che", "cho", "co", "com", "como", "con", "cu", "có", "của", "da", "dan",
    "dans", "dari", "das", "dat", "de", "dei", "del", "della", "dem", "den", "dengan", "der", "des", "det",
    "di", "die", "din", "do", "dos", "du", "een", "egy", "ei", "ein", "eine", "el", "elle", "em", "en",
    "er", "es", "est", "este", "et", "ett", "että", "foi", "for", "from", "fue", "för", "für", "gibi",
    "had", "har", "has", "have", "he", "her", "het", "his", "hogy", "hän", "i", "if", "ikke", "il", "ile",
    "im", "in", "ini", "inte", "is", "ist", "it", "itu", "için", "ja", "jag", "jak", "jako", "je", "jeg",
    "jest", "không", "kun", "la", "las", "le", "les", "lo", "los", "là", "ma", "maar", "mai", "mais", "med",
    "meg", "met", "mit", "mutta", "más", "một", "na", "ne", "nel", "nem", "những", "nicht", "nie", "niet",
    "no", "non", "not", "nous", "nu", "não", "o", "och", "oder", "of", "og", "olarak", "oli", "on", "ook",
    "op", "or", "os", "ou", "pada", "par", "para", "pas", "pe", "per", "pero", "più", "plus", "po", "por",
    "pour", "pro", "på", "que", "qui", "s", "se", "she", "sich", "sie", "sind", "się", "so", "som", "sono",
    "sont", "su", "sur", "that", "the", "there", "they", "this", "tidak", "til", "till", "to", "trong",
    "um", "uma", "un", "una", "und", "une", "untuk", "v", "van", "var", "ve", "von", "voor", "vous", "và",
    "với", "w", "war", "was", "we", "were", "what", "which", "will", "wir", "wird", "with", "would", "yang",
    "you", "z", "zijn", "zu", "är", "çok", "è", "és", "în", "được", "że", "že", "și", "από", "για", "δεν",
    "είναι", "η", "και", "με", "να", "την", "της", "το", "а", "але", "в", "від", "до", "его", "з", "за",
    "и", "из", "как", "на", "не", "но", "он", "она", "по", "с", "та", "у", "це", "что", "що", "это", "я",
    "як", "є", "і", "אני", "את", "הוא", "זה", "כי", "לא", "על", "עם", "של", "آن", "أن", "إلى", "از", "است",
    "التي", "این", "با", "برای", "به", "در", "را", "على", "عن", "في", "كان", "لا", "ما", "مع", "من", "هذا",
    "هو", "و", "که",
];

/// True for a text that is mostly prose or a transcript.
pub(super) fn is_prose(text: &str) -> bool {
    let mut found = Evidence::default();
    for window in windows(text) {
        for line in text[window].lines() {
            found.see(line);
        }
    }
    found.is_enough()
}

/// The whole of a text, or its start, middle and end.
fn windows(text: &str) -> Vec<Range<usize>> {
    if text.len() <= 3 * WINDOW {
        return std::iter::once(0..text.len()).collect();
    }
    let window = |from: usize| text.ceil_char_boundary(from)..text.floor_char_boundary(from + WINDOW);
    vec![window(0), window(text.len() / 2), window(text.len() - WINDOW)]
}

/// What was seen, in bytes unless said otherwise.
#[derive(Debug, Default)]
struct Evidence {
    /// Everything but space.
    all: usize,
    /// Of lines that read like sentences.
    prose: usize,
    letters: usize,
    /// Letters of scripts that fit few small words into a table.
    wide: usize,
    /// Words and small words, counted.
    words: usize,
    small: usize,
    /// Ends of sentences, counted.
    ends: usize,
}

impl Evidence {
    fn see(&mut self, line: &str) {
        let here = Line::read(line);
        self.all += here.bytes;
        if !here.is_prose(line) {
            return;
        }
        self.prose += here.bytes;
        self.letters += here.letters;
        self.wide += here.wide;
        self.words += here.words;
        self.small += here.small;
        self.ends += here.ends;
    }

    fn is_enough(&self) -> bool {
        // Of a hundred running words of a language in the table 30 to 45 are small words, of log messages 5
        // to 15.
        const SMALL: f64 = 0.18;
        const MOSTLY: f64 = 0.75;
        // One end in so many bytes: five lines of a book.
        const SENTENCE: usize = 500;
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        let sentences = self.ends >= 3 && self.ends * SENTENCE >= self.prose;
        let small = share(self.small, self.words) >= SMALL;
        let wide = share(self.wide, self.letters) >= 0.5;
        share(self.prose, self.all) >= MOSTLY && sentences && (small || wide)
    }
}

/// One line, in bytes and counts.
#[derive(Debug, Default)]
struct Line {
    bytes: usize,
    letters: usize,
    wide: usize,
    digits: usize,
    signs: usize,
    words: usize,
    small: usize,
    ends: usize,
}

impl Line {
    fn read(line: &str) -> Self {
        let mut here = Self::default();
        for word in line.split_whitespace() {
            let before = here.letters;
            here.bytes += word.len();
            word.chars().for_each(|sign| here.sign(sign));
            let closed = word.trim_end_matches(['"', '\'', ')', ']', '”', '’', '»']);
            here.ends += usize::from(closed.ends_with(['.', '!', '?', '…']));
            if here.letters > before {
                here.words += 1;
                here.small += usize::from(is_small(word.trim_matches(|sign: char| !sign.is_alphanumeric())));
            }
        }
        here
    }

    fn sign(&mut self, sign: char) {
        let size = sign.len_utf8();
        if sign.is_ascii_digit() {
            self.digits += 1;
        } else if sign.is_alphabetic() || !sign.is_ascii() {
            self.letters += size;
            self.wide += if is_wide(sign) { size } else { 0 };
            self.ends += usize::from(matches!(sign, '。' | '！' | '？' | '।' | '؟' | '۔'));
        } else if b"{}=<>|/\\_$#@[];+~^".contains(&(sign as u8)) {
            self.signs += 1;
        }
    }

    /// Mostly letters, without the signs of code and without columns.
    fn is_prose(&self, line: &str) -> bool {
        let few = |count: usize, one_in: usize| count * one_in <= self.bytes;
        let setting = line
            .split_once(": ")
            .is_some_and(|(key, _)| key.starts_with(char::is_lowercase) && !key.contains(' '));
        let columns = line.trim().contains('\t') || line.trim().contains("    ");
        self.words > 0
            && self.letters * 10 >= self.bytes * 7
            && few(self.signs, 16)
            && few(self.digits, 6)
            && !columns
            && !setting
    }
}

fn is_small(word: &str) -> bool {
    const LONGEST: usize = 12;
    if word.len() > LONGEST {
        return false;
    }
    if word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return SMALL_WORDS.binary_search(&word).is_ok();
    }
    SMALL_WORDS.binary_search(&word.to_lowercase().as_str()).is_ok()
}

/// Han, kana, Hangul, the scripts of India and South-East Asia, Ethiopic, Georgian, Armenian: too many
/// languages to list the small words of, and none that code is written in.
fn is_wide(sign: char) -> bool {
    matches!(sign, '\u{0530}'..='\u{058f}' | '\u{0900}'..='\u{139f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(SMALL_WORDS.is_sorted() && SMALL_WORDS.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
