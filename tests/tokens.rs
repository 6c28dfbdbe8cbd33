//! The token counters against an independent implementation of the same encodings, and the promises of the
//! estimate.

use std::fmt::Write as _;

use headroom::tokens::Encoding::{self, Cl100kBase, Estimate, O200kBase};
use proptest::prelude::*;
use tiktoken_rs::{cl100k_base_singleton, o200k_base_singleton};

/// Compares both exact encodings with the reference.
fn agree(text: &str) {
    let shown: String = text.chars().take(80).collect();
    let o200k = o200k_base_singleton().count_ordinary(text);
    assert_eq!(O200kBase.count(text), o200k, "o200k_base of {shown:?}");
    let cl100k = cl100k_base_singleton().count_ordinary(text);
    assert_eq!(Cl100kBase.count(text), cl100k, "cl100k_base of {shown:?}");
}

/// A small generator of repeatable numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn of<'a>(&mut self, things: &[&'a str]) -> &'a str {
        things[self.below(things.len())]
    }
}

const WORDS: [&str; 16] = [
    "user",
    "getAccountById",
    "HTTPServer",
    "created_at",
    "Zürich",
    "naïve",
    "connection",
    "XMLHttpRequest2",
    "error",
    "it's",
    "WE'LL",
    "东京",
    "données",
    "kubernetes",
    "I",
    "antidisestablishmentarianism",
];

/// Pretty-printed or compact records.
fn json(dice: &mut Dice, records: usize) -> String {
    let line = dice.of(&["\n    ", "\r\n\t", "", " "]);
    let mut text = String::from("[");
    for id in 0..records {
        let (name, state) = (dice.of(&WORDS), dice.of(&["active", "failed", "null"]));
        let (hash, price) = (dice.below(1 << 31), dice.below(100_000));
        let _ = write!(
            text,
            "{line}{{\"id\": {id},{line}\"name\": \"{name} {hash:x}\",{line}\"state\": \"{state}\",{line}\
             \"price\": {}.{:02}, \"url\": \"https://example.com/a/b?q={price}\", \"at\": \"2024-05-{:02}T{:02}:00:00Z\"}},",
            price / 100,
            price % 100,
            id % 28 + 1,
            id % 24
        );
    }
    text + "]"
}

fn log(dice: &mut Dice, lines: usize) -> String {
    let mut text = String::new();
    for at in 0..lines {
        let (level, word) = (dice.of(&["INFO", "WARN ", "ERROR", "[debug]"]), dice.of(&WORDS));
        let (pid, address) = (dice.below(99_999), dice.below(1 << 31));
        let _ = writeln!(
            text,
            "2024-05-01 12:{:02}:{:02},{pid:03} {level} [worker-{pid}] org.acme.{word}: took {pid}ms \
             at 0x{address:016x} {}",
            at / 60 % 60,
            at % 60,
            dice.of(&[
                "",
                "=====",
                "----------",
                "│ ├── x",
                "\u{1b}[31mred\u{1b}[0m",
                "✓ ok",
                "   "
            ]),
        );
    }
    text
}

fn code(dice: &mut Dice, lines: usize) -> String {
    let mut text = String::new();
    for _ in 0..lines {
        let indent = "    ".repeat(dice.below(5));
        let tabs = "\t".repeat(dice.below(3));
        let (a, b) = (dice.of(&WORDS), dice.of(&WORDS));
        let line = match dice.below(5) {
            0 => format!(
                "{indent}def {a}(self, {b}: int = {}) -> None:\n",
                dice.below(5000)
            ),
            1 => format!("{tabs}if ({a} != null && !{b}.isEmpty()) {{ return {a}[{b}]; }} // don't\r\n"),
            2 => format!("{indent}# {a}'s {b} — see §{}\n\n", dice.below(50)),
            3 => format!("{tabs}let {a}_{b} = \"{b}\\n\" + r#\"{a}\"#;\n"),
            _ => format!("{indent}/* {} */   \n", "*".repeat(dice.below(90))),
        };
        text += &line;
    }
    text
}

#[test]
fn json_logs_and_code() {
    let mut dice = Dice(1);
    for size in [0, 1, 2, 5, 20, 60] {
        for _ in 0..6 {
            agree(&json(&mut dice, size));
            agree(&log(&mut dice, size));
            agree(&code(&mut dice, size));
        }
    }
}

#[test]
fn every_kind_of_character_in_every_place() {
    // All of the first planes' blocks, one character of eleven.
    for code in (0..0x3_2000).step_by(11).chain(0xE_0000..0xE_0200) {
        let Some(c) = char::from_u32(code) else { continue };
        agree(&format!("{c}|a{c}A{c}{c}b 1{c} {c}.{c}\n{c}"));
    }
}

