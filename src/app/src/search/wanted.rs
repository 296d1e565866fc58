//! What a list's address says: what is searched for, what narrows the list, its order, where it goes on.
//!
//! Read from any text: what is unknown, repeated, too long or senseless is left out or cut, never an error. Written in one
//! way, so that two addresses that mean the same are one page.

use domain::Currency;
use shop::search::{After, Filters, NoNumber, Number, Query, Range, Sort, is_code};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// Characters of a searched text that are looked at.
const LONGEST_TEXT: usize = 200;
/// Characters of a brand, or of an option's name and value.
const LONGEST_VALUE: usize = 120;
/// Brands and values that narrow a list at once.
const MOST_VALUES: usize = 40;
/// Parameters that are looked at.
const MOST_PARAMETERS: usize = 200;

/// What is wanted of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `q`
    pub text: String,
    /// `exact=1`: nothing of the text is taken for a filter.
    pub literal: bool,
    /// `brand`, each.
    pub brands: BTreeSet<String>,
    /// `f`, each: an option's name and value, as `Glaze:Sand`.
    pub options: BTreeSet<(String, String)>,
    /// `a`, each: an attribute's code and value, as `material:Glass`.
    pub attributes: BTreeSet<(String, String)>,
    /// `from.capacity` and `to.capacity`: of an attribute with numbers, by its code.
    pub numbers: BTreeMap<String, Range>,
    /// `from` and `to`.
    pub price: (Option<Amount>, Option<Amount>),
    /// `stock=1`
    pub in_stock: bool,
    /// `rating`: at least so many stars, 2 to 4.
    pub rating: Option<u8>,
    /// `sort`
    pub sort: Sort,
    /// `after`
    pub after: Option<After>,
}

/// A price as people type it, whatever the currency: in thousandths of the major unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(u64);

impl FromStr for Amount {
    type Err = NoNumber;

    /// Reads `24`, `24.5`, `24,50`.
    fn from_str(text: &str) -> Result<Self, NoNumber> {
        let number: Number = text.parse()?;
        // `-0` is none either.
        let is_positive = !text.trim_start().starts_with('-');
        let thousandths = u64::try_from(number.thousandths());
        thousandths
            .ok()
            .filter(|_| is_positive)
            .map(Self)
            .ok_or(NoNumber)
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, part) = (self.0 / 1_000, self.0 % 1_000);
        match part {
            0 => write!(f, "{whole}"),
            part => write!(f, "{whole}.{}", format!("{part:03}").trim_end_matches('0')),
        }
    }
}

impl Amount {
    /// In minor units; up says where to what lies between two of them.
    fn minor(self, currency: Currency, up: bool) -> i64 {
        let scale = 10_u64.pow(currency.decimals());
        let scaled = self.0.saturating_mul(scale);
        let minor = if up {
            scaled.div_ceil(1_000)
        } else {
            scaled / 1_000
        };
        i64::try_from(minor).unwrap_or(i64::MAX)
    }

    /// What so many minor units are.
    pub fn of(minor: i64, currency: Currency) -> Self {
        let scale = 10_u64.pow(currency.decimals());
        Self(minor.max(0).cast_unsigned().saturating_mul(1_000) / scale)
    }
}

