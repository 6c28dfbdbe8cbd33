//! What lines say about a text: is it source code, and in which language.
//!
//! Lines are judged by how they start, what they hold and how they end. A mark that few languages share says
//! more; comments, brackets and blank lines say nothing of a language, but that a text may be code.

use std::sync::LazyLock;

use Language::{Bash, C, CSharp, Cpp, Go, Java, JavaScript as Js, Php, Python, Ruby, Rust, TypeScript as Ts};
use aho_corasick::AhoCorasick;

use super::Language;

/// Lines that are looked at, blank ones not counted, and bytes of each.
const LINES: usize = 200;
const WIDTH: usize = 240;

/// How the lines of a language start, what they hold behind that, and how they end. A start that ends with
/// `$` is a whole line.
type Mark = (&'static str, &'static str, &'static str, &'static [Language]);

#[rustfmt::skip]
const MARKS: &[Mark] = &[
    ("def ", "(", ":", &[Python]), ("async def ", "(", "", &[Python]), ("def ", "", "", &[Python, Ruby]),
    ("class ", "", ":", &[Python]), ("from ", " import ", "", &[Python]), ("elif ", "", ":", &[Python]),
    ("except", "", ":", &[Python]), ("self.", "", "", &[Python, Ruby]), ("if __name__ ", "", ":", &[Python]),
    ("with ", "", ":", &[Python]), ("for ", " in ", ":", &[Python]), ("if ", "", ":", &[Python]),
    ("while ", "", ":", &[Python]), ("else:$", "", "", &[Python]), ("try:$", "", "", &[Python]),
    ("raise ", "", "", &[Python, Ruby]), ("\"\"\"", "", "", &[Python]), ("return self", "", "", &[Python]),
    ("@", "", "", &[Python, Java, Ts]), ("pass$", "", "", &[Python]), ("print(", "", ")", &[Python]),
    ("import ", "", "", &[Python, Java, Js, Ts, Go]),

    ("end$", "", "", &[Ruby]), ("require '", "", "", &[Ruby]), ("require_relative ", "", "", &[Ruby]),
    ("module ", "", "", &[Ruby]), ("attr_", " :", "", &[Ruby]), ("class ", " < ", "", &[Ruby]),
    ("", " do |", "|", &[Ruby]), ("unless ", "", "", &[Ruby]), ("elsif ", "", "", &[Ruby]),
    ("puts ", "", "", &[Ruby]), ("", " ", " do", &[Ruby]), ("def self.", "", "", &[Ruby]),

    ("fi$", "", "", &[Bash]), ("done$", "", "", &[Bash]), ("esac$", "", "", &[Bash]), ("then$", "", "", &[Bash]),
    ("if [", "", "", &[Bash]), ("elif [", "", "", &[Bash]), ("echo ", "", "", &[Bash, Php]),
    ("export ", "=", "", &[Bash]), ("local ", "", "", &[Bash]), ("for ", "; do", "", &[Bash]),
    ("while ", "; do", "", &[Bash]), ("set -", "", "", &[Bash]), ("case ", "", " in", &[Bash]),
    ("", "() {", "", &[Bash]), (";;$", "", "", &[Bash]), ("", "\"$", "", &[Bash, Php]),

    ("package ", "", "", &[Go, Java]), ("package ", "", ";", &[Java]), ("func ", "(", "", &[Go]),
    ("", " := ", "", &[Go]), ("import ($", "", "", &[Go]), ("type ", " struct {", "", &[Go]),
    ("type ", " interface {", "", &[Go]), ("defer ", "", "", &[Go]), ("go func", "", "", &[Go]),
    ("if err ", "nil", "{", &[Go]), ("return nil", "", "", &[Go]), ("switch ", "", "{", &[Go, Js, Ts]),

    ("fn ", "(", "", &[Rust]), ("pub fn ", "", "", &[Rust]), ("pub(", ")", "", &[Rust]),
    ("impl", " ", "{", &[Rust]), ("use ", "::", "", &[Rust]), ("let mut ", "", "", &[Rust]),
    ("#[", "", "]", &[Rust]), ("#![", "", "]", &[Rust]), ("//!", "", "", &[Rust]), ("///", "", "", &[Rust, CSharp]),
    ("pub struct ", "", "", &[Rust]), ("pub enum ", "", "", &[Rust]), ("pub trait ", "", "", &[Rust]),
    ("pub mod ", "", "", &[Rust]), ("pub use ", "", "", &[Rust]), ("mod ", "", ";", &[Rust]),
    ("match ", "", "{", &[Rust]), ("let ", "", ";", &[Rust, Js, Ts]), ("", " => ", ",", &[Rust, Php]),

    ("public class ", "", "", &[Java, CSharp]), ("public interface ", "", "", &[Java, CSharp]),
    ("public final ", "", "", &[Java]), ("private final ", "", "", &[Java]), ("@Override$", "", "", &[Java]),
    ("import java", "", ";", &[Java]), ("import static ", "", ";", &[Java]), ("import org.", "", ";", &[Java]),
    ("import com.", "", ";", &[Java]), ("throw new ", "", ";", &[Java, CSharp, Js, Ts, Php, Cpp]),
    ("public ", "(", "{", &[Java, CSharp]), ("private ", "", "", &[Java, CSharp, Ts, Php]),
    ("public ", "", "", &[Java, CSharp, Ts, Php]), ("protected ", "", "", &[Java, CSharp, Php, Ts]),
    ("import ", "", ";", &[Java, Js, Ts]), ("static final ", "", "", &[Java]), ("/**$", "", "", &[Java, Js, Ts, Php]),
    ("", " throws ", "", &[Java]), ("", " extends ", "{", &[Java, Js, Ts, Php]),

    ("using ", "", ";", &[CSharp, Cpp]), ("using System", "", "", &[CSharp]),
    ("namespace ", "", "", &[CSharp, Cpp, Php]), ("public ", "{ get;", "", &[CSharp]),
    ("internal ", "", "", &[CSharp]), ("", " override ", "", &[CSharp]), ("", "async Task", "", &[CSharp]),
    ("foreach (", "", "", &[CSharp, Php]), ("#region", "", "", &[CSharp]), ("/// <summary>", "", "", &[CSharp]),
    ("private readonly ", "", "", &[CSharp, Ts]), ("", " partial class ", "", &[CSharp]),
    ("var ", " = ", ";", &[CSharp, Js, Ts, Java]), ("public static ", "", "", &[Java, CSharp, Php]),

    ("#include ", "", "", &[C, Cpp]), ("#define ", "", "", &[C, Cpp]), ("#ifndef ", "", "", &[C, Cpp]),
    ("#ifdef ", "", "", &[C, Cpp]), ("#endif", "", "", &[C, Cpp]), ("#if ", "", "", &[C, Cpp, CSharp]),
    ("typedef ", "", "", &[C, Cpp]), ("struct ", "", "{", &[C, Cpp, Rust]), ("int ", "(", "", &[C, Cpp, Java, CSharp]),
    ("void ", "(", "", &[C, Cpp, Java, CSharp]), ("char *", "", "", &[C, Cpp]), ("const char ", "*", "", &[C, Cpp]),
    ("unsigned ", "", "", &[C, Cpp]), ("size_t ", "", "", &[C, Cpp]), ("static ", "(", "", &[C, Cpp, Java, CSharp]),
    ("", "->", ";", &[C, Cpp, Php]), ("static inline ", "", "", &[C, Cpp]), ("return ", "", ";", &[C, Cpp, Java, CSharp, Js, Ts, Rust, Php]),
    ("if (", "", "{", &[C, Cpp, Java, CSharp, Js, Ts, Php]), ("for (", "", "{", &[C, Cpp, Java, CSharp, Js, Ts, Php]),

    ("template<", "", "", &[Cpp]), ("template <", "", "", &[Cpp]), ("public:$", "", "", &[Cpp]),
    ("private:$", "", "", &[Cpp]), ("protected:$", "", "", &[Cpp]), ("", "std::", "", &[Cpp]),
    ("using namespace ", "", "", &[Cpp]), ("virtual ", "", "", &[Cpp]), ("", "nullptr", "", &[Cpp]),
    ("", "_cast<", "", &[Cpp]), ("#include <vector>", "", "", &[Cpp]), ("#include <string>", "", "", &[Cpp]),
    ("#include <memory>", "", "", &[Cpp]), ("#include <map>", "", "", &[Cpp]), ("#include <iostream>", "", "", &[Cpp]),
    ("class ", "", "{", &[Java, Js, Ts, Cpp, CSharp, Php]), ("", " const ", "&", &[Cpp]), ("explicit ", "", "", &[Cpp]),

    ("const ", " = ", "", &[Js, Ts]), ("const ", "require(", "", &[Js]), ("module.exports", "", "", &[Js]),
    ("export default ", "", "", &[Js, Ts]), ("export const ", "", "", &[Js, Ts]), ("export function ", "", "", &[Js, Ts]),
    ("export ", "", "{", &[Js, Ts]), ("import ", " from ", "", &[Js, Ts]), ("function ", "(", "{", &[Js, Ts, Php]),
    ("async function ", "", "", &[Js, Ts]), ("", "=> {", "", &[Js, Ts]), ("});", "", "", &[Js, Ts]),
    ("'use strict'", "", "", &[Js]), ("console.", "(", "", &[Js, Ts]), ("} from ", "", "", &[Js, Ts]),
    ("let ", " = ", "", &[Js, Ts, Rust]), ("", " === ", "", &[Js, Ts, Php]), ("describe(", "", "", &[Js, Ts]),
    ("it(", "", "", &[Js, Ts]), ("test(", "", "", &[Js, Ts]), ("await ", "", "", &[Js, Ts, CSharp, Python]),

    ("export interface ", "", "", &[Ts]), ("export type ", "", "", &[Ts]), ("type ", " = ", "", &[Ts, Rust]),
    ("import type ", "", "", &[Ts]), ("import ", "{ type ", "", &[Ts]), ("declare ", "", "", &[Ts]),
    ("", "): Promise<", "", &[Ts]), ("", ": string", "", &[Ts]), ("", ": number", "", &[Ts]),
    ("", ": boolean", "", &[Ts]), ("", " as const", "", &[Ts]), ("interface ", "", "{", &[Ts, Java, CSharp, Php]),
    ("readonly ", "", "", &[Ts]), ("", ": unknown", "", &[Ts]), ("export enum ", "", "", &[Ts]),

    ("<?php", "", "", &[Php]), ("$", " = ", ";", &[Php]), ("$this->", "", "", &[Php]), ("", " function ", "", &[Php]),
    ("use ", "\\", ";", &[Php]), ("return $", "", ";", &[Php]), ("foreach (", "$", "", &[Php]), ("if (", "$", "{", &[Php]),
    ("echo ", "", ";", &[Php]),
];

