//! Tables and JSON on stdout.

use serde::Serialize;
use std::io::Write;
use time::OffsetDateTime;
use time::macros::format_description;

/// Rows under headings, each column as wide as its widest cell; two spaces between.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(headings: &[&str]) -> Self {
        Self {
            rows: vec![headings.iter().map(|&heading| heading.to_owned()).collect()],
        }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(one_line).collect());
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|at| {
                let cells = self.rows.iter().filter_map(|row| row.get(at));
                cells
                    .map(|cell| cell.chars().count())
                    .max()
                    .unwrap_or_default()
            })
            .collect();
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                let pad = width.saturating_sub(cell.chars().count()) + 2;
                line.extend(std::iter::repeat_n(' ', pad));
            }
            f.write_str(line.trim_end())?;
        }
        Ok(())
    }
}

/// What came from outside can't move the cursor or break the table.
pub fn one_line(text: String) -> String {
    if text.chars().any(char::is_control) {
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    } else {
        text
    }
}

/// One line at a time; a reader who has seen enough (`| head`) is no error.
pub fn say(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// As JSON, for programs.
///
/// # Errors
/// What can't be written as JSON.
pub fn say_json(what: &impl Serialize) -> Result<(), String> {
    let text = serde_json::to_string_pretty(what).map_err(|error| error.to_string())?;
    say(text);
    Ok(())
}

/// `2026-11-23 12:00` (UTC).
pub fn moment(at: OffsetDateTime) -> String {
    at.to_offset(time::UtcOffset::UTC)
        .format(format_description!("[year]-[month]-[day] [hour]:[minute]"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_control_characters_do_nothing() {
        let mut table = Table::new(&["Number", "State"]);
        table.row(["RI-1".to_owned(), "paid\u{1b}[31m\nx".to_owned()]);
        table.row(["RI-12345".to_owned(), "ü".to_owned()]);
        let shown = table.to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(
            lines,
            ["Number    State", "RI-1      paid [31m x", "RI-12345  ü"]
        );
    }
}
