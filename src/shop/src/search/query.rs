//! What can be asked, and what is answered.

use super::After;
use super::attribute::{Number, Range, values_name};
use domain::{CategoryId, ProductId};
use std::collections::BTreeMap;

/// ASCII's unit separator: stands between an option's name and its value in keys. No option has it in its name.
pub const BETWEEN: char = '\u{1f}';

/// A question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    /// What was typed: any text of any length. Empty to browse.
    pub text: String,
    /// Take the text as it stands: nothing of it is understood as a filter.
    pub literal: bool,
    pub category: Option<CategoryId>,
    pub filters: Filters,
    pub sort: Sort,
    /// Go on after this position, which a page before gave as `next`. One of another order is taken for none.
    pub after: Option<After>,
    /// Products wanted; 1 to [`super::MOST`] are given.
    pub limit: usize,
}

impl Query {
    /// Bytes of its texts.
    pub(super) fn weight(&self) -> usize {
        let filters = &self.filters;
        let named = filters.options.iter().chain(&filters.attributes);
        let values = named.flat_map(|(name, values)| std::iter::once(name).chain(values));
        let texts = values.chain(&filters.brands).chain(filters.numbers.keys());
        self.text.len() + texts.map(String::len).sum::<usize>()
    }
}

/// What narrows a list. Values of one filter widen it (this brand or that), filters narrow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filters {
    pub brands: Vec<String>,
    /// Values by the name of the option, both as the catalogue writes them: `Colour`: `Lagoon`, `Sand`.
    pub options: BTreeMap<String, Vec<String>>,
    /// Values by the attribute's code: texts as the catalogue writes them, or `yes` and `no`.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// By the attribute's code; what has no such number is left out.
    pub numbers: BTreeMap<String, Range>,
    /// The lowest and the highest price, both included, in minor units of the market's currency.
    pub price: (Option<i64>, Option<i64>),
    /// Only what can be bought now.
    pub in_stock: bool,
    /// At least so many stars on average; what has no reviews has none.
    pub rating: Option<u8>,
}

impl Filters {
    /// What is chosen of options and attributes by value, under the names of keys. An empty choice is none.
    pub(super) fn choices(&self) -> Vec<(String, &Vec<String>)> {
        let options = self.options.iter();
        let options = options.map(|(name, values)| (name.clone(), values));
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|(code, values)| (values_name(code), values));
        let all = options.chain(attributes);
        all.filter(|(_, values)| !values.is_empty()).collect()
    }
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// The best match first; without a text, as the shopkeeper put them.
    #[default]
    Relevance,
    PriceUp,
    PriceDown,
    Newest,
    /// What sold most lately; the rest as the shopkeeper put it.
    BestSelling,
    /// What is liked best; what nobody has reviewed after it, as the shopkeeper put it.
    Rating,
}

impl Sort {
    pub const ALL: [Self; 6] = [
        Self::Relevance,
        Self::PriceUp,
        Self::PriceDown,
        Self::Newest,
        Self::BestSelling,
        Self::Rating,
    ];

    /// As it stands in a URL.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::PriceUp => "price-up",
            Self::PriceDown => "price-down",
            Self::Newest => "newest",
            Self::BestSelling => "best-selling",
            Self::Rating => "rating",
        }
    }

    /// The order of that code; unknown codes are the default.
    pub fn from_code(code: &str) -> Self {
        let named = Self::ALL.into_iter().find(|sort| sort.code() == code);
        named.unwrap_or_default()
    }
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In order.
    pub products: Vec<ProductId>,
    /// Where the next page begins, if there is one.
    pub next: Option<After>,
    pub count: Count,
    /// What the list can be narrowed by. Counts are of as many matches as the engine looks at.
    pub facets: Vec<Facet>,
    /// The lowest and the highest price among the matches, whatever the price filter says; in minor units.
    pub prices: Option<(i64, i64)>,
    /// What of the text was taken for a filter.
    pub understood: Vec<Understood>,
    /// Nothing matched all words; these match some.
    pub loosened: bool,
}

/// How many match. Beyond a bound nobody counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    Exactly(u64),
    AtLeast(u64),
}

impl Default for Count {
    fn default() -> Self {
        Self::Exactly(0)
    }
}

/// What a list can be narrowed by. A facet's own choice does not narrow its own counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    pub key: FacetKey,
    /// In the shopper's language; empty for what is no option or attribute.
    pub label: String,
    /// The most frequent first, then by label; those chosen are always among them. None of [`FacetKey::Numbers`].
    pub values: Vec<FacetValue>,
    /// Of numbers; empty where they have none.
    pub unit: String,
    /// The lowest and the highest, of numbers; None where what is chosen leaves none.
    pub range: Option<(Number, Number)>,
}

/// What a facet is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FacetKey {
    Brand,
    /// An option's name, as the catalogue writes it.
    Option(String),
    /// Its one value is `true`: can be bought now.
    InStock,
    /// Its values are `4`, `3` and `2`: at least so many stars on average.
    Rating,
    /// The code of an attribute with values.
    Attribute(String),
    /// The code of an attribute with numbers.
    Numbers(String),
}

/// One value of a facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetValue {
    /// As [`Filters`] wants it.
    pub value: String,
    /// In the shopper's language.
    pub label: String,
    pub count: u64,
    pub is_chosen: bool,
}

/// Words of the text that were taken for a filter. The page shows them, and [`Query::literal`] undoes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Understood {
    /// Minor units, both included.
    Price(Option<i64>, Option<i64>),
    /// Of this option, this value, both as the catalogue writes them.
    Option(String, String),
}

/// What is offered while somebody types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggestions {
    pub products: Vec<Suggested>,
    pub categories: Vec<Suggested>,
}

/// A product or category to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggested {
    pub slug: String,
    /// In the shopper's language.
    pub name: String,
}
