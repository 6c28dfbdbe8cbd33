//! Names on boards, in the order they were pinned in; the values lie on the vault's shelf.

use std::collections::HashMap;

use crate::boards::MAX_PINNED;

/// Names by board, the one pinned longest ago first. At most [`MAX_PINNED`] each, so a walk over them is short.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, Vec<String>>);

impl Names {
    /// Puts a name last; returns the one that has to go for it.
    pub(super) fn enter(&mut self, board: &str, name: &str) -> Option<String> {
        let names = self.0.entry(board.to_owned()).or_default();
        names.retain(|other| other != name);
        names.push(name.to_owned());
        (names.len() > MAX_PINNED).then(|| names.remove(0))
    }

    /// Takes a name out.
    pub(super) fn strike(&mut self, board: &str, name: &str) {
        if let Some(names) = self.0.get_mut(board) {
            names.retain(|other| other != name);
        }
        self.0.retain(|_, names| !names.is_empty());
    }

    /// Takes a board out; returns its names.
    pub(super) fn take(&mut self, board: &str) -> Vec<String> {
        self.0.remove(board).unwrap_or_default()
    }

    /// Keeps the names of a board whose values are there, and returns them.
    pub(super) fn keep(&mut self, board: &str, is_there: impl Fn(&str) -> bool) -> Vec<String> {
        let Some(names) = self.0.get_mut(board) else {
            return Vec::new();
        };
        names.retain(|name| is_there(name));
        let left = names.clone();
        if left.is_empty() {
            self.0.remove(board);
        }
        left
    }
}
