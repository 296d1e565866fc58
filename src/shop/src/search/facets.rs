//! What a list can be narrowed by: what was counted, as shoppers read it.

use super::attribute::Name;
use super::{Facet, FacetKey, FacetValue, Filters, Number};
use crate::market::{Attribute, Markets};
use crate::text::say;
use domain::Locale;
use std::collections::{BTreeMap, BTreeSet};

/// Values of a facet that are shown.
const VALUES: usize = 30;
/// Options and attributes that are offered: those that most of the products have, and those that are chosen.
const OFFERED: usize = 8;
/// From so many products on, an attribute that is another for more than every second of them is nothing to choose by.
const SEVERAL: u64 = 12;

/// How products are counted by value.
pub type Counts = BTreeMap<FacetKey, BTreeMap<String, u64>>;

/// What of the products that were looked at could be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    pub counts: Counts,
    /// The lowest and the highest, in minor units.
    pub prices: Option<(i64, i64)>,
    /// By attribute code.
    pub numbers: BTreeMap<String, Numbers>,
}

/// The numbers of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// Products that have one.
    pub count: u64,
    pub lowest: Number,
    pub highest: Number,
}

impl Numbers {
    pub const fn one(number: Number) -> Self {
        Self {
            count: 1,
            lowest: number,
            highest: number,
        }
    }
}

impl Facets {
    pub fn add(&mut self, key: FacetKey, value: &str, count: u64) {
        let values = self.counts.entry(key).or_default();
        match values.get_mut(value) {
            Some(known) => *known += count,
            None => {
                values.insert(value.to_owned(), count);
            }
        }
    }

    /// Adds what was counted elsewhere.
    pub fn add_all(&mut self, other: &Self) {
        for (key, values) in &other.counts {
            match self.counts.get_mut(key) {
                Some(known) => {
                    for (value, count) in values {
                        *known.entry(value.clone()).or_default() += count;
                    }
                }
                None => {
                    self.counts.insert(key.clone(), values.clone());
                }
            }
        }
        if let Some(prices) = other.prices {
            self.add_prices(prices);
        }
        for (code, numbers) in &other.numbers {
            self.add_numbers(code, *numbers);
        }
    }

    pub fn add_prices(&mut self, (low, high): (i64, i64)) {
        let (lowest, highest) = self.prices.unwrap_or((low, high));
        self.prices = Some((lowest.min(low), highest.max(high)));
    }

    pub fn add_numbers(&mut self, code: &str, numbers: Numbers) {
        match self.numbers.get_mut(code) {
            Some(known) => {
                known.count += numbers.count;
                known.lowest = known.lowest.min(numbers.lowest);
                known.highest = known.highest.max(numbers.highest);
            }
            None => {
                self.numbers.insert(code.to_owned(), numbers);
            }
        }
    }
}

impl FacetKey {
    /// That of a name in keys; none for what has numbers, which are no values.
    pub(super) fn of(name: &str) -> Option<Self> {
        match Name::of(name) {
            Name::Option(name) => Some(Self::Option(name.to_owned())),
            Name::Values(code) => Some(Self::Attribute(code.to_owned())),
            Name::Numbers(_) => None,
        }
    }
}

/// The facets with their labels: brand, options, stock and reviews, then attributes in the shopkeeper's order. Chosen values are
/// with them even where nothing counts for them.
pub fn facets(
    markets: &Markets,
    locale: Locale,
    filters: &Filters,
    mut counted: Facets,
) -> Vec<Facet> {
    let chosen = chosen(filters);
    for (key, values) in &chosen {
        for value in values {
            let values = counted.counts.entry(key.clone()).or_default();
            values.entry(value.clone()).or_insert(0);
        }
    }
    let attributes = markets.attributes();
    let known = |code: &str| {
        let place = attributes.iter().position(|known| known.code == code)?;
        Some((place, &attributes[place])).filter(|(_, attribute)| attribute.is_facet)
    };
    let mut offered: Vec<Offered> = Vec::new();
    for (key, values) in counted.counts {
        let chosen = chosen.get(&key).map_or(&[][..], Vec::as_slice);
        let count: u64 = values.values().sum();
        let (order, label) = match &key {
            FacetKey::Brand | FacetKey::InStock | FacetKey::Rating => ((0, 0), String::new()),
            FacetKey::Option(name) => ((0, 0), markets.option_name(locale, name)),
            FacetKey::Attribute(code) => {
                let is_scattered = count >= SEVERAL && values.len() as u64 * 2 > count;
                match known(code) {
                    Some((place, attribute)) if !is_scattered || !chosen.is_empty() => {
                        ((1, place), attribute.name(locale).to_owned())
                    }
                    _ => continue,
                }
            }
            FacetKey::Numbers(_) => continue,
        };
        let is_sure = !chosen.is_empty() || !is_bounded(&key);
        let values = labelled(markets, locale, &key, values, chosen);
        offered.push(Offered {
            is_sure,
            count,
            order,
            facet: Facet {
                key,
                label,
                values,
                unit: String::new(),
                range: None,
            },
        });
    }
    // A range that leaves nothing is still there to be changed.
    let left = counted.numbers.keys().chain(filters.numbers.keys());
    for code in left.collect::<BTreeSet<_>>() {
        if let Some((place, attribute)) = known(code) {
            let numbers = counted.numbers.get(code).copied();
            offered.push(Offered {
                is_sure: filters.numbers.contains_key(code),
                count: numbers.map_or(0, |numbers| numbers.count),
                order: (1, place),
                facet: of_numbers(locale, attribute, code.clone(), numbers),
            });
        }
    }
    matter_most(&mut offered);
    offered.into_iter().map(|offered| offered.facet).collect()
}

