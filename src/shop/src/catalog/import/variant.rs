//! One variant out of its row.

use super::column::{Column, Columns, OPTION_VALUES, Selling};
use super::row::Row;
use super::value::Values;
use domain::pricing::TaxClass;
use domain::{Currency, MarketCode};

/// A variant as the file says it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewVariant {
    /// One value for each of the product's options.
    pub options: Vec<String>,
    pub sku: Option<String>,
    pub barcode: Option<String>,
    pub weight_g: Option<i32>,
    pub tax_class: Option<TaxClass>,
    pub requires_shipping: Option<bool>,
    /// The picture that shows it, by its address.
    pub picture: Option<String>,
    pub prices: Vec<NewPrice>,
    pub stock: Option<NewStock>,
}

/// A variant's price in a market; without an amount it is not sold there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPrice {
    pub market: MarketCode,
    pub amount_minor: Option<i64>,
    pub compare_at_minor: Option<i64>,
}

/// What the file says of a variant's stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewStock {
    /// Nobody counts it.
    Untracked,
    /// So many can be sold, and whether more may be. None leaves it as it is.
    Tracked {
        available: Option<i64>,
        oversell: Option<bool>,
    },
}

/// Whether a row after the first says something of a variant; the others bring a picture only.
pub fn is_variant(row: &Row, columns: &Columns) -> bool {
    let says = [
        Column::Option1Value,
        Column::Option2Value,
        Column::Option3Value,
        Column::Sku,
        Column::Price,
    ];
    says.into_iter()
        .filter_map(|column| row.fields.get(columns.index(column)?))
        .any(|field| !field.trim_ascii().is_empty())
}

pub fn read(
    values: &mut Values<'_>,
    columns: &Columns,
    selling: &Selling,
    option_names: Option<&[String]>,
) -> NewVariant {
    let options = option_names.map_or_else(Vec::new, |names| options(values, names));
    let says_weight = columns.has(Column::Grams) || columns.has(Column::Weight);
    let grams = values.grams();
    NewVariant {
        options,
        sku: columns.has(Column::Sku).then(|| values.code(Column::Sku)),
        barcode: columns
            .has(Column::Barcode)
            .then(|| values.code(Column::Barcode)),
        weight_g: says_weight.then(|| grams.unwrap_or(0)),
        tax_class: tax_class(values, columns),
        requires_shipping: columns
            .has(Column::RequiresShipping)
            .then(|| values.flag(Column::RequiresShipping).unwrap_or(true)),
        picture: values.picture(Column::VariantImage),
        prices: prices(values, columns, selling),
        stock: stock(values, columns),
    }
}

fn options(values: &mut Values<'_>, names: &[String]) -> Vec<String> {
    let mut options = Vec::with_capacity(names.len());
    for (index, column) in OPTION_VALUES.into_iter().enumerate() {
        let value = values.line(column, 255);
        match names.get(index) {
            Some(name) if value.is_empty() => {
                values.problem(column, format!("is empty: each variant needs its {name}"));
            }
            Some(_) => options.push(value),
            None if value.is_empty() || value.eq_ignore_ascii_case("default title") => {}
            None => values.problem(
                column,
                format!("{value:?} has no option it is a value of: name the option in the product's first row"),
            ),
        }
    }
    options
}

fn tax_class(values: &mut Values<'_>, columns: &Columns) -> Option<TaxClass> {
    if !columns.has(Column::Taxable) && !columns.has(Column::TaxCode) {
        return None;
    }
    let taxable = values.flag(Column::Taxable).unwrap_or(true);
    let code = values.line(Column::TaxCode, 255).to_lowercase();
    Some(match code.as_str() {
        _ if !taxable => TaxClass::Zero,
        "zero" => TaxClass::Zero,
        "reduced" => TaxClass::Reduced,
        // Codes of tax services (Avalara's) say nothing to this shop.
        _ => TaxClass::Standard,
    })
}

fn prices(values: &mut Values<'_>, columns: &Columns, selling: &Selling) -> Vec<NewPrice> {
    let mut prices = Vec::new();
    if let Some(index) = columns.index(Column::Price) {
        let included = columns.included.and_then(|index| values.flag_at(index));
        let is_left_out = included == Some(false);
        let amount = values.amount_at(index, selling.currency);
        let amount = amount.filter(|_| !is_left_out);
        if amount.is_none() && !is_left_out {
            values.problem(Column::Price, "is empty: each variant needs a price");
        }
        let before = columns.index(Column::CompareAt);
        prices.push(price(
            values,
            selling.market.clone(),
            selling.currency,
            amount,
            before,
        ));
    }
    for market in &columns.markets {
        let included = market.included.and_then(|index| values.flag_at(index));
        let amount = market
            .price
            .and_then(|index| values.amount_at(index, market.currency))
            .filter(|_| included != Some(false));
        if market.price.is_some() || included == Some(false) {
            let code = market.market.clone();
            prices.push(price(
                values,
                code,
                market.currency,
                amount,
                market.compare_at,
            ));
        }
    }
    prices
}

fn price(
    values: &mut Values<'_>,
    market: MarketCode,
    currency: Currency,
    amount_minor: Option<i64>,
    before: Option<usize>,
) -> NewPrice {
    let before = before.and_then(|index| values.amount_at(index, currency));
    NewPrice {
        market,
        amount_minor,
        // Many exports repeat the price here when there is no sale.
        compare_at_minor: before.filter(|before| amount_minor.is_some_and(|now| *before > now)),
    }
}

fn stock(values: &mut Values<'_>, columns: &Columns) -> Option<NewStock> {
    let says_tracker = columns.has(Column::Tracker);
    let says_quantity = columns.has(Column::Quantity);
    let available = values.number(Column::Quantity, -1_000_000_000, 1_000_000_000);
    let policy = values.line(Column::Policy, 255).to_lowercase();
    let oversell = match policy.as_str() {
        _ if !columns.has(Column::Policy) => None,
        "" | "deny" => Some(false),
        "continue" => Some(true),
        _ => {
            values.problem(
                Column::Policy,
                format!("{policy:?} is no inventory policy: write deny or continue"),
            );
            None
        }
    };
    let tracked = if says_tracker {
        !values.line(Column::Tracker, 255).is_empty()
    } else {
        available.is_some()
    };
    match (says_tracker || says_quantity, tracked) {
        (false, _) => None,
        (true, false) if says_tracker => Some(NewStock::Untracked),
        (true, false) => None,
        (true, true) => Some(NewStock::Tracked {
            available,
            oversell,
        }),
    }
}
