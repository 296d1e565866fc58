//! What a cart could have, made into rules that name its lines.

use crate::Broken;
use domain::cart::CartLine;
use domain::gift_card::{CartCard, credit};
use domain::pricing::{self, Effect, Rule};
use domain::promotion::{CartCode, Code, CodeProblem};
use domain::{Currency, GiftCardId, Locale, Market, Money, PromotionId, VariantId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Amounts in minor units, by market.
pub(crate) type Amounts = BTreeMap<String, i64>;

/// What a promotion takes off, from what, on what, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    pub takes: Takes,
    /// What it is on; everything when nothing is named.
    #[serde(default, skip_serializing_if = "Items::is_empty")]
    pub on: Items,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub from: Amounts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u32>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub at_most: Amounts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusive: Option<String>,
}

/// What it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Takes {
    Percent {
        basis_points: u32,
    },
    Amount {
        amount: Amounts,
    },
    BuyGet {
        buy: u32,
        get: u32,
        basis_points: u32,
        /// What is given, when it is another thing than what is bought.
        #[serde(default, skip_serializing_if = "Items::is_empty")]
        of: Items,
    },
    FreeDelivery,
}

/// Things of the catalogue: whatever is named by one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Items {
    /// By slug.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skus: Vec<String>,
    /// By slug.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

impl Items {
    pub fn is_empty(&self) -> bool {
        let all = [&self.products, &self.skus, &self.categories, &self.tags];
        all.into_iter().all(Vec::is_empty)
    }

    /// Whether cart lines alone don't say what these are.
    pub fn asks_catalogue(&self) -> bool {
        !(self.categories.is_empty() && self.tags.is_empty())
    }

    fn hold(&self, line: &CartLine, facts: Option<&Fact>) -> bool {
        self.products.contains(&line.product_slug)
            || self.skus.contains(&line.sku)
            || facts.is_some_and(|fact| {
                let category = fact.category.as_ref();
                category.is_some_and(|slug| self.categories.contains(slug))
                    || fact.tags.iter().any(|tag| self.tags.contains(tag))
            })
    }
}

/// What `cart_promotions` answers.
#[derive(Debug, Deserialize)]
pub(crate) struct OffersRow {
    rules: Vec<RuleRow>,
    facts: Vec<Fact>,
    cards: Vec<CardRow>,
}

#[derive(Debug, Deserialize)]
struct RuleRow {
    id: PromotionId,
    titles: HashMap<String, String>,
    terms: Terms,
    code: Option<Code>,
    problem: Option<String>,
    is_counted: bool,
}

#[derive(Debug, Deserialize)]
struct Fact {
    variant: VariantId,
    category: Option<String>,
    tags: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct CardRow {
    id: GiftCardId,
    ending: String,
    balance: i64,
}

/// What a cart could have, resolved: rules that name its lines, its codes, its gift cards.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offers {
    /// In the order they are applied.
    pub rules: Vec<Rule>,
    /// In the order of the alphabet.
    pub codes: Vec<CartCode>,
    /// In the order they are asked to pay.
    pub cards: Vec<CartCard>,
}

impl Offers {
    /// # Errors
    /// [`Broken`] for a row that this release does not know.
    pub(crate) fn of(
        row: Option<OffersRow>,
        market: &Market,
        locale: Locale,
        lines: &[&CartLine],
    ) -> Result<Self, Broken> {
        let Some(row) = row else {
            return Ok(Self::default());
        };
        let facts: HashMap<VariantId, &Fact> =
            row.facts.iter().map(|fact| (fact.variant, fact)).collect();
        let named = |items: &Items| {
            let held = lines
                .iter()
                .filter(|line| items.hold(line, facts.get(&line.variant).copied()));
            (!items.is_empty()).then(|| held.map(|line| line.variant).collect())
        };
        let (mut rules, mut codes) = (Vec::new(), Vec::new());
        let mut had: Vec<PromotionId> = Vec::new();
        for offered in row.rules {
            let mut problem = offered.problem.as_deref().map(problem).transpose()?;
            if problem.is_none() && had.contains(&offered.id) {
                // Two codes of one promotion, from two carts that became one.
                problem = Some(CodeProblem::UsedBefore);
            }
            if problem.is_none() {
                had.push(offered.id);
                rules.extend(rule(&offered, market, locale, &named));
            }
            codes.extend(offered.code.map(|code| CartCode { code, problem }));
        }
        codes.sort_by(|one: &CartCode, other| one.code.cmp(&other.code));
        let cards = row.cards.into_iter().map(|card| CartCard {
            id: card.id,
            ending: card.ending,
            balance: Money::new(card.balance, market.currency),
        });
        Ok(Self {
            rules,
            codes,
            cards: cards.collect(),
        })
    }