/// Interpreters a first line of `#!` may name.
const INTERPRETERS: &[(&str, Language)] = &[
    ("python", Python),
    ("node", Js),
    ("deno", Ts),
    ("bun", Ts),
    ("ruby", Ruby),
    ("php", Php),
    ("bash", Bash),
    ("zsh", Bash),
    ("sh", Bash),
];

/// The marks by what tells soonest that they are not there.
struct Index {
    /// Those with a start, by its first byte.
    starts: Vec<Vec<usize>>,
    /// What the others hold, to be found in one pass; the end where they hold nothing else.
    finder: Option<AhoCorasick>,
    others: Vec<usize>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut starts = vec![Vec::new(); 256];
    let mut others = Vec::new();
    for (mark, (start, ..)) in MARKS.iter().enumerate() {
        match start.bytes().next() {
            Some(first) => starts[usize::from(first)].push(mark),
            None => others.push(mark),
        }
    }
    let held = others.iter().map(|&mark| match MARKS[mark] {
        (_, "", end, _) => end,
        (_, within, ..) => within,
    });
    Index {
        finder: AhoCorasick::new(held).ok(),
        starts,
        others,
    }
});

impl Index {
    /// Calls `found` with every mark without a start that a line may bear, each once.
    fn anywhere(&self, line: &str, mut found: impl FnMut(usize)) {
        let mut seen = 0_u64;
        for part in self
            .finder
            .iter()
            .flat_map(|finder| finder.find_overlapping_iter(line))
        {
            let bit = 1 << part.pattern().as_u32();
            if seen & bit == 0 {
                seen |= bit;
                found(self.others[part.pattern().as_usize()]);
            }
        }
    }
}