impl Wanted {
    /// Reads a query string.
    pub fn read(query: &str) -> Self {
        let mut wanted = Self::default();
        let mut sort = None;
        for (name, value) in form_urlencoded::parse(query.as_bytes()).take(MOST_PARAMETERS) {
            let fits = !value.is_empty()
                && value.chars().count() <= LONGEST_VALUE
                && !value.contains(char::is_control);
            let has_room = wanted.values() < MOST_VALUES;
            match &*name {
                "q" if wanted.text.is_empty() => wanted.text = tidy(&value),
                "exact" => wanted.literal |= value == "1",
                "brand" if fits && has_room => {
                    wanted.brands.insert(value.into_owned());
                }
                "f" if fits && has_room => {
                    let named = value.split_once(':');
                    if let Some((name, value)) =
                        named.filter(|(n, v)| !n.is_empty() && !v.is_empty())
                    {
                        wanted.options.insert((name.to_owned(), value.to_owned()));
                    }
                }
                "a" if fits && has_room => {
                    let named = value.split_once(':');
                    if let Some((code, value)) = named.filter(|(c, v)| is_code(c) && !v.is_empty())
                    {
                        wanted
                            .attributes
                            .insert((code.to_owned(), value.to_owned()));
                    }
                }
                "from" if wanted.price.0.is_none() => wanted.price.0 = value.parse().ok(),
                "to" if wanted.price.1.is_none() => wanted.price.1 = value.parse().ok(),
                "stock" => wanted.in_stock |= value == "1",
                "rating" if wanted.rating.is_none() => {
                    wanted.rating = value.parse().ok().filter(|stars| (2..=4).contains(stars));
                }
                "sort" if sort.is_none() => sort = Some(Sort::from_code(&value)),
                "after" if wanted.after.is_none() => wanted.after = value.parse().ok(),
                name if has_room => wanted.bound(name, &value),
                _ => {}
            }
        }
        wanted.sort = sort.unwrap_or_default();
        // Nothing costs less than nothing.
        wanted.price.0 = wanted.price.0.filter(|from| from.0 > 0);
        if let (Some(from), Some(to)) = wanted.price
            && from > to
        {
            wanted.price = (Some(to), Some(from));
        }
        for range in wanted.numbers.values_mut() {
            if let (Some(from), Some(to)) = *range
                && from > to
            {
                *range = (Some(to), Some(from));
            }
        }
        wanted.literal &= !wanted.text.is_empty();
        wanted
    }

    /// How many brands, values and ranges narrow the list.
    fn values(&self) -> usize {
        self.brands.len() + self.options.len() + self.attributes.len() + self.numbers.len()
    }

    /// Takes in a bound of an attribute's numbers, if it is one and the first.
    fn bound(&mut self, name: &str, value: &str) {
        let (Some((end, code)), Ok(number)) = (name.split_once('.'), value.parse()) else {
            return;
        };
        if !is_code(code) || !["from", "to"].contains(&end) {
            return;
        }
        let range = self.numbers.entry(code.to_owned()).or_default();
        let bound = if end == "from" {
            &mut range.0
        } else {
            &mut range.1
        };
        bound.get_or_insert(number);
    }

    /// The same for a list that is not searched for.
    pub fn read_list(query: &str) -> Self {
        let mut wanted = Self::read(query);
        wanted.text.clear();
        wanted.literal = false;
        wanted
    }

    /// The parameters that say this, without the position.
    pub fn parameters(&self) -> Vec<(Cow<'static, str>, String)> {
        let mut all = Vec::new();
        let mut put = |name: &'static str, value: String| all.push((Cow::Borrowed(name), value));
        if !self.text.is_empty() {
            put("q", self.text.clone());
        }
        if self.literal {
            put("exact", "1".to_owned());
        }
        for brand in &self.brands {
            put("brand", brand.clone());
        }
        for (name, value) in &self.options {
            put("f", format!("{name}:{value}"));
        }
        for (code, value) in &self.attributes {
            put("a", format!("{code}:{value}"));
        }
        if let Some(from) = self.price.0 {
            put("from", from.to_string());
        }
        if let Some(to) = self.price.1 {
            put("to", to.to_string());
        }
        if self.in_stock {
            put("stock", "1".to_owned());
        }
        if let Some(stars) = self.rating {
            put("rating", stars.to_string());
        }
        if self.sort != Sort::default() {
            put("sort", self.sort.code().to_owned());
        }
        for (code, (from, to)) in &self.numbers {
            let from = from.map(|from| (format!("from.{code}").into(), from.to_string()));
            let to = to.map(|to| (format!("to.{code}").into(), to.to_string()));
            all.extend(from.into_iter().chain(to));
        }
        all
    }

