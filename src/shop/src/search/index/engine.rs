//! Answers from the index.

use super::ask::{Ask, Closeness, term};
use super::scan::{Hits, Scan};
use super::understand::Reading;
use super::{Index, broken, words};
use crate::market::Markets;
use crate::search::list::{after, facets, place_of, position};
use crate::search::{BETWEEN, Count, Engine, Filters, Found, MOST, Query, Sort, text};
use crate::{Broken, Parts};
use domain::{Currency, Locale, Market, MarketCode, ProductId};
use futures::FutureExt;
use futures::future::BoxFuture;
use std::sync::Arc;
use tantivy::Searcher;
use tantivy::query::{AllQuery, BooleanQuery, ConstScoreQuery, Occur, QueryClone};
use tantivy::schema::IndexRecordOption;
use time::OffsetDateTime;

/// Words of a text that are looked for.
const WORDS: usize = 12;

/// The engine over an open index.
pub struct Indexed(pub Arc<Index>);

impl Engine for Indexed {
    fn find<'a>(
        &'a self,
        shop: &'a Parts,
        market: &'a Market,
        locale: Locale,
        query: &'a Query,
    ) -> BoxFuture<'a, Result<Found, Broken>> {
        let index = self.0.clone();
        let view = View::of(shop, market, locale);
        let query = Query {
            text: text::clean(&query.text),
            ..query.clone()
        };
        off_the_path(move || view.find(&index, &query)).boxed()
    }

    fn complete<'a>(
        &'a self,
        shop: &'a Parts,
        market: &'a Market,
        locale: Locale,
        text: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<ProductId>, Broken>> {
        let index = self.0.clone();
        let view = View::of(shop, market, locale);
        let text = text.to_owned();
        off_the_path(move || view.complete(&index, &text, limit)).boxed()
    }
}

/// Runs where it may take a while. A panic is an error: a file that was damaged where nothing checks it can cause one.
async fn off_the_path<T: Send + 'static>(
    work: impl FnOnce() -> tantivy::Result<T> + Send + 'static,
) -> Result<T, Broken> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer.map_err(broken),
        Err(_) => Err(broken("it broke while it was asked")),
    }
}

/// In whose eyes it is searched.
struct View {
    markets: Markets,
    market: MarketCode,
    currency: Currency,
    locale: Locale,
    /// Microseconds since 1970.
    now: i64,
}

/// What is looked for, and how.
struct Attempt {
    reading: Reading,
    closeness: Closeness,
}

impl View {
    fn of(shop: &Parts, market: &Market, locale: Locale) -> Self {
        Self {
            markets: shop.markets.clone(),
            market: market.code.clone(),
            currency: market.currency,
            locale,
            now: micros(shop.clock.now()),
        }
    }

    fn find(&self, index: &Index, query: &Query) -> tantivy::Result<Found> {
        let searcher = index.reader.searcher();
        let mut words = words::split(&query.text);
        words.truncate(WORDS);
        if words.is_empty() && !query.text.is_empty() {
            return Ok(Found::default());
        }
        let attempts = self.attempts(index, &searcher, query, &words);
        let mut found = Found::default();
        for attempt in attempts {
            found = self.attempt(index, &searcher, query, &attempt)?;
            if found.count != Count::Exactly(0) {
                break;
            }
        }
        Ok(found)
    }

    /// From the closest to the loosest; the first that finds something is the answer.
    fn attempts(
        &self,
        index: &Index,
        searcher: &Searcher,
        query: &Query,
        words: &[String],
    ) -> Vec<Attempt> {
        let ask = self.ask(index, searcher);
        let literal = Reading::literal(self.locale, words);
        if words.is_empty() {
            let closeness = Closeness::Exact;
            return vec![Attempt {
                reading: literal,
                closeness,
            }];
        }
        let read = if query.literal {
            literal.clone()
        } else {
            let known = index.known();
            let is_in_titles = |word: &str| ask.is_in_titles(word);
            Reading::of(
                self.locale,
                self.currency,
                words,
                &query.filters,
                &known,
                is_in_titles,
            )
        };
        let mut attempts = Vec::new();
        for closeness in [Closeness::Exact, Closeness::Nearly] {
            attempts.push(Attempt {
                reading: read.clone(),
                closeness,
            });
        }
        if read != literal {
            for closeness in [Closeness::Exact, Closeness::Nearly] {
                attempts.push(Attempt {
                    reading: literal.clone(),
                    closeness,
                });
            }
        }
        // What was understood of the text is kept as long as something is left that it finds.
        let loose = if read == literal {
            vec![literal]
        } else {
            vec![read, literal]
        };
        let several = loose.into_iter().filter(|reading| reading.words.len() > 1);
        attempts.extend(several.map(|reading| Attempt {
            reading,
            closeness: Closeness::Loose,
        }));
        attempts
    }