/// What the lines of a text say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Looks {
    /// The languages it may be in, likeliest first.
    pub languages: Vec<Language>,
    /// Lines looked at.
    pub lines: usize,
    /// Lines that bear a mark of the likeliest language.
    pub marked: usize,
    /// Lines that can be lines of code, comments included.
    pub shaped: usize,
}

/// Looks at the first lines.
pub fn looks<'t>(lines: impl Iterator<Item = &'t str>) -> Looks {
    let mut scores = [0_u32; Language::ALL.len()];
    let mut marked = [0_usize; Language::ALL.len()];
    let (mut count, mut shaped) = (0, 0);
    for line in lines.map(str::trim).filter(|line| !line.is_empty()).take(LINES) {
        let line = line[..line.floor_char_boundary(WIDTH)].trim_end();
        let (mut here, mut seen) = ([false; Language::ALL.len()], false);
        if let Some(language) = interpreter(line).filter(|_| count == 0) {
            scores[language as usize] += 12;
            here[language as usize] = true;
        }
        count += 1;
        let mut note = |mark: usize| {
            let (start, within, end, languages) = MARKS[mark];
            if fits(line, start, within, end) {
                seen = true;
                for &language in languages {
                    scores[language as usize] += weight(languages.len());
                    here[language as usize] = true;
                }
            }
        };
        INDEX.starts[usize::from(line.as_bytes()[0])]
            .iter()
            .for_each(|&mark| note(mark));
        INDEX.anywhere(line, note);
        shaped += usize::from(seen || is_shaped(line));
        marked
            .iter_mut()
            .zip(here)
            .for_each(|(marked, here)| *marked += usize::from(here));
    }
    let mut languages: Vec<Language> = Language::ALL
        .into_iter()
        .filter(|&l| scores[l as usize] > 0)
        .collect();
    languages.sort_by_key(|&language| std::cmp::Reverse(scores[language as usize]));
    let marked = languages.first().map_or(0, |&language| marked[language as usize]);
    Looks {
        languages,
        lines: count,
        marked,
        shaped,
    }
}

