//! Tables of data as markdown rows; tables that only lay a page out are read as blocks.

use super::read::Page;
use super::tag::Tag;

/// Cells a row is filled up with for cells that span several, over all rows.
const MOST_FILLED: usize = 4096;
/// Widest and highest span that is followed.
const WIDEST: usize = 32;

/// True for a table whose cells are values: no table, heading, list or code in them, two cells in a row, every cell
/// in a row and none in another, and no text between them, which would have to be told out of order.
pub(super) fn is_data(page: &Page, at: usize) -> bool {
    let lays_out = |tag: &Tag| {
        matches!(
            tag,
            Tag::Table | Tag::Heading(_) | Tag::Pre | Tag::Form | Tag::Article | Tag::Main | Tag::Nav
        )
    };
    // A table that holds another is looked into twice at most: the inner one answers for itself.
    let (mut cells, mut most) = (0, 0);
    let (mut row_ends, mut cell_ends) = (0, 0);
    for inside in at + 1..page.nodes[at].until {
        let node = &page.nodes[inside];
        match &node.tag {
            Some(Tag::TableCell | Tag::TableHead) if inside >= row_ends || inside < cell_ends => {
                return false;
            }
            Some(Tag::TableCell | Tag::TableHead) => {
                cells += 1;
                cell_ends = node.until;
            }
            Some(Tag::Tr) => {
                cells = 0;
                row_ends = node.until;
            }
            Some(tag) if lays_out(tag) => return false,
            None if inside < row_ends && inside >= cell_ends && !page.text(node).trim().is_empty() => {
                return false;
            }
            _ => {}
        }
        most = cells.max(most);
    }
    most > 1
}

/// Rows as they are read.
#[derive(Debug, Default)]
pub(super) struct Table {
    cells: Vec<String>,
    /// Of cells that reach into later rows: column, rows left, text.
    hanging: Vec<(usize, usize, String)>,
    heads: usize,
    rows: usize,
    filled: usize,
}

impl Table {
    /// Adds a cell to the row at hand. Spans are in columns and rows.
    pub(super) fn cell(&mut self, text: &str, wide: usize, high: usize, head: bool) {
        self.hang();
        let text = text.trim().replace('|', "\\|").replace('\n', " ");
        self.heads += usize::from(head);
        if high > 1 && self.hanging.len() < WIDEST {
            self.hanging
                .push((self.cells.len(), high.min(WIDEST), text.clone()));
        }
        self.cells.push(text);
        for _ in 1..wide.min(WIDEST) {
            self.fill(String::new());
        }
    }

    /// Ends the row: its line, and the rule under a head.
    pub(super) fn row(&mut self) -> Vec<String> {
        self.hang();
        let cells = std::mem::take(&mut self.cells);
        let head = std::mem::take(&mut self.heads) == cells.len() && self.rows == 0;
        self.rows += 1;
        for hanging in &mut self.hanging {
            hanging.1 -= 1;
        }
        self.hanging.retain(|(_, rows, _)| *rows > 0);
        if cells.iter().all(String::is_empty) {
            return Vec::new();
        }
        let mut lines = vec![format!("| {} |", cells.join(" | "))];
        if head {
            lines.push(format!("|{}", "---|".repeat(cells.len())));
        }
        lines
    }

    /// Puts cells from above where they reach down.
    fn hang(&mut self) {
        while let Some(at) = self
            .hanging
            .iter()
            .position(|(column, ..)| *column == self.cells.len())
        {
            let (_, _, text) = &self.hanging[at];
            let text = text.clone();
            let before = self.filled;
            self.fill(text);
            if self.filled == before {
                return;
            }
        }
    }

    fn fill(&mut self, text: String) {
        if self.filled < MOST_FILLED {
            self.filled += 1;
            self.cells.push(text);
        }
    }
}
