//! A file as products: rows that follow each other with the same handle are one.

use super::column::{Column, Columns, Selling};
use super::product::{self, NewProduct};
use super::row::{Row, Rows};
use super::{ImportError, RowProblem};
use std::collections::HashMap;
use std::io::Read;

/// Rows a product may have: Shopify allows 2,048 variants and 250 pictures.
const MAX_ROWS: usize = 2_500;

/// The rows of one product.
pub struct Group {
    pub rows: Vec<Row>,
    /// The line where rows of the same handle stood before, apart from these.
    pub torn_from: Option<u64>,
}

/// Reads a file product by product; only one product is in memory, and the handles.
pub struct Products<'a, R> {
    rows: Rows<R>,
    columns: Columns,
    selling: &'a Selling,
    /// The first row of the next product.
    pending: Option<Row>,
    /// Each handle with the line of its first row.
    seen: HashMap<Vec<u8>, u64>,
}

impl<'a, R: Read> Products<'a, R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`ImportError::Problems`] with the header, [`ImportError::Unreadable`].
    pub fn open(reader: R, selling: &'a Selling) -> Result<Self, ImportError> {
        let mut rows = Rows::of(reader);
        let columns = Columns::read(rows.header()?, selling).map_err(ImportError::Problems)?;
        Ok(Self {
            rows,
            columns,
            selling,
            pending: None,
            seen: HashMap::new(),
        })
    }

    /// The next product, or what is wrong with it; None at the end.
    ///
    /// # Errors
    /// [`ImportError::Unreadable`].
    pub fn next(&mut self) -> Result<Option<Result<NewProduct, Vec<RowProblem>>>, ImportError> {
        let Some(group) = self.next_group()? else {
            return Ok(None);
        };
        let mut problems = self.shape_problems(&group);
        if problems.is_empty() {
            match product::read(&group, &self.columns, self.selling) {
                Ok(product) => return Ok(Some(Ok(product))),
                Err(found) => problems = found,
            }
        }
        Ok(Some(Err(problems)))
    }

    /// Rows read so far, the header not counted.
    pub fn rows(&self) -> u64 {
        self.rows.read
    }

    pub fn ignored_columns(&self) -> Vec<String> {
        self.columns.ignored.clone()
    }

    fn next_group(&mut self) -> Result<Option<Group>, ImportError> {
        let first = match self.pending.take() {
            Some(row) => row,
            None => match self.rows.next()? {
                Some(row) => row,
                None => return Ok(None),
            },
        };
        let handle = self.handle(&first).to_vec();
        let torn_from = self.seen.get(&handle).copied();
        if torn_from.is_none() && !handle.is_empty() {
            self.seen.insert(handle.clone(), first.line);
        }
        let mut rows = vec![first];
        while let Some(row) = self.rows.next()? {
            if handle.is_empty() || self.handle(&row) != handle || rows.len() > MAX_ROWS {
                self.pending = Some(row);
                break;
            }
            rows.push(row);
        }
        Ok(Some(Group { rows, torn_from }))
    }

    fn handle<'row>(&self, row: &'row Row) -> &'row [u8] {
        let index = self.columns.index(Column::Handle);
        index
            .and_then(|index| row.fields.get(index))
            .unwrap_or_default()
            .trim_ascii()
    }

    /// What is wrong with the rows, before anything in them is looked at.
    fn shape_problems(&self, group: &Group) -> Vec<RowProblem> {
        let mut problems = Vec::new();
        let first = group.rows.first().map_or(0, |row| row.line);
        let mut say = |row: u64, column: String, problem: String| {
            problems.push(RowProblem {
                row,
                column,
                problem,
            });
        };
        let count = self.columns.count();
        for row in &group.rows {
            if let Some(extra) = (count..row.fields.len()).find(|at| {
                row.fields
                    .get(*at)
                    .is_some_and(|field| !field.trim_ascii().is_empty())
            }) {
                say(
                    row.line,
                    self.columns.name(extra),
                    format!(
                        "the row has more values than the header's {count} columns: put values that hold a comma or a quotation mark in quotation marks"
                    ),
                );
            }
        }
        if let Some(row) = group.rows.last()
            && self.pending.is_none()
            && row.fields.len() < count
            && self.rows.ends_in_quotation()
        {
            let last = row.fields.len().saturating_sub(1);
            say(
                row.line,
                self.columns.name(last),
                "a quotation mark is opened and never closed: close it, and double those inside"
                    .to_owned(),
            );
        }
        if let Some(before) = group.torn_from {
            say(
                first,
                Column::Handle.name().to_owned(),
                format!(
                    "this handle has rows from row {before} on already: a product's rows must follow each other"
                ),
            );
        }
        if group.rows.len() > MAX_ROWS {
            say(
                first,
                Column::Handle.name().to_owned(),
                format!("a product may have {MAX_ROWS} rows: split it"),
            );
        }
        problems
    }
}
