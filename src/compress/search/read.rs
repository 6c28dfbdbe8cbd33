//! Search output as rows: which line belongs to which file.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::grammar::hits;

/// A number for a path.
pub(super) type FileId = usize;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A hit, or a line of context of one.
    Line {
        /// The file it is of.
        file: FileId,
        /// False for context.
        is_hit: bool,
        /// True when the line starts with its path.
        is_flat: bool,
    },
    /// A path above its lines.
    Heading(FileId),
    /// `--` between runs of lines.
    Separator,
    /// An empty line.
    Empty,
    /// Anything else: notes of the tool, errors.
    Other,
}

/// A line of the output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'t> {
    /// The whole line, without its end.
    pub(super) text: &'t str,
    /// The line from its number on; the whole line unless it is a [`What::Line`].
    pub(super) rest: &'t str,
    /// What it is.
    pub(super) what: What,
}

impl Row<'_> {
    /// The file of a hit or of context.
    pub(super) fn file(&self) -> Option<FileId> {
        match self.what {
            What::Line { file, .. } => Some(file),
            _ => None,
        }
    }

    pub(super) fn is_hit(&self) -> bool {
        matches!(self.what, What::Line { is_hit: true, .. })
    }
}

/// Search output, read.
#[derive(Debug, Default)]
pub(super) struct Output<'t> {
    /// Every line.
    pub(super) rows: Vec<Row<'t>>,
    /// The paths, in order of first sight; empty for lines of a file that is not named.
    pub(super) paths: Vec<&'t str>,
}

/// Reads every line. Linear: a line is held against the path before it and the path after it.
pub(super) fn read(text: &str) -> Output<'_> {
    let mut reader = Reader::default();
    let mut lines = text.split('\n').peekable();
    // Without any path the numbers are of one file, which the tool call names.
    let bare = lines
        .peek()
        .is_some_and(|line| hits::numbered(line).is_some() && hits::hit(line).is_none());
    if bare {
        reader.heading = Some(reader.file(""));
    }
    while let Some(line) = lines.next() {
        reader.line(line, lines.peek().copied());
    }
    reader.output
}

#[derive(Default)]
struct Reader<'t> {
    output: Output<'t>,
    files: HashMap<&'t str, FileId, FixedState>,
    /// The path above the lines at hand.
    heading: Option<FileId>,
    /// The path of the flat line before.
    last: Option<FileId>,
    /// Lines from here on may be context of the next hit's file.
    open: usize,
}

impl<'t> Reader<'t> {
    fn file(&mut self, path: &'t str) -> FileId {
        let next = self.output.paths.len();
        let file = *self.files.entry(path).or_insert(next);
        if file == next {
            self.output.paths.push(path);
        }
        file
    }

    fn line(&mut self, line: &'t str, next: Option<&'t str>) {
        let numbered = self.heading.zip(hits::numbered(line));
        if let Some((file, numbered)) = numbered {
            let is_hit = numbered.is_hit;
            return self.push(
                line,
                line,
                What::Line {
                    file,
                    is_hit,
                    is_flat: false,
                },
            );
        }
        if line == "--" {
            self.push(line, line, What::Separator);
            self.open = self.output.rows.len();
            return;
        }
        if line.trim_end().is_empty() {
            self.heading = self.heading.filter(|file| self.output.paths[*file].is_empty());
            return self.push(
                line,
                line,
                if line.is_empty() { What::Empty } else { What::Other },
            );
        }
        let known = self.last.and_then(|file| {
            let rest = hits::of_path(self.output.paths[file], line)?;
            Some((file, rest))
        });
        let flat = known.or_else(|| {
            let hit = hits::hit(line)?;
            Some((self.file(hit.path), hit.rest))
        });
        if let Some((file, rest)) = flat {
            self.adopt(file);
            self.last = Some(file);
            let is_hit = hits::numbered(rest).is_none_or(|numbered| numbered.is_hit);
            self.push(
                line,
                rest,
                What::Line {
                    file,
                    is_hit,
                    is_flat: true,
                },
            );
            self.open = self.output.rows.len();
        } else if next.is_some_and(|next| hits::numbered(next).is_some() && hits::hit(next).is_none()) {
            let file = self.file(line.trim_end());
            self.heading = Some(file);
            self.push(line, line, What::Heading(file));
        } else {
            self.push(line, line, What::Other);
        }
    }

    fn push(&mut self, text: &'t str, rest: &'t str, what: What) {
        self.output.rows.push(Row { text, rest, what });
    }

    /// Lines right before the first hit of a file may be its context.
    fn adopt(&mut self, file: FileId) {
        let path = self.output.paths[file];
        for row in self.output.rows[self.open..].iter_mut().rev() {
            let Some(rest) = (row.what == What::Other)
                .then(|| hits::of_path(path, row.text))
                .flatten()
            else {
                break;
            };
            row.rest = rest;
            row.what = What::Line {
                file,
                is_hit: false,
                is_flat: true,
            };
        }
    }
}