fn weight(shared_by: usize) -> u32 {
    match shared_by {
        1 => 4,
        2 => 2,
        _ => 1,
    }
}

fn fits(line: &str, start: &str, within: &str, end: &str) -> bool {
    if let Some(whole) = start.strip_suffix('$').filter(|whole| !whole.is_empty()) {
        return line == whole;
    }
    line.strip_prefix(start)
        .is_some_and(|rest| rest.ends_with(end) && (within.is_empty() || rest.contains(within)))
}

fn interpreter(line: &str) -> Option<Language> {
    let command = line.strip_prefix("#!")?;
    let named = |known: &&(&str, Language)| command.split(['/', ' ']).any(|word| word.starts_with(known.0));
    INTERPRETERS.iter().find(named).map(|&(_, language)| language)
}

/// True for a line that ends or starts as lines of code and comments do, whatever the language.
fn is_shaped(line: &str) -> bool {
    let bytes = line.as_bytes();
    let ends = bytes.last().is_some_and(|last| b"{}();,[]:\\|&=".contains(last));
    let starts = ["//", "/*", "*", "#", "}", ")", "]", "@", "\"\"\"", "--"]
        .iter()
        .any(|start| line.starts_with(start));
    let assigns = || {
        [" = ", " == ", " += ", "(", "->", "=>"]
            .iter()
            .any(|sign| line.contains(sign))
    };
    ends || starts || assigns()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_anywhere_fits_a_word() {
        assert!(INDEX.others.len() <= 64 && INDEX.finder.is_some());
    }

    #[test]
    fn lines_tell_the_language() {
        for (text, expected) in [
            ("import os\n\ndef a(x):\n    return x\n", Python),
            ("#!/usr/bin/env bash\nset -e\necho hi\n", Bash),
            ("package main\n\nfunc main() {\n\tx := 1\n}\n", Go),
            ("use std::fmt;\n\npub fn a() {}\n", Rust),
            (
                "package a.b;\n\nimport java.util.List;\n\npublic class A {\n}\n",
                Java,
            ),
            (
                "using System;\n\nnamespace A\n{\n    public class B { }\n}\n",
                CSharp,
            ),
            ("#include <stdio.h>\nint main(void) {\n  return 0;\n}\n", C),
            (
                "#include <vector>\nnamespace a {\nstd::vector<int> b();\n}\n",
                Cpp,
            ),
            ("const a = require('a');\nmodule.exports = a;\n", Js),
            (
                "import type { A } from 'a'\nexport function b(c: string): A {\n}\n",
                Ts,
            ),
            ("<?php\n$a = 1;\n$this->b();\n", Php),
            ("require 'a'\nclass B < C\n  def d\n  end\nend\n", Ruby),
        ] {
            assert_eq!(looks(text.lines()).languages.first(), Some(&expected), "{text}");
        }
    }
}