#[test]
fn contractions() {
    for ending in [
        "s", "t", "re", "ve", "m", "ll", "d", "x", "l", "r", "S", "LL", "Re", "vE", "ſ", "Ve.", "s's", "",
    ] {
        for word in [
            "it", "IT", "It", "", " ", "我", "1", "e\u{301}", "\u{301}", "'", "\n", "ǅ",
        ] {
            agree(&format!("{word}'{ending}"));
            agree(&format!("{word}'{ending} a"));
            agree(&format!("{word}'{ending}A"));
            agree(&format!("{word}’{ending}"));
        }
    }
}

#[test]
fn blanks() {
    let blanks = [
        " ", "  ", "\n", "\r\n", "\t", "\u{a0}", "\u{3000}", "\u{2028}", "\u{85}", "\u{200b}", "\u{b}",
        "\u{1c}",
    ];
    for a in blanks {
        for b in blanks {
            for c in ["", "x", "1", ".", "/", "\n", "é", "\u{301}"] {
                for before in ["", "x", ";", "7"] {
                    agree(&format!("{before}{a}{b}{c}"));
                    agree(&format!("{before}{a}{b}{a}{a}{c}{b}"));
                }
            }
        }
    }
}

#[test]
fn digits_symbols_and_case() {
    for len in 0..12 {
        agree(&"7".repeat(len));
        agree(&format!("x{}y", "٣".repeat(len)));
        agree(&format!(" {}²½Ⅷ", "4".repeat(len)));
        agree(&format!(" {}\n/\r/\n x", "/".repeat(len)));
    }
    for text in [
        "ǅungla",
        "ABCǅabc",
        "ʰA",
        "Aʰ",
        "あA",
        "AあBB",
        "AあBb",
        "\u{301}ABC",
        "\u{301}",
        " \u{301}\u{302}A b",
        "ÀÉÎ",
        "ÀÉîo",
        "İstanbul",
        "straße",
        "ΑΒΓαβγ",
        "ЖЖжж",
        "𐐀𐐨",
        "𝒜𝒷",
        "हिन्दी",
        "عَرَبِيّ",
        "ไทย",
        "한국어",
        "<|endoftext|>",
        "<|endofprompt|>",
        "🇩🇪👩🏽‍💻❤️",
        "\0\0\u{1}",
        "\u{feff}x",
        "\u{10ffff}",
        "e\u{301}E\u{301}'s",
    ] {
        agree(text);
        agree(&format!(" {text} {text}\n"));
    }
}

#[test]
fn long_runs() {
    for thing in [
        "a", "A", "ab", "é", "あ", "😀", "=", "-", "'", "\u{301}", "\n", "\t", " ", "\r\n", "0", "\\", "zq",
    ] {
        for times in [3, 16, 127, 128, 129, 300, 1500] {
            agree(&thing.repeat(times));
            agree(&format!("x{}y", thing.repeat(times)));
        }
    }
}

#[test]
fn megabytes_of_anything_are_counted() {
    for encoding in [O200kBase, Cl100kBase] {
        assert_eq!(encoding.count(&"a".repeat(2_000_000)), 250_000);
        assert_eq!(encoding.count(&"7".repeat(2_000_000)), 666_667);
        assert_eq!(encoding.count(&" ".repeat(2_000_000)), 15_625);
    }
    let mut dice = Dice(3);
    let random: String = (0..300_000)
        .map(|_| (b'a' + dice.below(26) as u8) as char)
        .collect();
    let han: String = (0..100_000)
        .filter_map(|_| char::from_u32(0x4E00 + dice.below(0x5000) as u32))
        .collect();
    for text in [
        random,
        han,
        "\u{301}".repeat(500_000),
        "あA".repeat(200_000),
        " \u{3000}\t".repeat(200_000),
    ] {
        assert!(O200kBase.count(&text) > text.len() / 200);
        assert!(Cl100kBase.count(&text) > text.len() / 200);
    }
}

