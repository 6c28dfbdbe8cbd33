//! Sources that are given to no parser: in them a scanner would end the process, which nothing catches, or a
//! parser would take its time.
//!
//! Grammars come with scanners in C. What such a scanner has open is written beside every token, into 1024
//! bytes, and asserted to fit. Read in full, of thirteen: those of C, Go, Java, JavaScript and TypeScript keep
//! nothing, Rust's and C++'s a few bytes, and those of Bash, C# and PHP stop in time (here-documents are bounded
//! for Bash and PHP all the same). The two others do not:
//!
//! - **Python's** writes indentations of two bytes each while one byte is free. They grow from the outer to the
//!   inner, so there are no more than a source has widths of indentation ([`indents`]).
//! - **Ruby's** allows two bytes for what it notes beside a here-document's word, and writes four; and the length
//!   of the word as one byte, which it asserts. Literals take five bytes each. In sound code one is open for each
//!   interpolation it stands in ([`interpolations`]), but while a parser looks for its way every quote opens one,
//!   so sources that could fill the buffer are watched at each step ([`Guard::Watch`]).

use crate::grammar::source::Language;

/// Deepest nesting of brackets: nobody writes deeper, and parsers that guess take their time in there.
const MAX_NESTING: usize = 200;
/// Bytes of all words that may end here-documents, with what is noted beside each.
const MAX_HEREDOCS: usize = 200;
const BESIDE_WORD: usize = 4;
/// Widths of indentation: 511 overflow the buffer.
const MAX_INDENTS: usize = 400;
/// What fills Ruby's buffer, and what a literal takes in it.
const RUBY_ROOM: usize = 1016;
const LITERAL: usize = 5;
/// Interpolations that may be open in a source that could fill it. With the literals of as many mistakes as are
/// allowed there and of the hundred actions between two looks at them, and with all here-documents, they take
/// 5 × (40 + 20 + 100) + 200 bytes.
const MAX_INTERPOLATIONS: usize = 40;

/// What is to be done with a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// It may be parsed.
    Free,
    /// It may be parsed as long as hardly a mistake is seen.
    Watch,
    /// It is left alone.
    Refuse,
}

impl Guard {
    pub(super) fn of(source: &str, language: Language) -> Self {
        if nesting(source) > MAX_NESTING {
            return Self::Refuse;
        }
        let is_fit = match language {
            Language::Bash | Language::Php => heredocs(source, true) <= MAX_HEREDOCS,
            Language::Python => indents(source) <= MAX_INDENTS,
            Language::Ruby => return Self::of_ruby(source),
            _ => true,
        };
        if is_fit { Self::Free } else { Self::Refuse }
    }

    fn of_ruby(source: &str) -> Self {
        let heredocs = heredocs(source, false);
        let opening = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b'/' | b'%');
        let literals = source.bytes().filter(|byte| opening(byte)).count();
        if heredocs == 0 || heredocs + LITERAL * literals <= RUBY_ROOM {
            return if heredocs > MAX_HEREDOCS {
                Self::Refuse
            } else {
                Self::Free
            };
        }
        if heredocs > MAX_HEREDOCS || interpolations(source) > MAX_INTERPOLATIONS {
            Self::Refuse
        } else {
            Self::Watch
        }
    }
}

/// Bytes of what may be words that end here-documents, quoted or not, with what a scanner notes beside each.
fn heredocs(source: &str, spaced: bool) -> usize {
    let starts = source.match_indices("<<");
    let word = |(at, _): (usize, &str)| {
        let rest = source[at..].trim_start_matches(['<', '~', '-']);
        // An appended value in Ruby, but a word in the other languages.
        let rest = if spaced {
            rest.trim_start_matches(' ')
        } else {
            rest
        };
        let first = rest.chars().next()?;
        let len = match first {
            '"' | '\'' | '`' => rest[1..].find(first).unwrap_or(rest.len()),
            _ => rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len()),
        };
        (len > 0).then_some(len + BESIDE_WORD)
    };
    let mut sum = 0;
    for len in starts.filter_map(word) {
        sum += len;
        if sum > MAX_HEREDOCS {
            break;
        }
    }
    sum
}

/// How many interpolations may be open at once: those whose end is not beyond doubt, as between names and
/// brackets nothing but an end is spelled `}`.
fn interpolations(source: &str) -> usize {
    let plain =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ',' | ' ' | '@' | '(' | ')' | '[' | ']');
    source
        .match_indices("#{")
        .filter(|(at, start)| {
            !source[at + start.len()..]
                .trim_start_matches(plain)
                .starts_with('}')
        })
        .count()
}

/// How many widths lines are indented by, as Python's scanner counts them: a tab is eight, a form feed starts
/// anew, and a line of nothing but a backslash adds to the next, which makes at most one width more.
fn indents(source: &str) -> usize {
    const TAB: u16 = 8;
    let mut seen = vec![false; 1 << 16];
    let (mut widths, mut joined) = (0, 0);
    for line in source.split('\n') {
        let mut width = 0_u16;
        let mut rest = line.bytes().peekable();
        while let Some(byte) = rest.next_if(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\x0c')) {
            width = match byte {
                b' ' => width.wrapping_add(1),
                b'\t' => width.wrapping_add(TAB),
                _ => 0,
            };
        }
        joined += usize::from(rest.next() == Some(b'\\'));
        let seen = &mut seen[usize::from(width)];
        widths += usize::from(!*seen);
        *seen = true;
    }
    widths + joined
}

/// How many brackets are open at most.
fn nesting(source: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_of_indentation_are_counted_as_the_scanner_does() {
        assert_eq!(indents("a\n  b\n\tc\n        d\n  \x0c e\n"), 4, "0, 2, 8 and 1");
        let block = |n: usize| " ".repeat(n) + "if a:\n";
        let deep: String = (0..511).map(block).collect();
        assert_eq!(Guard::of(&deep, Language::Python), Guard::Refuse);
        assert_eq!(Guard::of(&deep, Language::JavaScript), Guard::Free);
        // Widths put together from lines that are joined.
        let line = |n: usize| " \\\n".repeat(n % 50) + "x\n";
        let joined: String = (0..511).map(line).collect();
        assert_eq!(Guard::of(&joined, Language::Python), Guard::Refuse);
    }

    #[test]
    fn interpolations_that_surely_end_do_not_count() {
        let source = "\"#{a.b(1, @c[d])} #{e} #{'}'} #{f?} #{g\n} #{h";
        assert_eq!(interpolations(source), 4);
    }

    /// Random quotes and brackets with here-documents among them ended the process in one of two thousand texts.
    #[test]
    fn here_documents_between_many_literals_are_watched() {
        let literals = "x = ['a', 'b']\n".repeat(100);
        assert_eq!(Guard::of(&literals, Language::Ruby), Guard::Free);
        let heredoc = format!("{literals}y = <<~SQL\n  a\nSQL\n");
        assert_eq!(Guard::of(&heredoc, Language::Ruby), Guard::Watch);
        assert_eq!(Guard::of("y = <<~SQL\n  'a'\nSQL\n", Language::Ruby), Guard::Free);
        let nested = format!("{literals}{}<<SQL\n", "\"#{'}'+".repeat(60));
        assert_eq!(Guard::of(&nested, Language::Ruby), Guard::Refuse);
        assert_eq!(
            Guard::of(&"cat <<EOF\nEOF\n".repeat(40), Language::Bash),
            Guard::Refuse
        );
    }
}
