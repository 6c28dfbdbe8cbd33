//! Timestamps at or near the start of a line, in the spellings loggers use.
//!
//! A scanner by hand: it looks at a few bytes of every line of every log, so it must cost next to nothing.

use std::ops::Range;

/// How far into a line a timestamp may start, in bytes.
const REACH: usize = 64;
const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
const WEEKDAYS: &[u8] = b"MonTueWedThuFriSatSun";

/// The first timestamps of a line, at most two (runners put one before the line's own), as byte ranges.
pub fn stamps(line: &str) -> [Option<Range<usize>>; 2] {
    let bytes = line.as_bytes();
    let mut found = [None, None];
    let (mut at, mut next) = (0, 0);
    while at < bytes.len().min(REACH) && next < found.len() {
        let starts =
            at == 0 || !bytes[at - 1].is_ascii_alphanumeric() && !matches!(bytes[at - 1], b'.' | b':' | b'-');
        let length = if starts { stamp(&bytes[at..]) } else { 0 };
        if length > 0 {
            found[next] = Some(at..at + length);
            next += 1;
            at += length;
        } else {
            at += 1;
        }
    }
    found
}

/// True when a line starts with a timestamp, up to brackets, a severity letter or a short word before it.
pub fn is_stamped(line: &str) -> bool {
    const NEAR: usize = 24;
    stamps(line)[0].as_ref().is_some_and(|range| range.start <= NEAR)
}

/// Length of the timestamp these bytes start with, 0 if they do not.
fn stamp(bytes: &[u8]) -> usize {
    if !bytes.first().is_some_and(u8::is_ascii_alphanumeric) {
        return 0;
    }
    let day = day(bytes);
    if day > 0 {
        return with_clock(bytes, day);
    }
    let clock = clock(bytes);
    if clock > 0 {
        return clock;
    }
    compact(bytes)
}

/// A date and, where one follows, its time of day.
fn with_clock(bytes: &[u8], day: usize) -> usize {
    let Some(separator) = bytes.get(day) else {
        return day;
    };
    if !matches!(separator, b' ' | b'T' | b'_' | b':' | b'-' | b'/') {
        return day;
    }
    let from = day + 1 + usize::from(bytes.get(day + 1) == Some(&b' '));
    match clock(bytes.get(from..).unwrap_or_default()) {
        0 => dotted_clock(bytes, from, day),
        clock => from + clock,
    }
}

/// `2005-06-03-15.42.50.675872`: a clock with dots, only ever after a date.
fn dotted_clock(bytes: &[u8], from: usize, day: usize) -> usize {
    let is_clock = pattern(bytes, from, b"00.00.00");
    if !is_clock {
        return day;
    }
    from + 8 + fraction(&bytes[from + 8..])
}

/// Length of a date: `2015-07-29`, `17/06/09`, `Dec 10`, `Thu Jun 09`, `10/Oct/2000`, `12-17` before a time.
fn day(bytes: &[u8]) -> usize {
    for form in [
        &b"0000-00-00"[..],
        b"0000/00/00",
        b"0000.00.00",
        b"00/00/0000",
        b"00/00/00",
        b"00.00.0000",
    ] {
        if pattern(bytes, 0, form) && !bytes.get(form.len()).is_some_and(u8::is_ascii_digit) {
            return form.len();
        }
    }
    if pattern(bytes, 0, b"00-00 00:00") {
        return 5;
    }
    if pattern(bytes, 0, b"00/") && is_one_of(bytes, 3, MONTHS) && pattern(bytes, 6, b"/0000") {
        return 11;
    }
    let weekday = if is_one_of(bytes, 0, WEEKDAYS) { 4 } else { 0 };
    if !is_one_of(bytes, weekday, MONTHS) || bytes.get(weekday + 3) != Some(&b' ') {
        return 0;
    }
    let digits = weekday + 4 + usize::from(bytes.get(weekday + 4) == Some(&b' '));
    let count = bytes
        .iter()
        .skip(digits)
        .take(3)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let followed = bytes
        .get(digits + count)
        .is_some_and(|&byte| matches!(byte, b' ' | b','));
    if (1..=2).contains(&count) && followed {
        digits + count
    } else {
        0
    }
}