#[test]
fn models() {
    let table = [
        (
            O200kBase,
            "gpt-4o gpt-4o-mini-2024-07-18 GPT-4o gpt-4.1 gpt-4.1-nano gpt-4.5-preview gpt-5 gpt-5.1-codex",
        ),
        (
            O200kBase,
            "o1 o1-preview o3 o3-mini-high o4-mini chatgpt-4o-latest gpt-oss-120b openai/gpt-oss-20b:free",
        ),
        (
            O200kBase,
            "openai/gpt-4o openrouter/openai/gpt-5 azure/gpt-4o-eu openai:o3 ft:gpt-4o:acme::id",
        ),
        (
            O200kBase,
            "openai/ft:gpt-4o-mini-2024-07-18:acme:x:id openai.gpt-oss-120b-1:0 o200k_base",
        ),
        (
            Cl100kBase,
            "gpt-4 gpt-4-turbo gpt-4-0613 gpt-4-32k gpt-4-1106-preview gpt-3.5-turbo gpt-35-turbo-16k",
        ),
        (
            Cl100kBase,
            "ft:gpt-3.5-turbo-0125:acme::id text-embedding-3-large text-embedding-ada-002 cl100k_base",
        ),
        (Cl100kBase, "Azure/GPT-4 ft:gpt-4-0613:acme::id"),
        (
            Estimate,
            "claude-sonnet-4-5 anthropic/claude-3.5-haiku gemini-2.5-pro models/gemini-1.5-flash",
        ),
        (
            Estimate,
            "llama-3.1-70b mistral-large qwen3 o10 o1x gpt-4all gpt-40 gpt-2 gpt gpt-50 text-davinci-003 / :",
        ),
    ];
    for (encoding, names) in table {
        for name in names.split(' ') {
            assert_eq!(Encoding::for_model(name), encoding, "{name}");
            assert_eq!(
                Encoding::for_model(&format!(" {} ", name.to_uppercase())),
                encoding,
                "{name}"
            );
        }
    }
    assert_eq!(Encoding::for_model(""), Estimate);
    for (encoding, name) in [
        (O200kBase, "o200k_base"),
        (Cl100kBase, "cl100k_base"),
        (Estimate, "estimate"),
    ] {
        assert_eq!(encoding.name(), name);
        assert_eq!(encoding.is_exact(), encoding != Estimate);
        assert_eq!(encoding.count(""), 0);
    }
}

#[test]
fn the_estimate_is_near_the_public_vocabularies() {
    let mut dice = Dice(7);
    let prose = "When the committee met again in the autumn, most of its members had changed their minds; nobody \
                 could say why. The report, published two weeks later, didn't mention the earlier vote at all. ";
    let chinese = "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。";
    for (text, percent) in [
        (json(&mut dice, 200), 20),
        (log(&mut dice, 200), 20),
        (code(&mut dice, 200), 20),
        (prose.to_owned(), 15),
        (chinese.to_owned(), 35),
    ] {
        let exact = usize::midpoint(O200kBase.count(&text), Cl100kBase.count(&text));
        let estimate = Estimate.count(&text);
        let off = exact.abs_diff(estimate) * 100 / exact;
        assert!(
            off <= percent,
            "{estimate} for {exact}, {off} %: {:?}",
            text.chars().take(60).collect::<String>()
        );
    }
}

/// Words, blanks, symbols and single characters in any order.
fn soup() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        4 => any::<char>().prop_map(String::from),
        4 => proptest::sample::select(&WORDS[..]).prop_map(String::from),
        3 => "[ \t\r\n]{1,4}",
        3 => "[!-/:-@\\[-`{-~]{1,6}",
        2 => "[0-9]{1,7}",
        2 => "[a-zA-Z]{1,20}",
        2 => "'(s|T|re|VE|m|lL|D|x)",
        1 => "[\u{300}-\u{30f}ʰªǅǆſKéÀあ漢ا\u{a0}\u{3000}\u{2028}]{1,4}",
        1 => ("[a-z =*\u{2500}😀-]", 1_usize..200).prop_map(|(thing, times)| thing.repeat(times)),
    ];
    proptest::collection::vec(fragment, 0..40).prop_map(|fragments| fragments.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn soup_is_counted_exactly(text in soup()) {
        agree(&text);
    }

    #[test]
    fn the_estimate_never_falls_and_stays_in_bounds(text in soup()) {
        let mut last = 0;
        for end in (1..=text.len()).filter(|&end| text.is_char_boundary(end)) {
            let estimate = Estimate.count(&text[..end]);
            prop_assert!(estimate >= last, "{:?}", &text[..end]);
            prop_assert!(estimate <= 3 * text[..end].chars().count());
            last = estimate;
        }
    }

    #[test]
    fn counting_is_repeatable(text in soup()) {
        for encoding in [O200kBase, Cl100kBase] {
            let first = encoding.count(&text);
            let fresh = std::thread::scope(|scope| scope.spawn(|| encoding.count(&text)).join());
            prop_assert_eq!(fresh.ok(), Some(first));
            prop_assert_eq!(encoding.count(&text), first);
        }
    }
}
