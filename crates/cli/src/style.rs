//! Colour, on terminals only and never needed to understand a line.

use crate::io::Io;

/// How talk may look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    colour: bool,
}

impl Style {
    /// For a stream that is a terminal or not; `NO_COLOR` switches colour off.
    pub(crate) fn of(terminal: bool, io: &Io<'_>) -> Self {
        let refused = (io.environment)("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = (io.environment)("TERM").is_some_and(|value| value == "dumb");
        Self {
            colour: terminal && !refused && !dumb,
        }
    }

    /// What matters most.
    pub(crate) fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What matters less.
    pub(crate) fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// A gain.
    pub(crate) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// A number with separators: `1,234,567`.
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size for people: `3.4 MB`, in powers of 1000.
pub(crate) fn size(bytes: u64) -> String {
    let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    match units.iter().find(|(_, unit)| bytes as f64 >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / unit),
        None => format!("{bytes} bytes"),
    }
}

/// How much smaller, in whole percent; `-` for nothing.
pub(crate) fn saved(before: usize, after: usize) -> String {
    if before <= after {
        return "-".to_owned();
    }
    // Rounded down: 100 % would mean that nothing is left.
    format!("{}%", (before - after) * 100 / before)
}

/// `one original`, `2 originals`.
pub(crate) fn plural(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number))
}

/// [`plural`] for a count of something stored. The first word of the noun takes the ending:
/// `2 records of hidden rounds`.
pub(crate) fn number(count: u64, noun: &str) -> String {
    let (first, rest) = noun.split_at(noun.find(' ').unwrap_or(noun.len()));
    plural(usize::try_from(count).unwrap_or(usize::MAX), first) + rest
}

/// A number with separators and its sign where it is negative: `-1,234`.
pub(crate) fn signed(number: i64) -> String {
    let digits = count(usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX));
    if number < 0 { format!("-{digits}") } else { digits }
}

/// A part of a whole in percent, negative where the part is; `-` of nothing. Rounded towards less.
pub(crate) fn share(part: i64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let percent = (i128::from(part) * 100).div_euclid(i128::from(whole));
    format!("{percent}%")
}

/// At most `width` characters, with `…` for what is cut off its front or end; no control characters.
pub(crate) fn fit(text: &str, width: usize, cut: Cut) -> String {
    let shown = |char: char| if char.is_control() { '·' } else { char };
    let length = text.chars().count();
    if length <= width {
        return text.chars().map(shown).collect();
    }
    let kept = width.saturating_sub(1);
    match cut {
        Cut::Front => std::iter::once('…')
            .chain(text.chars().skip(length - kept).map(shown))
            .collect(),
        Cut::End => text
            .chars()
            .take(kept)
            .map(shown)
            .chain(std::iter::once('…'))
            .collect(),
    }
}

/// Which side of a text is the less telling one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cut {
    Front,
    End,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(count),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [0, 999, 1000, 3_440_000].map(size),
            ["0 bytes", "999 bytes", "1.0 kB", "3.4 MB"]
        );
        assert_eq!(saved(1000, 1), "99%");
        assert_eq!(saved(10, 10), "-");
        assert_eq!(
            (plural(1, "row"), plural(0, "row")),
            ("1 row".to_owned(), "0 rows".to_owned())
        );
    }

    #[test]
    fn a_loss_has_its_sign() {
        assert_eq!(
            [signed(0), signed(-1), signed(-1_234_567)],
            ["0", "-1", "-1,234,567"]
        );
        assert_eq!(signed(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!(
            [share(999, 1_000), share(-1, 1_000), share(5, 0)],
            ["99%", "-1%", "-"]
        );
        assert_eq!(number(2, "record of hidden rounds"), "2 records of hidden rounds");
    }

    #[test]
    fn cut_texts_have_the_width_asked_for() {
        assert_eq!(fit("messages[3].content", 10, Cut::Front), "…].content");
        assert_eq!(fit("tool\nname", 20, Cut::End), "tool·name");
        assert_eq!(fit("tööl name", 5, Cut::End), "tööl…");
    }
}
