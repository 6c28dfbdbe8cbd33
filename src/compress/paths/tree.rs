//! What `tree` draws, as paths, and paths drawn again.

use std::borrow::Cow;
use std::ops::Range;

use super::read::{Row, is_plain};
use crate::grammar::paths::Branches;

/// Deeper trees stay as they are.
const DEEPEST: usize = 128;

/// The rows of a tree; `None` unless drawing them gives the same text again.
pub(super) fn read<'t>(text: &'t str, lines: &[Range<usize>], branches: Branches) -> Option<Vec<Row<'t>>> {
    let mut rows: Vec<Row<'t>> = Vec::with_capacity(lines.len());
    // The paths above, from the root on.
    let mut above: Vec<String> = Vec::new();
    for range in lines {
        let line = &text[range.clone()];
        let drawn = branches.read(line);
        let is_root = above.is_empty() && drawn.is_none();
        if is_root && is_plain(line) && !line.ends_with('/') {
            above.push(line.to_owned());
        } else if let Some((depth, name)) = drawn {
            let fits = depth <= above.len() && depth <= DEEPEST && is_plain(name) && !name.contains('/');
            if !fits {
                return None;
            }
            above.truncate(depth);
            let path = format!("{}/{name}", above[depth - 1]);
            above.push(path);
        } else {
            let other = Cow::Borrowed(line);
            rows.push(Row {
                text: other,
                is_path: false,
                range: range.clone(),
            });
            continue;
        }
        let path = above.last().cloned().unwrap_or_default();
        rows.push(Row {
            text: Cow::Owned(path),
            is_path: true,
            range: range.clone(),
        });
    }
    if rows.iter().filter(|row| row.is_path).count() * 2 < rows.len() {
        return None;
    }
    let paths: Vec<(&str, bool)> = rows.iter().map(|row| (&*row.text, row.is_path)).collect();
    let drawn = draw(&paths, branches)?;
    (drawn == text.strip_suffix('\n').unwrap_or(text)).then_some(rows)
}

/// Draws paths, each with the folders above it before it; lines that are none stay. `None`: no tree.
pub(super) fn draw(rows: &[(&str, bool)], branches: Branches) -> Option<String> {
    let root = rows.iter().find(|(_, is_path)| *is_path)?.0;
    let depth_of = |path: &str| {
        if path == root {
            return Some(0);
        }
        let below = path.strip_prefix(root)?.strip_prefix('/')?;
        let depth = below.bytes().filter(|byte| *byte == b'/').count() + 1;
        (depth <= DEEPEST).then_some(depth)
    };
    let mut depths = Vec::with_capacity(rows.len());
    for (path, is_path) in rows {
        depths.push(if *is_path { Some(depth_of(path)?) } else { None });
    }
    // From the end: at each depth, whether more follows before the folder is left.
    let mut follows: Vec<bool> = vec![false; DEEPEST + 1];
    let mut more = vec![false; rows.len()];
    for (at, depth) in depths.iter().enumerate().rev() {
        if let Some(depth) = *depth {
            more[at] = follows[depth];
            follows[depth] = true;
            follows[depth + 1..].fill(false);
        }
    }
    let mut out = String::new();
    let mut above: Vec<bool> = Vec::new();
    for (at, ((path, _), depth)) in rows.iter().zip(&depths).enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let name = match depth {
            None | Some(0) => path,
            Some(depth) => {
                if above.len() + 1 < *depth {
                    return None;
                }
                above.truncate(depth - 1);
                branches.draw(&above, more[at], &mut out);
                above.push(more[at]);
                path.rsplit('/').next()?
            }
        };
        out.push_str(name);
    }
    Some(out)
}
