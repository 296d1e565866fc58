//! What can be wrong with a file of taxes, delivery or words.

use crate::Broken;
use domain::Denied;

/// What is wrong, where, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `row 3, column percent` of a table, `markets.eu.zones[0].options[1].price` of an object.
    pub place: String,
    pub problem: String,
}

impl Problem {
    pub(crate) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            problem: problem.into(),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

/// Why a file was not taken. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("{}", list(.0))]
    Problems(Vec<Problem>),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("the file can't be read: {0}")]
    Unreadable(String),
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<sqlx::Error> for TableError {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<std::io::Error> for TableError {
    fn from(error: std::io::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}
