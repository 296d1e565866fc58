//! The option values that the catalogue knows, by the words they are called by.

use super::schema::Fields;
use super::words;
use crate::market::Markets;
use crate::search::BETWEEN;
use crate::search::attribute::AFTER_ATTRIBUTES;
use domain::Locale;
use std::collections::HashMap;
use tantivy::Searcher;

/// Values that are looked at, in each segment.
const VALUES: usize = 5_000;

/// One value of one option: the option's name, the value, and how many products have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub name: String,
    pub value: String,
    count: u32,
}

/// Values by language and stem; those of one word.
#[derive(Default)]
pub struct Known(HashMap<(Locale, String), Vec<Value>>);

impl Known {
    pub fn of(searcher: &Searcher, fields: &Fields, markets: &Markets) -> tantivy::Result<Self> {
        let mut counts: HashMap<String, u32> = HashMap::new();
        for reader in searcher.segment_readers() {
            let index = reader.inverted_index(fields.option)?;
            let mut terms = index.terms().range().ge(AFTER_ATTRIBUTES).into_stream()?;
            let mut left = VALUES;
            while left > 0 && terms.advance() {
                left -= 1;
                if let Ok(term) = std::str::from_utf8(terms.key()) {
                    *counts.entry(term.to_owned()).or_default() += terms.value().doc_freq;
                }
            }
        }
        let mut known = Self::default();
        for (option, count) in counts {
            let Some((name, value)) = option.split_once(BETWEEN) else {
                continue;
            };
            for locale in Locale::ALL {
                for said in [value.to_owned(), markets.option_value(locale, value)] {
                    known.learn(locale, &said, name, value, count);
                }
            }
        }
        for values in known.0.values_mut() {
            values.sort_by(|a, b| {
                b.count
                    .cmp(&a.count)
                    .then_with(|| (&a.name, &a.value).cmp(&(&b.name, &b.value)))
            });
        }
        Ok(known)
    }

    fn learn(&mut self, locale: Locale, said: &str, name: &str, value: &str, count: u32) {
        let said = words::split(said);
        let [word] = said.as_slice() else {
            return;
        };
        let values = self
            .0
            .entry((locale, words::stem(locale, word)))
            .or_default();
        if !values
            .iter()
            .any(|known| known.name == name && known.value == value)
        {
            values.push(Value {
                name: name.to_owned(),
                value: value.to_owned(),
                count,
            });
        }
    }

    /// The values that a word can mean, the most frequent first.
    pub fn values(&self, locale: Locale, word: &str) -> &[Value] {
        let found = self.0.get(&(locale, words::stem(locale, word)));
        found.map_or(&[], Vec::as_slice)
    }
}
