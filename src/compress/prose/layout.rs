//! How a text is laid out: headings, passages, speakers, paragraphs, and the units they are made of.
//!
//! A unit is what stays or goes as a whole: a sentence; in a transcript one speaker's turn; a line of a
//! table; a block of code. What names units (a heading, a passage's number and title, a speaker, a bullet) is
//! a head: it is shown wherever something of what it names is shown.

use std::ops::Range;

use memchr::memchr;

use super::sentence::sentences;

/// A turn up to this many bytes stays in one piece; a longer one is a speech, and has sentences.
const LONG_TURN: usize = 2048;
/// Longest heading, title or `Source: …` line, in bytes.
const MAX_HEAD: usize = 120;
/// Longest name of a speaker, in bytes.
const MAX_SPEAKER: usize = 48;

/// What stays or goes as a whole.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// Its bytes, without space around them.
    pub(super) range: Range<usize>,
    /// Number of its group.
    pub(super) group: usize,
    /// False for what is no sentence: a line of a table, a block of code.
    pub(super) is_sentence: bool,
}

/// A paragraph, a turn, an item of a list.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The speaker, the bullet, the number; empty where there is none.
    pub(super) head: Range<usize>,
    /// Number of the passage it belongs to.
    pub(super) passage: Option<usize>,
    /// True for the first paragraph under a heading or of a text.
    pub(super) leads: bool,
}

/// A text as its parts, all in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    pub(super) units: Vec<Unit>,
    pub(super) groups: Vec<Group>,
    /// Head lines of passages: shown with what they name.
    pub(super) passages: Vec<Range<usize>>,
    /// Headings: shown always.
    pub(super) headings: Vec<Range<usize>>,
    /// Fenced code, with its fences.
    pub(super) code: Vec<Range<usize>>,
    /// Most lines are turns of speakers.
    pub(super) is_transcript: bool,
}

impl Layout {
    /// A unit with what names it, where it is the first that is named.
    pub(super) fn introduced(&self, at: usize) -> Range<usize> {
        let unit = &self.units[at];
        let before = at.checked_sub(1).map(|before| self.units[before].group);
        if before == Some(unit.group) {
            return unit.range.clone();
        }
        let group = &self.groups[unit.group];
        let first = |passage: &usize| before.and_then(|before| self.groups[before].passage) != Some(*passage);
        let passage = group
            .passage
            .filter(first)
            .map(|passage| self.passages[passage].start);
        passage.unwrap_or(group.head.start)..unit.range.end
    }

    /// Reads a text. Linear.
    pub(super) fn of(text: &str) -> Self {
        let lines = Lines(text).collect::<Vec<_>>();
        let mut reading = Reading {
            text,
            layout: Self {
                is_transcript: is_transcript(text, &lines),
                ..Self::default()
            },
            passage: None,
            leads: true,
        };
        let mut at = 0;
        while at < lines.len() {
            at = reading.step(&lines, at);
        }
        reading.layout.keep_bare_passages();
        reading.layout
    }

    /// The head of a passage that turned out to have no text, as where a heading follows at once, would never
    /// be shown with anything: it is a heading.
    fn keep_bare_passages(&mut self) {
        let mut bare = vec![true; self.passages.len()];
        for unit in &self.units {
            if let Some(passage) = self.groups[unit.group].passage {
                bare[passage] = false;
            }
        }
        let bare = self.passages.iter().zip(bare).filter(|(_, bare)| *bare);
        self.headings.extend(bare.map(|(passage, _)| passage.clone()));
    }
}

/// The lines of a text as ranges, without their ends.
struct Lines<'t>(&'t str);

impl Lines<'_> {
    fn collect<C: FromIterator<Range<usize>>>(self) -> C {
        let bytes = self.0.as_bytes();
        let mut at = 0;
        std::iter::from_fn(move || {
            let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
            let length = memchr(b'\n', rest).unwrap_or(rest.len());
            let line = at..at + length;
            at += length + 1;
            Some(line)
        })
        .collect()
    }
}

