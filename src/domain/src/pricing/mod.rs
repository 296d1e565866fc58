//! One pricing function, for the server and the browser alike.
//!
//! Always: lines − discounts + delivery + tax added = total = what is charged; nothing goes below zero.
//!
//! In this order, in whole minor units:
//! 1. `subtotal` = Σ unit price × quantity.
//! 2. [`discount`]: each rule in turn takes from what the rules before it left of the lines it is on.
//! 3. [`delivery`]: the weight's band, unless the discounted subtotal or a rule makes it free.
//! 4. [`tax`]: on discounted lines and on delivery, in them or on top.
//! 5. `total` = `subtotal` − `discount` + `delivery`, + `tax` when it is added.
//! 6. `credit`: what gift cards pay of the total; the rest is [`Quote::due`].
//!
//! Who may have a rule, where, when and on which products is not decided here: the server resolves that into rules that name
//! their lines, so that whoever has the terms prices alike.
//!
//! Products and quotients are taken in `i128` and narrowed with a check. There is no float and no formatting in here: the
//! browser downloads this code.

mod check;
mod delivery;
mod discount;
mod rounding;
mod rule;
mod tax;

pub use rule::{Declined, DeclinedBecause, Effect, Rule};

use crate::id::{PromotionId, VariantId};
use crate::money::{Currency, Money, MoneyError};
use crate::promotion::Code;
use rule::Applied;
use serde::{Deserialize, Serialize};

/// Whether prices contain the tax (Europe) or it is added to them (United States).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxMode {
    Included,
    Added,
}

/// What tax is rounded on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundingScope {
    /// Each line by itself.
    Line,
    /// The sum of each tax rate over the order.
    Order,
}

/// Which way a half goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundingMode {
    HalfUp,
    HalfEven,
}

/// How amounts are rounded to minor units. `mode` holds for percentages taken off lines too; those are always rounded line
/// by line, because each line shows its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rounding {
    pub scope: RoundingScope,
    pub mode: RoundingMode,
}

/// What kind of thing is taxed.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum TaxClass {
    #[default]
    Standard,
    /// Books, food.
    Reduced,
    /// Not taxed.
    Zero,
}

/// A tax rate in millionths: 22 % is 220,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TaxRate {
    pub class: TaxClass,
    pub ppm: u32,
}

/// The tax of one destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTerms {
    pub mode: TaxMode,
    pub rounding: Rounding,
    /// One per class; the first counts. A class without a rate is not taxed.
    pub rates: Vec<TaxRate>,
}

/// A way of delivery with its prices to one destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryOption {
    /// `standard`, `express`: unique within a destination.
    pub code: String,
    pub name: String,
    /// Business days until it arrives, at the earliest and at the latest.
    pub days: (u8, u8),
    /// Ascending by weight; the first band that is wide enough counts. Too heavy for all: not available.
    pub bands: Vec<WeightBand>,
    /// Free from this subtotal after discounts.
    pub free_from: Option<Money>,
    pub tax_class: TaxClass,
}

/// The price up to a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightBand {
    /// Grams, inclusive.
    pub up_to_g: u32,
    pub price: Money,
}

/// All that the server resolved for a cart, so that anyone can price it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub currency: Currency,
    pub tax: TaxTerms,
    /// In the order they are applied.
    pub rules: Vec<Rule>,
    /// The chosen delivery, or the one estimated with; None while there is none.
    pub delivery: Option<DeliveryOption>,
    /// What gift cards and store credit hold together; None without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Money>,
}

/// A line to be priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedLine {
    pub variant: VariantId,
    pub quantity: u32,
    pub unit_price: Money,
    /// Grams of one.
    pub weight_g: u32,
    pub tax_class: TaxClass,
}

/// A priced line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotedLine {
    pub variant: VariantId,
    /// Unit price × quantity.
    pub subtotal: Money,
    /// What rules took off; never more than the subtotal.
    pub discount: Money,
    /// The tax in it (included) or on it (added). Per line it is informative when rounding is per order.
    pub tax: Money,
}

/// What a rule took off, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    pub rule: String,
    /// The code that brought the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The promotion that this order is to be counted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<PromotionId>,
    pub from: Part,
    /// Positive: how much less is paid.
    pub amount: Money,
}