    /// The query string that says this, with its question mark; empty when nothing is wanted.
    pub fn query(&self) -> String {
        let mut all = self.parameters();
        all.extend(self.after.map(|after| ("after".into(), after.to_string())));
        if all.is_empty() {
            return String::new();
        }
        let mut written = form_urlencoded::Serializer::for_suffix("?".to_owned(), 1);
        written.extend_pairs(all);
        written.finish()
    }

    /// The same with a change, from the first page on.
    pub fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        changed.after = None;
        change(&mut changed);
        changed
    }

    /// Whether something narrows the list.
    pub fn is_narrowed(&self) -> bool {
        self.in_stock || self.rating.is_some() || self.price != (None, None) || self.values() > 0
    }

    /// Whether it is what somebody typed and no more: the first page, in the usual order.
    pub fn is_typed(&self) -> bool {
        let text = self.text.clone();
        let typed = Self {
            text,
            ..Self::default()
        };
        !self.text.is_empty() && *self == typed
    }

    /// The same with nothing that narrows it.
    pub fn widened(&self) -> Self {
        Self {
            text: self.text.clone(),
            literal: self.literal,
            sort: self.sort,
            ..Self::default()
        }
    }

    /// What is asked of the search engine.
    pub fn question(&self, currency: Currency) -> Query {
        let mut filters = Filters {
            brands: self.brands.iter().cloned().collect(),
            in_stock: self.in_stock,
            rating: self.rating,
            price: (
                self.price.0.map(|from| from.minor(currency, true)),
                self.price.1.map(|to| to.minor(currency, false)),
            ),
            numbers: self.numbers.clone(),
            ..Filters::default()
        };
        for (chosen, wanted) in [
            (&mut filters.options, &self.options),
            (&mut filters.attributes, &self.attributes),
        ] {
            for (name, value) in wanted {
                let values = chosen.entry(name.clone()).or_default();
                values.push(value.clone());
            }
        }
        Query {
            text: self.text.clone(),
            literal: self.literal,
            filters,
            sort: self.sort,
            after: self.after,
            ..Query::default()
        }
    }
}

/// The one way to write what a list's query string means.
pub fn canonical(query: &str) -> String {
    Wanted::read_list(query).query()
}