    /// The terms with these rules and this credit.
    pub fn apply_to(&self, terms: &mut pricing::Terms) {
        terms.rules.clone_from(&self.rules);
        terms.credit = self.credit(terms.currency);
    }

    /// What the cards hold together.
    fn credit(&self, currency: Currency) -> Option<Money> {
        credit(&self.cards, currency)
    }
}

/// The rule of a promotion in a market; None when it has no amount for it.
fn rule(
    offered: &RuleRow,
    market: &Market,
    locale: Locale,
    named: &dyn Fn(&Items) -> Option<Vec<VariantId>>,
) -> Option<Rule> {
    let terms = &offered.terms;
    let of_market = |amounts: &Amounts| {
        let minor = amounts.get(market.code.as_str())?;
        Some(Money::new(*minor, market.currency))
    };
    // An amount that is asked for has to be known here.
    let asked = |amounts: &Amounts| match (amounts.is_empty(), of_market(amounts)) {
        (true, _) => Some(None),
        (false, found) => found.map(Some),
    };
    let (effect, gives) = match &terms.takes {
        Takes::Percent { basis_points } => {
            let basis_points = *basis_points;
            (Effect::Percent { basis_points }, None)
        }
        Takes::Amount { amount } => {
            let amount = of_market(amount)?;
            (Effect::Amount { amount }, None)
        }
        Takes::BuyGet {
            buy,
            get,
            basis_points,
            of,
        } => {
            let (buy, get, basis_points) = (*buy, *get, *basis_points);
            let effect = Effect::BuyGet {
                buy,
                get,
                basis_points,
            };
            (effect, named(of))
        }
        Takes::FreeDelivery => (Effect::FreeDelivery, None),
    };
    let title = offered
        .titles
        .get(locale.code())
        .or_else(|| offered.titles.get(Locale::default().code()));
    Some(Rule {
        from_subtotal: asked(&terms.from)?,
        from_quantity: terms.units,
        lines: named(&terms.on),
        gives,
        most: asked(&terms.at_most)?,
        group: terms.exclusive.clone(),
        code: offered.code.clone(),
        counted: offered.is_counted.then_some(offered.id),
        ..Rule::new(title.cloned().unwrap_or_default(), effect)
    })
}

/// The codes of `quote`'s rules that belong to one of `promotions`, each with its problem.
pub(crate) fn codes_of(offers: &Offers, refused: &[super::Refused]) -> Vec<(Code, CodeProblem)> {
    let of = |rule: &Rule| {
        let refused = refused
            .iter()
            .find(|one| rule.counted == Some(one.promotion))?;
        Some((rule.code.clone()?, refused.problem))
    };
    offers.rules.iter().filter_map(of).collect()
}

/// The problem that `promotion_problem` calls so.
pub(crate) fn problem(name: &str) -> Result<CodeProblem, Broken> {
    Ok(match name {
        "not_yet" => CodeProblem::NotYet,
        "ended" => CodeProblem::Ended,
        "used_up" => CodeProblem::UsedUp,
        "used_before" => CodeProblem::UsedBefore,
        "not_here" => CodeProblem::NotHere,
        "not_for_you" => CodeProblem::NotForYou,
        other => return Err(Broken::Other(format!("promotion problem {other:?}"))),
    })
}
