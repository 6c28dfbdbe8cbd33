//! Stretches nobody reads as text: base64, hexadecimal digits, bytes that are no text, programs packed into
//! one line.

use std::ops::Range;

/// Shorter stretches may be something to copy: an id, a hash, a token.
pub const LEAST: usize = 400;

/// What a stretch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Base64 in one of its two alphabets; with what its first characters say it holds.
    Base64(Option<&'static str>),
    /// Hexadecimal digits.
    Hex,
    /// Control characters, or what is put in the place of bytes that are no UTF-8.
    Binary,
    /// A line of a program or style sheet without its spaces.
    Minified,
}

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its bytes; of what is wrapped, whole lines.
    pub range: Range<usize>,
    /// What it is.
    pub what: What,
}

/// First characters of base64 that tell what it is of.
const STARTS: [(&str, &str); 12] = [
    ("iVBORw0KGgo", "a PNG image"),
    ("/9j/", "a JPEG image"),
    ("R0lGOD", "a GIF image"),
    ("UklGR", "a RIFF file"),
    ("JVBERi0", "a PDF"),
    ("UEsDB", "a ZIP archive"),
    ("H4sI", "gzip data"),
    ("KLUv/", "zstd data"),
    ("f0VMR", "an ELF file"),
    ("AGFzbQ", "a WebAssembly module"),
    ("LS0tLS1CRUdJTi", "PEM text"),
    ("PHN2Zy", "an SVG image"),
];

/// The opaque stretches of a text, in order.
pub fn runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut wrapped = Wrapped::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        let bare = line.trim_end();
        let indent = bare.len() - bare.trim_start_matches([' ', '\t']).len();
        let inner = &bare[indent..];
        if is_unit(inner) {
            let here = start + indent..start + bare.len();
            if !wrapped.add(text, here.clone(), &mut runs) {
                wrapped = Wrapped::default();
                wrapped.add(text, here, &mut runs);
            }
            continue;
        }
        wrapped.end(text, &mut runs);
        if is_minified(inner) {
            runs.push(Run {
                range: start + indent..start + bare.len(),
                what: What::Minified,
            });
        } else if bare.len() >= LEAST {
            stretches(text, start..start + bare.len(), &mut runs);
        }
    }
    wrapped.end(text, &mut runs);
    binary(text, runs)
}

/// Lines of one width in the alphabet of base64: what is wrapped.
#[derive(Debug, Default)]
struct Wrapped {
    range: Range<usize>,
    width: usize,
    lines: usize,
    last_is_short: bool,
}

impl Wrapped {
    /// Takes a line; `false` when it belongs to something else, and then what was before has ended.
    fn add(&mut self, text: &str, line: Range<usize>, runs: &mut Vec<Run>) -> bool {
        if self.lines == 0 {
            self.width = line.len();
            self.range = line;
            self.lines = 1;
            return true;
        }
        if self.last_is_short || line.len() > self.width {
            self.end(text, runs);
            return false;
        }
        self.last_is_short = line.len() < self.width;
        self.range.end = line.end;
        self.lines += 1;
        true
    }

    fn end(&mut self, text: &str, runs: &mut Vec<Run>) {
        let Self { range, .. } = std::mem::take(self);
        if range.len() >= LEAST
            && let Some(what) = encoded(&text[range.clone()])
        {
            runs.push(Run { range, what });
        }
    }
}

/// True for a line that is nothing but base64, or the last of one.
fn is_unit(line: &str) -> bool {
    !line.is_empty() && !line.starts_with(['-', '=']) && line.bytes().all(is_alphabet)
}