/// A text on one line, cut where nobody types on.
fn tidy(text: &str) -> String {
    let words = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(LONGEST_TEXT).collect();
    cut.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_means_the_same_is_written_in_one_way() {
        let written = "?brand=Fornace+Zan&f=Glaze%3ASand&f=Size%3AL&from=5&to=19.9&stock=1&rating=4&sort=price-up";
        for query in [
            "f=Size:L&f=Glaze:Sand&brand=Fornace%20Zan&to=019,90&from=5.000&sort=price-up&rating=04&stock=1",
            "utm_source=x&stock=1&stock=0&f=Glaze:Sand&f=Glaze:Sand&f=Size%3AL&brand=Fornace+Zan&from=19.9&to=5&rating=9&rating=4&sort=price-up&sort=newest",
            "q=not+here&exact=1&f=&f=Glaze&f=:&brand=&from=x&from=5&after=nonsense&brand=Fornace+Zan&f=Glaze:Sand&f=Size:L&to=19.9&stock=1&sort=price-up&rating=4&rating=2",
        ] {
            assert_eq!(canonical(query), written, "{query}");
        }
        assert_eq!(
            canonical(&written[1..]),
            written,
            "what was written reads the same"
        );
        for nothing in [
            "",
            "&&&",
            "=",
            "sort=relevance",
            "sort=by-magic",
            "from=0",
            "stock=yes",
            "rating=1",
            "rating=5&rating=x",
            "rating=-3",
            "%",
            "f=%00:x",
        ] {
            assert_eq!(canonical(nothing), "", "{nothing}");
        }
    }

    #[test]
    fn attributes_are_written_in_one_way_too() {
        let written = "?brand=B&f=Size%3AL&a=dishwasher%3Ayes&a=material%3AGlass&from=5&sort=newest&from.height=-2&from.width=1.5&to.width=20";
        for query in [
            "to.width=1,500&from.width=20&from.height=-2.0&a=material:Glass&a=dishwasher:yes&f=Size:L&brand=B&sort=newest&from=5",
            "a=material:Glass&a=Material:Glass&a=:x&a=x:&a=material&a=dishwasher:yes&a=material:Glass&from.=3&from.Width=3&max.width=3&from.width=01.5&from.width=7&to.width=20&to.width=x&from.height=-2&to.height=&to.depth=1e9&f=Size:L&brand=B&sort=newest&from=5&.=1&from.a.b=2",
        ] {
            assert_eq!(canonical(query), written, "{query}");
        }
        assert_eq!(canonical(&written[1..]), written);
        let filters = Wanted::read(&written[1..]).question(Currency::Eur).filters;
        assert_eq!(filters.attributes["material"], ["Glass"]);
        assert_eq!(filters.numbers["height"], ("-2".parse().ok(), None));
        let many: String = (0..5_000)
            .map(|n| format!("&a=a{n}:x&from.b{n}={n}"))
            .collect();
        assert_eq!(Wanted::read(&many).values(), MOST_VALUES);
        let one = Wanted::read("from.width=3&a=material:Glass");
        assert!(one.is_narrowed() && !one.widened().is_narrowed());
    }

    #[test]
    fn what_is_too_much_is_cut() {
        let long = "x".repeat(10_000);
        let wanted = Wanted::read(&format!("q={long}&brand={long}&f=a:{long}&after={long}"));
        assert_eq!(wanted.text.len(), LONGEST_TEXT);
        assert_eq!(wanted.query().len(), LONGEST_TEXT + "?q=".len());
        let many: String = (0..5_000).map(|n| format!("&brand=b{n}&f=a:{n}")).collect();
        let wanted = Wanted::read(&many);
        assert_eq!(wanted.brands.len() + wanted.options.len(), MOST_VALUES);
        assert_eq!(
            Wanted::read("q=%20blue%0a%00shirt+&exact=1").text,
            "blue shirt"
        );
        assert!(!Wanted::read("q=+&exact=1").literal);
    }

    #[test]
    fn prices_are_those_of_the_currency() {
        let ask = |query: &str, currency| Wanted::read(query).question(currency).filters.price;
        assert_eq!(
            ask("from=19.999&to=19.999", Currency::Eur),
            (Some(2_000), Some(1_999))
        );
        assert_eq!(
            ask("from=5&to=1200.5", Currency::Jpy),
            (Some(5), Some(1_200))
        );
        assert_eq!(ask("from=-3&to=1e9", Currency::Eur), (None, None));
        assert_eq!(ask("to=9999999999", Currency::Eur), (None, None));
        assert_eq!(Amount::of(1_990, Currency::Eur).to_string(), "19.9");
        assert_eq!(Amount::of(1_990, Currency::Jpy).to_string(), "1990");
    }

    #[test]
    fn a_change_begins_at_the_first_page() {
        let after = "00".repeat(25);
        let wanted = Wanted::read(&format!("q=mug&brand=A&brand=B&after={after}"));
        assert!(wanted.after.is_some());
        let less = wanted.with(|wanted| {
            wanted.brands.remove("A");
        });
        assert_eq!(less.query(), "?q=mug&brand=B");
        assert_eq!(wanted.widened().query(), "?q=mug");
        assert!(wanted.is_narrowed() && !wanted.widened().is_narrowed());
        assert!(!wanted.is_typed() && wanted.widened().is_typed());
        for more in ["&exact=1", "&sort=newest", "&rating=4", "&stock=1"] {
            assert!(!Wanted::read(&format!("q=mug{more}")).is_typed(), "{more}");
        }
        assert!(!Wanted::read("").is_typed());
    }
}