/// A text on its way into a layout.
struct Reading<'t> {
    text: &'t str,
    layout: Layout,
    passage: Option<usize>,
    leads: bool,
}

impl Reading<'_> {
    /// Reads what starts at line `at`; returns the line after it.
    fn step(&mut self, lines: &[Range<usize>], at: usize) -> usize {
        let line = &self.text[lines[at].clone()];
        if line.trim().is_empty() {
            return at + 1;
        }
        if let Some(fence) = fence(line) {
            let closing = (at + 1..lines.len()).find(|&next| {
                let line = &self.text[lines[next].clone()];
                line.trim_start().starts_with(fence)
            });
            let last = closing.unwrap_or(lines.len() - 1);
            self.whole(lines[at].start..lines[last].end);
            self.layout.code.push(lines[at].start..lines[last].end);
            return last + 1;
        }
        if self.layout.is_transcript {
            return self.turn(lines, at);
        }
        if let Some(after) = self.heading(lines, at) {
            return after;
        }
        if let Some(after) = self.passage(lines, at) {
            return after;
        }
        self.paragraph(lines, at)
    }

    fn whole(&mut self, range: Range<usize>) {
        self.group(range.start..range.start);
        self.unit(range, false);
    }

    fn group(&mut self, head: Range<usize>) {
        self.layout.groups.push(Group {
            head,
            passage: self.passage,
            leads: std::mem::take(&mut self.leads),
        });
    }

    fn unit(&mut self, range: Range<usize>, is_sentence: bool) {
        let part = &self.text[range.clone()];
        let start = range.start + (part.len() - part.trim_start().len());
        let end = start + part.trim().len();
        if start < end {
            let group = self.layout.groups.len().saturating_sub(1);
            self.layout.units.push(Unit {
                range: start..end,
                group,
                is_sentence,
            });
        }
    }

    /// A speaker's turn: from a name up to the next.
    fn turn(&mut self, lines: &[Range<usize>], at: usize) -> usize {
        let label = speaker(&self.text[lines[at].clone()]).unwrap_or(0);
        let next = (at + 1..lines.len())
            .find(|&next| {
                let line = &self.text[lines[next].clone()];
                line.trim().is_empty() || speaker(line).is_some()
            })
            .unwrap_or(lines.len());
        let (start, end) = (lines[at].start, lines[next - 1].end);
        self.headed(start..start + label, end, |reading, body| {
            if end - start <= LONG_TURN {
                reading.unit(body, true);
            } else {
                reading.sentences(body);
            }
        });
        next
    }

    /// A heading, by its marks or by standing alone; `None` where there is none.
    fn heading(&mut self, lines: &[Range<usize>], at: usize) -> Option<usize> {
        let line = self.text[lines[at].clone()].trim();
        let below = lines
            .get(at + 1)
            .map_or("", |next| self.text[next.clone()].trim());
        let underlined =
            below.len() >= 3 && (below.bytes().all(|b| b == b'=') || below.bytes().all(|b| b == b'-'));
        let alone =
            below.is_empty() && at + 2 < lines.len() && !self.text[lines[at + 2].clone()].trim().is_empty();
        let above = at == 0 || self.text[lines[at - 1].clone()].trim().is_empty();
        let after = if is_marked_heading(line) {
            at + 1
        } else if underlined && line.len() <= MAX_HEAD {
            at + 2
        } else if above && alone && self.passage.is_none() && is_title(line) {
            at + 1
        } else {
            return None;
        };
        self.layout.headings.push(lines[at].start..lines[after - 1].end);
        (self.passage, self.leads) = (None, true);
        Some(after)
    }

    /// The head lines of a passage: `[3] Title`, `Document 3`, and `Source: …` below them.
    fn passage(&mut self, lines: &[Range<usize>], at: usize) -> Option<usize> {
        let line = &self.text[lines[at].clone()];
        let above = at == 0 || self.text[lines[at - 1].clone()].trim().is_empty();
        let starts = numbered(line).is_some() || above && is_field(line);
        if !starts || line.len() > MAX_HEAD || ends_sentence(line) && !is_field(line) {
            return None;
        }
        let last = (at + 1..lines.len())
            .find(|&next| !is_field(&self.text[lines[next].clone()]))
            .unwrap_or(lines.len());
        let below = lines[last..].iter().map(|line| &self.text[line.clone()]);
        let below = below
            .skip_while(|line| line.trim().is_empty())
            .map(str::trim)
            .next();
        if below.is_none_or(|line| numbered(line).is_some() || is_marked_heading(line)) {
            return None;
        }
        self.passage = Some(self.layout.passages.len());
        self.layout.passages.push(lines[at].start..lines[last - 1].end);
        self.leads = true;
        Some(last)
    }

    /// Lines up to a blank one, or to what begins anew on its own line.
    fn paragraph(&mut self, lines: &[Range<usize>], at: usize) -> usize {
        let line = &self.text[lines[at].clone()];
        if line.trim_start().starts_with('|') {
            self.whole(lines[at].clone());
            return at + 1;
        }
        let number = numbered(line);
        if number.is_some() {
            self.passage = None;
        }
        let head = number.or_else(|| bullet(line)).unwrap_or(0);
        let next = (at + 1..lines.len())
            .find(|&next| {
                let line = &self.text[lines[next].clone()];
                let begins =
                    line.trim_start().starts_with('|') || bullet(line).is_some() || numbered(line).is_some();
                line.trim().is_empty() || begins || is_marked_heading(line.trim()) || fence(line).is_some()
            })
            .unwrap_or(lines.len());
        let start = lines[at].start;
        self.headed(start..start + head, lines[next - 1].end, Self::sentences);
        next
    }

    /// A group of what `read` finds behind its head; a head with nothing behind it is all there is to show.
    fn headed(&mut self, head: Range<usize>, end: usize, read: impl FnOnce(&mut Self, Range<usize>)) {
        let body = head.end..end;
        if self.text[body.clone()].trim().is_empty() {
            return self.whole(head.start..end);
        }
        self.group(head);
        read(self, body);
    }

    fn sentences(&mut self, within: Range<usize>) {
        let (text, group) = (self.text, self.layout.groups.len().saturating_sub(1));
        sentences(text, within, |range| {
            self.layout.units.push(Unit {
                range,
                group,
                is_sentence: true,
            });
        });
    }
}