/// What an adjustment lowered. What it took from delivery is in [`Quote::delivery`] already, and not in [`Quote::discount`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Lines,
    Delivery,
}

/// The price of everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub lines: Vec<QuotedLine>,
    pub subtotal: Money,
    pub adjustments: Vec<Adjustment>,
    pub declined: Vec<Declined>,
    /// The sum of the adjustments to lines.
    pub discount: Money,
    /// What delivery costs after its discounts; None while no delivery is chosen or there is nothing to deliver.
    pub delivery: Option<Money>,
    /// How much is missing to free delivery, when some is: to the nearest of the thresholds that would make it free.
    pub missing_for_free_delivery: Option<Money>,
    pub tax: Money,
    pub tax_mode: TaxMode,
    /// subtotal − discount + delivery (+ tax, when it is added).
    pub total: Money,
    /// What gift cards and store credit pay of the total; None without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Money>,
}

impl Quote {
    /// What is left to pay: total − credit.
    pub fn due(&self) -> Money {
        let credit = self.credit.map_or(0, |credit| credit.minor);
        Money::new(self.total.minor - credit, self.total.currency)
    }
}

/// Why a cart can't be priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum PricingError {
    #[error(transparent)]
    Money(#[from] MoneyError),
    #[error("a price or a rate is negative or above 100 %")]
    BadTerms,
    #[error("too heavy for this delivery")]
    TooHeavy,
}

/// Prices `lines` under `terms`.
///
/// The order of the lines changes no sum. A cart of nothing costs nothing: its delivery is None.
///
/// # Errors
/// [`PricingError`]; never a wrong sum.
pub fn quote(lines: &[PricedLine], terms: &Terms) -> Result<Quote, PricingError> {
    check::all(lines, terms)?;
    let gross = lines
        .iter()
        .map(|line| line.unit_price.times(i64::from(line.quantity)))
        .collect::<Result<Vec<_>, _>>()?;
    let subtotal = Money::sum(terms.currency, gross.iter().copied())?;

    let mut applied = Applied::default();
    let mut left: Vec<i128> = gross.iter().map(|line| i128::from(line.minor)).collect();
    discount::apply(lines, &mut left, terms, &mut applied)?;
    let discounted = money(left.iter().sum(), terms.currency)?;
    let discount = subtotal.minus(discounted)?;

    let (delivery, missing_for_free_delivery) =
        match delivery::charge(lines, terms, discounted, &mut applied)? {
            Some(charge) => (Some(charge.price), charge.missing_for_free),
            None => (None, None),
        };

    let tax = tax::of(lines, &left, delivery, terms)?;
    let mut total = discounted;
    if let Some(price) = delivery {
        total = total.plus(price)?;
    }
    if terms.tax.mode == TaxMode::Added {
        total = total.plus(tax.total)?;
    }

    let lines = lines
        .iter()
        .zip(gross)
        .zip(left.into_iter().zip(tax.lines))
        .map(|((line, subtotal), (left, tax))| {
            Ok(QuotedLine {
                variant: line.variant,
                subtotal,
                discount: subtotal.minus(money(left, terms.currency)?)?,
                tax,
            })
        })
        .collect::<Result<Vec<_>, PricingError>>()?;
    Ok(Quote {
        lines,
        subtotal,
        adjustments: applied.adjustments,
        declined: applied.declined,
        discount,
        delivery,
        missing_for_free_delivery,
        tax: tax.total,
        tax_mode: terms.tax.mode,
        credit: terms
            .credit
            .map(|credit| Money::new(credit.minor.min(total.minor), total.currency)),
        total,
    })
}

/// Narrows what was computed in `i128`.
fn money(minor: i128, currency: Currency) -> Result<Money, PricingError> {
    let minor = i64::try_from(minor).map_err(|_| MoneyError::Overflow)?;
    Ok(Money::new(minor, currency))
}

/// What `amount` lacks to `threshold`; None when it is reached, or there is none. Neither is negative.
fn missing(threshold: Option<Money>, amount: Money) -> Option<Money> {
    threshold
        .filter(|threshold| threshold.minor > amount.minor)
        .map(|threshold| Money::new(threshold.minor - amount.minor, amount.currency))
}