fn is_alphabet(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

/// Base64 and digits inside a line.
fn stretches(text: &str, line: Range<usize>, runs: &mut Vec<Run>) {
    let bytes = text.as_bytes();
    let mut at = line.start;
    while at < line.end {
        let len = bytes[at..line.end]
            .iter()
            .take_while(|byte| is_alphabet(**byte))
            .count();
        if len >= LEAST
            && let Some(what) = encoded(&text[at..at + len])
        {
            runs.push(Run {
                range: at..at + len,
                what,
            });
        }
        at += len + 1;
    }
}

/// What a stretch in the alphabet of base64 is; `None` for what may be words, paths or rules.
fn encoded(stretch: &str) -> Option<What> {
    const DISTINCT: usize = 24;
    let mut counts = [0_usize; 256];
    stretch.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let of = |class: fn(&u8) -> bool| {
        (0..=255)
            .filter(class)
            .map(|byte| counts[usize::from(byte)])
            .sum::<usize>()
    };
    let space = of(u8::is_ascii_whitespace);
    let all = stretch.len() - space;
    let digits = of(u8::is_ascii_digit);
    let distinct = counts.iter().filter(|count| **count > 0).count();
    if of(u8::is_ascii_hexdigit) == all {
        let letters = all - digits;
        return (distinct >= 10 && letters * 10 >= all).then_some(What::Hex);
    }
    let (upper, lower) = (of(u8::is_ascii_uppercase), of(u8::is_ascii_lowercase));
    let marks = all - digits - upper - lower;
    // Bytes of any kind give every character about alike; text in base64 gives fewer digits.
    let is_even = upper * 10 >= all && lower * 10 >= all && digits * 50 >= all && marks * 8 <= all;
    (is_even && distinct >= DISTINCT).then(|| {
        let start = STARTS.iter().find(|(start, _)| stretch.starts_with(start));
        What::Base64(start.map(|(_, of)| *of))
    })
}

/// True for a long line of code with hardly a space in it. Markup and JSON are for those who read them.
fn is_minified(line: &str) -> bool {
    const LONG: usize = 4096;
    const SPACES: usize = 12;
    const SIGNS: usize = 12;
    if line.len() < LONG || line.starts_with(['{', '[', '<', '"']) {
        return false;
    }
    let (mut spaces, mut signs) = (0, 0);
    for byte in line.bytes() {
        spaces += usize::from(byte == b' ');
        signs += usize::from(matches!(
            byte,
            b'{' | b'}' | b'(' | b')' | b';' | b':' | b',' | b'='
        ));
    }
    spaces * SPACES <= line.len() && signs * SIGNS >= line.len()
}

/// Adds blocks of bytes that are no text to runs in order.
fn binary(text: &str, runs: Vec<Run>) -> Vec<Run> {
    const BLOCK: usize = 256;
    let is_control = |byte: &u8| matches!(byte, 0..=8 | 11 | 12 | 14..=26 | 28..=31 | 127);
    let bytes = text.as_bytes();
    if !bytes.iter().any(is_control) && !text.contains('\u{fffd}') {
        return runs;
    }
    let mut blocks: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = text.ceil_char_boundary((at + BLOCK).min(bytes.len()));
        let block = &text[at..end];
        let control = block.bytes().filter(|byte| is_control(byte)).count();
        let replaced = block.matches('\u{fffd}').count();
        if (control + 3 * replaced) * 10 >= block.len() {
            match blocks.last_mut() {
                Some(last) if last.end == at => last.end = end,
                _ => blocks.push(at..end),
            }
        }
        at = end;
    }
    let found = blocks.into_iter().filter(|block| block.len() >= LEAST);
    let mut all: Vec<Run> = found
        .map(|range| Run {
            range,
            what: What::Binary,
        })
        .chain(runs)
        .collect();
    all.sort_by_key(|run| run.range.start);
    let mut end = 0;
    all.retain(|run| {
        let apart = run.range.start >= end;
        end = end.max(run.range.end);
        apart
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Base64 of bytes that look like chance.
    fn base64(len: usize) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(ALPHABET[(state >> 26) as usize])
        };
        (0..len).map(|_| next()).collect()
    }

    fn found(text: &str) -> Vec<(What, usize)> {
        runs(text)
            .into_iter()
            .map(|run| (run.what, run.range.len()))
            .collect()
    }

    #[test]
    fn what_nobody_reads_is_found() {
        let data = base64(800);
        let wrapped: Vec<&str> = (0..800)
            .step_by(76)
            .map(|at| &data[at..(at + 76).min(800)])
            .collect();
        let hex = "0123456789abcdef3c".repeat(40);
        let packed = "function a(b,c){return b(c)||{d:1}}".repeat(200);
        let base64 = What::Base64(None);
        for (text, expected) in [
            (data.clone(), vec![(base64, 800)]),
            (
                format!("x: {data}\ny: {data}=\n"),
                vec![(base64, 800), (base64, 801)],
            ),
            (
                format!("-----BEGIN A-----\n{}\n-----END A-----\n", wrapped.join("\n")),
                vec![(base64, 810)],
            ),
            (
                format!("ca: |\n  {}\nb: 1\n", wrapped.join("\n  ")),
                vec![(base64, 830)],
            ),
            (
                format!("![](data:image/png;base64,iVBORw0KGgo{data})"),
                vec![(What::Base64(Some("a PNG image")), 811)],
            ),
            (hex.clone(), vec![(What::Hex, 720)]),
            (
                format!("/* x */\n{packed}\n"),
                vec![(What::Minified, packed.len())],
            ),
            (
                format!("head\n{}", "\0\u{1}ab\u{fffd}".repeat(200)),
                vec![(What::Binary, 1405)],
            ),
        ] {
            assert_eq!(found(&text), expected, "{text}");
        }
    }

    #[test]
    fn what_may_be_read_is_not() {
        for text in [
            "=".repeat(900),
            "word".repeat(300),
            "some-long-path/of/many/parts/".repeat(60),
            "0".repeat(900),
            "A sentence of many words, said again. ".repeat(200),
            base64(300),
            "{\"a\":1,\"b\":[1,2,3]},".repeat(300),
            "<p class=\"a\">x</p>".repeat(300),
            "camelCaseNameOfSomething\n".repeat(90),
            String::new(),
        ] {
            assert_eq!(found(&text), [], "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn runs_are_in_order_and_on_boundaries(parts in proptest::collection::vec((0_usize..6, 1_usize..900), 0..8)) {
            let make = |(kind, size): (usize, usize)| match kind {
                0 => base64(size),
                1 => "\n".to_owned(),
                2 => "\0é".repeat(size),
                3 => "a(b,{c:1});".repeat(size),
                4 => base64(64) + "\n",
                _ => "é text ".to_owned(),
            };
            let text: String = parts.into_iter().map(make).collect();
            let mut end = 0;
            for run in runs(&text) {
                proptest::prop_assert!(run.range.start >= end && run.range.len() >= LEAST);
                proptest::prop_assert!(text.get(run.range.clone()).is_some());
                end = run.range.end;
            }
        }
    }
}
