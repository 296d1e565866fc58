//! Rules: what they take off, on which lines, under which conditions, and what became of each.

use super::{Adjustment, Part, PricedLine, PricingError, money};
use crate::id::{PromotionId, VariantId};
use crate::money::Money;
use crate::promotion::Code;
use serde::{Deserialize, Serialize};

/// A discount that the server found to fit the cart's market, shopper, date and codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What the shopper is told it is called.
    pub name: String,
    pub effect: Effect,
    /// From which subtotal, before any discount, of the lines it is on it applies.
    pub from_subtotal: Option<Money>,
    /// From how many units of the lines it is on it applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_quantity: Option<u32>,
    /// The lines it is on; None for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<VariantId>>,
    /// The lines that [`Effect::BuyGet`] gives, when they are others than those that have to be bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gives: Option<Vec<VariantId>>,
    /// The most it takes off an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<Money>,
    /// Of the rules of one group only the first that takes something counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The code that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The promotion whose uses are counted; None for one that anyone may have any number of times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<PromotionId>,
}

/// What a rule does to the lines it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Effect {
    /// Off what is left of each line, in hundredths of a percent: 20 % is 2,000. At most 10,000.
    Percent { basis_points: u32 },
    /// Off the lines together, spread over them in proportion.
    Amount { amount: Money },
    /// For every `buy` units, `get` more cost so many hundredths of a percent less (10,000: nothing); the cheapest ones.
    BuyGet {
        buy: u32,
        get: u32,
        basis_points: u32,
    },
    /// Delivery costs nothing.
    FreeDelivery,
}

/// A rule that did not apply, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declined {
    pub rule: String,
    /// The code that brought the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    pub why: DeclinedBecause,
}

/// Why a rule did not apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeclinedBecause {
    /// So much is missing to its threshold.
    Missing { amount: Money },
    /// So many units are missing to its threshold.
    MissingQuantity { quantity: u32 },
    /// Nothing in the cart is what it is for.
    NoLines,
    /// Another rule of its group came first.
    NotTogether { with: String },
    /// There was nothing left to take it off, or what it takes rounds to nothing.
    NothingLeft,
}

impl Rule {
    /// A rule without a condition.
    pub fn new(name: impl Into<String>, effect: Effect) -> Self {
        Self {
            name: name.into(),
            effect,
            from_subtotal: None,
            from_quantity: None,
            lines: None,
            gives: None,
            most: None,
            group: None,
            code: None,
            counted: None,
        }
    }

    pub(super) fn is_on(&self, line: &PricedLine) -> bool {
        self.lines
            .as_ref()
            .is_none_or(|lines| lines.contains(&line.variant))
    }

    /// Whether reaching its threshold is certain to bring it, whole, whatever reaches it.
    pub(super) fn holds_for_amount_alone(&self) -> bool {
        self.lines.is_none()
            && self.from_quantity.is_none()
            && self.most.is_none()
            && self.group.is_none()
    }

    /// What `lines` lack for it: a line it is on, the amount, the number of units.
    ///
    /// # Errors
    /// Money's overflow.
    fn lacks(&self, lines: &[PricedLine]) -> Result<Option<DeclinedBecause>, PricingError> {
        let (mut count, mut subtotal, mut any) = (0_u64, 0_i128, self.lines.is_none());
        for line in lines.iter().filter(|line| self.is_on(line)) {
            any = true;
            count += u64::from(line.quantity);
            subtotal += i128::from(line.unit_price.minor) * i128::from(line.quantity);
        }
        if !any {
            return Ok(Some(DeclinedBecause::NoLines));
        }
        if let Some(from) = self.from_subtotal
            && i128::from(from.minor) > subtotal
        {
            let amount = money(i128::from(from.minor) - subtotal, from.currency)?;
            return Ok(Some(DeclinedBecause::Missing { amount }));
        }
        Ok(self.from_quantity.and_then(|from| {
            let quantity = u32::try_from(u64::from(from).checked_sub(count)?).ok()?;
            (quantity > 0).then_some(DeclinedBecause::MissingQuantity { quantity })
        }))
    }
}

/// What became of each rule.
#[derive(Default)]
pub(super) struct Applied<'a> {
    pub adjustments: Vec<Adjustment>,
    pub declined: Vec<Declined>,
    /// The groups of which a rule took something, and that rule's name.
    groups: Vec<(&'a str, &'a str)>,
}

impl<'a> Applied<'a> {
    /// Whether `rule` may take something; when not, it is declined with the reason. What is missing is answered too.
    ///
    /// # Errors
    /// Money's overflow.
    pub(super) fn admit(
        &mut self,
        rule: &'a Rule,
        lines: &[PricedLine],
    ) -> Result<Admitted, PricingError> {
        let first = self
            .groups
            .iter()
            .find(|(group, _)| rule.group.as_deref() == Some(group));
        let why = match first {
            Some((_, with)) => Some(DeclinedBecause::NotTogether {
                with: (*with).to_owned(),
            }),
            None => rule.lacks(lines)?,
        };
        let missing = match why {
            Some(DeclinedBecause::Missing { amount }) => Some(amount),
            _ => None,
        };
        Ok(match why {
            None => Admitted::Yes,
            Some(why) => {
                self.decline(rule, why);
                Admitted::No { missing }
            }
        })
    }

    /// `rule` took `amount` from `from`; taking nothing is being declined.
    pub(super) fn took(&mut self, rule: &'a Rule, from: Part, amount: Money) {
        if amount.is_zero() {
            self.decline(rule, DeclinedBecause::NothingLeft);
            return;
        }
        if let Some(group) = &rule.group {
            self.groups.push((group, &rule.name));
        }
        self.adjustments.push(Adjustment {
            rule: rule.name.clone(),
            code: rule.code.clone(),
            counted: rule.counted,
            from,
            amount,
        });
    }

    fn decline(&mut self, rule: &Rule, why: DeclinedBecause) {
        self.declined.push(Declined {
            rule: rule.name.clone(),
            code: rule.code.clone(),
            why,
        });
    }
}

/// Whether a rule may take something.
pub(super) enum Admitted {
    Yes,
    /// What its threshold lacks, when that is the reason.
    No {
        missing: Option<Money>,
    },
}
