//! What of a text means a filter: "under 50", "bis 50 Euro", a colour, a size.

use super::known::{Known, Value};
use super::words;
use crate::search::{Filters, Understood};
use domain::{Currency, Locale, Money};

/// The lowest and the highest price, in minor units.
type Range = (Option<i64>, Option<i64>);

/// A text, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The words to look for, without what says nothing.
    pub words: Vec<String>,
    /// Words that stand for a colour, a size or the like, each with the values it can mean.
    pub options: Vec<(String, Vec<Value>)>,
    pub price: Range,
    pub understood: Vec<Understood>,
}

impl Reading {
    /// The words as they stand.
    pub fn literal(locale: Locale, words: &[String]) -> Self {
        let told = words.iter().filter(|word| !words::is_filler(locale, word));
        let mut told: Vec<String> = told.cloned().collect();
        if told.is_empty() {
            told = words.to_vec();
        }
        Self {
            words: told,
            ..Self::default()
        }
    }

    /// Prices, colours and sizes taken out of the words. `is_in_titles`: some product is called so.
    pub fn of(
        locale: Locale,
        currency: Currency,
        words: &[String],
        filters: &Filters,
        known: &Known,
        is_in_titles: impl Fn(&str) -> bool,
    ) -> Self {
        let mut reading = Self::default();
        let mut rest = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let can_price = reading.price == (None, None) && filters.price == (None, None);
            if let Some((price, used)) = price(locale, currency, &words[at..]).filter(|_| can_price)
            {
                reading.price = price;
                reading.understood.push(Understood::Price(price.0, price.1));
                at += used;
                continue;
            }
            let word = &words[at];
            at += 1;
            let values = known.values(locale, word);
            let is_filter = words.len() > 1 && (is_trait(word) || !is_in_titles(word));
            match values.first() {
                Some(first) if is_filter && !filters.options.contains_key(&first.name) => {
                    let (name, value) = (first.name.clone(), first.value.clone());
                    reading.understood.push(Understood::Option(name, value));
                    reading.options.push((word.clone(), values.to_vec()));
                }
                _ => rest.push(word.clone()),
            }
        }
        if reading.understood.is_empty() {
            return Self::literal(locale, words);
        }
        rest.retain(|word| !words::is_filler(locale, word));
        reading.words = rest;
        reading
    }
}

/// Whether a word is a colour or a size to everyone, whatever else it may be the name of.
fn is_trait(word: &str) -> bool {
    const TRAITS: &[&str] = &[
        "red",
        "blue",
        "green",
        "black",
        "white",
        "grey",
        "gray",
        "yellow",
        "orange",
        "purple",
        "pink",
        "brown",
        "beige",
        "navy",
        "rot",
        "rote",
        "roter",
        "rotes",
        "roten",
        "blau",
        "blaue",
        "blauer",
        "blaues",
        "blauen",
        "grun",
        "grune",
        "gruner",
        "grunes",
        "schwarz",
        "schwarze",
        "schwarzer",
        "schwarzes",
        "weiss",
        "weisse",
        "weisser",
        "weisses",
        "grau",
        "graue",
        "grauer",
        "graues",
        "gelb",
        "gelbe",
        "gelber",
        "gelbes",
        "lila",
        "rosa",
        "braun",
        "braune",
        "brauner",
        "braunes",
        "xs",
        "s",
        "m",
        "l",
        "xl",
        "xxl",
        "small",
        "medium",
        "large",
        "klein",
        "mittel",
        "gross",
    ];
    TRAITS.contains(&word)
}

/// A price that these words begin with, and how many of them say it.
fn price(locale: Locale, currency: Currency, words: &[String]) -> Option<(Range, usize)> {
    const BELOW: &[&[&str]] = &[
        &["under"],
        &["below"],
        &["less", "than"],
        &["cheaper", "than"],
        &["up", "to"],
        &["max"],
        &["at", "most"],
        &["unter"],
        &["bis"],
        &["bis", "zu"],
        &["hochstens"],
        &["maximal"],
        &["weniger", "als"],
        &["billiger", "als"],
    ];
    const ABOVE: &[&[&str]] = &[
        &["over"],
        &["above"],
        &["more", "than"],
        &["at", "least"],
        &["min"],
        &["uber"],
        &["ab"],
        &["mindestens"],
        &["mehr", "als"],
    ];
    const BETWEEN: &[(&str, &str)] = &[
        ("between", "and"),
        ("from", "to"),
        ("zwischen", "und"),
        ("von", "bis"),
    ];
    let amount = |at: usize| -> Option<(i64, usize)> {
        let minor = minor(words.get(at)?, currency)?;
        let next = words.get(at + 1).map(String::as_str);
        // A number with a measure is a size.
        match next {
            Some(next) if is_currency(next) => Some((minor, at + 2)),
            Some(next) if words::is_unit(next) => None,
            _ => Some((minor, at + 1)),
        }
    };
    for (first, second) in BETWEEN {
        if words.first().is_some_and(|word| word == first)
            && let Some((low, next)) = amount(1)
            && words.get(next).is_some_and(|word| word == second)
            && let Some((high, end)) = amount(next + 1)
            && low <= high
        {
            return Some(((Some(low), Some(high)), end));
        }
    }
    let said = |patterns: &[&[&str]]| {
        let matching = patterns.iter().filter(|pattern| {
            words.len() > pattern.len()
                && pattern.iter().zip(words).all(|(said, word)| said == word)
        });
        matching
            .filter_map(|pattern| amount(pattern.len()))
            .next_back()
    };
    if let Some((high, end)) = said(BELOW) {
        return Some(((None, Some(high)), end));
    }
    // "Ab" and "over" before a number that is none of a price are rare: both languages say it so.
    if let Some((low, end)) = said(ABOVE) {
        return Some(((Some(low), None), end));
    }
    // "50 Euro" alone is the most one wants to spend in German.
    let (high, end) = amount(0).filter(|_| locale == Locale::De)?;
    (end == 2).then_some(((None, Some(high)), end))
}

fn minor(word: &str, currency: Currency) -> Option<i64> {
    let is_number = word.starts_with(|c: char| c.is_ascii_digit());
    let money = Money::parse(word, currency).ok().filter(|_| is_number)?;
    Some(money.minor)
}

fn is_currency(word: &str) -> bool {
    const NAMES: &[&str] = &[
        "euro", "euros", "eur", "dollar", "dollars", "usd", "pound", "pounds", "gbp", "franken",
        "chf",
    ];
    NAMES.contains(&word)
}
