//! A file as products: rows that follow each other with the same handle are one.

use super::column::{Column, Columns, Selling};
use super::product::{self, NewProduct};
use super::row::{Row, Rows};
use super::{ImportError, Problems, RowProblem};
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::io::Read;

/// Rows a product may have: Shopify allows 2,048 variants and 250 pictures.
const MAX_ROWS: usize = 2_500;
/// Bytes that all its rows may have.
const MAX_BYTES: usize = 16 << 20;

/// The rows of one product.
pub struct Group {
    pub rows: Vec<Row>,
    pub bytes: usize,
}

impl Group {
    fn is_too_large(&self) -> bool {
        self.rows.len() > MAX_ROWS || self.bytes > MAX_BYTES
    }
}

/// Reads a file product by product. Only one product is in memory, and 16 bytes for each handle, while they are noted.
pub struct Products<'a, R> {
    rows: Rows<R>,
    columns: Columns,
    selling: &'a Selling,
    /// Whether descriptions are left out: nothing can be wrong with them but what a field's text says.
    is_lean: bool,
    /// The first row of the next product.
    pending: Option<Row>,
    hasher: RandomState,
    /// None when handles are not noted.
    seen: Option<Vec<Seen>>,
    /// The line on which the last product began, and its bytes.
    last: (u64, usize),
}

/// A handle with the line of its first row.
struct Seen {
    hash: u64,
    line: u32,
    is_good: bool,
}

/// Products whose rows stand apart.
#[derive(Debug, Default)]
pub struct Torn {
    /// Where their later parts begin.
    pub lines: HashSet<u64>,
    /// How many of these had no other problem.
    pub good: u64,
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
            is_lean: false,
            pending: None,
            hasher: RandomState::new(),
            seen: None,
            last: (0, 0),
        })
    }

    /// Reads to check: handles are noted, and descriptions left out.
    pub fn checking(self) -> Self {
        Self {
            is_lean: true,
            ..self.noting()
        }
    }

    /// Notes the handles.
    pub fn noting(mut self) -> Self {
        self.seen = Some(Vec::new());
        self
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
        let mut read = None;
        if problems.is_empty() {
            match product::read(&group, &self.columns, self.selling, self.is_lean) {
                Ok(product) => read = Some(product),
                Err(found) => problems = found,
            }
        }
        let line = group.rows.first().map_or(0, |row| row.line);
        self.last = (line, group.bytes);
        if let (Some(seen), Some(first)) = (&mut self.seen, group.rows.first()) {
            let handle = handle(first, &self.columns);
            if !handle.is_empty() {
                seen.push(Seen {
                    hash: self.hasher.hash_one(handle),
                    line: u32::try_from(line).unwrap_or(u32::MAX),
                    is_good: read.is_some(),
                });
            }
        }
        Ok(Some(read.ok_or(problems)))
    }

    /// The next product without a problem, with the bytes it had in the file; None at the end. `torn` are not among them.
    ///
    /// # Errors
    /// [`ImportError::Unreadable`].
    pub fn next_good(&mut self, torn: &Torn) -> Result<Option<(NewProduct, usize)>, ImportError> {
        while let Some(product) = self.next()? {
            if let Ok(product) = product
                && !torn.lines.contains(&self.last.0)
            {
                return Ok(Some((product, self.last.1)));
            }
        }
        Ok(None)
    }

    /// Passes over so many products without a problem.
    ///
    /// # Errors
    /// [`ImportError::Unreadable`].
    pub fn skip(&mut self, count: u64, torn: &Torn) -> Result<(), ImportError> {
        self.is_lean = true;
        for _ in 0..count {
            self.next_good(torn)?;
        }
        self.is_lean = false;
        Ok(())
    }

    /// What is torn, of all that was read and noted; each is a problem too.
    pub fn torn(&mut self, problems: &mut Problems) -> Torn {
        let mut torn = Torn::default();
        let mut seen = self.seen.take().unwrap_or_default();
        seen.sort_unstable_by_key(|seen| (seen.hash, seen.line));
        for same in seen.chunk_by(|one, other| one.hash == other.hash) {
            let Some((first, later)) = same.split_first() else {
                continue;
            };
            for part in later {
                torn.lines.insert(part.line.into());
                torn.good += u64::from(part.is_good);
                problems.push(RowProblem {
                    row: part.line.into(),
                    column: Column::Handle.name().to_owned(),
                    problem: format!(
                        "this handle has rows from row {} on already: a product's rows must follow each other",
                        first.line
                    ),
                });
            }
        }
        torn
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
        let of = handle(&first, &self.columns);
        let mut group = Group {
            bytes: first.fields.as_slice().len(),
            rows: vec![first],
        };
        while let Some(row) = self.rows.next()? {
            if of.is_empty() || handle(&row, &self.columns) != of || group.is_too_large() {
                self.pending = Some(row);
                break;
            }
            group.bytes += row.fields.as_slice().len();
            group.rows.push(row);
        }
        Ok(Some(group))
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
        if group.is_too_large() {
            say(
                first,
                Column::Handle.name().to_owned(),
                format!("a product may have {MAX_ROWS} rows, and 16 MB: split it"),
            );
        }
        problems
    }
}

/// A row's handle, as it is compared.
fn handle(row: &Row, columns: &Columns) -> Vec<u8> {
    let index = columns.index(Column::Handle);
    index
        .and_then(|index| row.fields.get(index))
        .unwrap_or_default()
        .trim_ascii()
        .to_ascii_lowercase()
}
