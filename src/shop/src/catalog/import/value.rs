//! Single values of a row, read strictly: each problem names its row, its column and how to mend it.

use super::RowProblem;
use super::column::{Column, Columns};
use super::row::Row;
use domain::{Currency, Money};

/// Reads the fields of one row and keeps what is wrong with them.
pub struct Values<'a> {
    row: &'a Row,
    columns: &'a Columns,
    problems: &'a mut Vec<RowProblem>,
}

impl<'a> Values<'a> {
    pub fn new(row: &'a Row, columns: &'a Columns, problems: &'a mut Vec<RowProblem>) -> Self {
        Self {
            row,
            columns,
            problems,
        }
    }

    /// Notes a problem with a column of this row.
    pub fn problem(&mut self, column: Column, problem: impl Into<String>) {
        let name = match self.columns.index(column) {
            Some(index) => self.columns.name(index),
            None => column.name().to_owned(),
        };
        self.problem_in(name, problem.into());
    }

    /// Whether nothing is wrong with the product so far.
    pub fn is_fine(&self) -> bool {
        self.problems.is_empty()
    }

    /// One problem of a field is enough: what follows from it is none of its own.
    fn problem_in(&mut self, column: String, problem: String) {
        let row = self.row.line;
        let known = self.problems.iter();
        if known
            .filter(|known| known.row == row)
            .all(|known| known.column != column)
        {
            self.problems.push(RowProblem {
                row,
                column,
                problem,
            });
        }
    }

    /// The trimmed text of a column; empty when the file does not have it. At most `max` characters.
    pub fn text(&mut self, column: Column, max: usize) -> String {
        match self.columns.index(column) {
            Some(index) => self.text_at(index, max),
            None => String::new(),
        }
    }

    /// The same for a column by its place.
    pub fn text_at(&mut self, index: usize, max: usize) -> String {
        let bytes = self.row.fields.get(index).unwrap_or_default();
        let name = || self.columns.name(index);
        let Ok(text) = std::str::from_utf8(bytes) else {
            let problem = "is not UTF-8: save the file as UTF-8".to_owned();
            self.problem_in(name(), problem);
            return String::new();
        };
        let text = text.trim();
        if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            let problem = "holds a control character: remove it".to_owned();
            self.problem_in(name(), problem);
            return String::new();
        }
        let length = text.chars().count();
        if length > max {
            let problem = format!("has {length} characters: shorten it to {max}");
            self.problem_in(name(), problem);
            return String::new();
        }
        text.to_owned()
    }

    /// A text of one line: line breaks become spaces.
    pub fn line(&mut self, column: Column, max: usize) -> String {
        let text = self.text(column, max);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// A code that spreadsheets guard with an apostrophe (`'0012`).
    pub fn code(&mut self, column: Column) -> String {
        let text = self.line(column, 255);
        text.strip_prefix('\'').unwrap_or(&text).to_owned()
    }

    /// `true`, `false` and what else spreadsheets make of them; None when it is empty.
    pub fn flag(&mut self, column: Column) -> Option<bool> {
        let index = self.columns.index(column)?;
        self.flag_at(index)
    }

    pub fn flag_at(&mut self, index: usize) -> Option<bool> {
        let text = self.text_at(index, 255);
        match text.to_lowercase().as_str() {
            "" => None,
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => {
                let problem = format!("{text:?} is neither true nor false: write one of them");
                self.problem_in(self.columns.name(index), problem);
                None
            }
        }
    }

    /// A whole number between `min` and `max`; None when it is empty.
    pub fn number(&mut self, column: Column, min: i64, max: i64) -> Option<i64> {
        let text = self.code(column);
        if text.is_empty() {
            return None;
        }
        match text.parse::<i64>() {
            Ok(number) if (min..=max).contains(&number) => Some(number),
            Ok(_) => {
                self.problem(
                    column,
                    format!("{text} is out of range: write a number from {min} to {max}"),
                );
                None
            }
            Err(_) => {
                self.problem(
                    column,
                    format!("{text:?} is not a whole number: write it like 12"),
                );
                None
            }
        }
    }

    /// An amount of money in minor units, not negative; None when it is empty.
    pub fn amount_at(&mut self, index: usize, currency: Currency) -> Option<i64> {
        let text = self.text_at(index, 255);
        if text.is_empty() {
            return None;
        }
        let amount = Money::parse(&text, currency).ok();
        // A trillion minor units times a full cart still fits.
        let amount = amount.filter(|money| (0..=1_000_000_000_000).contains(&money.minor));
        if amount.is_none() {
            let example = Money::new(2_450, currency).decimal();
            let problem =
                format!("{text:?} is not an amount of {currency}: write it like {example}");
            self.problem_in(self.columns.name(index), problem);
        }
        amount.map(|money| money.minor)
    }

    /// The weight in grams; None when neither column has one. `Variant Grams` is in grams whatever the unit beside it says:
    /// that one is for display. `Variant Weight` is in that unit.
    pub fn grams(&mut self) -> Option<i32> {
        let unit = self.line(Column::WeightUnit, 255).to_lowercase();
        let factor = match unit.as_str() {
            "" | "g" => 1.0,
            "kg" => 1_000.0,
            // The international avoirdupois ounce and pound.
            "oz" => 28.349_523_125,
            "lb" => 453.592_37,
            _ => {
                self.problem(
                    Column::WeightUnit,
                    format!("{unit:?} is not a unit of weight: write g, kg, oz or lb"),
                );
                return None;
            }
        };
        let grams = self.weight(Column::Grams, 1.0);
        grams.or_else(|| self.weight(Column::Weight, factor))
    }

    fn weight(&mut self, column: Column, factor: f64) -> Option<i32> {
        let text = self.code(column);
        if text.is_empty() {
            return None;
        }
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        let grams = text.parse::<f64>().ok().filter(|_| plain);
        let grams = grams
            .map(|weight| (weight * factor).round())
            .filter(|grams| (0.0..=1_000_000_000.0).contains(grams));
        if grams.is_none() {
            self.problem(
                column,
                format!("{text:?} is not a weight: write a number like 350"),
            );
        }
        // In range, and whole.
        grams.map(|grams| grams as i32)
    }

    /// A picture's address; None when it is empty.
    pub fn picture(&mut self, column: Column) -> Option<String> {
        let text = self.text(column, 2_000);
        if text.is_empty() {
            return None;
        }
        // Old exports have pages' protocol-relative and plain addresses.
        let src = match text.split_at_checked(7) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http://") => {
                format!("https://{rest}")
            }
            _ if text.starts_with("//") => format!("https:{text}"),
            _ => text.clone(),
        };
        let is_remote = src.starts_with("https://") && src.len() > "https://".len();
        let is_local = src.starts_with('/') && !src.contains("..");
        let is_clean = !src.contains(|c: char| c.is_whitespace() || "\"'<>\\`".contains(c));
        if (is_remote || is_local) && is_clean {
            Some(src)
        } else {
            self.problem(
                column,
                format!("{text:?} is not a picture's address: write https://… or a path that begins with /"),
            );
            None
        }
    }
}