    fn ask<'a>(&self, index: &'a Index, searcher: &'a Searcher) -> Ask<'a> {
        Ask {
            searcher,
            fields: &index.fields,
            locale: self.locale,
        }
    }

    fn attempt(
        &self,
        index: &Index,
        searcher: &Searcher,
        query: &Query,
        attempt: &Attempt,
    ) -> tantivy::Result<Found> {
        let Attempt { reading, closeness } = attempt;
        let fields = &index.fields;
        let mut filters = query.filters.clone();
        if reading.price != (None, None) {
            filters.price = reading.price;
        }
        let mut base: Vec<(Occur, Box<dyn tantivy::query::Query>)> = Vec::new();
        let is_ranked = query.sort == Sort::Relevance && !reading.words.is_empty();
        if !reading.words.is_empty() {
            let ask = self.ask(index, searcher);
            base.push((
                Occur::Must,
                ask.text(&query.text, &reading.words, *closeness)?,
            ));
        }
        if let Some(category) = query.category {
            base.push(any(fields.category, [category.to_string()]));
        }
        for (word, values) in &reading.options {
            base.push((Occur::Must, self.ask(index, searcher).having(word, values)));
        }
        if base.is_empty() {
            base.push((Occur::Must, Box::new(AllQuery)));
        }
        let mut narrowed: Vec<_> = base
            .iter()
            .map(|(occur, query)| (*occur, query.box_clone()))
            .collect();
        if !filters.brands.is_empty() {
            narrowed.push(any(fields.brand, filters.brands.iter().cloned()));
        }
        for (name, values) in filters
            .options
            .iter()
            .filter(|(_, values)| !values.is_empty())
        {
            let terms = values.iter().map(|value| format!("{name}{BETWEEN}{value}"));
            narrowed.push(any(fields.option, terms));
        }
        let scan = Scan {
            searcher,
            market: &self.market,
            now: self.now,
            filters: &filters,
        };
        let limit = query.limit.clamp(1, MOST);
        let from = position(query).map(place_of);
        let hits = scan.hits(
            &BooleanQuery::new(narrowed),
            (query.sort, is_ranked),
            from,
            limit + 1,
        )?;
        if hits.total == 0 && !reading.words.is_empty() && filters == Filters::default() {
            return Ok(Found::default());
        }
        let (counts, prices) = scan.facets(&BooleanQuery::new(base))?;
        Ok(Found {
            count: count(&hits),
            facets: facets(&self.markets, self.locale, &filters, counts),
            prices,
            understood: reading.understood.clone(),
            loosened: *closeness == Closeness::Loose && hits.total > 0,
            ..page(query.sort, &hits, limit)
        })
    }

    fn complete(&self, index: &Index, text: &str, limit: usize) -> tantivy::Result<Vec<ProductId>> {
        let searcher = index.reader.searcher();
        let mut words = words::split(text);
        words.truncate(WORDS);
        let Some(query) = self.ask(index, &searcher).typed(&words)? else {
            return Ok(Vec::new());
        };
        let scan = Scan {
            searcher: &searcher,
            market: &self.market,
            now: self.now,
            filters: &Filters::default(),
        };
        let hits = scan.hits(query.as_ref(), (Sort::Relevance, false), None, limit)?;
        Ok(page(Sort::Relevance, &hits, limit).products)
    }
}

fn page(sort: Sort, hits: &Hits, limit: usize) -> Found {
    let shown = &hits.places[..limit.min(hits.places.len())];
    let last = shown.last().filter(|_| hits.places.len() > limit);
    Found {
        products: shown.iter().map(|&place| after(sort, place).id).collect(),
        next: last.map(|&place| after(sort, place)),
        ..Found::default()
    }
}

fn count(hits: &Hits) -> Count {
    if hits.is_all {
        Count::Exactly(hits.total)
    } else {
        Count::AtLeast(hits.total)
    }
}

/// Documents with any of these terms; they weigh nothing.
fn any(
    field: tantivy::schema::Field,
    terms: impl IntoIterator<Item = String>,
) -> (Occur, Box<dyn tantivy::query::Query>) {
    let terms = terms
        .into_iter()
        .map(|text| term(field, &text, IndexRecordOption::Basic));
    let any = BooleanQuery::union(terms.collect());
    (
        Occur::Must,
        Box::new(ConstScoreQuery::new(Box::new(any), 0.0)),
    )
}

/// Microseconds since 1970.
fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or_default()
}
