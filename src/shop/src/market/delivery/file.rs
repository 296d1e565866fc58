//! Reading and checking a file of delivery.

mod check;
mod raw;

use crate::market::TableError;
use domain::pricing::TaxClass;
use domain::{Country, Market};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

/// A file that holds.
#[derive(Debug)]
pub struct NewDelivery {
    pub places: Vec<NewPlace>,
    pub markets: Vec<NewMarket>,
}

/// A place to pick up at.
#[derive(Debug)]
pub struct NewPlace {
    /// The location's.
    pub code: String,
    /// In the shop's own language.
    pub name: String,
    /// By locale code.
    pub names: BTreeMap<String, String>,
    pub hours: BTreeMap<String, String>,
    pub line1: String,
    pub postcode: String,
    pub city: String,
    pub region: String,
    pub country: Country,
}

#[derive(Debug)]
pub struct NewMarket {
    pub code: String,
    pub zones: Vec<NewZone>,
    /// Of all zones, in their order, each once.
    pub countries: Vec<String>,
}

#[derive(Debug)]
pub struct NewZone {
    pub code: String,
    /// Countries (`US`) and regions (`US-HI`).
    pub areas: Vec<String>,
    pub countries: Vec<String>,
    pub options: Vec<NewOption>,
}

#[derive(Debug)]
pub struct NewOption {
    pub code: String,
    /// By locale code.
    pub names: BTreeMap<String, String>,
    pub days: (u8, u8),
    /// Minor units.
    pub free_from: Option<i64>,
    /// Minor units of goods, before discounts: offered from, and below.
    pub worth: (i64, Option<i64>),
    pub tax_class: TaxClass,
    /// The location's code.
    pub pick_up: Option<String>,
    /// Grams, inclusive and ascending, and minor units.
    pub bands: Vec<(i32, i64)>,
}

/// Reads a whole file against the markets there are.
///
/// # Errors
/// [`TableError::Problems`] with all that is wrong; [`TableError::Unreadable`] with line and column for what is no JSON of
/// this shape.
pub fn read(reader: impl Read, markets: &[Arc<Market>]) -> Result<NewDelivery, TableError> {
    let raw: raw::File = serde_json::from_reader(reader)
        .map_err(|error| TableError::Unreadable(error.to_string()))?;
    let mut check = check::Check::default();
    let read = check.file(raw, markets);
    if check.problems.is_empty() {
        Ok(read)
    } else {
        Err(TableError::Problems(check.problems))
    }
}
