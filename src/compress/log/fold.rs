//! The lossless form: a legend of templates, then a row for each line that has one.
//!
//! ```text
//! [headroom: this log, lossless, …]
//! A: <time> INFO sshd[<*>]: Accepted password for <*> from <*>
//! ---
//! A 06:55:46|24200|anna|10.0.0.7
//! A :48||bob
//! a line without a template stays as it is
//! ```

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use super::lines::Lines;
use super::partial;
use super::shape::{self, Kinds};
use super::template::Template;

/// The first line of the form; [`super::decode`] knows it by this.
pub(super) const HEADER: &str = "[headroom: this log, lossless, with the shapes of its lines named first. \
\"A x|y\" is a line of shape A with x and y in place of its <*>, in order. An empty or missing cell repeats the \
cell above it, \"\" is really empty. A <time> that starts with a separator has its beginning from the cell above it. \
×3: the line above, 3 more times]";
/// Between the legend and the rows.
pub(super) const RULE: &str = "---";
/// Between the cells of a row.
pub(super) const SEPARATOR: char = '|';
/// A cell that is empty, as opposed to one that repeats.
pub(super) const EMPTY: &str = "\"\"";
/// Starts a line that says how often the one above is repeated.
pub(super) const TIMES: char = '×';

/// Tokens at the start of a line that lines without a template of their own may share.
const DEEPEST: usize = 8;
/// Fewest lines that share only a start.
const SHARING: usize = 4;
/// Bytes a template must win.
const WORTH: usize = 16;

/// The text in the lossless form; `None` if nothing repeats.
pub(super) fn fold(lines: &Lines<'_>, kinds: &Kinds) -> Option<String> {
    if (0..lines.len()).any(|line| lines.get(line).starts_with(TIMES)) {
        return None;
    }
    let (templates, of) = templates(lines, kinds);
    if templates.is_empty() {
        return None;
    }
    let keys = keys(lines, templates.len())?;
    let mut writer = Writer {
        lines,
        out: String::with_capacity(lines.text.len() / 2),
        above: Vec::new(),
        values: Vec::new(),
        cells: Vec::new(),
    };
    writer.out.push_str(HEADER);
    for (key, template) in keys.iter().zip(&templates) {
        for part in ["\n", key, ": ", &template.text] {
            writer.out.push_str(part);
        }
    }
    writer.out.push('\n');
    writer.out.push_str(RULE);
    let mut line = 0;
    while line < lines.len() {
        let text = lines.get(line);
        let more = (line + 1..lines.len())
            .take_while(|&next| lines.get(next) == text)
            .count();
        writer.out.push('\n');
        match of[line].map(|index| index as usize) {
            Some(index) => writer.row(&keys[index], &templates[index], line),
            None => writer.out.push_str(text),
        }
        line += 1;
        if more > 1 {
            writer.out.push('\n');
            writer.out.push(TIMES);
            writer.out.push_str(&more.to_string());
            line += more;
        }
    }
    Some(writer.out)
}

/// Names for templates that no line of the text starts with.
fn keys(lines: &Lines<'_>, count: usize) -> Option<Vec<String>> {
    const LONGEST: usize = 3;
    let letter = |index: usize| char::from(b'A' + (index % 26) as u8);
    let first_word = |line| {
        let word = lines.get(line).split(' ').next().unwrap_or_default();
        (word.len() <= LONGEST).then_some(word)
    };
    let taken: HashSet<&str> = (0..lines.len()).filter_map(first_word).collect();
    let mut keys = Vec::with_capacity(count);
    for index in 0..26 * 27 * 27 {
        let key: String = match index {
            0..26 => letter(index).into(),
            26..702 => [letter(index / 26 - 1), letter(index)].iter().collect(),
            _ => {
                let index = index - 702;
                [letter(index / 676), letter(index / 26), letter(index)]
                    .iter()
                    .collect()
            }
        };
        if keys.len() == count {
            break;
        }
        if !taken.contains(key.as_str()) {
            keys.push(key);
        }
    }
    (keys.len() == count).then_some(keys)
}

/// The templates that pay, in order of first use, and which line has which.
fn templates(lines: &Lines<'_>, kinds: &Kinds) -> (Vec<Template>, Vec<Option<u32>>) {
    let mut found: Vec<(u32, Template, Vec<u32>)> = Vec::new();
    let mut rest: Vec<u32> = Vec::new();
    for members in &kinds.lines {
        let shape = |line: u32| lines.tokens(line as usize).iter().map(|token| token.is_time);
        // Equal by hash is not equal yet.
        let (members, others): (Vec<u32>, Vec<u32>) = members
            .iter()
            .partition(|&&line| shape(line).eq(shape(members[0])));
        rest.extend(others);
        match pays(lines, &members, None) {
            Some(template) => found.push((members[0], template, members)),
            None => rest.extend(members),
        }
    }
    rest.sort_unstable();
    sharing(lines, rest, &mut found);
    found.sort_unstable_by_key(|(first, ..)| *first);
    let mut of = vec![None; lines.len()];
    for (index, (_, _, members)) in found.iter().enumerate() {
        for &line in members {
            of[line as usize] = Some(index as u32);
        }
    }
    (found.into_iter().map(|(_, template, _)| template).collect(), of)
}