/// A facet, and why it is shown.
struct Offered {
    facet: Facet,
    /// Shown however many products have it.
    is_sure: bool,
    count: u64,
    order: (usize, usize),
}

const fn is_bounded(key: &FacetKey) -> bool {
    matches!(
        key,
        FacetKey::Option(_) | FacetKey::Attribute(_) | FacetKey::Numbers(_)
    )
}

/// Leaves those that the most products have, in their order.
fn matter_most(offered: &mut Vec<Offered>) {
    offered.sort_by_key(|offered| (!offered.is_sure, std::cmp::Reverse(offered.count)));
    let mut room = OFFERED;
    offered.retain(|offered| {
        if !is_bounded(&offered.facet.key) {
            return true;
        }
        let stays = offered.is_sure || room > 0;
        room = room.saturating_sub(1);
        stays
    });
    offered.sort_by(|a, b| (a.order, &a.facet.key).cmp(&(b.order, &b.facet.key)));
}

/// What is chosen, by facet.
fn chosen(filters: &Filters) -> BTreeMap<FacetKey, Vec<String>> {
    let mut chosen = BTreeMap::from([(FacetKey::Brand, filters.brands.clone())]);
    let rating: Vec<String> = filters.rating.iter().map(u8::to_string).collect();
    chosen.insert(FacetKey::Rating, rating);
    if filters.in_stock {
        chosen.insert(FacetKey::InStock, vec!["true".to_owned()]);
    }
    for (name, values) in &filters.options {
        chosen.insert(FacetKey::Option(name.clone()), values.clone());
    }
    for (code, values) in &filters.attributes {
        chosen.insert(FacetKey::Attribute(code.clone()), values.clone());
    }
    chosen
}

/// Values, the most frequent first.
fn labelled(
    markets: &Markets,
    locale: Locale,
    key: &FacetKey,
    counted: BTreeMap<String, u64>,
    chosen: &[String],
) -> Vec<FacetValue> {
    let each = counted.into_iter().map(|(value, count)| FacetValue {
        label: match key {
            FacetKey::Option(_) => markets.option_value(locale, &value),
            FacetKey::Attribute(code) => attribute_value(markets, locale, code, &value),
            _ => value.clone(),
        },
        is_chosen: chosen.contains(&value),
        value,
        count,
    });
    let mut values: Vec<FacetValue> = each.collect();
    values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.label.cmp(&b.label)));
    let mut shown = 0;
    values.retain(|value| {
        shown += 1;
        shown <= VALUES || value.is_chosen
    });
    values
}

fn of_numbers(
    locale: Locale,
    attribute: &Attribute,
    code: String,
    numbers: Option<Numbers>,
) -> Facet {
    Facet {
        key: FacetKey::Numbers(code),
        label: attribute.name(locale).to_owned(),
        values: Vec::new(),
        unit: attribute.unit.clone(),
        range: numbers.map(|numbers| (numbers.lowest, numbers.highest)),
    }
}

/// A value of an attribute in the shopper's language.
pub fn attribute_value(markets: &Markets, locale: Locale, code: &str, value: &str) -> String {
    let attributes = markets.attributes();
    let found = attributes.iter().find(|attribute| attribute.code == code);
    match value {
        "yes" | "no" if found.is_some_and(|attribute| attribute.is_yes_or_no) => {
            say(locale, &format!("catalog-{value}"))
        }
        value => markets.option_value(locale, value),
    }
}