/// True where speakers take turns: most lines start with a name, and names come back.
fn is_transcript(text: &str, lines: &[Range<usize>]) -> bool {
    const SAMPLE: usize = 400;
    let (mut all, mut names) = (0, Vec::new());
    for line in lines
        .iter()
        .map(|line| &text[line.clone()])
        .filter(|line| !line.trim().is_empty())
        .take(SAMPLE)
    {
        all += 1;
        names.extend(speaker(line).map(|end| name(&line[..end])));
    }
    let turns = names.len();
    names.sort_unstable();
    names.dedup();
    turns >= 4 && 2 * turns >= all && 2 * names.len() <= turns
}

/// The name in a speaker's label, without what stands around it.
pub(super) fn name(label: &str) -> &str {
    let label = label.rsplit_once(']').map_or(label, |(_, name)| name);
    label.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Bytes of the label a turn starts with: `Anna: `, `[00:12] Dr. Lee: `, `**Anna**: `.
fn speaker(line: &str) -> Option<usize> {
    let indent = line.len() - line.trim_start().len();
    let mut start = indent;
    if line[start..].starts_with('[') {
        start += line[start..].find(']').filter(|&end| end <= MAX_SPEAKER)? + 1;
    }
    let rest = &line[start..];
    let (colon, sign) = rest
        .char_indices()
        .take(MAX_SPEAKER)
        .find(|(_, c)| matches!(c, ':' | '：'))?;
    let end = colon + sign.len_utf8();
    let after = rest[end..].trim_start_matches('*').chars().next();
    let named = rest[..colon].trim();
    let plain = named.chars().all(|c| {
        c.is_alphanumeric()
            || !c.is_ascii()
            || matches!(c, ' ' | '.' | '\'' | '-' | '*' | '_' | '(' | ')' | '&')
    });
    let capital = name(named)
        .chars()
        .next()
        .is_some_and(|c| c.is_alphabetic() && !c.is_lowercase());
    let few = named.split_whitespace().count() <= 5;
    let spaced = sign == '：' || after.is_none_or(char::is_whitespace);
    (plain && capital && few && spaced).then(|| {
        let space = rest[end..].len() - rest[end..].trim_start_matches([' ', '*', '\t']).len();
        start + end + space
    })
}

fn fence(line: &str) -> Option<&'static str> {
    let line = line.trim_start();
    ["```", "~~~"].into_iter().find(|fence| line.starts_with(fence))
}