/// Length of a time of day with its fraction and zone: `20:10:40`, `17:41:44,747`, `22:00:07.521Z`.
fn clock(bytes: &[u8]) -> usize {
    let length = if pattern(bytes, 0, b"00:00:00") {
        8
    } else if pattern(bytes, 0, b"0:00:00") {
        7
    } else {
        return 0;
    };
    if bytes.get(length).is_some_and(u8::is_ascii_digit) {
        return 0;
    }
    let length = length + fraction(&bytes[length..]);
    match bytes.get(length) {
        Some(b'Z') => length + 1,
        Some(b'+' | b'-') if pattern(bytes, length + 1, b"00:00") => length + 6,
        Some(b'+' | b'-') if pattern(bytes, length + 1, b"0000") => length + 5,
        _ => length,
    }
}

/// `.521`, `,747`, `:606`; nothing else.
fn fraction(bytes: &[u8]) -> usize {
    let digits = bytes
        .iter()
        .skip(1)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let separated = matches!(bytes.first(), Some(b'.' | b',' | b':'));
    if separated && (1..=9).contains(&digits) {
        1 + digits
    } else {
        0
    }
}

/// Forms of digits alone: `081109 203615`, `20171223-22:15:29:606`, seconds since 1970.
fn compact(bytes: &[u8]) -> usize {
    let digits = bytes
        .iter()
        .take(20)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let after = bytes.get(digits);
    match digits {
        6 if after == Some(&b' ') && pattern(bytes, 7, b"000000 ") => 13,
        8 if matches!(after, Some(b'-' | b' ')) => match clock(&bytes[9..]) {
            0 => 0,
            clock => 9 + clock,
        },
        10 if bytes[0] == b'1' && matches!(after, Some(b' ' | b'.')) => 10 + fraction(&bytes[10..]),
        13 if bytes[0] == b'1' && matches!(after, Some(b' ' | b'\t')) => 13,
        // glog: the severity's letter stands right before the month and day.
        0 if matches!(bytes[0], b'I' | b'W' | b'E' | b'F') && pattern(bytes, 1, b"0000 00:00:00") => {
            14 + fraction(&bytes[14..])
        }
        _ => 0,
    }
}

/// True when the bytes from `at` have this form; `0` stands for any digit.
fn pattern(bytes: &[u8], at: usize, form: &[u8]) -> bool {
    bytes.get(at..at + form.len()).is_some_and(|part| {
        part.iter().zip(form).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            form => byte == form,
        })
    })
}

/// True when one of the three-letter names stands at `at`.
fn is_one_of(bytes: &[u8], at: usize, names: &[u8]) -> bool {
    bytes
        .get(at..at + 3)
        .is_some_and(|part| names.chunks(3).any(|name| name == part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loggers_spellings_of_time() {
        for (line, wanted) in [
            ("2015-07-29 17:41:44,747 - INFO", "2015-07-29 17:41:44,747"),
            ("2026-07-29T23:48:08.0720611Z Run", "2026-07-29T23:48:08.0720611Z"),
            ("Dec 10 06:55:46 LabSZ sshd[24200]: x", "Dec 10 06:55:46"),
            ("Jun  9 06:06:01 combo", "Jun  9 06:06:01"),
            ("[Thu Jun 09 06:07:04 2005] [notice]", "Thu Jun 09 06:07:04"),
            ("17/06/09 20:10:40 INFO", "17/06/09 20:10:40"),
            ("081109 203615 148 INFO", "081109 203615"),
            ("20171223-22:15:29:606|Step", "20171223-22:15:29:606"),
            ("- 1117838570 2005.06.03 R02", "1117838570"),
            ("I0611 12:34:56.789012 1 main.go:1] x", "I0611 12:34:56.789012"),
            ("03-17 16:13:38.811  1702  2395 D", "03-17 16:13:38.811"),
            (
                "1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET",
                "10/Oct/2000:13:55:36",
            ),
            ("12:00:01 up", "12:00:01"),
            ("x 2005-06-03-15.42.50.675872 R02", "2005-06-03-15.42.50.675872"),
        ] {
            let found = stamps(line)[0].clone().map(|range| &line[range]);
            assert_eq!(found, Some(wanted), "{line}");
        }
    }

    #[test]
    fn two_stamps_of_a_ci_line() {
        let line = "[task 2025-02-13T22:00:07.521Z] 22:00:07     INFO - x";
        let found = stamps(line).map(|range| range.map(|range| &line[range]));
        assert_eq!(found, [Some("2025-02-13T22:00:07.521Z"), Some("22:00:07")]);
    }

    #[test]
    fn what_is_no_time() {
        for line in [
            "",
            "1.2.3",
            "version 10.11.12",
            "Mon",
            "a1:22:33:44:55:66",
            "src/a.rs:12:34: x",
            "May be",
            "é",
        ] {
            assert_eq!(stamps(line), [None, None], "{line}");
        }
    }
}