/// Templates for lines that have only their start in common, the longest first.
fn sharing(lines: &Lines<'_>, mut rest: Vec<u32>, found: &mut Vec<(u32, Template, Vec<u32>)>) {
    for depth in (1..=DEEPEST).rev() {
        let mut groups: HashMap<u64, usize, FixedState> = HashMap::default();
        let mut members: Vec<Vec<u32>> = Vec::new();
        let mut left = Vec::new();
        for line in rest {
            let tokens = lines.tokens(line as usize);
            if tokens.len() < depth {
                left.push(line);
                continue;
            }
            let mixed = |hash, token: &super::lines::Token| shape::mix(hash, token.mask);
            let head = tokens[..depth].iter().fold(0, mixed);
            let group = *groups.entry(head).or_insert_with(|| {
                members.push(Vec::new());
                members.len() - 1
            });
            members[group].push(line);
        }
        for members in members {
            let shape = |line: u32| {
                lines.tokens(line as usize)[..depth]
                    .iter()
                    .map(|token| token.is_time)
            };
            let alike =
                members.len() >= SHARING && members.iter().all(|&line| shape(line).eq(shape(members[0])));
            match alike.then(|| pays(lines, &members, Some(depth))).flatten() {
                Some(template) => found.push((members[0], template, members)),
                None => left.extend(members),
            }
        }
        left.sort_unstable();
        rest = left;
    }
}

/// The template of these lines if it makes them shorter.
fn pays(lines: &Lines<'_>, members: &[u32], depth: Option<usize>) -> Option<Template> {
    // What a timestamp costs on average, most of it standing above already.
    const TIME: usize = 4;
    const KEY: usize = 2;
    if members.len() < 2 {
        return None;
    }
    let template = Template::of(lines, members, depth)?;
    let mut values = Vec::new();
    let (mut before, mut after) = (0, template.text.len() + KEY + 3 + WORTH);
    for &line in members {
        template.values(lines, line as usize, &mut values);
        before += lines.get(line as usize).len();
        let cells = values.iter().zip(&template.times);
        after += KEY
            + cells
                .map(|(value, &time)| 1 + if time { TIME } else { value.len() })
                .sum::<usize>();
    }
    (after < before).then_some(template)
}

/// Writes rows, with what stands above each cell.
struct Writer<'l, 't> {
    lines: &'l Lines<'t>,
    out: String,
    above: Vec<&'t str>,
    values: Vec<&'t str>,
    cells: Vec<&'t str>,
}

impl Writer<'_, '_> {
    fn row(&mut self, key: &str, template: &Template, line: usize) {
        template.values(self.lines, line, &mut self.values);
        let inner = self.values.split_last().map_or(&[][..], |(_, inner)| inner);
        let unclear = |value: &&str| *value == EMPTY;
        let broken = inner.iter().any(|value| value.contains(SEPARATOR)) || self.values.iter().any(unclear);
        if broken || !self.write_cells(template) {
            self.out.push_str(self.lines.get(line));
            return;
        }
        self.out.push_str(key);
        let filled = self
            .cells
            .iter()
            .rposition(|cell| !cell.is_empty())
            .map_or(0, |last| last + 1);
        for (index, cell) in self.cells[..filled].iter().enumerate() {
            self.out.push(if index == 0 { ' ' } else { SEPARATOR });
            self.out.push_str(cell);
        }
        for (index, &value) in self.values.iter().enumerate() {
            match self.above.get_mut(index) {
                Some(above) => *above = value,
                None => self.above.push(value),
            }
        }
    }

    /// The cells of the values; false if one cannot be written.
    fn write_cells(&mut self, template: &Template) -> bool {
        self.cells.clear();
        for (index, (&value, &time)) in self.values.iter().zip(&template.times).enumerate() {
            let above = self.above.get(index).copied();
            let cell = if above == Some(value) {
                ""
            } else if value.is_empty() {
                EMPTY
            } else if !time {
                value
            } else if !partial::is_whole(value) {
                return false;
            } else {
                above
                    .and_then(|above| partial::shorten(above, value))
                    .unwrap_or(value)
            };
            self.cells.push(cell);
        }
        true
    }
}