fn is_marked_heading(line: &str) -> bool {
    let marks = line.bytes().take_while(|byte| *byte == b'#').count();
    (1..=6).contains(&marks) && line[marks..].starts_with(' ') && line.len() <= 2 * MAX_HEAD
}

/// A short line without an end, that does not go on in small letters.
fn is_title(line: &str) -> bool {
    const MAX_WORDS: usize = 12;
    let small = line
        .chars()
        .find(|c| c.is_alphanumeric())
        .is_some_and(char::is_lowercase);
    let words = line.split_whitespace().count();
    line.len() <= MAX_HEAD
        && words <= MAX_WORDS
        && !small
        && !ends_sentence(line)
        && bullet(line).is_none()
        && numbered(line).is_none()
        && line.chars().any(char::is_alphabetic)
}

fn ends_sentence(line: &str) -> bool {
    line.trim_end().ends_with([
        '.', '!', '?', ',', ';', ':', '…', '。', '！', '？', '，', '；', '：', '।', '؟', '۔', '"', '”', '’',
        ')',
    ])
}

/// Bytes of `- `, `* `, `12. ` and the indentation before it.
fn bullet(line: &str) -> Option<usize> {
    let indent = line.len() - line.trim_start().len();
    let item = &line[indent..];
    for mark in ["- ", "* ", "+ ", "• ", "– ", "> "] {
        if item.starts_with(mark) {
            return Some(indent + mark.len());
        }
    }
    let digits = item.bytes().take_while(u8::is_ascii_digit).count();
    let marked = item[digits..].starts_with(". ") || item[digits..].starts_with(") ");
    ((1..=3).contains(&digits) && marked).then(|| indent + digits + 2)
}

/// Bytes of a passage's number: `[3] `, `Document 3: `, `Passage [3] `.
fn numbered(line: &str) -> Option<usize> {
    const NAMES: [&str; 7] = [
        "Document", "Passage", "Chunk", "Source", "Result", "Doc", "Context",
    ];
    let named = NAMES
        .iter()
        .find(|name| line.starts_with(**name))
        .map_or(0, |name| name.len());
    let rest = line[named..].trim_start_matches([' ', '#']);
    let bracket = rest.starts_with('[');
    let number = rest.trim_start_matches('[');
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let after = &number[digits..];
    let closed = if bracket {
        after.starts_with(']')
    } else {
        named > 0
    };
    let end = line.len()
        - after
            .trim_start_matches([']', ':', '.', ')'])
            .trim_start_matches(' ')
            .len();
    let spaced = end == line.len() || line[..end].ends_with([' ', ']', ':']) || after.starts_with('(');
    ((1..=4).contains(&digits) && closed && spaced).then_some(end)
}

/// `Source: …`, `Title: …`: a short line that states one thing about a passage.
fn is_field(line: &str) -> bool {
    const NAMES: [&str; 12] = [
        "author",
        "chunk",
        "date",
        "document",
        "file",
        "id",
        "page",
        "published",
        "score",
        "source",
        "title",
        "url",
    ];
    let Some((name, value)) = line.split_once(':') else {
        return false;
    };
    let name = name.trim_matches(|c: char| !c.is_alphanumeric());
    line.len() <= MAX_HEAD
        && !value.trim().is_empty()
        && NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}
