//! Columns for the terminal.

use crate::output::out;

/// Prints rows in columns as wide as they need to be, the last as it is.
pub(super) fn rows(heads: &[&str], rows: &[Vec<String>]) {
    for line in lines(heads, rows) {
        out!("{line}");
    }
}

fn lines(heads: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let all = || std::iter::once(&heads).chain(rows);
    let width = |column: usize| {
        all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    all()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            lines(&["name", "tier"], &[row(&["flask", "key"]), row(&["werkzeug", "shared"])]),
            ["name      tier", "flask     key", "werkzeug  shared"]
        );
    }
}
