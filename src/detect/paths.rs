//! Lists of paths: nearly every line is one, and most have folders in them.

use super::runs;
use crate::grammar::paths::{self, BRANCHES, Line};
use crate::message::ToolCall;

/// Programs that list files.
const PROGRAMS: &[&str] = &[
    "find", "fd", "fdfind", "tree", "tar", "files", "bsdtar", "unzip", "locate",
];
/// Lines looked at.
const SAMPLE: usize = 400;
/// Fewest paths that count as evidence.
const FEWEST: usize = 8;

/// True for a list of paths, or a tree of them.
pub(super) fn is_paths(text: &str, tool: Option<&ToolCall<'_>>) -> bool {
    let (mut lines, mut paths, mut names) = (0_usize, 0, 0);
    let mut drawn = [0; BRANCHES.len()];
    for line in text.lines().take(SAMPLE).filter(|line| !line.is_empty()) {
        lines += 1;
        match paths::line(line) {
            Line::Path => paths += 1,
            Line::Name => names += 1,
            Line::Other => {}
        }
        for (drawn, branches) in drawn.iter_mut().zip(BRANCHES) {
            *drawn += usize::from(branches.read(line).is_some());
        }
    }
    let enough = if runs(tool, PROGRAMS) { 7 } else { 9 };
    let most = |part: usize| part * 10 >= lines * enough;
    let drawn = drawn.into_iter().max().unwrap_or_default();
    (drawn >= FEWEST && most(drawn)) || (paths >= FEWEST && most(paths + names) && paths * 2 >= names)
}
