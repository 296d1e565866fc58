//! The first reading of a file: it finds every problem, and writes nothing.

use super::column::Selling;
use super::file::{Products, Torn};
use super::{BATCH, ImportError, ImportOptions, RowProblem};
use sha2::{Digest, Sha256};
use std::io::Read;

/// So many problems are named; more are counted. A file with so many is not read on, unless bad rows are to be skipped.
const NAMED: usize = 1_000;

/// What is wrong with a file, as far as it is worth telling.
#[derive(Debug, Default)]
pub struct Problems {
    named: Vec<RowProblem>,
    more: u64,
}

impl Problems {
    pub fn push(&mut self, problem: RowProblem) {
        if self.named.len() < NAMED {
            self.named.push(problem);
        } else {
            self.more += 1;
        }
    }

    fn is_enough(&self) -> bool {
        self.named.len() >= NAMED
    }

    fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// In the file's order, and how many more there are.
    pub fn told(mut self) -> (Vec<RowProblem>, u64) {
        self.named.sort_by_key(|problem| problem.row);
        (self.named, self.more)
    }
}

/// What the first reading found.
pub struct Checked {
    pub rows: u64,
    /// Those without a problem.
    pub products: u64,
    /// Of those that are left out.
    pub problems: Vec<RowProblem>,
    pub more_problems: u64,
    pub torn: Torn,
    /// SHA-256 of the file and of how it is read: the same import has the same print.
    pub print: [u8; 32],
}

/// Reads all of a file.
///
/// # Errors
/// [`ImportError::Problems`], unless products with problems are to be left out; [`ImportError::Unreadable`].
pub fn check(
    reader: impl Read,
    selling: &Selling,
    options: &ImportOptions,
    progress: &mut dyn FnMut(u64),
) -> Result<Checked, ImportError> {
    let mut printed = Printed {
        reader,
        hash: Sha256::new(),
    };
    printed.hash.update(selling.market.as_str());
    printed.hash.update([u8::from(options.skip_bad_rows)]);
    let mut problems = Problems::default();
    // Without a header there is nothing to leave out.
    let mut file = Products::open(&mut printed, selling)?.checking();
    let mut products = 0_u64;
    while let Some(product) = file.next()? {
        match product {
            Ok(_) => products += 1,
            Err(found) => found.into_iter().for_each(|found| problems.push(found)),
        }
        if products.is_multiple_of(BATCH as u64) {
            progress(file.rows());
        }
        if problems.is_enough() && !options.skip_bad_rows {
            break;
        }
    }
    let torn = file.torn(&mut problems);
    let rows = file.rows();
    drop(file);
    progress(rows);
    let is_fine = problems.is_empty() || options.skip_bad_rows;
    let (problems, more_problems) = problems.told();
    if !is_fine {
        return Err(ImportError::Problems(problems));
    }
    Ok(Checked {
        rows,
        products: products - torn.good,
        problems,
        more_problems,
        torn,
        print: printed.hash.finalize().into(),
    })
}

/// Hashes what is read.
struct Printed<R> {
    reader: R,
    hash: Sha256,
}

impl<R: Read> Read for Printed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}
