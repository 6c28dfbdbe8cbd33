//! Rows of cells as columns: names to the left, numbers to the right. Fits 80 columns.

use crate::style::{Cut, fit};

/// Between columns.
const GAP: &str = "  ";

/// Columns of a line, at most.
const WIDTH: usize = 80;

/// Longest name, and the shortest a name is cut to for the sake of the numbers.
const NAME: (usize, usize) = (26, 12);

/// The rows as lines, without a line break at the end. The first cell of each row is a name.
pub(crate) fn lines<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let numbers: usize = widths.iter().skip(1).map(|width| width + GAP.len()).sum();
    let name = WIDTH.saturating_sub(numbers).clamp(NAME.1, NAME.0);
    if let Some(width) = widths.first_mut() {
        *width = (*width).min(name);
    }
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
            if column == 0 {
                format!("{:<width$}", fit(cell, width, Cut::End))
            } else {
                format!("{cell:>width$}")
            }
        });
        cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_left_and_numbers_right() {
        let rows = [["day", "saved"], ["2026-11-25", "-5"]].map(|row| row.map(str::to_owned));
        assert_eq!(lines(&rows), "day         saved\n2026-11-25     -5");
        assert_eq!(lines::<2>(&[]), "");
    }
}
